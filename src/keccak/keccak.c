/* Keccak-p[1600,12] in plain C: one round as straight code over 25 local words, which compilers
 * keep in registers as far as they go. FIPS 202, sections 3.2 and 3.3. */
#include "keccak/keccak.h"

/* Rounds 12 to 23 of Keccak-f[1600]. */
static const uint64_t round_constants[12] = {
    0x000000008000808bU, 0x800000000000008bU, 0x8000000000008089U, 0x8000000000008003U,
    0x8000000000008002U, 0x8000000000000080U, 0x000000000000800aU, 0x800000008000000aU,
    0x8000000080008081U, 0x8000000000008080U, 0x0000000080000001U, 0x8000000080008008U,
};

static inline uint64_t rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

/* chi on one row of five lanes. */
static inline void chi_row(uint64_t *a, uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3,
                           uint64_t b4)
{
    a[0] = b0 ^ (~b1 & b2);
    a[1] = b1 ^ (~b2 & b3);
    a[2] = b2 ^ (~b3 & b4);
    a[3] = b3 ^ (~b4 & b0);
    a[4] = b4 ^ (~b0 & b1);
}

/* theta is added on the way into rho and pi: lane (x, y) goes to (y, 2x + 3y), rotated. */
static inline void keccak_round(uint64_t a[HUB_KECCAK_WORDS], uint64_t constant)
{
    uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    uint64_t d0 = c4 ^ rotate(c1, 1);
    uint64_t d1 = c0 ^ rotate(c2, 1);
    uint64_t d2 = c1 ^ rotate(c3, 1);
    uint64_t d3 = c2 ^ rotate(c4, 1);
    uint64_t d4 = c3 ^ rotate(c0, 1);
    uint64_t b[HUB_KECCAK_WORDS];

    b[0] = a[0] ^ d0;
    b[1] = rotate(a[6] ^ d1, 44);
    b[2] = rotate(a[12] ^ d2, 43);
    b[3] = rotate(a[18] ^ d3, 21);
    b[4] = rotate(a[24] ^ d4, 14);
    b[5] = rotate(a[3] ^ d3, 28);
    b[6] = rotate(a[9] ^ d4, 20);
    b[7] = rotate(a[10] ^ d0, 3);
    b[8] = rotate(a[16] ^ d1, 45);
    b[9] = rotate(a[22] ^ d2, 61);
    b[10] = rotate(a[1] ^ d1, 1);
    b[11] = rotate(a[7] ^ d2, 6);
    b[12] = rotate(a[13] ^ d3, 25);
    b[13] = rotate(a[19] ^ d4, 8);
    b[14] = rotate(a[20] ^ d0, 18);
    b[15] = rotate(a[4] ^ d4, 27);
    b[16] = rotate(a[5] ^ d0, 36);
    b[17] = rotate(a[11] ^ d1, 10);
    b[18] = rotate(a[17] ^ d2, 15);
    b[19] = rotate(a[23] ^ d3, 56);
    b[20] = rotate(a[2] ^ d2, 62);
    b[21] = rotate(a[8] ^ d3, 55);
    b[22] = rotate(a[14] ^ d4, 39);
    b[23] = rotate(a[15] ^ d0, 41);
    b[24] = rotate(a[21] ^ d1, 2);

    chi_row(&a[0], b[0], b[1], b[2], b[3], b[4]);
    chi_row(&a[5], b[5], b[6], b[7], b[8], b[9]);
    chi_row(&a[10], b[10], b[11], b[12], b[13], b[14]);
    chi_row(&a[15], b[15], b[16], b[17], b[18], b[19]);
    chi_row(&a[20], b[20], b[21], b[22], b[23], b[24]);
    a[0] ^= constant;
}

void hub_keccak_p1600_12_c(uint64_t state[HUB_KECCAK_WORDS])
{
    uint64_t a[HUB_KECCAK_WORDS];

    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        a[i] = state[i];
    for (unsigned i = 0; i < 12; i++)
        keccak_round(a, round_constants[i]);
    for (unsigned i = 0; i < HUB_KECCAK_WORDS; i++)
        state[i] = a[i];
}
