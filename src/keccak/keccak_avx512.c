/* Keccak-p[1600,12] for eight states in AVX-512, one state in each 64-bit lane. Rotations and all
 * functions of three operands are single instructions, and the 32 registers hold the states. Twin:
 * hub_keccak_p1600_12_c. */
#include "keccak/keccak_internal.h"

#include <immintrin.h>

static inline __m512i xor2(__m512i x, __m512i y)
{
    return _mm512_xor_si512(x, y);
}

/* The last argument of ternarylogic is the truth table: 0x96 is x ^ y ^ z, 0xd2 x ^ (~y & z). */
static inline __m512i xor5(__m512i v, __m512i w, __m512i x, __m512i y, __m512i z)
{
    return _mm512_ternarylogic_epi64(_mm512_ternarylogic_epi64(v, w, x, 0x96), y, z, 0x96);
}

static inline __m512i chi(__m512i x, __m512i y, __m512i z)
{
    return _mm512_ternarylogic_epi64(x, y, z, 0xd2);
}

/* A macro, since the distance must be an immediate without optimisation too. */
#define ROTATE(x, n) _mm512_rol_epi64((x), (n))

static inline __attribute__((always_inline)) void write_row(__m512i *e, __m512i b0, __m512i b1,
                                                            __m512i b2, __m512i b3, __m512i b4)
{
    e[0] = chi(b0, b1, b2);
    e[1] = chi(b1, b2, b3);
    e[2] = chi(b2, b3, b4);
    e[3] = chi(b3, b4, b0);
    e[4] = chi(b4, b0, b1);
}

/* One round from a to e, laid out as the plain one. */
static inline __attribute__((always_inline)) void keccak_round(__m512i *e, const __m512i *a,
                                                               __m512i constant)
{
    __m512i c0 = xor5(a[0], a[5], a[10], a[15], a[20]);
    __m512i c1 = xor5(a[1], a[6], a[11], a[16], a[21]);
    __m512i c2 = xor5(a[2], a[7], a[12], a[17], a[22]);
    __m512i c3 = xor5(a[3], a[8], a[13], a[18], a[23]);
    __m512i c4 = xor5(a[4], a[9], a[14], a[19], a[24]);
    __m512i d0 = xor2(c4, ROTATE(c1, 1));
    __m512i d1 = xor2(c0, ROTATE(c2, 1));
    __m512i d2 = xor2(c1, ROTATE(c3, 1));
    __m512i d3 = xor2(c2, ROTATE(c4, 1));
    __m512i d4 = xor2(c3, ROTATE(c0, 1));
    __m512i b0;
    __m512i b1;
    __m512i b2;
    __m512i b3;
    __m512i b4;

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

void hub_keccak_p1600_12_x8_avx512(uint64_t *states)
{
    __m512i *s = (__m512i *)(void *)states;
    __m512i a[HUB_KECCAK_WORDS];
    __m512i e[HUB_KECCAK_WORDS];

    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        a[i] = s[i];
    for (unsigned i = 0; i < HUB_KECCAK_ROUNDS; i += 2) {
        keccak_round(e, a, _mm512_set1_epi64((long long)hub_keccak_round_constants[i]));
        keccak_round(a, e, _mm512_set1_epi64((long long)hub_keccak_round_constants[i + 1]));
    }
    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        s[i] = a[i];
}
