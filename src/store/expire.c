/* Dropping what no rule needs any more, a part at a time. The rule never reopens a replay: an id
 * goes only when its window is collected or burnt, because then the window refuses its report. A
 * leader-selected task keeps its ids to the end, for a later batch would not refuse. What
 * still waits to be released is never dropped, however late it is: its jobs may be sent again. */
#include "store/task.h"

#include "base/reader.h"
#include "db/query.h"
#include "store/segment.h"
#include "store/shared_internal.h"

enum {
    ROWS_MAX = 256,
    TOMBSTONE_S = 366 * 86400,
    ANSWERS_MS = 3600 * 1000 /* after a release, by this machine's own clock */
};

static const char select_lists[] =
    "SELECT seq, last_window, ids FROM id_list WHERE task = ? AND (last_window, seq) > (?, ?)"
    " ORDER BY last_window, seq LIMIT ?";
static const char delete_list[] = "DELETE FROM id_list WHERE seq = ?";
static const char delete_spill[] = "DELETE FROM id_spill WHERE task = ? AND id = ?";
static const char select_jobs[] =
    "SELECT seq, last_window, first_window FROM helper_job WHERE task = ?"
    " AND (last_window, seq) > (?, ?) ORDER BY last_window, seq LIMIT ?";
static const char delete_job[] = "DELETE FROM helper_job WHERE seq = ?";

static bool is_over(const struct hub_store_task_memory *t, uint64_t window)
{
    return hub_store_window_state(t, window) >= HUB_STORE_BUCKET_COLLECTED;
}

/* Binds task, where the last call stopped, and how many rows this one looks at. */
static void bind_part(struct hub_query *q, uint64_t task, const struct hub_store_cursor *from)
{
    hub_bind_u64(q, task);
    hub_bind_u64(q, from->last_window);
    hub_bind_u64(q, from->seq);
    hub_bind_u64(q, ROWS_MAX);
}

/* The next call goes on behind the last row of this one, or from the start after the end: rows that
 * must stay don't hide those behind them. */
static void move_cursor(struct hub_store_cursor *cursor, const struct hub_store_cursor *last,
                        size_t n_rows)
{
    *cursor = n_rows == ROWS_MAX ? *last : (struct hub_store_cursor){0};
}

static hub_status delete_row(struct hub_db *db, const char *sql, uint64_t seq)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    hub_bind_u64(&q, seq);
    return hub_query_run(&q);
}

/* ---- Ids */

static bool all_over(const struct hub_store_task_memory *t, hub_span entries)
{
    struct hub_reader r = hub_reader(entries);
    while (hub_reader_has_more(&r)) {
        (void)hub_read_span(&r, HUB_STORE_ID_LEN);
        if (!is_over(t, hub_read_u64(&r)))
            return false;
    }
    return true;
}

static hub_status unspill(struct hub_db *db, struct hub_store_task_memory *t, hub_span id)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, delete_spill);
    hub_bind_u64(&q, t->row.number);
    hub_bind_span(&q, id);
    HUB_TRY(hub_query_run(&q));
    t->n_spilled -= hub_query_changes(&q);
    return HUB_OK;
}

/* Out of the table now; out of memory when the commit is there. */
static hub_status forget(struct hub_db *db, struct hub_store_task_memory *t, hub_span entries)
{
    struct hub_reader r = hub_reader(entries);
    while (hub_reader_has_more(&r)) {
        const hub_span id = hub_read_span(&r, HUB_STORE_ID_LEN);
        (void)hub_read_u64(&r);
        HUB_TRY(hub_buf_append(&t->dropped, id));
        if (t->n_spilled != 0)
            HUB_TRY(unspill(db, t, id));
    }
    return hub_reader_finish(&r);
}

static hub_status expire_ids(struct hub_db *db, struct hub_store_task_memory *t, bool task_is_over,
                             uint64_t *dropped)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_lists);
    struct hub_store_cursor last = {0};
    size_t n_rows = 0;

    if (t->row.is_leader_selected && !task_is_over)
        return HUB_OK;
    bind_part(&q, t->row.number, &t->ids_cursor);
    for (; hub_query_row(&q); n_rows++) {
        last = (struct hub_store_cursor){hub_column_u64(&q, 1), hub_column_u64(&q, 0)};
        if (!task_is_over && !is_over(t, last.last_window))
            continue; /* without reading the list */
        const hub_span entries = hub_column_span(&q, 2);
        if (!task_is_over && !all_over(t, entries))
            continue;
        HUB_TRY(forget(db, t, entries));
        HUB_TRY(delete_row(db, delete_list, last.seq));
        ++*dropped;
    }
    move_cursor(&t->ids_cursor, &last, n_rows);
    return hub_query_finish(&q);
}

/* ---- The helper's jobs */

static bool range_is_over(const struct hub_store_task_memory *t, uint64_t first, uint64_t last)
{
    for (uint64_t w = first; w <= last; w++) {
        if (!is_over(t, w))
            return false;
    }
    return true;
}

static hub_status expire_jobs(struct hub_db *db, struct hub_store_task_memory *t, bool task_is_over,
                              uint64_t *dropped)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_jobs);
    struct hub_store_cursor last = {0};
    size_t n_rows = 0;

    bind_part(&q, t->row.number, &t->jobs_cursor);
    for (; hub_query_row(&q); n_rows++) {
        last = (struct hub_store_cursor){hub_column_u64(&q, 1), hub_column_u64(&q, 0)};
        if (!task_is_over && !range_is_over(t, hub_column_u64(&q, 2), last.last_window))
            continue;
        HUB_TRY(delete_row(db, delete_job, last.seq));
        ++*dropped;
    }
    move_cursor(&t->jobs_cursor, &last, n_rows);
    return hub_query_finish(&q);
}

/* ---- A task that ended more than a year ago: its reports are refused by their time alone */

static hub_status expire_tombstones(struct hub_db *db, uint64_t task, uint64_t *dropped)
{
    static const char *const statements[] = {
        "DELETE FROM bucket WHERE task = ?", "DELETE FROM batch WHERE task = ?",
        "DELETE FROM collection WHERE task = ?", "DELETE FROM aggregate_share WHERE task = ?"};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, statements[i]);
        hub_bind_u64(&q, task);
        HUB_TRY(hub_query_run(&q));
        *dropped += hub_query_changes(&q);
    }
    return HUB_OK;
}

static const char select_unreleased[] =
    "SELECT 1 FROM bucket WHERE task = ? AND state < ? AND accumulator IS NOT NULL LIMIT 1";
static const char select_unreleased_parts[] =
    "SELECT 1 FROM bucket WHERE task = ? AND state < ? AND birth IS NOT NULL LIMIT 1";

/* A year after its end, and nothing of it waits to be released. */
static hub_status is_task_over(struct hub_store_tx *tx, const struct hub_store_task_memory *t,
                               bool *out)
{
    bool outstanding;

    *out = false;
    if (tx->now_s <= t->row.end_s || tx->now_s - t->row.end_s <= TOMBSTONE_S)
        return HUB_OK;
    HUB_TRY(
        hub_store_outstanding(hub_store_tx_view(tx), t->row.number, 0, INT64_MAX, &outstanding));
    if (outstanding)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(tx->store->db, tx->store->is_shared ? select_unreleased_parts
                                                                       : select_unreleased);
    hub_bind_u64(&q, t->row.number);
    hub_bind_u64(&q, HUB_STORE_BUCKET_COLLECTED);
    const hub_status status = hub_query_first(&q);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    *out = status == HUB_E_NOT_FOUND;
    return HUB_OK;
}

/* keeps_answers: what was released may still be fetched or asked for again. */
static hub_status expire(struct hub_store_tx *tx, uint64_t task, bool keeps_answers,
                         uint64_t *dropped, bool *is_through)
{
    bool task_is_over;
    bool ids_are_through;
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);
    uint64_t n = 0;

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    HUB_TRY(is_task_over(tx, t, &task_is_over));
    if (tx->store->is_shared) {
        HUB_TRY(hub_shared_look_all(tx, t));
        ids_are_through = t->row.is_leader_selected && !task_is_over;
        if (!ids_are_through)
            HUB_TRY(hub_shared_ids_expire(tx, task, task_is_over, &n, &ids_are_through));
    } else {
        HUB_TRY(expire_ids(tx->store->db, t, task_is_over, &n));
        ids_are_through = t->ids_cursor.seq == 0;
    }
    HUB_TRY(expire_jobs(tx->store->db, t, task_is_over, &n));
    if (task_is_over && !keeps_answers)
        HUB_TRY(expire_tombstones(tx->store->db, task, &n));
    *dropped = n;
    *is_through = ids_are_through && t->jobs_cursor.seq == 0;
    return HUB_OK;
}

hub_status hub_store_expire(struct hub_store_tx *tx, uint64_t task, uint64_t *dropped,
                            bool *is_through)
{
    return expire(tx, task, false, dropped, is_through);
}

/* ---- By itself */

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_store_expiry *const e = (struct hub_store_expiry *)unit;
    const struct hub_store_task_memory *const t = e->store->tasks[e->task - 1];
    bool is_through = false;

    /* A peer that polls or asks again does so in real time, wherever the injected clock stands. */
    const bool keeps_answers =
        t->released_ms != 0 && hub_monotonic_ms() - t->released_ms < ANSWERS_MS;
    HUB_TRY(expire(tx, e->task, keeps_answers, &e->dropped, &is_through));
    /* Once more after a part that dropped something: what lay behind it moved up. */
    e->is_through = is_through && e->dropped == 0;
    return HUB_OK;
}

static void done(struct hub_unit *unit, hub_status status)
{
    struct hub_store_expiry *const e = (struct hub_store_expiry *)unit;
    struct hub_store_task_memory *const t = e->store->tasks[e->task - 1];

    if (status == HUB_OK && e->is_through)
        t->is_expiry_due = false;
    if (e->dropped != 0)
        hub_log(e->store->options.log, HUB_LOG_DEBUG, "store.expired", "task=%llu rows=%llu",
                (unsigned long long)e->task, (unsigned long long)e->dropped);
}

bool hub_store_expiry_is_due(const struct hub_store *store)
{
    for (size_t i = 0; i < store->n_tasks; i++) {
        if (store->tasks[i]->is_expiry_due)
            return true;
    }
    return false;
}

struct hub_unit *hub_store_expiry_unit(struct hub_store *store)
{
    for (size_t i = 0; i < store->n_tasks; i++) {
        const size_t at = (store->expiry.task + i) % store->n_tasks; /* the tasks in turn */
        if (!store->tasks[at]->is_expiry_due)
            continue;
        store->expiry = (struct hub_store_expiry){
            .unit = {.apply = apply, .done = done}, .store = store, .task = at + 1};
        return &store->expiry.unit;
    }
    return NULL;
}
