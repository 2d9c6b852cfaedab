/* What the helper answered, found by the content of the question. */
#include "store/helper_job.h"

#include "crypto/hash.h"
#include "db/query.h"
#include "store/store_internal.h"

static const char select_job[] =
    "SELECT digest, response FROM helper_job WHERE task = ? AND id = ?";
static const char insert_job[] =
    "INSERT INTO helper_job (task, id, digest, first_window, last_window, response)"
    " VALUES (?, ?, ?, ?, ?, ?)";
static const char delete_job[] = "DELETE FROM helper_job WHERE task = ? AND id = ?";

hub_status hub_store_helper_job_id(uint8_t id[HUB_STORE_JOB_ID_LEN], uint8_t digest[32],
                                   const uint8_t task_id[32], hub_span body)
{
    struct hub_sha256 h;
    hub_sha256_init(&h);
    hub_sha256_update(&h, hub_span_of(task_id, 32));
    hub_sha256_update(&h, body);
    HUB_TRY(hub_sha256_finish(&h, digest));
    memcpy(id, digest, HUB_STORE_JOB_ID_LEN);
    return HUB_OK;
}

hub_status hub_store_helper_job_find(struct hub_store_view *view, uint64_t task,
                                     const uint8_t id[HUB_STORE_JOB_ID_LEN], const uint8_t *digest,
                                     struct hub_buf *response)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_job);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_JOB_ID_LEN));
    HUB_TRY(hub_query_first(&q));
    if (digest != NULL && !hub_span_equal_var(hub_column_span(&q, 0), hub_span_of(digest, 32)))
        return HUB_E_CONFLICT;
    return hub_buf_append(response, hub_column_span(&q, 1));
}

hub_status hub_store_helper_job_add(struct hub_store_tx *tx, uint64_t task,
                                    const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                    const uint8_t digest[32], hub_span response,
                                    uint64_t first_window, uint64_t last_window)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, insert_job);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_JOB_ID_LEN));
    hub_bind_span(&q, hub_span_of(digest, 32));
    hub_bind_u64(&q, first_window);
    hub_bind_u64(&q, last_window);
    hub_bind_span(&q, response);
    const hub_status status = hub_query_run(&q);
    tx->lost_race = status == HUB_E_CONFLICT; /* another process has answered it: found next time */
    return status;
}

hub_status hub_store_helper_job_forget(struct hub_store_tx *tx, uint64_t task,
                                       const uint8_t id[HUB_STORE_JOB_ID_LEN])
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, delete_job);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_JOB_ID_LEN));
    return hub_query_run(&q);
}
