/* Calls go to worker threads at once: opening and verifying a job takes up to a tenth of a second,
 * which no server thread has. */
#include "helper/helper_internal.h"

#include "base/text.h"
#include "http/query.h"
#include "store/aggregate_share.h"
#include "store/helper_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAITING_MAX = 1024 /* calls; beyond it 503 */, POLL_S = 1 };

void hub_helper_answer(struct hub_call *call, unsigned status, enum hub_message message,
                       struct hub_buf *body, const char *collection,
                       const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    struct hub_answer answer = {.status = status, .has_message = true, .message = message};
    char text[HUB_BASE64URL_LEN(HUB_RESOURCE_ID_LEN) + 1];

    hub_base64url_encode(text, hub_span_of(id, HUB_RESOURCE_ID_LEN));
    (void)snprintf(answer.location, sizeof(answer.location), "%s/tasks/%s/%s/%s",
                   call->task->base_path, call->task->label, collection, text);
    hub_buf_move(&answer.body, body);
    hub_call_answer(call, &answer);
}

void hub_helper_answer_later(struct hub_call *call, const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    struct hub_answer answer = {.status = 202, .retry_after_s = POLL_S};
    char text[HUB_BASE64URL_LEN(HUB_RESOURCE_ID_LEN) + 1];
    const bool is_job = call->resource == HUB_RESOURCE_AGGREGATION_JOBS ||
                        call->resource == HUB_RESOURCE_AGGREGATION_JOB;

    hub_base64url_encode(text, hub_span_of(id, HUB_RESOURCE_ID_LEN));
    (void)snprintf(answer.location, sizeof(answer.location), "%s/tasks/%s/%s/%s%s",
                   call->task->base_path, call->task->label,
                   is_job ? "aggregation_jobs" : "aggregate_shares", text, is_job ? "?step=0" : "");
    hub_call_answer(call, &answer);
}

static void end_deferred(struct hub_call *call, struct hub_answer *answer)
{
    struct hub_helper_deferral *d = call->owner;
    hub_deferred_end(d->deferred, call, d->id, answer);
}

bool hub_helper_defer(struct hub_helper *helper, struct hub_call *call,
                      const uint8_t id[HUB_RESOURCE_ID_LEN], struct hub_helper_deferral *out)
{
    *out = (struct hub_helper_deferral){.call = *call, .body = HUB_BUF_INIT(call->body.len)};
    if (helper->deferred == NULL)
        return true;
    hub_status status = hub_buf_append(&out->body, call->body);
    if (status == HUB_OK)
        status = hub_deferred_begin(helper->deferred, call, id);
    if (status == HUB_E_CONFLICT)
        hub_helper_answer_later(call, id);
    else if (status != HUB_OK)
        hub_call_failed(call, status);
    if (status != HUB_OK) {
        hub_helper_deferral_clear(out);
        return false;
    }
    memcpy(out->id, id, HUB_RESOURCE_ID_LEN);
    out->deferred = helper->deferred;
    out->call.body = hub_buf_span(&out->body);
    out->call.answer = end_deferred;
    out->call.owner = out;
    hub_helper_answer_later(call, id);
    return true;
}

void hub_helper_deferral_clear(struct hub_helper_deferral *d)
{
    hub_buf_clear(&d->body);
}

/* True if the resource is being worked on or has failed, and that was answered. */
static bool answer_deferred(struct hub_helper *helper, struct hub_call *call)
{
    struct hub_answer answer;

    if (helper->deferred == NULL)
        return false;
    switch (hub_deferred_find(helper->deferred, call, call->resource_id, &answer)) {
    case HUB_DEFERRED_RUNNING:
        hub_helper_answer_later(call, call->resource_id);
        return true;
    case HUB_DEFERRED_FAILED:
        hub_call_answer(call, &answer);
        return true;
    case HUB_DEFERRED_NONE:
        break;
    }
    return false;
}

/* The step that a GET asks for ("Recovering from Aggregation Step Skew"). A job of one round has
 * step 0 alone; a GET without a step, as the Location of a finished job leads to, means it too.
 * True if it was refused. */
static bool refuse_step(struct hub_call *call)
{
    char text[8];
    uint64_t step = 0;

    const hub_status found = hub_query_find(text, sizeof(text), call->query, "step");
    if (found == HUB_E_NOT_FOUND)
        return false;
    if (found != HUB_OK || hub_u64_parse(&step, hub_span_text(text), 0, UINT16_MAX) != HUB_OK)
        hub_call_problem(call, 400, HUB_PROBLEM_INVALID_MESSAGE, "step is no number");
    else if (step != 0)
        hub_call_problem(call, 400, HUB_PROBLEM_STEP_MISMATCH,
                         "the job is complete with its first response");
    else
        return false;
    return true;
}

void hub_helper_resource(struct hub_helper *helper, struct hub_worker *worker,
                         struct hub_call *call)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(SIZE_MAX);
    const bool is_job = call->resource == HUB_RESOURCE_AGGREGATION_JOB;

    if (call->method == HUB_CALL_DELETE) {
        /* The leader needs it no longer. Nothing goes: a repeated request gets the same bytes, and
         * what protects against replays and a second collection stays; the store drops a response
         * when all its windows are collected. */
        struct hub_answer answer = {.status = 204};
        hub_call_answer(call, &answer);
        return;
    }
    if (is_job && refuse_step(call))
        return;
    if (answer_deferred(helper, call)) /* before the store, where it goes from here */
        return;
    hub_status status =
        is_job ? hub_store_helper_job_find(&worker->reader, call->task->number, call->resource_id,
                                           NULL, &body)
               : hub_store_share_get(&worker->reader, call->task->number, call->resource_id, &body);
    if (status == HUB_E_NOT_FOUND)
        hub_call_problem(call, 404,
                         is_job ? HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB : HUB_PROBLEM_NONE,
                         "there is none with this id");
    else if (status != HUB_OK)
        hub_call_failed(call, status);
    else
        hub_helper_answer(
            call, 200, is_job ? HUB_MESSAGE_AGGREGATION_JOB_RESP : HUB_MESSAGE_AGGREGATE_SHARE,
            &body, is_job ? "aggregation_jobs" : "aggregate_shares", call->resource_id);
}

static void run(struct hub_work *work, void *arg)
{
    struct helper_work *w = (struct helper_work *)work;
    struct hub_worker *worker = arg;
    struct hub_call *call = w->call;
    struct hub_helper *helper = w->helper;

    free(w);
    switch (call->resource) {
    case HUB_RESOURCE_AGGREGATION_JOBS:
        hub_helper_aggregate(helper, worker, call);
        break;
    case HUB_RESOURCE_AGGREGATE_SHARES:
        hub_helper_share(helper, worker, call);
        break;
    case HUB_RESOURCE_AGGREGATION_JOB:
        if (call->method == HUB_CALL_POST) {
            hub_helper_continue(helper, worker, call);
            break;
        }
        hub_helper_resource(helper, worker, call);
        break;
    case HUB_RESOURCE_AGGREGATE_SHARE:
        hub_helper_resource(helper, worker, call);
        break;
    case HUB_RESOURCE_NONE:
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
    case HUB_RESOURCE_REPORTS:
    case HUB_RESOURCE_COLLECTION_JOBS:
    case HUB_RESOURCE_COLLECTION_JOB:
        hub_call_problem(call, 404, HUB_PROBLEM_NONE, "not a resource of the helper");
        break;
    }
    hub_arena_reset(&worker->arena);
}

void hub_helper_handle(struct hub_helper *helper, struct hub_call *call)
{
    if (call->resource == HUB_RESOURCE_AGGREGATION_JOBS && hub_party_disk_is_low(helper->party)) {
        hub_call_unavailable(call, NULL, HUB_CALL_DISK_TEXT, HUB_CALL_DISK_S);
        return;
    }
    struct helper_work *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        hub_call_failed(call, HUB_E_MEMORY);
        return;
    }
    w->work.run = run;
    w->helper = helper;
    w->call = call;
    hub_status status = hub_workers_submit(helper->workers, &w->work);
    if (status != HUB_OK) {
        free(w);
        hub_call_failed(call, status);
    }
}

static hub_status make_worker(void **worker, void *self)
{
    struct hub_helper *helper = self;
    return hub_worker_new((struct hub_worker **)worker, helper->party);
}

static void drop_worker(void *worker)
{
    hub_worker_free(worker);
}

hub_status hub_helper_new(struct hub_helper **out, struct hub_party *party,
                          const struct hub_helper_config *config, struct hub_why *why)
{
    struct hub_helper *helper = calloc(1, sizeof(*helper));
    if (helper == NULL)
        return HUB_E_MEMORY;
    helper->party = party;
    const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct hub_workers_config workers = {
        .n_threads =
            config->n_workers != 0 ? config->n_workers : (unsigned)(n_cores > 0 ? n_cores + 1 : 2),
        .n_waiting_max = WAITING_MAX,
        .make = make_worker,
        .drop = drop_worker,
        .self = helper,
    };
    hub_status status = config->is_async ? hub_deferred_new(&helper->deferred) : HUB_OK;
    if (status == HUB_OK)
        status = hub_workers_new(&helper->workers, &workers);
    if (status != HUB_OK) {
        hub_helper_free(helper);
        return hub_why(why, status, "the helper's workers: %s", hub_status_text(status));
    }
    *out = helper;
    return HUB_OK;
}

void hub_helper_free(struct hub_helper *helper)
{
    if (helper == NULL)
        return;
    hub_workers_free(helper->workers);
    hub_deferred_free(helper->deferred);
    free(helper);
}
