/* Vectors of two 64-bit words in NEON, which every aarch64 has, for field128_lanes26.h. */
#ifndef FIELD_WORDS_NEON_H
#define FIELD_WORDS_NEON_H

#include <arm_neon.h>
#include <stdint.h>

enum { HUB_WORDS = 2 };

typedef uint64x2_t hub_words;

static inline hub_words hub_words_load(const uint64_t *p)
{
    return vld1q_u64(p);
}

static inline void hub_words_store(uint64_t *p, hub_words a)
{
    vst1q_u64(p, a);
}

static inline hub_words hub_words_set(uint64_t x)
{
    return vdupq_n_u64(x);
}

static inline hub_words hub_words_add(hub_words a, hub_words b)
{
    return vaddq_u64(a, b);
}

static inline hub_words hub_words_sub(hub_words a, hub_words b)
{
    return vsubq_u64(a, b);
}

static inline hub_words hub_words_and(hub_words a, hub_words b)
{
    return vandq_u64(a, b);
}

static inline hub_words hub_words_or(hub_words a, hub_words b)
{
    return vorrq_u64(a, b);
}

/* sum plus the product of the lower halves. */
static inline hub_words hub_words_mac32(hub_words sum, hub_words a, hub_words b)
{
    return vmlal_u32(sum, vmovn_u64(a), vmovn_u64(b));
}

/* By operators, since the intrinsics' distances must be constants without optimisation too. */
static inline hub_words hub_words_shift_up(hub_words a, unsigned n)
{
    return a << n;
}

static inline hub_words hub_words_shift_down(hub_words a, unsigned n)
{
    return a >> n;
}

/* All ones where a, as a signed word, is below b. */
static inline hub_words hub_words_below(hub_words a, hub_words b)
{
    return vcltq_s64(vreinterpretq_s64_u64(a), vreinterpretq_s64_u64(b));
}

/* a where mask is zero, b where it is all ones. */
static inline hub_words hub_words_select(hub_words a, hub_words b, hub_words mask)
{
    return vbslq_u64(mask, b, a);
}

/* A bit for each lane whose words are equal. */
static inline unsigned hub_words_equal(hub_words a, hub_words b)
{
    hub_words equal = vceqq_u64(a, b);

    return (unsigned)((vgetq_lane_u64(equal, 0) & 1) | (vgetq_lane_u64(equal, 1) & 2));
}

#endif
