/* The operations on two words that field64_lanes.c is made of, in NEON, which every aarch64 has. */
#ifndef FIELD_LANES64_NEON_INTERNAL_H
#define FIELD_LANES64_NEON_INTERNAL_H

#include "field/field64.h"

#include <arm_neon.h>

#define HUB_FIELD64_KERNELS hub_field64_kernels_neon
#define HUB_FIELD64_TIER    "neon"

typedef uint64x2_t hub_lanes64;

static inline hub_lanes64 hub_lanes64_set(uint64_t word)
{
    return vdupq_n_u64(word);
}

static inline hub_lanes64 hub_lanes64_load(const uint64_t *words)
{
    return vld1q_u64(words);
}

static inline void hub_lanes64_store(uint64_t *words, hub_lanes64 x)
{
    vst1q_u64(words, x);
}

/* Sums and differences mod 2^64. */
static inline hub_lanes64 hub_lanes64_plus(hub_lanes64 x, hub_lanes64 y)
{
    return vaddq_u64(x, y);
}

static inline hub_lanes64 hub_lanes64_minus(hub_lanes64 x, hub_lanes64 y)
{
    return vsubq_u64(x, y);
}

/* The product of the low halves. */
static inline hub_lanes64 hub_lanes64_times(hub_lanes64 x, hub_lanes64 y)
{
    return vmull_u32(vmovn_u64(x), vmovn_u64(y));
}

static inline hub_lanes64 hub_lanes64_low(hub_lanes64 x)
{
    return vandq_u64(x, hub_lanes64_set(UINT32_MAX));
}

static inline hub_lanes64 hub_lanes64_high(hub_lanes64 x)
{
    return vshrq_n_u64(x, 32);
}

/* x * 2^32 mod 2^64 */
static inline hub_lanes64 hub_lanes64_up(hub_lanes64 x)
{
    return vshlq_n_u64(x, 32);
}

/* The low half of low, and above it that of high. */
static inline hub_lanes64 hub_lanes64_join(hub_lanes64 low, hub_lanes64 high)
{
    return vsliq_n_u64(low, high, 32);
}

/* x, or x + p where the mask is set. */
static inline hub_lanes64 hub_lanes64_plus_p(hub_lanes64 x, hub_lanes64 mask)
{
    return vaddq_u64(x, vandq_u64(mask, hub_lanes64_set(HUB_FIELD64_P)));
}

/* x mod p, for signed words of less than 2^62. */
static inline hub_lanes64 hub_lanes64_of_signed(hub_lanes64 x)
{
    return hub_lanes64_plus_p(x, vcltzq_s64(vreinterpretq_s64_u64(x)));
}

static inline hub_lanes64 hub_lanes64_sub(hub_lanes64 a, hub_lanes64 b)
{
    return hub_lanes64_plus_p(hub_lanes64_minus(a, b), vcltq_u64(a, b));
}

static inline hub_lanes64 hub_lanes64_add(hub_lanes64 a, hub_lanes64 b)
{
    return hub_lanes64_sub(a, hub_lanes64_minus(hub_lanes64_set(HUB_FIELD64_P), b));
}

/* x / 2 mod p: an odd word is rounded down, which (p + 1) / 2 makes up for. */
static inline hub_lanes64 hub_lanes64_halve(hub_lanes64 x)
{
    hub_lanes64 odd = vtstq_u64(x, hub_lanes64_set(1));

    return vaddq_u64(vshrq_n_u64(x, 1), vandq_u64(odd, hub_lanes64_set((HUB_FIELD64_P + 1) / 2)));
}

/* hi * 2^64 + lo mod p, for any two words, as hub_fe64_reduce; the high half of a mask is 2^64 mod
 * p. */
static inline hub_lanes64 hub_lanes64_reduce(hub_lanes64 lo, hub_lanes64 hi)
{
    hub_lanes64 p = hub_lanes64_set(HUB_FIELD64_P);
    hub_lanes64 top = hub_lanes64_high(hi);
    hub_lanes64 low = hub_lanes64_minus(lo, top);
    hub_lanes64 mid = hub_lanes64_times(hi, hub_lanes64_set(UINT32_MAX)); /* 2^64 mod p */

    low = hub_lanes64_minus(low, hub_lanes64_high(vcltq_u64(lo, top)));
    hub_lanes64 sum = hub_lanes64_plus(low, mid);
    sum = hub_lanes64_plus(sum, hub_lanes64_high(vcltq_u64(sum, mid)));
    return hub_lanes64_minus(sum, vandq_u64(vcgeq_u64(sum, p), p));
}

#endif
