/* Querying and deciding over Field64, for as many reports at once as the kernels have lanes. No
 * polynomial is interpolated: a wire at the query point t is the dot product of what it carries
 * with the Lagrange weights of t, which all wires share (VDAF draft-20, section "FLP
 * Construction"). */
#include "vdaf/flp64_internal.h"

/* One element in lanes. */
typedef uint64_t element[HUB_FIELD64_LANES_MAX];

/* What the steps of a query share. */
struct query {
    const struct hub_vdaf *v;
    const struct hub_field64_kernels *k;
    uint64_t *even;  /* p: weights of t at the even ones of the 2p-th roots, which are the p-th */
    uint64_t *odd;   /* p: at the odd ones */
    uint64_t *chain; /* calls */
    element t_power; /* t^p */
};

/* The circuit's outputs, which are the gadget's values at all calls, at every second point behind
 * the seed: several are reduced to one with randomness, or the circuit adds them up. Count
 * subtracts the measurement. */
static void output(const struct query *q, uint64_t *out, const uint64_t *gadget,
                   const uint64_t *meas, const uint64_t *rand)
{
    const struct hub_vdaf *v = q->v;
    const uint64_t *outputs = gadget + (size_t)2 * q->k->lanes;

    if (v->point_at != 0)
        q->k->dot(out, outputs, 2, rand, v->calls);
    else
        q->k->sum(out, outputs, 2, v->calls);
    if (v->params.kind == HUB_VDAF_PRIO3_COUNT)
        q->k->sub(out, out, meas, 1);
}

/* Wires that all carry the measurement, element k - 1 of it at call k. */
static void wires_at(const struct query *q, uint64_t *wires, const uint64_t *meas,
                     const uint64_t *seeds)
{
    size_t lanes = q->k->lanes;
    element inputs;

    q->k->dot(inputs, meas, 1, q->even + lanes, q->v->calls);
    for (size_t j = 0; j < q->v->arity; j++)
        q->k->mul_add(wires + j * lanes, seeds + j * lanes, q->even, inputs);
}

/* The wires of parallel sums: wire 2j carries r_k^(j + 1) m at call k, wire 2j + 1 carries m minus
 * this aggregator's share of one, with m element j of chunk k. chain keeps weight k times
 * r_k^(j + 1). */
static void chunk_wires_at(const struct query *q, uint64_t *wires, const uint64_t *meas,
                           const uint64_t *seeds, const uint64_t *joint_rand)
{
    const struct hub_field64_kernels *k = q->k;
    const struct hub_vdaf *v = q->v;
    size_t chunk = v->params.chunk_length;
    size_t lanes = k->lanes;
    const uint64_t *weights = q->even + lanes; /* of the calls */
    element ones;

    k->sum(ones, weights, 1, v->calls);
    k->dot_same(ones, ones, 1, &v->share_of_one64, 1);
    memcpy(q->chain, weights, v->calls * lanes * sizeof(*weights));
    for (size_t j = 0; j < chunk; j++) {
        /* the last chunk may be short */
        size_t n = v->calls - (size_t)((v->calls - 1) * chunk + j >= v->meas_len);
        uint64_t *left = wires + 2 * j * lanes;
        uint64_t *right = left + lanes;

        k->mul(q->chain, q->chain, joint_rand, v->calls);
        k->dot(left, meas + j * lanes, chunk, q->chain, n);
        k->mul_add(left, seeds + 2 * j * lanes, q->even, left);
        k->dot(right, meas + j * lanes, chunk, weights, n);
        k->mul_add(right, seeds + (2 * j + 1) * lanes, q->even, right);
        k->sub(right, right, ones, 1);
    }
}

/* Returns the lanes whose query point is a root of unity, as bits. */
/* NOLINTBEGIN(readability-non-const-parameter): scratch is written through q */
static unsigned query(const struct hub_vdaf *v, const struct hub_field64_kernels *k,
                      uint64_t *scratch, uint64_t *verifier, const uint64_t *meas,
                      const uint64_t *proof, const uint64_t *query_rand, const uint64_t *joint_rand)
/* NOLINTEND(readability-non-const-parameter) */
{
    size_t p = v->domain64.p;
    size_t lanes = k->lanes;
    struct query q = {v, k, scratch, scratch + p * lanes, scratch + 2 * p * lanes, {0}};
    const uint64_t *gadget = proof + v->arity * lanes;
    unsigned at_root = 0;

    k->lagrange(&v->domain64, q.even, q.odd, q.t_power, query_rand + v->point_at * lanes);
    output(&q, verifier, gadget, meas, query_rand);
    if (v->params.chunk_length != 0)
        chunk_wires_at(&q, verifier + lanes, meas, proof, joint_rand);
    else
        wires_at(&q, verifier + lanes, meas, proof);
    k->evaluate(&v->domain64, verifier + (1 + v->arity) * lanes, gadget, v->gadget_len, q.even,
                q.odd, q.t_power);
    for (unsigned l = 0; l < lanes; l++)
        at_root |= (unsigned)(q.t_power[l] == 1) << l;
    return at_root;
}

bool hub_flp64_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                     const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                     const uint64_t *joint_rand)
{
    return query(v, &v->field64_one, scratch, verifier, meas, proof, query_rand, joint_rand) == 0;
}

unsigned hub_flp64_query_lanes(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                               const uint64_t *meas, const uint64_t *proof,
                               const uint64_t *query_rand, const uint64_t *joint_rand)
{
    return query(v, &v->field64, scratch, verifier, meas, proof, query_rand, joint_rand);
}

void hub_flp64_truncate_lanes(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    size_t lanes = v->field64.lanes;

    for (size_t i = 0; i < v->output_len; i++)
        v->field64.dot_same(output + i * lanes, meas + i * v->bits * lanes, 1, v->weights64,
                            v->bits);
}

bool hub_flp64_decide_chunks(const struct hub_vdaf *v, const uint64_t *verifier)
{
    const hub_fe64 *wires = verifier + 1;
    hub_acc64 acc = {0};

    for (size_t j = 0; j < v->arity; j += 2)
        hub_acc64_add_product(&acc, wires[j], wires[j + 1]);
    return (verifier[0] | hub_fe64_sub(hub_acc64_reduce(acc), wires[v->arity])) == 0;
}
