/* States of windows under locks of their rows, and buckets in parts. */
#include "store/shared_internal.h"

#include "db/query.h"

#include <stdlib.h>

/* The burning time is read in the same statement: a restore that another process found out counts
 * at once. It takes the whole table's lock, so either this waits for it, or it waits for this
 * commit. */
#define STATE_COLUMNS \
    "state, coalesce((SELECT value FROM setting WHERE name = 'burnt_before_s'), 0)"
static const char look_at[] =
    "SELECT window_number, " STATE_COLUMNS " FROM bucket WHERE task = ? AND window_number = ?"
    " FOR KEY SHARE OF bucket";
static const char hold_range[] =
    "SELECT window_number, " STATE_COLUMNS " FROM bucket WHERE task = ? AND window_number"
    " BETWEEN ? AND ? ORDER BY window_number FOR UPDATE OF bucket";
static const char insert_window[] =
    "INSERT INTO bucket (task, window_number, state) VALUES (?, ?, 0) ON CONFLICT DO NOTHING";
static const char insert_range[] =
    "INSERT INTO bucket (task, window_number, state) SELECT ?::bigint, w, 0"
    " FROM generate_series(?::bigint, ?::bigint) AS w ON CONFLICT DO NOTHING";
static const char select_not_open[] =
    "SELECT window_number, " STATE_COLUMNS " FROM bucket WHERE task = ? AND state <> 0"
    " ORDER BY window_number";

/* ---- What is known of windows until the commit */

static bool is_known(const struct hub_store_task_memory *task, uint64_t window)
{
    for (size_t i = task->n_looked; i-- > 0;) { /* mostly the last one */
        if (task->looked[i] == window)
            return true;
    }
    return false;
}

static hub_status note(struct hub_store_task_memory *task, uint64_t window)
{
    if (task->n_looked == task->cap_looked) {
        const size_t cap = task->cap_looked == 0 ? 8 : task->cap_looked * 2;
        uint64_t *const looked = reallocarray(task->looked, cap, sizeof(*looked));
        if (looked == NULL)
            return HUB_E_MEMORY;
        task->looked = looked;
        task->cap_looked = cap;
    }
    task->looked[task->n_looked++] = window;
    return HUB_OK;
}

void hub_shared_forget(struct hub_store_task_memory *task)
{
    hub_window_states_clear(&task->windows);
    task->n_looked = 0;
}

static void note_burnt(struct hub_store *store, struct hub_store_task_memory *task,
                       uint64_t burnt_before_s)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->burnt_before_s = burnt_before_s;
    (void)pthread_mutex_unlock(&store->mutex);
    task->row.burnt_before = hub_store_burnt_before(store, task->row.window_s);
}

/* Takes the rows in: window, state, burning time. */
static hub_status learn(struct hub_store *store, struct hub_store_task_memory *task,
                        struct hub_query *q, size_t *n)
{
    *n = 0;
    while (hub_query_row(q)) {
        const uint64_t window = hub_column_u64(q, 0);
        const uint64_t state = hub_column_u64(q, 1);
        if (state > HUB_STORE_BUCKET_BURNT)
            return HUB_E_DB;
        note_burnt(store, task, hub_column_u64(q, 2));
        HUB_TRY(hub_window_states_set(&task->windows, window, (enum hub_store_bucket_state)state));
        HUB_TRY(note(task, window));
        ++*n;
    }
    return hub_query_finish(q);
}

static hub_status look(struct hub_store *store, struct hub_store_task_memory *task, uint64_t window,
                       size_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, look_at);
    hub_bind_u64(&q, task->row.number);
    hub_bind_u64(&q, window);
    return learn(store, task, &q, n);
}

static hub_status insert(struct hub_db *db, uint64_t task, uint64_t window)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_window);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    return hub_query_run(&q);
}

hub_status hub_shared_look(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                           uint64_t window)
{
    size_t n;

    if (!tx->store->is_shared || window > INT64_MAX || is_known(task, window))
        return HUB_OK; /* beyond it there can be no row */
    HUB_TRY(look(tx->store, task, window, &n));
    if (n != 0)
        return HUB_OK;
    HUB_TRY(insert(tx->store->db, task->row.number, window));
    HUB_TRY(look(tx->store, task, window, &n));
    return n == 1 ? HUB_OK : HUB_E_DB;
}

static hub_status insert_all(struct hub_db *db, uint64_t task, uint64_t first, uint64_t last)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_range);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    return hub_query_run(&q);
}

hub_status hub_shared_hold(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                           uint64_t first, uint64_t last)
{
    size_t n;

    if (!tx->store->is_shared)
        return HUB_OK;
    HUB_TRY(insert_all(tx->store->db, task->row.number, first, last));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, hold_range);
    hub_bind_u64(&q, task->row.number);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    HUB_TRY(learn(tx->store, task, &q, &n));
    return n == last - first + 1 ? HUB_OK : HUB_E_DB;
}

hub_status hub_shared_look_all(struct hub_store_tx *tx, struct hub_store_task_memory *task)
{
    size_t n;

    if (!tx->store->is_shared)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, select_not_open);
    hub_bind_u64(&q, task->row.number);
    HUB_TRY(learn(tx->store, task, &q, &n));
    task->n_looked = 0; /* seen, but not held */
    return HUB_OK;
}

/* ---- Parts */

static const char select_bucket[] =
    "SELECT state, birth, coalesce((SELECT value FROM setting WHERE name = 'burnt_before_s'), 0),"
    " (SELECT window_s FROM task WHERE number = bucket.task) FROM bucket"
    " WHERE task = ? AND window_number = ?";
static const char select_burnt[] =
    "SELECT coalesce((SELECT value FROM setting WHERE name = 'burnt_before_s'), 0), window_s"
    " FROM task WHERE number = ?";
static const char select_part[] = "SELECT n_reports, checksum, accumulator FROM bucket_part"
                                  " WHERE task = ? AND window_number = ? AND part = ?";
static const char select_parts[] = "SELECT n_reports, checksum, accumulator FROM bucket_part"
                                   " WHERE task = ? AND window_number = ? ORDER BY part";
static const char update_birth[] =
    "UPDATE bucket SET birth = ? WHERE task = ? AND window_number = ? AND birth IS NULL";
static const char update_part[] =
    "UPDATE bucket_part SET n_reports = ?, checksum = ?, accumulator = ?"
    " WHERE task = ? AND window_number = ? AND part = ?";
static const char insert_part[] =
    "INSERT INTO bucket_part (n_reports, checksum, accumulator, task, window_number, part)"
    " VALUES (?, ?, ?, ?, ?, ?)";
static const char delete_parts[] =
    "DELETE FROM bucket_part WHERE task = ? AND window_number BETWEEN ? AND ?";

/* The state, and whether the bucket is opened. */
static hub_status read_state(struct hub_db *db, uint64_t task, struct hub_store_bucket *bucket)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_bucket);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, bucket->window);
    HUB_TRY(hub_query_first(&q));
    const uint64_t burnt_before_s = hub_column_u64(&q, 2);
    const uint64_t window_s = hub_column_u64(&q, 3);
    bucket->state = (enum hub_store_bucket_state)hub_column_u64(&q, 0);
    bucket->is_opened = !hub_column_is_null(&q, 1) && bucket->state < HUB_STORE_BUCKET_COLLECTED;
    if (bucket->state < HUB_STORE_BUCKET_COLLECTED &&
        bucket->window < hub_store_windows_before(burnt_before_s, window_s))
        bucket->state = HUB_STORE_BUCKET_BURNT;
    return HUB_OK;
}

static hub_status read_burnt(struct hub_db *db, uint64_t task, struct hub_store_bucket *bucket)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_burnt);
    hub_bind_u64(&q, task);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(status);
    if (bucket->window < hub_store_windows_before(hub_column_u64(&q, 0), hub_column_u64(&q, 1)))
        bucket->state = HUB_STORE_BUCKET_BURNT;
    return HUB_OK;
}

static hub_status read_bucket(struct hub_db *db, uint64_t task, struct hub_store_bucket *bucket)
{
    const hub_status status = read_state(db, task, bucket);
    return status == HUB_E_NOT_FOUND ? read_burnt(db, task, bucket) : status;
}

static hub_status read_part(struct hub_store_bucket *bucket, struct hub_query *q)
{
    bucket->n_reports = hub_column_u64(q, 0);
    return hub_column_exact(q, 1, bucket->checksum, sizeof(bucket->checksum));
}

/* Count, checksum and accumulator of this process's part; nothing if there is none. */
static hub_status load_own_part(struct hub_store_view *view, uint64_t task,
                                struct hub_store_bucket *bucket, struct hub_buf *sealed)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_part);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, bucket->window);
    hub_bind_u64(&q, hub_store_process(view->store) % HUB_STORE_PARTS);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(status);
    HUB_TRY(read_part(bucket, &q));
    return hub_buf_append(sealed, hub_column_span(&q, 2));
}

hub_status hub_shared_bucket_load(struct hub_store_view *view, uint64_t task, uint64_t window,
                                  struct hub_store_bucket *out, struct hub_buf *sealed)
{
    struct hub_store_bucket bucket = {.window = window};

    HUB_TRY(read_bucket(view->db, task, &bucket));
    HUB_TRY(load_own_part(view, task, &bucket, sealed));
    *out = bucket;
    return HUB_OK;
}

static void add_part(struct hub_store_bucket *whole, const struct hub_store_bucket *part)
{
    whole->n_reports += part->n_reports;
    for (size_t i = 0; i < sizeof(whole->checksum); i++)
        whole->checksum[i] ^= part->checksum[i];
}

hub_status hub_shared_bucket_parts(struct hub_store_view *view, uint64_t task, uint64_t window,
                                   struct hub_store_bucket *out, hub_store_part_each each,
                                   void *self)
{
    struct hub_store_bucket whole = {.window = window};

    HUB_TRY(read_bucket(view->db, task, &whole));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_parts);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    while (hub_query_row(&q)) {
        struct hub_store_bucket part = {
            .window = window, .state = whole.state, .is_opened = whole.is_opened};
        HUB_TRY(read_part(&part, &q));
        add_part(&whole, &part);
        HUB_TRY(each(self, &part, hub_column_span(&q, 2)));
    }
    *out = whole;
    return hub_query_finish(&q);
}

/* Waits for another process that is about to open the bucket; then its part has the noise. */
static hub_status give_birth(struct hub_store_tx *tx, uint64_t task, uint64_t window,
                             bool *is_birth)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, update_birth);
    hub_bind_u64(&q, hub_shared_part(tx->store));
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    HUB_TRY(hub_query_run(&q));
    *is_birth = hub_query_changes(&q) == 1;
    return HUB_OK;
}

hub_status hub_shared_bucket_part(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                                  uint64_t window, struct hub_store_bucket *out,
                                  struct hub_buf *sealed)
{
    struct hub_store_bucket bucket = {.window = window, .is_opened = true};
    const size_t before = sealed->len;
    bool is_birth = false;

    HUB_TRY(hub_shared_look(tx, task, window));
    bucket.state = hub_store_window_state(task, window);
    if (bucket.state < HUB_STORE_BUCKET_COLLECTED) {
        HUB_TRY(load_own_part(&tx->view, task->row.number, &bucket, sealed));
        if (sealed->len == before)
            HUB_TRY(give_birth(tx, task->row.number, window, &is_birth));
    }
    bucket.is_opened = bucket.state < HUB_STORE_BUCKET_COLLECTED && !is_birth;
    *out = bucket;
    return HUB_OK;
}

static hub_status write_part(struct hub_store_tx *tx, const char *sql, uint64_t task,
                             const struct hub_store_bucket *bucket, hub_span sealed, uint64_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, sql);
    hub_bind_u64(&q, bucket->n_reports);
    hub_bind_span(&q, HUB_SPAN_ARRAY(bucket->checksum));
    hub_bind_span(&q, sealed);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, bucket->window);
    hub_bind_u64(&q, hub_shared_part(tx->store));
    HUB_TRY(hub_query_run(&q));
    *n = hub_query_changes(&q);
    return HUB_OK;
}

hub_status hub_shared_bucket_save(struct hub_store_tx *tx, uint64_t task,
                                  const struct hub_store_bucket *bucket, hub_span sealed)
{
    bool is_birth;
    uint64_t n;

    HUB_TRY(write_part(tx, update_part, task, bucket, sealed, &n));
    if (n != 0)
        return HUB_OK;
    HUB_TRY(write_part(tx, insert_part, task, bucket, sealed, &n));
    return give_birth(tx, task, bucket->window, &is_birth);
}

hub_status hub_shared_buckets_drop(struct hub_db *db, uint64_t task, uint64_t first, uint64_t last)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, delete_parts);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    return hub_query_run(&q);
}
