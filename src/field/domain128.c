/* The NTT by halves (VDAF draft-20, section "Polynomials"): values to coefficients in bit-reversed
 * order and back need no reordering, which is what doubling does. */
#include "field/domain128.h"

#include <assert.h>

static size_t bit_reverse(size_t i, unsigned bits)
{
    size_t out = 0;

    for (unsigned k = 0; k < bits; k++)
        out |= (i >> k & 1) << (bits - 1 - k);
    return out;
}

/* 1/2^k = p - (p - 1)/2^k, since 2^k divides p - 1. */
static hub_fe128 inverse_of_power(unsigned k)
{
    const hub_u128 p = hub_fe128_u128(HUB_FIELD128_P);

    return hub_fe128_of_u128(p - ((p - 1) >> k));
}

/* The first butterfly of a block: its root is one, forwards and backwards. */
static inline void add_and_subtract(hub_fe128 *a, hub_fe128 *b)
{
    hub_fe128 sum = hub_fe128_add(*a, *b);

    *b = hub_fe128_sub(*a, *b);
    *a = sum;
}

/* Coefficients in bit-reversed order to values. A butterfly of length 2h multiplies with the powers
 * of the 2h-th root, which stand p/h apart in the table of the 2p-th roots. */
static void values_from_reversed(const struct hub_domain128 *d, hub_fe128 *v)
{
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        for (size_t block = 0; block < d->p; block += 2 * h) {
            add_and_subtract(&v[block], &v[block + h]);
            for (size_t i = 1; i < h; i++) {
                hub_fe128 a = v[block + i];
                hub_fe128 b = hub_fe128_scale(v[block + h + i], d->roots[i * step]);

                v[block + i] = hub_fe128_add(a, b);
                v[block + h + i] = hub_fe128_sub(a, b);
            }
        }
    }
}

/* Values to p times the coefficients, in bit-reversed order: the steps above backwards. The inverse
 * of root i is minus root p - i. */
static void reversed_from_values(const struct hub_domain128 *d, hub_fe128 *v)
{
    for (size_t h = d->p / 2; h > 0; h /= 2) {
        size_t step = d->p / h;

        for (size_t block = 0; block < d->p; block += 2 * h) {
            add_and_subtract(&v[block], &v[block + h]);
            for (size_t i = 1; i < h; i++) {
                hub_fe128 a = v[block + i];
                hub_fe128 b = v[block + h + i];

                v[block + i] = hub_fe128_add(a, b);
                v[block + h + i] = hub_fe128_scale(hub_fe128_sub(b, a), d->roots[d->p - i * step]);
            }
        }
    }
}

static void reorder(const struct hub_domain128 *d, hub_fe128 *v)
{
    for (size_t i = 0; i < d->p; i++) {
        size_t j = bit_reverse(i, d->log_p);

        if (i < j) {
            hub_fe128 swap = v[i];

            v[i] = v[j];
            v[j] = swap;
        }
    }
}

void hub_domain128_ntt_c(const struct hub_domain128 *d, hub_fe128 *v)
{
    reorder(d, v);
    values_from_reversed(d, v);
}

/* L = (1/p) sum of X^n, so that X L' at w^-i is (1/p) sum of n w^(-i n). */
static void set_slopes(struct hub_domain128 *d)
{
    hub_fe128 scale = inverse_of_power(d->log_p);

    scale = hub_fe128_mul(scale, hub_fe128_add(scale, scale));
    for (size_t n = 0; n < d->p; n++)
        d->slopes[(d->p - n) % d->p] = hub_fe128_mul(scale, HUB_FE128_OF(n));
    hub_domain128_ntt_c(d, d->slopes);
    memcpy(d->slopes + d->p, d->slopes, d->p * sizeof(*d->slopes));
}

void hub_domain128_init(struct hub_domain128 *d, hub_factor128 *table, unsigned log_p)
{
    size_t p = (size_t)1 << log_p;
    hub_factor128 root = hub_fe128_factor(hub_fe128_root(log_p + 1));
    hub_factor128 scale = hub_fe128_factor(inverse_of_power(log_p));
    hub_factor128 power = HUB_FACTOR128_ONE;

    assert(log_p <= HUB_DOMAIN128_LOG_MAX);
    *d = (struct hub_domain128){.log_p = log_p, .p = p, .roots = table, .twist = table + 2 * p};
    d->slopes = (hub_fe128 *)(void *)(table + 3 * p);
    for (size_t i = 0; i < 2 * p; i++) {
        d->roots[i] = power;
        power = hub_factor128_mul(power, root);
    }
    for (size_t i = 0; i < p; i++)
        d->twist[i] = hub_factor128_mul(d->roots[bit_reverse(i, log_p)], scale);
    set_slopes(d);
}

void hub_domain128_inv_ntt_c(const struct hub_domain128 *d, hub_fe128 *v)
{
    hub_factor128 scale = hub_fe128_factor(inverse_of_power(d->log_p));

    reversed_from_values(d, v);
    reorder(d, v);
    for (size_t i = 0; i < d->p; i++)
        v[i] = hub_fe128_scale(v[i], scale);
}

void hub_domain128_double_c(const struct hub_domain128 *d, hub_fe128 *odd, const hub_fe128 *even)
{
    for (size_t i = 0; i < d->p; i++)
        odd[i] = even[i];
    reversed_from_values(d, odd);
    for (size_t i = 0; i < d->p; i++)
        odd[i] = hub_fe128_scale(odd[i], d->twist[i]);
    values_from_reversed(d, odd);
}

/* The weight of root w^i is (1/p) sum over k < p of (t/w^i)^k, which is (1/p) times the product of
 * 1 + (t/w^i)^(2^l) over l < log p. The factor of level l depends on i mod p/2^l only, so that the
 * product grows from one entry, doubling its length at each level: p - 1 pairs of multiplications
 * in all, and no inversion. */
hub_factor128 hub_domain128_lagrange_c(const struct hub_domain128 *d, hub_fe128 *weights,
                                       hub_fe128 t)
{
    hub_factor128 powers[HUB_DOMAIN128_LOG_MAX + 1] = {{0}}; /* t^(2^l) */
    unsigned level = d->log_p;

    powers[0] = hub_fe128_factor(t);
    for (unsigned l = 0; l < d->log_p; l++)
        powers[l + 1] = hub_factor128_mul(powers[l], powers[l]);
    weights[0] = inverse_of_power(d->log_p);
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        level--;
        for (size_t i = 0; i < h; i++) {
            /* minus t^(2^l) / w^(i 2^l), as the inverse of root i is minus root p - i */
            hub_factor128 minus = hub_factor128_mul(powers[level], d->roots[d->p - i * step]);
            hub_fe128 a = weights[i];
            hub_fe128 b = hub_fe128_scale(a, minus);

            weights[i] = hub_fe128_sub(a, b);
            weights[h + i] = hub_fe128_add(a, b);
        }
    }
    return powers[d->log_p];
}

/* With z the 2p-th root, P(X) = Q(X/z) where Q has at w^i the value of P at z w^i. */
hub_factor128 hub_domain128_lagrange_odd_c(const struct hub_domain128 *d, hub_fe128 *weights,
                                           hub_fe128 t)
{
    hub_fe128 by_root = hub_fe128_scale(t, d->roots[2 * d->p - 1]);

    return hub_factor128_neg(hub_domain128_lagrange_c(d, weights, by_root)); /* z^p is -1 */
}
