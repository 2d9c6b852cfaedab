/* Collection jobs (DAP-18, "Collection Job Initialization"). A job is durable before anything is
 * done for it. Then: what is outstanding for its windows is aggregated, the buckets are summed, the
 * helper is asked for its share, and both shares, the ledger row and the mark "collected" commit
 * together. Until that nothing has left; after it the same question gets the same bytes for ever. A
 * crash anywhere in between is gone over again: the helper answers the same request with the same
 * share.
 *
 * Many run at once on blocking threads, so that their commits fall together. */
#include "crypto/hash.h"
#include "leader/leader_internal.h"
#include "statement/refusal.h"
#include "store/segment.h"
#include "wire/collection.h"
#include "wire/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    CALLS_MAX = 8,       /* that wait for one collection */
    PATIENCE_MS = 400,   /* how long a thread waits for outstanding reports before it makes room */
    LOOK_AGAIN_MS = 100, /* when it made room, or the helper did not answer at first */
    RETRY_MS_MAX = 20000,
    POLL_S = 1,
    ROUNDS_MAX = 16
};

static const char overlap_text[] = "a window of the batch was collected before";
static const char burnt_text[] =
    "a window of the batch was burnt when a restored database was found";

struct hub_leader_collection {
    struct hub_unit unit; /* adds the job, later ends it */
    struct hub_work work;
    struct hub_leader *leader;
    const struct hub_party_task *task;
    struct hub_store_collection row;
    struct hub_buf request;
    struct hub_collection_job_req req; /* views into request */
    bool existed;
    bool is_burnt;
    bool is_listed;
    struct hub_total total;
    struct hub_buf response;
    const char *problem; /* the end with a problem: its name */
    const char *refusal; /* with it, for the ledger */
    const char *detail;
    unsigned n_tries;
    /* under the leader's lock */
    struct hub_call *calls[CALLS_MAX];
    size_t n_calls;
    uint64_t since_ms; /* of the oldest call */
    uint64_t due_ms;   /* put aside until then; 0: queued or running */
    struct hub_leader_collection *next;
};

static const struct hub_log *log_of(const struct hub_leader_collection *c)
{
    return c->leader->party->log;
}

static struct hub_time_interval windows_of(const struct hub_leader_collection *c)
{
    return c->req.query.interval;
}

static void collection_free(struct hub_leader_collection *c)
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
static size_t end(struct hub_leader_collection *c, struct hub_call *calls[CALLS_MAX])
{
    pthread_mutex_lock(&c->leader->lock);
    const size_t n = c->n_calls;
    memcpy(calls, c->calls, n * sizeof(*calls));
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

static void answer_problem(struct hub_call *call, const struct hub_leader_collection *c)
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

static void answer_later(struct hub_call *call, const struct hub_leader_collection *c)
{
    struct hub_answer answer = {.status = 201, .retry_after_s = POLL_S};

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

/* ---- The end: with a problem, or with the answer */

static hub_status fail_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;

    HUB_TRY(hub_store_collection_fail(tx, c->row.number, c->problem));
    if (c->task->task->has_statement)
        HUB_TRY(hub_store_refused(tx, c->task->task->id.bytes, c->problem, c->detail));
    return HUB_OK;
}

static hub_status end_with_problem(struct hub_leader_collection *c)
{
    struct hub_call *calls[CALLS_MAX];

    if (c->detail == NULL)
        c->detail = "the helper refused its aggregate share";
    c->unit = (struct hub_unit){.apply = fail_apply};
    hub_status status = hub_store_run(c->leader->party->store, &c->unit);
    if (status != HUB_OK && status != HUB_E_CONFLICT && status != HUB_E_NOT_FOUND)
        return status;
    hub_log(log_of(c), HUB_LOG_INFO, "collection.refused",
            "task=%s window=%llu windows=%llu reason=%s", c->task->label,
            (unsigned long long)windows_of(c).start, (unsigned long long)windows_of(c).duration,
            c->problem);
    size_t n = end(c, calls);
    for (size_t i = 0; i < n; i++)
        answer_problem(calls[i], c);
    collection_free(c);
    return HUB_OK;
}

static hub_status refuse(struct hub_leader_collection *c, enum hub_problem_type problem,
                         const char *refusal, const char *detail)
{
    c->problem = hub_problem_name(problem);
    c->refusal = refusal;
    c->detail = detail;
    return end_with_problem(c);
}

static hub_status finish_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;
    const struct hub_time_interval w = windows_of(c);

    HUB_TRY(hub_store_buckets_collect(tx, c->task->number, w.start, w.start + w.duration - 1,
                                      c->total.n_reports, c->task->window_charge * w.duration));
    return hub_store_collection_finish(tx, c->row.number, hub_buf_span(&c->response));
}

static void end_with_answer(struct hub_leader_collection *c)
{
    struct hub_call *calls[CALLS_MAX];
    const struct hub_time_interval w = windows_of(c);
    struct hub_leader_task *t = hub_leader_task_of(c->leader, c->task);

    if (t->slots != NULL)
        hub_slots_forget(t->slots, w.start, w.start + w.duration - 1);
    hub_log(log_of(c), HUB_LOG_INFO, "collection.done",
            "task=%s window=%llu windows=%llu reports=%llu", c->task->label,
            (unsigned long long)w.start, (unsigned long long)w.duration,
            (unsigned long long)c->total.n_reports);
    size_t n = end(c, calls);
    for (size_t i = 0; i < n; i++)
        answer_done(calls[i], c);
    collection_free(c);
}

/* ---- The way there */

/* Puts the collection aside; the ticker brings it back. */
static void put_aside(struct hub_leader_collection *c, unsigned delay_ms)
{
    pthread_mutex_lock(&c->leader->lock);
    c->due_ms = hub_monotonic_ms() + delay_ms;
    pthread_mutex_unlock(&c->leader->lock);
}

static void wait_resolved(struct hub_leader *leader, unsigned ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&leader->lock);
    (void)pthread_cond_timedwait(&leader->resolved, &leader->lock, &until);
    pthread_mutex_unlock(&leader->lock);
}

/* Waits until every report of the windows that was acknowledged is counted or rejected. HUB_E_BUSY:
 * not yet. */
static hub_status await_reports(struct hub_leader_collection *c, struct hub_leader_worker *worker)
{
    const struct hub_time_interval w = windows_of(c);
    const uint64_t until_ms = hub_monotonic_ms() + PATIENCE_MS;

    for (;;) {
        bool outstanding;
        HUB_TRY(hub_store_outstanding(&worker->base->reader, c->task->number, w.start,
                                      w.start + w.duration - 1, &outstanding));
        if (!outstanding)
            return HUB_OK;
        hub_leader_urge(c->leader, c->task);
        if (hub_leader_is_stopping(c->leader) || hub_monotonic_ms() >= until_ms)
            return HUB_E_BUSY;
        wait_resolved(c->leader, 50);
    }
}

/* Sums the batch. *ended: it may not be released, and that was said. */
static hub_status sum(struct hub_leader_collection *c, struct hub_leader_worker *worker,
                      bool *ended)
{
    HUB_TRY(hub_total_sum(worker->base, c->task, windows_of(c), &c->total));
    *ended = true;
    if (c->total.is_collected)
        return refuse(c, HUB_PROBLEM_BATCH_OVERLAP, NULL, overlap_text);
    if (c->total.is_burnt)
        return refuse(c, HUB_PROBLEM_BATCH_INVALID, hub_refusal_name(HUB_REFUSAL_RESTORE_GUARD),
                      burnt_text);
    if (!hub_total_is_enough(c->task, &c->total))
        return refuse(c, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL,
                      "the batch is below the task's floor");
    if (c->task->task->has_statement && c->total.n_reports > c->task->task->reports_max)
        return refuse(c, HUB_PROBLEM_INVALID_BATCH_SIZE, NULL,
                      "the batch has more reports than the statement allows a query");
    *ended = false;
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
        .batch_selector = {.mode = HUB_BATCH_TIME_INTERVAL, .interval = windows_of(c)},
        .report_count = c->total.n_reports,
    };

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
    if (reply->status >= 200 && reply->status <= 299) {
        /* an empty body: the helper is still at it; the same request finds it again */
        if (reply->body.len == 0 ||
            !hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATE_SHARE))
            return HUB_E_NETWORK;
        return HUB_OK;
    }
    hub_log(log_of(c), HUB_LOG_WARN, "share.refused", "task=%s window=%llu status=%u problem=%s",
            c->task->label, (unsigned long long)windows_of(c).start, reply->status,
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
        resp.interval = windows_of(c);
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
    HUB_TRY(sum(c, worker, ended));
    if (*ended)
        return HUB_OK;
    if (c->total.n_unopened > 0) {
        HUB_TRY(hub_total_open_missing(worker->base, c->task, windows_of(c)));
        return HUB_E_CONFLICT;
    }
    hub_status status = ask_helper(c, worker, &reply);
    if (status == HUB_E_REFUSED) {
        *ended = true;
        return end_with_problem(c);
    }
    HUB_TRY(status);
    HUB_TRY(make_response(c, worker, hub_buf_span(&reply.body)));
    c->unit = (struct hub_unit){.apply = finish_apply};
    HUB_TRY(hub_store_run(c->leader->party->store, &c->unit));
    *ended = true;
    end_with_answer(c);
    return HUB_OK;
}

static unsigned delay_of(const struct hub_leader_collection *c, hub_status status)
{
    unsigned delay_ms = LOOK_AGAIN_MS;

    if (status == HUB_E_BUSY)
        return delay_ms;
    for (unsigned i = 0; i < c->n_tries && delay_ms < RETRY_MS_MAX; i++)
        delay_ms *= 2;
    return delay_ms;
}

static void run(struct hub_work *work, void *arg)
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
    if (status != HUB_E_BUSY) {
        hub_log(log_of(c), HUB_LOG_WARN, "collection.waits", "task=%s window=%llu why=\"%s\"",
                c->task->label, (unsigned long long)windows_of(c).start, hub_status_text(status));
        c->n_tries++;
    }
    put_aside(c, delay_of(c, status));
}

/* ---- The beginning */

/* Under the lock: the one that is under way for this number, or NULL. */
static struct hub_leader_collection *find_listed(struct hub_leader *leader, uint64_t number)
{
    struct hub_leader_collection *c = leader->collections;

    while (c != NULL && c->row.number != number)
        c = c->next;
    return c;
}

static void list(struct hub_leader_collection *c)
{
    c->next = c->leader->collections;
    c->leader->collections = c;
    c->is_listed = true;
}

static hub_status start(struct hub_leader_collection *c)
{
    c->work.run = run;
    return hub_workers_submit(c->leader->collectors, &c->work);
}

static void answer_existing(struct hub_work *work, void *arg)
{
    struct hub_leader_collection *c =
        (struct hub_leader_collection *)((char *)work -
                                         offsetof(struct hub_leader_collection, work));
    struct hub_leader_worker *worker = arg;

    hub_leader_answer_stored(c->calls[0], &worker->base->reader, c->row.id, 200);
    collection_free(c);
}

/* The same request was made before: its call joins the one under way, or gets what is stored. */
static void join(struct hub_leader_collection *c)
{
    struct hub_leader *leader = c->leader;
    bool joined = false;

    pthread_mutex_lock(&leader->lock);
    struct hub_leader_collection *other = find_listed(leader, c->row.number);
    if (other != NULL && other->n_calls < CALLS_MAX) {
        if (other->n_calls == 0)
            other->since_ms = hub_monotonic_ms();
        other->calls[other->n_calls++] = c->calls[0];
        joined = true;
    }
    pthread_mutex_unlock(&leader->lock);
    if (joined) {
        collection_free(c);
        return;
    }
    c->work.run = answer_existing;
    hub_status status = hub_workers_submit(leader->readers, &c->work);
    if (status != HUB_OK) {
        hub_call_failed(c->calls[0], status);
        collection_free(c);
    }
}

static hub_status add_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;
    const struct hub_time_interval w = windows_of(c);

    HUB_TRY(hub_store_collection_add(tx, &c->row, hub_buf_span(&c->request), &c->existed));
    if (c->existed)
        return HUB_OK;
    for (uint64_t i = 0; i < w.duration; i++) {
        const enum hub_store_bucket_state state =
            hub_store_bucket_state(tx, c->task->number, w.start + i);
        if (state != HUB_STORE_BUCKET_COLLECTED && state != HUB_STORE_BUCKET_BURNT)
            continue;
        c->is_burnt = state == HUB_STORE_BUCKET_BURNT;
        return HUB_E_REFUSED;
    }
    /* A task without a statement has no grace: its windows take reports until they are collected.
     */
    if (!c->task->task->has_statement)
        return HUB_OK;
    return hub_store_buckets_close(tx, c->task->number, w.start, w.start + w.duration - 1);
}

static void added(struct hub_unit *unit, hub_status status)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;
    struct hub_call *call = c->calls[0];

    if (status == HUB_E_REFUSED) {
        c->problem =
            hub_problem_name(c->is_burnt ? HUB_PROBLEM_BATCH_INVALID : HUB_PROBLEM_BATCH_OVERLAP);
        c->detail = c->is_burnt ? burnt_text : overlap_text;
        answer_problem(call, c);
        collection_free(c);
        return;
    }
    if (status != HUB_OK) {
        hub_call_failed(call, status);
        collection_free(c);
        return;
    }
    if (c->existed) {
        join(c);
        return;
    }
    pthread_mutex_lock(&c->leader->lock);
    list(c);
    pthread_mutex_unlock(&c->leader->lock);
    if (start(c) != HUB_OK)
        put_aside(c, LOOK_AGAIN_MS);
}

static hub_status collection_new(struct hub_leader_collection **out, struct hub_leader *leader,
                                 const struct hub_party_task *task, hub_span request)
{
    struct hub_leader_collection *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return HUB_E_MEMORY;
    c->leader = leader;
    c->task = task;
    c->request = (struct hub_buf)HUB_BUF_INIT(request.len);
    c->response = (struct hub_buf)HUB_BUF_INIT(SIZE_MAX);
    hub_status status = hub_buf_append(&c->request, request);
    if (status == HUB_OK)
        status = hub_collection_job_req_decode(&c->req, hub_buf_span(&c->request));
    if (status != HUB_OK) {
        collection_free(c);
        return status;
    }
    *out = c;
    return HUB_OK;
}

static hub_status fill_row(struct hub_leader_collection *c)
{
    const struct hub_time_interval w = windows_of(c);

    c->row.task = c->task->number;
    c->row.first_window = w.start;
    c->row.last_window = w.start + w.duration - 1;
    HUB_TRY(hub_sha256(c->row.request_sha256, hub_buf_span(&c->request)));
    return hub_rng_fill(&c->leader->party->rng, c->row.id, sizeof(c->row.id));
}

void hub_leader_collect(struct hub_leader *leader, struct hub_call *call)
{
    struct hub_leader_collection *c;
    const char *detail;

    hub_status status = collection_new(&c, leader, call->task, call->body);
    if (status != HUB_OK) {
        hub_call_failed(call, status);
        return;
    }
    c->calls[0] = call;
    c->n_calls = 1;
    c->since_ms = hub_monotonic_ms();
    enum hub_query_fault fault =
        hub_collection_req_check(c->task, &c->req, hub_party_now_s(leader->party), &detail);
    if (fault != HUB_QUERY_FAULT_NONE) {
        c->problem = hub_problem_name(hub_query_fault_problem(fault));
        c->detail = detail;
        answer_problem(call, c);
        collection_free(c);
        return;
    }
    status = fill_row(c);
    c->unit = (struct hub_unit){.apply = add_apply, .done = added, .bytes = c->request.len};
    if (status == HUB_OK)
        status = hub_store_submit(leader->party->store, &c->unit);
    if (status != HUB_OK) {
        collection_free(c);
        hub_call_failed(call, status);
    }
}

/* ---- Over time */

static hub_status resume_one(struct hub_leader *leader, struct hub_worker *worker,
                             const struct hub_store_collection *row)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(SIZE_MAX);
    struct hub_leader_task *t = hub_leader_task_numbered(leader, row->task);
    struct hub_store_collection stored;
    struct hub_leader_collection *c;

    if (t == NULL)
        return HUB_OK; /* its task is not configured now */
    HUB_TRY(
        hub_store_collection_find(&worker->reader, row->task, row->id, &stored, &request, NULL));
    HUB_TRY(collection_new(&c, leader, t->task, hub_buf_span(&request)));
    c->row = stored;
    pthread_mutex_lock(&leader->lock);
    if (find_listed(leader, row->number) == NULL) {
        list(c);
        c->due_ms = hub_monotonic_ms();
        c = NULL;
    }
    pthread_mutex_unlock(&leader->lock);
    collection_free(c);
    return HUB_OK;
}

hub_status hub_leader_resume_collections(struct hub_leader *leader, struct hub_worker *worker)
{
    enum { PAGE = 64 };
    struct hub_store_collection page[PAGE];
    size_t n = PAGE;
    uint64_t after = 0;

    while (n == PAGE) {
        HUB_TRY(hub_store_collections_waiting(&worker->reader, after, page, &n));
        for (size_t i = 0; i < n; i++) {
            after = page[i].number;
            HUB_TRY(resume_one(leader, worker, &page[i]));
        }
    }
    return HUB_OK;
}

void hub_leader_collections_tick(struct hub_leader *leader)
{
    struct hub_call *calls[CALLS_MAX];
    struct hub_leader_collection *c;
    const uint64_t now_ms = hub_monotonic_ms();
    size_t n;

    do { /* one at a time: answering and starting need the lock free */
        n = 0;
        pthread_mutex_lock(&leader->lock);
        for (c = leader->collections; c != NULL; c = c->next) {
            if (c->n_calls > 0 && now_ms - c->since_ms >= leader->party->limits.collect_wait_ms) {
                n = c->n_calls;
                memcpy(calls, c->calls, n * sizeof(*calls));
                c->n_calls = 0;
                break;
            }
        }
        /* c stays: only its own thread frees it, after it took the lock; so answer under it */
        for (size_t i = 0; i < n; i++)
            answer_later(calls[i], c);
        pthread_mutex_unlock(&leader->lock);
    } while (n > 0);
    pthread_mutex_lock(&leader->lock);
    for (c = leader->collections; c != NULL; c = c->next) {
        if (c->due_ms != 0 && c->due_ms <= now_ms) {
            const uint64_t due_ms = c->due_ms;
            c->due_ms = 0;
            if (start(c) != HUB_OK)
                c->due_ms = due_ms;
        }
    }
    pthread_mutex_unlock(&leader->lock);
}

void hub_leader_collections_drop(struct hub_leader *leader)
{
    while (leader->collections != NULL) {
        struct hub_leader_collection *c = leader->collections;
        leader->collections = c->next;
        for (size_t i = 0; i < c->n_calls; i++)
            answer_later(c->calls[i], c);
        collection_free(c);
    }
}
