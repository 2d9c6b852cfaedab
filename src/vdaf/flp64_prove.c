/* Proving over Field64 (VDAF draft-20, section "FLP Construction"): wire seeds, then the gadget
 * polynomial's values at the first gadget_len of the 2p-th roots. */
#include "vdaf/flp64_internal.h"

void hub_flp64_wires(const struct hub_vdaf *v, hub_fe64 *wires, const hub_fe64 *meas,
                     const hub_fe64 *seeds)
{
    const struct hub_domain64 *d = &v->domain64;

    for (size_t j = 0; j < v->arity; j++) {
        hub_fe64 *even = wires + 2 * d->p * j;

        memset(even, 0, d->p * sizeof(*even));
        even[0] = seeds[j];
        memcpy(even + 1, meas, v->calls * sizeof(*even));
        hub_domain64_double_c(d, even + d->p, even);
    }
}

void hub_flp64_prove_polynomial(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *proof,
                                const hub_fe64 *meas, const hub_fe64 *seeds,
                                hub_fe64 (*gadget)(hub_fe64 x))
{
    size_t p = v->domain64.p;

    hub_flp64_wires(v, scratch, meas, seeds);
    proof[0] = seeds[0];
    for (size_t i = 0; i < v->gadget_len; i++)
        proof[1 + i] = gadget(scratch[i / 2 + (i % 2) * p]); /* even points, then odd ones */
}

/* Fills wires 2j and 2j + 1 with their seeds and with what they carry at each call: element j of
 * the call's chunk times r^(j + 1), and that element minus one. power[k], r^j before, is advanced.
 */
static void fill_wires(const struct hub_vdaf *v, hub_fe64 *left, hub_fe64 *right, hub_fe64 *power,
                       size_t j, const hub_fe64 *meas, const hub_fe64 *seeds,
                       const hub_fe64 *joint_rand)
{
    size_t p = v->domain64.p;

    memset(left, 0, p * sizeof(*left));
    memset(right, 0, p * sizeof(*right));
    left[0] = seeds[2 * j];
    right[0] = seeds[2 * j + 1];
    for (size_t k = 0; k < v->calls; k++) {
        size_t at = k * v->params.chunk_length + j;
        hub_fe64 m = at < v->meas_len ? meas[at] : 0;

        power[k] = hub_fe64_mul(power[k], joint_rand[k]);
        left[1 + k] = hub_fe64_mul(m, power[k]);
        right[1 + k] = hub_fe64_sub(m, 1);
    }
}

void hub_flp64_prove_chunks(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                            const uint64_t *meas, const uint64_t *prove_rand,
                            const uint64_t *joint_rand)
{
    const struct hub_domain64 *d = &v->domain64;
    hub_fe64 *left = scratch; /* p at the even points, p at the odd ones */
    hub_fe64 *right = left + 2 * d->p;
    hub_fe64 *sums = right + 2 * d->p; /* the same */
    hub_fe64 *power = sums + 2 * d->p;

    memcpy(proof, prove_rand, v->arity * sizeof(*proof));
    memset(sums, 0, 2 * d->p * sizeof(*sums));
    for (size_t k = 0; k < v->calls; k++)
        power[k] = 1;
    for (size_t j = 0; j < v->params.chunk_length; j++) {
        fill_wires(v, left, right, power, j, meas, prove_rand, joint_rand);
        hub_domain64_double_c(d, left + d->p, left);
        hub_domain64_double_c(d, right + d->p, right);
        for (size_t i = 0; i < 2 * d->p; i++)
            sums[i] = hub_fe64_add(sums[i], hub_fe64_mul(left[i], right[i]));
    }
    for (size_t i = 0; i < v->gadget_len; i++)
        proof[v->arity + i] = sums[i / 2 + (i % 2) * d->p];
}
