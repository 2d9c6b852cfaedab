/* Keccak-p[1600,12] for four states in AVX2, one state in each 64-bit lane, so that every operation
 * of the permutation is one for four reports. There is no rotation: two shifts make one.
 * Twin: hub_keccak_p1600_12_c. */
#include "keccak/keccak_internal.h"

#include <immintrin.h>

static inline __m256i xor2(__m256i x, __m256i y)
{
    return _mm256_xor_si256(x, y);
}

static inline __m256i xor5(__m256i v, __m256i w, __m256i x, __m256i y, __m256i z)
{
    return xor2(xor2(xor2(v, w), xor2(x, y)), z);
}

/* x ^ (~y & z) */
static inline __m256i chi(__m256i x, __m256i y, __m256i z)
{
    return xor2(x, _mm256_andnot_si256(y, z));
}

/* A macro, since the distance must be an immediate without optimisation too. */
#define ROTATE(x, n) _mm256_or_si256(_mm256_slli_epi64((x), (n)), _mm256_srli_epi64((x), 64 - (n)))

static inline __attribute__((always_inline)) void write_row(__m256i *e, __m256i b0, __m256i b1,
                                                            __m256i b2, __m256i b3, __m256i b4)
{
    e[0] = chi(b0, b1, b2);
    e[1] = chi(b1, b2, b3);
    e[2] = chi(b2, b3, b4);
    e[3] = chi(b3, b4, b0);
    e[4] = chi(b4, b0, b1);
}

/* One round from a to e, laid out as the plain one. */
static inline __attribute__((always_inline)) void keccak_round(__m256i *e, const __m256i *a,
                                                               __m256i constant)
{
    __m256i c0 = xor5(a[0], a[5], a[10], a[15], a[20]);
    __m256i c1 = xor5(a[1], a[6], a[11], a[16], a[21]);
    __m256i c2 = xor5(a[2], a[7], a[12], a[17], a[22]);
    __m256i c3 = xor5(a[3], a[8], a[13], a[18], a[23]);
    __m256i c4 = xor5(a[4], a[9], a[14], a[19], a[24]);
    __m256i d0 = xor2(c4, ROTATE(c1, 1));
    __m256i d1 = xor2(c0, ROTATE(c2, 1));
    __m256i d2 = xor2(c1, ROTATE(c3, 1));
    __m256i d3 = xor2(c2, ROTATE(c4, 1));
    __m256i d4 = xor2(c3, ROTATE(c0, 1));
    __m256i b0;
    __m256i b1;
    __m256i b2;
    __m256i b3;
    __m256i b4;

    b0 = xor2(a[0], d0);
    b1 = ROTATE(xor2(a[6], d1), 44);
    b2 = ROTATE(xor2(a[12], d2), 43);
    b3 = ROTATE(xor2(a[18], d3), 21);
    b4 = ROTATE(xor2(a[24], d4), 14);
    write_row(e, b0, b1, b2, b3, b4);
    e[0] = xor2(e[0], constant);
    b0 = ROTATE(xor2(a[3], d3), 28);
    b1 = ROTATE(xor2(a[9], d4), 20);
    b2 = ROTATE(xor2(a[10], d0), 3);
    b3 = ROTATE(xor2(a[16], d1), 45);
    b4 = ROTATE(xor2(a[22], d2), 61);
    write_row(e + 5, b0, b1, b2, b3, b4);
    b0 = ROTATE(xor2(a[1], d1), 1);
    b1 = ROTATE(xor2(a[7], d2), 6);
    b2 = ROTATE(xor2(a[13], d3), 25);
    b3 = ROTATE(xor2(a[19], d4), 8);
    b4 = ROTATE(xor2(a[20], d0), 18);
    write_row(e + 10, b0, b1, b2, b3, b4);
    b0 = ROTATE(xor2(a[4], d4), 27);
    b1 = ROTATE(xor2(a[5], d0), 36);
    b2 = ROTATE(xor2(a[11], d1), 10);
    b3 = ROTATE(xor2(a[17], d2), 15);
    b4 = ROTATE(xor2(a[23], d3), 56);
    write_row(e + 15, b0, b1, b2, b3, b4);
    b0 = ROTATE(xor2(a[2], d2), 62);
    b1 = ROTATE(xor2(a[8], d3), 55);
    b2 = ROTATE(xor2(a[14], d4), 39);
    b3 = ROTATE(xor2(a[15], d0), 41);
    b4 = ROTATE(xor2(a[21], d1), 2);
    write_row(e + 20, b0, b1, b2, b3, b4);
}

void hub_keccak_p1600_12_x4_avx2(uint64_t *states)
{
    __m256i *s = (__m256i *)(void *)states;
    __m256i a[HUB_KECCAK_WORDS];
    __m256i e[HUB_KECCAK_WORDS];

    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        a[i] = s[i];
    for (unsigned i = 0; i < HUB_KECCAK_ROUNDS; i += 2) {
        keccak_round(e, a, _mm256_set1_epi64x((long long)hub_keccak_round_constants[i]));
        keccak_round(a, e, _mm256_set1_epi64x((long long)hub_keccak_round_constants[i + 1]));
    }
    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        s[i] = a[i];
}
