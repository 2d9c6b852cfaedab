/* The streams of Prio3: which seed, tag and binder gives which vector (VDAF draft-20, section
 * "Prio3", auxiliary functions). */
#include "vdaf/prio3_internal.h"

#include "base/declassify.h"

void hub_prio3_tag(const struct hub_vdaf *v, uint8_t tag[HUB_PRIO3_TAG_LEN],
                   enum hub_prio3_usage usage)
{
    /* the draft's test variants share a codepoint */
    const uint32_t algorithm = v->params.kind > 0 ? (uint32_t)v->params.kind : UINT32_MAX;
    const uint8_t bytes[HUB_PRIO3_TAG_LEN] = {18, /* VERSION, the same from draft-18 to draft-20 */
                                              0,  /* algorithm class: VDAF */
                                              (uint8_t)(algorithm >> 24),
                                              (uint8_t)(algorithm >> 16),
                                              (uint8_t)(algorithm >> 8),
                                              (uint8_t)algorithm,
                                              0,
                                              (uint8_t)usage};

    memcpy(tag, bytes, sizeof(bytes));
}

void hub_prio3_xof(const struct hub_vdaf *v, struct hub_xof *x, enum hub_prio3_usage usage,
                   hub_span seed, hub_span ctx)
{
    uint8_t tag[HUB_PRIO3_TAG_LEN];

    hub_prio3_tag(v, tag, usage);
    hub_xof_init(x, seed, HUB_SPAN_ARRAY(tag), ctx);
}

void hub_prio3_next_vec(const struct hub_vdaf *v, struct hub_xof *x, uint64_t *out, size_t n)
{
    if (v->element_words == 2)
        hub_xof_next_field128(x, (hub_fe128 *)(void *)out, n);
    else
        hub_xof_next_field64(x, out, n);
}

void hub_prio3_encode(const struct hub_vdaf *v, uint8_t *out, const uint64_t *vec, size_t n)
{
    hub_field64_encode(out, vec, n * v->element_words); /* words are words */
}

bool hub_prio3_decode(const struct hub_vdaf *v, uint64_t *out, const uint8_t *bytes, size_t n)
{
    if (v->element_words == 2)
        return hub_field128_decode((hub_fe128 *)(void *)out, bytes, n);
    return hub_field64_decode(out, bytes, n);
}

bool hub_prio3_decodes(const struct hub_vdaf *v, const uint8_t *bytes, size_t n)
{
    enum { AT_ONCE = 32 };
    uint64_t room[2 * AT_ONCE];
    bool valid = true;

    for (size_t i = 0; i < n; i += AT_ONCE)
        valid &= hub_prio3_decode(v, room, bytes + i * hub_vdaf_element_bytes(v),
                                  n - i < AT_ONCE ? n - i : AT_ONCE);
    hub_wipe(room, sizeof(room));
    return valid;
}

bool hub_prio3_are_elements(const struct hub_vdaf *v, const uint64_t *words, size_t n)
{
    uint64_t over = 0;

    for (size_t i = 0; i < n; i++) {
        if (v->element_words == 2)
            over |= (uint64_t)(words[2 * i + 1] >= HUB_FIELD128_P.hi);
        else
            over |= (uint64_t)(words[i] >= HUB_FIELD64_P);
    }
    hub_declassify(&over, sizeof(over)); /* what would be skipped tells nothing of what is kept */
    return over == 0;
}

void hub_prio3_meas_share_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                              hub_span seed, hub_span ctx)
{
    const uint8_t binder[1] = {(uint8_t)agg_id};

    hub_prio3_xof(v, x, HUB_PRIO3_MEAS_SHARE, seed, ctx);
    hub_xof_absorb(x, HUB_SPAN_ARRAY(binder));
}

void hub_prio3_helper_meas_share(const struct hub_vdaf *v, uint64_t *meas, unsigned agg_id,
                                 hub_span seed, hub_span ctx)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

    hub_prio3_meas_share_xof(v, &x, agg_id, seed, ctx);
    hub_prio3_next_vec(v, &x, meas, v->meas_len);
}

void hub_prio3_proof_share_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                               hub_span seed, hub_span ctx)
{
    const uint8_t binder[2] = {(uint8_t)v->n_proofs, (uint8_t)agg_id};

    hub_prio3_xof(v, x, HUB_PRIO3_PROOF_SHARE, seed, ctx);
    hub_xof_absorb(x, HUB_SPAN_ARRAY(binder));
}

void hub_prio3_helper_proof_share(const struct hub_vdaf *v, uint64_t *proof, unsigned agg_id,
                                  hub_span seed, hub_span ctx)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

    hub_prio3_proof_share_xof(v, &x, agg_id, seed, ctx);
    hub_prio3_next_vec(v, &x, proof, v->proof_len);
}

void hub_prio3_prove_rand_xof(const struct hub_vdaf *v, struct hub_xof *x, hub_span seed,
                              hub_span ctx)
{
    const uint8_t binder[1] = {(uint8_t)v->n_proofs};

    hub_prio3_xof(v, x, HUB_PRIO3_PROVE_RANDOMNESS, seed, ctx);
    hub_xof_absorb(x, HUB_SPAN_ARRAY(binder));
}

void hub_prio3_joint_rand_part_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                                   hub_span blind, hub_span nonce, hub_span ctx)
{
    const uint8_t binder[1] = {(uint8_t)agg_id};

    hub_prio3_xof(v, x, HUB_PRIO3_JOINT_RAND_PART, blind, ctx);
    hub_xof_absorb(x, HUB_SPAN_ARRAY(binder));
    hub_xof_absorb(x, nonce);
}

void hub_prio3_joint_rand_part(const struct hub_vdaf *v, uint8_t part[HUB_PRIO3_SEED_LEN],
                               unsigned agg_id, hub_span blind, hub_span nonce, hub_span encoded,
                               hub_span ctx)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

    hub_prio3_joint_rand_part_xof(v, &x, agg_id, blind, nonce, ctx);
    hub_xof_absorb(&x, encoded);
    hub_xof_squeeze(&x, part, HUB_PRIO3_SEED_LEN);
}

void hub_prio3_joint_rand_seed_xof(const struct hub_vdaf *v, struct hub_xof *x, hub_span ctx)
{
    static const uint8_t zeros[HUB_PRIO3_SEED_LEN];

    hub_prio3_xof(v, x, HUB_PRIO3_JOINT_RAND_SEED, HUB_SPAN_ARRAY(zeros), ctx);
}

void hub_prio3_joint_rand(const struct hub_vdaf *v, uint64_t *joint_rand, hub_span seed,
                          hub_span ctx)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    const uint8_t binder[1] = {(uint8_t)v->n_proofs};

    hub_prio3_xof(v, &x, HUB_PRIO3_JOINT_RANDOMNESS, seed, ctx);
    hub_xof_absorb(&x, HUB_SPAN_ARRAY(binder));
    hub_prio3_next_vec(v, &x, joint_rand, v->joint_rand_len);
}
