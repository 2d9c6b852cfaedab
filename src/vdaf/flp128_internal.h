/* The FLP over Field128 for circuits that check with parallel sums of multiplications, chunk_length
 * at a time, that every element of the encoded measurement is 0 or 1; SumVec, Histogram and
 * MultihotCountVec add a linear check or none. The functions fit struct hub_circuit. */
#ifndef VDAF_FLP128_INTERNAL_H
#define VDAF_FLP128_INTERNAL_H

#include "vdaf/prio3_internal.h"

/* Up to so many calls of the gadget a proof is made by pairs of them (flp128_prove.c). */
enum { HUB_FLP128_PAIRS_MAX = 255 };

/* The kernel for pairs takes eight calls at once, and chunks as long as its limbs have room for. */
enum { HUB_FLP128_PAIRS_LANES = 8, HUB_FLP128_PAIRS_CHUNK_MAX = 4096 };

/* calls, rounded up to whole vectors. */
static inline size_t hub_flp128_pair_width(size_t calls)
{
    return (calls + HUB_FLP128_PAIRS_LANES - 1) / HUB_FLP128_PAIRS_LANES * HUB_FLP128_PAIRS_LANES;
}

/* Vectors of words that hold elements of Field128. */
static inline hub_fe128 *hub_fe128_view(uint64_t *words)
{
    return (hub_fe128 *)(void *)words;
}

static inline const hub_fe128 *hub_fe128_view_const(const uint64_t *words)
{
    return (const hub_fe128 *)(const void *)words;
}

/* Words of scratch for the functions below. */
size_t hub_flp128_scratch_words(const struct hub_vdaf *v);

/* Every element of meas is 0 or 1. Constant time. */
void hub_flp128_prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                      const uint64_t *meas, const uint64_t *prove_rand, const uint64_t *joint_rand);
/* The same for many calls; hub_flp128_prove chooses. Their scratch: hub_flp128_wires_words. */
void hub_flp128_prove_wires(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                            const uint64_t *meas, const uint64_t *prove_rand,
                            const uint64_t *joint_rand);
size_t hub_flp128_wires_words(const struct hub_vdaf *v);
bool hub_flp128_query(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                      const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                      const uint64_t *joint_rand);
/* Chooses what queries several reports at once, if the flags allow it for as many lanes as streams
 * have; then the words of its tables, and filling them once domain and weights are there. */
void hub_flp128_lanes_choose(struct hub_vdaf *v, unsigned log_p, unsigned cpu);
size_t hub_flp128_lanes_table_words(const struct hub_vdaf *v, unsigned log_p);
void hub_flp128_lanes_init(struct hub_vdaf *v, uint64_t *table);
#ifdef HUB_HAS_AVX
/* rows[k] is three vectors of hub_flp128_pair_width(calls) words: the low word, the high word and
 * what is over 2^128 of the sum of those x[k][j] for which element j of the other call is zero. x
 * and is_zero are calls rows of chunk elements, below p, and of chunk masks; chunk is at most
 * HUB_FLP128_PAIRS_CHUNK_MAX. work: 3 chunk words, and chunk bytes for each vector. Twin: the sums
 * in flp128_prove.c. Constant time. */
void hub_flp128_pair_rows_avx512(uint64_t *rows, uint64_t *work, const hub_fe128 *x,
                                 const uint64_t *is_zero, size_t calls, size_t chunk);
#endif
/* The same as hub_flp128_query for as many reports as the name says, all vectors in lanes
 * (xof/turboshake_lanes.h); contract: query_lanes of struct hub_vdaf. Then the numbers that bits of
 * each lane's measurement encode. */
#ifdef HUB_HAS_AVX
unsigned hub_flp128_query_x4_avx2(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                                  const uint64_t *meas, const uint64_t *proof,
                                  const uint64_t *query_rand, const uint64_t *joint_rand);
unsigned hub_flp128_query_x8_avx512(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                                    const uint64_t *meas, const uint64_t *proof,
                                    const uint64_t *query_rand, const uint64_t *joint_rand);
unsigned hub_flp128_query_x8_ifma(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                                  const uint64_t *meas, const uint64_t *proof,
                                  const uint64_t *query_rand, const uint64_t *joint_rand);
void hub_flp128_truncate_x4_avx2(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
void hub_flp128_truncate_x8_avx512(const struct hub_vdaf *v, uint64_t *output,
                                   const uint64_t *meas);
void hub_flp128_truncate_x8_ifma(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
#endif
#ifdef HUB_HAS_NEON
unsigned hub_flp128_query_x2_neon(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                                  const uint64_t *meas, const uint64_t *proof,
                                  const uint64_t *query_rand, const uint64_t *joint_rand);
void hub_flp128_truncate_x2_neon(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
#endif
bool hub_flp128_decide(const struct hub_vdaf *v, const uint64_t *verifier);

#endif
