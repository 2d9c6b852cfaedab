/* Numbers and ids of batches; their states are those of buckets. */
#include "store/batch.h"

#include "db/query.h"
#include "store/shared_internal.h"

#define BATCH_COLUMNS "number, id, first_time, last_time"
static const char select_by_number[] =
    "SELECT " BATCH_COLUMNS " FROM batch WHERE task = ? AND number = ?";
static const char select_by_id[] = "SELECT " BATCH_COLUMNS " FROM batch WHERE task = ? AND id = ?";
static const char select_next[] = "SELECT coalesce(max(number) + 1, 0) FROM batch WHERE task = ?";
static const char select_awaited[] =
    "SELECT 1 FROM collection WHERE task = ? AND first_window = ? AND state = 0";
static const char insert_batch[] =
    "INSERT INTO batch (task, " BATCH_COLUMNS ") VALUES (?, ?, ?, ?, 0)";
static const char update_times[] =
    "UPDATE batch SET first_time = CASE WHEN first_time < ? THEN first_time ELSE ? END,"
    " last_time = CASE WHEN last_time > ? THEN last_time ELSE ? END"
    " WHERE task = ? AND number = ?";

static hub_status read_batch(struct hub_store_batch *out, struct hub_query *q)
{
    struct hub_store_batch batch = {.number = hub_column_u64(q, 0),
                                    .first_time = hub_column_u64(q, 2),
                                    .last_time = hub_column_u64(q, 3)};

    HUB_TRY(hub_column_exact(q, 1, batch.id, sizeof(batch.id)));
    *out = batch;
    return HUB_OK;
}

hub_status hub_store_batch_find(struct hub_store_view *view, uint64_t task, uint64_t number,
                                struct hub_store_batch *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_by_number);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_first(&q));
    return read_batch(out, &q);
}

hub_status hub_store_batch_find_id(struct hub_store_view *view, uint64_t task,
                                   const uint8_t id[HUB_STORE_BATCH_ID_LEN],
                                   struct hub_store_batch *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_by_id);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_BATCH_ID_LEN));
    HUB_TRY(hub_query_first(&q));
    return read_batch(out, &q);
}

static hub_status insert(struct hub_db *db, uint64_t task, uint64_t number,
                         const uint8_t id[HUB_STORE_BATCH_ID_LEN])
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_batch);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, number);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_BATCH_ID_LEN));
    hub_bind_u64(&q, INT64_MAX);
    return hub_query_run(&q);
}

/* Those that are not open are known in memory. Batches begin in the order of their numbers, so the
 * lowest that is missing there fills. */
static uint64_t lowest_open(const struct hub_window_states *states)
{
    uint64_t number = 0;

    while (number < states->n && states->items[number].window == number)
        number++;
    return number;
}

hub_status hub_store_batch_fill(struct hub_store_tx *tx, uint64_t task,
                                const uint8_t fresh_id[HUB_STORE_BATCH_ID_LEN], uint64_t *number)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);
    struct hub_store_batch batch;

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    HUB_TRY(hub_shared_look_all(tx, t));
    const uint64_t lowest = lowest_open(&t->windows);
    const hub_status found = hub_store_batch_find(&tx->view, task, lowest, &batch);
    if (found == HUB_E_NOT_FOUND)
        HUB_TRY(insert(tx->store->db, task, lowest, fresh_id));
    else
        HUB_TRY(found);
    *number = lowest;
    return HUB_OK;
}

static hub_status is_awaited(bool *out, struct hub_db *db, uint64_t task, uint64_t number)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_awaited);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, number);
    const hub_status found = hub_query_first(&q);
    *out = found == HUB_OK;
    return found == HUB_E_NOT_FOUND ? HUB_OK : found;
}

hub_status hub_store_batch_take(struct hub_store_tx *tx, uint64_t task,
                                const uint8_t fresh_id[HUB_STORE_BATCH_ID_LEN], uint64_t *number)
{
    HUB_TRY(hub_store_batch_fill(tx, task, fresh_id, number));
    const struct hub_window_states *const states = &hub_store_touch(tx, task)->windows;
    for (size_t i = 0; i < states->n; i++) {
        bool awaited;
        if (states->items[i].state != HUB_STORE_BUCKET_CLOSED)
            continue;
        HUB_TRY(is_awaited(&awaited, tx->store->db, task, states->items[i].window));
        if (!awaited) {
            *number = states->items[i].window;
            break;
        }
    }
    return HUB_OK;
}

static hub_status next_number(uint64_t *number, struct hub_db *db, uint64_t task)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_next);
    hub_bind_u64(&q, task);
    HUB_TRY(hub_query_first(&q));
    *number = hub_column_u64(&q, 0);
    return HUB_OK;
}

hub_status hub_store_batch_number(struct hub_store_tx *tx, uint64_t task,
                                  const uint8_t id[HUB_STORE_BATCH_ID_LEN], uint64_t *number)
{
    struct hub_store_batch batch;

    const hub_status found = hub_store_batch_find_id(&tx->view, task, id, &batch);
    if (found == HUB_E_NOT_FOUND) {
        HUB_TRY(next_number(&batch.number, tx->store->db, task));
        HUB_TRY(insert(tx->store->db, task, batch.number, id));
    } else {
        HUB_TRY(found);
    }
    *number = batch.number;
    return HUB_OK;
}

hub_status hub_store_batch_widen(struct hub_store_tx *tx, uint64_t task, uint64_t number,
                                 uint64_t first, uint64_t last)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, update_times);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, first);
    hub_bind_u64(&q, last);
    hub_bind_u64(&q, last);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_NOT_FOUND;
}
