/* Eight hashes of XofFixedKeyAes128 in registers, for kernels that go on with them there. Only for
 * files that are compiled with -maes. */
#ifndef XOF_AESNI_X8_H
#define XOF_AESNI_X8_H

#include <immintrin.h>
#include <stdint.h>

enum { HUB_AESNI_LANES = 8 };

/* sigma(lo, hi) = (hi, hi ^ lo). */
static inline __m128i hub_aesni_sigma(__m128i x)
{
    const __m128i high = _mm_set_epi64x(-1, 0);

    return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_and_si128(x, high));
}

/* x = AES(sigma(x)) ^ sigma(x) in each lane. */
static inline __attribute__((always_inline)) void hub_aesni_hash_x8(__m128i x[HUB_AESNI_LANES],
                                                                    const uint8_t *round_keys)
{
    const __m128i *keys = (const __m128i *)(const void *)round_keys;
    __m128i s[HUB_AESNI_LANES];
    __m128i key = _mm_load_si128(keys);

    _Pragma("GCC unroll 8") for (unsigned i = 0; i < HUB_AESNI_LANES; i++)
    {
        s[i] = hub_aesni_sigma(x[i]);
        x[i] = _mm_xor_si128(s[i], key);
    }
    _Pragma("GCC unroll 9") for (unsigned r = 1; r < 10; r++)
    {
        key = _mm_load_si128(keys + r);
        _Pragma("GCC unroll 8") for (unsigned i = 0; i < HUB_AESNI_LANES; i++) x[i] =
            _mm_aesenc_si128(x[i], key);
    }
    key = _mm_load_si128(keys + 10);
    _Pragma("GCC unroll 8") for (unsigned i = 0; i < HUB_AESNI_LANES; i++) x[i] =
        _mm_xor_si128(_mm_aesenclast_si128(x[i], key), s[i]);
}

#endif
