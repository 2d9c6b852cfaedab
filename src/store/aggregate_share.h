/* The helper's aggregate shares: the same question gets the same bytes for ever. */
#ifndef STORE_AGGREGATE_SHARE_H
#define STORE_AGGREGATE_SHARE_H

#include "store/store.h"

enum { HUB_STORE_SHARE_ID_LEN = 16 };

/* By the SHA-256 of the AggregateShareReq. Appends the stored AggregateShare. HUB_E_NOT_FOUND.
 * HUB_E_IO while the ledger's head outside could not be written. */
HUB_MUST_USE hub_status hub_store_share_find(struct hub_store_view *view, uint64_t task,
                                             const uint8_t request_sha256[32],
                                             uint8_t id[HUB_STORE_SHARE_ID_LEN],
                                             struct hub_buf *response);
/* By its id, for a GET. */
HUB_MUST_USE hub_status hub_store_share_get(struct hub_store_view *view, uint64_t task,
                                            const uint8_t id[HUB_STORE_SHARE_ID_LEN],
                                            struct hub_buf *response);
/* In the unit of hub_store_buckets_collect. HUB_E_CONFLICT: there is one for this request. */
HUB_MUST_USE hub_status hub_store_share_add(struct hub_store_tx *tx, uint64_t task,
                                            const uint8_t id[HUB_STORE_SHARE_ID_LEN],
                                            const uint8_t request_sha256[32], hub_span response);

#endif
