/* The permutation Keccak-p[1600,12] of FIPS 202, with the last 12 of the 24 rounds, as TurboSHAKE
 * uses it (RFC 9861, section 2). */
#ifndef KECCAK_KECCAK_H
#define KECCAK_KECCAK_H

#include <stdint.h>

enum { HUB_KECCAK_WORDS = 25 };

/* Permutes one state in place: 25 lanes, lane x + 5y at index x + 5y. */
void hub_keccak_p1600_12_c(uint64_t state[HUB_KECCAK_WORDS]);

#endif
