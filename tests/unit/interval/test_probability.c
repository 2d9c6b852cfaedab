/* Tails against values from exact sums (binomial, chi-squared with even degrees) and from 40-digit
 * arithmetic. */
#include "interval/probability.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("%.17g, not %.17g", got, want);
}

static void normal(void **state)
{
    (void)state;
    static const struct {
        double p;
        double x;
    } rows[] = {
        {1e-300, -37.047096299361199}, {1e-12, -7.034483825301132}, {0.001, -3.0902323061678135},
        {0.025, -1.9599639845400542},  {0.3, -0.52440051270804078}, {0.975, 1.9599639845400542},
        {0.999, 3.0902323061678135},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_near(hub_normal_quantile(rows[i].p), rows[i].x, 1e-14);
        assert_near(hub_normal_cdf(rows[i].x), rows[i].p, 1e-12);
    }
    assert_true(fabs(hub_normal_quantile(0.5)) < 1e-15);
}

static void gamma_functions(void **state)
{
    (void)state;
    static const struct {
        double a;
        double x;
        double p;
        double q;
    } rows[] = {
        {0.5, 0.5, 0.6826894921370859, 0.3173105078629141},
        {0.5, 3.2, 0.98858796361399835, 0.011412036386001653},
        {1.5, 0.02, 0.0021023412880236949, 0.99789765871197631},
        {100.5, 80, 0.015026293811978519, 0.98497370618802148},
        {100.5, 130, 0.99681691999927756, 0.0031830800007224381},
        {1080, 540, 6.1804555474829042e-93, 1.0},
        {1080.5, 1200, 0.99978381034678197, 0.00021618965321802983},
        {3.7, 3.7, 0.56917293524719541, 0.43082706475280459},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_near(hub_gamma_p(rows[i].a, rows[i].x), rows[i].p, 2e-11);
        assert_near(hub_gamma_q(rows[i].a, rows[i].x), rows[i].q, 2e-11);
    }
    assert_true(hub_gamma_p(3, 0) == 0);
    assert_true(hub_gamma_q(3, 0) == 1);
}

static void chi_squared(void **state)
{
    (void)state;
    static const struct {
        double x;
        double df;
        double upper;
        double lower;
    } rows[] = {
        {2, 2, 3.678794411714423e-01, 6.321205588285577e-01},
        {10, 10, 4.404932850652124e-01, 5.595067149347875e-01},
        {5, 20, 9.997226479053791e-01, 2.773520946208360e-04},
        {60, 20, 7.121750862815577e-06, 9.999928782491372e-01},
        {0.01, 4, 9.999875415886458e-01, 1.245841135427508e-05},
        {2160, 2160, 4.959535035589635e-01, 5.040464964410365e-01},
        {2400, 2160, 2.043224726351624e-04, 9.997956775273649e-01},
        {1920, 2160, 9.999234507004993e-01, 7.654929950069508e-05},
        {4320, 2160, 1.437865445290927e-146, 1},
        {20000, 20000, 4.986701916600448e-01, 5.013298083399552e-01},
        {20800, 20000, 3.888017057398820e-05, 9.999611198294260e-01},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_near(hub_chi2_upper(rows[i].x, rows[i].df), rows[i].upper, 1e-9);
        assert_near(hub_chi2_lower(rows[i].x, rows[i].df), rows[i].lower, 1e-9);
        assert_near(hub_chi2_two_sided(rows[i].x, rows[i].df),
                    2 * fmin(rows[i].upper, rows[i].lower), 1e-9);
    }
    /* Noise missing at one of two parties, halved or doubled at one, over 2160 residuals. */
    assert_true(hub_chi2_two_sided(2160 * 0.5, 2160) < 1e-5);
    assert_true(hub_chi2_two_sided(2160 * 0.75, 2160) < 1e-5);
    assert_true(hub_chi2_two_sided(2160 * 1.5, 2160) < 1e-5);
    assert_true(hub_chi2_two_sided(2160 * 1.02, 2160) > 1e-5);
}

static void binomial(void **state)
{
    (void)state;
    static const struct {
        uint64_t k;
        uint64_t n;
        double p;
        double lower;
        double upper;
    } rows[] = {
        {0, 10, 0.5, 0.0009765625, 1},
        {3, 10, 0.5, 0.171875, 0.9453125},
        {2025, 2160, 0.95, 0.005569166638233686, 0.9957343080079877},
        {2100, 2160, 0.95, 0.9999998995335904, 1.886987699678968e-07},
        {900, 1000, 0.95, 8.410251084877303e-11, 0.9999999999609179},
        {990, 1000, 0.95, 0.9999999999994758, 2.7977985614856666e-12},
        {50, 1000, 0.05, 0.5375290408014277, 0.5202589429126794},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_near(hub_binomial_lower(rows[i].k, rows[i].n, rows[i].p), rows[i].lower, 1e-10);
        assert_near(hub_binomial_upper(rows[i].k, rows[i].n, rows[i].p), rows[i].upper, 1e-10);
        assert_near(hub_binomial_two_sided(rows[i].k, rows[i].n, rows[i].p),
                    fmin(1, 2 * fmin(rows[i].upper, rows[i].lower)), 1e-10);
    }
    assert_true(hub_binomial_lower(5, 5, 0.3) == 1);
    assert_true(hub_binomial_upper(0, 5, 0.3) == 1);
    assert_true(hub_binomial_lower(2, 5, 0) == 1);
    assert_true(hub_binomial_upper(2, 5, 0) == 0);
    assert_true(hub_binomial_lower(2, 5, 1) == 0);
    assert_true(hub_binomial_upper(2, 5, 1) == 1);
    assert_true(hub_binomial_two_sided(0, 0, 0.3) == 1);
}

/* All terms of a small one, against plain sums. */
static void binomial_sums(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 30; n++) {
        double sum = 0;
        double term = pow(0.7, (double)n); /* P(0), p = 0.3 */

        for (uint64_t k = 0; k <= n; k++) {
            assert_true(fabs(hub_binomial_upper(k, n, 0.3) - (1 - sum)) < 1e-13);
            sum += term;
            assert_near(hub_binomial_lower(k, n, 0.3), sum, 1e-12);
            term *= (double)(n - k) / (double)(k + 1) * (0.3 / 0.7);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal),        cmocka_unit_test(gamma_functions),
        cmocka_unit_test(chi_squared),   cmocka_unit_test(binomial),
        cmocka_unit_test(binomial_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
