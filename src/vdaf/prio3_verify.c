/* The first step of verification at one aggregator: input share to verifier share and state (VDAF
 * draft-20, section "Prio3", verification). Reports are taken in groups of as many as the tier has
 * lanes. Their streams run in lanes, which stay in step because all lengths are those of the task;
 * their proofs are queried in lanes too if the tier can, else one by one from rows. A report that
 * does not decode takes no lane. */
#include "vdaf/prio3_internal.h"

#include <assert.h>

/* What all reports of a call share, the workspace as vectors of words, and the group at hand. */
struct job {
    const struct hub_vdaf *v;
    const struct hub_keccak_kernels *kernels;
    unsigned agg_id;
    struct hub_xof beginnings[HUB_PRIO3_N_USAGES]; /* of the streams that there are */
    struct hub_xof_lanes *x;                       /* the stream at hand */
    struct hub_xof_lanes *part; /* that of this aggregator's part of the joint randomness */
    const struct hub_verify_in *in;
    uint8_t *verdict;
    uint8_t *verifier_shares;
    uint8_t *states;
    /* a row for each lane, unless proofs are queried in lanes */
    uint64_t *meas;
    uint64_t *proof;
    uint64_t *joint_rand;
    uint64_t *query_rand;
    /* the same in lanes */
    uint64_t *meas_lanes;
    uint64_t *proof_lanes;
    uint64_t *joint_rand_lanes;
    uint64_t *query_rand_lanes;
    uint64_t *verifier_lanes;
    uint64_t *output_lanes;
    /* for one report */
    uint64_t *verifier;
    uint64_t *output;
    uint64_t *scratch; /* aligned to an element, in lanes to 64 bytes */
    bool query_lanes;
    size_t reports[HUB_KECCAK_LANES_MAX]; /* by lane */
    size_t n;                             /* lanes in use; the others repeat the first */
};

/* What proofs that are queried in lanes need, from meas_lanes on. */
static void lay_out_lanes(struct job *job)
{
    const struct hub_vdaf *v = job->v;
    size_t all = v->element_words * job->kernels->lanes;

    job->proof_lanes = job->meas_lanes + v->meas_len * all;
    job->joint_rand_lanes = job->proof_lanes + v->proof_len * all;
    job->query_rand_lanes = job->joint_rand_lanes + v->joint_rand_len * all;
    job->verifier_lanes = job->query_rand_lanes + v->query_rand_len * all;
    job->output_lanes = job->verifier_lanes + v->verifier_len * all;
    job->scratch = job->output_lanes + v->output_len * all;
    job->verifier = job->scratch + v->lanes_scratch_words;
    job->output = job->verifier + v->verifier_len * v->element_words;
}

static void lay_out(struct job *job, void *workspace)
{
    const struct hub_vdaf *v = job->v;
    size_t words = v->element_words;
    size_t all = words * job->kernels->lanes;

    if (job->query_lanes) {
        job->meas_lanes = (void *)((uint8_t *)workspace + (64 - (uintptr_t)workspace % 64) % 64);
        lay_out_lanes(job);
        return;
    }
    job->meas = workspace;
    job->proof = job->meas + v->meas_len * all;
    job->joint_rand = job->proof + v->proof_len * all;
    job->query_rand = job->joint_rand + v->joint_rand_len * all;
    /* one lane is a row */
    job->meas_lanes =
        job->kernels->lanes == 1 ? job->meas : job->query_rand + v->query_rand_len * all;
    job->proof_lanes = job->meas_lanes + v->meas_len * all;
    job->joint_rand_lanes = job->proof_lanes + v->proof_len * all;
    job->query_rand_lanes = job->joint_rand_lanes + v->joint_rand_len * all;
    job->scratch = job->query_rand_lanes + v->query_rand_len * all;
    job->verifier = job->scratch + v->scratch_words;
    job->output = job->verifier + v->verifier_len * words;
}

static const struct hub_verify_in *in_lane(const struct job *job, size_t lane)
{
    return &job->in[job->reports[lane < job->n ? lane : 0]];
}

static uint8_t *state_in_lane(const struct job *job, size_t lane)
{
    return job->states + job->reports[lane] * hub_vdaf_verify_state_len(job->v);
}

static uint8_t *verifier_share_in_lane(const struct job *job, size_t lane)
{
    return job->verifier_shares + job->reports[lane] * hub_vdaf_verifier_share_len(job->v);
}

/* Where each lane's input share has something, from byte at on. */
static void find_in_shares(const struct job *job, const uint8_t **out, size_t at)
{
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
        out[l] = in_lane(job, l)->input_share.ptr + at;
}

/* n elements a lane, from lanes to rows. */
static void to_rows(const struct job *job, uint64_t *rows, const uint64_t *lanes, size_t n)
{
    size_t step = job->kernels->lanes;
    size_t words = n * job->v->element_words;

    for (size_t l = 0; l < job->n && rows != lanes; l++) {
        for (size_t i = 0; i < words; i++)
            rows[l * words + i] = lanes[i * step + l];
    }
}

/* The streams of all reports begin alike, those of the query up to the nonce. */
static void begin_streams(struct job *job, hub_span verify_key, hub_span ctx)
{
    const uint8_t binder[1] = {(uint8_t)job->v->n_proofs};
    struct hub_xof *query = &job->beginnings[HUB_PRIO3_QUERY_RANDOMNESS];

    for (unsigned usage = HUB_PRIO3_MEAS_SHARE; usage < HUB_PRIO3_N_USAGES; usage++) {
        bool is_joint = usage == HUB_PRIO3_JOINT_RANDOMNESS || usage == HUB_PRIO3_JOINT_RAND_SEED ||
                        usage == HUB_PRIO3_JOINT_RAND_PART;

        if (usage != HUB_PRIO3_PROVE_RANDOMNESS && (!is_joint || job->v->joint_rand_len != 0))
            hub_prio3_begin(job->v, &job->beginnings[usage], (enum hub_prio3_usage)usage, ctx);
    }
    hub_xof_absorb(query, verify_key);
    hub_xof_absorb(query, HUB_SPAN_ARRAY(binder));
}

static void begin_lanes(const struct job *job, struct hub_xof_lanes *x, enum hub_prio3_usage usage)
{
    hub_xof_lanes_begin(x, job->kernels, &job->beginnings[usage]);
}

/* A seed for each lane, then a binder that is the same for all. */
static void seed_lanes(const struct job *job, struct hub_xof_lanes *x, enum hub_prio3_usage usage,
                       const uint8_t *const *seeds, hub_span binder)
{
    begin_lanes(job, x, usage);
    hub_xof_lanes_absorb_each(x, seeds, HUB_PRIO3_SEED_LEN);
    hub_xof_lanes_absorb(x, binder);
}

/* Begins this aggregator's part of the joint randomness, up to the measurement share. */
static void begin_part(const struct job *job)
{
    const struct hub_vdaf *v = job->v;
    size_t blind_at = hub_vdaf_input_share_len(v, job->agg_id) - HUB_PRIO3_SEED_LEN;
    const uint8_t binder[1] = {(uint8_t)job->agg_id};
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];

    find_in_shares(job, bytes, blind_at);
    seed_lanes(job, job->part, HUB_PRIO3_JOINT_RAND_PART, bytes, HUB_SPAN_ARRAY(binder));
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
        bytes[l] = in_lane(job, l)->nonce;
    hub_xof_lanes_absorb_each(job->part, bytes, HUB_VDAF_NONCE_LEN);
}

/* The leader's shares of measurement and proof, whose encoded elements are their words. */
static void take(const struct job *job)
{
    const struct hub_vdaf *v = job->v;
    size_t meas_words = v->meas_len * v->element_words;
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];

    if (job->query_lanes) {
        find_in_shares(job, bytes, 8 * meas_words);
        job->kernels->move->from_rows(job->proof_lanes, bytes, v->proof_len * v->element_words);
    }
    find_in_shares(job, bytes, 0);
    if (job->query_lanes)
        job->kernels->move->from_rows(job->meas_lanes, bytes, meas_words);
    if (v->joint_rand_len == 0)
        return;
    if (job->query_lanes)
        hub_xof_lanes_absorb_words(job->part, job->meas_lanes, meas_words);
    else
        hub_xof_lanes_absorb_each(job->part, bytes, 8 * meas_words);
}

/* The helper's shares of measurement and proof from its seeds. The words of the measurement share
 * are absorbed for the joint randomness as they come. */
static void expand(const struct job *job)
{
    const struct hub_vdaf *v = job->v;
    const uint8_t meas_binder[1] = {(uint8_t)job->agg_id};
    const uint8_t proof_binder[2] = {(uint8_t)v->n_proofs, (uint8_t)job->agg_id};
    const uint8_t *seeds[HUB_KECCAK_LANES_MAX];

    find_in_shares(job, seeds, 0);
    seed_lanes(job, job->x, HUB_PRIO3_MEAS_SHARE, seeds, HUB_SPAN_ARRAY(meas_binder));
    hub_prio3_last_vec_lanes(v, job->x, job->meas_lanes, v->meas_len,
                             v->joint_rand_len != 0 ? job->part : NULL);
    if (!job->query_lanes)
        to_rows(job, job->meas, job->meas_lanes, v->meas_len);

    seed_lanes(job, job->x, HUB_PRIO3_PROOF_SHARE, seeds, HUB_SPAN_ARRAY(proof_binder));
    hub_prio3_last_vec_lanes(v, job->x, job->proof_lanes, v->proof_len, NULL);
}

/* The seeds that follow from these parts and from the peers' parts of the public shares. */
static void find_seeds(const struct job *job, uint8_t *const *seeds, uint8_t *const *parts)
{
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];

    begin_lanes(job, job->x, HUB_PRIO3_JOINT_RAND_SEED);
    for (unsigned j = 0; j < job->v->n_shares; j++) {
        for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
            bytes[l] = j == job->agg_id
                           ? parts[l < job->n ? l : 0]
                           : in_lane(job, l)->public_share.ptr + (size_t)j * HUB_PRIO3_SEED_LEN;
        hub_xof_lanes_absorb_each(job->x, bytes, HUB_PRIO3_SEED_LEN);
    }
    hub_prio3_squeeze_seeds(job->x, seeds, job->n);
}

/* This aggregator's part of the joint randomness goes behind its verifier share, the seed into the
 * state. */
static void find_joint_rand(const struct job *job)
{
    const struct hub_vdaf *v = job->v;
    const uint8_t binder[1] = {(uint8_t)v->n_proofs};
    uint8_t *parts[HUB_KECCAK_LANES_MAX];
    uint8_t *seeds[HUB_KECCAK_LANES_MAX];
    const uint8_t *seeds_in[HUB_KECCAK_LANES_MAX];

    for (size_t l = 0; l < job->n; l++) {
        parts[l] = verifier_share_in_lane(job, l) + v->verifier_len * hub_vdaf_element_bytes(v);
        seeds[l] = state_in_lane(job, l) + hub_vdaf_out_share_len(v);
    }
    hub_prio3_squeeze_seeds(job->part, parts, job->n);
    find_seeds(job, seeds, parts);
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
        seeds_in[l] = seeds[l < job->n ? l : 0];
    seed_lanes(job, job->x, HUB_PRIO3_JOINT_RANDOMNESS, seeds_in, HUB_SPAN_ARRAY(binder));
    hub_prio3_last_vec_lanes(v, job->x, job->joint_rand_lanes, v->joint_rand_len, NULL);
}

static void find_query_rand(const struct job *job)
{
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];

    begin_lanes(job, job->x, HUB_PRIO3_QUERY_RANDOMNESS);
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
        bytes[l] = in_lane(job, l)->nonce;
    hub_xof_lanes_absorb_each(job->x, bytes, HUB_VDAF_NONCE_LEN);
    hub_prio3_last_vec_lanes(job->v, job->x, job->query_rand_lanes, job->v->query_rand_len, NULL);
}

/* The verifier share of the report in one lane. */
static uint8_t query_row(const struct job *job, size_t lane)
{
    const struct hub_vdaf *v = job->v;
    size_t row = lane * v->element_words;
    const uint64_t *proofs = job->proof + row * v->proof_len;
    const uint64_t *query_rands = job->query_rand + row * v->query_rand_len;
    const uint64_t *joint_rands = job->joint_rand + row * v->joint_rand_len;

    for (unsigned k = 0; k < v->n_proofs; k++) {
        if (!v->circuit->query(
                v, job->scratch, job->verifier + hub_prio3_of_proof(v, v->verifier_len, k),
                job->meas + row * v->meas_len, proofs + hub_prio3_of_proof(v, v->proof_len, k),
                query_rands + hub_prio3_of_proof(v, v->query_rand_len, k),
                joint_rands + hub_prio3_of_proof(v, v->joint_rand_len, k)))
            return HUB_VDAF_BAD_TEST_POINT;
    }
    hub_prio3_encode(v, verifier_share_in_lane(job, lane), job->verifier, v->verifier_len);
    return HUB_VDAF_ACCEPTED;
}

/* Verifier shares and out shares of the group, report by report. */
static void query_rows(const struct job *job)
{
    const struct hub_vdaf *v = job->v;

    if (job->agg_id != HUB_VDAF_LEADER)
        to_rows(job, job->proof, job->proof_lanes, v->proof_len);
    to_rows(job, job->joint_rand, job->joint_rand_lanes, v->joint_rand_len);
    to_rows(job, job->query_rand, job->query_rand_lanes, v->query_rand_len);
    for (size_t l = 0; l < job->n; l++) {
        uint8_t *verdict = &job->verdict[job->reports[l]];

        *verdict = query_row(job, l);
        if (*verdict != HUB_VDAF_ACCEPTED)
            continue;
        v->circuit->truncate(v, job->output, job->meas + l * v->element_words * v->meas_len);
        hub_prio3_encode(v, state_in_lane(job, l), job->output, v->output_len);
    }
}

/* The same in lanes. What lanes without a report, or with a query point that is a root, come to is
 * written where it is of no use. */
static void query_lanes(const struct job *job)
{
    const struct hub_vdaf *v = job->v;
    const struct hub_lane_moves *move = job->kernels->move;
    size_t step = job->kernels->lanes;
    const uint64_t *output = v->truncate_lanes != NULL ? job->output_lanes : job->meas_lanes;
    uint8_t *shares[HUB_KECCAK_LANES_MAX];
    uint8_t *states[HUB_KECCAK_LANES_MAX];
    unsigned at_root = 0;

    for (unsigned k = 0; k < v->n_proofs; k++)
        at_root |= v->query_lanes(
            v, job->scratch, job->verifier_lanes + step * hub_prio3_of_proof(v, v->verifier_len, k),
            job->meas_lanes, job->proof_lanes + step * hub_prio3_of_proof(v, v->proof_len, k),
            job->query_rand_lanes + step * hub_prio3_of_proof(v, v->query_rand_len, k),
            job->joint_rand_lanes + step * hub_prio3_of_proof(v, v->joint_rand_len, k));
    if (v->truncate_lanes != NULL)
        v->truncate_lanes(v, job->output_lanes, job->meas_lanes);
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++) {
        bool is_good = l < job->n && (at_root >> l & 1) == 0;

        shares[l] = is_good ? verifier_share_in_lane(job, l) : (uint8_t *)job->verifier;
        states[l] = is_good ? state_in_lane(job, l) : (uint8_t *)job->output;
        if (l < job->n && !is_good)
            job->verdict[job->reports[l]] = HUB_VDAF_BAD_TEST_POINT;
    }
    move->to_rows(shares, job->verifier_lanes, v->verifier_len * v->element_words);
    move->to_rows(states, output, v->output_len * v->element_words);
}

/* Verifies the group and empties it. */
static void verify_group(struct job *job)
{
    const struct hub_vdaf *v = job->v;

    if (job->n == 0)
        return;
    if (v->joint_rand_len != 0)
        begin_part(job);
    if (job->agg_id != HUB_VDAF_LEADER)
        expand(job);
    else
        take(job);
    if (v->joint_rand_len != 0)
        find_joint_rand(job);
    find_query_rand(job);
    if (job->query_lanes)
        query_lanes(job);
    else
        query_rows(job);
    job->n = 0;
}

/* The leader's shares, into the rows of the next lane if there are any. */
static bool decode_shares(const struct job *job, const uint8_t *bytes)
{
    const struct hub_vdaf *v = job->v;
    size_t row = job->n * v->element_words;
    const uint8_t *proof = bytes + v->meas_len * hub_vdaf_element_bytes(v);

    if (job->query_lanes)
        return hub_prio3_decodes(v, bytes, v->meas_len + v->proof_len);
    return hub_prio3_decode(v, job->meas + row * v->meas_len, bytes, v->meas_len) &&
           hub_prio3_decode(v, job->proof + row * v->proof_len, proof, v->proof_len);
}

/* Checks what is known from the messages alone. */
static uint8_t decode(const struct job *job, const struct hub_verify_in *in)
{
    const struct hub_vdaf *v = job->v;

    if (in->public_share.len != hub_vdaf_public_share_len(v))
        return HUB_VDAF_BAD_PUBLIC_SHARE;
    if (in->input_share.len != hub_vdaf_input_share_len(v, job->agg_id))
        return HUB_VDAF_BAD_INPUT_SHARE;
    if (job->agg_id == HUB_VDAF_LEADER && !decode_shares(job, in->input_share.ptr))
        return HUB_VDAF_BAD_INPUT_SHARE;
    return HUB_VDAF_ACCEPTED;
}

/* NOLINTBEGIN(readability-non-const-parameter): kept, and written through job */
void hub_vdaf_verify_init(const struct hub_vdaf *v, void *workspace, size_t n, unsigned agg_id,
                          hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                          uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states)
/* NOLINTEND(readability-non-const-parameter) */
{
    HUB_CLEANUP(hub_xof_lanes_wipe) struct hub_xof_lanes x;
    HUB_CLEANUP(hub_xof_lanes_wipe) struct hub_xof_lanes part;
    struct job job = {
        .v = v,
        .kernels = hub_prio3_kernels(v, n),
        .agg_id = agg_id,
        .x = &x,
        .part = &part,
        .in = in,
        .verdict = verdict,
        .verifier_shares = verifier_shares,
        .states = states,
    };

    job.query_lanes = v->query_lanes != NULL && job.kernels->lanes != 1;
    assert(agg_id < v->n_shares && verify_key.len == HUB_VDAF_VERIFY_KEY_LEN);
    lay_out(&job, workspace);
    begin_streams(&job, verify_key, ctx);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        verdict[i] = decode(&job, &in[i]);
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        job.reports[job.n++] = i;
        if (job.n == job.kernels->lanes)
            verify_group(&job);
    }
    verify_group(&job);
    hub_xof_wipe(&job.beginnings[HUB_PRIO3_QUERY_RANDOMNESS]); /* it began with the key */
}
