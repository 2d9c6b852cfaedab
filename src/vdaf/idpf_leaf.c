/* The last level of the IDPF, whose streams are XofTurboShake128: in lanes across nodes, all of
 * which have one tag and one nonce. */
#include "vdaf/idpf_internal.h"
#include "xof/field255.h"
#include "xof/turboshake_lanes.h"

/* Words of a stream: both children's seeds; a seed that nobody needs and the values. */
enum {
    KEY = HUB_IDPF_KEY_LEN,
    SEED_WORDS = 2,
    EXTEND_WORDS = 2 * SEED_WORDS,
    ELEMENT_WORDS = 4,
    CONVERT_WORDS = SEED_WORDS + HUB_IDPF_VALUES * ELEMENT_WORDS,
    FEW = 2 /* so many nodes take the plain way: lanes would be idle */
};

/* What all nodes of a level have in common. */
struct leaf_level {
    struct hub_idpf *d;
    struct hub_idpf_correction cw;
    hub_fe255 correction[HUB_IDPF_VALUES];
    unsigned agg_id;
    const uint8_t *nonce;
    hub_span ctx;
};

/* The child's seed in place of its parent's. */
static void extend_one(const struct leaf_level *l, size_t i)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    uint8_t *seed = l->d->seeds + KEY * i;
    uint8_t children[2 * KEY];

    hub_idpf_leaf_xof(&x, HUB_IDPF_EXTEND, seed, l->nonce, l->ctx);
    hub_xof_squeeze(&x, children, sizeof(children));
    memcpy(seed, children + KEY * (size_t)l->d->bit[i], KEY);
    hub_wipe(children, sizeof(children));
}

static void convert_one(const struct leaf_level *l, size_t i)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof x;
    uint8_t next_seed[KEY];

    hub_idpf_leaf_xof(&x, HUB_IDPF_CONVERT, l->d->seeds + KEY * i, l->nonce, l->ctx);
    hub_xof_squeeze(&x, next_seed, sizeof(next_seed));
    hub_xof_next_field255(&x, l->d->leaf + HUB_IDPF_VALUES * i, HUB_IDPF_VALUES);
    hub_wipe(next_seed, sizeof(next_seed));
}

/* Words of the streams of m nodes from at on, in lanes; idle lanes repeat the first node. */
static void squeeze_lanes(const struct leaf_level *l, uint64_t *words, size_t n_words,
                          enum hub_idpf_usage usage, size_t at, size_t m)
{
    HUB_CLEANUP(hub_xof_lanes_wipe) struct hub_xof_lanes x;
    const uint8_t *seeds[HUB_KECCAK_LANES_MAX];
    uint8_t tag[HUB_IDPF_TAG_LEN];

    for (size_t i = 0; i < l->d->keccak.lanes; i++)
        seeds[i] = l->d->seeds + KEY * (at + (i < m ? i : 0));
    hub_idpf_write_tag(tag, usage);
    hub_xof_lanes_init(&x, &l->d->keccak, seeds, KEY, HUB_SPAN_ARRAY(tag), l->ctx);
    hub_xof_lanes_absorb(&x, hub_span_of(l->nonce, HUB_IDPF_NONCE_LEN));
    hub_xof_lanes_squeeze_words(&x, words, n_words);
}

static void extend_lanes(const struct leaf_level *l, size_t at, size_t m)
{
    const size_t lanes = l->d->keccak.lanes;
    uint64_t words[EXTEND_WORDS * HUB_KECCAK_LANES_MAX];

    squeeze_lanes(l, words, EXTEND_WORDS, HUB_IDPF_EXTEND, at, m);
    for (size_t i = 0; i < m; i++) {
        const uint64_t *child = words + SEED_WORDS * lanes * l->d->bit[at + i] + i;
        const uint64_t seed[SEED_WORDS] = {child[0], child[lanes]};

        hub_field64_encode(l->d->seeds + KEY * (at + i), seed, SEED_WORDS); /* words are words */
    }
    hub_wipe(words, sizeof(words));
}

/* A lane whose words are no elements is drawn again for itself. */
static void convert_lanes(const struct leaf_level *l, size_t at, size_t m)
{
    const size_t lanes = l->d->keccak.lanes;
    uint64_t words[CONVERT_WORDS * HUB_KECCAK_LANES_MAX];

    squeeze_lanes(l, words, CONVERT_WORDS, HUB_IDPF_CONVERT, at, m);
    for (size_t i = 0; i < m; i++) {
        hub_fe255 *values = l->d->leaf + HUB_IDPF_VALUES * (at + i);
        const uint64_t *from = words + SEED_WORDS * lanes + i;

        for (size_t j = 0; j < (size_t)HUB_IDPF_VALUES * ELEMENT_WORDS; j++, from += lanes)
            values[j / ELEMENT_WORDS].w[j % ELEMENT_WORDS] = *from;
        if (hub_field255_sample(values, HUB_IDPF_VALUES) != HUB_IDPF_VALUES)
            convert_one(l, at + i);
    }
    hub_wipe(words, sizeof(words));
}

/* The correction where the control bit is 1; negated at the helper. */
static void finish(const struct leaf_level *l, size_t i)
{
    hub_fe255 *value = l->d->leaf + HUB_IDPF_VALUES * i;

    for (unsigned j = 0; j < HUB_IDPF_VALUES; j++) {
        hub_fe255 v = hub_fe255_select(value[j], hub_fe255_add(value[j], l->correction[j]),
                                       hub_mask64(l->d->ctrl[i]));

        value[j] = l->agg_id == 0 ? v : hub_fe255_neg(v);
    }
}

static void run(const struct leaf_level *l, size_t at, size_t m)
{
    const bool in_lanes = m > FEW && l->d->keccak.lanes > 1;

    if (in_lanes)
        extend_lanes(l, at, m);
    for (size_t i = at; i < at + m; i++) {
        if (!in_lanes)
            extend_one(l, i);
        hub_idpf_correct(l->d->seeds + KEY * i, &l->d->ctrl[i], l->d->bit[i], &l->cw);
    }
    if (in_lanes)
        convert_lanes(l, at, m);
    for (size_t i = at; i < at + m; i++) {
        if (!in_lanes)
            convert_one(l, i);
        finish(l, i);
    }
}

void hub_idpf_end_leaf(struct hub_idpf *d, size_t n, unsigned agg_id, const uint8_t *public_share,
                       const uint8_t *nonce, hub_span ctx)
{
    const unsigned level = d->bits - 1;
    struct leaf_level l = {.d = d,
                           .cw = hub_idpf_correction_at(public_share, d->bits, level),
                           .agg_id = agg_id,
                           .nonce = nonce,
                           .ctx = ctx};
    const size_t step = d->keccak.lanes;

    (void)!hub_field255_decode(l.correction, public_share + hub_idpf_values_at(d->bits, level),
                               HUB_IDPF_VALUES);
    for (size_t at = 0; at < n; at += step)
        run(&l, at, n - at < step ? n - at : step);
}
