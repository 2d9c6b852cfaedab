/* The rounds of a collection: what is outstanding is aggregated, the buckets are summed, the helper
 * is asked for its share, both are released. What cannot go on makes room for others. */
#include "base/wait.h"
#include "leader/collection_internal.h"
#include "statement/refusal.h"
#include "store/segment.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PATIENCE_MS = 400, /* how long a thread waits for outstanding reports before it makes room */
    RETRY_MS_MAX = 3000,
    ROUNDS_MAX = 16,
    POLLS_MAX = 4,
    POLL_NS = 100000000
};

static const struct hub_log *log_of(const struct hub_leader_collection *c)
{
    return c->leader->party->log;
}

void hub_leader_collection_put_aside(struct hub_leader_collection *c, unsigned delay_ms)
{
    pthread_mutex_lock(&c->leader->lock);
    c->due_ms = hub_monotonic_ms() + delay_ms;
    pthread_mutex_unlock(&c->leader->lock);
}

static void wait_resolved(struct hub_leader *leader, unsigned ms)
{
    const struct timespec until = hub_in_us(ms * 1000ULL);

    pthread_mutex_lock(&leader->lock);
    (void)pthread_cond_timedwait(&leader->resolved, &leader->lock, &until);
    pthread_mutex_unlock(&leader->lock);
}

/* Waits until every report of the windows that was acknowledged is counted or rejected. HUB_E_BUSY:
 * not yet. */
static hub_status await_reports(struct hub_leader_collection *c, struct hub_leader_worker *worker)
{
    const struct hub_time_interval w = hub_collection_windows(c);
    const uint64_t until_ms = hub_monotonic_ms() + PATIENCE_MS;

    for (;;) {
        bool outstanding;
        HUB_TRY(hub_store_outstanding(&worker->base->reader, c->task->number, w.start,
                                      w.start + w.duration - 1, &outstanding));
        if (!outstanding)
            return HUB_OK;
        hub_leader_urge(c->leader, c->task);
        if (hub_leader_is_stopping(c->leader) || hub_monotonic_ms() >= until_ms) {
            hub_collection_set_stuck(
                c, hub_leader_is_parked(c->leader, c->task, w.start, w.start + w.duration - 1));
            return HUB_E_BUSY;
        }
        wait_resolved(c->leader, 50);
    }
}

/* The id, and the times of its reports, which no window tells. */
static hub_status find_batch(struct hub_leader_collection *c, struct hub_leader_worker *worker)
{
    HUB_TRY(hub_store_batch_find(&worker->base->reader, c->task->number, c->row.first_window,
                                 &c->batch));
    c->total.filled = (struct hub_time_interval){0};
    if (c->batch.first_time <= c->batch.last_time)
        c->total.filled = (struct hub_time_interval){c->batch.first_time,
                                                     c->batch.last_time - c->batch.first_time + 1};
    return HUB_OK;
}

/* Sums the batch. *ended: it may not be released, and that was said. */
static hub_status sum(struct hub_leader_collection *c, struct hub_leader_worker *worker,
                      bool *ended)
{
    struct hub_store_view *const view = &worker->base->reader;

    HUB_TRY(hub_total_sum(worker->base, c->task, hub_collection_windows(c), &c->total));
    if (hub_task_is_leader_selected(c->task->task))
        HUB_TRY(find_batch(c, worker));
    *ended = true;
    if (c->total.is_collected)
        return hub_collection_refuse(c, view, HUB_PROBLEM_BATCH_OVERLAP, NULL,
                                     hub_collection_overlap_text);
    if (c->total.is_burnt)
        return hub_collection_refuse(c, view, HUB_PROBLEM_BATCH_INVALID,
                                     hub_refusal_name(HUB_REFUSAL_RESTORE_GUARD),
                                     hub_collection_burnt_text);
    if (!hub_total_is_enough(c->task, &c->total))
        return hub_collection_refuse(c, view, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL,
                                     "the batch is below the task's floor");
    if (c->task->task->has_statement && c->total.n_reports > c->task->task->reports_max)
        return hub_collection_refuse(
            c, view, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL,
            "the batch has more reports than the statement allows a query");
    *ended = false;
    return HUB_OK;
}

/* Asks a helper that defers its answer a few times at the Location that it gave. */
static hub_status poll_share(const struct hub_leader_collection *c,
                             struct hub_leader_worker *worker, const char *base_path,
                             struct hub_peer_reply *reply)
{
    const struct hub_peer *peer = &c->leader->peer;
    char location[HUB_CALL_LOCATION_MAX] = "";
    const struct hub_peer_request request = {.method = HUB_CALL_GET,
                                             .task = c->task,
                                             .path = location,
                                             .is_location = true,
                                             .base_path = base_path};

    for (int i = 0; i < POLLS_MAX; i++) {
        const bool is_deferred =
            reply->status >= 200 && reply->status <= 299 && reply->body.len == 0;
        if (reply->location[0] != '\0')
            memcpy(location, reply->location, sizeof(location));
        if (!is_deferred || location[0] == '\0' || reply->retry_after_s > 1 ||
            hub_leader_is_stopping(c->leader))
            return HUB_OK;
        const struct timespec pause = {.tv_sec = reply->retry_after_s,
                                       .tv_nsec = reply->retry_after_s == 0 ? POLL_NS : 0};
        (void)nanosleep(&pause, NULL);
        hub_peer_reply_clear(reply);
        HUB_TRY(peer->exchange(worker->connection, &request, reply));
    }
    return HUB_OK;
}

/* The helper's ciphertext. HUB_E_NETWORK: later; HUB_E_REFUSED: c->problem says what the helper
 * said. */
static hub_status ask_helper(struct hub_leader_collection *c, struct hub_leader_worker *worker,
                             struct hub_peer_reply *reply)
{
    const struct hub_peer *peer = &c->leader->peer;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(SIZE_MAX);
    char path[128];
    struct hub_aggregate_share_req req = {
        .collection_job_req = c->req,
        .batch_selector = {.mode = c->task->task->batch_mode,
                           .interval = hub_collection_windows(c)},
        .report_count = c->total.n_reports,
    };

    memcpy(req.batch_selector.batch_id, c->batch.id, sizeof(c->batch.id));
    memcpy(req.checksum, c->total.checksum, sizeof(req.checksum));
    HUB_TRY(hub_aggregate_share_req_encode(&body, &req));
    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregate_shares", c->task->label);
    struct hub_peer_request request = {
        .method = HUB_CALL_POST,
        .task = c->task,
        .path = path,
        .base_path = path,
        .content_type = hub_media_type(HUB_MESSAGE_AGGREGATE_SHARE_REQ),
        .body = hub_buf_span(&body),
    };
    HUB_TRY(peer->exchange(worker->connection, &request, reply));
    if (reply->location[0] != '\0')
        hub_trace_of_location(c->trace, reply->location);
    HUB_TRY(poll_share(c, worker, path, reply));
    if (reply->status >= 200 && reply->status <= 299) {
        if (reply->body.len == 0) /* still at it; the same request finds it again */
            return HUB_E_BUSY;
        if (!hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATE_SHARE))
            return HUB_E_NETWORK;
        return HUB_OK;
    }
    hub_log(log_of(c), HUB_LOG_WARN, "share.refused", "task=%s window=%llu status=%u problem=%s",
            c->task->label, (unsigned long long)hub_collection_windows(c).start, reply->status,
            hub_problem_name(reply->problem));
    if (reply->problem == HUB_PROBLEM_NONE || reply->problem == HUB_PROBLEM_UNRECOGNIZED_TASK)
        return HUB_E_NETWORK;
    c->problem = hub_problem_name(reply->problem);
    return HUB_E_REFUSED;
}

static hub_status make_response(struct hub_leader_collection *c, struct hub_leader_worker *worker,
                                hub_span helper_share)
{
    struct hub_collection_job_resp resp = {.report_count = c->total.n_reports,
                                           .interval = c->total.filled};

    if (hub_aggregate_share_decode(&resp.helper_share, helper_share) != HUB_OK)
        return HUB_E_NETWORK; /* not an AggregateShare: perhaps next time */
    if (c->total.n_reports == 0)
        resp.interval = hub_collection_windows(c);
    HUB_TRY(hub_total_seal(worker->base, c->task, &c->total, c->req.encoded, &resp.leader_share));
    c->response.len = 0;
    return hub_collection_job_resp_encode(&c->response, &resp);
}

/* One round. *ended: c is gone. HUB_E_CONFLICT: begin again at once. HUB_E_BUSY, HUB_E_NETWORK:
 * later. */
static hub_status round_of(struct hub_leader_collection *c, struct hub_leader_worker *worker,
                           bool *ended)
{
    HUB_CLEANUP(hub_peer_reply_clear) struct hub_peer_reply reply = {0};

    HUB_TRY(await_reports(c, worker));
    hub_collection_set_stuck(c, false);
    HUB_TRY(sum(c, worker, ended));
    if (*ended)
        return HUB_OK;
    if (c->total.n_unopened > 0) {
        HUB_TRY(hub_total_open_missing(worker->base, c->task, hub_collection_windows(c)));
        return HUB_E_CONFLICT;
    }
    hub_status status = ask_helper(c, worker, &reply);
    if (status == HUB_E_REFUSED) {
        *ended = true;
        return hub_collection_end_with_problem(c, &worker->base->reader);
    }
    HUB_TRY(status);
    HUB_TRY(make_response(c, worker, hub_buf_span(&reply.body)));
    HUB_TRY(hub_collection_release(c));
    *ended = true;
    return HUB_OK;
}

static unsigned delay_of(const struct hub_leader_collection *c, hub_status status)
{
    unsigned delay_ms = HUB_COLLECTION_LOOK_MS;

    if (status == HUB_E_BUSY)
        return delay_ms;
    for (unsigned i = 0; i < c->n_tries && delay_ms < RETRY_MS_MAX; i++)
        delay_ms *= 2;
    return delay_ms;
}

void hub_collection_run(struct hub_work *work, void *arg)
{
    struct hub_leader_collection *c =
        (struct hub_leader_collection *)((char *)work -
                                         offsetof(struct hub_leader_collection, work));
    struct hub_leader_worker *worker = arg;
    hub_status status = HUB_E_CONFLICT;
    bool ended = false;

    for (int i = 0; i < ROUNDS_MAX && status == HUB_E_CONFLICT && !ended; i++) {
        status = round_of(c, worker, &ended);
        hub_arena_reset(&worker->base->arena);
    }
    if (ended && status == HUB_OK)
        return;
    if (status == HUB_E_CONFLICT && hub_collection_end_as_stored(c, &worker->base->reader))
        return;
    if (status != HUB_E_BUSY) {
        hub_log(log_of(c), HUB_LOG_WARN, "collection.waits", "task=%s window=%llu why=\"%s\"",
                c->task->label, (unsigned long long)hub_collection_windows(c).start,
                hub_status_text(status));
        c->n_tries++;
    }
    hub_leader_collection_put_aside(c, delay_of(c, status));
}
