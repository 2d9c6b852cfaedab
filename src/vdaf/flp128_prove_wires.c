/* Proving over Field128 wire by wire (VDAF draft-20, section "FLP Construction"): for circuits of
 * very many calls, for which flp128_prove.c would take longer. */
#include "vdaf/flp128_internal.h"

/* Two wires of 2p values, powers of the joint randomness, and the sums. */
struct scratch {
    hub_fe128 *left; /* p at the even points, p at the odd ones */
    hub_fe128 *right;
    hub_factor128 *r;     /* calls: the joint randomness */
    hub_factor128 *power; /* calls: its power for wires 2j and 2j + 1 */
    hub_acc128 *sums;     /* 2p, even points first */
};

static struct scratch lay_out(const struct hub_vdaf *v, uint64_t *words)
{
    size_t p = v->domain128.p;
    struct scratch s;

    s.sums = (hub_acc128 *)(void *)words;
    s.left = (hub_fe128 *)(void *)(s.sums + 2 * p);
    s.right = s.left + 2 * p;
    s.r = (hub_factor128 *)(void *)(s.right + 2 * p);
    s.power = s.r + v->calls;
    return s;
}

size_t hub_flp128_wires_words(const struct hub_vdaf *v)
{
    size_t p = v->domain128.p;

    return (2 * p * sizeof(hub_acc128) + (4 * p + 2 * v->calls) * sizeof(hub_fe128)) / 8;
}

/* Fills wires 2j and 2j + 1 with their seeds and with what they carry at each call: element j of
 * the call's chunk times r^(j + 1), and that element minus one. */
static void fill_wires(const struct hub_vdaf *v, const struct scratch *s, size_t j,
                       const hub_fe128 *meas, const hub_fe128 *seeds)
{
    size_t p = v->domain128.p;

    memset(s->left, 0, p * sizeof(*s->left));
    memset(s->right, 0, p * sizeof(*s->right)); /* behind the calls */
    memset(s->right, 0, p * sizeof(*s->right));
    s->left[0] = seeds[2 * j];
    s->right[0] = seeds[2 * j + 1];
    for (size_t k = 0; k < v->calls; k++) {
        size_t at = k * v->params.chunk_length + j;
        hub_fe128 m = at < v->meas_len ? meas[at] : HUB_FE128_ZERO;

        s->power[k] = hub_factor128_mul(s->power[k], s->r[k]);
        s->left[1 + k] = hub_fe128_scale(m, s->power[k]);
        s->right[1 + k] = hub_fe128_sub(m, HUB_FE128_ONE);
    }
}

void hub_flp128_prove_wires(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                            const uint64_t *meas, const uint64_t *prove_rand,
                            const uint64_t *joint_rand)
{
    const struct hub_domain128 *d = &v->domain128;
    const struct scratch s = lay_out(v, scratch);
    hub_fe128 *out = hub_fe128_view(proof);
    hub_fe128 *gadget = out + v->arity;

    memcpy(proof, prove_rand, v->arity * sizeof(*out));
    memset(s.sums, 0, 2 * d->p * sizeof(*s.sums));
    for (size_t k = 0; k < v->calls; k++) {
        s.r[k] = hub_fe128_factor(hub_fe128_view_const(joint_rand)[k]);
        s.power[k] = HUB_FACTOR128_ONE;
    }
    for (size_t j = 0; j < v->params.chunk_length; j++) {
        fill_wires(v, &s, j, hub_fe128_view_const(meas), out);
        hub_domain128_double_c(d, s.left + d->p, s.left);
        hub_domain128_double_c(d, s.right + d->p, s.right);
        for (size_t i = 0; i < 2 * d->p; i++)
            hub_acc128_add_product(&s.sums[i], s.left[i], s.right[i]);
    }
    for (size_t i = 0; i < 2 * d->p - 1; i++)
        gadget[i] = hub_acc128_reduce(s.sums[i / 2 + (i % 2) * d->p]);
}
