/* Poplar1's steps between two aggregators. Reports go through them one by one: a report's messages
 * are some 300 bytes at most, and what costs time is verify_init. */
#include "vdaf/poplar1_ping_pong.h"

#include "vdaf/ping_pong.h"

/* Type, and the length of each item. */
enum { TYPE_LEN = 1, ITEM_HEAD_LEN = 4 };

size_t hub_poplar1_initialize_len(const struct hub_idpf_plan *plan)
{
    return TYPE_LEN + ITEM_HEAD_LEN + hub_poplar1_verifier_share_len(plan, 0);
}

size_t hub_poplar1_continue_len(const struct hub_idpf_plan *plan)
{
    return TYPE_LEN + 2 * ITEM_HEAD_LEN + hub_poplar1_verifier_message_len(plan, 0) +
           hub_poplar1_verifier_share_len(plan, 1);
}

size_t hub_poplar1_finish_len(const struct hub_idpf_plan *plan)
{
    return TYPE_LEN + ITEM_HEAD_LEN + hub_poplar1_verifier_message_len(plan, 1);
}

/* An item with its length into a row; returns where the next one goes. */
static uint8_t *write_item(uint8_t *to, const uint8_t *item, size_t len)
{
    to[0] = (uint8_t)(len >> 24);
    to[1] = (uint8_t)(len >> 16);
    to[2] = (uint8_t)(len >> 8);
    to[3] = (uint8_t)len;
    if (len != 0)
        memcpy(to + ITEM_HEAD_LEN, item, len);
    return to + ITEM_HEAD_LEN + len;
}

/* The peer's message, by envelope and type. */
static bool open_message(struct hub_ping_pong_message *out, hub_span inbound,
                         enum hub_ping_pong_type type)
{
    return hub_ping_pong_decode(out, inbound) == HUB_OK && out->type == type;
}

hub_status hub_poplar1_leader_init(struct hub_poplar1 *p, size_t n, hub_span verify_key,
                                   hub_span ctx, const struct hub_verify_in *in, uint8_t *verdict,
                                   uint8_t *states, uint8_t *outbound)
{
    const struct hub_idpf_plan *plan = hub_poplar1_plan(p);
    const size_t row_len = hub_poplar1_initialize_len(plan);
    const size_t state_len = hub_poplar1_verify_state_len(plan);
    uint8_t share[HUB_POPLAR1_VERIFIER_MAX];

    for (size_t i = 0; i < n; i++) {
        uint8_t *row = outbound + i * row_len;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        HUB_TRY(hub_poplar1_verify_init(p, 1, HUB_VDAF_LEADER, verify_key, ctx, &in[i], &verdict[i],
                                        share, states + i * state_len));
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        row[0] = HUB_PING_PONG_INITIALIZE;
        write_item(row + TYPE_LEN, share, hub_poplar1_verifier_share_len(plan, 0));
    }
    return HUB_OK;
}

hub_status hub_poplar1_helper_init(struct hub_poplar1 *p, size_t n, hub_span verify_key,
                                   hub_span ctx, const struct hub_verify_in *in,
                                   const hub_span *inbound, uint8_t *verdict, uint8_t *states,
                                   uint8_t *outbound)
{
    const struct hub_idpf_plan *plan = hub_poplar1_plan(p);
    const size_t row_len = hub_poplar1_continue_len(plan);
    const size_t state_len = hub_poplar1_verify_state_len(plan);
    const size_t share_len = hub_poplar1_verifier_share_len(plan, 0);
    const size_t message_len = hub_poplar1_verifier_message_len(plan, 0);
    uint8_t share[HUB_POPLAR1_VERIFIER_MAX];
    uint8_t message[HUB_POPLAR1_VERIFIER_MAX];
    const hub_span helper_share = hub_span_of(share, share_len);
    const hub_span delivered = hub_span_of(message, message_len);

    for (size_t i = 0; i < n; i++) {
        struct hub_ping_pong_message peer = {.type = HUB_PING_PONG_INITIALIZE};
        const hub_span *const shares[] = {&peer.verifier_share, &helper_share};
        uint8_t *row = outbound + i * row_len;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        HUB_TRY(hub_poplar1_verify_init(p, 1, HUB_VDAF_HELPER, verify_key, ctx, &in[i], &verdict[i],
                                        share, states + i * state_len));
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (!open_message(&peer, inbound[i], HUB_PING_PONG_INITIALIZE)) {
            verdict[i] = HUB_VDAF_BAD_VERIFIER_SHARE;
            continue;
        }
        hub_poplar1_verifier_shares_to_message(plan, 0, 1, shares, &verdict[i], message);
        uint8_t next_share[HUB_POPLAR1_VERIFIER_MAX];
        hub_poplar1_verify_continue(plan, 1, HUB_VDAF_HELPER, states + i * state_len, &delivered,
                                    &verdict[i], next_share);
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        row[0] = HUB_PING_PONG_CONTINUE;
        uint8_t *at = write_item(row + TYPE_LEN, message, message_len);
        write_item(at, next_share, hub_poplar1_verifier_share_len(plan, 1));
    }
    return HUB_OK;
}

void hub_poplar1_leader_continued(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                                  const hub_span *inbound, uint8_t *verdict, uint8_t *outbound,
                                  hub_span *out_shares)
{
    const size_t row_len = hub_poplar1_finish_len(plan);
    const size_t state_len = hub_poplar1_verify_state_len(plan);
    uint8_t share[HUB_POPLAR1_VERIFIER_MAX];
    const hub_span leader_share = hub_span_of(share, hub_poplar1_verifier_share_len(plan, 1));
    const hub_span nothing = HUB_SPAN_EMPTY; /* the message of round 1 */

    for (size_t i = 0; i < n; i++) {
        struct hub_ping_pong_message peer = {.type = HUB_PING_PONG_CONTINUE};
        const hub_span *const shares[] = {&leader_share, &peer.verifier_share};
        const uint8_t *state = states + i * state_len;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (!open_message(&peer, inbound[i], HUB_PING_PONG_CONTINUE)) {
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
            continue;
        }
        hub_poplar1_verify_continue(plan, 1, HUB_VDAF_LEADER, state, &peer.verifier_message,
                                    &verdict[i], share);
        hub_poplar1_verifier_shares_to_message(plan, 1, 1, shares, &verdict[i], NULL);
        hub_poplar1_verify_finish(plan, 1, state, &nothing, &verdict[i], &out_shares[i]);
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        outbound[i * row_len] = HUB_PING_PONG_FINISH;
        write_item(outbound + i * row_len + TYPE_LEN, NULL, 0);
    }
}

void hub_poplar1_helper_continued(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                                  const hub_span *inbound, uint8_t *verdict, hub_span *out_shares)
{
    const size_t state_len = hub_poplar1_verify_state_len(plan);

    for (size_t i = 0; i < n; i++) {
        struct hub_ping_pong_message peer;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (!open_message(&peer, inbound[i], HUB_PING_PONG_FINISH))
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
        else
            hub_poplar1_verify_finish(plan, 1, states + i * state_len, &peer.verifier_message,
                                      &verdict[i], &out_shares[i]);
    }
}
