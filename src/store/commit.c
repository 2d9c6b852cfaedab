/* The writing thread: takes all units that wait, applies each under a savepoint, commits once,
 * brings the ledger's head outside up, and then tells each unit (design.md section 4: group
 * commit).
 *
 * Memory follows the database: what a unit did to the id sets, the window states, the segments of
 * this commit and the ledger's head is undone when its savepoint is, and all of it when the commit
 * fails. */
#include "store/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { HEAD_RETRY_MS = 1000 };

/* ---- Marks and undoing */

static void mark_task(struct hub_store_task_memory *t)
{
    t->mark = (struct hub_store_task_mark){.ids_len = t->ids.len,
                                           .n_spilled = t->n_spilled,
                                           .n_segments = t->n_segments,
                                           .dropped_len = t->dropped.len};
    if (t->n_segments != 0) {
        const struct hub_store_open_segment *const s = &t->segments[t->n_segments - 1];
        t->mark.segment_len = s->reports.len;
        t->mark.segment_reports = s->n_reports;
        t->mark.segment_first_window = s->first_window;
        t->mark.segment_last_window = s->last_window;
    }
}

struct hub_store_task_memory *hub_store_touch(struct hub_store_tx *tx, uint64_t task)
{
    if (task == 0 || task > tx->store->n_tasks)
        return NULL;
    struct hub_store_task_memory *const t = tx->store->tasks[task - 1];
    if (!t->is_touched) {
        t->is_touched = true;
        mark_task(t);
    }
    return t;
}

static void mark_unit(struct hub_store_tx *tx)
{
    tx->mark_head = tx->head;
    tx->mark_undo = tx->n_undo;
    tx->mark_tasks = tx->store->n_tasks;
    for (size_t i = 0; i < tx->store->n_tasks; i++) {
        if (tx->store->tasks[i]->is_touched)
            mark_task(tx->store->tasks[i]);
    }
}

/* Back to what the marks say. */
static void undo_unit(struct hub_store_tx *tx)
{
    struct hub_store *const store = tx->store;

    tx->head = tx->mark_head;
    while (tx->n_undo > tx->mark_undo) {
        const struct hub_store_undo *const u = &tx->undo[--tx->n_undo];
        /* Puts back what was there, for which there is room, or takes out. */
        (void)hub_window_states_set(&u->task->windows, u->window, u->state);
    }
    while (store->n_tasks > tx->mark_tasks)
        hub_store_task_forget_last(store);
    for (size_t i = 0; i < store->n_tasks; i++) {
        struct hub_store_task_memory *const t = store->tasks[i];
        if (!t->is_touched)
            continue;
        hub_store_ids_undo(store, t, t->mark.ids_len);
        t->n_spilled = t->mark.n_spilled;
        hub_store_segments_undo(t, &t->mark);
        t->dropped.len = t->mark.dropped_len;
    }
}

/* Back to the last commit. */
static void undo_all(struct hub_store_tx *tx)
{
    tx->mark_head = tx->store->head;
    tx->mark_undo = 0;
    tx->mark_tasks = tx->n_tasks;
    for (size_t i = 0; i < tx->store->n_tasks; i++) {
        struct hub_store_task_memory *const t = tx->store->tasks[i];
        t->mark = (struct hub_store_task_mark){.n_spilled = t->n_spilled_before};
    }
    undo_unit(tx);
}

static void end_commit(struct hub_store_tx *tx)
{
    struct hub_store *const store = tx->store;
    for (size_t i = 0; i < store->n_tasks; i++) {
        struct hub_store_task_memory *const t = store->tasks[i];
        if (!t->is_touched)
            continue;
        const struct hub_store_task_mark nothing = {0};
        hub_store_segments_undo(t, &nothing);
        hub_buf_clear(&t->ids);
        hub_buf_clear(&t->dropped);
        t->n_spilled_before = t->n_spilled;
        t->is_touched = false;
    }
    tx->n_undo = 0;
}

/* ---- One group */

/* HUB_E_DB: the engine gave up the transaction, so the whole group has failed. */
static hub_status apply_unit(struct hub_store_tx *tx, struct hub_unit *unit)
{
    struct hub_savepoint part = {0};

    mark_unit(tx);
    HUB_TRY(hub_savepoint_begin(&part, tx->store->db));
    unit->status = unit->apply(unit, tx);
    if (unit->status == HUB_OK)
        return hub_savepoint_release(&part);
    HUB_TRY(hub_savepoint_rollback(&part));
    undo_unit(tx);
    return HUB_OK;
}

static hub_status flush(struct hub_store *store)
{
    for (size_t i = 0; i < store->n_tasks; i++) {
        if (!store->tasks[i]->is_touched)
            continue;
        HUB_TRY(hub_store_segments_flush(store, store->tasks[i]));
        HUB_TRY(hub_store_ids_flush(store, store->tasks[i]));
    }
    return HUB_OK;
}

static void set_head_behind(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->head_is_behind = true;
    (void)pthread_mutex_unlock(&store->mutex);
}

static hub_status commit_units(struct hub_store *store, struct hub_unit *units)
{
    struct hub_store_tx *const tx = &store->tx;
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx transaction = {0};

    tx->now_s = hub_now_s(&store->options.clock);
    tx->head = store->head;
    tx->n_tasks = store->n_tasks;
    HUB_TRY(hub_tx_begin(&transaction, store->db));
    for (struct hub_unit *u = units; u != NULL; u = u->next)
        HUB_TRY(apply_unit(tx, u));
    HUB_TRY(flush(store));
    /* Before the commit, so that nobody reads a release whose row is not outside yet. */
    if (tx->head.length != store->head.length)
        set_head_behind(store);
    return hub_tx_commit(&transaction);
}

/* Writes the head outside if the last commit or an earlier one left it behind. */
static hub_status sync_head(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const bool is_behind = store->head_is_behind;
    (void)pthread_mutex_unlock(&store->mutex);
    if (!is_behind)
        return HUB_OK;
    const hub_status status = hub_head_file_write(&store->head_file, &store->head);
    (void)pthread_mutex_lock(&store->mutex);
    store->head_is_behind = status != HUB_OK;
    store->head_has_failed = status != HUB_OK;
    store->stats.head_syncs += status == HUB_OK ? 1 : 0;
    (void)pthread_cond_broadcast(&store->head_done);
    (void)pthread_mutex_unlock(&store->mutex);
    if (status != HUB_OK)
        hub_log(store->options.log, HUB_LOG_ERROR, "store.head", "what=not_written");
    return status;
}

void hub_store_count_memory(struct hub_store *store)
{
    uint64_t ids = 0;
    uint64_t spilled = 0;
    for (size_t i = 0; i < store->n_tasks; i++) {
        ids += hub_id_set_count(&store->tasks[i]->seen) + store->tasks[i]->n_spilled;
        spilled += store->tasks[i]->n_spilled;
    }
    (void)pthread_mutex_lock(&store->mutex);
    store->stats.ids = ids;
    store->stats.ids_spilled = spilled;
    store->stats.ids_bytes = store->ids_bytes;
    store->stats.ledger_rows = store->head.length;
    (void)pthread_mutex_unlock(&store->mutex);
}

static void finish_commit(struct hub_store *store, hub_status status)
{
    if (status == HUB_OK) {
        store->head = store->tx.head;
        for (size_t i = 0; i < store->n_tasks; i++) {
            if (store->tasks[i]->is_touched)
                hub_store_ids_forget_dropped(store, store->tasks[i]);
        }
    } else {
        undo_all(&store->tx);
        hub_log(store->options.log, HUB_LOG_ERROR, "store.commit", "what=failed reason=\"%s\"",
                hub_status_text(status));
    }
    end_commit(&store->tx);
}

/* Tells the units, last of all; each is its owner's again after that. */
static void tell(struct hub_store *store, struct hub_unit *units, hub_status status)
{
    uint64_t good = 0;
    uint64_t failed = 0;
    for (struct hub_unit *u = units; u != NULL; u = u->next) {
        if (status != HUB_OK && u->status == HUB_OK)
            u->status = status;
        good += u->status == HUB_OK ? 1 : 0;
        failed += u->status == HUB_OK ? 0 : 1;
    }
    hub_store_count_memory(store);
    (void)pthread_mutex_lock(&store->mutex);
    store->stats.commits++;
    store->stats.units += good;
    store->stats.units_failed += failed;
    (void)pthread_mutex_unlock(&store->mutex);
    struct hub_unit *next;
    for (struct hub_unit *u = units; u != NULL; u = next) {
        next = u->next;
        u->done(u, u->status);
    }
}

static void write_group(struct hub_store *store, struct hub_unit *units)
{
    hub_status status = sync_head(store); /* what an earlier group left, if anything */
    if (status == HUB_OK) {
        status = commit_units(store, units);
        finish_commit(store, status);
        const hub_status synced = sync_head(store);
        status = status == HUB_OK ? synced : status;
    }
    tell(store, units, status);
}

/* ---- The queue */

/* Until a unit comes or the time; the condition's clock is the one of hub_monotonic_ms. */
static void wait_until(struct hub_store *store, uint64_t ms)
{
    const struct timespec until = {.tv_sec = (time_t)(ms / 1000),
                                   .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&store->work, &store->mutex, &until);
}

/* Takes units from the front, at least one, while they stay within the bytes of one commit. */
static struct hub_unit *take_units(struct hub_store *store)
{
    const size_t bytes_max = store->options.commit_bytes_max;
    struct hub_unit *const first = store->first;
    struct hub_unit *last = first;
    size_t bytes = first->bytes;

    store->queue_units--;
    while (last->next != NULL && bytes < bytes_max && last->next->bytes <= bytes_max - bytes) {
        last = last->next;
        bytes += last->bytes;
        store->queue_units--;
    }
    store->first = last->next;
    last->next = NULL;
    if (store->first == NULL)
        store->last = &store->first;
    store->queue_bytes -= bytes;
    (void)pthread_cond_broadcast(&store->room);
    return first;
}

/* Waits for a unit, or for the moment to try the head again or to expire a part. NULL: nothing
 * came. */
static struct hub_unit *wait_for_units(struct hub_store *store)
{
    const bool expiry_is_due = hub_store_expiry_is_due(store);

    (void)pthread_mutex_lock(&store->mutex);
    if (store->first == NULL && !store->is_stopping) {
        if (store->head_has_failed)
            wait_until(store, hub_monotonic_ms() + HEAD_RETRY_MS);
        else if (expiry_is_due)
            wait_until(store, store->expiry_next_ms);
        else
            (void)pthread_cond_wait(&store->work, &store->mutex);
    }
    struct hub_unit *const units = store->first == NULL ? NULL : take_units(store);
    (void)pthread_mutex_unlock(&store->mutex);
    return units;
}

static bool is_over(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const bool over = store->is_stopping && store->first == NULL;
    (void)pthread_mutex_unlock(&store->mutex);
    return over;
}

/* At most so often: a commit of its own costs a sync. */
static void expire_a_part(struct hub_store *store)
{
    const uint64_t now_ms = hub_monotonic_ms();

    if (now_ms < store->expiry_next_ms)
        return;
    struct hub_unit *const unit = hub_store_expiry_unit(store);
    store->expiry_next_ms = now_ms + store->options.expiry_every_ms;
    if (unit != NULL)
        write_group(store, unit);
}

static void *write_thread(void *argument)
{
    struct hub_store *const store = argument;
    store->expiry_next_ms = hub_monotonic_ms() + store->options.expiry_every_ms;
    while (!is_over(store)) {
        struct hub_unit *const units = wait_for_units(store);
        if (units != NULL)
            write_group(store, units);
        else
            (void)sync_head(store);
        if (hub_store_expiry_is_due(store))
            expire_a_part(store);
    }
    return NULL;
}

static void enqueue(struct hub_store *store, struct hub_unit *unit)
{
    unit->next = NULL;
    unit->status = HUB_OK;
    *store->last = unit;
    store->last = &unit->next;
    store->queue_units++;
    store->queue_bytes += unit->bytes;
    (void)pthread_cond_signal(&store->work);
}

/* One unit always fits an empty queue. */
static bool has_room(const struct hub_store *store, const struct hub_unit *unit)
{
    const struct hub_store_options *const o = &store->options;
    return store->queue_units == 0 ||
           (store->queue_units < o->queue_units_max && store->queue_bytes <= o->queue_bytes_max &&
            unit->bytes <= o->queue_bytes_max - store->queue_bytes);
}

hub_status hub_store_submit(struct hub_store *store, struct hub_unit *unit)
{
    assert(unit->done != NULL);
    (void)pthread_mutex_lock(&store->mutex);
    const bool taken = !store->is_stopping && has_room(store, unit);
    if (taken)
        enqueue(store, unit);
    (void)pthread_mutex_unlock(&store->mutex);
    return taken ? HUB_OK : HUB_E_BUSY;
}

/* A unit whose end somebody waits for. */
struct waiting_unit {
    struct hub_unit unit;
    struct hub_unit *inner;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool has_ended;
    hub_status status;
};

static hub_status waiting_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct waiting_unit *const w = (struct waiting_unit *)unit;
    return w->inner->apply(w->inner, tx);
}

static void waiting_done(struct hub_unit *unit, hub_status status)
{
    struct waiting_unit *const w = (struct waiting_unit *)unit;
    (void)pthread_mutex_lock(&w->mutex);
    w->has_ended = true;
    w->status = status;
    (void)pthread_cond_signal(&w->ended);
    (void)pthread_mutex_unlock(&w->mutex);
}

hub_status hub_store_run(struct hub_store *store, struct hub_unit *unit)
{
    struct waiting_unit w = {
        .unit = {.apply = waiting_apply, .done = waiting_done, .bytes = unit->bytes},
        .inner = unit,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .ended = PTHREAD_COND_INITIALIZER,
    };
    assert(!store->has_thread || !pthread_equal(pthread_self(), store->thread));
    (void)pthread_mutex_lock(&store->mutex);
    while (!store->is_stopping && !has_room(store, &w.unit))
        (void)pthread_cond_wait(&store->room, &store->mutex);
    const bool taken = !store->is_stopping;
    if (taken)
        enqueue(store, &w.unit);
    (void)pthread_mutex_unlock(&store->mutex);
    if (!taken)
        return HUB_E_BUSY;
    (void)pthread_mutex_lock(&w.mutex);
    while (!w.has_ended)
        (void)pthread_cond_wait(&w.ended, &w.mutex);
    (void)pthread_mutex_unlock(&w.mutex);
    (void)pthread_cond_destroy(&w.ended);
    (void)pthread_mutex_destroy(&w.mutex);
    return w.status;
}

/* ---- Start and end */

hub_status hub_store_thread_start(struct hub_store *store)
{
    if (pthread_create(&store->thread, NULL, write_thread, store) != 0)
        return HUB_E_MEMORY;
    store->has_thread = true;
    return HUB_OK;
}

void hub_store_thread_stop(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->is_stopping = true;
    (void)pthread_cond_broadcast(&store->work);
    (void)pthread_cond_broadcast(&store->room);
    (void)pthread_mutex_unlock(&store->mutex);
    if (store->has_thread)
        (void)pthread_join(store->thread, NULL);
    store->has_thread = false;
}

void hub_store_stats(struct hub_store *store, struct hub_store_stats *out)
{
    (void)pthread_mutex_lock(&store->mutex);
    *out = store->stats;
    out->queue_units = store->queue_units;
    out->queue_bytes = store->queue_bytes;
    (void)pthread_mutex_unlock(&store->mutex);
}
