/* Batches of leader-selected tasks (DAP-18, "Leader-selected Batch Mode"): only tests of
 * interoperation have such tasks. Each batch is one bucket. It has a number, which stands where a
 * time-interval task has a window in the other tables and functions.
 *
 * A leader has one batch that fills, the lowest that is open, and a collection closes that one. If
 * it has too few reports, it is open again and fills on before those that were begun since; if the
 * collection is deleted, the next one takes the same batch: no report is left in a batch that
 * nobody asks for. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/store.h"

enum { HUB_STORE_BATCH_ID_LEN = 32 };

struct hub_store_batch {
    uint64_t number;
    uint8_t id[HUB_STORE_BATCH_ID_LEN];
    uint64_t first_time; /* of the reports counted in it, both inside; above last_time: none */
    uint64_t last_time;
};

/* HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_store_batch_find(struct hub_store_view *view, uint64_t task,
                                             uint64_t number, struct hub_store_batch *out);
HUB_MUST_USE hub_status hub_store_batch_find_id(struct hub_store_view *view, uint64_t task,
                                                const uint8_t id[HUB_STORE_BATCH_ID_LEN],
                                                struct hub_store_batch *out);
/* The leader's batch that fills. If it has no id yet, it gets this one. */
HUB_MUST_USE hub_status hub_store_batch_fill(struct hub_store_tx *tx, uint64_t task,
                                             const uint8_t fresh_id[HUB_STORE_BATCH_ID_LEN],
                                             uint64_t *number);
/* The leader's batch for the next collection: one that is closed and that none waits for, or the
 * one that fills. */
HUB_MUST_USE hub_status hub_store_batch_take(struct hub_store_tx *tx, uint64_t task,
                                             const uint8_t fresh_id[HUB_STORE_BATCH_ID_LEN],
                                             uint64_t *number);
/* The helper's number for an id that a leader chose; a new one at its first use. */
HUB_MUST_USE hub_status hub_store_batch_number(struct hub_store_tx *tx, uint64_t task,
                                               const uint8_t id[HUB_STORE_BATCH_ID_LEN],
                                               uint64_t *number);
/* Reports with times from first to last are counted in it. */
HUB_MUST_USE hub_status hub_store_batch_widen(struct hub_store_tx *tx, uint64_t task,
                                              uint64_t number, uint64_t first, uint64_t last);

#endif
