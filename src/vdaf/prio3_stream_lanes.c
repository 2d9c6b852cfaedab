/* The streams of several reports at once (VDAF draft-20, section "Prio3", auxiliary functions). */
#include "vdaf/prio3_internal.h"

void hub_prio3_begin(const struct hub_vdaf *v, struct hub_xof *x, enum hub_prio3_usage usage,
                     hub_span ctx)
{
    static const uint8_t zeros[HUB_PRIO3_SEED_LEN];
    uint8_t tag[HUB_PRIO3_TAG_LEN];

    hub_prio3_tag(v, tag, usage);
    hub_xof_begin(x, HUB_PRIO3_SEED_LEN, HUB_SPAN_ARRAY(tag), ctx);
    if (usage == HUB_PRIO3_JOINT_RAND_SEED)
        hub_xof_absorb(x, HUB_SPAN_ARRAY(zeros));
}

void hub_prio3_last_vec_lanes(const struct hub_vdaf *v, struct hub_xof_lanes *x, uint64_t *out,
                              size_t n, struct hub_xof_lanes *to)
{
    if (v->element_words == 2)
        hub_xof_lanes_last_field128(x, out, n, to);
    else
        hub_xof_lanes_last_field64(x, out, n, to);
}

void hub_prio3_squeeze_seeds(struct hub_xof_lanes *x, uint8_t *const *out, size_t n)
{
    uint64_t words[HUB_PRIO3_SEED_LEN / 8 * HUB_KECCAK_LANES_MAX];
    size_t lanes = x->sponge.kernels->lanes;

    hub_xof_lanes_squeeze_words(x, words, HUB_PRIO3_SEED_LEN / 8);
    for (size_t l = 0; l < n; l++) {
        for (size_t i = 0; i < HUB_PRIO3_SEED_LEN / 8; i++)
            hub_field64_encode(out[l] + 8 * i, &words[i * lanes + l], 1);
    }
}
