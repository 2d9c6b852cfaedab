/* The word-sized sampler against the one over libgmp: same samples, same bytes, for variances on
 * both sides of every limit; and the ends of the arguments. */
#include "noise/big_internal.h"
#include "noise/discrete.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N_MAX = 4000 };

static void seed_of(uint8_t seed[HUB_NOISE_SEED_LEN], uint64_t x)
{
    for (unsigned i = 0; i < HUB_NOISE_SEED_LEN; i++)
        seed[i] = (uint8_t)(x >> i % 8 * 8) ^ (uint8_t)(17 * i);
}

static uint64_t plain(int64_t *out, size_t n, uint64_t sigma2, const uint8_t *seed)
{
    struct hub_big big;
    struct hub_noise_stream s;
    mpz_t a;
    mpz_t b;
    mpz_t draw;

    mpz_init_set_ui(a, sigma2);
    mpz_init_set_ui(b, 1);
    mpz_init(draw);
    hub_big_init(&big);
    hub_noise_stream_init(&s, seed);
    assert_int_equal(hub_big_set_variance(&big, a, b), HUB_OK);
    for (size_t i = 0; i < n; i++) {
        hub_big_gaussian(&big, draw, &s);
        assert_true(mpz_fits_slong_p(draw));
        out[i] = mpz_get_si(draw);
    }
    const uint64_t consumed = s.consumed;

    assert_false(s.failed);
    hub_big_wipe(&big);
    hub_noise_stream_wipe(&s);
    mpz_clears(a, b, draw, NULL);
    return consumed;
}

static void compare(uint64_t sigma2, size_t n, uint64_t x)
{
    static int64_t words[N_MAX];
    static int64_t want[N_MAX];
    uint8_t seed[HUB_NOISE_SEED_LEN];
    uint64_t consumed = 0;

    seed_of(seed, x);
    assert_int_equal(hub_discrete_gaussian(words, n, sigma2, seed, &consumed), HUB_OK);
    assert_int_equal(consumed, plain(want, n, sigma2, seed));
    assert_memory_equal(words, want, n * sizeof(*want));
}

static void small_and_usual(void **state)
{
    (void)state;
    static const uint64_t sigma2[] = {1,    2,    3,    4,    5,    8,     9,     15,      16,
                                      63,   64,   256,  512,  1023, 1024,  12288, 24576,   65025,
                                      4096, 4097, 9999, 6144, 2048, 40000, 99999, 1000000, 7};

    for (size_t i = 0; i < sizeof(sigma2) / sizeof(sigma2[0]); i++)
        compare(sigma2[i], N_MAX, i);
}

/* 66585600 fits; about 2^27.5 is the last that does; beyond, every exponent is handed over. */
static void large(void **state)
{
    (void)state;
    compare(66585600, 2000, 1);
    for (unsigned bits = 26; bits <= 62; bits++) {
        compare((uint64_t)1 << bits, 200, bits);
        compare(((uint64_t)1 << bits) - 1, 200, bits + 100);
    }
}

static void arguments(void **state)
{
    (void)state;
    const uint8_t seed[HUB_NOISE_SEED_LEN] = {1};
    int64_t out[2] = {7, 7};

    assert_int_equal(hub_discrete_gaussian(out, 2, 0, seed, NULL), HUB_E_ARGUMENT);
    assert_int_equal(hub_discrete_gaussian(out, 2, HUB_NOISE_SIGMA2_MAX + 1, seed, NULL),
                     HUB_E_ARGUMENT);
    assert_int_equal(hub_discrete_laplace(out, 2, 0, 1, seed, NULL), HUB_E_ARGUMENT);
    assert_int_equal(hub_discrete_laplace(out, 2, 1, 0, seed, NULL), HUB_E_ARGUMENT);
    assert_int_equal(hub_discrete_laplace(out, 2, ((uint64_t)1 << 31) + 1, 1, seed, NULL),
                     HUB_E_ARGUMENT);
    assert_int_equal(out[0], 7);
    assert_int_equal(out[1], 7);
    assert_int_equal(hub_discrete_gaussian(out, 2, HUB_NOISE_SIGMA2_MAX, seed, NULL), HUB_OK);
}

static void variance_limits(void **state)
{
    (void)state;
    struct hub_big big;
    mpz_t a;
    mpz_t b;

    hub_big_init(&big);
    mpz_init_set_ui(a, 1);
    mpz_init_set_ui(b, 0);
    assert_int_equal(hub_big_set_variance(&big, a, b), HUB_E_ARGUMENT);
    assert_int_equal(hub_big_set_variance(&big, b, a), HUB_E_ARGUMENT);
    mpz_set_ui(b, 1);
    mpz_mul_2exp(a, a, HUB_BIG_INPUT_BITS);
    assert_int_equal(hub_big_set_variance(&big, a, b), HUB_E_ARGUMENT);
    assert_int_equal(hub_big_set_variance(&big, b, a), HUB_E_ARGUMENT);
    mpz_sub_ui(a, a, 1);
    assert_int_equal(hub_big_set_variance(&big, a, b), HUB_OK);
    mpz_clears(a, b, NULL);
    hub_big_wipe(&big);
}

/* The widest inputs: hub_big_wipe asserts that no number has outgrown its storage. */
static void widest(void **state)
{
    (void)state;
    uint8_t seed[HUB_NOISE_SEED_LEN];
    struct hub_big big;
    struct hub_noise_stream s;
    mpz_t a;
    mpz_t b;
    mpz_t draw;

    mpz_inits(a, b, draw, NULL);
    mpz_set_ui(a, 1);
    mpz_mul_2exp(a, a, HUB_BIG_INPUT_BITS);
    mpz_sub_ui(a, a, 1);
    for (unsigned shift = 0; shift < HUB_BIG_INPUT_BITS; shift += 19) {
        mpz_tdiv_q_2exp(b, a, shift);
        mpz_sub_ui(b, b, b->_mp_size != 0 && mpz_cmp_ui(b, 4) > 0 ? 3 : 0);
        seed_of(seed, shift);
        hub_noise_stream_init(&s, seed);
        hub_big_init(&big);
        assert_int_equal(hub_big_set_variance(&big, a, b), HUB_OK);
        for (int i = 0; i < 20; i++)
            hub_big_gaussian(&big, draw, &s);
        hub_big_wipe(&big);
        hub_noise_stream_wipe(&s);
    }
    mpz_clears(a, b, draw, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_and_usual), cmocka_unit_test(large),  cmocka_unit_test(arguments),
        cmocka_unit_test(variance_limits), cmocka_unit_test(widest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
