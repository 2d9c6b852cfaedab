/* The FLP over Field64 for one gadget of degree 2 whose wires all carry the measurement: element
 * k - 1 of it at call k. That is what Count and Sum are. */
#ifndef VDAF_FLP64_INTERNAL_H
#define VDAF_FLP64_INTERNAL_H

#include "vdaf/prio3_internal.h"

/* Words of scratch for both functions. */
static inline size_t hub_flp64_scratch_words(const struct hub_vdaf *v)
{
    return 2 * v->domain64.p * (v->arity + 1);
}

/* Writes the wire values: even, then odd points of wire 0, then of wire 1: 2p each. */
void hub_flp64_wires(const struct hub_vdaf *v, hub_fe64 *wires, const hub_fe64 *meas,
                     const hub_fe64 *seeds);
/* Writes the arity wires at t, then the gadget polynomial at t. False if t is a root of unity. */
bool hub_flp64_query(const struct hub_vdaf *v, hub_fe64 *scratch, hub_fe64 *checks,
                     const hub_fe64 *meas, const hub_fe64 *proof, hub_fe64 t);

#endif
