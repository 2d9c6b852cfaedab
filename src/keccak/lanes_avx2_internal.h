/* The operations on four lanes that keccak_lanes.c is made of, in AVX2. There is no rotation: two
 * shifts make one, or a shuffle where it moves whole bytes. */
#ifndef KECCAK_LANES_AVX2_INTERNAL_H
#define KECCAK_LANES_AVX2_INTERNAL_H

#include <immintrin.h>
#include <stdint.h>

#define HUB_KECCAK_PERMUTE_LANES     hub_keccak_p1600_12_x4_avx2
#define HUB_KECCAK_PERMUTE_TWO_LANES hub_keccak_p1600_12_two_x4_avx2

typedef __m256i hub_lanes;

static inline hub_lanes hub_lanes_set(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline hub_lanes hub_lanes_xor(hub_lanes x, hub_lanes y)
{
    return _mm256_xor_si256(x, y);
}

static inline hub_lanes hub_lanes_xor3(hub_lanes x, hub_lanes y, hub_lanes z)
{
    return hub_lanes_xor(hub_lanes_xor(x, y), z);
}

/* x ^ (~y & z) */
static inline hub_lanes hub_lanes_chi(hub_lanes x, hub_lanes y, hub_lanes z)
{
    return hub_lanes_xor(x, _mm256_andnot_si256(y, z));
}

/* Macros, since distances must be immediates without optimisation too. */
#define HUB_LANES_ROTATE(x, n) \
    _mm256_or_si256(_mm256_slli_epi64((x), (n)), _mm256_srli_epi64((x), 64 - (n)))

static inline hub_lanes hub_lanes_rotate_8(hub_lanes x)
{
    const __m256i order = _mm256_setr_epi8(7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, 7,
                                           0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14);

    return _mm256_shuffle_epi8(x, order);
}

static inline hub_lanes hub_lanes_rotate_56(hub_lanes x)
{
    const __m256i order = _mm256_setr_epi8(1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8, 1,
                                           2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8);

    return _mm256_shuffle_epi8(x, order);
}

#endif
