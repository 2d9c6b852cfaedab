/* What is measured: the VDAF of a task, its parameters, and one measurement. The numbers are those
 * of VDAF draft-20; DAP-18 writes the same ones. */
#ifndef HUBBUB_VDAF_H
#define HUBBUB_VDAF_H

#include "hubbub/bytes.h"
#include "hubbub/status.h"

/* The values are the draft's codepoints. Those below zero have none of their own: they are the
 * variants that the draft's test vectors use, and no task may ask for them. */
enum hub_vdaf_kind {
    HUB_VDAF_PRIO3_HIGHER_DEGREE = -2,     /* 0, 1 or 2 */
    HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF = -1, /* as SUMVEC, over Field64, with n_proofs proofs */
    HUB_VDAF_PRIO3_COUNT = 1,              /* 0 or 1 */
    HUB_VDAF_PRIO3_SUM = 2,                /* a number from 0 to max_measurement */
    HUB_VDAF_PRIO3_SUMVEC = 3,             /* length numbers, each from 0 to max_measurement */
    HUB_VDAF_PRIO3_HISTOGRAM = 4,          /* one of length buckets */
    HUB_VDAF_PRIO3_MULTIHOT = 5            /* length bits, at most max_weight of them set */
};

/* Fields that a kind does not use are zero. */
struct hub_vdaf_params {
    enum hub_vdaf_kind kind;
    uint64_t max_measurement; /* Sum, SumVec: at least 1; over Field64: below 2^63 */
    uint32_t length;          /* SumVec, Histogram, Multihot: at least 1 */
    uint32_t chunk_length; /* the same: at least 1; near the root of the proof's length is best */
    uint64_t max_weight;   /* Multihot: 1 to length */
    unsigned n_shares;     /* 0: two aggregators, as in DAP; else 2 to 255 */
    unsigned n_proofs;     /* SumVecWithMultiproof: 1 to 255 */
};

/* One measurement. Count, Sum: number; Histogram: number is the bucket, from 0; SumVec: vector of
 * length numbers; Multihot: vector of length zeros and ones. */
struct hub_measurement {
    uint64_t number;
    const uint64_t *vector;
    size_t n;
};

#endif
