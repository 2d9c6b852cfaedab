/* Do published totals fit the noise that was announced for them? For whoever knows the truth: the
 * demo's simulator, an auditor's calibration tasks. Judged from both sides, so that noise that is
 * missing, halved or doubled fails as well as totals that are wrong. */
#ifndef INTERVAL_FIT_H
#define INTERVAL_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hub_fit {
    uint64_t n;        /* residuals */
    uint64_t n_inside; /* of them, within their 95 % interval */
    double expected_inside;
    double chi2; /* sum of squared residuals over their variances */
};

/* residual = published total - truth; variance: as announced, above 0. */
void hub_fit_add(struct hub_fit *fit, int64_t residual, uint64_t variance);

/* Two-sided p-values: of the coverage, by an exact binomial test, and of the spread, by chi-squared
 * with n degrees of freedom. Both 1 without residuals. */
double hub_fit_coverage_p(const struct hub_fit *fit);
double hub_fit_spread_p(const struct hub_fit *fit);
/* Neither p-value is below p_least. */
bool hub_fit_holds(const struct hub_fit *fit, double p_least);

#endif
