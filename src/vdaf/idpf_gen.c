/* Makes both keys' public share along the path of a measurement (VDAF draft-20, section "The IDPF
 * of BBCGGI21", gen). The path is secret: both children are made at each level, and chosen by
 * masks. */
#include "base/mask.h"
#include "vdaf/idpf_internal.h"
#include "xof/field255.h"

enum { KEY = HUB_IDPF_KEY_LEN };

/* Both parties' node on the path. */
struct path {
    uint8_t seed[2][KEY];
    uint8_t ctrl[2];
};

/* The children of a node: two seeds with their lowest bit taken out as t. */
struct children {
    uint8_t seed[2][KEY];
    uint8_t t[2];
};

static void extend(struct hub_idpf *d, struct children *c, bool is_leaf, const uint8_t *seed,
                   const uint8_t *nonce, hub_span ctx)
{
    if (is_leaf) {
        HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

        hub_idpf_leaf_xof(&x, HUB_IDPF_EXTEND, seed, nonce, ctx);
        hub_xof_squeeze(&x, c->seed[0], sizeof(c->seed));
    } else {
        memcpy(c->seed[0], seed, KEY);
        memcpy(c->seed[1], seed, KEY);
        c->seed[1][0] ^= 1;
        hub_fixed_key_hash(&d->extend_key, c->seed[0], c->seed[0], 2);
    }
    for (unsigned k = 0; k < 2; k++) {
        c->t[k] = c->seed[k][0] & 1;
        c->seed[k][0] &= 0xfe;
    }
}

/* out = a for bit 0, b for 1. */
static void choose(uint8_t out[KEY], const uint8_t a[KEY], const uint8_t b[KEY], unsigned bit)
{
    uint8_t mask = (uint8_t)hub_mask64(bit);

    for (unsigned i = 0; i < KEY; i++)
        out[i] = (uint8_t)(a[i] ^ ((a[i] ^ b[i]) & mask));
}

static uint8_t choose_bit(const uint8_t pair[2], unsigned bit)
{
    return (uint8_t)(pair[0] ^ ((pair[0] ^ pair[1]) & hub_mask64(bit)));
}

/* Writes the level's correction word without its values, and takes both parties to the child on
 * the path: their seeds there are those from which the values come. */
static void descend(struct path *path, uint8_t *public_share, unsigned bits, unsigned level,
                    const struct children c[2], unsigned bit)
{
    uint8_t *seed_cw = public_share + hub_idpf_seed_at(bits, level);
    uint8_t lost[2][KEY];
    uint8_t ctrl_cw[2];

    for (unsigned p = 0; p < 2; p++) {
        choose(lost[p], c[p].seed[1], c[p].seed[0], bit);
        choose(path->seed[p], c[p].seed[0], c[p].seed[1], bit);
    }
    for (unsigned i = 0; i < KEY; i++)
        seed_cw[i] = lost[0][i] ^ lost[1][i];
    ctrl_cw[0] = (uint8_t)(c[0].t[0] ^ c[1].t[0] ^ bit ^ 1);
    ctrl_cw[1] = (uint8_t)(c[0].t[1] ^ c[1].t[1] ^ bit);
    public_share[level / 4] =
        (uint8_t)(public_share[level / 4] | (ctrl_cw[0] | ctrl_cw[1] << 1) << (2 * (level % 4)));
    for (unsigned p = 0; p < 2; p++) {
        uint8_t mask = (uint8_t)hub_mask64(path->ctrl[p]);

        for (unsigned i = 0; i < KEY; i++)
            path->seed[p][i] = (uint8_t)(path->seed[p][i] ^ (seed_cw[i] & mask));
        path->ctrl[p] =
            (uint8_t)(choose_bit(c[p].t, bit) ^ (path->ctrl[p] & choose_bit(ctrl_cw, bit)));
    }
    hub_wipe(lost, sizeof(lost));
}

/* beta - w0 + w1, negated where party 1 will add it. */
static void convert_inner(struct hub_idpf *d, struct path *path, uint8_t *values,
                          const hub_fe64 *beta)
{
    hub_fe64 w[2][HUB_IDPF_VALUES];

    for (unsigned p = 0; p < 2; p++) {
        HUB_CLEANUP(hub_fixed_key_stream_wipe) struct hub_fixed_key_stream s;

        hub_fixed_key_stream_init(&s, &d->convert_key, path->seed[p], 0);
        hub_fixed_key_squeeze(&s, path->seed[p], KEY);
        hub_fixed_key_next_field64(&s, w[p], HUB_IDPF_VALUES);
    }
    for (unsigned j = 0; j < HUB_IDPF_VALUES; j++) {
        hub_fe64 v = hub_fe64_add(hub_fe64_sub(beta[j], w[0][j]), w[1][j]);

        v ^= (v ^ hub_fe64_neg(v)) & hub_mask64(path->ctrl[1]);
        hub_field64_encode(values + (size_t)HUB_FIELD64_BYTES * j, &v, 1);
    }
    hub_wipe(w, sizeof(w));
}

static void convert_leaf(struct path *path, uint8_t *values, const hub_fe255 *beta,
                         const uint8_t *nonce, hub_span ctx)
{
    hub_fe255 w[2][HUB_IDPF_VALUES];

    for (unsigned p = 0; p < 2; p++) {
        HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;

        hub_idpf_leaf_xof(&x, HUB_IDPF_CONVERT, path->seed[p], nonce, ctx);
        hub_xof_squeeze(&x, path->seed[p], KEY);
        hub_xof_next_field255(&x, w[p], HUB_IDPF_VALUES);
    }
    for (unsigned j = 0; j < HUB_IDPF_VALUES; j++) {
        hub_fe255 v = hub_fe255_add(hub_fe255_sub(beta[j], w[0][j]), w[1][j]);

        v = hub_fe255_select(v, hub_fe255_neg(v), hub_mask64(path->ctrl[1]));
        hub_field255_encode(values + (size_t)HUB_FIELD255_BYTES * j, &v, 1);
    }
    hub_wipe(w, sizeof(w));
}

hub_status hub_idpf_gen(struct hub_idpf *d, uint8_t *public_share, const uint8_t *alpha,
                        const hub_fe64 *beta_inner, const hub_fe255 *beta_leaf,
                        const uint8_t nonce[HUB_IDPF_NONCE_LEN],
                        const uint8_t rand[HUB_IDPF_RAND_LEN], hub_span ctx)
{
    struct path path = {.ctrl = {0, 1}};
    struct children c[2];

    hub_idpf_start(d, nonce, ctx);
    memcpy(path.seed, rand, sizeof(path.seed));
    memset(public_share, 0, hub_idpf_ctrl_bytes(d->bits));
    for (unsigned level = 0; level < d->bits; level++) {
        const bool is_leaf = level == d->bits - 1;
        uint8_t *values = public_share + hub_idpf_values_at(d->bits, level);

        for (unsigned p = 0; p < 2; p++)
            extend(d, &c[p], is_leaf, path.seed[p], nonce, ctx);
        descend(&path, public_share, d->bits, level, c, hub_prefix_bit(alpha, level));
        if (is_leaf)
            convert_leaf(&path, values, beta_leaf, nonce, ctx);
        else
            convert_inner(d, &path, values, beta_inner + (size_t)HUB_IDPF_VALUES * level);
    }
    hub_wipe(&path, sizeof(path));
    hub_wipe(c, sizeof(c));
    return d->extend_key.has_failed || d->convert_key.has_failed ? HUB_E_CRYPTO : HUB_OK;
}
