/* Querying and deciding over Field128. No polynomial is interpolated: a wire at the query point t
 * is the dot product of what it carries with the Lagrange weights of t, which all wires share
 * (docs: VDAF draft-20, section "FLP Construction"). */
#include "vdaf/flp128_internal.h"

/* The gadget polynomial at t. gadget holds its values at all 2p-th roots but the last. Its degree
 * is below 2p - 1, so that the sum of value i times root i + 1 over all i vanishes, which gives the
 * value left out. Then P(t) = (E + O + t^p (E - O)) / 2 with E and O what the even and the odd
 * points alone would give. */
static hub_fe128 gadget_at(const struct hub_domain128 *d, const hub_fe128 *gadget,
                           const hub_fe128 *even, const hub_fe128 *odd, hub_factor128 t_power)
{
    const hub_factor128 half = hub_fe128_factor(HUB_FE128_HALF);
    hub_factor128 left_out = hub_field128_dot_factors_c(gadget, 1, d->roots + 1, 2 * d->p - 1);
    hub_fe128 at_even = hub_field128_dot_c(gadget, 2, even, d->p);
    hub_fe128 at_odd = hub_fe128_sub(hub_field128_dot_c(gadget + 1, 2, odd, d->p - 1),
                                     hub_fe128_scale(odd[d->p - 1], left_out));
    hub_fe128 sum = hub_fe128_add(at_even, at_odd);
    hub_fe128 difference = hub_fe128_sub(at_even, at_odd);

    return hub_fe128_scale(hub_fe128_add(sum, hub_fe128_scale(difference, t_power)), half);
}

/* All wires at t. Wire 2j carries r_k^(j + 1) m at call k, wire 2j + 1 carries m minus this
 * aggregator's share of one, with m element j of chunk k. chain, room
 * for twice the calls, keeps weight k times r_k^(j + 1), and the r_k as factors behind that. */
static void wires_at(const struct hub_vdaf *v, hub_fe128 *wires, hub_fe128 *chain,
                     const hub_fe128 *weights, const hub_fe128 *meas, const hub_fe128 *seeds,
                     const hub_fe128 *joint_rand)
{
    hub_factor128 *r = (hub_factor128 *)(void *)(chain + v->calls);
    size_t chunk = v->params.chunk_length;
    hub_fe128 ones = hub_fe128_mul(v->share_of_one, hub_field128_sum_c(weights + 1, v->calls));

    memcpy(chain, weights + 1, v->calls * sizeof(*chain));
    for (size_t k = 0; k < v->calls; k++)
        r[k] = hub_fe128_factor(joint_rand[k]);
    for (size_t j = 0; j < chunk; j++) {
        /* the last chunk may be short */
        size_t n = v->calls - (size_t)((v->calls - 1) * chunk + j >= v->meas_len);
        hub_acc128 left = {0};
        hub_acc128 right = {0};

        for (size_t k = 0; k < v->calls; k++)
            chain[k] = hub_fe128_scale(chain[k], r[k]);
        hub_acc128_add_product(&left, seeds[2 * j], weights[0]);
        hub_acc128_add_product(&right, seeds[2 * j + 1], weights[0]);
        hub_field128_add_dot_c(&left, meas + j, chunk, chain, n);
        hub_field128_add_dot_c(&right, meas + j, chunk, weights + 1, n);
        wires[2 * j] = hub_acc128_reduce(left);
        wires[2 * j + 1] = hub_fe128_sub(hub_acc128_reduce(right), ones);
    }
}

bool hub_flp128_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                      const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                      const uint64_t *joint_rand)
{
    const struct hub_domain128 *d = &v->domain128;
    const hub_fe128 *m = hub_fe128_view_const(meas);
    const hub_fe128 *seeds = hub_fe128_view_const(proof);
    const hub_fe128 *gadget = seeds + v->arity;
    const hub_fe128 *rand = hub_fe128_view_const(query_rand);
    hub_fe128 t = rand[v->point_at];
    hub_fe128 *out = hub_fe128_view(verifier);
    hub_fe128 *even = hub_fe128_view(scratch);
    hub_fe128 *odd = even + d->p;
    hub_fe128 *chain = odd + d->p;
    hub_factor128 t_power = hub_domain128_lagrange_c(d, even, t);

    hub_domain128_lagrange_odd_c(d, odd, t);
    out[0] = HUB_FE128_ZERO;
    for (size_t k = 1; k <= v->calls; k++)
        out[0] = hub_fe128_add(out[0], gadget[2 * k]);
    if (v->circuit->linear_check != NULL) {
        /* two outputs of the circuit are reduced to one with randomness */
        hub_fe128 linear = v->circuit->linear_check(v, m);

        out[0] = hub_fe128_add(hub_fe128_mul(rand[0], out[0]), hub_fe128_mul(rand[1], linear));
    }
    wires_at(v, out + 1, chain, even, m, seeds, hub_fe128_view_const(joint_rand));
    out[1 + v->arity] = gadget_at(d, gadget, even, odd, t_power);
    return t_power.lo != HUB_FACTOR128_ONE.lo || t_power.hi != HUB_FACTOR128_ONE.hi;
}

bool hub_flp128_decide(const struct hub_vdaf *v, const uint64_t *verifier)
{
    const hub_fe128 *in = hub_fe128_view_const(verifier);
    const hub_fe128 *wires = in + 1;
    hub_acc128 acc = {0};

    for (size_t j = 0; j < v->arity; j += 2)
        hub_acc128_add_product(&acc, wires[j], wires[j + 1]);
    hub_fe128 miss = hub_fe128_sub(hub_acc128_reduce(acc), wires[v->arity]);
    return (hub_fe128_is_zero(in[0]) & hub_fe128_is_zero(miss)) != 0;
}
