/* Keccak-p[1600,12] in plain C (FIPS 202, sections 3.2 and 3.3). Two things make it fast without
 * any instruction beyond the base set:
 * - Six lanes are kept complemented between rounds, so that chi, x ^ (~y & z), needs one NOT a row
 *   instead of five: by De Morgan the others become ANDs and ORs ("lane complementing", in the
 *   Keccak implementation overview). Rows differ in which of their lanes are complemented.
 * - A round reads one array and writes the other, so that compilers take lanes from memory as
 *   operands instead of spilling them. */
#include "keccak/keccak_internal.h"

const uint64_t hub_keccak_round_constants[HUB_KECCAK_ROUNDS] = {
    0x000000008000808bU, 0x800000000000008bU, 0x8000000000008089U, 0x8000000000008003U,
    0x8000000000008002U, 0x8000000000000080U, 0x000000000000800aU, 0x800000008000000aU,
    0x8000000080008081U, 0x8000000000008080U, 0x0000000080000001U, 0x8000000080008008U,
};

static inline uint64_t rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

/* The lanes that are complemented between rounds. */
static inline void complement(uint64_t a[HUB_KECCAK_WORDS])
{
    a[1] = ~a[1];
    a[2] = ~a[2];
    a[8] = ~a[8];
    a[12] = ~a[12];
    a[17] = ~a[17];
    a[20] = ~a[20];
}

/* One round from a to e. theta is added on the way into rho and pi: lane (x, y) goes to
 * (y, 2x + 3y), rotated; b0 to b4 are a row before chi, and n the lane that is complemented. */
static inline void keccak_round(uint64_t e[HUB_KECCAK_WORDS], const uint64_t a[HUB_KECCAK_WORDS],
                                uint64_t constant)
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
    uint64_t b0 = a[0] ^ d0;
    uint64_t b1 = rotate(a[6] ^ d1, 44);
    uint64_t b2 = rotate(a[12] ^ d2, 43);
    uint64_t b3 = rotate(a[18] ^ d3, 21);
    uint64_t b4 = rotate(a[24] ^ d4, 14);
    uint64_t n;

    e[0] = b0 ^ (b1 | b2) ^ constant;
    e[1] = b1 ^ (~b2 | b3);
    e[2] = b2 ^ (b3 & b4);
    e[3] = b3 ^ (b4 | b0);
    e[4] = b4 ^ (b0 & b1);

    b0 = rotate(a[3] ^ d3, 28);
    b1 = rotate(a[9] ^ d4, 20);
    b2 = rotate(a[10] ^ d0, 3);
    b3 = rotate(a[16] ^ d1, 45);
    b4 = rotate(a[22] ^ d2, 61);
    e[5] = b0 ^ (b1 | b2);
    e[6] = b1 ^ (b2 & b3);
    e[7] = b2 ^ (b3 | ~b4);
    e[8] = b3 ^ (b4 | b0);
    e[9] = b4 ^ (b0 & b1);

    b0 = rotate(a[1] ^ d1, 1);
    b1 = rotate(a[7] ^ d2, 6);
    b2 = rotate(a[13] ^ d3, 25);
    b3 = rotate(a[19] ^ d4, 8);
    b4 = rotate(a[20] ^ d0, 18);
    n = ~b3;
    e[10] = b0 ^ (b1 | b2);
    e[11] = b1 ^ (b2 & b3);
    e[12] = b2 ^ (n & b4);
    e[13] = n ^ (b4 | b0);
    e[14] = b4 ^ (b0 & b1);

    b0 = rotate(a[4] ^ d4, 27);
    b1 = rotate(a[5] ^ d0, 36);
    b2 = rotate(a[11] ^ d1, 10);
    b3 = rotate(a[17] ^ d2, 15);
    b4 = rotate(a[23] ^ d3, 56);
    n = ~b3;
    e[15] = b0 ^ (b1 & b2);
    e[16] = b1 ^ (b2 | b3);
    e[17] = b2 ^ (n | b4);
    e[18] = n ^ (b4 & b0);
    e[19] = b4 ^ (b0 | b1);

    b0 = rotate(a[2] ^ d2, 62);
    b1 = rotate(a[8] ^ d3, 55);
    b2 = rotate(a[14] ^ d4, 39);
    b3 = rotate(a[15] ^ d0, 41);
    b4 = rotate(a[21] ^ d1, 2);
    n = ~b1;
    e[20] = b0 ^ (n & b2);
    e[21] = n ^ (b2 | b3);
    e[22] = b2 ^ (b3 & b4);
    e[23] = b3 ^ (b4 | b0);
    e[24] = b4 ^ (b0 & b1);
}

void hub_keccak_p1600_12_c(uint64_t state[HUB_KECCAK_WORDS])
{
    uint64_t other[HUB_KECCAK_WORDS];

    complement(state);
    for (unsigned i = 0; i < HUB_KECCAK_ROUNDS; i += 2) {
        keccak_round(other, state, hub_keccak_round_constants[i]);
        keccak_round(state, other, hub_keccak_round_constants[i + 1]);
    }
    complement(state);
}
