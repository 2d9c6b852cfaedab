/* Residuals with the announced noise fit; with one operator's noise missing, halved or doubled they
 * do not. Fixed seed; the false alarm rate of each judgement is 2e-5. */
#include "interval/fit.h"

#include "interval/probability.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

/* n rounded normal residuals of the real variance, judged by the announced one. */
static struct hub_fit draw(size_t n, double real_variance, uint64_t announced)
{
    struct hub_fit fit = {0};
    uint64_t state = 20261124;

    for (size_t i = 0; i < n; i++) {
        const double u = ((double)next(&state) + 0.5) / 9007199254740992.0;
        hub_fit_add(&fit, (int64_t)lround(hub_normal_quantile(u) * sqrt(real_variance)), announced);
    }
    return fit;
}

static void right_noise_fits(void **state)
{
    (void)state;
    static const size_t counts[] = {96, 260, 2160, 10320};

    for (size_t i = 0; i < 4; i++) {
        const struct hub_fit fit = draw(counts[i], 24576, 24576);
        assert_true(hub_fit_holds(&fit, 1e-5));
        assert_int_equal(fit.n, counts[i]);
    }
}

static void wrong_noise_does_not(void **state)
{
    (void)state;
    /* Of two noises of 12288: one missing, one halved, one doubled, both without, one twice. */
    static const double real[] = {12288, 18432, 36864, 1, 49152};

    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
        const struct hub_fit fit = draw(2160, real[i], 24576);
        assert_false(hub_fit_holds(&fit, 1e-5));
    }
}

static void shifted_totals_do_not(void **state)
{
    (void)state;
    struct hub_fit fit = {0};
    uint64_t seed = 5;

    for (size_t i = 0; i < 2160; i++) {
        const double u = ((double)next(&seed) + 0.5) / 9007199254740992.0;
        hub_fit_add(&fit, (int64_t)lround(hub_normal_quantile(u) * sqrt(2048)) + 20, 2048);
    }
    assert_false(hub_fit_holds(&fit, 1e-5));
}

static void nothing_fits(void **state)
{
    (void)state;
    const struct hub_fit fit = {0};

    assert_true(hub_fit_holds(&fit, 1e-5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_noise_fits),
        cmocka_unit_test(wrong_noise_does_not),
        cmocka_unit_test(shifted_totals_do_not),
        cmocka_unit_test(nothing_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
