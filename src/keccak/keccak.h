/* The permutation Keccak-p[1600,12] of FIPS 202, with the last 12 of the 24 rounds, as TurboSHAKE
 * uses it (RFC 9861, section 2). */
#ifndef KECCAK_KECCAK_H
#define KECCAK_KECCAK_H

#include "keccak/lane_moves.h"

enum { HUB_KECCAK_WORDS = 25, HUB_KECCAK_LANES_MAX = 8 };

/* Permutes one state in place: 25 lanes, lane x + 5y at index x + 5y. */
void hub_keccak_p1600_12_c(uint64_t state[HUB_KECCAK_WORDS]);

/* Several states at once, one in each lane. */
struct hub_keccak_kernels {
    const char *tier;
    unsigned lanes; /* 1, 2, 4 or 8 */
    /* Permutes as many states as there are lanes: word i of lane l at index i * lanes + l. states
     * is aligned to 64 bytes. Constant time. */
    void (*permute)(uint64_t *states);
    /* The same for two such groups in turns, which fills the pauses at the ends of rounds; NULL
     * where one after the other is as fast. */
    void (*permute_two)(uint64_t *states, uint64_t *others);
    const struct hub_lane_moves *move;
};

/* Fills the table for the processor's flags (base/cpu.h). */
void hub_keccak_kernels_init(struct hub_keccak_kernels *k, unsigned cpu);
/* The same for a few states: with at most four lanes. */
void hub_keccak_kernels_init_few(struct hub_keccak_kernels *k, unsigned cpu);

#endif
