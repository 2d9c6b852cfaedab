/* One report a window for each registered service, on a database that several processes share: the
 * rows behind leader/slots.h. A claim is part of the unit that stores the report, and waits for
 * another process that is about to claim the same place. */
#ifndef STORE_SLOT_H
#define STORE_SLOT_H

#include "store/ids.h"

enum hub_store_slot {
    HUB_STORE_SLOT_CLAIMED, /* it was free and is this report's now */
    HUB_STORE_SLOT_SAME,    /* it is this report's since before */
    HUB_STORE_SLOT_OTHER    /* another report has it */
};

/* service: its tag. */
HUB_MUST_USE hub_status hub_store_slot_claim(struct hub_store_tx *tx, uint64_t task,
                                             uint64_t window, uint64_t service,
                                             const uint8_t id[HUB_STORE_ID_LEN],
                                             enum hub_store_slot *out);
/* Frees it if this report has it. Released windows lose all of theirs by themselves. */
HUB_MUST_USE hub_status hub_store_slot_release(struct hub_store_tx *tx, uint64_t task,
                                               uint64_t window, uint64_t service,
                                               const uint8_t id[HUB_STORE_ID_LEN]);

#endif
