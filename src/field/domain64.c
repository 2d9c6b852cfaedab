/* The NTT by halves (VDAF draft-20, section "Polynomials"): values to coefficients in bit-reversed
 * order and back need no reordering, which is what doubling does. */
#include "field/domain64.h"

#include <assert.h>

static size_t bit_reverse(size_t i, unsigned bits)
{
    size_t out = 0;

    for (unsigned k = 0; k < bits; k++)
        out |= (i >> k & 1) << (bits - 1 - k);
    return out;
}

/* 1/2^k = p - (p - 1)/2^k, since 2^k divides p - 1. */
static hub_fe64 inverse_of_power(unsigned k)
{
    return HUB_FIELD64_P - ((HUB_FIELD64_P - 1) >> k);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): kept, and written through d */
void hub_domain64_init(struct hub_domain64 *d, hub_fe64 *table, unsigned log_p)
{
    size_t p = (size_t)1 << log_p;
    hub_fe64 root = hub_fe64_root(log_p + 1);
    hub_fe64 power = 1;

    assert(log_p <= HUB_DOMAIN64_LOG_MAX);
    *d = (struct hub_domain64){.log_p = log_p,
                               .p = p,
                               .roots = table,
                               .twist = table + 2 * p,
                               .inverse_of_p = inverse_of_power(log_p)};
    for (size_t i = 0; i < 2 * p; i++) {
        d->roots[i] = power;
        power = hub_fe64_mul(power, root);
    }
    for (size_t i = 0; i < p; i++)
        d->twist[i] = hub_fe64_mul(d->roots[bit_reverse(i, log_p)], d->inverse_of_p);
}

/* Coefficients in bit-reversed order to values. A butterfly of length 2h multiplies with the powers
 * of the 2h-th root, which stand p/h apart in the table of the 2p-th roots. */
static void values_from_reversed(const struct hub_domain64 *d, hub_fe64 *v)
{
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        for (size_t block = 0; block < d->p; block += 2 * h) {
            for (size_t i = 0; i < h; i++) {
                hub_fe64 a = v[block + i];
                hub_fe64 b = hub_fe64_mul(v[block + h + i], d->roots[i * step]);

                v[block + i] = hub_fe64_add(a, b);
                v[block + h + i] = hub_fe64_sub(a, b);
            }
        }
    }
}

/* Values to p times the coefficients, in bit-reversed order: the steps above backwards. The inverse
 * of root i is minus root p - i. */
static void reversed_from_values(const struct hub_domain64 *d, hub_fe64 *v)
{
    for (size_t h = d->p / 2; h > 0; h /= 2) {
        size_t step = d->p / h;

        for (size_t block = 0; block < d->p; block += 2 * h) {
            for (size_t i = 0; i < h; i++) {
                hub_fe64 a = v[block + i];
                hub_fe64 b = v[block + h + i];

                v[block + i] = hub_fe64_add(a, b);
                v[block + h + i] = hub_fe64_mul(hub_fe64_sub(b, a), d->roots[d->p - i * step]);
            }
        }
    }
}

static void reorder(const struct hub_domain64 *d, hub_fe64 *v)
{
    for (size_t i = 0; i < d->p; i++) {
        size_t j = bit_reverse(i, d->log_p);

        if (i < j) {
            hub_fe64 swap = v[i];

            v[i] = v[j];
            v[j] = swap;
        }
    }
}

void hub_domain64_ntt_c(const struct hub_domain64 *d, hub_fe64 *v)
{
    reorder(d, v);
    values_from_reversed(d, v);
}

void hub_domain64_inv_ntt_c(const struct hub_domain64 *d, hub_fe64 *v)
{
    reversed_from_values(d, v);
    reorder(d, v);
    for (size_t i = 0; i < d->p; i++)
        v[i] = hub_fe64_mul(v[i], d->inverse_of_p);
}

void hub_domain64_double_c(const struct hub_domain64 *d, hub_fe64 *odd, const hub_fe64 *even)
{
    for (size_t i = 0; i < d->p; i++)
        odd[i] = even[i];
    reversed_from_values(d, odd);
    for (size_t i = 0; i < d->p; i++)
        odd[i] = hub_fe64_mul(odd[i], d->twist[i]);
    values_from_reversed(d, odd);
}

/* The weight of root w^i is (1/p) sum over k < p of (t/w^i)^k, which is (1/p) times the product of
 * 1 + (t/w^i)^(2^l) over l < log p. The factor of level l depends on i mod p/2^l only, so that the
 * product grows from one entry, doubling its length at each level: p - 1 pairs of multiplications
 * in all, and no inversion. */
hub_fe64 hub_domain64_lagrange_c(const struct hub_domain64 *d, hub_fe64 *weights, hub_fe64 t)
{
    hub_fe64 powers[HUB_DOMAIN64_LOG_MAX + 1] = {0}; /* t^(2^l) */
    unsigned level = d->log_p;

    powers[0] = t;
    for (unsigned l = 0; l < d->log_p; l++)
        powers[l + 1] = hub_fe64_mul(powers[l], powers[l]);
    weights[0] = d->inverse_of_p;
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        level--;
        for (size_t i = 0; i < h; i++) {
            /* minus t^(2^l) / w^(i 2^l), as the inverse of root i is minus root p - i */
            hub_fe64 minus = hub_fe64_mul(powers[level], d->roots[d->p - i * step]);
            hub_fe64 a = weights[i];
            hub_fe64 b = hub_fe64_mul(a, minus);

            weights[i] = hub_fe64_sub(a, b);
            weights[h + i] = hub_fe64_add(a, b);
        }
    }
    return powers[d->log_p];
}

/* With z the 2p-th root, P(X) = Q(X/z) where Q has at w^i the value of P at z w^i. */
hub_fe64 hub_domain64_lagrange_odd_c(const struct hub_domain64 *d, hub_fe64 *weights, hub_fe64 t)
{
    hub_fe64 by_root = hub_fe64_mul(t, d->roots[2 * d->p - 1]);

    return hub_fe64_neg(hub_domain64_lagrange_c(d, weights, by_root)); /* z^p is -1 */
}

/* A value that is left out is minus the sum of value i times root i + 1 over the others, as that
 * sum over all vanishes where the degree is below 2p - 1. */
static hub_fe64 last_value(const struct hub_domain64 *d, const hub_fe64 *values, size_t n)
{
    size_t last = 2 * d->p - 1;

    assert(n == last || n == last + 1);
    return n > last ? values[last] : hub_fe64_neg(hub_field64_dot_c(values, 1, d->roots + 1, last));
}

/* P(t) = (E + O + t^p (E - O)) / 2 with E and O what the even and the odd points alone would give.
 */
hub_fe64 hub_domain64_evaluate_c(const struct hub_domain64 *d, const hub_fe64 *values, size_t n,
                                 const hub_fe64 *even, const hub_fe64 *odd, hub_fe64 t_power)
{
    hub_fe64 last = last_value(d, values, n);
    hub_fe64 at_even = hub_field64_dot_c(values, 2, even, d->p);
    hub_fe64 at_odd = hub_fe64_add(hub_field64_dot_c(values + 1, 2, odd, d->p - 1),
                                   hub_fe64_mul(last, odd[d->p - 1]));
    hub_fe64 difference = hub_fe64_mul(hub_fe64_sub(at_even, at_odd), t_power);

    return hub_fe64_mul(inverse_of_power(1),
                        hub_fe64_add(hub_fe64_add(at_even, at_odd), difference));
}
