/* The wrong mechanisms are wrong in the way that their names say. */
#include "mechanisms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { N = 20000 };

static hub_status fill(void *self, uint8_t *out, size_t n)
{
    unsigned *const calls = self;

    memset(out, (int)++*calls, n);
    return HUB_OK;
}

static double variance(const char *name, uint64_t sigma2)
{
    static int64_t draws[N];
    unsigned calls = 0;
    const struct hub_rng rng = {fill, &calls};
    double sum = 0;

    assert_int_equal(hub_mechanism_sample(hub_test_mechanism_by_name(name), draws, N, sigma2, &rng),
                     HUB_OK);
    for (size_t i = 0; i < N; i++)
        sum += (double)draws[i] * (double)draws[i];
    return sum / N;
}

/* The sample variance of 20,000 draws is within 5 % of its own by 5 standard deviations. */
static void assert_about(double got, double want)
{
    assert_true(got > 0.95 * want && got < 1.05 * want);
}

static void variances(void **state)
{
    (void)state;
    assert_about(variance("discrete-gaussian", 1024), 1024);
    assert_about(variance("half-variance", 1024), 512);
    assert_about(variance("double-variance", 1024), 2048);
    assert_about(variance("root", 1024), 32);
    assert_true(variance("none", 1024) == 0);
    assert_true(variance("first-cell", 1024) < 1);
}

static void shapes(void **state)
{
    (void)state;
    unsigned calls = 0;
    const struct hub_rng rng = {fill, &calls};
    int64_t draws[4] = {1, 2, 3, 4};

    assert_int_equal(hub_mechanism_sample(hub_test_mechanism_one_draw(), draws, 4, 1 << 20, &rng),
                     HUB_OK);
    assert_int_equal(draws[1], draws[0]);
    assert_int_equal(draws[3], draws[0]);
    assert_int_not_equal(draws[0], 0);
    assert_int_equal(hub_mechanism_sample(hub_test_mechanism_failing(), draws, 4, 4, &rng),
                     HUB_E_RANDOM);
    assert_null(hub_test_mechanism_by_name("laplace"));
    assert_ptr_equal(hub_test_mechanism_by_name("none"), hub_test_mechanism_none());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variances),
        cmocka_unit_test(shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
