/* Variances and intervals of what is shown. Every variance is known from the statement, so nothing
 * here estimates a spread. */
#include "interval/interval.h"

#include "interval/figure.h"
#include "interval/probability.h"

#include <assert.h>
#include <math.h>

double hub_z(double level)
{
    return hub_normal_quantile(0.5 + 0.5 * level);
}

/* Independent noises: all n hold with level if each holds with level^(1/n). */
double hub_z_simultaneous(double level, size_t n)
{
    assert(n > 0);
    return hub_normal_quantile(0.5 * (1 + pow(level, 1 / (double)n)));
}

double hub_total_variance(uint64_t sigma2, unsigned n_noises, size_t m)
{
    return (double)sigma2 * n_noises * (double)m;
}

double hub_total_half_width(uint64_t sigma2, unsigned n_noises, size_t m, double level)
{
    if (sigma2 < HUB_NOISE_NORMAL_SIGMA2 && m <= HUB_NOISE_DRAWS_MAX / n_noises)
        return hub_noise_quantile((double)sigma2, n_noises * (unsigned)m, level);
    return hub_z(level) * sqrt(hub_total_variance(sigma2, n_noises, m));
}

struct hub_interval hub_interval_of(struct hub_estimate e, double z)
{
    const double half_width = z * sqrt(e.variance);

    return (struct hub_interval){e.value - half_width, e.value + half_width};
}

struct hub_estimate hub_difference(struct hub_estimate a, struct hub_estimate b)
{
    return (struct hub_estimate){a.value - b.value, a.variance + b.variance};
}

struct hub_estimate hub_sum(const struct hub_estimate *items, size_t n)
{
    struct hub_estimate sum = {0, 0};

    for (size_t i = 0; i < n; i++) {
        sum.value += items[i].value;
        sum.variance += items[i].variance;
    }
    return sum;
}

double hub_rolling_change_variance(double v, size_t m, size_t lag)
{
    return 2 * (double)(lag < m ? lag : m) * v;
}

struct hub_estimate hub_mean(struct hub_estimate total, uint64_t n)
{
    assert(n > 0);
    const double count = (double)n;

    return (struct hub_estimate){total.value / count, total.variance / (count * count)};
}

void hub_histogram_project(double *out, const double *y, size_t d, uint64_t n)
{
    double sum = 0;

    for (size_t i = 0; i < d; i++)
        sum += y[i];
    const double surplus = (sum - (double)n) / (double)d;

    for (size_t i = 0; i < d; i++)
        out[i] = y[i] - surplus;
}

double hub_histogram_projected_variance(double v, size_t d)
{
    return v * (1 - 1 / (double)d);
}

struct hub_estimate hub_combine(struct hub_estimate a, struct hub_estimate b)
{
    const double weight_a = 1 / a.variance;
    const double weight_b = 1 / b.variance;
    const double weight = weight_a + weight_b;

    return (struct hub_estimate){(a.value * weight_a + b.value * weight_b) / weight, 1 / weight};
}

/* All R with (A - R B)^2 <= z^2 (v_A - 2 R c + R^2 v_B): a R^2 - 2 b R + d <= 0. */
bool hub_ratio(struct hub_interval *out, struct hub_estimate a, struct hub_estimate b, double cov,
               double z)
{
    const double z2 = z * z;
    const double qa = b.value * b.value - z2 * b.variance;
    const double qb = a.value * b.value - z2 * cov;
    const double qd = a.value * a.value - z2 * a.variance;

    if (!(qa > 0))
        return false;
    const double root = sqrt(fmax(0, qb * qb - qa * qd));

    *out = (struct hub_interval){(qb - root) / qa, (qb + root) / qa};
    return true;
}

bool hub_share(struct hub_interval *out, struct hub_estimate a, struct hub_estimate b, double z)
{
    const struct hub_estimate total = {a.value + b.value, a.variance + b.variance};

    return hub_ratio(out, a, total, a.variance, z);
}

bool hub_percent_change(struct hub_interval *out, struct hub_estimate a, struct hub_estimate b,
                        double cov, double z)
{
    struct hub_interval ratio;

    if (!hub_ratio(&ratio, a, b, cov, z))
        return false;
    *out = (struct hub_interval){100 * (ratio.low - 1), 100 * (ratio.high - 1)};
    return true;
}

enum hub_display hub_display(struct hub_estimate e)
{
    const double spread = sqrt(e.variance);
    const double size = fabs(e.value);

    if (spread <= 0.166 * size)
        return HUB_SHOW_PLAIN;
    return spread <= 0.333 * size ? HUB_SHOW_CARE : HUB_SHOW_TOO_NOISY;
}

double hub_display_bound(struct hub_estimate e, double z)
{
    return hub_figure_ceil(fmax(e.value, 0) + z * sqrt(e.variance));
}

int hub_rank(struct hub_estimate a, struct hub_estimate b, double z)
{
    const struct hub_interval difference = hub_interval_of(hub_difference(a, b), z);

    return (difference.low > 0) - (difference.high < 0);
}
