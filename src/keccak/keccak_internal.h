/* What the tiers of the permutation share; contracts are those of struct hub_keccak_kernels. */
#ifndef KECCAK_KECCAK_INTERNAL_H
#define KECCAK_KECCAK_INTERNAL_H

#include "keccak/keccak.h"

enum { HUB_KECCAK_ROUNDS = 12 };

/* Rounds 12 to 23 of Keccak-f[1600]. */
extern const uint64_t hub_keccak_round_constants[HUB_KECCAK_ROUNDS];

extern const struct hub_lane_moves hub_lane_moves_x1;
#ifdef HUB_HAS_AVX
extern const struct hub_lane_moves hub_lane_moves_x4;
extern const struct hub_lane_moves hub_lane_moves_x8;
void hub_keccak_p1600_12_x4_avx2(uint64_t *states);
void hub_keccak_p1600_12_two_x4_avx2(uint64_t *states, uint64_t *others);
void hub_keccak_p1600_12_x4_avx512(uint64_t *states);
void hub_keccak_p1600_12_x8_avx512(uint64_t *states);
#endif
#ifdef HUB_HAS_NEON
extern const struct hub_lane_moves hub_lane_moves_x2;
void hub_keccak_p1600_12_x2_neon(uint64_t *states);
#endif

#endif
