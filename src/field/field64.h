/* Field64: integers mod p = 2^64 - 2^32 + 1 (VDAF draft-20, section "NTT-friendly fields"), as
 * plain words: what the encoding holds is what arithmetic takes. Every element that a function
 * takes or returns is below p. Constant time, unless a name ends in _var. */
#ifndef FIELD_FIELD64_H
#define FIELD_FIELD64_H

#include "base/bytes.h"
#include "base/mask.h"
#include "field/verify.h"
#include "field/wide.h"

typedef uint64_t hub_fe64;

#define HUB_FIELD64_P 0xffffffff00000001U

enum {
    HUB_FIELD64_BYTES = 8,
    HUB_FIELD64_LOG_ROOTS = 32 /* the multiplicative group has a subgroup of order 2^32 */
};

/* Checks what all functions assume, in builds with -Dverify=true. */
static inline hub_fe64 hub_fe64_verified(hub_fe64 a)
{
    HUB_VERIFY_THAT(a < HUB_FIELD64_P);
    return a;
}

static inline hub_fe64 hub_fe64_add(hub_fe64 a, hub_fe64 b)
{
    uint64_t sum = hub_fe64_verified(a) + hub_fe64_verified(b);
    uint64_t over = (uint64_t)(sum < a) | (uint64_t)(sum >= HUB_FIELD64_P);

    return sum - (HUB_FIELD64_P & hub_mask64(over));
}

static inline hub_fe64 hub_fe64_sub(hub_fe64 a, hub_fe64 b)
{
    return hub_fe64_verified(a) - hub_fe64_verified(b) + (HUB_FIELD64_P & hub_mask64(a < b));
}

static inline hub_fe64 hub_fe64_neg(hub_fe64 a)
{
    return hub_fe64_sub(0, a);
}

/* hi * 2^64 + lo mod p, for any two words: 2^64 = 2^32 - 1 and 2^96 = -1 mod p. */
static inline hub_fe64 hub_fe64_reduce(uint64_t lo, uint64_t hi)
{
    const uint64_t e = 0xffffffffU; /* 2^64 mod p */
    uint64_t top = hi >> 32;
    uint64_t low = lo - top;
    uint64_t mid = (hi & e) * e;

    low -= e & hub_mask64(lo < top); /* at least 2^64 - 2^32 before: no second borrow */
    uint64_t sum = low + mid;
    sum += e & hub_mask64(sum < mid); /* mid <= 2^64 - 2^33 + 1: no second carry */
    return sum - (HUB_FIELD64_P & hub_mask64(sum >= HUB_FIELD64_P));
}

static inline hub_fe64 hub_fe64_mul(hub_fe64 a, hub_fe64 b)
{
    hub_u128 product = (hub_u128)hub_fe64_verified(a) * hub_fe64_verified(b);

    return hub_fe64_reduce((uint64_t)product, (uint64_t)(product >> 64));
}

/* A sum of products, reduced once: the low and the high halves add up apart. Holds up to 2^32
 * products. */
typedef struct hub_acc64 {
    hub_u128 lo;
    hub_u128 hi;
} hub_acc64;

static inline void hub_acc64_add_product(hub_acc64 *acc, hub_fe64 a, hub_fe64 b)
{
    hub_u128 product = (hub_u128)hub_fe64_verified(a) * hub_fe64_verified(b);

    acc->lo += (uint64_t)product;
    acc->hi += (uint64_t)(product >> 64);
}

static inline hub_fe64 hub_acc64_reduce(hub_acc64 acc)
{
    HUB_VERIFY_THAT(acc.lo >> 96 == 0 && acc.hi >> 96 == 0);
    hub_u128 hi = acc.hi + (acc.lo >> 64); /* below 2^97 */
    hub_fe64 low = hub_fe64_reduce((uint64_t)acc.lo, (uint64_t)hi);

    /* what is left stands at 2^128 = -2^32 mod p, and is below 2^33 */
    return hub_fe64_sub(low, hub_fe64_reduce((uint64_t)(hi >> 64) << 32, (uint64_t)(hi >> 96)));
}

/* 1/a, or 0 for 0. */
hub_fe64 hub_fe64_inv(hub_fe64 a);
/* The generator of the subgroup of order 2^log_n, log_n at most 32. */
hub_fe64 hub_fe64_root(unsigned log_n);

/* sum of x[i * x_stride] * y[i], i < n. */
hub_fe64 hub_field64_dot_c(const hub_fe64 *x, size_t x_stride, const hub_fe64 *y, size_t n);
/* out = a + b, element by element; out may be a or b. */
void hub_field64_add_vec_c(hub_fe64 *out, const hub_fe64 *a, const hub_fe64 *b, size_t n);
/* out = a - b, element by element; out may be a or b. */
void hub_field64_sub_vec_c(hub_fe64 *out, const hub_fe64 *a, const hub_fe64 *b, size_t n);
/* Little-endian bytes, 8 an element. */
void hub_field64_encode(uint8_t *out, const hub_fe64 *v, size_t n);
/* False if an element is not below p; out is then of no use. */
HUB_MUST_USE bool hub_field64_decode(hub_fe64 *out, const uint8_t *bytes, size_t n);
/* acc += share on encoded elements, all below p. */
void hub_field64_add_encoded(uint8_t *acc, const uint8_t *share, size_t n);
/* The same for several rows of n elements, at most 2^16; the sums are reduced once. */
void hub_field64_add_rows_encoded(uint8_t *acc, const uint8_t *const *rows, size_t n_rows,
                                  size_t n);

#endif
