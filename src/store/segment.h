/* Uploaded reports of the leader. Reports of one commit and one task are kept together in segments:
 * one row and one blob for some hundreds of them; of one batch in a leader-selected task. */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "store/ids.h"

struct hub_store_report {
    struct hub_store_id id;
    hub_span encoded; /* the Report as it came; borrowed until the unit's apply returns */
};

/* Stores the reports whose verdict is HUB_REPORT_OK and takes their ids. HUB_REPORT_REPLAYED for an
 * id seen before; HUB_REPORT_BATCH_COLLECTED for a window that is closed, collected or burnt. The
 * stored ones wait for a job. HUB_E_ARGUMENT: more than segment_bytes_max in one call. */
HUB_MUST_USE hub_status hub_store_segment_add(struct hub_store_tx *tx, uint64_t task,
                                              const struct hub_store_report *reports, size_t n,
                                              uint8_t *verdict);

/* What waits for a job. */
struct hub_store_pending {
    uint64_t n_reports;
    uint64_t n_bytes;
};
HUB_MUST_USE hub_status hub_store_pending(struct hub_store_view *view, uint64_t task,
                                          struct hub_store_pending *out);
/* On a shared database: n reports wait of this task, whoever took them; nothing where one process
 * has the database and counts for itself. */
typedef hub_status (*hub_store_waiting_each)(void *self, uint64_t task, uint64_t n);
HUB_MUST_USE hub_status hub_store_waiting(struct hub_store_view *view, hub_store_waiting_each each,
                                          void *self);
/* Whether reports of windows from first to last (both inside) may still wait or be in a job: a
 * collection finishes these first. May say true for windows between those of one segment. */
HUB_MUST_USE hub_status hub_store_outstanding(struct hub_store_view *view, uint64_t task,
                                              uint64_t first, uint64_t last, bool *out);

#endif
