/* Parallel sums of multiplications over Field64, chunk_length at a time, that check that every
 * element of the encoded measurement is 0 or 1 (VDAF draft-20, sections "FLP Construction" and
 * "Prio3SumVec"). The same sums as flp128_prove.c and flp128_query.c. */
#include "vdaf/flp64_internal.h"

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

void hub_flp64_chunks_prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
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

/* All wires at t, whose weights these are. Wire 2j carries r_k^(j + 1) m at call k, wire 2j + 1
 * carries m minus this aggregator's share of one, with m element j of chunk k. chain, room for the
 * calls, keeps weight k times r_k^(j + 1). */
static void wires_at(const struct hub_vdaf *v, hub_fe64 *wires, hub_fe64 *chain,
                     const hub_fe64 *weights, const hub_fe64 *meas, const hub_fe64 *seeds,
                     const hub_fe64 *joint_rand)
{
    size_t chunk = v->params.chunk_length;
    hub_fe64 ones = 0;

    for (size_t k = 0; k < v->calls; k++)
        ones = hub_fe64_add(ones, weights[1 + k]);
    ones = hub_fe64_mul(ones, v->share_of_one64);
    memcpy(chain, weights + 1, v->calls * sizeof(*chain));
    for (size_t j = 0; j < chunk; j++) {
        /* the last chunk may be short */
        size_t n = v->calls - (size_t)((v->calls - 1) * chunk + j >= v->meas_len);
        hub_fe64 left = hub_fe64_mul(seeds[2 * j], weights[0]);
        hub_fe64 right = hub_fe64_mul(seeds[2 * j + 1], weights[0]);

        for (size_t k = 0; k < v->calls; k++)
            chain[k] = hub_fe64_mul(chain[k], joint_rand[k]);
        wires[2 * j] = hub_fe64_add(left, hub_field64_dot_c(meas + j, chunk, chain, n));
        right = hub_fe64_add(right, hub_field64_dot_c(meas + j, chunk, weights + 1, n));
        wires[2 * j + 1] = hub_fe64_sub(right, ones);
    }
}

bool hub_flp64_chunks_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                            const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                            const uint64_t *joint_rand)
{
    const struct hub_domain64 *d = &v->domain64;
    const hub_fe64 *gadget = proof + v->arity;
    hub_fe64 t = query_rand[v->point_at];
    hub_fe64 *even = scratch;
    hub_fe64 *odd = even + d->p;
    hub_fe64 *chain = odd + d->p;
    hub_fe64 t_power = hub_domain64_lagrange_c(d, even, t);

    hub_domain64_lagrange_odd_c(d, odd, t);
    verifier[0] = 0; /* the circuit's output is the sum of all calls: every second point */
    for (size_t k = 1; k <= v->calls; k++)
        verifier[0] = hub_fe64_add(verifier[0], gadget[2 * k]);
    wires_at(v, verifier + 1, chain, even, meas, proof, joint_rand);
    verifier[1 + v->arity] = hub_flp64_gadget_at(v, gadget, even, odd, t_power);
    return t_power != 1;
}

bool hub_flp64_chunks_decide(const struct hub_vdaf *v, const uint64_t *verifier)
{
    const hub_fe64 *wires = verifier + 1;
    hub_acc64 acc = {0};

    for (size_t j = 0; j < v->arity; j += 2)
        hub_acc64_add_product(&acc, wires[j], wires[j + 1]);
    return (verifier[0] | hub_fe64_sub(hub_acc64_reduce(acc), wires[v->arity])) == 0;
}
