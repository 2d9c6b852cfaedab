/* The operations on four words that field64_lanes.c is made of, in AVX2. It compares signed words
 * only: "turned" words have their highest bit turned over, and compare as the unsigned ones do. */
#ifndef FIELD_LANES64_AVX2_INTERNAL_H
#define FIELD_LANES64_AVX2_INTERNAL_H

#include "field/field64.h"

#include <immintrin.h>

#define HUB_FIELD64_KERNELS hub_field64_kernels_avx2
#define HUB_FIELD64_TIER    "avx2"

typedef __m256i hub_lanes64;

static inline hub_lanes64 hub_lanes64_set(uint64_t word)
{
    return _mm256_set1_epi64x((long long)word);
}

static inline hub_lanes64 hub_lanes64_load(const uint64_t *words)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)words);
}

static inline void hub_lanes64_store(uint64_t *words, hub_lanes64 x)
{
    _mm256_storeu_si256((__m256i *)(void *)words, x);
}

/* Sums and differences mod 2^64. */
static inline hub_lanes64 hub_lanes64_plus(hub_lanes64 x, hub_lanes64 y)
{
    return _mm256_add_epi64(x, y);
}

static inline hub_lanes64 hub_lanes64_minus(hub_lanes64 x, hub_lanes64 y)
{
    return _mm256_sub_epi64(x, y);
}

/* The product of the low halves. */
static inline hub_lanes64 hub_lanes64_times(hub_lanes64 x, hub_lanes64 y)
{
    return _mm256_mul_epu32(x, y);
}

static inline hub_lanes64 hub_lanes64_low(hub_lanes64 x)
{
    return _mm256_and_si256(x, hub_lanes64_set(UINT32_MAX));
}

static inline hub_lanes64 hub_lanes64_high(hub_lanes64 x)
{
    return _mm256_srli_epi64(x, 32);
}

/* x * 2^32 mod 2^64 */
static inline hub_lanes64 hub_lanes64_up(hub_lanes64 x)
{
    return _mm256_slli_epi64(x, 32);
}

/* The low half of low, and above it that of high. */
static inline hub_lanes64 hub_lanes64_join(hub_lanes64 low, hub_lanes64 high)
{
    return _mm256_blend_epi32(low, hub_lanes64_up(high), 0xaa);
}

static inline hub_lanes64 hub_lanes64_turn(hub_lanes64 x)
{
    return _mm256_xor_si256(x, hub_lanes64_set(UINT64_C(1) << 63));
}

/* x, or x + p where the mask is set. */
static inline hub_lanes64 hub_lanes64_plus_p(hub_lanes64 x, hub_lanes64 mask)
{
    return hub_lanes64_plus(x, _mm256_and_si256(mask, hub_lanes64_set(HUB_FIELD64_P)));
}

/* x mod p, for signed words of less than 2^62. */
static inline hub_lanes64 hub_lanes64_of_signed(hub_lanes64 x)
{
    return hub_lanes64_plus_p(x, _mm256_cmpgt_epi64(_mm256_setzero_si256(), x));
}

static inline hub_lanes64 hub_lanes64_sub(hub_lanes64 a, hub_lanes64 b)
{
    return hub_lanes64_plus_p(hub_lanes64_minus(a, b),
                              _mm256_cmpgt_epi64(hub_lanes64_turn(b), hub_lanes64_turn(a)));
}

/* a - (p - b). Turning is adding 2^63, which comes cheaper with p. */
static inline hub_lanes64 hub_lanes64_add(hub_lanes64 a, hub_lanes64 b)
{
    hub_lanes64 a_turned = hub_lanes64_turn(a);
    hub_lanes64 rest_turned =
        hub_lanes64_minus(hub_lanes64_turn(hub_lanes64_set(HUB_FIELD64_P)), b);

    return hub_lanes64_plus_p(hub_lanes64_minus(a_turned, rest_turned),
                              _mm256_cmpgt_epi64(rest_turned, a_turned));
}

/* x / 2 mod p: an odd word is rounded down, which (p + 1) / 2 makes up for. */
static inline hub_lanes64 hub_lanes64_halve(hub_lanes64 x)
{
    hub_lanes64 odd =
        _mm256_sub_epi64(_mm256_setzero_si256(), _mm256_and_si256(x, hub_lanes64_set(1)));

    return hub_lanes64_plus(_mm256_srli_epi64(x, 1),
                            _mm256_and_si256(odd, hub_lanes64_set((HUB_FIELD64_P + 1) / 2)));
}

/* hi * 2^64 + lo mod p, for any two words, as hub_fe64_reduce; the high half of a mask is 2^64 mod
 * p. */
static inline hub_lanes64 hub_lanes64_reduce(hub_lanes64 lo, hub_lanes64 hi)
{
    hub_lanes64 largest_turned = hub_lanes64_turn(hub_lanes64_set(HUB_FIELD64_P - 1));
    hub_lanes64 lo_turned = hub_lanes64_turn(lo);
    hub_lanes64 low = hub_lanes64_minus(lo_turned, hub_lanes64_high(hi));
    hub_lanes64 mid = hub_lanes64_times(hi, hub_lanes64_set(UINT32_MAX)); /* 2^64 mod p */

    low = hub_lanes64_minus(low, hub_lanes64_high(_mm256_cmpgt_epi64(low, lo_turned)));
    hub_lanes64 sum = hub_lanes64_plus(low, mid);
    sum = hub_lanes64_plus(sum, hub_lanes64_high(_mm256_cmpgt_epi64(low, sum)));
    hub_lanes64 over = _mm256_cmpgt_epi64(sum, largest_turned);
    return hub_lanes64_minus(hub_lanes64_turn(sum),
                             _mm256_and_si256(over, hub_lanes64_set(HUB_FIELD64_P)));
}

#endif
