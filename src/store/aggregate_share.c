/* The helper's aggregate shares. */
#include "store/aggregate_share.h"

#include "db/query.h"
#include "store/store_internal.h"

static const char select_by_request[] =
    "SELECT id, response FROM aggregate_share WHERE task = ? AND request_sha256 = ?";
static const char select_by_id[] = "SELECT response FROM aggregate_share WHERE task = ? AND id = ?";
static const char insert_share[] =
    "INSERT INTO aggregate_share (task, id, request_sha256, response) VALUES (?, ?, ?, ?)";

hub_status hub_store_share_find(struct hub_store_view *view, uint64_t task,
                                const uint8_t request_sha256[32],
                                uint8_t id[HUB_STORE_SHARE_ID_LEN], struct hub_buf *response)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx snapshot = {0};
    HUB_TRY(hub_store_snapshot(&snapshot, view));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_by_request);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(request_sha256, 32));
    HUB_TRY(hub_query_first(&q));
    HUB_TRY(hub_store_wait_for_head(view));
    HUB_TRY(hub_column_exact(&q, 0, id, HUB_STORE_SHARE_ID_LEN));
    return hub_buf_append(response, hub_column_span(&q, 1));
}

hub_status hub_store_share_get(struct hub_store_view *view, uint64_t task,
                               const uint8_t id[HUB_STORE_SHARE_ID_LEN], struct hub_buf *response)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx snapshot = {0};
    HUB_TRY(hub_store_snapshot(&snapshot, view));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_by_id);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_SHARE_ID_LEN));
    HUB_TRY(hub_query_first(&q));
    HUB_TRY(hub_store_wait_for_head(view));
    return hub_buf_append(response, hub_column_span(&q, 0));
}

hub_status hub_store_share_add(struct hub_store_tx *tx, uint64_t task,
                               const uint8_t id[HUB_STORE_SHARE_ID_LEN],
                               const uint8_t request_sha256[32], hub_span response)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, insert_share);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_SHARE_ID_LEN));
    hub_bind_span(&q, hub_span_of(request_sha256, 32));
    hub_bind_span(&q, response);
    const hub_status status = hub_query_run(&q);
    tx->lost_race = status == HUB_E_CONFLICT;
    return status;
}
