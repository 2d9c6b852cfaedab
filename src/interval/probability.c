/* Laws that the intervals stand on. The incomplete gamma function by its series below a + 1 and by
 * its continued fraction above (Abramowitz and Stegun 6.5.29, 6.5.31); chi-squared with any number
 * of degrees is one of its cases. Binomial tails are sums of exact terms outward from k. */
#include "interval/probability.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* Terms after which both forms have converged for every a that fits the purpose: some sqrt(a) are
 * needed, and a here is half a number of residuals. */
enum { TERMS_MAX = 1000000 };

static const double epsilon = 1e-16;

double hub_normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double normal_density(double x)
{
    return exp(-0.5 * x * x) / sqrt(2.0 * acos(-1.0));
}

/* Bisection to a few digits, then Newton in the lower tail, where the density and the distribution
 * keep their relative accuracy. */
double hub_normal_quantile(double p)
{
    assert(p > 0 && p < 1);
    const bool is_upper = p > 0.5;
    const double tail = is_upper ? 1 - p : p;
    double low = -40;
    double high = 0;

    for (int i = 0; i < 40; i++) {
        const double middle = 0.5 * (low + high);

        if (hub_normal_cdf(middle) < tail)
            low = middle;
        else
            high = middle;
    }
    double x = 0.5 * (low + high);

    for (int i = 0; i < 3; i++)
        x -= (hub_normal_cdf(x) - tail) / normal_density(x);
    return is_upper ? -x : x;
}

/* x^a e^-x / Gamma(a), the factor that both forms share. */
static double gamma_factor(double a, double x)
{
    return exp(a * log(x) - x - lgamma(a));
}

static double gamma_series(double a, double x)
{
    double term = 1 / a;
    double sum = term;

    for (int i = 1; i < TERMS_MAX && term > sum * epsilon; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * gamma_factor(a, x);
}

/* Lentz's method. */
static double gamma_fraction(double a, double x)
{
    const double tiny = 1e-300;
    double b = x + 1 - a;
    double c = 1 / tiny;
    double d = 1 / b;
    double value = d;

    for (int i = 1; i < TERMS_MAX; i++) {
        const double numerator = -i * (i - a);

        b += 2;
        d = numerator * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + numerator / c;
        if (fabs(c) < tiny)
            c = tiny;
        value *= d * c;
        if (fabs(d * c - 1) < epsilon)
            break;
    }
    return value * gamma_factor(a, x);
}

double hub_gamma_p(double a, double x)
{
    assert(a > 0 && x >= 0);
    if (x == 0)
        return 0;
    return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double hub_gamma_q(double a, double x)
{
    assert(a > 0 && x >= 0);
    if (x == 0)
        return 1;
    return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double hub_chi2_lower(double x, double df)
{
    return hub_gamma_p(df / 2, x / 2);
}

double hub_chi2_upper(double x, double df)
{
    return hub_gamma_q(df / 2, x / 2);
}

static double two_sided(double lower, double upper)
{
    return fmin(1, 2 * fmin(lower, upper));
}

double hub_chi2_two_sided(double x, double df)
{
    return two_sided(hub_chi2_lower(x, df), hub_chi2_upper(x, df));
}

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

static double binomial_term(uint64_t k, uint64_t n, double p)
{
    return exp(log_choose((double)n, (double)k) + (double)k * log(p) + (double)(n - k) * log1p(-p));
}

/* P(X <= k) for k up to the mean, where each term towards 0 is smaller than the last: the sum ends
 * early. 0 < p < 1. */
static double sum_down(uint64_t k, uint64_t n, double p)
{
    double term = binomial_term(k, n, p);
    double sum = 0;

    for (uint64_t i = k; term > sum * epsilon; i--) {
        sum += term;
        if (i == 0)
            break;
        term *= (double)i / (double)(n - i + 1) * ((1 - p) / p);
    }
    return fmin(1, sum);
}

/* P(X >= k) for k above the mean. */
static double sum_up(uint64_t k, uint64_t n, double p)
{
    double term = binomial_term(k, n, p);
    double sum = 0;

    for (uint64_t i = k; term > sum * epsilon; i++) {
        sum += term;
        if (i == n)
            break;
        term *= (double)(n - i) / (double)(i + 1) * (p / (1 - p));
    }
    return fmin(1, sum);
}

double hub_binomial_lower(uint64_t k, uint64_t n, double p)
{
    assert(k <= n && p >= 0 && p <= 1);
    if (k == n || p <= 0)
        return 1;
    if (p >= 1)
        return 0;
    return (double)k <= (double)n * p ? sum_down(k, n, p) : 1 - sum_up(k + 1, n, p);
}

double hub_binomial_upper(uint64_t k, uint64_t n, double p)
{
    assert(k <= n && p >= 0 && p <= 1);
    if (k == 0 || p >= 1)
        return 1;
    if (p <= 0)
        return 0;
    return (double)k > (double)n * p ? sum_up(k, n, p) : 1 - sum_down(k - 1, n, p);
}

double hub_binomial_two_sided(uint64_t k, uint64_t n, double p)
{
    return two_sided(hub_binomial_lower(k, n, p), hub_binomial_upper(k, n, p));
}
