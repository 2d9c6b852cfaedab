/* Field128: integers mod p = 2^128 - 28 * 2^64 + 1 (VDAF draft-20, section "NTT-friendly fields").
 * Elements are two words in plain binary, so that squeezed words are elements as they stand. What
 * many elements are multiplied with is kept as a factor: the element times 2^128, for which one
 * Montgomery reduction gives the product in plain binary again. Every element or factor that a
 * function takes or returns is below p. Constant time, unless a name ends in _var. */
#ifndef FIELD_FIELD128_H
#define FIELD_FIELD128_H

#include "base/bytes.h"
#include "base/mask.h"
#include "field/verify.h"
#include "field/wide.h"

typedef struct hub_fe128 {
    uint64_t lo;
    uint64_t hi;
} hub_fe128;

/* An element times 2^128 mod p. */
typedef struct hub_factor128 {
    uint64_t lo;
    uint64_t hi;
} hub_factor128;

#define HUB_FIELD128_P    ((hub_fe128){1U, 0xffffffffffffffe4U})
#define HUB_FE128_ZERO    ((hub_fe128){0, 0})
#define HUB_FE128_ONE     ((hub_fe128){1, 0})
#define HUB_FE128_HALF    ((hub_fe128){1U, 0x7ffffffffffffff2U}) /* (p + 1) / 2 */
#define HUB_FE128_OF(x)   ((hub_fe128){(x), 0})
#define HUB_FACTOR128_ONE ((hub_factor128){0xffffffffffffffffU, 27U})

enum {
    HUB_FIELD128_BYTES = 16,
    HUB_FIELD128_LOG_ROOTS = 66 /* the multiplicative group has a subgroup of order 2^66 */
};

static inline hub_u128 hub_fe128_u128(hub_fe128 a)
{
    return ((hub_u128)a.hi << 64) | a.lo;
}

static inline hub_fe128 hub_fe128_of_u128(hub_u128 x)
{
    return (hub_fe128){(uint64_t)x, (uint64_t)(x >> 64)};
}

/* x + carry * 2^128 mod p, for carry 0 or 1 and a value below 2p. 2^128 - p = 28 * 2^64 - 1. */
static inline hub_fe128 hub_fe128_of_sum(hub_u128 x, uint64_t carry)
{
    const hub_u128 c = ((hub_u128)28 << 64) - 1;
    hub_u128 less = x + c; /* x - p, if x is at least p or the carry is set */
    uint64_t mask = hub_mask64(carry | (uint64_t)(less < c));
    hub_u128 wide = ((hub_u128)mask << 64) | mask;

    return hub_fe128_of_u128(x ^ ((x ^ less) & wide));
}

/* x + p if something was borrowed for x. The mask is taken word by word, which compilers do best.
 */
static inline hub_u128 hub_fe128_repay(hub_u128 x, uint64_t borrow)
{
    const hub_fe128 p = HUB_FIELD128_P;
    uint64_t mask = hub_mask64(borrow);

    return x + (((hub_u128)(mask & p.hi) << 64) | (mask & p.lo));
}

/* Checks what all functions assume, in builds with -Dverify=true. */
static inline hub_u128 hub_fe128_verified(hub_u128 x)
{
    HUB_VERIFY_THAT(x < hub_fe128_u128(HUB_FIELD128_P));
    return x;
}

/* The words of both factors of a product are in range. */
static inline bool hub_fe128_are_below_p(uint64_t a_lo, uint64_t a_hi, uint64_t b_lo, uint64_t b_hi)
{
    const hub_u128 p = hub_fe128_u128(HUB_FIELD128_P);

    return (((hub_u128)a_hi << 64) | a_lo) < p && (((hub_u128)b_hi << 64) | b_lo) < p;
}

/* a - (p - b) */
static inline hub_fe128 hub_fe128_add(hub_fe128 a, hub_fe128 b)
{
    hub_u128 p = hub_fe128_u128(HUB_FIELD128_P);
    hub_u128 out;
    uint64_t borrow = (uint64_t)__builtin_sub_overflow(
        hub_fe128_verified(hub_fe128_u128(a)), p - hub_fe128_verified(hub_fe128_u128(b)), &out);

    return hub_fe128_of_u128(hub_fe128_repay(out, borrow));
}

static inline hub_fe128 hub_fe128_sub(hub_fe128 a, hub_fe128 b)
{
    hub_u128 out;
    uint64_t borrow = (uint64_t)__builtin_sub_overflow(hub_fe128_verified(hub_fe128_u128(a)),
                                                       hub_fe128_verified(hub_fe128_u128(b)), &out);

    return hub_fe128_of_u128(hub_fe128_repay(out, borrow));
}

static inline hub_fe128 hub_fe128_neg(hub_fe128 a)
{
    return hub_fe128_sub(HUB_FE128_ZERO, a);
}

/* t0 + t1 B + t2 B^2 + t3 B^3 mod p with B = 2^64 and t3 below 2^96. B^2 = 28 B - 1 mod p, used
 * three times: on t3, on what then stands at B^2, and on the carry out of B.
 *   s = t2 + 28 t3 stands at B^2, t1 - t3 at B;
 *   then t0 - s stands at 1, u = t1 - t3 + 28 s at B. u - 1 is negative only if s is 0, and then
 *   nothing is borrowed; so what is carried out of B, below 2^43, is not negative. */
static inline hub_fe128 hub_fe128_reduce(uint64_t t0, uint64_t t1, uint64_t t2, hub_u128 t3)
{
    HUB_VERIFY_THAT(t3 >> 96 == 0);
    hub_u128 s = 28 * t3 + t2;
    hub_u128 u = 28 * s - t3 + t1;
    hub_u128 low = (hub_u128)t0 - s;
    u += (hub_u128)((hub_i128)low >> 64); /* the borrow, 0 or negative */

    uint64_t carry = (uint64_t)(u >> 64);
    hub_u128 x = (u << 64) | (uint64_t)low;
    hub_u128 folded = ((hub_u128)(28 * carry) << 64) - carry;
    x += folded;
    return hub_fe128_of_sum(x, (uint64_t)(x < folded));
}

static inline hub_fe128 hub_fe128_mul(hub_fe128 a, hub_fe128 b)
{
    HUB_VERIFY_THAT(hub_fe128_are_below_p(a.lo, a.hi, b.lo, b.hi));
    hub_u128 low = (hub_u128)a.lo * b.lo;
    hub_u128 mid1 = (hub_u128)a.lo * b.hi;
    hub_u128 mid2 = (hub_u128)a.hi * b.lo;
    hub_u128 high = (hub_u128)a.hi * b.hi;
    /* (2^64 - 1)^2 + 2 (2^64 - 1) is below 2^128 */
    hub_u128 mid = mid1 + (uint64_t)(low >> 64);
    hub_u128 rest = mid2 + (uint64_t)mid;
    hub_u128 top = high + (uint64_t)(mid >> 64);
    top += (uint64_t)(rest >> 64);
    return hub_fe128_reduce((uint64_t)low, (uint64_t)rest, (uint64_t)top, (uint64_t)(top >> 64));
}

/* (a * b) / 2^128 mod p, by Montgomery reduction two words at a time. As p is 1 mod B, adding -t0 p
 * clears the lowest word t0 and leaves 28 t0 - t0 B behind it; the same again for the next word. In
 * all h - d remains, with 0 <= d = t1 (B - 28) + t0 - q < p and h < p, where q, the carry of
 * t1 + 28 t0, is 0 whenever t0 is. */
static inline hub_u128 hub_fe128_montgomery(uint64_t a_lo, uint64_t a_hi, uint64_t b_lo,
                                            uint64_t b_hi)
{
    HUB_VERIFY_THAT(hub_fe128_are_below_p(a_lo, a_hi, b_lo, b_hi));
    hub_u128 low = (hub_u128)a_lo * b_lo;
    hub_u128 mid1 = (hub_u128)a_lo * b_hi + (uint64_t)(low >> 64);
    hub_u128 mid2 = (hub_u128)a_hi * b_lo + (uint64_t)mid1;
    hub_u128 h = (hub_u128)a_hi * b_hi + (uint64_t)(mid1 >> 64) + (uint64_t)(mid2 >> 64);
    hub_u128 next = (hub_u128)28 * (uint64_t)low + (uint64_t)mid2;
    hub_u128 d = (hub_u128)(uint64_t)next * 0xffffffffffffffe4U + (uint64_t)low;
    hub_u128 rest;

    d -= (uint64_t)(next >> 64);
    uint64_t borrow = (uint64_t)__builtin_sub_overflow(h, d, &rest);
    return hub_fe128_verified(hub_fe128_repay(rest, borrow));
}

static inline hub_factor128 hub_factor128_of_u128(hub_u128 x)
{
    return (hub_factor128){(uint64_t)x, (uint64_t)(x >> 64)};
}

/* a times what f stands for. */
static inline hub_fe128 hub_fe128_scale(hub_fe128 a, hub_factor128 f)
{
    return hub_fe128_of_u128(hub_fe128_montgomery(a.lo, a.hi, f.lo, f.hi));
}

static inline hub_factor128 hub_factor128_mul(hub_factor128 f, hub_factor128 g)
{
    return hub_factor128_of_u128(hub_fe128_montgomery(f.lo, f.hi, g.lo, g.hi));
}

static inline hub_factor128 hub_fe128_factor(hub_fe128 a)
{
    /* 2^256 mod p */
    return hub_factor128_of_u128(hub_fe128_montgomery(a.lo, a.hi, 0xfffffffffffffcf1U, 0x5587U));
}

/* Sums and differences of factors are factors. */
static inline hub_factor128 hub_factor128_add(hub_factor128 f, hub_factor128 g)
{
    hub_fe128 sum = hub_fe128_add((hub_fe128){f.lo, f.hi}, (hub_fe128){g.lo, g.hi});

    return (hub_factor128){sum.lo, sum.hi};
}

static inline hub_factor128 hub_factor128_neg(hub_factor128 f)
{
    hub_fe128 negative = hub_fe128_neg((hub_fe128){f.lo, f.hi});

    return (hub_factor128){negative.lo, negative.hi};
}

/* A sum of products, reduced once: four columns of 64 bits add up apart, so that nothing carries
 * between them. Holds up to 2^30 products, of which a column takes three words each. */
typedef struct hub_acc128 {
    hub_u128 c0;
    hub_u128 c1;
    hub_u128 c2;
    hub_u128 c3;
} hub_acc128;

static inline void hub_acc128_add_product(hub_acc128 *acc, hub_fe128 a, hub_fe128 b)
{
    HUB_VERIFY_THAT(hub_fe128_are_below_p(a.lo, a.hi, b.lo, b.hi));
    hub_u128 low = (hub_u128)a.lo * b.lo;
    hub_u128 mid1 = (hub_u128)a.lo * b.hi;
    hub_u128 mid2 = (hub_u128)a.hi * b.lo;
    hub_u128 high = (hub_u128)a.hi * b.hi;

    acc->c0 += (uint64_t)low;
    acc->c1 += (uint64_t)(low >> 64);
    acc->c1 += (uint64_t)mid1;
    acc->c1 += (uint64_t)mid2;
    acc->c2 += (uint64_t)(mid1 >> 64);
    acc->c2 += (uint64_t)(mid2 >> 64);
    acc->c2 += (uint64_t)high;
    acc->c3 += (uint64_t)(high >> 64);
}

static inline hub_fe128 hub_acc128_reduce(hub_acc128 acc)
{
    HUB_VERIFY_THAT((acc.c0 | acc.c1 | acc.c2 | acc.c3) >> 96 == 0);
    hub_u128 c1 = acc.c1 + (uint64_t)(acc.c0 >> 64);
    hub_u128 c2 = acc.c2 + (uint64_t)(c1 >> 64);
    hub_u128 c3 = acc.c3 + (uint64_t)(c2 >> 64);

    return hub_fe128_reduce((uint64_t)acc.c0, (uint64_t)c1, (uint64_t)c2, c3);
}

/* A sum of elements, reduced once: up to 2^32 of them. */
typedef struct hub_sum128 {
    hub_u128 low;
    uint64_t over; /* times 2^128, which is 28 * 2^64 - 1 mod p */
} hub_sum128;

static inline void hub_sum128_add(hub_sum128 *sum, hub_fe128 a)
{
    sum->over += (uint64_t)__builtin_add_overflow(sum->low, hub_fe128_u128(a), &sum->low);
}

static inline hub_fe128 hub_sum128_reduce(hub_sum128 sum)
{
    HUB_VERIFY_THAT(sum.over >> 32 == 0);
    hub_u128 folded = ((hub_u128)(28 * sum.over) << 64) - sum.over; /* below 2^101 */
    hub_u128 x = sum.low + folded;

    return hub_fe128_of_sum(x, (uint64_t)(x < folded));
}

static inline uint64_t hub_fe128_is_zero(hub_fe128 a)
{
    return (uint64_t)((a.lo | a.hi) == 0);
}

/* 1/a, or 0 for 0. */
hub_fe128 hub_fe128_inv(hub_fe128 a);
/* The generator of the subgroup of order 2^log_n, log_n at most 66. */
hub_fe128 hub_fe128_root(unsigned log_n);

/* sum of x[i * x_stride] * y[i], i < n. */
hub_fe128 hub_field128_dot_c(const hub_fe128 *x, size_t x_stride, const hub_fe128 *y, size_t n);
/* The same with factors, as a factor. */
hub_factor128 hub_field128_dot_factors_c(const hub_fe128 *x, size_t x_stride,
                                         const hub_factor128 *y, size_t n);
/* acc += sum of x[i * x_stride] * y[i], i < n. */
void hub_field128_add_dot_c(hub_acc128 *acc, const hub_fe128 *x, size_t x_stride,
                            const hub_fe128 *y, size_t n);
/* sum of v[i]. */
hub_fe128 hub_field128_sum_c(const hub_fe128 *v, size_t n);
/* out = a + b, element by element; out may be a or b. */
void hub_field128_add_vec_c(hub_fe128 *out, const hub_fe128 *a, const hub_fe128 *b, size_t n);
/* out = a - b, element by element; out may be a or b. */
void hub_field128_sub_vec_c(hub_fe128 *out, const hub_fe128 *a, const hub_fe128 *b, size_t n);
/* Little-endian bytes, 16 an element. */
void hub_field128_encode(uint8_t *out, const hub_fe128 *v, size_t n);
/* False if an element is not below p; out is then of no use. */
HUB_MUST_USE bool hub_field128_decode(hub_fe128 *out, const uint8_t *bytes, size_t n);
/* acc += share on encoded elements, all below p. */
void hub_field128_add_encoded(uint8_t *acc, const uint8_t *share, size_t n);
/* The same for several rows of n elements, at most 2^16; the sums are reduced once. */
void hub_field128_add_rows_encoded(uint8_t *acc, const uint8_t *const *rows, size_t n_rows,
                                   size_t n);

#endif
