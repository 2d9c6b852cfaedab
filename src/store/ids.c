/* Report ids: one is taken once a task. Memory holds the set; each commit writes one list a task.
 */
#include "store/ids.h"

#include "base/reader.h"
#include "base/writer.h"
#include "db/query.h"
#include "store/shared_internal.h"
#include "wire/types.h"

#include <stdlib.h>

static const char insert_list[] = "INSERT INTO id_list (task, last_window, ids) VALUES (?, ?, ?)";
static const char select_lists[] = "SELECT task, ids FROM id_list ORDER BY seq";
static const char insert_spill[] =
    "INSERT INTO id_spill (task, id) VALUES (?, ?) ON CONFLICT DO NOTHING";
static const char select_spill[] = "SELECT 1 FROM id_spill WHERE task = ? AND id = ?";
static const char count_spill[] = "SELECT task, count(*) FROM id_spill GROUP BY task";

/* ---- The table for what memory has no room for */

static hub_status is_spilled(struct hub_db *db, uint64_t task, const uint8_t *id, bool *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_spill);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_ID_LEN));
    const hub_status status = hub_query_first(&q);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    *out = status == HUB_OK;
    return HUB_OK;
}

static hub_status spill(struct hub_db *db, struct hub_store_task_memory *task, const uint8_t *id)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_spill);
    hub_bind_u64(&q, task->row.number);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_ID_LEN));
    HUB_TRY(hub_query_run(&q));
    task->n_spilled += hub_query_changes(&q);
    return HUB_OK;
}

/* ---- The set */

/* In memory, or in the table when memory is full. */
static hub_status add(struct hub_store *store, struct hub_store_task_memory *task,
                      const uint8_t *id, bool *is_new)
{
    const size_t mine = hub_id_set_bytes(&task->seen);
    const size_t others = store->ids_bytes - mine;
    const size_t bytes_max =
        others < store->options.ids_bytes_max ? store->options.ids_bytes_max - others : 0;
    bool known = false;

    if (task->n_spilled != 0)
        HUB_TRY(is_spilled(store->db, task->row.number, id, &known));
    if (known) {
        *is_new = false;
        return HUB_OK;
    }
    const enum hub_id_added added = hub_id_set_add(&task->seen, &store->id_key, id, bytes_max);
    store->ids_bytes += hub_id_set_bytes(&task->seen) - mine;
    if (added == HUB_ID_NO_ROOM)
        HUB_TRY(spill(store->db, task, id));
    *is_new = added != HUB_ID_KNOWN;
    return HUB_OK;
}

/* Takes one id: *is_new tells. The entry goes to the list of this commit. */
static hub_status take(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                       const struct hub_store_id *id, bool *is_new)
{
    /* Room first: what is in the set must be in the list, by which it is undone. */
    HUB_TRY(hub_buf_reserve(&task->ids, HUB_STORE_ID_ENTRY_LEN));
    HUB_TRY(add(tx->store, task, id->bytes, is_new));
    if (!*is_new)
        return HUB_OK;
    struct hub_writer w = hub_writer(&task->ids);
    hub_write_span(&w, HUB_SPAN_ARRAY(id->bytes));
    hub_write_u64(&w, id->window);
    return hub_writer_finish(&w);
}

hub_status hub_store_ids_take(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                              const struct hub_store_ids *ids, uint8_t *verdict)
{
    if (tx->store->is_shared)
        return hub_shared_ids_take(tx, task, ids, verdict);
    for (size_t i = 0; i < ids->n; i++) {
        bool is_new;
        if (verdict[i] != HUB_REPORT_OK)
            continue;
        HUB_TRY(take(tx, task, hub_store_ids_at(ids, i), &is_new));
        if (!is_new)
            verdict[i] = HUB_REPORT_REPLAYED;
    }
    return HUB_OK;
}

hub_status hub_store_ids_check(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                               const struct hub_store_ids *ids, enum hub_store_bucket_state least,
                               uint8_t *verdict)
{
    for (size_t i = 0; i < ids->n; i++) {
        const uint64_t window = hub_store_ids_at(ids, i)->window;
        if (verdict[i] != HUB_REPORT_OK)
            continue;
        HUB_TRY(hub_shared_look(tx, task, window));
        if (hub_store_window_state(task, window) >= least)
            verdict[i] = HUB_REPORT_BATCH_COLLECTED;
    }
    return HUB_OK;
}

void hub_store_ids_undo(struct hub_store *store, struct hub_store_task_memory *task, size_t len)
{
    for (size_t at = len; at < task->ids.len; at += HUB_STORE_ID_ENTRY_LEN)
        hub_id_set_remove(&task->seen, &store->id_key, task->ids.ptr + at);
    task->ids.len = len;
}

void hub_store_ids_forget_dropped(struct hub_store *store, struct hub_store_task_memory *task)
{
    for (size_t at = 0; at < task->dropped.len; at += HUB_STORE_ID_LEN)
        hub_id_set_remove(&task->seen, &store->id_key, task->dropped.ptr + at);
}

/* ---- Lists */

static uint64_t last_window(hub_span entries)
{
    struct hub_reader r = hub_reader(entries);
    uint64_t last = 0;
    while (hub_reader_has_more(&r)) {
        (void)hub_read_span(&r, HUB_STORE_ID_LEN);
        const uint64_t window = hub_read_u64(&r);
        last = window > last ? window : last;
    }
    return last;
}

hub_status hub_store_ids_flush(struct hub_store *store, struct hub_store_task_memory *task)
{
    if (task->ids.len == 0)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, insert_list);
    hub_bind_u64(&q, task->row.number);
    hub_bind_u64(&q, last_window(hub_buf_span(&task->ids)));
    hub_bind_span(&q, hub_buf_span(&task->ids));
    return hub_query_run(&q);
}

static hub_status load_spill_counts(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, count_spill);
    while (hub_query_row(&q)) {
        const uint64_t task = hub_column_u64(&q, 0);
        if (task == 0 || task > store->n_tasks)
            return HUB_E_DB;
        store->tasks[task - 1]->n_spilled = hub_column_u64(&q, 1);
    }
    return hub_query_finish(&q);
}

static hub_status load_list(struct hub_store *store, uint64_t task, hub_span entries)
{
    if (task == 0 || task > store->n_tasks || entries.len % HUB_STORE_ID_ENTRY_LEN != 0)
        return HUB_E_DB;
    for (size_t at = 0; at < entries.len; at += HUB_STORE_ID_ENTRY_LEN) {
        bool is_new;
        HUB_TRY(add(store, store->tasks[task - 1], entries.ptr + at, &is_new));
    }
    return HUB_OK;
}

static hub_status load_lists(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_lists);
    while (hub_query_row(&q))
        HUB_TRY(load_list(store, hub_column_u64(&q, 0), hub_column_span(&q, 1)));
    return hub_query_finish(&q);
}

hub_status hub_store_ids_load(struct hub_store *store)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0}; /* the bound may have become smaller */

    if (store->is_shared)
        return HUB_OK;

    HUB_TRY(hub_tx_begin(&tx, store->db));
    HUB_TRY(load_spill_counts(store));
    HUB_TRY(load_lists(store));
    HUB_TRY(hub_tx_commit(&tx));
    for (size_t i = 0; i < store->n_tasks; i++)
        store->tasks[i]->n_spilled_before = store->tasks[i]->n_spilled;
    return HUB_OK;
}

/* ---- The helper's way in */

hub_status hub_store_ids_add(struct hub_store_tx *tx, uint64_t task, const struct hub_store_id *ids,
                             size_t n, uint8_t *verdict)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);
    const struct hub_store_ids all = {.first = ids, .stride = sizeof(*ids), .n = n};

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    HUB_TRY(hub_store_ids_check(tx, t, &all, HUB_STORE_BUCKET_COLLECTED, verdict));
    return hub_store_ids_take(tx, t, &all, verdict);
}
