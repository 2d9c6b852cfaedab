/* The values of a polynomial at the p-th roots of unity of Field64, p a power of two: to and from
 * coefficients (NTT), doubled to the 2p-th roots, and evaluated anywhere by Lagrange weights.
 * Roots are numbered as powers: value i belongs to w^i. Constant time. */
#ifndef FIELD_DOMAIN64_H
#define FIELD_DOMAIN64_H

#include "field/field64.h"

/* Tables for one p; const after init. */
struct hub_domain64 {
    unsigned log_p;
    size_t p;
    hub_fe64 *roots; /* 2p: powers of the root of order 2p */
    hub_fe64 *twist; /* p: what hub_domain64_double multiplies coefficients with */
    hub_fe64 inverse_of_p;
};

enum { HUB_DOMAIN64_LOG_MAX = 24 };

/* Elements of memory that a domain of 2^log_p roots needs. */
static inline size_t hub_domain64_table_len(unsigned log_p)
{
    return (size_t)3 << log_p;
}

/* The domain lives in table, which the caller keeps. log_p is at most HUB_DOMAIN64_LOG_MAX. */
void hub_domain64_init(struct hub_domain64 *d, hub_fe64 *table, unsigned log_p);

/* p coefficients to p values, in place. */
void hub_domain64_ntt_c(const struct hub_domain64 *d, hub_fe64 *v);
/* p values to p coefficients, in place. */
void hub_domain64_inv_ntt_c(const struct hub_domain64 *d, hub_fe64 *v);
/* From the values at the p-th roots: odd[i] is the value at the (2i + 1)-th power of the 2p-th root
 * of the polynomial of degree below p. */
void hub_domain64_double_c(const struct hub_domain64 *d, hub_fe64 *odd, const hub_fe64 *even);

/* weights[i], i < p: a polynomial of degree below p has sum of weights[i] * value[i] at point t.
 * Returns t^p; where that is 1, t is one of the roots. */
hub_fe64 hub_domain64_lagrange_c(const struct hub_domain64 *d, hub_fe64 *weights, hub_fe64 t);
/* The same for values at the odd powers of the 2p-th root, as hub_domain64_double_c gives them.
 * Returns t^p. */
hub_fe64 hub_domain64_lagrange_odd_c(const struct hub_domain64 *d, hub_fe64 *weights, hub_fe64 t);
/* A polynomial at t from its values at the first n of the 2p-th roots. n is 2p; or 2p - 1 if its
 * degree is below that. even, odd: p weights each; t_power: t^p. */
hub_fe64 hub_domain64_evaluate_c(const struct hub_domain64 *d, const hub_fe64 *values, size_t n,
                                 const hub_fe64 *even, const hub_fe64 *odd, hub_fe64 t_power);

#endif
