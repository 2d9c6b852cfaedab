/* Vectors of four 64-bit words in AVX2, for field128_lanes26.h. */
#ifndef FIELD_WORDS_AVX2_H
#define FIELD_WORDS_AVX2_H

#include <immintrin.h>
#include <stdint.h>

enum { HUB_WORDS = 4 };

typedef __m256i hub_words;

static inline hub_words hub_words_load(const uint64_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void hub_words_store(uint64_t *p, hub_words a)
{
    _mm256_storeu_si256((__m256i *)(void *)p, a);
}

static inline hub_words hub_words_set(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline hub_words hub_words_add(hub_words a, hub_words b)
{
    return _mm256_add_epi64(a, b);
}

static inline hub_words hub_words_sub(hub_words a, hub_words b)
{
    return _mm256_sub_epi64(a, b);
}

static inline hub_words hub_words_and(hub_words a, hub_words b)
{
    return _mm256_and_si256(a, b);
}

static inline hub_words hub_words_or(hub_words a, hub_words b)
{
    return _mm256_or_si256(a, b);
}

/* sum plus the product of the lower halves. */
static inline hub_words hub_words_mac32(hub_words sum, hub_words a, hub_words b)
{
    return _mm256_add_epi64(sum, _mm256_mul_epu32(a, b));
}

static inline hub_words hub_words_shift_up(hub_words a, unsigned n)
{
    return _mm256_slli_epi64(a, (int)n);
}

static inline hub_words hub_words_shift_down(hub_words a, unsigned n)
{
    return _mm256_srli_epi64(a, (int)n);
}

/* All ones where a, as a signed word, is below b. */
static inline hub_words hub_words_below(hub_words a, hub_words b)
{
    return _mm256_cmpgt_epi64(b, a);
}

/* a where mask is zero, b where it is all ones. */
static inline hub_words hub_words_select(hub_words a, hub_words b, hub_words mask)
{
    return _mm256_blendv_epi8(a, b, mask);
}

/* A bit for each lane whose words are equal. */
static inline unsigned hub_words_equal(hub_words a, hub_words b)
{
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(a, b)));
}

#endif
