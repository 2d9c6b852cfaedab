/* Report ids that a task has seen: the exact set in the writing thread's memory, its ids in the
 * database in lists from which it is rebuilt at start. */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "store/store.h"

enum { HUB_STORE_ID_LEN = 16 };

/* One report as the store knows it. window is the report's Time (in units of the task's precision),
 * for a leader-selected task the number of its batch. */
struct hub_store_id {
    uint8_t bytes[HUB_STORE_ID_LEN];
    uint64_t window;
};

/* Takes the ids of n reports whose verdict (enum hub_report_error) is HUB_REPORT_OK. One that the
 * task has seen gets HUB_REPORT_REPLAYED, the second of two in this call too; one whose window is
 * collected or burnt gets HUB_REPORT_BATCH_COLLECTED. The others are in the set, durably once the
 * unit is. For the helper's jobs; uploads take their ids in hub_store_segment_add. */
HUB_MUST_USE hub_status hub_store_ids_add(struct hub_store_tx *tx, uint64_t task,
                                          const struct hub_store_id *ids, size_t n,
                                          uint8_t *verdict);

#endif
