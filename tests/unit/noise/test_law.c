/* The distribution of what the samplers give, against the exact law.
 *
 * usage: test_law DRAWS [SEED | fresh]. The seed is printed and can be given back. Chi-squared and
 * binomial checks fail at p < 1e-6, moments and correlations at 5 standard deviations (6e-7): about
 * 40 checks, so a false alarm in some 30,000 runs with fresh seeds, and none with fixed ones.
 * Cells of the chi-squared test have an expectation of 10 at least; what is outside goes into two
 * cells for the tails. */
#include "interval/probability.h"
#include "noise/big_internal.h"
#include "noise/mechanism.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <cmocka.h>

enum { VECTOR = 1000, REACH_MAX = 4096 };

static const double p_least = 1e-6;
static const double sd_most = 5;

static size_t n_draws = 20000;
static uint64_t base_seed = 1;

struct counter {
    uint64_t next;
};

/* Seeds are base_seed and a count: the stream behind them is the XOF's. */
static hub_status fill(void *self, uint8_t *out, size_t n)
{
    struct counter *const c = self;

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i < 8 ? base_seed >> 8 * i : i < 16 ? c->next >> 8 * (i - 8) : i);
    c->next++;
    return HUB_OK;
}

/* P(x) for |x| <= REACH_MAX, at [x + REACH_MAX]; weights from exp(-x^2/2s) or exp(-|x|/scale). */
struct law {
    double p[2 * REACH_MAX + 1];
    double variance;
    double fourth; /* E x^4 */
    int reach;
};

static void law_init(struct law *law, double sigma2, double scale)
{
    double total = 0;
    const double wide = sigma2 > 0 ? 40 * sqrt(sigma2) + 10 : 60 * scale + 10;

    *law = (struct law){.reach = wide < REACH_MAX ? (int)wide : REACH_MAX};
    for (int x = -law->reach; x <= law->reach; x++) {
        const double size = fabs((double)x);
        const double weight = sigma2 > 0 ? exp(-size * size / (2 * sigma2)) : exp(-size / scale);

        law->p[x + REACH_MAX] = weight;
        total += weight;
    }
    for (int x = -law->reach; x <= law->reach; x++) {
        const double p = law->p[x + REACH_MAX] /= total;

        law->variance += p * x * x;
        law->fourth += p * x * x * x * x;
    }
}

static double beyond(const struct law *law, double limit)
{
    double p = 0;

    for (int x = -law->reach; x <= law->reach; x++) {
        if (fabs((double)x) > limit)
            p += law->p[x + REACH_MAX];
    }
    return p;
}

/* p-value of the counts; the widest symmetric range whose cells all expect 10. */
static double chi2(const struct law *law, const int64_t *draws, size_t n)
{
    static uint64_t counts[2 * REACH_MAX + 1];
    uint64_t outside[2] = {0, 0};
    double expected_inside = 0;
    double statistic = 0;
    int reach = 0;

    while (reach + 1 <= law->reach && (double)n * law->p[reach + 1 + REACH_MAX] >= 10)
        reach++;
    while (reach > 0 && (double)n * beyond(law, reach) / 2 < 10)
        reach--;
    memset(counts, 0, sizeof(counts));
    for (size_t i = 0; i < n; i++) {
        if (draws[i] < -reach || draws[i] > reach)
            outside[draws[i] > 0]++;
        else
            counts[draws[i] + REACH_MAX]++;
    }
    for (int x = -reach; x <= reach; x++) {
        const double expected = (double)n * law->p[x + REACH_MAX];
        const double difference = (double)counts[x + REACH_MAX] - expected;

        expected_inside += expected;
        statistic += difference * difference / expected;
    }
    const double expected_tail = ((double)n - expected_inside) / 2;

    for (int i = 0; i < 2; i++) {
        const double difference = (double)outside[i] - expected_tail;

        statistic += difference * difference / expected_tail;
    }
    return hub_chi2_upper(statistic, 2 * reach + 2);
}

static void check_moments(const struct law *law, const int64_t *draws, size_t n)
{
    double mean = 0;
    double square = 0;
    double lag = 0;

    for (size_t i = 0; i < n; i++) {
        mean += (double)draws[i];
        square += (double)draws[i] * (double)draws[i];
        lag += i == 0 ? 0 : (double)draws[i] * (double)draws[i - 1];
    }
    const double root_n = sqrt((double)n);

    mean /= (double)n;
    square /= (double)n;
    lag /= (double)n * law->variance;
    assert_true(fabs(mean) < sd_most * sqrt(law->variance) / root_n);
    assert_true(fabs(square - law->variance) <
                sd_most * sqrt(law->fourth - law->variance * law->variance) / root_n);
    assert_true(fabs(lag) < sd_most / root_n);
}

static void check(const struct law *law, const int64_t *draws, size_t n, const char *what)
{
    const double limit = 4 * sqrt(law->variance);
    const double p = chi2(law, draws, n);
    uint64_t n_beyond = 0;

    for (size_t i = 0; i < n; i++)
        n_beyond += fabs((double)draws[i]) > limit;
    const double p_tail = hub_binomial_two_sided(n_beyond, n, beyond(law, limit));

    print_message("%s: chi-squared p %.3g, beyond 4 sigma %" PRIu64 ", p %.3g\n", what, p, n_beyond,
                  p_tail);
    assert_true(p >= p_least);
    assert_true(p_tail >= p_least);
    check_moments(law, draws, n);
}

static int64_t *draw_all(uint64_t sigma2, uint64_t first_seed)
{
    struct counter counter = {first_seed};
    const struct hub_rng rng = {fill, &counter};
    int64_t *const draws = calloc(n_draws + VECTOR, sizeof(*draws));

    assert_non_null(draws);
    for (size_t i = 0; i < n_draws; i += VECTOR)
        assert_int_equal(hub_mechanism_sample(hub_mechanism_discrete_gaussian(), draws + i, VECTOR,
                                              sigma2, &rng),
                         HUB_OK);
    return draws;
}

static void gaussian(void **state)
{
    (void)state;
    static const uint64_t sigma2[] = {1, 2, 9, 1024, 24576};
    static struct law law;

    for (size_t i = 0; i < sizeof(sigma2) / sizeof(sigma2[0]); i++) {
        char what[32];
        int64_t *const draws = draw_all(sigma2[i], i << 32);

        (void)snprintf(what, sizeof(what), "sigma2 %" PRIu64, sigma2[i]);
        law_init(&law, (double)sigma2[i], 0);
        check(&law, draws, n_draws, what);
        free(draws);
    }
}

static void gaussian_of_a_quarter(void **state)
{
    (void)state;
    static struct law law;
    struct counter counter = {UINT64_C(1) << 40};
    uint8_t seed[HUB_NOISE_SEED_LEN];
    struct hub_noise_stream s;
    struct hub_big big;
    mpz_t a;
    mpz_t b;
    mpz_t draw;
    int64_t *const draws = calloc(n_draws, sizeof(*draws));

    assert_non_null(draws);
    assert_int_equal(fill(&counter, seed, sizeof(seed)), HUB_OK);
    mpz_init_set_ui(a, 1);
    mpz_init_set_ui(b, 4);
    mpz_init(draw);
    hub_noise_stream_init(&s, seed);
    hub_big_init(&big);
    assert_int_equal(hub_big_set_variance(&big, a, b), HUB_OK);
    for (size_t i = 0; i < n_draws; i++) {
        hub_big_gaussian(&big, draw, &s);
        draws[i] = mpz_get_si(draw);
    }
    law_init(&law, 0.25, 0);
    check(&law, draws, n_draws, "sigma2 1/4");
    hub_big_wipe(&big);
    hub_noise_stream_wipe(&s);
    mpz_clears(a, b, draw, NULL);
    free(draws);
}

static void laplace(void **state)
{
    (void)state;
    static const uint64_t scales[][2] = {{1, 1}, {7, 2}, {20, 1}};
    static struct law law;
    struct counter counter = {UINT64_C(1) << 41};
    uint8_t seed[HUB_NOISE_SEED_LEN];
    int64_t *const draws = calloc(n_draws, sizeof(*draws));

    assert_non_null(draws);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fill(&counter, seed, sizeof(seed)), HUB_OK);
        assert_int_equal(
            hub_discrete_laplace(draws, n_draws, scales[i][0], scales[i][1], seed, NULL), HUB_OK);
        law_init(&law, 0, (double)scales[i][0] / (double)scales[i][1]);
        check(&law, draws, n_draws, "Laplace");
    }
    free(draws);
}

static double correlation(const int64_t *a, const int64_t *b, size_t n)
{
    double ab = 0;
    double aa = 0;
    double bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Cells of one vector, and the two aggregators, have nothing in common. */
static void independence(void **state)
{
    (void)state;
    int64_t *const leader = draw_all(1024, UINT64_C(1) << 42);
    int64_t *const helper = draw_all(1024, UINT64_C(2) << 42);
    const double limit = sd_most / sqrt((double)(n_draws - VECTOR));

    assert_true(fabs(correlation(leader, helper, n_draws - VECTOR)) < limit);
    for (size_t apart = 2; apart < 8; apart++)
        assert_true(fabs(correlation(leader, leader + apart, n_draws - VECTOR)) < limit);
    assert_true(fabs(correlation(leader, leader + VECTOR, n_draws - VECTOR)) < limit);
    free(leader);
    free(helper);
}

/* Noise of the wrong size does not pass: the checks have power at the smallest number of draws. */
static void wrong_variance_is_seen(void **state)
{
    (void)state;
    static struct law law;
    int64_t *const draws = draw_all(1024, UINT64_C(1) << 43);

    law_init(&law, 512, 0);
    assert_true(chi2(&law, draws, n_draws) < p_least);
    law_init(&law, 2048, 0);
    assert_true(chi2(&law, draws, n_draws) < p_least);
    law_init(&law, 1024 * 1.25, 0);
    assert_true(chi2(&law, draws, n_draws) < p_least);
    law_init(&law, 1024, 0);
    assert_true(chi2(&law, draws, n_draws) >= p_least);
    free(draws);
}

/* The oracle itself, against figures computed elsewhere. */
static void oracle(void **state)
{
    (void)state;
    static const struct {
        double sigma2;
        double p0;
        double p1;
        double variance;
        double beyond2;
        double beyond4;
        int quantiles[4]; /* of the sum of two, 90, 95, 99, 99.9 % */
    } rows[] = {
        {0.25, 0.786570707042, 0.106450769423, 0.215012675, 5.27754e-4, 2.39589e-8, {1, 1, 2, 2}},
        {1, 0.398942278267, 0.241970723224, 0.999999789, 9.13434e-3, 2.98561e-6, {2, 3, 4, 5}},
        {9, 0.132980760134, 0.125794409231, 9.0, 2.94991e-2, 2.84125e-5, {7, 8, 11, 14}},
        {64, 0.0498677850502, 0.0494797108681, 64, 3.90325e-2, 4.80031e-5, {19, 22, 29, 37}},
        {1024, 0.0124669462625, 0.0124608603724, 1024, 4.38306e-2, 5.92474e-5, {74, 89, 117, 149}},
    };
    static const double levels[4] = {0.90, 0.95, 0.99, 0.999};
    static struct law law;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const double sigma = sqrt(rows[i].sigma2);

        law_init(&law, rows[i].sigma2, 0);
        assert_true(fabs(law.p[REACH_MAX] - rows[i].p0) < 5e-13);
        assert_true(fabs(law.p[REACH_MAX + 1] - rows[i].p1) < 5e-13);
        assert_true(fabs(law.variance / rows[i].variance - 1) < 3e-9);
        assert_true(fabs(beyond(&law, 2 * sigma) / rows[i].beyond2 - 1) < 1e-5);
        assert_true(fabs(beyond(&law, 4 * sigma) / rows[i].beyond4 - 1) < 1e-5);
        int q = -1;
        double inside = 0;

        for (int level = 0; level < 4; level++) {
            while (inside < levels[level]) {
                q++;
                for (int x = -law.reach; x <= law.reach; x++) {
                    if (abs(q - x) <= law.reach)
                        inside +=
                            (q == 0 ? 1 : 2) * law.p[x + REACH_MAX] * law.p[q - x + REACH_MAX];
                }
            }
            assert_int_equal(q, rows[i].quantiles[level]);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oracle),       cmocka_unit_test(gaussian),
        cmocka_unit_test(laplace),      cmocka_unit_test(gaussian_of_a_quarter),
        cmocka_unit_test(independence), cmocka_unit_test(wrong_variance_is_seen),
    };

    if (argc > 1)
        n_draws = strtoul(argv[1], NULL, 10) / VECTOR * VECTOR;
    if (argc > 2 && strcmp(argv[2], "fresh") == 0) {
        if (getrandom(&base_seed, sizeof(base_seed), 0) != sizeof(base_seed))
            return 1;
    } else if (argc > 2) {
        base_seed = strtoull(argv[2], NULL, 10);
    }
    if (n_draws < 20000) {
        (void)fprintf(stderr, "usage: test_law DRAWS [SEED | fresh], at least 20000 draws\n");
        return 2;
    }
    print_message("test_law %zu %" PRIu64 "\n", n_draws, base_seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
