/* Ids as rows: one statement takes all of a request or job, in the order of the ids, so that two
 * processes with the same ones wait for each other rather than against each other. */
#include "store/shared_internal.h"

#include "db/array.h"
#include "db/query.h"
#include "wire/types.h"

#include <stdlib.h>

enum { EXPIRE_ROWS = 20000 };

static const char insert_ids[] =
    "INSERT INTO report_id (task, id, window_number)"
    " SELECT ?::bigint, i.id, i.w FROM unnest(?::uuid[], ?::bigint[]) AS i(id, w)"
    " ON CONFLICT DO NOTHING RETURNING id";

static int compare(const void *a, const void *b)
{
    const struct hub_store_id *const x = *(const struct hub_store_id *const *)a;
    const struct hub_store_id *const y = *(const struct hub_store_id *const *)b;
    const int order = memcmp(x->bytes, y->bytes, HUB_STORE_ID_LEN);

    if (order != 0)
        return order;
    return x < y ? -1 : x > y; /* the first of two is the one that is taken */
}

/* Those that may be taken, sorted. */
static size_t list(const struct hub_store_id **out, const struct hub_store_ids *ids,
                   const uint8_t *verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < ids->n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            out[n++] = hub_store_ids_at(ids, i);
    }
    qsort(out, n, sizeof(const struct hub_store_id *), compare);
    return n;
}

static hub_status bind_ids(struct hub_query *q, struct hub_store *store, uint64_t task,
                           const struct hub_store_id *const *sorted, size_t n)
{
    HUB_TRY(hub_array_begin(&store->id_array, HUB_ARRAY_KEY, n));
    HUB_TRY(hub_array_begin(&store->window_array, HUB_ARRAY_U64, n));
    for (size_t i = 0; i < n; i++) {
        hub_array_put_key(&store->id_array, sorted[i]->bytes);
        hub_array_put_u64(&store->window_array, sorted[i]->window);
    }
    hub_bind_u64(q, task);
    hub_bind_span(q, hub_buf_span(&store->id_array));
    hub_bind_span(q, hub_buf_span(&store->window_array));
    return HUB_OK;
}

static bool is_same(const struct hub_store_id *a, const struct hub_store_id *b)
{
    return memcmp(a->bytes, b->bytes, HUB_STORE_ID_LEN) == 0;
}

/* The rows that were new come back in their order: what is missing between them was known, and so
 * is the second of two equal ids. */
static hub_status mark_known(struct hub_query *q, const struct hub_store_ids *ids,
                             const struct hub_store_id *const *sorted, size_t n, uint8_t *verdict)
{
    bool has_row;

    HUB_TRY(hub_query_next(q, &has_row));
    for (size_t i = 0; i < n;) {
        const bool is_new =
            has_row && hub_span_equal_var(hub_column_span(q, 0), HUB_SPAN_ARRAY(sorted[i]->bytes));
        size_t end = i + 1;
        while (end < n && is_same(sorted[i], sorted[end]))
            end++;
        for (size_t k = i + (is_new ? 1 : 0); k < end; k++)
            verdict[hub_store_ids_index(ids, sorted[k])] = HUB_REPORT_REPLAYED;
        if (is_new)
            HUB_TRY(hub_query_next(q, &has_row));
        i = end;
    }
    return has_row ? HUB_E_DB : HUB_OK; /* rows in another order would be read wrongly */
}

hub_status hub_shared_ids_take(struct hub_store_tx *tx, const struct hub_store_task_memory *task,
                               const struct hub_store_ids *ids, uint8_t *verdict)
{
    const struct hub_store_id **const sorted =
        calloc(ids->n + 1, sizeof(const struct hub_store_id *));
    if (sorted == NULL)
        return HUB_E_MEMORY;
    const size_t n = list(sorted, ids, verdict);
    hub_status status = HUB_OK;
    if (n != 0) {
        HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, insert_ids);
        status = bind_ids(&q, tx->store, task->row.number, sorted, n);
        if (status == HUB_OK)
            status = mark_known(&q, ids, sorted, n, verdict);
    }
    free(sorted);
    return status;
}

/* ---- Expiry */

static const char select_window[] = "SELECT window_number FROM bucket WHERE task = ? AND "
                                    "ids_dropped = 0 AND (state >= ? OR ?::bigint <> 0)"
                                    " ORDER BY window_number LIMIT 1";
static const char delete_ids[] =
    "DELETE FROM report_id WHERE task = ? AND id IN (SELECT id FROM report_id WHERE task = ?"
    " AND window_number = ? LIMIT ?)";
static const char update_dropped[] =
    "UPDATE bucket SET ids_dropped = 1 WHERE task = ? AND window_number = ?";

static hub_status find_window(uint64_t *window, struct hub_db *db, uint64_t task, bool task_is_over)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_window);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, HUB_STORE_BUCKET_COLLECTED);
    hub_bind_u64(&q, task_is_over ? 1 : 0);
    HUB_TRY(hub_query_first(&q));
    *window = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status delete_some(struct hub_db *db, uint64_t task, uint64_t window, uint64_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, delete_ids);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    hub_bind_u64(&q, EXPIRE_ROWS);
    HUB_TRY(hub_query_run(&q));
    *n = hub_query_changes(&q);
    return HUB_OK;
}

static hub_status mark_dropped(struct hub_db *db, uint64_t task, uint64_t window)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, update_dropped);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, window);
    return hub_query_run(&q);
}

hub_status hub_shared_ids_expire(struct hub_store_tx *tx, uint64_t task, bool task_is_over,
                                 uint64_t *dropped, bool *is_through)
{
    struct hub_db *const db = tx->store->db;
    uint64_t left = EXPIRE_ROWS;

    *is_through = false;
    while (left != 0) {
        uint64_t window;
        uint64_t n;
        const hub_status status = find_window(&window, db, task, task_is_over);
        if (status == HUB_E_NOT_FOUND) {
            *is_through = true;
            return HUB_OK;
        }
        HUB_TRY(status);
        HUB_TRY(delete_some(db, task, window, &n));
        *dropped += n;
        if (n < EXPIRE_ROWS)
            HUB_TRY(mark_dropped(db, task, window));
        left -= n < left ? n : left;
    }
    return HUB_OK;
}
