/* Batch buckets: opened once, added to, closed, collected; their states live in the writing
 * thread's memory too. */
#include "store/bucket.h"

#include "db/query.h"
#include "store/segment.h"
#include "store/shared_internal.h"
#include "wire/types.h"

#include <stdlib.h>

enum { WINDOWS_MAX = 366 }; /* the most that one query may ask for */

static const char select_bucket[] = "SELECT state, n_reports, checksum, accumulator FROM bucket"
                                    " WHERE task = ? AND window_number = ?";
static const char upsert_bucket[] =
    "INSERT INTO bucket (task, window_number, state, n_reports, checksum, accumulator)"
    " VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT (task, window_number) DO UPDATE SET"
    " n_reports = excluded.n_reports, checksum = excluded.checksum,"
    " accumulator = excluded.accumulator";
static const char upsert_closed[] =
    "INSERT INTO bucket (task, window_number, state, n_reports, checksum)"
    " VALUES (?, ?, 1, 0, ?) ON CONFLICT (task, window_number) DO UPDATE SET state = 1";
static const char select_sum[] =
    "SELECT count(accumulator), coalesce(sum(n_reports), 0) FROM bucket"
    " WHERE task = ? AND window_number BETWEEN ? AND ?";
static const char select_parts_sum[] =
    "SELECT count(*), coalesce(sum((SELECT sum(n_reports) FROM bucket_part AS part"
    " WHERE part.task = bucket.task AND part.window_number = bucket.window_number)), 0) FROM bucket"
    " WHERE task = ? AND window_number BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM bucket_part AS "
    "part"
    " WHERE part.task = bucket.task AND part.window_number = bucket.window_number"
    " AND part.part = bucket.birth)";
static const char update_closed[] = "UPDATE bucket SET state = 1"
                                    " WHERE task = ? AND window_number BETWEEN ? AND ?";
static const char delete_slots[] = "DELETE FROM service_slot"
                                   " WHERE task = ? AND window_number BETWEEN ? AND ?";
static const char update_released[] = "UPDATE bucket SET state = 2"
                                      " WHERE task = ? AND window_number BETWEEN ? AND ?";
static const char update_collected[] = "UPDATE bucket SET state = 2, accumulator = NULL"
                                       " WHERE task = ? AND window_number BETWEEN ? AND ?";
static const char select_window_s[] = "SELECT window_s FROM task WHERE number = ?";
static const char select_states[] =
    "SELECT task, window_number, state FROM bucket WHERE state <> 0 ORDER BY task, window_number";

/* ---- States in memory */

enum hub_store_bucket_state hub_store_window_state(const struct hub_store_task_memory *task,
                                                   uint64_t window)
{
    const enum hub_store_bucket_state state = hub_window_states_get(&task->windows, window);
    /* A restore burns what it doesn't know of; what it knows to be collected stays so. */
    if (state < HUB_STORE_BUCKET_COLLECTED && window < task->row.burnt_before)
        return HUB_STORE_BUCKET_BURNT;
    return state;
}

hub_status hub_store_window_set(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                                uint64_t window, enum hub_store_bucket_state state)
{
    if (tx->n_undo == tx->cap_undo) {
        const size_t cap = tx->cap_undo == 0 ? 64 : tx->cap_undo * 2;
        struct hub_store_undo *const undo = reallocarray(tx->undo, cap, sizeof(*undo));
        if (undo == NULL)
            return HUB_E_MEMORY;
        tx->undo = undo;
        tx->cap_undo = cap;
    }
    const enum hub_store_bucket_state before = hub_window_states_get(&task->windows, window);
    HUB_TRY(hub_window_states_set(&task->windows, window, state));
    tx->undo[tx->n_undo++] = (struct hub_store_undo){task, window, before};
    return HUB_OK;
}

hub_status hub_store_windows_load(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_states);
    while (hub_query_row(&q)) {
        const uint64_t task = hub_column_u64(&q, 0);
        const uint64_t state = hub_column_u64(&q, 2);
        if (task == 0 || task > store->n_tasks || state > HUB_STORE_BUCKET_BURNT)
            return HUB_E_DB;
        HUB_TRY(hub_window_states_set(&store->tasks[task - 1]->windows, hub_column_u64(&q, 1),
                                      (enum hub_store_bucket_state)state));
    }
    return hub_query_finish(&q);
}

enum hub_store_bucket_state hub_store_bucket_state(struct hub_store_tx *tx, uint64_t task,
                                                   uint64_t window)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);

    if (t == NULL)
        return HUB_STORE_BUCKET_OPEN;
    /* what the database did not say is taken for the worst; the transaction has failed then */
    return hub_shared_look(tx, t, window) == HUB_OK ? hub_store_window_state(t, window)
                                                    : HUB_STORE_BUCKET_BURNT;
}

/* ---- One bucket */

static hub_status read_bucket(struct hub_store_bucket *out, struct hub_query *q, uint64_t window,
                              struct hub_buf *sealed)
{
    struct hub_store_bucket bucket = {.window = window,
                                      .state = (enum hub_store_bucket_state)hub_column_u64(q, 0),
                                      .n_reports = hub_column_u64(q, 1),
                                      .is_opened = !hub_column_is_null(q, 3)};
    HUB_TRY(hub_column_exact(q, 2, bucket.checksum, sizeof(bucket.checksum)));
    HUB_TRY(hub_buf_append(sealed, hub_column_span(q, 3)));
    *out = bucket;
    return HUB_OK;
}

/* A window without a row: open, unless a restore burnt what it doesn't know of. */
static hub_status no_bucket(struct hub_store_bucket *out, struct hub_store_view *view,
                            uint64_t task, uint64_t window)
{
    struct hub_store_bucket bucket = {.window = window};

    if (view->store->burnt_before_s != 0) {
        HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_window_s);
        hub_bind_u64(&q, task);
        HUB_TRY(hub_query_first(&q));
        if (window < hub_store_burnt_before(view->store, hub_column_u64(&q, 0)))
            bucket.state = HUB_STORE_BUCKET_BURNT;
    }
    *out = bucket;
    return HUB_OK;
}

hub_status hub_store_bucket_load(struct hub_store_view *view, uint64_t task, uint64_t window,
                                 struct hub_store_bucket *out, struct hub_buf *sealed)
{
    if (view->store->is_shared)
        return hub_shared_bucket_load(view, task, window, out, sealed);
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_bucket);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_OK)
        return read_bucket(out, &q, window, sealed);
    return status == HUB_E_NOT_FOUND ? no_bucket(out, view, task, window) : status;
}

hub_status hub_store_bucket_part(struct hub_store_tx *tx, uint64_t task, uint64_t window,
                                 struct hub_store_bucket *out, struct hub_buf *sealed)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    return tx->store->is_shared ? hub_shared_bucket_part(tx, t, window, out, sealed)
                                : hub_store_bucket_load(&tx->view, task, window, out, sealed);
}

hub_status hub_store_bucket_parts(struct hub_store_view *view, uint64_t task, uint64_t window,
                                  struct hub_store_bucket *out, hub_store_part_each each,
                                  void *self)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf sealed = HUB_BUF_INIT(SIZE_MAX);
    struct hub_store_bucket bucket;

    if (view->store->is_shared)
        return hub_shared_bucket_parts(view, task, window, out, each, self);
    HUB_TRY(hub_store_bucket_load(view, task, window, &bucket, &sealed));
    if (bucket.is_opened)
        HUB_TRY(each(self, &bucket, hub_buf_span(&sealed)));
    *out = bucket;
    return HUB_OK;
}

hub_status hub_store_bucket_save(struct hub_store_tx *tx, uint64_t task,
                                 const struct hub_store_bucket *bucket, hub_span sealed)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    if (sealed.len == 0)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_shared_look(tx, t, bucket->window));
    if (hub_store_window_state(t, bucket->window) >= HUB_STORE_BUCKET_COLLECTED)
        return HUB_E_REFUSED;
    if (tx->store->is_shared)
        return hub_shared_bucket_save(tx, task, bucket, sealed);
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, upsert_bucket);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, bucket->window);
    hub_bind_u64(&q, bucket->n_reports);
    hub_bind_span(&q, HUB_SPAN_ARRAY(bucket->checksum));
    hub_bind_span(&q, sealed);
    return hub_query_run(&q);
}

/* ---- A collection's buckets */

static hub_status check_range(struct hub_store_tx *tx, struct hub_store_task_memory **out,
                              uint64_t task, uint64_t first, uint64_t last)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    if (last < first || last - first >= WINDOWS_MAX)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_shared_hold(tx, t, first, last));
    for (uint64_t w = first; w - first <= last - first; w++) {
        if (hub_store_window_state(t, w) >= HUB_STORE_BUCKET_COLLECTED)
            return HUB_E_REFUSED;
    }
    *out = t;
    return HUB_OK;
}

static hub_status set_range(struct hub_store_tx *tx, struct hub_store_task_memory *t,
                            uint64_t first, uint64_t last, enum hub_store_bucket_state state)
{
    for (uint64_t w = first; w - first <= last - first; w++)
        HUB_TRY(hub_store_window_set(tx, t, w, state));
    return HUB_OK;
}

static hub_status mark_range(struct hub_db *db, const char *sql, uint64_t task, uint64_t first,
                             uint64_t last)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    return hub_query_run(&q);
}

/* Windows that had no row get one. */
static hub_status write_closed(struct hub_db *db, uint64_t task, uint64_t first, uint64_t last)
{
    static const uint8_t no_checksum[32];
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, upsert_closed);
    for (uint64_t w = first; w - first <= last - first; w++) {
        hub_query_again(&q);
        hub_bind_u64(&q, task);
        hub_bind_u64(&q, w);
        hub_bind_span(&q, HUB_SPAN_ARRAY(no_checksum));
        HUB_TRY(hub_query_run(&q));
    }
    return HUB_OK;
}

hub_status hub_store_buckets_close(struct hub_store_tx *tx, uint64_t task, uint64_t first,
                                   uint64_t last)
{
    struct hub_store_task_memory *t;

    HUB_TRY(check_range(tx, &t, task, first, last));
    HUB_TRY(tx->store->is_shared ? mark_range(tx->store->db, update_closed, task, first, last)
                                 : write_closed(tx->store->db, task, first, last));
    return set_range(tx, t, first, last, HUB_STORE_BUCKET_CLOSED);
}

static hub_status check_sum(struct hub_store *store, uint64_t task, uint64_t first, uint64_t last,
                            uint64_t report_count)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(store->db, store->is_shared ? select_parts_sum : select_sum);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    HUB_TRY(hub_query_first(&q));
    if (hub_column_u64(&q, 0) != last - first + 1)
        return HUB_E_NOT_FOUND;
    return hub_column_u64(&q, 1) == report_count ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status mark_collected(struct hub_store *store, uint64_t task, uint64_t first,
                                 uint64_t last)
{
    if (!store->is_shared)
        return mark_range(store->db, update_collected, task, first, last);
    HUB_TRY(mark_range(store->db, update_released, task, first, last));
    HUB_TRY(mark_range(store->db, delete_slots, task, first, last));
    return hub_shared_buckets_drop(store->db, task, first, last);
}

static hub_status write_row(struct hub_store_tx *tx, const struct hub_store_task *task,
                            uint64_t first, uint64_t last, uint64_t report_count, uint64_t charge)
{
    const struct hub_ledger_released row = {.task = task->id,
                                            .window_start = first * task->window_s,
                                            .window_seconds = task->window_s,
                                            .windows = last - first + 1,
                                            .sigma2 = task->sigma2,
                                            .report_count = report_count,
                                            .charge = charge};
    HUB_TRY(hub_shared_ledger(tx));
    return hub_ledger_released(&tx->head, tx->store->db, tx->now_s, &row);
}

hub_status hub_store_buckets_collect(struct hub_store_tx *tx, uint64_t task, uint64_t first,
                                     uint64_t last, uint64_t report_count, uint64_t charge)
{
    struct hub_store_task_memory *t;
    bool outstanding = false;

    const hub_status status = check_range(tx, &t, task, first, last);
    if (status == HUB_E_REFUSED) /* perhaps another process has just answered the same question */
        tx->lost_race = tx->n_races == 0;
    HUB_TRY(status);
    if (t->row.role == HUB_ROLE_LEADER)
        HUB_TRY(hub_store_outstanding(&tx->view, task, first, last, &outstanding));
    if (outstanding)
        return HUB_E_BUSY;
    HUB_TRY(check_sum(tx->store, task, first, last, report_count));
    HUB_TRY(mark_collected(tx->store, task, first, last));
    HUB_TRY(set_range(tx, t, first, last, HUB_STORE_BUCKET_COLLECTED));
    t->is_expiry_due = true;
    t->released_ms = hub_monotonic_ms();
    if (t->row.charge == 0)
        return HUB_OK;
    return write_row(tx, &t->row, first, last, report_count, charge);
}

hub_status hub_store_count_burnt(struct hub_store_view *view, uint64_t *n)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(view->db, "SELECT count(*) FROM bucket WHERE state = 3");

    HUB_TRY(hub_query_first(&q));
    *n = hub_column_u64(&q, 0);
    return HUB_OK;
}
