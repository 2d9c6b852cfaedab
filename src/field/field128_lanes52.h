/* The operations of field128_lanes.h for eight reports, by the 52-bit multiply-adds of AVX-512
 * IFMA.
 *
 * An element is three limbs of 52 bits, value w0 + w1 2^52 + w2 2^104: 2^156 leaves 28 bits of room
 * above p, so that sums are not reduced. A product adds up in six columns, low and high halves
 * apart. Where p = 1 mod 2^52, subtracting t p clears the lowest limb t, and
 *   t p = t - 28 * 2^12 t 2^52 + 2^24 t 2^104. */
#ifndef FIELD_FIELD128_LANES52_H
#define FIELD_FIELD128_LANES52_H

#include "field/verify.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HUB_LANES128 = 8,
    HUB_LANES128_N_LIMBS = 3,
    HUB_LANES128_WORDS = 2 * HUB_LANES128,
    HUB_LANES128_LIMBS = HUB_LANES128_N_LIMBS * HUB_LANES128,
    HUB_LANES128_PRODUCTS = 256,
    HUB_LANES128_SUMS = 2
};

typedef struct hub_lanes128 {
    __m512i w0;
    __m512i w1;
    __m512i w2;
} hub_lanes128;

typedef struct hub_lanes128_acc {
    __m512i c0;
    __m512i c1;
    __m512i c2;
    __m512i c3;
    __m512i c4;
    __m512i c5;
} hub_lanes128_acc;

/* p, limb by limb; subtracted from and added to, but never carried. */
#define HUB_LANES128_P0 1
#define HUB_LANES128_P1 0xffffffffe4000
#define HUB_LANES128_P2 0xffffff

static inline __m512i hub_lanes128_mask(void)
{
    return _mm512_set1_epi64(0xfffffffffffff);
}

/* All words are below 2^bits. */
static inline bool hub_lanes128_are_below(__m512i a, unsigned bits)
{
    return _mm512_test_epi64_mask(a, _mm512_slli_epi64(_mm512_set1_epi64(-1), bits)) == 0;
}

/* Limbs are within their bits: a multiplication would take no more of them. */
static inline bool hub_lanes128_fits(hub_lanes128 a)
{
    return hub_lanes128_are_below(_mm512_or_si512(_mm512_or_si512(a.w0, a.w1), a.w2), 52);
}

/* No column overflowed: one that did not before is below 2^64 after another product. */
static inline bool hub_lanes128_acc_fits(const hub_lanes128_acc *acc)
{
    return hub_lanes128_are_below(
        _mm512_or_si512(
            _mm512_or_si512(_mm512_or_si512(acc->c0, acc->c1), _mm512_or_si512(acc->c2, acc->c3)),
            _mm512_or_si512(acc->c4, acc->c5)),
        63);
}

/* Carries limbs below 2^62, negative ones too, into the next; the value is not negative and below
 * 2^156. */
static inline hub_lanes128 hub_lanes128_carry(__m512i w0, __m512i w1, __m512i w2)
{
    const __m512i mask = hub_lanes128_mask();

    w1 = _mm512_add_epi64(w1, _mm512_srai_epi64(w0, 52));
    w2 = _mm512_add_epi64(w2, _mm512_srai_epi64(w1, 52));
    HUB_VERIFY_THAT(hub_lanes128_are_below(w2, 52)); /* nor negative */
    return (hub_lanes128){_mm512_and_si512(w0, mask), _mm512_and_si512(w1, mask), w2};
}

static inline hub_lanes128 hub_lanes128_load_words(const uint64_t *words)
{
    const __m512i mask = hub_lanes128_mask();
    __m512i lo = _mm512_loadu_si512(words);
    __m512i hi = _mm512_loadu_si512(words + HUB_LANES128);
    __m512i mid = _mm512_or_si512(_mm512_srli_epi64(lo, 52), _mm512_slli_epi64(hi, 12));

    return (hub_lanes128){_mm512_and_si512(lo, mask), _mm512_and_si512(mid, mask),
                          _mm512_srli_epi64(hi, 40)};
}

static inline hub_lanes128 hub_lanes128_load(const uint64_t *limbs)
{
    return (hub_lanes128){_mm512_loadu_si512(limbs), _mm512_loadu_si512(limbs + HUB_LANES128),
                          _mm512_loadu_si512(limbs + (size_t)2 * HUB_LANES128)};
}

static inline void hub_lanes128_store(uint64_t *limbs, hub_lanes128 a)
{
    _mm512_storeu_si512(limbs, a.w0);
    _mm512_storeu_si512(limbs + HUB_LANES128, a.w1);
    _mm512_storeu_si512(limbs + (size_t)2 * HUB_LANES128, a.w2);
}

/* The same element, of three limbs, in all lanes. */
static inline hub_lanes128 hub_lanes128_set(const uint64_t *limbs)
{
    return (hub_lanes128){_mm512_set1_epi64((long long)limbs[0]),
                          _mm512_set1_epi64((long long)limbs[1]),
                          _mm512_set1_epi64((long long)limbs[2])};
}

static inline hub_lanes128 hub_lanes128_zero(void)
{
    const __m512i zero = _mm512_setzero_si512();

    return (hub_lanes128){zero, zero, zero};
}

static inline hub_lanes128_acc hub_lanes128_acc_zero(void)
{
    const __m512i zero = _mm512_setzero_si512();

    return (hub_lanes128_acc){zero, zero, zero, zero, zero, zero};
}

static inline hub_lanes128 hub_lanes128_add(hub_lanes128 a, hub_lanes128 b)
{
    return hub_lanes128_carry(_mm512_add_epi64(a.w0, b.w0), _mm512_add_epi64(a.w1, b.w1),
                              _mm512_add_epi64(a.w2, b.w2));
}

/* 2a + b, where nothing is carried: up to eight times in turn from an element on, then carried. */
static inline hub_lanes128 hub_lanes128_twice_plus(hub_lanes128 a, hub_lanes128 b)
{
    return (hub_lanes128){_mm512_add_epi64(_mm512_add_epi64(a.w0, a.w0), b.w0),
                          _mm512_add_epi64(_mm512_add_epi64(a.w1, a.w1), b.w1),
                          _mm512_add_epi64(_mm512_add_epi64(a.w2, a.w2), b.w2)};
}

static inline hub_lanes128 hub_lanes128_carried(hub_lanes128 a)
{
    return hub_lanes128_carry(a.w0, a.w1, a.w2);
}

/* a - b + 2p; b is at most 2p. */
static inline hub_lanes128 hub_lanes128_sub(hub_lanes128 a, hub_lanes128 b)
{
    const __m512i p0 = _mm512_set1_epi64(2LL * HUB_LANES128_P0);
    const __m512i p1 = _mm512_set1_epi64(2LL * HUB_LANES128_P1);
    const __m512i p2 = _mm512_set1_epi64(2LL * HUB_LANES128_P2);

    return hub_lanes128_carry(_mm512_add_epi64(_mm512_sub_epi64(a.w0, b.w0), p0),
                              _mm512_add_epi64(_mm512_sub_epi64(a.w1, b.w1), p1),
                              _mm512_add_epi64(_mm512_sub_epi64(a.w2, b.w2), p2));
}

/* acc += a b. A column takes at most five halves below 2^52 a product. */
static inline __attribute__((always_inline)) void hub_lanes128_mac(hub_lanes128_acc *acc,
                                                                   hub_lanes128 a, hub_lanes128 b)
{
    HUB_VERIFY_THAT(hub_lanes128_fits(a) && hub_lanes128_fits(b));
    acc->c0 = _mm512_madd52lo_epu64(acc->c0, a.w0, b.w0);
    acc->c1 = _mm512_madd52lo_epu64(acc->c1, a.w0, b.w1);
    acc->c2 = _mm512_madd52lo_epu64(acc->c2, a.w0, b.w2);
    acc->c3 = _mm512_madd52lo_epu64(acc->c3, a.w1, b.w2);
    acc->c4 = _mm512_madd52lo_epu64(acc->c4, a.w2, b.w2);
    acc->c5 = _mm512_madd52hi_epu64(acc->c5, a.w2, b.w2);
    acc->c1 = _mm512_madd52lo_epu64(acc->c1, a.w1, b.w0);
    acc->c2 = _mm512_madd52lo_epu64(acc->c2, a.w1, b.w1);
    acc->c3 = _mm512_madd52lo_epu64(acc->c3, a.w2, b.w1);
    acc->c4 = _mm512_madd52hi_epu64(acc->c4, a.w1, b.w2);
    acc->c1 = _mm512_madd52hi_epu64(acc->c1, a.w0, b.w0);
    acc->c2 = _mm512_madd52lo_epu64(acc->c2, a.w2, b.w0);
    acc->c3 = _mm512_madd52hi_epu64(acc->c3, a.w0, b.w2);
    acc->c4 = _mm512_madd52hi_epu64(acc->c4, a.w2, b.w1);
    acc->c2 = _mm512_madd52hi_epu64(acc->c2, a.w0, b.w1);
    acc->c3 = _mm512_madd52hi_epu64(acc->c3, a.w1, b.w1);
    acc->c2 = _mm512_madd52hi_epu64(acc->c2, a.w1, b.w0);
    acc->c3 = _mm512_madd52hi_epu64(acc->c3, a.w2, b.w0);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* acc += a, as a number; counts as one product. */
static inline void hub_lanes128_acc_add(hub_lanes128_acc *acc, hub_lanes128 a)
{
    acc->c0 = _mm512_add_epi64(acc->c0, a.w0);
    acc->c1 = _mm512_add_epi64(acc->c1, a.w1);
    acc->c2 = _mm512_add_epi64(acc->c2, a.w2);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* Makes room in the columns again. */
static inline void hub_lanes128_settle(hub_lanes128_acc *acc)
{
    const __m512i mask = hub_lanes128_mask();

    acc->c1 = _mm512_add_epi64(acc->c1, _mm512_srli_epi64(acc->c0, 52));
    acc->c0 = _mm512_and_si512(acc->c0, mask);
    acc->c2 = _mm512_add_epi64(acc->c2, _mm512_srli_epi64(acc->c1, 52));
    acc->c1 = _mm512_and_si512(acc->c1, mask);
    acc->c3 = _mm512_add_epi64(acc->c3, _mm512_srli_epi64(acc->c2, 52));
    acc->c2 = _mm512_and_si512(acc->c2, mask);
    acc->c4 = _mm512_add_epi64(acc->c4, _mm512_srli_epi64(acc->c3, 52));
    acc->c3 = _mm512_and_si512(acc->c3, mask);
    acc->c5 = _mm512_add_epi64(acc->c5, _mm512_srli_epi64(acc->c4, 52));
    acc->c4 = _mm512_and_si512(acc->c4, mask);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* What was added, where only elements were, fewer than 2^28. */
static inline hub_lanes128 hub_lanes128_acc_sum(hub_lanes128_acc acc)
{
    return hub_lanes128_carry(acc.c0, acc.c1, acc.c2);
}

/* Clears limb c0 by subtracting it times p; what it carries goes up first. */
static inline __attribute__((always_inline)) void hub_lanes128_clear(__m512i c0, __m512i *c1,
                                                                     __m512i *c2, __m512i *c3)
{
    const __m512i mask = hub_lanes128_mask();
    const __m512i middle = _mm512_set1_epi64(28 << 12);
    __m512i t = _mm512_and_si512(c0, mask);

    *c1 = _mm512_add_epi64(*c1, _mm512_srai_epi64(c0, 52));
    *c1 = _mm512_madd52lo_epu64(*c1, t, middle);
    *c2 = _mm512_madd52hi_epu64(*c2, t, middle);
    *c2 = _mm512_sub_epi64(*c2, _mm512_and_si512(_mm512_slli_epi64(t, 24), mask));
    *c3 = _mm512_sub_epi64(*c3, _mm512_srli_epi64(t, 28));
}

/* The sum is below 2^283. */
static inline bool hub_lanes128_is_reducible(hub_lanes128_acc acc)
{
    hub_lanes128_settle(&acc);
    return hub_lanes128_are_below(acc.c5, 283 - 5 * 52);
}

/* acc / 2^156 mod p, for acc below 2^283: from 0 to p + 2^127. What is subtracted is below 2^156 p,
 * so that the rest is above -p, and p is added. */
static inline __attribute__((always_inline)) hub_lanes128 hub_lanes128_reduce(hub_lanes128_acc acc)
{
    HUB_VERIFY_THAT(hub_lanes128_is_reducible(acc));
    hub_lanes128_clear(acc.c0, &acc.c1, &acc.c2, &acc.c3);
    hub_lanes128_clear(acc.c1, &acc.c2, &acc.c3, &acc.c4);
    hub_lanes128_clear(acc.c2, &acc.c3, &acc.c4, &acc.c5);
    return hub_lanes128_carry(_mm512_add_epi64(acc.c3, _mm512_set1_epi64(HUB_LANES128_P0)),
                              _mm512_add_epi64(acc.c4, _mm512_set1_epi64(HUB_LANES128_P1)),
                              _mm512_add_epi64(acc.c5, _mm512_set1_epi64(HUB_LANES128_P2)));
}

/* a b / 2^156 mod p, for a b below 2^283: from 0 to p + 2^127. */
static inline __attribute__((always_inline)) hub_lanes128 hub_lanes128_mul(hub_lanes128 a,
                                                                           hub_lanes128 b)
{
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    hub_lanes128_mac(&acc, a, b);
    return hub_lanes128_reduce(acc);
}

/* Below p, for a below 2p. */
static inline hub_lanes128 hub_lanes128_canonical(hub_lanes128 a)
{
    const __m512i mask = hub_lanes128_mask();
    __m512i w0 = _mm512_sub_epi64(a.w0, _mm512_set1_epi64(HUB_LANES128_P0));
    __m512i w1 = _mm512_sub_epi64(a.w1, _mm512_set1_epi64(HUB_LANES128_P1));
    __m512i w2 = _mm512_sub_epi64(a.w2, _mm512_set1_epi64(HUB_LANES128_P2));

    w1 = _mm512_add_epi64(w1, _mm512_srai_epi64(w0, 52));
    w2 = _mm512_add_epi64(w2, _mm512_srai_epi64(w1, 52));
    __mmask8 below = _mm512_movepi64_mask(w2);
    return (hub_lanes128){_mm512_mask_mov_epi64(_mm512_and_si512(w0, mask), below, a.w0),
                          _mm512_mask_mov_epi64(_mm512_and_si512(w1, mask), below, a.w1),
                          _mm512_mask_mov_epi64(w2, below, a.w2)};
}

/* a, below 2p, as the words of an element. */
static inline void hub_lanes128_store_words(uint64_t *words, hub_lanes128 a)
{
    a = hub_lanes128_canonical(a);
    HUB_VERIFY_THAT(hub_lanes128_are_below(a.w2, 24));
    _mm512_storeu_si512(words, _mm512_or_si512(a.w0, _mm512_slli_epi64(a.w1, 52)));
    _mm512_storeu_si512(words + HUB_LANES128,
                        _mm512_or_si512(_mm512_srli_epi64(a.w1, 12), _mm512_slli_epi64(a.w2, 40)));
}

/* A bit for each lane in which a, below 2p, is the element b, below p. */
static inline unsigned hub_lanes128_equal(hub_lanes128 a, hub_lanes128 b)
{
    a = hub_lanes128_canonical(a);
    return (unsigned)_mm512_cmpeq_epi64_mask(a.w0, b.w0) &
           (unsigned)_mm512_cmpeq_epi64_mask(a.w1, b.w1) &
           (unsigned)_mm512_cmpeq_epi64_mask(a.w2, b.w2);
}

#endif
