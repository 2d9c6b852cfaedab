/* Four rows of four words and back, in AVX2: pairs of words change places within halves of 128
 * bits, then halves do. */
#ifndef KECCAK_TRANSPOSE_AVX2_INTERNAL_H
#define KECCAK_TRANSPOSE_AVX2_INTERNAL_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

static inline __attribute__((always_inline)) void hub_transpose(__m256i v[4])
{
    __m256i a = _mm256_unpacklo_epi64(v[0], v[1]);
    __m256i b = _mm256_unpackhi_epi64(v[0], v[1]);
    __m256i c = _mm256_unpacklo_epi64(v[2], v[3]);
    __m256i d = _mm256_unpackhi_epi64(v[2], v[3]);

    v[0] = _mm256_permute2x128_si256(a, c, 0x20);
    v[1] = _mm256_permute2x128_si256(b, d, 0x20);
    v[2] = _mm256_permute2x128_si256(a, c, 0x31);
    v[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

/* The four words of each row from byte at on. */
static inline void hub_transpose_from_rows(uint64_t *words, const uint8_t *const *rows, size_t at)
{
    __m256i v[4];

    for (size_t l = 0; l < 4; l++)
        v[l] = _mm256_loadu_si256((const __m256i *)(const void *)(rows[l] + at));
    hub_transpose(v);
    for (size_t i = 0; i < 4; i++)
        _mm256_storeu_si256((__m256i *)(void *)(words + 4 * i), v[i]);
}

static inline void hub_transpose_to_rows(uint8_t *const *rows, size_t at, const uint64_t *words)
{
    __m256i v[4];

    for (size_t i = 0; i < 4; i++)
        v[i] = _mm256_loadu_si256((const __m256i *)(const void *)(words + 4 * i));
    hub_transpose(v);
    for (size_t l = 0; l < 4; l++)
        _mm256_storeu_si256((__m256i *)(void *)(rows[l] + at), v[l]);
}

#endif
