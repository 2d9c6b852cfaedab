/* Shards a measurement: an IDPF whose values on the measurement's path are one and a random
 * authenticator k, and the correlated randomness (a, b, c, A, B) with which aggregators evaluate a
 * sketch of them (VDAF draft-20, section "Poplar1", sharding; BBCGGI21, appendix C.4). */
#include "base/declassify.h"
#include "vdaf/poplar1_internal.h"

/* The parts of rand. */
enum {
    IDPF_RAND_AT = 0,
    CORR_SEEDS_AT = HUB_IDPF_RAND_LEN,
    SHARD_SEED_AT = CORR_SEEDS_AT + 2 * HUB_XOF_SEED_LEN
};

/* The streams that a measurement's correlated randomness comes from. */
struct streams {
    struct hub_xof shard;
    struct hub_xof corr[HUB_VDAF_N_SHARES];
};

static void wipe_streams(struct streams *s)
{
    hub_wipe(s, sizeof(*s));
}

static void start_corr(struct streams *s, enum hub_poplar1_usage usage, const uint8_t *rand,
                       const uint8_t *nonce, hub_span ctx)
{
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
        hub_poplar1_corr_xof(&s->corr[j], usage, j,
                             rand + CORR_SEEDS_AT + (size_t)HUB_XOF_SEED_LEN * j, nonce, ctx);
}

/* Shares of A = -2a + k and B = a^2 + b - ak + c at one inner level. */
static void share_inner(struct streams *s, uint8_t *const input_shares[HUB_VDAF_N_SHARES],
                        unsigned level, hub_fe64 k)
{
    hub_fe64 t[2][3];
    hub_fe64 ab[2];
    hub_fe64 share[2];

    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
        hub_xof_next_field64(&s->corr[j], t[j], 3);
    hub_field64_add_vec_c(t[0], t[0], t[1], 3);
    const hub_fe64 a = t[0][0];
    ab[0] = hub_fe64_sub(k, hub_fe64_add(a, a));
    ab[1] = hub_fe64_add(hub_fe64_mul(a, hub_fe64_sub(a, k)), hub_fe64_add(t[0][1], t[0][2]));
    hub_xof_next_field64(&s->shard, share, 2);
    hub_field64_encode(input_shares[1] + hub_poplar1_corr_at(level), share, 2);
    hub_field64_sub_vec_c(share, ab, share, 2);
    hub_field64_encode(input_shares[0] + hub_poplar1_corr_at(level), share, 2);
    hub_wipe(t, sizeof(t));
    hub_wipe(ab, sizeof(ab));
    hub_wipe(share, sizeof(share));
}

/* The same at the last level. */
static void share_leaf(struct streams *s, uint8_t *const input_shares[HUB_VDAF_N_SHARES],
                       unsigned level, hub_fe255 k)
{
    hub_fe255 t[2][3];
    hub_fe255 ab[2];
    hub_fe255 share[2];

    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
        hub_xof_next_field255(&s->corr[j], t[j], 3);
    for (unsigned i = 0; i < 3; i++)
        t[0][i] = hub_fe255_add(t[0][i], t[1][i]);
    const hub_fe255 a = t[0][0];
    ab[0] = hub_fe255_sub(k, hub_fe255_add(a, a));
    ab[1] = hub_fe255_add(hub_fe255_mul(a, hub_fe255_sub(a, k)), hub_fe255_add(t[0][1], t[0][2]));
    hub_xof_next_field255(&s->shard, share, 2);
    hub_field255_encode(input_shares[1] + hub_poplar1_corr_at(level), share, 2);
    for (unsigned i = 0; i < 2; i++)
        share[i] = hub_fe255_sub(ab[i], share[i]);
    hub_field255_encode(input_shares[0] + hub_poplar1_corr_at(level), share, 2);
    hub_wipe(t, sizeof(t));
    hub_wipe(ab, sizeof(ab));
    hub_wipe(share, sizeof(share));
}

/* Draws the authenticators, the inner ones into p->beta_inner. */
static void draw_authenticators(struct hub_poplar1 *p, struct hub_xof *shard, hub_fe255 *leaf)
{
    hub_fe64 *beta = p->beta_inner;

    for (unsigned level = 0; level < p->bits - 1; level++, beta += HUB_IDPF_VALUES) {
        beta[0] = 1;
        hub_xof_next_field64(shard, &beta[1], 1);
    }
    hub_xof_next_field255(shard, leaf, 1);
}

/* Whether a bit behind the last one is set: no measurement has one, and the status tells. */
static bool has_more_bits(hub_span measurement, unsigned bits)
{
    bool has = bits % 8 != 0 && (measurement.ptr[measurement.len - 1] & (0xffU >> bits % 8)) != 0;

    hub_declassify(&has, sizeof(has));
    return has;
}

hub_status hub_poplar1_shard(struct hub_poplar1 *p, uint8_t *public_share,
                             uint8_t *const input_shares[HUB_VDAF_N_SHARES], hub_span measurement,
                             hub_span nonce, hub_span rand, hub_span ctx)
{
    HUB_CLEANUP(wipe_streams) struct streams s;
    hub_fe255 beta_leaf[HUB_IDPF_VALUES] = {{{1, 0, 0, 0}}};

    if (measurement.len != ((size_t)p->bits + 7) / 8 || nonce.len != HUB_VDAF_NONCE_LEN ||
        rand.len != HUB_POPLAR1_RAND_LEN)
        return HUB_E_ARGUMENT;
    if (has_more_bits(measurement, p->bits))
        return HUB_E_MEASUREMENT;

    hub_poplar1_xof(&s.shard, HUB_POPLAR1_SHARD_RAND,
                    hub_span_of(rand.ptr + SHARD_SEED_AT, HUB_XOF_SEED_LEN), ctx, nonce,
                    HUB_SPAN_EMPTY);
    draw_authenticators(p, &s.shard, &beta_leaf[1]);
    HUB_TRY(hub_idpf_gen(p->idpf, public_share, measurement.ptr, p->beta_inner, beta_leaf,
                         nonce.ptr, rand.ptr + IDPF_RAND_AT, ctx));
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        memcpy(input_shares[j], rand.ptr + IDPF_RAND_AT + (size_t)HUB_IDPF_KEY_LEN * j,
               HUB_IDPF_KEY_LEN);
        memcpy(input_shares[j] + HUB_POPLAR1_CORR_SEED_AT,
               rand.ptr + CORR_SEEDS_AT + (size_t)HUB_XOF_SEED_LEN * j, HUB_XOF_SEED_LEN);
    }
    start_corr(&s, HUB_POPLAR1_CORR_INNER, rand.ptr, nonce.ptr, ctx);
    for (unsigned level = 0; level < p->bits - 1; level++)
        share_inner(&s, input_shares, level, p->beta_inner[HUB_IDPF_VALUES * (size_t)level + 1]);
    start_corr(&s, HUB_POPLAR1_CORR_LEAF, rand.ptr, nonce.ptr, ctx);
    share_leaf(&s, input_shares, p->bits - 1, beta_leaf[1]);
    hub_wipe(beta_leaf, sizeof(beta_leaf));
    return HUB_OK;
}
