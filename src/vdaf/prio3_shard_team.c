/* The streams of one sharding (VDAF draft-20, section "Prio3", sharding), permuted together: while
 * the helper's measurement share is squeezed, the parts of the joint randomness absorb what is
 * there of it and of the leader's, one block behind; in the lane that is left, the prover's
 * randomness and then the helper's proof share are squeezed. */
#include "vdaf/prio3_shard_internal.h"

#include "base/declassify.h"
#include "keccak/turboshake128_team.h"

enum {
    MEAS_LANE,
    PARTS_LANE, /* the leader's; the helper's is the next one */
    REST_LANE = PARTS_LANE + HUB_VDAF_N_SHARES,
    N_LANES,
    DOMAIN = 1 /* of XofTurboShake128 */
};

/* A stream that is squeezed. */
struct giver {
    unsigned lane;
    uint64_t *words;
    size_t n;
    size_t got;
};

/* A stream that absorbs a measurement share. */
struct taker {
    unsigned lane;
    const uint8_t *bytes;
    size_t taken;
    bool finished;
    bool done;
    uint8_t *part;
};

struct run {
    const struct hub_prio3_sharding *s;
    struct hub_turboshake128_team team;
    struct giver meas;
    struct giver prove_rand;
    struct giver proof_share;
    size_t n_ready; /* elements of both measurement shares */
    struct taker takers[HUB_VDAF_N_SHARES];
};

static void run_wipe(struct run *r)
{
    hub_wipe(&r->team, sizeof(r->team));
}

static void start_giver(struct run *r, struct giver *g, struct hub_xof *x)
{
    hub_turboshake128_finish(&x->sponge, DOMAIN);
    hub_turboshake128_team_join(&r->team, g->lane, &x->sponge);
}

/* False if the leader's stream could have to wait for an element that is not there as a whole: they
 * come block by block, and up to 8 bytes less. */
static bool start_takers(struct run *r)
{
    const struct hub_prio3_sharding *s = r->s;
    bool in_step = true;

    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

        hub_prio3_joint_rand_part_xof(s->v, &x, j, hub_prio3_blind(s, j), s->nonce, s->ctx);
        in_step = in_step && x.sponge.at >= hub_vdaf_element_bytes(s->v);
        hub_turboshake128_team_join(&r->team, r->takers[j].lane, &x.sponge);
    }
    return in_step;
}

/* True if that was all of it. */
static bool give(struct run *r, struct giver *g)
{
    g->got +=
        hub_turboshake128_team_squeeze_words(&r->team, g->lane, g->words + g->got, g->n - g->got);
    if (g->got < g->n)
        return false;
    hub_turboshake128_team_leave(&r->team, g->lane);
    return true;
}

/* What is new of the helper's share gives the leader's; both are encoded. False if a word must be
 * skipped. */
static bool extend_shares(struct run *r, uint8_t *leader_share)
{
    const struct hub_prio3_sharding *s = r->s;
    size_t n = r->meas.got / s->v->element_words - r->n_ready;
    size_t at = r->n_ready * s->v->element_words;

    if (!hub_prio3_are_elements(s->v, s->meas_share + at, n))
        return false;
    hub_prio3_sub_vec(s->v, s->leader_meas + at, s->meas + at, s->meas_share + at, n);
    hub_prio3_encode(s->v, (uint8_t *)(s->encoded + at), s->meas_share + at, n);
    hub_prio3_encode(s->v, leader_share + 8 * at, s->leader_meas + at, n);
    r->n_ready += n;
    return true;
}

static void take(struct run *r, struct taker *t)
{
    size_t element = hub_vdaf_element_bytes(r->s->v);
    uint64_t words[HUB_PRIO3_SEED_LEN / 8];

    if (t->finished) {
        (void)hub_turboshake128_team_squeeze_words(&r->team, t->lane, words,
                                                   HUB_PRIO3_SEED_LEN / 8);
        hub_field64_encode(t->part, words, HUB_PRIO3_SEED_LEN / 8);
        hub_turboshake128_team_leave(&r->team, t->lane);
        t->done = true;
        return;
    }
    t->taken += hub_turboshake128_team_absorb(
        &r->team, t->lane, hub_span_of(t->bytes + t->taken, r->n_ready * element - t->taken));
    if (t->taken == r->s->v->meas_len * element)
        t->finished = hub_turboshake128_team_finish(&r->team, t->lane, DOMAIN);
}

/* The prover's randomness, and behind it the proof share, in the same lane. */
static bool give_rest(struct run *r)
{
    const struct hub_prio3_sharding *s = r->s;

    if (r->prove_rand.got < r->prove_rand.n) {
        if (give(r, &r->prove_rand)) {
            HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

            hub_prio3_proof_share_xof(s->v, &x, HUB_VDAF_HELPER,
                                      hub_prio3_helper_seed(s, HUB_VDAF_HELPER), s->ctx);
            start_giver(r, &r->proof_share, &x);
        }
        return false;
    }
    return r->proof_share.got == r->proof_share.n || give(r, &r->proof_share);
}

static bool start(struct run *r)
{
    const struct hub_prio3_sharding *s = r->s;
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof meas;
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof prove_rand;

    hub_turboshake128_team_init(&r->team, &s->v->keccak_team);
    hub_prio3_meas_share_xof(s->v, &meas, HUB_VDAF_HELPER,
                             hub_prio3_helper_seed(s, HUB_VDAF_HELPER), s->ctx);
    hub_prio3_prove_rand_xof(s->v, &prove_rand, hub_prio3_prove_seed(s), s->ctx);
    start_giver(r, &r->meas, &meas);
    start_giver(r, &r->prove_rand, &prove_rand);
    hub_turboshake128_team_permute(&r->team); /* the parts have nothing to absorb before that */
    return s->v->joint_rand_len == 0 || start_takers(r);
}

static bool run_all(struct run *r, uint8_t *leader_share)
{
    for (;;) {
        bool done = give_rest(r);

        if (r->meas.got < r->meas.n) {
            (void)give(r, &r->meas);
            if (!extend_shares(r, leader_share))
                return false;
            done = done && r->meas.got == r->meas.n;
        }
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            if (!r->takers[j].done)
                take(r, &r->takers[j]);
            done = done && r->takers[j].done;
        }
        if (done)
            return true;
        hub_turboshake128_team_permute(&r->team);
    }
}

bool hub_prio3_shard_team(const struct hub_prio3_sharding *s, uint8_t *public_share,
                          uint8_t *leader_share)
{
    const struct hub_vdaf *v = s->v;
    const size_t words = v->element_words;
    HUB_CLEANUP(run_wipe)
    struct run r = {
        .s = s,
        .meas = {MEAS_LANE, s->meas_share, v->meas_len * words, 0},
        .prove_rand = {REST_LANE, s->prove_rand, v->prove_rand_len * words, 0},
        .proof_share = {REST_LANE, s->proof_share, v->proof_len * words, 0},
    };

    if (v->n_shares != HUB_VDAF_N_SHARES || v->keccak_team.lanes < N_LANES)
        return false;
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        struct taker *t = &r.takers[j];

        t->lane = PARTS_LANE + j;
        t->bytes = j == HUB_VDAF_LEADER ? leader_share : (const uint8_t *)s->encoded;
        t->part = public_share + (size_t)j * HUB_PRIO3_SEED_LEN;
        t->done = v->joint_rand_len == 0;
    }
    return start(&r) && run_all(&r, leader_share) &&
           hub_prio3_are_elements(v, s->prove_rand, v->prove_rand_len) &&
           hub_prio3_are_elements(v, s->proof_share, v->proof_len);
}
