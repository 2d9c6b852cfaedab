/* Verification of Poplar1 (VDAF draft-20, section "Poplar1", verification): that the values at the
 * prefixes are zero, or one at a single place. Round 0 reveals a masked sketch of them, round 1
 * that a polynomial of it is zero. */
#include "base/declassify.h"
#include "vdaf/poplar1_internal.h"

#include <assert.h>

/* Elements of verification randomness that are drawn at a time. */
enum { AT_ONCE = 32 };

/* The stream of verification randomness of a report, both aggregators' secret. */
static void start_verify_rand(struct hub_xof *x, const struct hub_idpf_plan *plan,
                              hub_span verify_key, const uint8_t *nonce, hub_span ctx)
{
    const uint8_t level[2] = {(uint8_t)(plan->param.level >> 8), (uint8_t)plan->param.level};

    hub_poplar1_xof(x, HUB_POPLAR1_VERIFY_RAND, verify_key, ctx,
                    hub_span_of(nonce, HUB_VDAF_NONCE_LEN), HUB_SPAN_ARRAY(level));
}

/* (a, b, c) of the plan's level: that many elements of the levels above it go by. */
static void draw_mask_inner(hub_fe64 mask[HUB_POPLAR1_SKETCH_LEN], unsigned level, unsigned agg_id,
                            const uint8_t *seed, const uint8_t *nonce, hub_span ctx)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

    hub_poplar1_corr_xof(&x, HUB_POPLAR1_CORR_INNER, agg_id, seed, nonce, ctx);
    for (unsigned d = 0; d <= level; d++)
        hub_xof_next_field64(&x, mask, HUB_POPLAR1_SKETCH_LEN);
}

/* The mask plus, over all prefixes, data * r, data * r^2 and authenticator * r. */
static void sketch_inner(struct hub_xof *rand, uint8_t *sketch, uint8_t *out_share,
                         hub_fe64 mask[HUB_POPLAR1_SKETCH_LEN], const hub_fe64 *values, size_t n)
{
    hub_acc64 square = {0};
    hub_acc64 authentic = {0};
    hub_fe64 r[AT_ONCE];

    for (size_t at = 0; at < n; at += AT_ONCE) {
        size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;

        hub_xof_next_field64(rand, r, m);
        for (size_t i = 0; i < m; i++) {
            const hub_fe64 *value = values + HUB_IDPF_VALUES * (at + i);
            hub_fe64 product = hub_fe64_mul(value[0], r[i]);

            mask[0] = hub_fe64_add(mask[0], product);
            hub_acc64_add_product(&square, product, r[i]);
            hub_acc64_add_product(&authentic, value[1], r[i]);
            hub_field64_encode(out_share + HUB_FIELD64_BYTES * (at + i), value, 1);
        }
    }
    mask[1] = hub_fe64_add(mask[1], hub_acc64_reduce(square));
    mask[2] = hub_fe64_add(mask[2], hub_acc64_reduce(authentic));
    hub_field64_encode(sketch, mask, HUB_POPLAR1_SKETCH_LEN);
    hub_wipe(r, sizeof(r));
    hub_wipe(&square, sizeof(square));
    hub_wipe(&authentic, sizeof(authentic));
}

static void sketch_leaf(struct hub_xof *rand, uint8_t *sketch, uint8_t *out_share,
                        hub_fe255 mask[HUB_POPLAR1_SKETCH_LEN], const hub_fe255 *values, size_t n)
{
    hub_fe255 r[AT_ONCE];

    for (size_t at = 0; at < n; at += AT_ONCE) {
        size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;

        hub_xof_next_field255(rand, r, m);
        for (size_t i = 0; i < m; i++) {
            const hub_fe255 *value = values + HUB_IDPF_VALUES * (at + i);
            hub_fe255 product = hub_fe255_mul(value[0], r[i]);

            mask[0] = hub_fe255_add(mask[0], product);
            mask[1] = hub_fe255_add(mask[1], hub_fe255_mul(product, r[i]));
            mask[2] = hub_fe255_add(mask[2], hub_fe255_mul(value[1], r[i]));
            hub_field255_encode(out_share + HUB_FIELD255_BYTES * (at + i), value, 1);
        }
    }
    hub_field255_encode(sketch, mask, HUB_POPLAR1_SKETCH_LEN);
    hub_wipe(r, sizeof(r));
}

static bool input_share_is_valid(unsigned bits, hub_span share)
{
    hub_fe64 element;
    hub_fe255 leaf[2];

    if (share.len != hub_poplar1_input_share_len(bits))
        return false;
    const size_t leaf_at = hub_poplar1_corr_at(bits - 1);
    bool valid = hub_field255_decode(leaf, share.ptr + leaf_at, 2);
    for (size_t at = hub_poplar1_corr_at(0); at < leaf_at; at += HUB_FIELD64_BYTES)
        valid &= hub_field64_decode(&element, share.ptr + at, 1);
    hub_declassify(&valid, sizeof(valid)); /* the verdict tells */
    return valid;
}

static hub_status init_one(struct hub_poplar1 *p, unsigned agg_id, hub_span verify_key,
                           hub_span ctx, const struct hub_verify_in *in, uint8_t *verdict,
                           uint8_t *verifier_share, uint8_t *state)
{
    const struct hub_idpf_plan *plan = p->plan;
    const unsigned level = plan->param.level;
    const uint8_t *share = in->input_share.ptr;
    const uint8_t *corr_seed = share + HUB_POPLAR1_CORR_SEED_AT;
    const hub_fe64 *inner;
    const hub_fe255 *leaf;
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof rand;

    memset(&rand, 0, sizeof(rand));
    if (!hub_idpf_public_share_is_valid(p->bits, in->public_share)) {
        *verdict = HUB_VDAF_BAD_PUBLIC_SHARE;
        return HUB_OK;
    }
    if (!input_share_is_valid(p->bits, in->input_share)) {
        *verdict = HUB_VDAF_BAD_INPUT_SHARE;
        return HUB_OK;
    }
    HUB_TRY(
        hub_idpf_eval(p->idpf, &inner, &leaf, agg_id, in->public_share.ptr, share, in->nonce, ctx));
    start_verify_rand(&rand, plan, verify_key, in->nonce, ctx);
    if (hub_poplar1_is_leaf(plan)) {
        HUB_CLEANUP(hub_xof_wipe) struct hub_xof corr;
        hub_fe255 mask[HUB_POPLAR1_SKETCH_LEN];

        hub_poplar1_corr_xof(&corr, HUB_POPLAR1_CORR_LEAF, agg_id, corr_seed, in->nonce, ctx);
        hub_xof_next_field255(&corr, mask, HUB_POPLAR1_SKETCH_LEN);
        sketch_leaf(&rand, verifier_share, state, mask, leaf, plan->param.n_prefixes);
    } else {
        hub_fe64 mask[HUB_POPLAR1_SKETCH_LEN];

        draw_mask_inner(mask, level, agg_id, corr_seed, in->nonce, ctx);
        sketch_inner(&rand, verifier_share, state, mask, inner, plan->param.n_prefixes);
    }
    memcpy(state + hub_poplar1_out_share_len(plan), share + hub_poplar1_corr_at(level),
           2 * hub_poplar1_element_len(plan));
    return HUB_OK;
}

hub_status hub_poplar1_verify_init(struct hub_poplar1 *p, size_t n, unsigned agg_id,
                                   hub_span verify_key, hub_span ctx,
                                   const struct hub_verify_in *in, uint8_t *verdict,
                                   uint8_t *verifier_shares, uint8_t *states)
{
    assert(p->plan != NULL && agg_id < HUB_VDAF_N_SHARES &&
           verify_key.len == HUB_VDAF_VERIFY_KEY_LEN);
    const size_t share_len = hub_poplar1_verifier_share_len(p->plan, 0);
    const size_t state_len = hub_poplar1_verify_state_len(p->plan);

    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_VDAF_ACCEPTED)
            HUB_TRY(init_one(p, agg_id, verify_key, ctx, &in[i], &verdict[i],
                             verifier_shares + i * share_len, states + i * state_len));
    }
    return HUB_OK;
}

/* n elements of the plan's field, or too many bytes or too few, or one that is no element. */
static bool are_elements(const struct hub_idpf_plan *plan, hub_span bytes, size_t n)
{
    hub_fe64 inner[HUB_POPLAR1_SKETCH_LEN];
    hub_fe255 leaf[HUB_POPLAR1_SKETCH_LEN];

    if (bytes.len != n * hub_poplar1_element_len(plan))
        return false;
    return hub_poplar1_is_leaf(plan) ? hub_field255_decode(leaf, bytes.ptr, n)
                                     : hub_field64_decode(inner, bytes.ptr, n);
}

static uint8_t sum_shares(const struct hub_idpf_plan *plan, unsigned round, hub_span leader,
                          hub_span helper, uint8_t *message)
{
    const size_t len = hub_poplar1_verifier_share_len(plan, round);
    const size_t n = len / hub_poplar1_element_len(plan);
    uint8_t sum[HUB_POPLAR1_VERIFIER_MAX];
    uint8_t any = 0;

    if (!are_elements(plan, leader, n) || !are_elements(plan, helper, n))
        return HUB_VDAF_BAD_VERIFIER_SHARE;
    memcpy(sum, leader.ptr, len);
    if (hub_poplar1_is_leaf(plan))
        hub_field255_add_encoded(sum, helper.ptr, n);
    else
        hub_field64_add_encoded(sum, helper.ptr, n);
    if (round == 0) {
        memcpy(message, sum, len);
        return HUB_VDAF_ACCEPTED;
    }
    for (size_t i = 0; i < len; i++)
        any |= sum[i];
    return any == 0 ? HUB_VDAF_ACCEPTED : HUB_VDAF_BAD_PROOF;
}

void hub_poplar1_verifier_shares_to_message(const struct hub_idpf_plan *plan, unsigned round,
                                            size_t n,
                                            const hub_span *const shares[HUB_VDAF_N_SHARES],
                                            uint8_t *verdict, uint8_t *messages)
{
    const size_t message_len = hub_poplar1_verifier_message_len(plan, round);

    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_VDAF_ACCEPTED)
            verdict[i] = sum_shares(plan, round, shares[HUB_VDAF_LEADER][i],
                                    shares[HUB_VDAF_HELPER][i], messages + i * message_len);
    }
}

/* An aggregator's share of (z0^2 - z1 - z2) + A z0 + B: the helper counts what is public. */
static void evaluate_inner(uint8_t *out, unsigned agg_id, const uint8_t *corr,
                           const uint8_t *message)
{
    hub_fe64 z[HUB_POPLAR1_SKETCH_LEN];
    hub_fe64 ab[2];

    (void)!hub_field64_decode(z, message, HUB_POPLAR1_SKETCH_LEN);
    (void)!hub_field64_decode(ab, corr, 2);
    hub_fe64 share = hub_fe64_add(hub_fe64_mul(ab[0], z[0]), ab[1]);
    if (agg_id == HUB_VDAF_HELPER)
        share =
            hub_fe64_add(share, hub_fe64_sub(hub_fe64_mul(z[0], z[0]), hub_fe64_add(z[1], z[2])));
    hub_field64_encode(out, &share, 1);
}

static void evaluate_leaf(uint8_t *out, unsigned agg_id, const uint8_t *corr,
                          const uint8_t *message)
{
    hub_fe255 z[HUB_POPLAR1_SKETCH_LEN];
    hub_fe255 ab[2];

    (void)!hub_field255_decode(z, message, HUB_POPLAR1_SKETCH_LEN);
    (void)!hub_field255_decode(ab, corr, 2);
    hub_fe255 share = hub_fe255_add(hub_fe255_mul(ab[0], z[0]), ab[1]);
    if (agg_id == HUB_VDAF_HELPER)
        share = hub_fe255_add(share,
                              hub_fe255_sub(hub_fe255_mul(z[0], z[0]), hub_fe255_add(z[1], z[2])));
    hub_field255_encode(out, &share, 1);
}

void hub_poplar1_verify_continue(const struct hub_idpf_plan *plan, size_t n, unsigned agg_id,
                                 const uint8_t *states, const hub_span *messages, uint8_t *verdict,
                                 uint8_t *verifier_shares)
{
    const size_t state_len = hub_poplar1_verify_state_len(plan);
    const size_t corr_at = hub_poplar1_out_share_len(plan);
    const size_t share_len = hub_poplar1_verifier_share_len(plan, 1);

    for (size_t i = 0; i < n; i++) {
        const uint8_t *corr = states + i * state_len + corr_at;
        uint8_t *share = verifier_shares + i * share_len;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (!are_elements(plan, messages[i], HUB_POPLAR1_SKETCH_LEN))
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
        else if (hub_poplar1_is_leaf(plan))
            evaluate_leaf(share, agg_id, corr, messages[i].ptr);
        else
            evaluate_inner(share, agg_id, corr, messages[i].ptr);
    }
}

void hub_poplar1_verify_finish(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                               const hub_span *messages, uint8_t *verdict, hub_span *out_shares)
{
    const size_t state_len = hub_poplar1_verify_state_len(plan);

    for (size_t i = 0; i < n; i++) {
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (messages[i].len != 0)
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
        else
            out_shares[i] = hub_span_of(states + i * state_len, hub_poplar1_out_share_len(plan));
    }
}
