/* The helper's aggregate shares (DAP-18, "Obtaining Aggregate Shares"). The share is summed and
 * sealed outside the writing thread; it leaves only after its bytes, the ledger row and the mark
 * "collected" have committed together, and the same request gets the same bytes for ever. */
#include "aggregator/total.h"
#include "aggregator/trace.h"
#include "crypto/hash.h"
#include "helper/helper_internal.h"
#include "statement/refusal.h"
#include "store/aggregate_share.h"
#include "store/batch.h"
#include "wire/collection.h"
#include "wire/extension.h"

#include <stdio.h>

enum { TRIES_MAX = 8 }; /* a job that commits in between makes the sum begin again */

struct share {
    struct hub_unit unit;
    struct hub_party *party;
    const struct hub_party_task *task;
    struct hub_aggregate_share_req req;
    uint8_t digest[HUB_SHA256_LEN]; /* of the request */
    uint8_t id[HUB_STORE_SHARE_ID_LEN];
    struct hub_time_interval windows; /* a batch is one window */
    struct hub_total total;
    struct hub_buf response;
    bool was_there;
};

static void refuse(struct hub_call *call, enum hub_problem_type problem, const char *refusal,
                   const char *detail, hub_span extensions)
{
    struct hub_answer answer = {.status = 400,
                                .problem = problem,
                                .refusal = refusal,
                                .detail = detail,
                                .has_task = true,
                                .task_id = call->task->task->id};

    if (problem == HUB_PROBLEM_UNSUPPORTED_EXTENSION)
        answer.n_unsupported = hub_extensions_unsupported(
            answer.unsupported, HUB_CALL_UNSUPPORTED_MAX, extensions, NULL, 0);
    hub_call_answer(call, &answer);
}

/* Answers if the request is not one that may be asked at all. */
static bool refuse_request(const struct share *share, struct hub_call *call)
{
    const struct hub_aggregate_share_req *req = &share->req;
    const char *detail;
    enum hub_query_fault fault = hub_collection_req_check(share->task, &req->collection_job_req,
                                                          hub_party_now_s(share->party), &detail);

    if (req->batch_selector.mode != share->task->task->batch_mode)
        fault = HUB_QUERY_FAULT_MODE;
    if (fault == HUB_QUERY_FAULT_NONE && req->batch_selector.mode == HUB_BATCH_TIME_INTERVAL &&
        (!hub_time_interval_is_valid(req->batch_selector.interval) ||
         !hub_time_interval_is_within(req->batch_selector.interval,
                                      req->collection_job_req.query.interval))) {
        fault = HUB_QUERY_FAULT_INTERVAL;
        detail = "the batch selector is empty or not within the query";
    }
    if (fault == HUB_QUERY_FAULT_NONE)
        return false;
    /* the leader has asked whether the parameter is valid; here it is not the jobs' */
    const enum hub_problem_type problem = fault == HUB_QUERY_FAULT_AGG_PARAM
                                              ? HUB_PROBLEM_INVALID_MESSAGE
                                              : hub_query_fault_problem(fault);
    refuse(call, problem, NULL, detail, req->collection_job_req.extensions);
    return true;
}

/* A batch is one window. Answers if no job has named it; *status: HUB_E_CONFLICT to go on. */
static bool refuse_unknown_batch(struct share *s, struct hub_worker *worker, struct hub_call *call,
                                 hub_status *status)
{
    struct hub_store_batch batch;

    *status = HUB_E_CONFLICT;
    if (!hub_task_is_leader_selected(s->task->task))
        return false;
    const hub_status found = hub_store_batch_find_id(&worker->reader, s->task->number,
                                                     s->req.batch_selector.batch_id, &batch);
    if (found == HUB_E_NOT_FOUND) {
        refuse(call, HUB_PROBLEM_BATCH_INVALID, NULL, "no aggregation job has named this batch",
               HUB_SPAN_EMPTY);
        return true;
    }
    if (found == HUB_OK)
        s->windows = (struct hub_time_interval){batch.number, 1};
    else
        *status = found;
    return false;
}

/* Answers if the batch may not be released. */
static bool refuse_batch(const struct share *share, struct hub_call *call)
{
    const struct hub_total *total = &share->total;

    if (total->is_collected)
        refuse(call, HUB_PROBLEM_BATCH_OVERLAP, NULL, "a window of the batch was collected before",
               HUB_SPAN_EMPTY);
    else if (total->is_burnt)
        refuse(call, HUB_PROBLEM_BATCH_INVALID, hub_refusal_name(HUB_REFUSAL_RESTORE_GUARD),
               "a window of the batch was burnt when a restored database was found",
               HUB_SPAN_EMPTY);
    else if (total->n_reports != share->req.report_count ||
             memcmp(total->checksum, share->req.checksum, sizeof(total->checksum)) != 0)
        refuse(call, HUB_PROBLEM_BATCH_MISMATCH, NULL,
               "the report count or the checksum is not the helper's", HUB_SPAN_EMPTY);
    else if (!hub_total_is_enough(share->task, total))
        refuse(call, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL, "the batch is below the task's floor",
               HUB_SPAN_EMPTY);
    else if (share->task->task->has_statement && total->n_reports > share->task->task->reports_max)
        refuse(call, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL,
               "the batch has more reports than the statement allows a query", HUB_SPAN_EMPTY);
    else
        return false;
    return true;
}

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct share *s = (struct share *)unit;
    const struct hub_time_interval windows = s->windows;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf stored = HUB_BUF_INIT(SIZE_MAX);

    hub_status status =
        hub_store_share_find(hub_store_tx_view(tx), s->task->number, s->digest, s->id, &stored);
    if (status == HUB_OK) {
        hub_buf_move(&s->response, &stored);
        s->was_there = true;
        return HUB_OK;
    }
    if (status != HUB_E_NOT_FOUND)
        return status;
    HUB_TRY(hub_store_buckets_collect(tx, s->task->number, windows.start,
                                      windows.start + windows.duration - 1, s->total.n_reports,
                                      s->task->window_charge * windows.duration));
    return hub_store_share_add(tx, s->task->number, s->id, s->digest, hub_buf_span(&s->response));
}

/* One try: sums, seals, commits. HUB_E_CONFLICT, HUB_E_NOT_FOUND: a job came in between. *answered:
 * the batch was refused. */
static hub_status release(struct share *s, struct hub_worker *worker, struct hub_call *call,
                          bool *answered)
{
    const struct hub_time_interval windows = s->windows;
    struct hub_ciphertext sealed;

    HUB_TRY(hub_total_sum(worker, s->task, windows, &s->total));
    *answered = refuse_batch(s, call);
    if (*answered)
        return HUB_OK;
    if (s->total.n_unopened > 0) {
        HUB_TRY(hub_total_open_missing(worker, s->task, windows));
        return HUB_E_CONFLICT;
    }
    HUB_TRY(hub_total_seal(worker, s->task, &s->total, s->req.collection_job_req.encoded, &sealed));
    s->response.len = 0;
    HUB_TRY(hub_aggregate_share_encode(&s->response, &sealed));
    return hub_store_run(s->party->store, &s->unit);
}

static void answer_share(struct share *s, struct hub_call *call)
{
    char trace[HUB_TRACE_LEN + 1];

    hub_trace_of_id(trace, s->id);
    if (s->was_there)
        hub_log(s->party->log, HUB_LOG_INFO, "share.again", "task=%s trace=%s", s->task->label,
                trace);
    else
        hub_log(s->party->log, HUB_LOG_INFO, "share.released",
                "task=%s trace=%s window=%llu windows=%llu reports=%llu", s->task->label, trace,
                (unsigned long long)s->windows.start, (unsigned long long)s->windows.duration,
                (unsigned long long)s->req.report_count);
    hub_helper_answer(call, s->was_there ? 200 : 201, HUB_MESSAGE_AGGREGATE_SHARE, &s->response,
                      "aggregate_shares", s->id);
}

/* Answers from the store if this request was answered before, or says that it cannot be known. */
static bool answer_again(struct share *s, struct hub_worker *worker, struct hub_call *call)
{
    hub_status status = hub_sha256(s->digest, call->body);

    memcpy(s->id, s->digest, sizeof(s->id));
    if (status == HUB_OK)
        status =
            hub_store_share_find(&worker->reader, s->task->number, s->digest, s->id, &s->response);
    if (status == HUB_E_NOT_FOUND)
        return false;
    s->was_there = true;
    if (status == HUB_OK)
        answer_share(s, call);
    else
        hub_call_failed(call, status);
    return true;
}

static void share(struct share *s, struct hub_worker *worker, struct hub_call *call)
{
    bool answered = false;

    hub_status status = hub_aggregate_share_req_decode(&s->req, call->body);
    if (status != HUB_OK) {
        hub_call_failed(call, status);
        return;
    }
    s->windows = s->req.batch_selector.interval;
    if (refuse_request(s, call))
        return;
    status = HUB_E_CONFLICT;
    if (refuse_unknown_batch(s, worker, call, &status))
        return;
    for (int i = 0; i < TRIES_MAX && status == HUB_E_CONFLICT && !answered; i++)
        status = release(s, worker, call, &answered);
    if (answered)
        return;
    if (status == HUB_E_REFUSED)
        refuse(call, HUB_PROBLEM_BATCH_OVERLAP, NULL, "a window of the batch was collected before",
               HUB_SPAN_EMPTY);
    else if (status != HUB_OK)
        hub_call_failed(call, status);
    else
        answer_share(s, call);
}

void hub_helper_share(struct hub_helper *helper, struct hub_worker *worker, struct hub_call *call)
{
    struct share s = {
        .unit = {.apply = apply},
        .party = helper->party,
        .task = call->task,
        .response = HUB_BUF_INIT(SIZE_MAX),
    };

    struct hub_helper_deferral deferral = {0};

    if (!answer_again(&s, worker, call) && hub_helper_defer(helper, call, s.id, &deferral))
        share(&s, worker, &deferral.call);
    hub_helper_deferral_clear(&deferral);
    hub_buf_clear(&s.response);
}
