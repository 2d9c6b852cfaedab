/* The ping-pong topology for Poplar1's two rounds (VDAF draft-20, section "Ping-Pong Topology"), in
 * batches: initialize from the leader, continue from the helper, finish from the leader.
 * Conventions are those of vdaf/poplar1.h and vdaf/ping_pong.h. */
#ifndef VDAF_POPLAR1_PING_PONG_H
#define VDAF_POPLAR1_PING_PONG_H

#include "vdaf/poplar1.h"

/* Bytes of the three messages; the same for each report. */
size_t hub_poplar1_initialize_len(const struct hub_idpf_plan *plan);
size_t hub_poplar1_continue_len(const struct hub_idpf_plan *plan);
size_t hub_poplar1_finish_len(const struct hub_idpf_plan *plan);

/* The leader's first step. Rows of outbound are hub_poplar1_initialize_len bytes, of states
 * hub_poplar1_verify_state_len: they are kept to the end. HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_poplar1_leader_init(struct hub_poplar1 *p, size_t n,
                                                hub_span verify_key, hub_span ctx,
                                                const struct hub_verify_in *in, uint8_t *verdict,
                                                uint8_t *states, uint8_t *outbound);
/* The helper's first step. inbound: the leader's messages. Rows of outbound are
 * hub_poplar1_continue_len bytes; states are kept. HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_poplar1_helper_init(struct hub_poplar1 *p, size_t n,
                                                hub_span verify_key, hub_span ctx,
                                                const struct hub_verify_in *in,
                                                const hub_span *inbound, uint8_t *verdict,
                                                uint8_t *states, uint8_t *outbound);
/* The leader's last step. inbound: the helper's messages. Rows of outbound are
 * hub_poplar1_finish_len bytes; out_shares become views into states. */
void hub_poplar1_leader_continued(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                                  const hub_span *inbound, uint8_t *verdict, uint8_t *outbound,
                                  hub_span *out_shares);
/* The helper's last step. inbound: the leader's messages; out_shares become views into states. */
void hub_poplar1_helper_continued(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                                  const hub_span *inbound, uint8_t *verdict, hub_span *out_shares);

#endif
