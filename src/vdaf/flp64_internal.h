/* The FLP over Field64: for a gadget whose wires all carry the measurement, element k - 1 of it at
 * call k, as Count, Sum and HigherDegree have it; and for parallel sums of multiplications, which
 * check chunk_length elements a call. */
#ifndef VDAF_FLP64_INTERNAL_H
#define VDAF_FLP64_INTERNAL_H

#include "vdaf/prio3_internal.h"

/* Words of scratch for proving and for querying one report. */
static inline size_t hub_flp64_scratch_words(const struct hub_vdaf *v)
{
    size_t p = v->domain64.p;

    return v->params.chunk_length != 0 ? 6 * p + v->calls : 2 * p * (v->arity + 1);
}

/* Words of scratch for hub_flp64_query_lanes. */
static inline size_t hub_flp64_lanes_scratch_words(const struct hub_vdaf *v)
{
    return v->field64.lanes * (2 * v->domain64.p + v->calls);
}

/* Writes the wire values: even, then odd points of wire 0, then of wire 1: 2p each. */
void hub_flp64_wires(const struct hub_vdaf *v, hub_fe64 *wires, const hub_fe64 *meas,
                     const hub_fe64 *seeds);
/* The whole proof for a gadget of one wire. */
void hub_flp64_prove_polynomial(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *proof,
                                const hub_fe64 *meas, const hub_fe64 *seeds,
                                hub_fe64 (*gadget)(hub_fe64 x));

/* These fit struct hub_circuit. Parallel sums: */
void hub_flp64_prove_chunks(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                            const uint64_t *meas, const uint64_t *prove_rand,
                            const uint64_t *joint_rand);
bool hub_flp64_decide_chunks(const struct hub_vdaf *v, const uint64_t *verifier);
/* All circuits: */
bool hub_flp64_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                     const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                     const uint64_t *joint_rand);
/* The same for a report in each lane of the kernels for batches. Returns the lanes whose query
 * point is a root of unity, as bits. */
unsigned hub_flp64_query_lanes(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                               const uint64_t *meas, const uint64_t *proof,
                               const uint64_t *query_rand, const uint64_t *joint_rand);
/* The numbers that bits of each lane's measurement encode. */
void hub_flp64_truncate_lanes(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);

#endif
