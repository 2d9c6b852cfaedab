/* Vectors of eight 64-bit words in AVX-512, for field128_lanes26.h. */
#ifndef FIELD_WORDS_AVX512_H
#define FIELD_WORDS_AVX512_H

#include <immintrin.h>
#include <stdint.h>

enum { HUB_WORDS = 8 };

typedef __m512i hub_words;

static inline hub_words hub_words_load(const uint64_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void hub_words_store(uint64_t *p, hub_words a)
{
    _mm512_storeu_si512(p, a);
}

static inline hub_words hub_words_set(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline hub_words hub_words_add(hub_words a, hub_words b)
{
    return _mm512_add_epi64(a, b);
}

static inline hub_words hub_words_sub(hub_words a, hub_words b)
{
    return _mm512_sub_epi64(a, b);
}

static inline hub_words hub_words_and(hub_words a, hub_words b)
{
    return _mm512_and_si512(a, b);
}

static inline hub_words hub_words_or(hub_words a, hub_words b)
{
    return _mm512_or_si512(a, b);
}

/* sum plus the product of the lower halves. */
static inline hub_words hub_words_mac32(hub_words sum, hub_words a, hub_words b)
{
    return _mm512_add_epi64(sum, _mm512_mul_epu32(a, b));
}

static inline hub_words hub_words_shift_up(hub_words a, unsigned n)
{
    return _mm512_slli_epi64(a, n);
}

static inline hub_words hub_words_shift_down(hub_words a, unsigned n)
{
    return _mm512_srli_epi64(a, n);
}

/* All ones where a, as a signed word, is below b. */
static inline hub_words hub_words_below(hub_words a, hub_words b)
{
    return _mm512_movm_epi64(_mm512_cmplt_epi64_mask(a, b));
}

/* a where mask is zero, b where it is all ones. */
static inline hub_words hub_words_select(hub_words a, hub_words b, hub_words mask)
{
    return _mm512_mask_mov_epi64(a, _mm512_movepi64_mask(mask), b);
}

/* A bit for each lane whose words are equal. */
static inline unsigned hub_words_equal(hub_words a, hub_words b)
{
    return _mm512_cmpeq_epi64_mask(a, b);
}

#endif
