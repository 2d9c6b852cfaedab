/* The helper of its party's tasks: answers the leader's aggregation jobs and its requests for
 * aggregate shares, in one exchange each or asynchronously. DAP-18, "Helper Initialization" and
 * "Obtaining Aggregate Shares". */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include "aggregator/call.h"
#include "aggregator/party.h"

struct hub_helper;

struct hub_helper_config {
    unsigned n_workers; /* jobs at once; 0: one a core and one more */
    bool is_async; /* answers jobs and shares by their Location, and works on them afterwards */
};

HUB_MUST_USE hub_status hub_helper_new(struct hub_helper **out, struct hub_party *party,
                                       const struct hub_helper_config *config, struct hub_why *why);
/* A call that passed the gate, for a resource of the helper. Does not wait. */
void hub_helper_handle(struct hub_helper *helper, struct hub_call *call);
/* Finishes what it has, then ends its threads. Takes NULL. */
void hub_helper_free(struct hub_helper *helper);

#endif
