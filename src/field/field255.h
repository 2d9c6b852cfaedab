/* Field255: integers mod p = 2^255 - 19 (VDAF draft-20, section "Field Definitions"), in four words
 * with the lowest first. Words are the canonical residue, so that what the encoding holds is what
 * arithmetic takes. Every element that a function takes or returns is below p. Constant time. */
#ifndef FIELD_FIELD255_H
#define FIELD_FIELD255_H

#include "base/bytes.h"
#include "base/mask.h"
#include "field/wide.h"

typedef struct hub_fe255 {
    uint64_t w[4];
} hub_fe255;

enum { HUB_FIELD255_BYTES = 32 };

#define HUB_FE255_TOP 0x7fffffffffffffffU /* what an element may have in its highest word */

/* a + small, without reduction: the caller knows that it is below 2^256. */
static inline hub_fe255 hub_fe255_add_small(hub_fe255 a, uint64_t small)
{
    hub_u128 carry = small;

    for (unsigned i = 0; i < 4; i++) {
        carry += a.w[i];
        a.w[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return a;
}

/* Any four words below 2^256 to the residue: 2^255 = 19, and then a + 19 reaches 2^255 exactly if a
 * is at least p. */
static inline hub_fe255 hub_fe255_reduce(hub_fe255 a)
{
    uint64_t top = a.w[3] >> 63;

    a.w[3] &= HUB_FE255_TOP;
    a = hub_fe255_add_small(a, 19 * top); /* below 2^255 + 19, that is below 2p */
    hub_fe255 less = hub_fe255_add_small(a, 19);
    uint64_t take = hub_mask64(less.w[3] >> 63);
    less.w[3] &= HUB_FE255_TOP;
    for (unsigned i = 0; i < 4; i++)
        a.w[i] ^= (a.w[i] ^ less.w[i]) & take;
    return a;
}

static inline hub_fe255 hub_fe255_add(hub_fe255 a, hub_fe255 b)
{
    hub_u128 carry = 0;

    for (unsigned i = 0; i < 4; i++) {
        carry += (hub_u128)a.w[i] + b.w[i];
        a.w[i] = (uint64_t)carry;
        carry >>= 64; /* 0 at the end: both are below 2^255 */
    }
    return hub_fe255_reduce(a);
}

/* p - a, for a up to p: for a = 0 this is p, which hub_fe255_reduce takes. */
static inline hub_fe255 hub_fe255_minus(hub_fe255 a)
{
    static const uint64_t p[4] = {0xffffffffffffffedU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP};
    uint64_t borrow = 0;

    for (unsigned i = 0; i < 4; i++) {
        hub_u128 d = (hub_u128)p[i] - a.w[i] - borrow;

        a.w[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    return a;
}

static inline hub_fe255 hub_fe255_neg(hub_fe255 a)
{
    return hub_fe255_reduce(hub_fe255_minus(a));
}

static inline hub_fe255 hub_fe255_sub(hub_fe255 a, hub_fe255 b)
{
    return hub_fe255_add(a, hub_fe255_minus(b)); /* the sum is below 2p: that is below 2^256 */
}

/* The eight words of the product fold at 2^256 = 38. */
static inline hub_fe255 hub_fe255_mul(hub_fe255 a, hub_fe255 b)
{
    uint64_t t[8] = {0};
    hub_fe255 r;
    hub_u128 carry = 0;

    for (unsigned i = 0; i < 4; i++) {
        carry = 0;
        for (unsigned j = 0; j < 4; j++) {
            carry += (hub_u128)a.w[i] * b.w[j] + t[i + j];
            t[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        t[i + 4] = (uint64_t)carry;
    }
    carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (hub_u128)t[i + 4] * 38 + t[i];
        r.w[i] = (uint64_t)carry;
        carry >>= 64;
    }
    carry *= 38; /* at most 38 * 38 */
    for (unsigned i = 0; i < 4; i++) {
        carry += r.w[i];
        r.w[i] = (uint64_t)carry;
        carry >>= 64;
    }
    r.w[0] += 38 * (uint64_t)carry; /* if it wrapped, what is left is below 38 * 38 */
    return hub_fe255_reduce(r);
}

/* b for a mask of all ones, a for zero. */
static inline hub_fe255 hub_fe255_select(hub_fe255 a, hub_fe255 b, uint64_t mask)
{
    for (unsigned i = 0; i < 4; i++)
        a.w[i] ^= (a.w[i] ^ b.w[i]) & mask;
    return a;
}

static inline bool hub_fe255_is_zero(hub_fe255 a)
{
    return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0;
}

/* Little-endian bytes, 32 an element. */
void hub_field255_encode(uint8_t *out, const hub_fe255 *v, size_t n);
/* False if an element is not below p; out is then of no use. */
HUB_MUST_USE bool hub_field255_decode(hub_fe255 *out, const uint8_t *bytes, size_t n);
/* acc += share on encoded elements, all below p. */
void hub_field255_add_encoded(uint8_t *acc, const uint8_t *share, size_t n);
/* Clears the 256th bit of each of n words-of-four and moves what is below p to the front, as
 * the draft's next_vec does with a stream. Returns how many were kept. */
size_t hub_field255_sample(hub_fe255 *v, size_t n);

#endif
