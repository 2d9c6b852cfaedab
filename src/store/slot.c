/* Places of services as rows. */
#include "store/slot.h"

#include "db/query.h"
#include "store/shared_internal.h"

enum { TAG_LEN = 8 };

static const char insert_slot[] =
    "INSERT INTO service_slot (task, window_number, service, id) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING";
static const char select_slot[] =
    "SELECT id FROM service_slot WHERE task = ? AND window_number = ? AND service = ?";
static const char delete_slot[] =
    "DELETE FROM service_slot WHERE task = ? AND window_number = ? AND service = ? AND id = ?";

static void bind_slot(struct hub_query *q, uint64_t task, uint64_t window, uint64_t service,
                      uint8_t tag[TAG_LEN])
{
    for (unsigned i = 0; i < TAG_LEN; i++)
        tag[i] = (uint8_t)(service >> (56 - 8 * i));
    hub_bind_u64(q, task);
    hub_bind_u64(q, window);
    hub_bind_span(q, hub_span_of(tag, TAG_LEN));
}

static hub_status run_on(struct hub_db *db, const char *sql, uint64_t task, uint64_t window,
                         uint64_t service, const uint8_t *id, uint64_t *n)
{
    uint8_t tag[TAG_LEN];
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    bind_slot(&q, task, window, service, tag);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_ID_LEN));
    HUB_TRY(hub_query_run(&q));
    *n = hub_query_changes(&q);
    return HUB_OK;
}

hub_status hub_store_slot_claim(struct hub_store_tx *tx, uint64_t task, uint64_t window,
                                uint64_t service, const uint8_t id[HUB_STORE_ID_LEN],
                                enum hub_store_slot *out)
{
    struct hub_db *const db = tx->store->db;
    uint8_t tag[TAG_LEN];
    uint64_t n;

    HUB_TRY(run_on(db, insert_slot, task, window, service, id, &n));
    if (n == 1) {
        *out = HUB_STORE_SLOT_CLAIMED;
        return HUB_OK;
    }
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_slot);
    bind_slot(&q, task, window, service, tag);
    HUB_TRY(hub_query_first(&q));
    *out = hub_span_equal_var(hub_column_span(&q, 0), hub_span_of(id, HUB_STORE_ID_LEN))
               ? HUB_STORE_SLOT_SAME
               : HUB_STORE_SLOT_OTHER;
    return HUB_OK;
}

hub_status hub_store_slot_release(struct hub_store_tx *tx, uint64_t task, uint64_t window,
                                  uint64_t service, const uint8_t id[HUB_STORE_ID_LEN])
{
    uint64_t n;
    return run_on(tx->store->db, delete_slot, task, window, service, id, &n);
}
