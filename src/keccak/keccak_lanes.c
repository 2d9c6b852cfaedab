/* Keccak-p[1600,12] for several states, one in each 64-bit lane of a vector, so that every
 * operation of the permutation is one for as many reports. Compiled once for each tier: what can be
 * done with lanes comes from the tier's header. Twin: hub_keccak_p1600_12_c. */
#include "keccak/keccak_internal.h"

#ifdef HUB_KECCAK_FEW_LANES
#include "keccak/lanes_avx512vl_internal.h"
#elif defined(__AVX512F__)
#include "keccak/lanes_avx512_internal.h"
#elif defined(__AVX2__)
#include "keccak/lanes_avx2_internal.h"
#else
#include "keccak/lanes_neon_internal.h"
#endif

static inline hub_lanes parity(hub_lanes v, hub_lanes w, hub_lanes x, hub_lanes y, hub_lanes z)
{
    return hub_lanes_xor3(hub_lanes_xor3(v, w, x), y, z);
}

static inline __attribute__((always_inline)) void
write_row(hub_lanes *e, hub_lanes b0, hub_lanes b1, hub_lanes b2, hub_lanes b3, hub_lanes b4)
{
    e[0] = hub_lanes_chi(b0, b1, b2);
    e[1] = hub_lanes_chi(b1, b2, b3);
    e[2] = hub_lanes_chi(b2, b3, b4);
    e[3] = hub_lanes_chi(b3, b4, b0);
    e[4] = hub_lanes_chi(b4, b0, b1);
}

/* One round from a to e, laid out as the plain one. */
static inline __attribute__((always_inline)) void keccak_round(hub_lanes *e, const hub_lanes *a,
                                                               uint64_t constant)
{
    hub_lanes c0 = parity(a[0], a[5], a[10], a[15], a[20]);
    hub_lanes c1 = parity(a[1], a[6], a[11], a[16], a[21]);
    hub_lanes c2 = parity(a[2], a[7], a[12], a[17], a[22]);
    hub_lanes c3 = parity(a[3], a[8], a[13], a[18], a[23]);
    hub_lanes c4 = parity(a[4], a[9], a[14], a[19], a[24]);
    hub_lanes d0 = hub_lanes_xor(c4, HUB_LANES_ROTATE(c1, 1));
    hub_lanes d1 = hub_lanes_xor(c0, HUB_LANES_ROTATE(c2, 1));
    hub_lanes d2 = hub_lanes_xor(c1, HUB_LANES_ROTATE(c3, 1));
    hub_lanes d3 = hub_lanes_xor(c2, HUB_LANES_ROTATE(c4, 1));
    hub_lanes d4 = hub_lanes_xor(c3, HUB_LANES_ROTATE(c0, 1));
    hub_lanes b0;
    hub_lanes b1;
    hub_lanes b2;
    hub_lanes b3;
    hub_lanes b4;

    b0 = hub_lanes_xor(a[0], d0);
    b1 = HUB_LANES_ROTATE(hub_lanes_xor(a[6], d1), 44);
    b2 = HUB_LANES_ROTATE(hub_lanes_xor(a[12], d2), 43);
    b3 = HUB_LANES_ROTATE(hub_lanes_xor(a[18], d3), 21);
    b4 = HUB_LANES_ROTATE(hub_lanes_xor(a[24], d4), 14);
    write_row(e, b0, b1, b2, b3, b4);
    e[0] = hub_lanes_xor(e[0], hub_lanes_set(constant));
    b0 = HUB_LANES_ROTATE(hub_lanes_xor(a[3], d3), 28);
    b1 = HUB_LANES_ROTATE(hub_lanes_xor(a[9], d4), 20);
    b2 = HUB_LANES_ROTATE(hub_lanes_xor(a[10], d0), 3);
    b3 = HUB_LANES_ROTATE(hub_lanes_xor(a[16], d1), 45);
    b4 = HUB_LANES_ROTATE(hub_lanes_xor(a[22], d2), 61);
    write_row(e + 5, b0, b1, b2, b3, b4);
    b0 = HUB_LANES_ROTATE(hub_lanes_xor(a[1], d1), 1);
    b1 = HUB_LANES_ROTATE(hub_lanes_xor(a[7], d2), 6);
    b2 = HUB_LANES_ROTATE(hub_lanes_xor(a[13], d3), 25);
    b3 = hub_lanes_rotate_8(hub_lanes_xor(a[19], d4));
    b4 = HUB_LANES_ROTATE(hub_lanes_xor(a[20], d0), 18);
    write_row(e + 10, b0, b1, b2, b3, b4);
    b0 = HUB_LANES_ROTATE(hub_lanes_xor(a[4], d4), 27);
    b1 = HUB_LANES_ROTATE(hub_lanes_xor(a[5], d0), 36);
    b2 = HUB_LANES_ROTATE(hub_lanes_xor(a[11], d1), 10);
    b3 = HUB_LANES_ROTATE(hub_lanes_xor(a[17], d2), 15);
    b4 = hub_lanes_rotate_56(hub_lanes_xor(a[23], d3));
    write_row(e + 15, b0, b1, b2, b3, b4);
    b0 = HUB_LANES_ROTATE(hub_lanes_xor(a[2], d2), 62);
    b1 = HUB_LANES_ROTATE(hub_lanes_xor(a[8], d3), 55);
    b2 = HUB_LANES_ROTATE(hub_lanes_xor(a[14], d4), 39);
    b3 = HUB_LANES_ROTATE(hub_lanes_xor(a[15], d0), 41);
    b4 = HUB_LANES_ROTATE(hub_lanes_xor(a[21], d1), 2);
    write_row(e + 20, b0, b1, b2, b3, b4);
}

/* The states are one of the two arrays that rounds go between: copied to a second local one, they
 * would go through memory twice more. */
void HUB_KECCAK_PERMUTE_LANES(uint64_t *states)
{
    hub_lanes *a = (hub_lanes *)(void *)states;
    hub_lanes e[HUB_KECCAK_WORDS];

    for (unsigned i = 0; i < HUB_KECCAK_ROUNDS; i += 2) {
        keccak_round(e, a, hub_keccak_round_constants[i]);
        keccak_round(a, e, hub_keccak_round_constants[i + 1]);
    }
}

#ifdef HUB_KECCAK_PERMUTE_TWO_LANES
/* A round waits for the last words of the one before; here the other group's round is between. */
void HUB_KECCAK_PERMUTE_TWO_LANES(uint64_t *states, uint64_t *others)
{
    hub_lanes *a = (hub_lanes *)(void *)states;
    hub_lanes *b = (hub_lanes *)(void *)others;
    hub_lanes e[HUB_KECCAK_WORDS];
    hub_lanes f[HUB_KECCAK_WORDS];

    for (unsigned i = 0; i < HUB_KECCAK_ROUNDS; i += 2) {
        keccak_round(e, a, hub_keccak_round_constants[i]);
        keccak_round(f, b, hub_keccak_round_constants[i]);
        keccak_round(a, e, hub_keccak_round_constants[i + 1]);
        keccak_round(b, f, hub_keccak_round_constants[i + 1]);
    }
}
#endif
