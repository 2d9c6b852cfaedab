/* Variances and intervals of totals, differences, shares and ratios. v is the variance of a total
 * that the office sees; it is known, not estimated. Doubles throughout: this is after release. */
#ifndef INTERVAL_INTERVAL_H
#define INTERVAL_INTERVAL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUB_LEVEL_SHOWN 0.95

enum {
    HUB_NOISE_NORMAL_SIGMA2 = 9, /* from here on the normal is near enough */
    HUB_NOISE_DRAWS_MAX = 64
};

struct hub_estimate {
    double value;
    double variance;
};

struct hub_interval {
    double low;
    double high;
};

/* Half of the two-sided interval of a standard normal: 1.96 for 0.95. */
double hub_z(double level);
/* For n cells judged at once: all n hold together with probability level. */
double hub_z_simultaneous(double level, size_t n);

/* Variance of a total over m windows, each with n_noises (1 or 2) noises of parameter sigma2. */
double hub_total_variance(uint64_t sigma2, unsigned n_noises, size_t m);
/* Smallest integer q with P(|sum of n_draws discrete Gaussians| <= q) >= level. For sigma2 up to
 * HUB_NOISE_NORMAL_SIGMA2, where the normal is off; n_draws from 1 to HUB_NOISE_DRAWS_MAX. */
double hub_noise_quantile(double sigma2, unsigned n_draws, double level);
/* Half-width of a total's interval: exact where sigma2 < 9 (up to 64 draws), else z sqrt(v). */
double hub_total_half_width(uint64_t sigma2, unsigned n_noises, size_t m, double level);
/* value +- z sqrt(variance). */
struct hub_interval hub_interval_of(struct hub_estimate e, double z);

/* A - B, independent. */
struct hub_estimate hub_difference(struct hub_estimate a, struct hub_estimate b);
/* Sum of n totals, independent. */
struct hub_estimate hub_sum(const struct hub_estimate *items, size_t n);
/* Variance of R_t - R_(t-lag), R a rolling sum of m windows of variance v: shared windows cancel.
 */
double hub_rolling_change_variance(double v, size_t m, size_t lag);
/* Y / n with n exact: the mean of a Sum, the share of a Histogram's bucket. n > 0. */
struct hub_estimate hub_mean(struct hub_estimate total, uint64_t n);
/* Cells of a Prio3Histogram (not of tallies) moved to the exact count n: out[i] = y[i] -
 * (sum - n)/d, of variance v (1 - 1/d). out may be y. */
void hub_histogram_project(double *out, const double *y, size_t d, uint64_t n);
double hub_histogram_projected_variance(double v, size_t d);
/* Two measurements of one total, by inverse variance. */
struct hub_estimate hub_combine(struct hub_estimate a, struct hub_estimate b);

/* Ratio A / B by Fieller, cov their covariance. False: the denominator is lost in noise, there is
 * no number, and out is untouched. */
HUB_MUST_USE bool hub_ratio(struct hub_interval *out, struct hub_estimate a, struct hub_estimate b,
                            double cov, double z);
/* Share A / (A + B), A and B independent. */
HUB_MUST_USE bool hub_share(struct hub_interval *out, struct hub_estimate a, struct hub_estimate b,
                            double z);
/* Percent change from B to A: 100 (A/B - 1). */
HUB_MUST_USE bool hub_percent_change(struct hub_interval *out, struct hub_estimate a,
                                     struct hub_estimate b, double cov, double z);

/* The display rule, by the coefficient of variation sqrt(v) / |Y|. */
enum hub_display {
    HUB_SHOW_PLAIN,     /* up to 16.6 % */
    HUB_SHOW_CARE,      /* up to 33.3 %: hatched, "use with care" */
    HUB_SHOW_TOO_NOISY, /* no number, "between 0 and q"; nothing may be built on it */
    HUB_N_DISPLAY
};
enum hub_display hub_display(struct hub_estimate e);
/* The q of "between 0 and q": max(Y, 0) + z sqrt(v), rounded up to a readable figure. */
double hub_display_bound(struct hub_estimate e, double z);
/* Two totals may be ranked only if the interval of their difference excludes 0; z simultaneous
 * over all pairs compared. 1: A above, -1: B above, 0: cannot be told apart. */
int hub_rank(struct hub_estimate a, struct hub_estimate b, double z);

#endif
