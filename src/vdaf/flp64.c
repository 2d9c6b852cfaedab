/* Proving and querying over Field64. The proof is arity wire seeds, then the gadget polynomial's
 * values at the first gadget_len of the 2p-th roots (VDAF draft-20, section "FLP Construction"). */
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

/* The value at the last of the 2p-th roots. A proof of degree 2 leaves it out: as the polynomial's
 * degree is below 2p - 1, the sum of value i times root i + 1 over all i vanishes. */
static hub_fe64 last_value(const struct hub_vdaf *v, const hub_fe64 *gadget)
{
    size_t last = 2 * v->domain64.p - 1;

    if (v->gadget_len > last)
        return gadget[last];
    return hub_fe64_neg(hub_field64_dot_c(gadget, 1, v->domain64.roots + 1, last));
}

/* P(t) = ((1 + t^p) E + (1 - t^p) O) / 2 with E and O what the even and the odd points alone would
 * give. */
hub_fe64 hub_flp64_gadget_at(const struct hub_vdaf *v, const hub_fe64 *gadget, const hub_fe64 *even,
                             const hub_fe64 *odd, hub_fe64 t_power)
{
    const struct hub_domain64 *d = &v->domain64;
    const hub_fe64 half = (HUB_FIELD64_P + 1) / 2;
    hub_fe64 last = last_value(v, gadget);
    hub_fe64 at_even = hub_field64_dot_c(gadget, 2, even, d->p);
    hub_fe64 at_odd = hub_fe64_add(hub_field64_dot_c(gadget + 1, 2, odd, d->p - 1),
                                   hub_fe64_mul(last, odd[d->p - 1]));

    at_even = hub_fe64_mul(at_even, hub_fe64_add(1, t_power));
    at_odd = hub_fe64_mul(at_odd, hub_fe64_sub(1, t_power));
    return hub_fe64_mul(half, hub_fe64_add(at_even, at_odd));
}

bool hub_flp64_query(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *checks,
                     const hub_fe64 *meas, const hub_fe64 *proof, hub_fe64 t)
{
    const struct hub_domain64 *d = &v->domain64;
    hub_fe64 *even = scratch;
    hub_fe64 *odd = even + d->p;
    hub_fe64 t_power = hub_domain64_lagrange_c(d, even, t);
    hub_fe64 inputs = hub_field64_dot_c(meas, 1, even + 1, v->calls);

    hub_domain64_lagrange_odd_c(d, odd, t);
    for (size_t j = 0; j < v->arity; j++)
        checks[j] = hub_fe64_add(inputs, hub_fe64_mul(proof[j], even[0]));
    checks[v->arity] = hub_flp64_gadget_at(v, proof + v->arity, even, odd, t_power);
    return t_power != 1;
}
