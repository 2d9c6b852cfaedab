/* Collection jobs (DAP-18, "Collection Job Initialization"). A job is durable before anything is
 * done for it. Then: what is outstanding for its windows is aggregated, the buckets are summed, the
 * helper is asked for its share, and both shares, the ledger row and the mark "collected" commit
 * together. Until that nothing has left; after it the same question gets the same bytes for ever. A
 * crash anywhere in between is gone over again: the helper answers the same request with the same
 * share.
 *
 * Many run at once on blocking threads, so that their commits fall together. */
#include "crypto/hash.h"
#include "leader/collection_internal.h"
#include "store/bucket.h"

#include <stdlib.h>

/* Under the lock: the one that is under way for this number, or NULL. */
static struct hub_leader_collection *find_listed(struct hub_leader *leader, uint64_t number)
{
    struct hub_leader_collection *c = leader->collections;

    while (c != NULL && c->row.number != number)
        c = c->next;
    return c;
}

bool hub_leader_collection_is_stuck(struct hub_leader *leader, uint64_t number)
{
    pthread_mutex_lock(&leader->lock);
    const struct hub_leader_collection *const c = find_listed(leader, number);
    const bool is_stuck = c != NULL && c->is_stuck;
    pthread_mutex_unlock(&leader->lock);
    return is_stuck;
}

static void list(struct hub_leader_collection *c)
{
    c->next = c->leader->collections;
    c->leader->collections = c;
    c->is_listed = true;
}

static hub_status start(struct hub_leader_collection *c)
{
    c->work.run = hub_collection_run;
    return hub_workers_submit(c->leader->collectors, &c->work);
}

static void answer_existing(struct hub_work *work, void *arg)
{
    struct hub_leader_collection *c =
        (struct hub_leader_collection *)((char *)work -
                                         offsetof(struct hub_leader_collection, work));
    struct hub_leader_worker *worker = arg;

    hub_leader_answer_stored(c->leader, c->calls[0], &worker->base->reader, c->row.id, 200);
    hub_leader_collection_free(c);
}

/* The same request was made before: its call joins the one under way, or gets what is stored. */
static void join(struct hub_leader_collection *c)
{
    struct hub_leader *leader = c->leader;
    bool joined = false;

    pthread_mutex_lock(&leader->lock);
    struct hub_leader_collection *other = find_listed(leader, c->row.number);
    if (other != NULL && other->n_calls < HUB_COLLECTION_CALLS_MAX) {
        if (other->n_calls == 0)
            other->since_ms = hub_monotonic_ms();
        other->calls[other->n_calls++] = c->calls[0];
        joined = true;
    }
    pthread_mutex_unlock(&leader->lock);
    if (joined) {
        hub_leader_collection_free(c);
        return;
    }
    c->work.run = answer_existing;
    hub_status status = hub_workers_submit(leader->readers, &c->work);
    if (status != HUB_OK) {
        hub_call_failed(c->calls[0], status);
        hub_leader_collection_free(c);
    }
}

static hub_status add_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_leader_collection *c = (struct hub_leader_collection *)unit;
    const bool has_batch = hub_task_is_leader_selected(c->task->task);

    if (has_batch) {
        HUB_TRY(hub_store_batch_take(tx, c->task->number, c->fresh_batch, &c->row.first_window));
        c->row.last_window = c->row.first_window;
    }
    HUB_TRY(hub_store_collection_add(tx, &c->row, hub_buf_span(&c->request), &c->existed));
    if (c->existed)
        return HUB_OK;
    const struct hub_time_interval w = hub_collection_windows(c);
    for (uint64_t i = 0; i < w.duration; i++) {
        const enum hub_store_bucket_state state =
            hub_store_bucket_state(tx, c->task->number, w.start + i);
        if (state != HUB_STORE_BUCKET_COLLECTED && state != HUB_STORE_BUCKET_BURNT)
            continue;
        c->is_burnt = state == HUB_STORE_BUCKET_BURNT;
        return HUB_E_REFUSED;
    }
    /* A task without a statement has no grace: its windows take reports until they are collected.
     * A batch takes no more: the next ones fill another. */
    if (!c->task->task->has_statement && !has_batch)
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
        c->detail = c->is_burnt ? hub_collection_burnt_text : hub_collection_overlap_text;
        hub_collection_answer_problem(call, c);
        hub_leader_collection_free(c);
        return;
    }
    if (status != HUB_OK) {
        hub_call_failed(call, status);
        hub_leader_collection_free(c);
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
        hub_leader_collection_put_aside(c, HUB_COLLECTION_LOOK_MS);
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
        hub_leader_collection_free(c);
        return status;
    }
    *out = c;
    return HUB_OK;
}

/* The job's id follows from the request's content ("Resource Creation"). */
static hub_status derive_id(uint8_t id[HUB_STORE_COLLECTION_ID_LEN], const struct hub_task_id *task,
                            hub_span request)
{
    struct hub_sha256 h;
    uint8_t digest[HUB_SHA256_LEN];

    hub_sha256_init(&h);
    hub_sha256_update(&h, HUB_SPAN_ARRAY(task->bytes));
    hub_sha256_update(&h, request);
    HUB_TRY(hub_sha256_finish(&h, digest));
    memcpy(id, digest, HUB_STORE_COLLECTION_ID_LEN);
    return HUB_OK;
}

static hub_status fill_row(struct hub_leader_collection *c)
{
    c->row.task = c->task->number;
    if (!hub_task_is_leader_selected(c->task->task)) {
        const struct hub_time_interval w = c->req.query.interval;
        c->row.first_window = w.start;
        c->row.last_window = w.start + w.duration - 1;
    }
    HUB_TRY(hub_sha256(c->row.request_sha256, hub_buf_span(&c->request)));
    HUB_TRY(hub_rng_fill(&c->leader->party->rng, c->fresh_batch, sizeof(c->fresh_batch)));
    return derive_id(c->row.id, &c->task->task->id, hub_buf_span(&c->request));
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
        hub_collection_answer_problem(call, c);
        hub_leader_collection_free(c);
        return;
    }
    status = fill_row(c);
    c->unit = (struct hub_unit){.apply = add_apply, .done = added, .bytes = c->request.len};
    if (status == HUB_OK)
        status = hub_store_submit(leader->party->store, &c->unit);
    if (status != HUB_OK) {
        hub_leader_collection_free(c);
        hub_call_failed(call, status);
    }
}

/* ---- Over time */

struct adopt_unit {
    struct hub_unit unit;
    uint64_t number;
};

static hub_status adopt_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    return hub_store_collection_adopt(tx, ((struct adopt_unit *)unit)->number);
}

static hub_status resume_one(struct hub_leader *leader, struct hub_worker *worker,
                             const struct hub_store_collection *row)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(SIZE_MAX);
    struct hub_leader_task *t = hub_leader_task_numbered(leader, row->task);
    struct hub_store_collection stored;
    struct hub_leader_collection *c;
    struct adopt_unit u = {.unit = {.apply = adopt_apply}, .number = row->number};

    if (t == NULL)
        return HUB_OK; /* its task is not configured now */
    const hub_status adopted = hub_store_run(leader->party->store, &u.unit);
    if (adopted == HUB_E_NOT_FOUND)
        return HUB_OK; /* another process was first */
    HUB_TRY(adopted);
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
    hub_leader_collection_free(c);
    return HUB_OK;
}

hub_status hub_leader_resume_collections(struct hub_leader *leader, struct hub_worker *worker)
{
    enum { PAGE = 16 };
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
    struct hub_call *calls[HUB_COLLECTION_CALLS_MAX];
    struct hub_leader_collection *c;
    const uint64_t now_ms = hub_monotonic_ms();
    size_t n;

    do { /* one at a time: answering and starting need the lock free */
        n = 0;
        pthread_mutex_lock(&leader->lock);
        for (c = leader->collections; c != NULL; c = c->next) {
            if (c->n_calls > 0 && now_ms - c->since_ms >= leader->party->limits.collect_wait_ms) {
                n = c->n_calls;
                for (size_t i = 0; i < n; i++)
                    calls[i] = c->calls[i];
                c->n_calls = 0;
                break;
            }
        }
        /* c stays: only its own thread frees it, after it took the lock; so answer under it */
        for (size_t i = 0; i < n; i++)
            hub_collection_answer_later(calls[i], c);
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
            hub_collection_answer_later(c->calls[i], c);
        hub_leader_collection_free(c);
    }
}
