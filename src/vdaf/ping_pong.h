/* The ping-pong topology for one round (VDAF draft-20, section "Ping-Pong Topology"), in batches:
 * what a DAP aggregation job says for each report, between two aggregators. Conventions are those
 * of vdaf/vdaf.h. */
#ifndef VDAF_PING_PONG_H
#define VDAF_PING_PONG_H

#include "vdaf/vdaf.h"

enum hub_ping_pong_type {
    HUB_PING_PONG_INITIALIZE = 0, /* verifier share */
    HUB_PING_PONG_CONTINUE = 1,   /* verifier message, verifier share */
    HUB_PING_PONG_FINISH = 2      /* verifier message */
};

/* A decoded message: views into its bytes. An item that the type does not have is empty. */
struct hub_ping_pong_message {
    enum hub_ping_pong_type type;
    hub_span verifier_message;
    hub_span verifier_share;
};

/* HUB_E_DECODE: an unknown type, a short read or bytes left over. */
HUB_MUST_USE hub_status hub_ping_pong_decode(struct hub_ping_pong_message *out, hub_span bytes);
/* Appends. Items that the type does not have are left out. */
HUB_MUST_USE hub_status hub_ping_pong_encode(struct hub_buf *out,
                                             const struct hub_ping_pong_message *message);

/* Bytes of the leader's first message and of the helper's answer; the same for each report. */
size_t hub_ping_pong_initialize_len(const struct hub_vdaf *v);
size_t hub_ping_pong_finish_len(const struct hub_vdaf *v);
/* Bytes of a workspace for batches of up to n reports here. */
size_t hub_ping_pong_workspace_len(const struct hub_vdaf *v, size_t n);

/* The leader's first step. Rows of outbound are hub_ping_pong_initialize_len(v) bytes, of states
 * hub_vdaf_verify_state_len(v): they are kept until the helper has answered. */
void hub_ping_pong_leader_init(const struct hub_vdaf *v, void *workspace, size_t n,
                               hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                               uint8_t *verdict, uint8_t *states, uint8_t *outbound);
/* The helper's only step. inbound: the leader's messages. Rows of outbound are
 * hub_ping_pong_finish_len(v) bytes; out_shares become views into states. */
void hub_ping_pong_helper_init(const struct hub_vdaf *v, void *workspace, size_t n,
                               hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                               const hub_span *inbound, uint8_t *verdict, uint8_t *states,
                               uint8_t *outbound, hub_span *out_shares);
/* The leader's last step. inbound: the helper's messages; out_shares become views into states. */
void hub_ping_pong_leader_continued(const struct hub_vdaf *v, size_t n, const uint8_t *states,
                                    const hub_span *inbound, uint8_t *verdict,
                                    hub_span *out_shares);

#endif
