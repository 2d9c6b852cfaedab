/* Residuals against their announced noise (docs/privacy.md). */
#include "interval/fit.h"

#include "interval/probability.h"

#include <math.h>

static const double z95 = 1.959963984540054;

/* Totals are whole numbers: what lies inside the interval is |residual| <= floor(z sd), and its
 * chance is that of the next half. */
static double chance_inside(double sd, double *half_width)
{
    *half_width = floor(z95 * sd);
    return 2 * hub_normal_cdf((*half_width + 0.5) / sd) - 1;
}

void hub_fit_add(struct hub_fit *fit, int64_t residual, uint64_t variance)
{
    const double r = (double)residual;
    const double v = (double)variance;
    double half_width;

    fit->n++;
    fit->expected_inside += chance_inside(sqrt(v), &half_width);
    if (fabs(r) <= half_width)
        fit->n_inside++;
    fit->chi2 += r * r / v;
}

double hub_fit_coverage_p(const struct hub_fit *fit)
{
    if (fit->n == 0)
        return 1;
    return hub_binomial_two_sided(fit->n_inside, fit->n, fit->expected_inside / (double)fit->n);
}

double hub_fit_spread_p(const struct hub_fit *fit)
{
    return fit->n == 0 ? 1 : hub_chi2_two_sided(fit->chi2, (double)fit->n);
}

bool hub_fit_holds(const struct hub_fit *fit, double p_least)
{
    return hub_fit_coverage_p(fit) >= p_least && hub_fit_spread_p(fit) >= p_least;
}
