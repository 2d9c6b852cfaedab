/* One group of units: each is applied under a savepoint, one commit makes all durable, the ledger's
 * head outside is brought up, and then each unit is told (group commit).
 *
 * Memory follows the database: what a unit did to the id sets, the window states, the segments of
 * this commit and the ledger's head is undone when its savepoint is, and all of it when the commit
 * fails. */
#include "store/shared_internal.h"

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
    /* another process may have admitted it */
    if (tx->store->is_shared && task > tx->store->n_tasks &&
        hub_store_tasks_refresh(tx->store) != HUB_OK)
        return NULL;
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
    tx->mark_has_ledger = tx->has_ledger;
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
    tx->has_ledger = tx->mark_has_ledger;
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
        if (store->is_shared) /* the locks went with what was undone */
            hub_shared_forget(t);
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
        if (store->is_shared)
            hub_shared_forget(t);
    }
    tx->n_undo = 0;
}

/* ---- One group */

/* HUB_E_DB: the engine gave up the transaction, so the whole group has failed. */
static hub_status apply_unit(struct hub_store_tx *tx, struct hub_unit *unit)
{
    struct hub_savepoint part = {0};

    mark_unit(tx);
    tx->lost_race = false;
    tx->n_races = unit->n_races;
    HUB_TRY(hub_savepoint_begin(&part, tx->store->db));
    unit->status = unit->apply(unit, tx);
    if (unit->status == HUB_OK)
        return hub_savepoint_release(&part);
    const bool lost_race =
        tx->lost_race || (unit->status == HUB_E_BUSY && hub_db_was_race(tx->store->db));
    HUB_TRY(hub_savepoint_rollback(&part));
    undo_unit(tx);
    unit->n_races += tx->store->is_shared && lost_race ? 1 : 0;
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

void hub_store_set_head_behind(struct hub_store *store)
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
    tx->has_ledger = false;
    HUB_TRY(store->is_shared ? hub_shared_begin(store, &transaction)
                             : hub_tx_begin(&transaction, store->db));
    for (struct hub_unit *u = units; u != NULL; u = u->next)
        HUB_TRY(apply_unit(tx, u));
    HUB_TRY(flush(store));
    /* Before the commit, so that nobody reads a release whose row is not outside yet. */
    if (tx->head.length != store->head.length)
        hub_store_set_head_behind(store);
    return hub_tx_commit(&transaction);
}

/* Writes the head outside if the last commit or an earlier one left it behind. */
hub_status hub_store_sync_head(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const bool is_behind = store->head_is_behind;
    (void)pthread_mutex_unlock(&store->mutex);
    if (!is_behind)
        return HUB_OK;
    const hub_status status =
        hub_head_file_write(&store->head_file, &store->head, hub_now_s(&store->options.clock));
    (void)pthread_mutex_lock(&store->mutex);
    store->head_is_behind = status != HUB_OK;
    store->head_has_failed = status != HUB_OK;
    if (status == HUB_OK)
        store->head_outside = store->head;
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
    store->stats.is_failing = status != HUB_OK;
    (void)pthread_mutex_unlock(&store->mutex);
    struct hub_unit *next;
    for (struct hub_unit *u = units; u != NULL; u = next) {
        next = u->next;
        u->done(u, u->status);
    }
}

/* Takes those out that were undone because another process was first: they go again when this
 * group's locks are gone. */
static struct hub_unit *take_losers(struct hub_unit **units, unsigned round)
{
    struct hub_unit *losers = NULL;
    struct hub_unit **end = &losers;

    for (struct hub_unit **at = units; *at != NULL;) {
        struct hub_unit *const u = *at;
        if (u->status == HUB_OK || u->n_races != round + 1) {
            at = &u->next;
            continue;
        }
        *at = u->next;
        u->next = NULL;
        u->status = HUB_OK;
        *end = u;
        end = &u->next;
    }
    return losers;
}

void hub_store_write_group(struct hub_store *store, struct hub_unit *units)
{
    for (unsigned round = 0; units != NULL; round++) {
        struct hub_unit *losers = NULL;
        hub_status status =
            hub_store_sync_head(store); /* what an earlier group left, if anything */
        if (status == HUB_OK) {
            status = commit_units(store, units);
            finish_commit(store, status);
            const hub_status synced = hub_store_sync_head(store);
            status = status == HUB_OK ? synced : status;
        }
        if (status == HUB_OK && round < HUB_STORE_RACES_MAX)
            losers = take_losers(&units, round);
        tell(store, units, status);
        units = losers;
    }
}
