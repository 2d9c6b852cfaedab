/* Sharding: a measurement becomes a public share and input shares (VDAF draft-20, section
 * "Prio3", sharding). Constant time in measurement and randomness. */
#include "vdaf/prio3_shard_internal.h"

void hub_shares_wipe(struct hub_shares *s)
{
    hub_buf_wipe(&s->public_share);
    for (unsigned i = 0; i < HUB_VDAF_N_SHARES; i++)
        hub_buf_wipe(&s->input_shares[i]);
}

void hub_prio3_sub_vec(const struct hub_vdaf *v, uint64_t *out, const uint64_t *a,
                       const uint64_t *b, size_t n)
{
    if (v->element_words == 2)
        hub_field128_sub_vec_c((hub_fe128 *)(void *)out, (const hub_fe128 *)(const void *)a,
                               (const hub_fe128 *)(const void *)b, n);
    else
        hub_field64_sub_vec_c(out, a, b, n);
}

static struct hub_prio3_sharding lay_out(const struct hub_vdaf *v, void *workspace)
{
    size_t words = v->element_words;
    struct hub_prio3_sharding s = {.v = v};

    s.meas = workspace;
    s.leader_meas = s.meas + v->meas_len * words;
    s.meas_share = s.leader_meas + v->meas_len * words;
    s.encoded = s.meas_share + v->meas_len * words;
    s.proof = s.encoded + v->meas_len * words;
    s.proof_share = s.proof + v->proof_len * words;
    s.joint_rand = s.proof_share + v->proof_len * words;
    s.prove_rand = s.joint_rand + v->joint_rand_len * words;
    s.scratch = s.prove_rand + v->prove_rand_len * words;
    return s;
}

/* The part of aggregator agg_id into the public share; encoded is its measurement share. */
static void make_part(const struct hub_prio3_sharding *s, uint8_t *public_share, unsigned agg_id,
                      hub_span encoded)
{
    if (s->v->joint_rand_len == 0)
        return;
    hub_prio3_joint_rand_part(s->v, public_share + (size_t)agg_id * HUB_PRIO3_SEED_LEN, agg_id,
                              hub_prio3_blind(s, agg_id), s->nonce, encoded, s->ctx);
}

/* The leader's measurement share is what the helpers' leave over; it is encoded where it belongs.
 * The parts of the joint randomness are made on the way. */
static void share_meas(const struct hub_prio3_sharding *s, uint8_t *public_share,
                       uint8_t *leader_share)
{
    const struct hub_vdaf *v = s->v;
    size_t bytes = v->meas_len * hub_vdaf_element_bytes(v);

    memcpy(s->leader_meas, s->meas, bytes);
    for (unsigned j = HUB_VDAF_HELPER; j < v->n_shares; j++) {
        hub_prio3_helper_meas_share(v, s->meas_share, j, hub_prio3_helper_seed(s, j), s->ctx);
        hub_prio3_sub_vec(v, s->leader_meas, s->leader_meas, s->meas_share, v->meas_len);
        hub_prio3_encode(v, (uint8_t *)s->encoded, s->meas_share, v->meas_len);
        make_part(s, public_share, j, hub_span_of(s->encoded, bytes));
    }
    hub_prio3_encode(v, leader_share, s->leader_meas, v->meas_len);
    make_part(s, public_share, HUB_VDAF_LEADER, hub_span_of(leader_share, bytes));
}

static void make_prove_rand(const struct hub_prio3_sharding *s)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

    hub_prio3_prove_rand_xof(s->v, &x, hub_prio3_prove_seed(s), s->ctx);
    hub_prio3_next_vec(s->v, &x, s->prove_rand, s->v->prove_rand_len);
}

static void find_joint_rand(const struct hub_prio3_sharding *s, const uint8_t *public_share)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    uint8_t seed[HUB_PRIO3_SEED_LEN];

    hub_prio3_joint_rand_seed_xof(s->v, &x, s->ctx);
    hub_xof_absorb(&x, hub_span_of(public_share, hub_vdaf_public_share_len(s->v)));
    hub_xof_squeeze(&x, seed, sizeof(seed));
    hub_prio3_joint_rand(s->v, s->joint_rand, HUB_SPAN_ARRAY(seed), s->ctx);
    hub_wipe(seed, sizeof(seed));
}

static void prove(const struct hub_prio3_sharding *s)
{
    const struct hub_vdaf *v = s->v;

    for (unsigned k = 0; k < v->n_proofs; k++)
        v->circuit->prove(v, s->scratch, s->proof + hub_prio3_of_proof(v, v->proof_len, k), s->meas,
                          s->prove_rand + hub_prio3_of_proof(v, v->prove_rand_len, k),
                          s->joint_rand + hub_prio3_of_proof(v, v->joint_rand_len, k));
}

/* has_share: that of the one helper is there already. */
static void share_proof(const struct hub_prio3_sharding *s, uint8_t *leader_proof, bool has_share)
{
    const struct hub_vdaf *v = s->v;

    for (unsigned j = HUB_VDAF_HELPER; j < v->n_shares; j++) {
        if (!has_share)
            hub_prio3_helper_proof_share(v, s->proof_share, j, hub_prio3_helper_seed(s, j), s->ctx);
        hub_prio3_sub_vec(v, s->proof, s->proof, s->proof_share, v->proof_len);
    }
    hub_prio3_encode(v, leader_proof, s->proof, v->proof_len);
}

static uint8_t *append(uint8_t *out, hub_span bytes)
{
    if (bytes.len != 0)
        memcpy(out, bytes.ptr, bytes.len);
    return out + bytes.len;
}

hub_status hub_vdaf_shard_into(const struct hub_vdaf *v, void *workspace, uint8_t *public_share,
                               uint8_t *const *input_shares, const struct hub_measurement *m,
                               hub_span nonce, hub_span rand, hub_span ctx)
{
    struct hub_prio3_sharding s = lay_out(v, workspace);
    uint8_t *leader_share = input_shares[HUB_VDAF_LEADER];
    uint8_t *leader_proof = leader_share + v->meas_len * hub_vdaf_element_bytes(v);
    uint8_t *leader_blind = leader_proof + v->proof_len * hub_vdaf_element_bytes(v);

    if (nonce.len != HUB_VDAF_NONCE_LEN || rand.len != hub_vdaf_rand_len(v))
        return HUB_E_ARGUMENT;
    HUB_TRY(v->circuit->encode(v, s.meas, m));
    s.nonce = nonce;
    s.rand = rand;
    s.ctx = ctx;

    bool together = hub_prio3_shard_team(&s, public_share, leader_share);
    if (!together) {
        share_meas(&s, public_share, leader_share);
        make_prove_rand(&s);
    }
    if (v->joint_rand_len != 0)
        find_joint_rand(&s, public_share);
    prove(&s);
    share_proof(&s, leader_proof, together);

    append(leader_blind, hub_prio3_blind(&s, HUB_VDAF_LEADER));
    for (unsigned j = HUB_VDAF_HELPER; j < v->n_shares; j++)
        /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): there are n_shares pointers */
        append(append(input_shares[j], hub_prio3_helper_seed(&s, j)), hub_prio3_blind(&s, j));
    return HUB_OK;
}

static hub_status set_len(struct hub_buf *b, size_t len)
{
    hub_buf_wipe(b);
    b->max = len;
    return hub_buf_resize(b, len);
}

hub_status hub_vdaf_shard(const struct hub_vdaf *v, struct hub_shares *out,
                          const struct hub_measurement *m, hub_span nonce, hub_span rand,
                          hub_span ctx)
{
    size_t workspace_len = hub_vdaf_workspace_len(v, 1);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf workspace = HUB_BUF_INIT(workspace_len);
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares made = {0};

    if (v->n_shares != HUB_VDAF_N_SHARES)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_buf_resize(&workspace, workspace_len));
    HUB_TRY(set_len(&made.public_share, hub_vdaf_public_share_len(v)));
    for (unsigned i = 0; i < HUB_VDAF_N_SHARES; i++)
        HUB_TRY(set_len(&made.input_shares[i], hub_vdaf_input_share_len(v, i)));
    uint8_t *const input_shares[HUB_VDAF_N_SHARES] = {made.input_shares[0].ptr,
                                                      made.input_shares[1].ptr};
    HUB_TRY(hub_vdaf_shard_into(v, workspace.ptr, made.public_share.ptr, input_shares, m, nonce,
                                rand, ctx));
    hub_buf_move(&out->public_share, &made.public_share);
    for (unsigned i = 0; i < HUB_VDAF_N_SHARES; i++)
        hub_buf_move(&out->input_shares[i], &made.input_shares[i]);
    return HUB_OK;
}
