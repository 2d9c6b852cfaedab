/* The values of a polynomial at the p-th roots of unity of Field128, p a power of two: to and from
 * coefficients (NTT), doubled to the 2p-th roots, and evaluated anywhere by Lagrange weights.
 * Roots are numbered as powers: value i belongs to w^i. Constant time. */
#ifndef FIELD_DOMAIN128_H
#define FIELD_DOMAIN128_H

#include "field/field128.h"

/* Tables for one p; const after init. */
struct hub_domain128 {
    unsigned log_p;
    size_t p;
    hub_factor128 *roots; /* 2p: powers of the root of order 2p */
    hub_factor128 *twist; /* p: what hub_domain128_double multiplies coefficients with */
    hub_fe128 *slopes;    /* 2p: 2/p times the value at w^-i of X L'(X), with L the polynomial of
                             degree below p that is 1 at w^0 and 0 at the other roots */
};

enum { HUB_DOMAIN128_LOG_MAX = 24 };

/* Factors of memory that a domain of 2^log_p roots needs. */
static inline size_t hub_domain128_table_len(unsigned log_p)
{
    return (size_t)5 << log_p;
}

/* The domain lives in table, which the caller keeps. log_p is at most HUB_DOMAIN128_LOG_MAX. */
void hub_domain128_init(struct hub_domain128 *d, hub_factor128 *table, unsigned log_p);

/* p coefficients to p values, in place. */
void hub_domain128_ntt_c(const struct hub_domain128 *d, hub_fe128 *v);
/* p values to p coefficients, in place. */
void hub_domain128_inv_ntt_c(const struct hub_domain128 *d, hub_fe128 *v);
/* From the values at the p-th roots: odd[i] is the value at the (2i + 1)-th power of the 2p-th root
 * of the polynomial of degree below p. */
void hub_domain128_double_c(const struct hub_domain128 *d, hub_fe128 *odd, const hub_fe128 *even);

/* weights[i], i < p: a polynomial of degree below p has sum of weights[i] * value[i] at point t.
 * Returns t^p; where that is 1, t is one of the roots. */
hub_factor128 hub_domain128_lagrange_c(const struct hub_domain128 *d, hub_fe128 *weights,
                                       hub_fe128 t);
/* The same for values at the odd powers of the 2p-th root, as hub_domain128_double_c gives them.
 * Returns t^p. */
hub_factor128 hub_domain128_lagrange_odd_c(const struct hub_domain128 *d, hub_fe128 *weights,
                                           hub_fe128 t);

#endif
