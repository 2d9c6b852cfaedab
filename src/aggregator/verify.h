/* Verification of a job's reports by the VDAF's ping-pong steps, with verdicts as DAP names them
 * (DAP-18, "Leader Initialization", "Helper Initialization"). All memory is the worker's arena. */
#ifndef AGGREGATOR_VERIFY_H
#define AGGREGATOR_VERIFY_H

#include "aggregator/worker.h"

/* Rows and views for n reports; what belongs to a report whose verdict is not HUB_REPORT_OK has no
 * meaning. */
struct hub_verification {
    size_t n;
    uint8_t *states;   /* rows of hub_vdaf_verify_state_len */
    uint8_t *outbound; /* rows of outbound_len: the messages to the peer */
    size_t outbound_len;
    hub_span *out_shares; /* views into states, when verification is complete */
};

HUB_MUST_USE hub_status hub_verify_leader_init(struct hub_worker *worker,
                                               const struct hub_party_task *task, size_t n,
                                               const struct hub_verify_in *in, uint8_t *verdict,
                                               struct hub_verification *out);
/* inbound: the leader's messages. */
HUB_MUST_USE hub_status hub_verify_helper_init(struct hub_worker *worker,
                                               const struct hub_party_task *task, size_t n,
                                               const struct hub_verify_in *in,
                                               const hub_span *inbound, uint8_t *verdict,
                                               struct hub_verification *out);
/* inbound: the helper's messages. Fills v->out_shares. */
void hub_verify_leader_continued(const struct hub_party_task *task, struct hub_verification *v,
                                 const hub_span *inbound, uint8_t *verdict);

#endif
