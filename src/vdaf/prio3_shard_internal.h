/* What the steps of one sharding share. */
#ifndef VDAF_PRIO3_SHARD_INTERNAL_H
#define VDAF_PRIO3_SHARD_INTERNAL_H

#include "vdaf/prio3_internal.h"

/* One report that is being sharded: what it is made from, and the workspace as vectors of words;
 * scratch is aligned to an element. */
struct hub_prio3_sharding {
    const struct hub_vdaf *v;
    hub_span nonce;
    hub_span rand;
    hub_span ctx;
    uint64_t *meas;
    uint64_t *leader_meas;
    uint64_t *meas_share; /* a helper's */
    uint64_t *encoded;    /* the same as bytes */
    uint64_t *proof;      /* then the leader's share of it */
    uint64_t *proof_share;
    uint64_t *joint_rand;
    uint64_t *prove_rand;
    uint64_t *scratch;
};

/* Seed number i of those that rand brings: for each helper its own and, with joint randomness, its
 * blind; then the leader's blind, with joint randomness; then the prover's. */
static inline hub_span hub_prio3_rand_seed(const struct hub_prio3_sharding *s, size_t i)
{
    return hub_span_slice(s->rand, i * HUB_PRIO3_SEED_LEN, HUB_PRIO3_SEED_LEN);
}

static inline hub_span hub_prio3_helper_seed(const struct hub_prio3_sharding *s, unsigned agg_id)
{
    return hub_prio3_rand_seed(s, (size_t)(agg_id - 1) * (s->v->joint_rand_len != 0 ? 2 : 1));
}

/* Empty without joint randomness. */
static inline hub_span hub_prio3_blind(const struct hub_prio3_sharding *s, unsigned agg_id)
{
    if (s->v->joint_rand_len == 0)
        return HUB_SPAN_EMPTY;
    if (agg_id == HUB_VDAF_LEADER)
        return hub_prio3_rand_seed(s, 2 * (size_t)(s->v->n_shares - 1));
    return hub_prio3_rand_seed(s, 2 * (size_t)(agg_id - 1) + 1);
}

static inline hub_span hub_prio3_prove_seed(const struct hub_prio3_sharding *s)
{
    return hub_prio3_rand_seed(s, s->rand.len / HUB_PRIO3_SEED_LEN - 1);
}

/* out = a - b, n elements each; out may be a or b. */
void hub_prio3_sub_vec(const struct hub_vdaf *v, uint64_t *out, const uint64_t *a,
                       const uint64_t *b, size_t n);

/* For two aggregators and four lanes: the measurement shares with the parts of the joint
 * randomness, the helper's proof share and the prover's randomness, all streams permuted together.
 * leader_share takes the leader's encoded measurement share, public_share the parts. False: nothing
 * that was written is of use, and all must be done one by one. */
HUB_MUST_USE bool hub_prio3_shard_team(const struct hub_prio3_sharding *s, uint8_t *public_share,
                                       uint8_t *leader_share);

#endif
