/* The operations on four lanes that keccak_lanes.c is made of, in AVX-512VL: rotations and all
 * functions of three operands are single instructions. The last argument of ternarylogic is the
 * truth table: 0x96 is x ^ y ^ z, 0xd2 x ^ (~y & z). */
#ifndef KECCAK_LANES_AVX512VL_INTERNAL_H
#define KECCAK_LANES_AVX512VL_INTERNAL_H

#include <immintrin.h>
#include <stdint.h>

#define HUB_KECCAK_PERMUTE_LANES hub_keccak_p1600_12_x4_avx512

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
    return _mm256_ternarylogic_epi64(x, y, z, 0x96);
}

/* x ^ (~y & z) */
static inline hub_lanes hub_lanes_chi(hub_lanes x, hub_lanes y, hub_lanes z)
{
    return _mm256_ternarylogic_epi64(x, y, z, 0xd2);
}

/* A macro, since the distance must be an immediate without optimisation too. */
#define HUB_LANES_ROTATE(x, n) _mm256_rol_epi64((x), (n))

static inline hub_lanes hub_lanes_rotate_8(hub_lanes x)
{
    return HUB_LANES_ROTATE(x, 8);
}

static inline hub_lanes hub_lanes_rotate_56(hub_lanes x)
{
    return HUB_LANES_ROTATE(x, 56);
}

#endif
