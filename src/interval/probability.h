/* Laws that the intervals and the tests of published noise stand on. */
#ifndef INTERVAL_PROBABILITY_H
#define INTERVAL_PROBABILITY_H

#include <stdint.h>

double hub_normal_cdf(double x);
/* Inverse, 0 < p < 1; relative error below 1e-14. */
double hub_normal_quantile(double p);
/* Regularised incomplete gamma functions, a > 0, x >= 0: P (lower) and Q = 1 - P (upper), each
 * accurate in its own tail. */
double hub_gamma_p(double a, double x);
double hub_gamma_q(double a, double x);
/* P(X <= x) and P(X >= x) of chi-squared with df degrees of freedom. */
double hub_chi2_lower(double x, double df);
double hub_chi2_upper(double x, double df);
/* Two-sided p-value of a chi-squared statistic: min(1, 2 min(lower, upper)). Too small and too
 * large sums both fail. */
double hub_chi2_two_sided(double x, double df);
/* P(X <= k) and P(X >= k) of Binomial(n, p), exact sums. */
double hub_binomial_lower(uint64_t k, uint64_t n, double p);
double hub_binomial_upper(uint64_t k, uint64_t n, double p);
/* Two-sided exact p-value: min(1, 2 min(lower, upper)). */
double hub_binomial_two_sided(uint64_t k, uint64_t n, double p);

#endif
