/* Eight rows of eight words and back, in AVX-512: words, pairs and halves change places in turn. */
#ifndef KECCAK_TRANSPOSE_AVX512_INTERNAL_H
#define KECCAK_TRANSPOSE_AVX512_INTERNAL_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/* Of the pairs (a, b), (c, d) in the quarters of two vectors: the first of each, or the second. */
static inline __m512i hub_transpose_firsts(__m512i x, __m512i y)
{
    return _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), y);
}

static inline __m512i hub_transpose_seconds(__m512i x, __m512i y)
{
    return _mm512_permutex2var_epi64(x, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), y);
}

static inline __attribute__((always_inline)) void hub_transpose(__m512i v[8])
{
    __m512i pair[8];
    __m512i four[8];

    for (size_t i = 0; i < 8; i += 2) {
        pair[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        pair[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        four[i] = hub_transpose_firsts(pair[i], pair[i + 2]);
        four[i + 1] = hub_transpose_firsts(pair[i + 1], pair[i + 3]);
        four[i + 2] = hub_transpose_seconds(pair[i], pair[i + 2]);
        four[i + 3] = hub_transpose_seconds(pair[i + 1], pair[i + 3]);
    }
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_i64x2(four[i], four[i + 4], 0x44);
        v[i + 4] = _mm512_shuffle_i64x2(four[i], four[i + 4], 0xee);
    }
}

/* The eight words of each row from byte at on. */
static inline void hub_transpose_from_rows(uint64_t *words, const uint8_t *const *rows, size_t at)
{
    __m512i v[8];

    for (size_t l = 0; l < 8; l++)
        v[l] = _mm512_loadu_si512(rows[l] + at);
    hub_transpose(v);
    for (size_t i = 0; i < 8; i++)
        _mm512_storeu_si512(words + 8 * i, v[i]);
}

static inline void hub_transpose_to_rows(uint8_t *const *rows, size_t at, const uint64_t *words)
{
    __m512i v[8];

    for (size_t i = 0; i < 8; i++)
        v[i] = _mm512_loadu_si512(words + 8 * i);
    hub_transpose(v);
    for (size_t l = 0; l < 8; l++)
        _mm512_storeu_si512(rows[l] + at, v[l]);
}

#endif
