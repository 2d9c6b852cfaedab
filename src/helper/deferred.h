/* Answers of an asynchronous helper (DAP-18, "Asynchronous Request Handling"): the request is
 * acknowledged with its resource's Location, and worked on afterwards. What it comes to is in the
 * store when it is good; this room keeps what is being worked on, and for a while what failed, in
 * memory. A crash forgets both: the leader is told that there is no such job and sends the same
 * bytes again. For any thread. */
#ifndef HELPER_DEFERRED_H
#define HELPER_DEFERRED_H

#include "aggregator/call.h"

struct hub_deferred;

HUB_MUST_USE hub_status hub_deferred_new(struct hub_deferred **out);
void hub_deferred_free(struct hub_deferred *d); /* takes NULL */

enum hub_deferred_state {
    HUB_DEFERRED_NONE,
    HUB_DEFERRED_RUNNING,
    HUB_DEFERRED_FAILED /* with an answer that says why */
};

/* Begins work on the resource of this call with this id. HUB_E_CONFLICT: it is being worked on
 * already. HUB_E_BUSY: too much is. A failure of before is forgotten. */
HUB_MUST_USE hub_status hub_deferred_begin(struct hub_deferred *d, const struct hub_call *call,
                                           const uint8_t id[HUB_RESOURCE_ID_LEN]);
/* The end of the work: what the store has, or what a retry may bring (5xx), is not kept here. */
void hub_deferred_end(struct hub_deferred *d, const struct hub_call *call,
                      const uint8_t id[HUB_RESOURCE_ID_LEN], const struct hub_answer *answer);
/* answer: with HUB_DEFERRED_FAILED only. */
enum hub_deferred_state hub_deferred_find(struct hub_deferred *d, const struct hub_call *call,
                                          const uint8_t id[HUB_RESOURCE_ID_LEN],
                                          struct hub_answer *answer);

#endif
