/* How a collection ends: with a problem that the ledger names too, or with both shares, whose bytes
 * then stay. */
#include "leader/collection_internal.h"
#include "wire/extension.h"

#include <stdlib.h>

enum { POLL_S = 1, STUCK_S = 60 };

const char hub_collection_overlap_text[] = "a window of the batch was collected before";
const char hub_collection_burnt_text[] =
    "a window of the batch was burnt when a restored database was found";

static const struct hub_log *log_of(const struct hub_leader_collection *c)
{
    return c->leader->party->log;
}

void hub_leader_collection_free(struct hub_leader_collection *c)
{
    if (c == NULL)
        return;
    hub_buf_clear(&c->request);
    hub_buf_clear(&c->response);
    free(c);
}

static void unlist(struct hub_leader_collection *c)
{
    struct hub_leader_collection **at = &c->leader->collections;

    while (*at != NULL && *at != c)
        at = &(*at)->next;
    if (*at != NULL)
        *at = c->next;
    c->is_listed = false;
}

/* Takes the calls that wait, and the collection off the list. */
static size_t take_calls(struct hub_leader_collection *c,
                         struct hub_call *calls[HUB_COLLECTION_CALLS_MAX])
{
    pthread_mutex_lock(&c->leader->lock);
    const size_t n = c->n_calls;
    for (size_t i = 0; i < n; i++)
        calls[i] = c->calls[i];
    c->n_calls = 0;
    if (c->is_listed)
        unlist(c);
    pthread_mutex_unlock(&c->leader->lock);
    return n;
}

static enum hub_problem_type problem_type(const char *name)
{
    for (unsigned p = 1; p < HUB_N_PROBLEMS; p++) {
        if (strcmp(hub_problem_name((enum hub_problem_type)p), name) == 0)
            return (enum hub_problem_type)p;
    }
    return HUB_PROBLEM_NONE;
}

void hub_collection_answer_problem(struct hub_call *call, const struct hub_leader_collection *c)
{
    struct hub_answer answer = {.status = 400,
                                .problem = problem_type(c->problem),
                                .refusal = c->refusal,
                                .detail = c->detail,
                                .has_task = true,
                                .task_id = c->task->task->id};

    if (answer.problem == HUB_PROBLEM_UNSUPPORTED_EXTENSION)
        answer.n_unsupported = hub_extensions_unsupported(
            answer.unsupported, HUB_CALL_UNSUPPORTED_MAX, c->req.extensions, NULL, 0);
    hub_call_answer(call, &answer);
}

void hub_collection_answer_stuck(struct hub_call *call)
{
    hub_call_unavailable(call, "jobParked",
                         "acknowledged reports of the batch wait in an aggregation job that the "
                         "helper does not answer as it should; the logs of both say more",
                         STUCK_S);
}

void hub_collection_set_stuck(struct hub_leader_collection *c, bool is_stuck)
{
    pthread_mutex_lock(&c->leader->lock);
    const bool is_news = is_stuck != c->is_stuck;
    c->is_stuck = is_stuck;
    pthread_mutex_unlock(&c->leader->lock);
    if (is_news)
        hub_log(log_of(c), is_stuck ? HUB_LOG_ERROR : HUB_LOG_INFO, "collection.stuck",
                "task=%s window=%llu stuck=%s", c->task->label,
                (unsigned long long)hub_collection_windows(c).start, is_stuck ? "yes" : "no");
}

void hub_collection_answer_later(struct hub_call *call, const struct hub_leader_collection *c)
{
    struct hub_answer answer = {.status = 201, .retry_after_s = POLL_S};

    if (c->is_stuck) {
        hub_collection_answer_stuck(call);
        return;
    }
    hub_leader_location(answer.location, c->task, c->row.id);
    hub_call_answer(call, &answer);
}

static void answer_done(struct hub_call *call, const struct hub_leader_collection *c)
{
    struct hub_answer answer = {.status = 201,
                                .has_message = true,
                                .message = HUB_MESSAGE_COLLECTION_JOB_RESP,
                                .body = HUB_BUF_INIT(c->response.len)};

    hub_leader_location(answer.location, c->task, c->row.id);
    hub_status status = hub_buf_append(&answer.body, hub_buf_span(&c->response));
    if (status != HUB_OK)
        hub_call_failed(call, status);
    else
        hub_call_answer(call, &answer);
}

static hub_status fail_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;

    bool is_news;

    HUB_TRY(hub_store_collection_fail(tx, c->row.number, c->problem, c->detail, &is_news));
    if (is_news && c->task->task->has_statement)
        HUB_TRY(hub_store_refused(tx, c->task->task->id.bytes, c->problem, c->detail));
    return HUB_OK;
}

hub_status hub_collection_end_with_problem(struct hub_leader_collection *c,
                                           struct hub_store_view *view)
{
    struct hub_call *calls[HUB_COLLECTION_CALLS_MAX];

    if (c->detail == NULL)
        c->detail = "the helper refused its aggregate share";
    c->unit = (struct hub_unit){.apply = fail_apply};
    hub_status status = hub_store_run(c->leader->party->store, &c->unit);
    if (status == HUB_E_CONFLICT || status == HUB_E_NOT_FOUND)
        return hub_collection_end_as_stored(c, view) ? HUB_OK : HUB_E_CONFLICT;
    HUB_TRY(status);
    hub_log(log_of(c), HUB_LOG_INFO, "collection.refused",
            "task=%s window=%llu windows=%llu reason=%s", c->task->label,
            (unsigned long long)hub_collection_windows(c).start,
            (unsigned long long)hub_collection_windows(c).duration, c->problem);
    size_t n = take_calls(c, calls);
    for (size_t i = 0; i < n; i++)
        hub_collection_answer_problem(calls[i], c);
    hub_leader_collection_free(c);
    return HUB_OK;
}

hub_status hub_collection_refuse(struct hub_leader_collection *c, struct hub_store_view *view,
                                 enum hub_problem_type problem, const char *refusal,
                                 const char *detail)
{
    c->problem = hub_problem_name(problem);
    c->refusal = refusal;
    c->detail = detail;
    return hub_collection_end_with_problem(c, view);
}

static hub_status finish_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;
    const struct hub_time_interval w = hub_collection_windows(c);

    HUB_TRY(hub_store_buckets_collect(tx, c->task->number, w.start, w.start + w.duration - 1,
                                      c->total.n_reports, c->task->window_charge * w.duration));
    return hub_store_collection_finish(tx, c->row.number, hub_buf_span(&c->response));
}

static void end_with_answer(struct hub_leader_collection *c)
{
    struct hub_call *calls[HUB_COLLECTION_CALLS_MAX];
    const struct hub_time_interval w = hub_collection_windows(c);
    struct hub_leader_task *t = hub_leader_task_of(c->leader, c->task);

    if (t->slots != NULL)
        hub_slots_forget(t->slots, w.start, w.start + w.duration - 1);
    hub_log(log_of(c), HUB_LOG_INFO, "collection.done",
            "task=%s trace=%s window=%llu windows=%llu reports=%llu", c->task->label, c->trace,
            (unsigned long long)w.start, (unsigned long long)w.duration,
            (unsigned long long)c->total.n_reports);
    size_t n = take_calls(c, calls);
    for (size_t i = 0; i < n; i++)
        answer_done(calls[i], c);
    hub_leader_collection_free(c);
}

hub_status hub_collection_release(struct hub_leader_collection *c)
{
    c->unit = (struct hub_unit){.apply = finish_apply};
    HUB_TRY(hub_store_run(c->leader->party->store, &c->unit));
    end_with_answer(c);
    return HUB_OK;
}

bool hub_collection_end_as_stored(struct hub_leader_collection *c, struct hub_store_view *view)
{
    struct hub_call *calls[HUB_COLLECTION_CALLS_MAX];
    struct hub_store_collection row;
    const hub_status status =
        hub_store_collection_find(view, c->task->number, c->row.id, &row, NULL, NULL);

    if (status != HUB_E_NOT_FOUND &&
        (status != HUB_OK || row.state == HUB_STORE_COLLECTION_WAITING))
        return false;
    const size_t n = take_calls(c, calls);
    for (size_t i = 0; i < n; i++)
        hub_leader_answer_stored(c->leader, calls[i], view, c->row.id, 200);
    hub_leader_collection_free(c);
    return true;
}
