/* The operations of field128_lanes.h by multiplications of 32 bits, for as many reports as a vector
 * has words.
 *
 * An element is five limbs of 26 bits, value w0 + w1 2^26 + ... + w4 2^104, where w4 may have 32
 * bits but not those of both factors of a product. A product adds up in nine columns of 64 bits; a
 * tenth takes what is carried out of the ninth. As p is 1 mod 2^52, subtracting t p clears the
 * lowest column's limb t, and
 *   t p = t - 28 * 2^12 t 2^52 + 2^24 t 2^104
 * has no term beyond 50 bits, so that nothing is split. Columns stay positive, for there is no
 * signed shift: R p is added first, spread so that each column that is subtracted from has enough.
 */
#ifndef FIELD_FIELD128_LANES26_H
#define FIELD_FIELD128_LANES26_H

#ifdef __AVX512F__
#include "field/words_avx512.h"
#elif defined(__AVX2__)
#include "field/words_avx2.h"
#else
#include "field/words_neon.h"
#endif

#include "field/verify.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    HUB_LANES128 = HUB_WORDS,
    HUB_LANES128_N_LIMBS = 5,
    HUB_LANES128_WORDS = 2 * HUB_LANES128,
    HUB_LANES128_LIMBS = HUB_LANES128_N_LIMBS * HUB_LANES128,
    HUB_LANES128_PRODUCTS = 64,
#if defined(__AVX2__) && !defined(__AVX512F__)
    HUB_LANES128_SUMS = 1 /* one sum's columns and an element take all of sixteen registers */
#else
    HUB_LANES128_SUMS = 2
#endif
};

typedef struct hub_lanes128 {
    hub_words w0;
    hub_words w1;
    hub_words w2;
    hub_words w3;
    hub_words w4;
} hub_lanes128;

typedef struct hub_lanes128_acc {
    hub_words c[10];
} hub_lanes128_acc;

/* p, limb by limb; the second limb is zero. */
#define HUB_LANES128_P0 1
#define HUB_LANES128_P2 0x3fe4000
#define HUB_LANES128_P3 0x3ffffff
#define HUB_LANES128_P4 0xffffff

static inline hub_words hub_lanes128_mask(void)
{
    return hub_words_set(0x3ffffff);
}

/* All words are below 2^bits. */
static inline bool hub_lanes128_are_below(hub_words a, unsigned bits)
{
    return hub_words_equal(hub_words_shift_down(a, bits), hub_words_set(0)) ==
           (1U << HUB_WORDS) - 1;
}

/* Limbs are within their bits, the highest in top_bits. */
static inline bool hub_lanes128_fits(hub_lanes128 a, unsigned top_bits)
{
    return hub_lanes128_are_below(hub_words_or(hub_words_or(a.w0, a.w1), hub_words_or(a.w2, a.w3)),
                                  26) &&
           hub_lanes128_are_below(a.w4, top_bits);
}

/* No column overflowed: one that did not before is below 2^64 after another product. */
static inline bool hub_lanes128_acc_fits(const hub_lanes128_acc *acc)
{
    hub_words all = hub_words_set(0);

    for (unsigned i = 0; i < 10; i++)
        all = hub_words_or(all, acc->c[i]);
    return hub_lanes128_are_below(all, 63);
}

/* to += what from, which is not negative, has beyond its limb. */
static inline __attribute__((always_inline)) void hub_lanes128_carry_up(hub_words *from,
                                                                        hub_words *to)
{
    HUB_VERIFY_THAT(hub_lanes128_are_below(*from, 63));
    *to = hub_words_add(*to, hub_words_shift_down(*from, 26));
    *from = hub_words_and(*from, hub_lanes128_mask());
}

static inline __attribute__((always_inline)) hub_lanes128
hub_lanes128_carry(hub_words w0, hub_words w1, hub_words w2, hub_words w3, hub_words w4)
{
    hub_lanes128_carry_up(&w0, &w1);
    hub_lanes128_carry_up(&w1, &w2);
    hub_lanes128_carry_up(&w2, &w3);
    hub_lanes128_carry_up(&w3, &w4);
    HUB_VERIFY_THAT(hub_lanes128_are_below(w4, 32));
    return (hub_lanes128){w0, w1, w2, w3, w4};
}

static inline hub_lanes128 hub_lanes128_load_words(const uint64_t *words)
{
    const hub_words mask = hub_lanes128_mask();
    hub_words lo = hub_words_load(words);
    hub_words hi = hub_words_load(words + HUB_LANES128);
    hub_words mid = hub_words_or(hub_words_shift_down(lo, 52), hub_words_shift_up(hi, 12));

    return (hub_lanes128){
        hub_words_and(lo, mask), hub_words_and(hub_words_shift_down(lo, 26), mask),
        hub_words_and(mid, mask), hub_words_and(hub_words_shift_down(hi, 14), mask),
        hub_words_shift_down(hi, 40)};
}

static inline hub_lanes128 hub_lanes128_load(const uint64_t *limbs)
{
    return (hub_lanes128){hub_words_load(limbs), hub_words_load(limbs + HUB_LANES128),
                          hub_words_load(limbs + (size_t)2 * HUB_LANES128),
                          hub_words_load(limbs + (size_t)3 * HUB_LANES128),
                          hub_words_load(limbs + (size_t)4 * HUB_LANES128)};
}

static inline void hub_lanes128_store(uint64_t *limbs, hub_lanes128 a)
{
    hub_words_store(limbs, a.w0);
    hub_words_store(limbs + HUB_LANES128, a.w1);
    hub_words_store(limbs + (size_t)2 * HUB_LANES128, a.w2);
    hub_words_store(limbs + (size_t)3 * HUB_LANES128, a.w3);
    hub_words_store(limbs + (size_t)4 * HUB_LANES128, a.w4);
}

/* The same element, of five limbs, in all lanes. */
static inline hub_lanes128 hub_lanes128_set(const uint64_t *limbs)
{
    return (hub_lanes128){hub_words_set(limbs[0]), hub_words_set(limbs[1]), hub_words_set(limbs[2]),
                          hub_words_set(limbs[3]), hub_words_set(limbs[4])};
}

static inline hub_lanes128 hub_lanes128_zero(void)
{
    const hub_words zero = hub_words_set(0);

    return (hub_lanes128){zero, zero, zero, zero, zero};
}

static inline hub_lanes128_acc hub_lanes128_acc_zero(void)
{
    const hub_words zero = hub_words_set(0);

    return (hub_lanes128_acc){{zero, zero, zero, zero, zero, zero, zero, zero, zero, zero}};
}

static inline hub_lanes128 hub_lanes128_add(hub_lanes128 a, hub_lanes128 b)
{
    return hub_lanes128_carry(hub_words_add(a.w0, b.w0), hub_words_add(a.w1, b.w1),
                              hub_words_add(a.w2, b.w2), hub_words_add(a.w3, b.w3),
                              hub_words_add(a.w4, b.w4));
}

/* 2a + b, where nothing is carried: up to eight times in turn from an element on, then carried. */
static inline hub_lanes128 hub_lanes128_twice_plus(hub_lanes128 a, hub_lanes128 b)
{
    return (hub_lanes128){hub_words_add(hub_words_add(a.w0, a.w0), b.w0),
                          hub_words_add(hub_words_add(a.w1, a.w1), b.w1),
                          hub_words_add(hub_words_add(a.w2, a.w2), b.w2),
                          hub_words_add(hub_words_add(a.w3, a.w3), b.w3),
                          hub_words_add(hub_words_add(a.w4, a.w4), b.w4)};
}

static inline hub_lanes128 hub_lanes128_carried(hub_lanes128 a)
{
    return hub_lanes128_carry(a.w0, a.w1, a.w2, a.w3, a.w4);
}

/* a - b + 2p, with 2p spread so that no limb becomes negative; b is at most 2p. */
static inline hub_lanes128 hub_lanes128_sub(hub_lanes128 a, hub_lanes128 b)
{
    const uint64_t lend = UINT64_C(1) << 27;
    const uint64_t owe = lend >> 26;
    const hub_words p0 = hub_words_set(lend + UINT64_C(2) * HUB_LANES128_P0);
    const hub_words p1 = hub_words_set(lend - owe);
    const hub_words p2 = hub_words_set(lend - owe + UINT64_C(2) * HUB_LANES128_P2);
    const hub_words p3 = hub_words_set(lend - owe + UINT64_C(2) * HUB_LANES128_P3);
    const hub_words p4 = hub_words_set(UINT64_C(2) * HUB_LANES128_P4 - owe);

    return hub_lanes128_carry(
        hub_words_add(hub_words_sub(a.w0, b.w0), p0), hub_words_add(hub_words_sub(a.w1, b.w1), p1),
        hub_words_add(hub_words_sub(a.w2, b.w2), p2), hub_words_add(hub_words_sub(a.w3, b.w3), p3),
        hub_words_add(hub_words_sub(a.w4, b.w4), p4));
}

/* c[0] to c[4] += limb times b. */
static inline __attribute__((always_inline)) void
hub_lanes128_mac_limb(hub_words *c, hub_words limb, hub_lanes128 b)
{
    c[0] = hub_words_mac32(c[0], limb, b.w0);
    c[1] = hub_words_mac32(c[1], limb, b.w1);
    c[2] = hub_words_mac32(c[2], limb, b.w2);
    c[3] = hub_words_mac32(c[3], limb, b.w3);
    c[4] = hub_words_mac32(c[4], limb, b.w4);
}

/* acc += a b. A column takes at most five products, together below 2^57 where one of a and b is
 * below 2^130 and the other below 2^134; below 2^59 for numbers (hub_lanes128_carried) times what
 * is below 2^128, of which no sum has more than nine. */
static inline __attribute__((always_inline)) void hub_lanes128_mac(hub_lanes128_acc *acc,
                                                                   hub_lanes128 a, hub_lanes128 b)
{
    HUB_VERIFY_THAT(hub_lanes128_fits(a, 32) && hub_lanes128_fits(b, 32) &&
                    (hub_lanes128_fits(a, 26) || hub_lanes128_fits(b, 26)));
    hub_lanes128_mac_limb(acc->c, a.w0, b);
    hub_lanes128_mac_limb(acc->c + 1, a.w1, b);
    hub_lanes128_mac_limb(acc->c + 2, a.w2, b);
    hub_lanes128_mac_limb(acc->c + 3, a.w3, b);
    hub_lanes128_mac_limb(acc->c + 4, a.w4, b);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* acc += a, as a number; counts as one product. */
static inline void hub_lanes128_acc_add(hub_lanes128_acc *acc, hub_lanes128 a)
{
    acc->c[0] = hub_words_add(acc->c[0], a.w0);
    acc->c[1] = hub_words_add(acc->c[1], a.w1);
    acc->c[2] = hub_words_add(acc->c[2], a.w2);
    acc->c[3] = hub_words_add(acc->c[3], a.w3);
    acc->c[4] = hub_words_add(acc->c[4], a.w4);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* Makes room in the columns again. */
static inline void hub_lanes128_settle(hub_lanes128_acc *acc)
{
    for (unsigned i = 0; i < 9; i++)
        hub_lanes128_carry_up(&acc->c[i], &acc->c[i + 1]);
    HUB_VERIFY_THAT(hub_lanes128_acc_fits(acc));
}

/* What was added mod p, where only elements were, fewer than 2^28: below 2p + 2^100. With h what is
 * above 2^128, as 2^128 is 28 * 2^64 - 1, h is subtracted and 28 * 2^64 h added; p is added for
 * what is subtracted, with 2^32 lent to the lowest limb. */
static inline hub_lanes128 hub_lanes128_acc_sum(hub_lanes128_acc acc)
{
    const hub_words mask = hub_words_set(0xffffff);
    const hub_words *c = acc.c;
    hub_words h = hub_words_add(hub_words_shift_down(c[4], 24), hub_words_shift_up(c[5], 2));

    return hub_lanes128_carry(
        hub_words_add(hub_words_sub(c[0], h), hub_words_set(HUB_LANES128_P0 + (UINT64_C(1) << 32))),
        hub_words_add(c[1], hub_words_set((1 << 26) - (1 << 6))),
        hub_words_add(hub_words_mac32(c[2], h, hub_words_set(28 << 12)),
                      hub_words_set(HUB_LANES128_P2 - 1)),
        hub_words_add(c[3], hub_words_set(HUB_LANES128_P3)),
        hub_words_add(hub_words_and(c[4], mask), hub_words_set(HUB_LANES128_P4)));
}

/* Clears limb c[0] by subtracting it times p; what it carries goes up first. */
static inline __attribute__((always_inline)) void hub_lanes128_clear(hub_words *c)
{
    hub_words t = hub_words_and(c[0], hub_lanes128_mask());

    HUB_VERIFY_THAT(hub_lanes128_are_below(c[0], 63)); /* nor negative */
    c[1] = hub_words_add(c[1], hub_words_shift_down(c[0], 26));
    c[2] = hub_words_mac32(c[2], t, hub_words_set(28 << 12));
    c[4] = hub_words_sub(c[4], hub_words_shift_up(t, 24));
}

/* The sum is below 2^283. */
static inline bool hub_lanes128_is_reducible(hub_lanes128_acc acc)
{
    hub_lanes128_settle(&acc);
    return hub_lanes128_are_below(acc.c[9], 283 - 9 * 26);
}

/* acc / 2^156 mod p, for acc below 2^283: from 0 to p + 2^127. What is subtracted is below 2^156 p,
 * so that the rest is above -p; 2^156 p is added, as
 *   2^156 + P2 2^208 + (P3 + P4 2^26) 2^234,
 * where columns 4 to 8 have 2^50 more, which they owe to those above. */
static inline __attribute__((always_inline)) hub_lanes128 hub_lanes128_reduce(hub_lanes128_acc acc)
{
    const uint64_t lend = UINT64_C(1) << 50;
    const uint64_t owe = lend >> 26;
    const hub_words both = hub_words_set(lend - owe);
    hub_words *c = acc.c;

    HUB_VERIFY_THAT(hub_lanes128_is_reducible(acc));
    c[4] = hub_words_add(c[4], hub_words_set(lend));
    c[5] = hub_words_add(c[5], both);
    c[6] = hub_words_add(c[6], hub_words_set(lend - owe + HUB_LANES128_P0));
    c[7] = hub_words_add(c[7], both);
    c[8] = hub_words_add(c[8], hub_words_set(lend - owe + HUB_LANES128_P2));
    c[9] = hub_words_add(c[9], hub_words_set(lend - 1 - owe)); /* P3 + P4 2^26 = 2^50 - 1 */
    for (unsigned i = 0; i < 6; i++)
        hub_lanes128_clear(c + i);
    return hub_lanes128_carry(c[6], c[7], c[8], c[9], hub_words_set(0));
}

/* a b / 2^156 mod p, for a b below 2^283: from 0 to p + 2^127. */
static inline __attribute__((always_inline)) hub_lanes128 hub_lanes128_mul(hub_lanes128 a,
                                                                           hub_lanes128 b)
{
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    hub_lanes128_mac(&acc, a, b);
    return hub_lanes128_reduce(acc);
}

/* Below p, for a below 2p: a - p, unless that is negative. */
static inline hub_lanes128 hub_lanes128_canonical(hub_lanes128 a)
{
    const uint64_t lend = UINT64_C(1) << 27;
    const uint64_t owe = lend >> 26;
    const hub_words p4 = hub_words_set(HUB_LANES128_P4 + owe);
    hub_words w0 = hub_words_add(a.w0, hub_words_set(lend - HUB_LANES128_P0));
    hub_words w1 = hub_words_add(a.w1, hub_words_set(lend - owe));
    hub_words w2 = hub_words_add(a.w2, hub_words_set(lend - owe - HUB_LANES128_P2));
    hub_words w3 = hub_words_add(a.w3, hub_words_set(lend - owe - HUB_LANES128_P3));
    hub_words w4 = a.w4;

    hub_lanes128_carry_up(&w0, &w1);
    hub_lanes128_carry_up(&w1, &w2);
    hub_lanes128_carry_up(&w2, &w3);
    hub_lanes128_carry_up(&w3, &w4);
    hub_words is_below = hub_words_below(w4, p4);
    return (hub_lanes128){
        hub_words_select(w0, a.w0, is_below), hub_words_select(w1, a.w1, is_below),
        hub_words_select(w2, a.w2, is_below), hub_words_select(w3, a.w3, is_below),
        hub_words_select(hub_words_sub(w4, p4), a.w4, is_below)};
}

/* a, below 2p, as the words of an element. */
static inline void hub_lanes128_store_words(uint64_t *words, hub_lanes128 a)
{
    a = hub_lanes128_canonical(a);
    HUB_VERIFY_THAT(hub_lanes128_are_below(a.w4, 24));
    hub_words_store(words, hub_words_or(hub_words_or(a.w0, hub_words_shift_up(a.w1, 26)),
                                        hub_words_shift_up(a.w2, 52)));
    hub_words_store(words + HUB_LANES128, hub_words_or(hub_words_or(hub_words_shift_down(a.w2, 12),
                                                                    hub_words_shift_up(a.w3, 14)),
                                                       hub_words_shift_up(a.w4, 40)));
}

/* A bit for each lane in which a, below 2p, is the element b, below p. */
static inline unsigned hub_lanes128_equal(hub_lanes128 a, hub_lanes128 b)
{
    a = hub_lanes128_canonical(a);
    return hub_words_equal(a.w0, b.w0) & hub_words_equal(a.w1, b.w1) & hub_words_equal(a.w2, b.w2) &
           hub_words_equal(a.w3, b.w3) & hub_words_equal(a.w4, b.w4);
}

#endif
