/* The formulas of totals, shares and ratios, with figures worked out elsewhere. */
#include "interval/interval.h"
#include "interval/probability.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const double z95 = 1.959963984540054;

static void assert_near(double got, double want, double absolute)
{
    if (!(fabs(got - want) <= absolute))
        fail_msg("%.12g, not %.12g", got, want);
}

static void z_values(void **state)
{
    (void)state;
    assert_near(hub_z(0.95), z95, 1e-14);
    assert_near(hub_z_simultaneous(0.95, 1), z95, 1e-14);
    assert_near(hub_z_simultaneous(0.95, 7), 2.68, 0.005);
    assert_near(hub_z_simultaneous(0.95, 24), 3.07, 0.005);
    assert_near(hub_z_simultaneous(0.95, 100), 3.47, 0.005);
}

static void variances(void **state)
{
    (void)state;
    assert_near(hub_total_variance(1024, 2, 1), 2048, 0);
    assert_near(hub_total_variance(1024, 1, 1), 1024, 0);
    assert_near(hub_total_variance(12288, 2, 24), 589824, 0);
    assert_near(hub_rolling_change_variance(2048, 7, 1), 4096, 0);
    assert_near(hub_rolling_change_variance(2048, 7, 6), 24576, 0);
    assert_near(hub_rolling_change_variance(2048, 7, 7), 28672, 0);
    assert_near(hub_rolling_change_variance(2048, 7, 100), 28672, 0);
}

/* Half-widths of the planning table. */
static void half_widths(void **state)
{
    (void)state;
    static const struct {
        uint64_t sigma2;
        double half_width;
    } rows[] = {{1024, 89}, {256, 44}, {2048, 125}, {6144, 217}, {12288, 307}, {24576, 435}};

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_near(hub_total_half_width(rows[i].sigma2, 2, 1, 0.95), rows[i].half_width, 0.5);
    assert_near(hub_total_half_width(512, 2, 1, 0.95), 62.7, 0.05);
}

static void small_noise_is_exact(void **state)
{
    (void)state;
    static const double levels[4] = {0.90, 0.95, 0.99, 0.999};
    static const struct {
        double sigma2;
        int quantiles[4];
    } rows[] = {{0.25, {1, 1, 2, 2}}, {1, {2, 3, 4, 5}}, {9, {7, 8, 11, 14}}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t l = 0; l < 4; l++)
            assert_near(hub_noise_quantile(rows[i].sigma2, 2, levels[l]), rows[i].quantiles[l], 0);
    }
    assert_near(hub_total_half_width(1, 2, 1, 0.95), 3, 0);
    assert_near(hub_total_half_width(9, 2, 1, 0.95), z95 * sqrt(18), 1e-12);
    assert_near(hub_total_half_width(1, 2, 33, 0.95), z95 * sqrt(66), 1e-12);
    /* Many draws come near the normal, never under it by more than the step of 1. */
    for (unsigned n = 1; n <= HUB_NOISE_DRAWS_MAX; n++) {
        const double q = hub_noise_quantile(8, n, 0.95);
        const double normal = z95 * sqrt(8.0 * n);

        assert_true(q > normal - 0.6 && q < normal + 1);
    }
}

static void sums_and_differences(void **state)
{
    (void)state;
    const struct hub_estimate items[] = {{10, 1}, {-3, 2}, {5, 4}};
    const struct hub_estimate sum = hub_sum(items, 3);
    const struct hub_estimate difference = hub_difference(items[0], items[1]);
    const struct hub_interval interval = hub_interval_of((struct hub_estimate){100, 25}, 2);

    assert_near(sum.value, 12, 0);
    assert_near(sum.variance, 7, 0);
    assert_near(difference.value, 13, 0);
    assert_near(difference.variance, 3, 0);
    assert_near(interval.low, 90, 0);
    assert_near(interval.high, 110, 0);
}

static void means(void **state)
{
    (void)state;
    const struct hub_estimate mean = hub_mean((struct hub_estimate){500, 2048}, 1000);

    assert_near(mean.value, 0.5, 1e-15);
    assert_near(mean.variance, 0.002048, 1e-15);
}

static void projection(void **state)
{
    (void)state;
    const double want[5] = {409.2, 195.2, 92.2, -33.8, 337.2};
    double y[5] = {412, 198, 95, -31, 340};

    hub_histogram_project(y, y, 5, 1000);
    for (size_t i = 0; i < 5; i++)
        assert_near(y[i], want[i], 1e-9);
    assert_near(hub_histogram_projected_variance(2048, 2), 1024, 0);
    assert_near(hub_histogram_projected_variance(2048, 8), 1792, 0);
}

static void inverse_variance(void **state)
{
    (void)state;
    const struct hub_estimate both =
        hub_combine((struct hub_estimate){10240, 2048}, (struct hub_estimate){10100, 294912});

    assert_near(both.value, 10239.03, 0.005);
    assert_near(both.variance, 2033.88, 0.005);
}

static void fieller(void **state)
{
    (void)state;
    struct hub_interval r = {7, 8};

    assert_true(hub_ratio(&r, (struct hub_estimate){1200, 2048}, (struct hub_estimate){3000, 2048},
                          0, z95));
    assert_near(r.low, 0.368491, 5e-7);
    assert_near(r.high, 0.432209, 5e-7);
    /* share A of T = A + B: T = 3000 with variance 4096, covariance 2048 */
    assert_true(hub_ratio(&r, (struct hub_estimate){1200, 2048}, (struct hub_estimate){3000, 4096},
                          2048, z95));
    assert_near(r.low, 0.378485, 5e-7);
    assert_near(r.high, 0.421165, 5e-7);
    assert_true(
        hub_share(&r, (struct hub_estimate){1200, 2048}, (struct hub_estimate){1800, 2048}, z95));
    assert_near(r.low, 0.378485, 5e-7);
    assert_near(r.high, 0.421165, 5e-7);
    assert_true(hub_percent_change(&r, (struct hub_estimate){1200, 2048},
                                   (struct hub_estimate){3000, 2048}, 0, z95));
    assert_near(r.low, -63.1509, 5e-5);
    assert_near(r.high, -56.7791, 5e-5);
}

static void denominator_lost(void **state)
{
    (void)state;
    const struct hub_estimate a = {100, 2048};
    const double edge = z95 * sqrt(2048);
    struct hub_interval r = {7, 8};

    assert_false(hub_ratio(&r, a, (struct hub_estimate){80, 2048}, 0, z95));
    assert_false(hub_ratio(&r, a, (struct hub_estimate){0, 2048}, 0, z95));
    assert_false(hub_ratio(&r, a, (struct hub_estimate){-80, 2048}, 0, z95));
    assert_false(hub_ratio(&r, a, (struct hub_estimate){edge * (1 - 1e-12), 2048}, 0, z95));
    assert_false(
        hub_share(&r, (struct hub_estimate){40, 2048}, (struct hub_estimate){60, 2048}, z95));
    assert_false(hub_percent_change(&r, a, (struct hub_estimate){80, 2048}, 0, z95));
    assert_near(r.low, 7, 0);
    assert_near(r.high, 8, 0);
    assert_true(hub_ratio(&r, a, (struct hub_estimate){edge * 1.01, 2048}, 0, z95));
}

/* How often Fieller's interval holds the true share: 20,000 trials, seed fixed. */
static void coverage(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252U;
    unsigned n_inside = 0;
    double draw[2];

    for (unsigned trial = 0; trial < 20000; trial++) {
        struct hub_interval r;

        for (unsigned i = 0; i < 2; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            draw[i] = hub_normal_quantile(((double)(x >> 11) + 0.5) / 9007199254740992.0);
        }
        const double spread = sqrt(2048);

        assert_true(hub_share(&r, (struct hub_estimate){1200 + spread * draw[0], 2048},
                              (struct hub_estimate){1800 + spread * draw[1], 2048}, z95));
        n_inside += r.low <= 0.4 && 0.4 <= r.high;
    }
    assert_true(hub_binomial_two_sided(n_inside, 20000, 0.95) > 1e-6);
}

static void display_rule(void **state)
{
    (void)state;
    static const struct {
        struct hub_estimate e;
        enum hub_display display;
    } rows[] = {
        {{1000, 166.0 * 166.0}, HUB_SHOW_PLAIN},
        {{1000, 166.1 * 166.1}, HUB_SHOW_CARE},
        {{1000, 333.0 * 333.0}, HUB_SHOW_CARE},
        {{1000, 333.1 * 333.1}, HUB_SHOW_TOO_NOISY},
        {{-1000, 166.0 * 166.0}, HUB_SHOW_PLAIN},
        {{0, 1}, HUB_SHOW_TOO_NOISY},
        {{0, 0}, HUB_SHOW_PLAIN},
        {{5, 0}, HUB_SHOW_PLAIN},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(hub_display(rows[i].e), rows[i].display);
    /* 45.25 * 1.96 = 88.7; with 30 on top 118.7 */
    assert_near(hub_display_bound((struct hub_estimate){0, 2048}, z95), 89, 0);
    assert_near(hub_display_bound((struct hub_estimate){-500, 2048}, z95), 89, 0);
    assert_near(hub_display_bound((struct hub_estimate){30, 2048}, z95), 120, 0);
}

static void ranks(void **state)
{
    (void)state;
    const struct hub_estimate low = {1000, 2048};
    const struct hub_estimate near = {1100, 2048};
    const struct hub_estimate high = {1200, 2048};

    assert_int_equal(hub_rank(high, low, z95), 1);
    assert_int_equal(hub_rank(low, high, z95), -1);
    assert_int_equal(hub_rank(near, low, z95), 0);
    assert_int_equal(hub_rank(low, low, z95), 0);
    assert_int_equal(hub_rank(high, low, hub_z_simultaneous(0.95, 100)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(z_values),
        cmocka_unit_test(variances),
        cmocka_unit_test(half_widths),
        cmocka_unit_test(small_noise_is_exact),
        cmocka_unit_test(sums_and_differences),
        cmocka_unit_test(means),
        cmocka_unit_test(projection),
        cmocka_unit_test(inverse_variance),
        cmocka_unit_test(fieller),
        cmocka_unit_test(denominator_lost),
        cmocka_unit_test(coverage),
        cmocka_unit_test(display_rule),
        cmocka_unit_test(ranks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
