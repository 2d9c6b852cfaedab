/* The operations on two lanes that keccak_lanes.c is made of, in NEON, which every aarch64 has. A
 * rotation is a shift and a shift that inserts. */
#ifndef KECCAK_LANES_NEON_INTERNAL_H
#define KECCAK_LANES_NEON_INTERNAL_H

#include <arm_neon.h>
#include <stdint.h>

#define HUB_KECCAK_PERMUTE_LANES hub_keccak_p1600_12_x2_neon

typedef uint64x2_t hub_lanes;

static inline hub_lanes hub_lanes_set(uint64_t x)
{
    return vdupq_n_u64(x);
}

static inline hub_lanes hub_lanes_xor(hub_lanes x, hub_lanes y)
{
    return veorq_u64(x, y);
}

static inline hub_lanes hub_lanes_xor3(hub_lanes x, hub_lanes y, hub_lanes z)
{
    return hub_lanes_xor(hub_lanes_xor(x, y), z);
}

/* x ^ (~y & z) */
static inline hub_lanes hub_lanes_chi(hub_lanes x, hub_lanes y, hub_lanes z)
{
    return hub_lanes_xor(x, vbicq_u64(z, y));
}

/* A macro, since distances must be immediates without optimisation too. */
#define HUB_LANES_ROTATE(x, n) vsriq_n_u64(vshlq_n_u64((x), (n)), (x), 64 - (n))

static inline hub_lanes hub_lanes_rotate_8(hub_lanes x)
{
    return HUB_LANES_ROTATE(x, 8);
}

static inline hub_lanes hub_lanes_rotate_56(hub_lanes x)
{
    return HUB_LANES_ROTATE(x, 56);
}

#endif
