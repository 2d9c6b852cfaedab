/* The first step of verification at one aggregator: input share to verifier share and state (VDAF
 * draft-20, section "Prio3", verification). */
#include "vdaf/prio3_internal.h"

#include <assert.h>

/* What all reports of a call share, and the workspace as vectors of words. */
struct job {
    const struct hub_vdaf *v;
    unsigned agg_id;
    hub_span verify_key;
    hub_span ctx;
    uint64_t *meas;
    uint64_t *encoded; /* the helper's measurement share as bytes */
    uint64_t *proof;
    uint64_t *joint_rand;
    uint64_t *query_rand;
    uint64_t *verifier;
    uint64_t *output;
    uint64_t *scratch; /* aligned to an element */
};

static void lay_out(struct job *job, void *workspace)
{
    const struct hub_vdaf *v = job->v;
    size_t words = v->element_words;

    job->meas = workspace;
    job->encoded = job->meas + v->meas_len * words;
    job->proof = job->encoded + v->meas_len * words;
    job->joint_rand = job->proof + v->proof_len * words;
    job->query_rand = job->joint_rand + v->joint_rand_len * words;
    job->verifier = job->query_rand + v->query_rand_len * words;
    job->output = job->verifier + v->verifier_len * words;
    job->scratch = job->output + v->output_len * words;
}

/* The lengths are right already. The leader's shares stand in its input share, the helper's come
 * from its seed. encoded becomes the measurement share's encoding, blind the rest. */
static uint8_t expand(const struct job *job, hub_span input_share, hub_span *encoded,
                      hub_span *blind)
{
    const struct hub_vdaf *v = job->v;
    size_t meas_bytes = v->meas_len * hub_vdaf_element_bytes(v);
    size_t proof_bytes = v->proof_len * hub_vdaf_element_bytes(v);
    size_t used = HUB_PRIO3_SEED_LEN;

    if (job->agg_id != HUB_VDAF_LEADER) {
        hub_span seed = hub_span_slice(input_share, 0, HUB_PRIO3_SEED_LEN);

        hub_prio3_helper_meas_share(v, job->meas, job->agg_id, seed, job->ctx);
        hub_prio3_helper_proof_share(v, job->proof, job->agg_id, seed, job->ctx);
        hub_prio3_encode(v, (uint8_t *)job->encoded, job->meas, v->meas_len);
        *encoded = hub_span_of(job->encoded, meas_bytes);
    } else {
        if (!hub_prio3_decode(v, job->meas, input_share.ptr, v->meas_len) ||
            !hub_prio3_decode(v, job->proof, input_share.ptr + meas_bytes, v->proof_len))
            return HUB_VDAF_BAD_INPUT_SHARE;
        *encoded = hub_span_slice(input_share, 0, meas_bytes);
        used = meas_bytes + proof_bytes;
    }
    *blind = hub_span_slice(input_share, used, input_share.len - used);
    return HUB_VDAF_ACCEPTED;
}

/* This aggregator's part of the joint randomness goes behind its verifier share, the seed that
 * follows from it and from the peers' parts of the public share into the state. */
static void find_joint_rand(const struct job *job, uint8_t *part, uint8_t *seed, hub_span blind,
                            hub_span encoded, const struct hub_verify_in *in)
{
    hub_span nonce = hub_span_of(in->nonce, HUB_VDAF_NONCE_LEN);
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    size_t before = (size_t)job->agg_id * HUB_PRIO3_SEED_LEN;
    size_t behind = before + HUB_PRIO3_SEED_LEN;

    hub_prio3_joint_rand_part(job->v, part, job->agg_id, blind, nonce, encoded, job->ctx);
    hub_prio3_joint_rand_seed_xof(job->v, &x, job->ctx);
    hub_xof_absorb(&x, hub_span_slice(in->public_share, 0, before));
    hub_xof_absorb(&x, hub_span_of(part, HUB_PRIO3_SEED_LEN));
    hub_xof_absorb(&x, hub_span_slice(in->public_share, behind, in->public_share.len - behind));
    hub_xof_squeeze(&x, seed, HUB_PRIO3_SEED_LEN);
    hub_prio3_joint_rand(job->v, job->joint_rand, hub_span_of(seed, HUB_PRIO3_SEED_LEN), job->ctx);
}

static void find_query_rand(const struct job *job, const struct hub_verify_in *in)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    const uint8_t binder[1] = {HUB_PRIO3_N_PROOFS};

    hub_prio3_xof(job->v, &x, HUB_PRIO3_QUERY_RANDOMNESS, job->verify_key, job->ctx);
    hub_xof_absorb(&x, HUB_SPAN_ARRAY(binder));
    hub_xof_absorb(&x, hub_span_of(in->nonce, HUB_VDAF_NONCE_LEN));
    hub_prio3_next_vec(job->v, &x, job->query_rand, job->v->query_rand_len);
}

static uint8_t verify_one(const struct job *job, const struct hub_verify_in *in,
                          uint8_t *verifier_share, uint8_t *state)
{
    const struct hub_vdaf *v = job->v;
    hub_span encoded;
    hub_span blind;

    if (in->public_share.len != hub_vdaf_public_share_len(v))
        return HUB_VDAF_BAD_PUBLIC_SHARE;
    if (in->input_share.len != hub_vdaf_input_share_len(v, job->agg_id))
        return HUB_VDAF_BAD_INPUT_SHARE;
    uint8_t verdict = expand(job, in->input_share, &encoded, &blind);
    if (verdict != HUB_VDAF_ACCEPTED)
        return verdict;

    uint8_t *part = verifier_share + v->verifier_len * hub_vdaf_element_bytes(v);
    uint8_t *seed = state + hub_vdaf_out_share_len(v);
    if (v->joint_rand_len != 0)
        find_joint_rand(job, part, seed, blind, encoded, in);
    find_query_rand(job, in);
    if (!v->circuit->query(v, job->scratch, job->verifier, job->meas, job->proof, job->query_rand,
                           job->joint_rand))
        return HUB_VDAF_BAD_TEST_POINT;
    hub_prio3_encode(v, verifier_share, job->verifier, v->verifier_len);
    v->circuit->truncate(v, job->output, job->meas);
    hub_prio3_encode(v, state, job->output, v->output_len);
    return HUB_VDAF_ACCEPTED;
}

void hub_vdaf_verify_init(const struct hub_vdaf *v, void *workspace, size_t n, unsigned agg_id,
                          hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                          uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states)
{
    struct job job = {.v = v, .agg_id = agg_id, .verify_key = verify_key, .ctx = ctx};
    size_t share_len = hub_vdaf_verifier_share_len(v);
    size_t state_len = hub_vdaf_verify_state_len(v);

    assert(agg_id < v->n_shares && verify_key.len == HUB_VDAF_VERIFY_KEY_LEN);
    lay_out(&job, workspace);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_VDAF_ACCEPTED)
            verdict[i] =
                verify_one(&job, &in[i], verifier_shares + i * share_len, states + i * state_len);
    }
}
