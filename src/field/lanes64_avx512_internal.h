/* The operations on eight words that field64_lanes.c is made of, in AVX-512. */
#ifndef FIELD_LANES64_AVX512_INTERNAL_H
#define FIELD_LANES64_AVX512_INTERNAL_H

#include "field/field64.h"

#include <immintrin.h>

#define HUB_FIELD64_KERNELS hub_field64_kernels_avx512
#define HUB_FIELD64_TIER    "avx512"

typedef __m512i hub_lanes64;

static inline hub_lanes64 hub_lanes64_set(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

static inline hub_lanes64 hub_lanes64_load(const uint64_t *words)
{
    return _mm512_loadu_si512(words);
}

static inline void hub_lanes64_store(uint64_t *words, hub_lanes64 x)
{
    _mm512_storeu_si512(words, x);
}

/* Sums and differences mod 2^64. */
static inline hub_lanes64 hub_lanes64_plus(hub_lanes64 x, hub_lanes64 y)
{
    return _mm512_add_epi64(x, y);
}

static inline hub_lanes64 hub_lanes64_minus(hub_lanes64 x, hub_lanes64 y)
{
    return _mm512_sub_epi64(x, y);
}

/* The product of the low halves. */
static inline hub_lanes64 hub_lanes64_times(hub_lanes64 x, hub_lanes64 y)
{
    return _mm512_mul_epu32(x, y);
}

static inline hub_lanes64 hub_lanes64_low(hub_lanes64 x)
{
    return _mm512_and_si512(x, hub_lanes64_set(UINT32_MAX));
}

static inline hub_lanes64 hub_lanes64_high(hub_lanes64 x)
{
    return _mm512_srli_epi64(x, 32);
}

/* x * 2^32 mod 2^64 */
static inline hub_lanes64 hub_lanes64_up(hub_lanes64 x)
{
    return _mm512_slli_epi64(x, 32);
}

/* The low half of low, and above it that of high. */
static inline hub_lanes64 hub_lanes64_join(hub_lanes64 low, hub_lanes64 high)
{
    return _mm512_mask_blend_epi32(0xaaaa, low, hub_lanes64_up(high));
}

/* x, or x + p where the mask is set. */
static inline hub_lanes64 hub_lanes64_plus_p(hub_lanes64 x, __mmask8 mask)
{
    return _mm512_mask_add_epi64(x, mask, x, hub_lanes64_set(HUB_FIELD64_P));
}

/* x mod p, for signed words of less than 2^62. */
static inline hub_lanes64 hub_lanes64_of_signed(hub_lanes64 x)
{
    return hub_lanes64_plus_p(x, _mm512_movepi64_mask(x));
}

static inline hub_lanes64 hub_lanes64_sub(hub_lanes64 a, hub_lanes64 b)
{
    return hub_lanes64_plus_p(hub_lanes64_minus(a, b), _mm512_cmplt_epu64_mask(a, b));
}

static inline hub_lanes64 hub_lanes64_add(hub_lanes64 a, hub_lanes64 b)
{
    return hub_lanes64_sub(a, hub_lanes64_minus(hub_lanes64_set(HUB_FIELD64_P), b));
}

/* x / 2 mod p: an odd word is rounded down, which (p + 1) / 2 makes up for. */
static inline hub_lanes64 hub_lanes64_halve(hub_lanes64 x)
{
    hub_lanes64 odd =
        _mm512_sub_epi64(_mm512_setzero_si512(), _mm512_and_si512(x, hub_lanes64_set(1)));

    return hub_lanes64_plus(_mm512_srli_epi64(x, 1),
                            _mm512_and_si512(odd, hub_lanes64_set((HUB_FIELD64_P + 1) / 2)));
}

/* hi * 2^64 + lo mod p, for any two words, as hub_fe64_reduce. The smaller one of x and x - p,
 * which is taken mod 2^64, is x mod p. */
static inline hub_lanes64 hub_lanes64_reduce(hub_lanes64 lo, hub_lanes64 hi)
{
    hub_lanes64 e = hub_lanes64_set(UINT32_MAX); /* 2^64 mod p */
    hub_lanes64 top = hub_lanes64_high(hi);
    hub_lanes64 low = hub_lanes64_minus(lo, top);
    hub_lanes64 mid = hub_lanes64_times(hi, e);

    low = _mm512_mask_sub_epi64(low, _mm512_cmplt_epu64_mask(lo, top), low, e);
    hub_lanes64 sum = hub_lanes64_plus(low, mid);
    sum = _mm512_mask_add_epi64(sum, _mm512_cmplt_epu64_mask(sum, mid), sum, e);
    return _mm512_min_epu64(sum, hub_lanes64_minus(sum, hub_lanes64_set(HUB_FIELD64_P)));
}

#endif
