/* The helper's aggregation jobs (DAP-18, "Helper Initialization"): opened and verified as one batch
 * outside the writing thread; ids, buckets and the response then commit together. The job's id
 * follows from the request's content, so that the same bytes get the same response for ever. */
#include "aggregator/bucket.h"
#include "aggregator/check.h"
#include "aggregator/trace.h"
#include "aggregator/verify.h"
#include "helper/helper_internal.h"
#include "store/batch.h"
#include "store/helper_job.h"
#include "store/ids.h"
#include "store/task.h"
#include "wire/aggregation_job.h"
#include "wire/extension.h"

#include <stdio.h>
#include <stdlib.h>

struct job {
    struct hub_unit unit;
    struct hub_party *party;
    const struct hub_party_task *task;
    uint8_t id[HUB_STORE_JOB_ID_LEN];
    uint8_t digest[32];
    struct hub_aggregation_job_init_req req;
    size_t n;
    struct hub_verify_init *inits;
    const uint8_t **ids;
    uint64_t *windows;      /* in a leader-selected task the batch */
    uint64_t batch;         /* in such a task: its number */
    uint8_t *verdict;       /* after verification */
    uint8_t *final_verdict; /* after the transaction's own checks */
    struct hub_store_id *store_ids;
    struct hub_verification verification;
    struct hub_bucket_job buckets;
    struct hub_buf response;
    bool was_there; /* another request with the same bytes was first */
};

/* The one extension that there is, and only in leader-selected tasks. */
static const uint16_t known_extensions[] = {HUB_AGGREGATION_JOB_EXTENSION_BATCH_ID};

static size_t n_known(const struct hub_party_task *task)
{
    return hub_task_is_leader_selected(task->task) ? 1 : 0;
}

/* False: absent, or no BatchID. */
static bool find_batch_id(hub_span *out, const struct hub_aggregation_job_init_req *req)
{
    return hub_extension_find(req->extensions, HUB_AGGREGATION_JOB_EXTENSION_BATCH_ID, out) &&
           out->len == HUB_BATCH_ID_LEN;
}

/* What the request as a whole must be; HUB_PROBLEM_NONE if it is. */
static enum hub_problem_type check_request(const struct hub_party_task *task,
                                           const struct hub_aggregation_job_init_req *req,
                                           const char **detail)
{
    unsigned faults = hub_extensions_faults(req->extensions, known_extensions, n_known(task));
    hub_span batch_id;

    *detail = NULL;
    if (faults & HUB_EXTENSIONS_UNSORTED)
        return HUB_PROBLEM_INVALID_MESSAGE;
    if (faults & HUB_EXTENSIONS_UNSUPPORTED)
        return HUB_PROBLEM_UNSUPPORTED_EXTENSION;
    if (hub_task_is_leader_selected(task->task) && !find_batch_id(&batch_id, req)) {
        *detail = "the job names no batch";
        return HUB_PROBLEM_INVALID_MESSAGE;
    }
    if (req->agg_param.len != 0)
        return HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER;
    if (req->verification_key_id != task->secret.verification_key_id) {
        *detail = "this task has one verification key, with another id";
        return HUB_PROBLEM_INVALID_MESSAGE;
    }
    if (req->n_verify_inits == 0) {
        *detail = "a job has at least one report";
        return HUB_PROBLEM_INVALID_MESSAGE;
    }
    return HUB_PROBLEM_NONE;
}

struct batch_unit {
    struct hub_unit unit;
    uint64_t task;
    const uint8_t *id;
    uint64_t number;
};

static hub_status batch_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct batch_unit *u = (struct batch_unit *)unit;
    return hub_store_batch_number(tx, u->task, u->id, &u->number);
}

/* The batch has its number before the job looks for its bucket. */
static hub_status find_batch(struct job *job, struct hub_worker *worker)
{
    struct hub_store_batch batch;
    hub_span id;

    if (!hub_task_is_leader_selected(job->task->task) || !find_batch_id(&id, &job->req))
        return HUB_OK;
    hub_status status = hub_store_batch_find_id(&worker->reader, job->task->number, id.ptr, &batch);
    if (status == HUB_E_NOT_FOUND) {
        struct batch_unit u = {
            .unit = {.apply = batch_apply}, .task = job->task->number, .id = id.ptr};
        status = hub_store_run(job->party->store, &u.unit);
        batch.number = u.number;
    }
    HUB_TRY(status);
    job->batch = batch.number;
    return HUB_OK;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, HUB_REPORT_ID_LEN);
}

static hub_status ids_are_distinct(struct hub_arena *arena, const struct job *job, bool *out)
{
    const uint8_t **sorted = HUB_ARENA_NEW(arena, const uint8_t *, job->n);

    if (sorted == NULL)
        return HUB_E_MEMORY;
    memcpy(sorted, job->ids, job->n * sizeof(*sorted));
    qsort(sorted, job->n, sizeof(*sorted), compare_ids);
    *out = true;
    for (size_t i = 1; i < job->n; i++) {
        if (memcmp(sorted[i - 1], sorted[i], HUB_REPORT_ID_LEN) == 0)
            *out = false;
    }
    return HUB_OK;
}

static hub_status decode_reports(struct job *job, struct hub_arena *arena)
{
    job->n = job->req.n_verify_inits;
    job->inits = HUB_ARENA_NEW(arena, struct hub_verify_init, job->n);
    job->ids = HUB_ARENA_NEW(arena, const uint8_t *, job->n);
    job->windows = HUB_ARENA_NEW(arena, uint64_t, job->n);
    job->verdict = HUB_ARENA_NEW(arena, uint8_t, job->n);
    job->final_verdict = HUB_ARENA_NEW(arena, uint8_t, job->n);
    job->store_ids = HUB_ARENA_NEW(arena, struct hub_store_id, job->n);
    if (job->inits == NULL || job->ids == NULL || job->windows == NULL || job->verdict == NULL ||
        job->final_verdict == NULL || job->store_ids == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_verify_inits_decode(job->inits, &job->req));
    for (size_t i = 0; i < job->n; i++) {
        job->ids[i] = job->inits[i].metadata.id;
        job->windows[i] =
            hub_task_is_leader_selected(job->task->task) ? job->batch : job->inits[i].metadata.time;
        memcpy(job->store_ids[i].bytes, job->ids[i], HUB_STORE_ID_LEN);
        job->store_ids[i].window = job->windows[i];
    }
    return HUB_OK;
}

/* Opens and verifies: after it each report has its verdict and, if it is good, an out share. */
static hub_status verify(struct job *job, struct hub_worker *worker)
{
    struct hub_sealed_share *shares =
        HUB_ARENA_NEW(&worker->arena, struct hub_sealed_share, job->n);
    struct hub_verify_in *in = HUB_ARENA_NEW(&worker->arena, struct hub_verify_in, job->n);
    hub_span *inbound = HUB_ARENA_NEW(&worker->arena, hub_span, job->n);

    if (shares == NULL || in == NULL || inbound == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < job->n; i++) {
        const struct hub_verify_init *init = &job->inits[i];
        shares[i] = (struct hub_sealed_share){
            .id = init->metadata.id,
            .time = init->metadata.time,
            .public_extensions = init->metadata.public_extensions,
            .public_share = init->public_share,
            .aad_part = init->aad_part,
            .ciphertext = init->encrypted_input_share,
        };
        inbound[i] = init->payload;
    }
    hub_shares_check_time(job->task, hub_party_now_s(job->party), job->n, shares, job->verdict);
    hub_shares_check_extensions(job->n, shares, job->verdict);
    HUB_TRY(hub_shares_open(worker, job->task, job->n, shares, job->verdict, in));
    return hub_verify_helper_init(worker, job->task, job->n, in, inbound, job->verdict,
                                  &job->verification);
}

static hub_status write_response(struct job *job)
{
    struct hub_writer w = hub_writer(&job->response);

    job->response.len = 0;
    for (size_t i = 0; i < job->n; i++) {
        struct hub_verify_resp resp = {.type = HUB_VERIFY_RESP_REJECT,
                                       .error = (enum hub_report_error)job->final_verdict[i]};
        memcpy(resp.id, job->ids[i], HUB_REPORT_ID_LEN);
        if (job->final_verdict[i] == HUB_REPORT_OK) {
            resp.type = HUB_VERIFY_RESP_CONTINUE;
            resp.payload =
                hub_span_of(job->verification.outbound + i * job->verification.outbound_len,
                            job->verification.outbound_len);
        }
        hub_write_verify_resp(&w, &resp);
    }
    return hub_writer_finish(&w);
}

static void count_verdicts(size_t counts[HUB_N_REPORT_ERRORS], const uint8_t *verdict, size_t n)
{
    memset(counts, 0, HUB_N_REPORT_ERRORS * sizeof(*counts));
    for (size_t i = 0; i < n; i++)
        counts[verdict[i] < HUB_N_REPORT_ERRORS ? verdict[i] : HUB_REPORT_INVALID_MESSAGE]++;
}

static hub_status store_counts(const struct job *job, struct hub_store_tx *tx)
{
    size_t counts[HUB_N_REPORT_ERRORS];

    count_verdicts(counts, job->final_verdict, job->n);
    for (unsigned e = 0; e < HUB_N_REPORT_ERRORS; e++) {
        if (counts[e] != 0)
            HUB_TRY(hub_store_count(
                tx, job->task->number,
                e == 0 ? "accepted" : hub_report_error_name((enum hub_report_error)e), counts[e]));
    }
    return HUB_OK;
}

/* The windows that the response keeps alive. */
static void window_range(const struct job *job, uint64_t *first, uint64_t *last)
{
    *first = UINT64_MAX;
    *last = 0;
    for (size_t i = 0; i < job->n; i++) {
        /* a rejected report's time may be anything; the response is kept for the accepted ones */
        if (job->final_verdict[i] != HUB_REPORT_OK)
            continue;
        if (job->windows[i] < *first)
            *first = job->windows[i];
        if (job->windows[i] > *last)
            *last = job->windows[i];
    }
    if (*first > *last) {
        const uint64_t now = hub_task_window(job->task->task, hub_party_now_s(job->party));
        *first = now;
        *last = now;
    }
}

/* The stored answer to these bytes. HUB_E_NOT_FOUND: there is none that still holds: one that only
 * says of each report that it is too early is stale. The leader sends such reports again, alone:
 * then in the same bytes. Nothing was accepted, no id was taken, so looking anew counts nothing
 * twice. */
static hub_status find_answer(struct job *job, struct hub_store_view *view, bool *is_stale)
{
    job->response.len = 0;
    *is_stale = false;
    HUB_TRY(
        hub_store_helper_job_find(view, job->task->number, job->id, job->digest, &job->response));
    *is_stale =
        hub_aggregation_job_resp_is_only(hub_buf_span(&job->response), HUB_REPORT_TOO_EARLY);
    return *is_stale ? HUB_E_NOT_FOUND : HUB_OK;
}

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct job *job = (struct job *)unit;
    uint64_t first;
    uint64_t last;
    bool is_stale;

    hub_status status = find_answer(job, hub_store_tx_view(tx), &is_stale);
    if (status == HUB_OK) {
        job->was_there = true;
        return HUB_OK;
    }
    if (status != HUB_E_NOT_FOUND)
        return status;
    if (is_stale)
        HUB_TRY(hub_store_helper_job_forget(tx, job->task->number, job->id));
    memcpy(job->final_verdict, job->verdict, job->n);
    HUB_TRY(hub_store_ids_add(tx, job->task->number, job->store_ids, job->n, job->final_verdict));
    HUB_TRY(hub_bucket_job_apply(&job->buckets, tx, job->final_verdict));
    HUB_TRY(write_response(job));
    HUB_TRY(store_counts(job, tx));
    window_range(job, &first, &last);
    return hub_store_helper_job_add(tx, job->task->number, job->id, job->digest,
                                    hub_buf_span(&job->response), first, last);
}

static void log_outcome(const struct job *job)
{
    const struct hub_log *log = job->party->log;
    size_t counts[HUB_N_REPORT_ERRORS];
    char trace[HUB_TRACE_LEN + 1];

    hub_trace_of_id(trace, job->id);
    count_verdicts(counts, job->final_verdict, job->n);
    hub_log(log, HUB_LOG_INFO, "aggregation.done", "task=%s trace=%s reports=%zu accepted=%zu",
            job->task->label, trace, job->n, counts[HUB_REPORT_OK]);
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        if (counts[e] != 0)
            hub_log(log, HUB_LOG_INFO, "report.rejected", "task=%s trace=%s reason=%s n=%zu",
                    job->task->label, trace, hub_report_error_name((enum hub_report_error)e),
                    counts[e]);
    }
}

static hub_status run_job(struct job *job, struct hub_worker *worker)
{
    HUB_TRY(verify(job, worker));
    hub_status status =
        hub_bucket_job_init(&job->buckets, worker, job->task, job->n, job->ids, job->windows, NULL,
                            job->verification.out_shares, job->verdict);
    if (status == HUB_OK)
        status = hub_store_run(job->party->store, &job->unit);
    hub_bucket_job_wipe(&job->buckets);
    return status;
}

/* Answers from the store if these bytes were answered before. */
static bool answer_again(struct job *job, struct hub_worker *worker, struct hub_call *call)
{
    bool is_stale;
    hub_status status = find_answer(job, &worker->reader, &is_stale);

    if (status == HUB_E_NOT_FOUND)
        return false;
    if (status != HUB_OK)
        hub_call_failed(call, status);
    else
        hub_helper_answer(call, 200, HUB_MESSAGE_AGGREGATION_JOB_RESP, &job->response,
                          "aggregation_jobs", job->id);
    return true;
}

static void refuse_request(struct hub_call *call, enum hub_problem_type problem, const char *detail,
                           hub_span extensions)
{
    struct hub_answer answer = {.status = 400,
                                .problem = problem,
                                .detail = detail,
                                .has_task = true,
                                .task_id = call->task->task->id};

    if (problem == HUB_PROBLEM_UNSUPPORTED_EXTENSION)
        answer.n_unsupported =
            hub_extensions_unsupported(answer.unsupported, HUB_CALL_UNSUPPORTED_MAX, extensions,
                                       known_extensions, n_known(call->task));
    hub_call_answer(call, &answer);
}

static void aggregate(struct job *job, struct hub_worker *worker, struct hub_call *call)
{
    const char *detail;
    bool distinct = false;

    hub_status status = hub_aggregation_job_init_req_decode(&job->req, call->body);
    if (status == HUB_OK) {
        enum hub_problem_type problem = check_request(call->task, &job->req, &detail);
        if (problem != HUB_PROBLEM_NONE) {
            refuse_request(call, problem, detail, job->req.extensions);
            return;
        }
        status = find_batch(job, worker);
        if (status == HUB_OK)
            status = decode_reports(job, &worker->arena);
    }
    if (status == HUB_OK)
        status = ids_are_distinct(&worker->arena, job, &distinct);
    if (status == HUB_OK && !distinct) {
        refuse_request(call, HUB_PROBLEM_INVALID_MESSAGE, "a report id stands twice in the job",
                       HUB_SPAN_EMPTY);
        return;
    }
    if (status == HUB_OK)
        status = run_job(job, worker);
    if (status != HUB_OK) {
        hub_call_failed(call, status);
        return;
    }
    if (!job->was_there)
        log_outcome(job);
    hub_helper_answer(call, job->was_there ? 200 : 201, HUB_MESSAGE_AGGREGATION_JOB_RESP,
                      &job->response, "aggregation_jobs", job->id);
}

void hub_helper_aggregate(struct hub_helper *helper, struct hub_worker *worker,
                          struct hub_call *call)
{
    struct job job = {
        .unit = {.apply = apply, .bytes = call->body.len},
        .party = helper->party,
        .task = call->task,
        .response = HUB_BUF_INIT(SIZE_MAX),
    };

    struct hub_helper_deferral deferral = {0};

    const hub_status status =
        hub_store_helper_job_id(job.id, job.digest, call->task->task->id.bytes, call->body);
    if (status != HUB_OK)
        hub_call_failed(call, status);
    else if (!answer_again(&job, worker, call) && hub_helper_defer(helper, call, job.id, &deferral))
        aggregate(&job, worker, &deferral.call);
    hub_helper_deferral_clear(&deferral);
    hub_buf_clear(&job.response);
}

/* Prio3 has one round: a job is complete with its first response, so there is nothing to continue:
 * no report has a state that a message could be for, and no step follows ("Helper Continuation",
 * its checks in their order). */
void hub_helper_continue(struct hub_helper *helper, struct hub_worker *worker,
                         struct hub_call *call)
{
    struct hub_aggregation_job_continue_req req;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf stored = HUB_BUF_INIT(SIZE_MAX);

    (void)helper;
    hub_status status = hub_store_helper_job_find(&worker->reader, call->task->number,
                                                  call->resource_id, NULL, &stored);
    if (status == HUB_E_NOT_FOUND) {
        hub_call_problem(call, 404, HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB, NULL);
        return;
    }
    if (status == HUB_OK)
        status = hub_aggregation_job_continue_req_decode(&req, call->body);
    if (status != HUB_OK)
        hub_call_failed(call, status);
    else if (req.step == 0)
        hub_call_problem(call, 400, HUB_PROBLEM_INVALID_MESSAGE, "step 0 is the initialization");
    else if (req.n_verify_continues != 0)
        hub_call_problem(call, 400, HUB_PROBLEM_INVALID_MESSAGE,
                         "no report of the job waits for a message");
    else
        hub_call_problem(call, 400, HUB_PROBLEM_STEP_MISMATCH,
                         "the job was complete with its first response");
}
