/* The checks that need no key and no body: which resource, which task, whose token, which media
 * type (DAP-18, "Request Authentication"). Run when a request's headers are in, so that what is
 * refused is refused before its body comes. */
#ifndef AGGREGATOR_GATE_H
#define AGGREGATOR_GATE_H

#include "aggregator/call.h"
#include "aggregator/party.h"

/* True: the call may go on; resource, task, ids and service are filled, *bytes_max is the largest
 * body that it may bring. False: answer says why not; the call is still the caller's. */
bool hub_gate_check(struct hub_party *party, struct hub_call *call, struct hub_answer *answer,
                    size_t *bytes_max);
/* hub_gate_check and, if refused, the answer. For callers that have the whole request. */
bool hub_gate_pass(struct hub_party *party, struct hub_call *call);
/* GET hpke_config and health, which belong to no role. */
void hub_party_handle(struct hub_party *party, struct hub_call *call);

#endif
