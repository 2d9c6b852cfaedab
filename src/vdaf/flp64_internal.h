/* The FLP over Field64: for a gadget whose wires all carry the measurement, element k - 1 of it at
 * call k, as Count, Sum and HigherDegree have it; and for parallel sums of multiplications, which
 * check chunk_length elements a call. */
#ifndef VDAF_FLP64_INTERNAL_H
#define VDAF_FLP64_INTERNAL_H

#include "vdaf/prio3_internal.h"

/* Words of scratch for all functions here. */
static inline size_t hub_flp64_scratch_words(const struct hub_vdaf *v)
{
    size_t p = v->domain64.p;

    return v->params.chunk_length != 0 ? 6 * p + 2 * v->calls : 2 * p * (v->arity + 1);
}

/* Writes the wire values: even, then odd points of wire 0, then of wire 1: 2p each. */
void hub_flp64_wires(const struct hub_vdaf *v, hub_fe64 *wires, const hub_fe64 *meas,
                     const hub_fe64 *seeds);
/* The whole proof for a gadget of one wire. */
void hub_flp64_prove_polynomial(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *proof,
                                const hub_fe64 *meas, const hub_fe64 *seeds,
                                hub_fe64 (*gadget)(hub_fe64 x));
/* The gadget polynomial at t from its values in the proof. even, odd: the Lagrange weights of t at
 * the even and at the odd ones of the 2p-th roots; t_power: t^p. */
hub_fe64 hub_flp64_gadget_at(const struct hub_vdaf *v, const hub_fe64 *gadget, const hub_fe64 *even,
                             const hub_fe64 *odd, hub_fe64 t_power);
/* Writes the arity wires at t, then the gadget polynomial at t. False if t is a root of unity. */
bool hub_flp64_query(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *checks,
                     const hub_fe64 *meas, const hub_fe64 *proof, hub_fe64 t);

/* Parallel sums; these fit struct hub_circuit. */
void hub_flp64_chunks_prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                            const uint64_t *meas, const uint64_t *prove_rand,
                            const uint64_t *joint_rand);
bool hub_flp64_chunks_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                            const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                            const uint64_t *joint_rand);
bool hub_flp64_chunks_decide(const struct hub_vdaf *v, const uint64_t *verifier);

#endif
