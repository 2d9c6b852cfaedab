/* Report ids that a party has stored already, for what a full horizon costs. */
#ifndef PIPELINE_STORED_H
#define PIPELINE_STORED_H

#include "pipeline/place.h"

/* Puts n fresh ids into a stopped party's database, through the store's own door for a helper's
 * jobs: spread over the windows before the one that reports carry, none of which is collected. */
HUB_MUST_USE hub_status pipeline_store_ids(struct pipeline_place *p,
                                           const struct pipeline_party *party, uint64_t n,
                                           struct hub_why *why);

#endif
