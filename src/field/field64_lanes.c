/* The kernels over Field64 for several reports, one in each 64-bit lane of a vector. Compiled once
 * for each tier: what can be done with lanes comes from the tier's header. Twin: plain C. */
#include "field/field64_kernels_internal.h"

#include <assert.h>

#if defined(__AVX512F__)
#include "field/lanes64_avx512_internal.h"
#elif defined(__AVX2__)
#include "field/lanes64_avx2_internal.h"
#else
#include "field/lanes64_neon_internal.h"
#endif

enum { LANES = sizeof(hub_lanes64) / sizeof(uint64_t) };

/* Checks what all kernels assume, in builds with -Dverify=true. */
static inline void verify(const uint64_t *words)
{
    for (unsigned l = 0; l < LANES; l++)
        (void)hub_fe64_verified(words[l]);
}

static inline hub_lanes64 load(const uint64_t *words)
{
    verify(words);
    return hub_lanes64_load(words);
}

static inline void store(uint64_t *words, hub_lanes64 x)
{
    hub_lanes64_store(words, x);
    verify(words);
}

/* All words of a column are below 2^60. */
static inline bool column_fits(hub_lanes64 column)
{
    uint64_t words[LANES];
    uint64_t all = 0;

    hub_lanes64_store(words, column);
    for (unsigned l = 0; l < LANES; l++)
        all |= words[l];
    return all >> 60 == 0;
}

/* The partial products of the halves of a and b. */
struct product {
    hub_lanes64 low;
    hub_lanes64 mid1;
    hub_lanes64 mid2;
    hub_lanes64 high;
};

static inline struct product multiply(hub_lanes64 a, hub_lanes64 b)
{
    hub_lanes64 a_high = hub_lanes64_high(a);
    hub_lanes64 b_high = hub_lanes64_high(b);

    return (struct product){hub_lanes64_times(a, b), hub_lanes64_times(a_high, b),
                            hub_lanes64_times(a, b_high), hub_lanes64_times(a_high, b_high)};
}

static inline hub_lanes64 mul(hub_lanes64 a, hub_lanes64 b)
{
    struct product x = multiply(a, b);
    /* (2^32 - 1)^2 + 2 (2^32 - 1) is below 2^64 */
    hub_lanes64 mid = hub_lanes64_plus(x.mid1, hub_lanes64_high(x.low));
    hub_lanes64 rest = hub_lanes64_plus(x.mid2, hub_lanes64_low(mid));
    hub_lanes64 high = hub_lanes64_plus(x.high, hub_lanes64_high(mid));

    return hub_lanes64_reduce(hub_lanes64_join(x.low, rest),
                              hub_lanes64_plus(high, hub_lanes64_high(rest)));
}

/* A sum of up to HUB_FIELD64_PRODUCTS products, reduced once: the halves of the partial products
 * add up in columns at 1, 2^32, 2^64 and 2^96. */
struct columns {
    hub_lanes64 c0;
    hub_lanes64 c1;
    hub_lanes64 c2;
    hub_lanes64 c3;
};

static inline struct columns no_products(void)
{
    const hub_lanes64 zero = hub_lanes64_set(0);

    return (struct columns){zero, zero, zero, zero};
}

static inline void add_product(struct columns *c, hub_lanes64 a, hub_lanes64 b)
{
    struct product x = multiply(a, b);

    c->c0 = hub_lanes64_plus(c->c0, hub_lanes64_low(x.low));
    c->c1 = hub_lanes64_plus(c->c1, hub_lanes64_high(x.low));
    c->c1 = hub_lanes64_plus(c->c1, hub_lanes64_low(x.mid1));
    c->c1 = hub_lanes64_plus(c->c1, hub_lanes64_low(x.mid2));
    c->c2 = hub_lanes64_plus(c->c2, hub_lanes64_high(x.mid1));
    c->c2 = hub_lanes64_plus(c->c2, hub_lanes64_high(x.mid2));
    c->c2 = hub_lanes64_plus(c->c2, hub_lanes64_low(x.high));
    c->c3 = hub_lanes64_plus(c->c3, hub_lanes64_high(x.high));
}

/* As 2^64 = 2^32 - 1 and 2^96 = -1 mod p, c0 - c2 - c3 stands at 1 and c1 + c2 at 2^32, both below
 * 6 * 2^32 * HUB_FIELD64_PRODUCTS, which is below 2^60. The low half of the latter gives a multiple
 * of 2^32 that is at most p - 1, its high half h gives h (2^32 - 1). */
static inline hub_lanes64 columns_sum(struct columns c)
{
    hub_lanes64 at_32 = hub_lanes64_plus(c.c1, c.c2);
    hub_lanes64 h = hub_lanes64_high(at_32);
    hub_lanes64 off = hub_lanes64_plus(c.c2, c.c3);

    HUB_VERIFY_THAT(column_fits(at_32) && column_fits(off) && column_fits(c.c0));
    hub_lanes64 rest = hub_lanes64_minus(c.c0, off);

    rest = hub_lanes64_plus(rest, hub_lanes64_minus(hub_lanes64_up(h), h));
    return hub_lanes64_add(hub_lanes64_up(at_32), hub_lanes64_of_signed(rest));
}

static void add_vec(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n * LANES; i += LANES)
        store(out + i, hub_lanes64_add(load(a + i), load(b + i)));
}

static void sub_vec(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n * LANES; i += LANES)
        store(out + i, hub_lanes64_sub(load(a + i), load(b + i)));
}

static void mul_vec(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n * LANES; i += LANES)
        store(out + i, mul(load(a + i), load(b + i)));
}

static void mul_add(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *c)
{
    store(out, hub_lanes64_add(mul(load(a), load(b)), load(c)));
}

static void sum(uint64_t *out, const uint64_t *x, size_t stride, size_t n)
{
    hub_lanes64 total = hub_lanes64_set(0);

    for (size_t i = 0; i < n; i++)
        total = hub_lanes64_add(total, load(x + i * stride * LANES));
    store(out, total);
}

static void dot(uint64_t *out, const uint64_t *x, size_t stride, const uint64_t *y, size_t n)
{
    struct columns c = no_products();

    assert(n <= HUB_FIELD64_PRODUCTS);
    for (size_t i = 0; i < n; i++)
        add_product(&c, load(x + i * stride * LANES), load(y + i * LANES));
    store(out, columns_sum(c));
}

static void dot_same(uint64_t *out, const uint64_t *x, size_t stride, const hub_fe64 *y, size_t n)
{
    struct columns c = no_products();

    assert(n <= HUB_FIELD64_PRODUCTS);
    for (size_t i = 0; i < n; i++)
        add_product(&c, load(x + i * stride * LANES), hub_lanes64_set(hub_fe64_verified(y[i])));
    store(out, columns_sum(c));
}

/* One step of hub_domain64_lagrange_c: entry i of h becomes entries i and h + i. */
static inline void grow(uint64_t *weights, size_t i, size_t h, hub_lanes64 minus)
{
    hub_lanes64 a = load(weights + i * LANES);
    hub_lanes64 b = mul(a, minus);

    store(weights + i * LANES, hub_lanes64_sub(a, b));
    store(weights + (h + i) * LANES, hub_lanes64_add(a, b));
}

/* Both kinds of weights have the powers of t in common: with z the 2p-th root, the factors of the
 * odd points are powers of t/z, which differ by a root from those of t. */
static void lagrange(const struct hub_domain64 *d, uint64_t *even, uint64_t *odd, uint64_t *t_power,
                     const uint64_t *t)
{
    hub_lanes64 powers[HUB_DOMAIN64_LOG_MAX + 1]; /* t^(2^l) */
    unsigned level = d->log_p;

    powers[0] = load(t);
    for (unsigned l = 0; l < d->log_p; l++)
        powers[l + 1] = mul(powers[l], powers[l]);
    store(even, hub_lanes64_set(d->inverse_of_p));
    store(odd, hub_lanes64_set(d->inverse_of_p));
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h; /* 2^(level + 1) */
        hub_lanes64 power = powers[--level];

        grow(even, 0, h, hub_lanes64_sub(hub_lanes64_set(0), power)); /* root p is -1 */
        for (size_t i = 1; i < h; i++)
            grow(even, i, h, mul(power, hub_lanes64_set(d->roots[d->p - i * step])));
        for (size_t i = 0; i < h; i++)
            grow(odd, i, h, mul(power, hub_lanes64_set(d->roots[d->p - i * step - step / 2])));
    }
    store(t_power, powers[d->log_p]);
}

/* As hub_domain64_evaluate_c. */
static void evaluate(const struct hub_domain64 *d, uint64_t *out, const uint64_t *values, size_t n,
                     const uint64_t *even, const uint64_t *odd, const uint64_t *t_power)
{
    size_t last = 2 * d->p - 1;
    struct columns c_even = no_products();
    struct columns c_odd = no_products();

    assert(n == last || n == last + 1);
    for (size_t i = 0; i < n / 2; i++) {
        add_product(&c_even, load(values + 2 * i * LANES), load(even + i * LANES));
        add_product(&c_odd, load(values + (2 * i + 1) * LANES), load(odd + i * LANES));
    }
    if (n == last) {
        struct columns left_out = no_products();

        add_product(&c_even, load(values + (last - 1) * LANES), load(even + (d->p - 1) * LANES));
        for (size_t i = 0; i < last; i++)
            add_product(&left_out, load(values + i * LANES), hub_lanes64_set(d->roots[i + 1]));
        hub_lanes64 value = hub_lanes64_sub(hub_lanes64_set(0), columns_sum(left_out));
        add_product(&c_odd, value, load(odd + (d->p - 1) * LANES));
    }
    hub_lanes64 at_even = columns_sum(c_even);
    hub_lanes64 at_odd = columns_sum(c_odd);
    hub_lanes64 difference = mul(hub_lanes64_sub(at_even, at_odd), load(t_power));
    hub_lanes64 twice = hub_lanes64_add(hub_lanes64_add(at_even, at_odd), difference);
    store(out, hub_lanes64_halve(twice));
}

const struct hub_field64_kernels HUB_FIELD64_KERNELS = {
    .tier = HUB_FIELD64_TIER,
    .lanes = LANES,
    .add = add_vec,
    .sub = sub_vec,
    .mul = mul_vec,
    .mul_add = mul_add,
    .sum = sum,
    .dot = dot,
    .dot_same = dot_same,
    .lagrange = lagrange,
    .evaluate = evaluate,
};
