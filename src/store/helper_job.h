/* The helper's aggregation jobs: what was answered, so that the same request gets the same answer.
 */
#ifndef STORE_HELPER_JOB_H
#define STORE_HELPER_JOB_H

#include "store/store.h"

enum { HUB_STORE_JOB_ID_LEN = 16 };

/* The job's id: the first 16 bytes of SHA-256(task id || body); digest gets all 32. */
HUB_MUST_USE hub_status hub_store_helper_job_id(uint8_t id[HUB_STORE_JOB_ID_LEN],
                                                uint8_t digest[32], const uint8_t task_id[32],
                                                hub_span body);
/* Appends the stored response. HUB_E_NOT_FOUND. HUB_E_CONFLICT: the id stands for another body.
 * digest may be NULL, for a GET. */
HUB_MUST_USE hub_status hub_store_helper_job_find(struct hub_store_view *view, uint64_t task,
                                                  const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                                  const uint8_t *digest, struct hub_buf *response);
/* Stores the response, in the unit that took the ids and added to the buckets. first and last
 * window of its reports: when all between are collected or burnt, the job may be dropped.
 * HUB_E_CONFLICT: there is one; then that one's response is the answer. */
HUB_MUST_USE hub_status hub_store_helper_job_add(struct hub_store_tx *tx, uint64_t task,
                                                 const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                                 const uint8_t digest[32], hub_span response,
                                                 uint64_t first_window, uint64_t last_window);

/* Forgets an answer that accepted nothing, before another one to the same request takes its place.
 */
HUB_MUST_USE hub_status hub_store_helper_job_forget(struct hub_store_tx *tx, uint64_t task,
                                                    const uint8_t id[HUB_STORE_JOB_ID_LEN]);

#endif
