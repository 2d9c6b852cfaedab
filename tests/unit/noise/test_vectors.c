/* The sampler against libprio-rs's files and further known streams, bytes consumed included. */
#include "base/file.h"
#include "noise/big_internal.h"
#include "noise/discrete.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void counting_seed(uint8_t seed[HUB_NOISE_SEED_LEN])
{
    for (unsigned i = 0; i < HUB_NOISE_SEED_LEN; i++)
        seed[i] = (uint8_t)i;
}

/* The integer after the key, or after *at if key is NULL; *at moves behind it. False: a ']' came.
 */
static bool next_integer(mpz_t out, const char **at, const char *key)
{
    char digits[64];
    size_t len = 0;

    if (key != NULL) {
        *at = strstr(*at, key);
        assert_non_null(*at);
        *at = strchr(*at, ':');
    }
    while (**at != '-' && !isdigit((unsigned char)**at)) {
        if (**at == ']')
            return false;
        (*at)++;
    }
    do {
        assert_true(len + 1 < sizeof(digits));
        digits[len++] = *(*at)++;
    } while (isdigit((unsigned char)**at));
    digits[len] = '\0';
    assert_int_equal(mpz_set_str(out, digits, 10), 0);
    return true;
}

static void run_file(const char *name, uint64_t consumed)
{
    char path[512];
    struct hub_why why = {""};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);
    uint8_t seed[HUB_NOISE_SEED_LEN];
    struct hub_big big;
    struct hub_noise_stream s;
    mpz_t num;
    mpz_t den;
    mpz_t got;
    mpz_t want;
    size_t n = 0;
    int64_t fast[64];

    (void)snprintf(path, sizeof(path), "%s/discrete-gauss/%s", HUB_VECTORS_DIR, name);
    assert_int_equal(hub_file_read(&text, path, &why), HUB_OK);
    assert_int_equal(hub_buf_append(&text, hub_span_of("", 1)), HUB_OK);
    const char *const json = (const char *)text.ptr;
    const char *at = json;

    mpz_inits(num, den, got, want, NULL);
    assert_true(next_integer(num, &at, "\"std_num\""));
    at = json;
    assert_true(next_integer(den, &at, "\"std_denom\""));
    mpz_mul(num, num, num);
    mpz_mul(den, den, den);
    const bool has_words = mpz_cmp_ui(den, 1) == 0 && mpz_cmp_ui(num, HUB_NOISE_SIGMA2_MAX) <= 0;

    counting_seed(seed);
    hub_noise_stream_init(&s, seed);
    hub_big_init(&big);
    assert_int_equal(hub_big_set_variance(&big, num, den), HUB_OK);
    if (has_words) {
        uint64_t used = 0;

        assert_int_equal(hub_discrete_gaussian(fast, 49, mpz_get_ui(num), seed, &used), HUB_OK);
        assert_int_equal(used, consumed);
    }
    at = strchr(strstr(json, "\"samples\""), '[');
    while (next_integer(want, &at, NULL)) {
        hub_big_gaussian(&big, got, &s);
        assert_int_equal(mpz_cmp(got, want), 0);
        if (has_words)
            assert_int_equal(mpz_cmp_si(want, fast[n]), 0);
        n++;
    }
    assert_int_equal(n, 49);
    assert_int_equal(s.consumed, consumed);
    mpz_clears(num, den, got, want, NULL);
    hub_big_wipe(&big);
    hub_noise_stream_wipe(&s);
}

static void libprio_files(void **state)
{
    (void)state;
    run_file("discrete_gauss_3.json", 6704);
    run_file("discrete_gauss_9.json", 5044);
    run_file("discrete_gauss_100.json", 4596);
    run_file("discrete_gauss_2.342.json", 7612);
    run_file("discrete_gauss_41293847.json", 6628);
    run_file("discrete_gauss_9999999999999999999999.json", 13396);
}

static void known_gaussians(void **state)
{
    (void)state;
    static const struct {
        uint64_t sigma2;
        int64_t samples[10];
        uint64_t consumed;
    } cases[] = {
        {2, {1, -1, 0, 3, 0, -1, 0, 0, -1, 1}, 1176},
        {1024, {-30, -50, 8, 12, 2, 14, -9, 77, -20, -23}, 632},
        {12288, {-61, 0, -55, -59, -10, -144, -170, 6, -35, 111}, 964},
        {24576, {-111, -171, 128, 56, -153, 15, 92, -284, -57, 42}, 1184},
    };
    uint8_t seed[HUB_NOISE_SEED_LEN];

    counting_seed(seed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t got[10];
        uint64_t consumed = 0;

        assert_int_equal(hub_discrete_gaussian(got, 10, cases[i].sigma2, seed, &consumed), HUB_OK);
        assert_memory_equal(got, cases[i].samples, sizeof(got));
        assert_int_equal(consumed, cases[i].consumed);
    }
}

static void known_laplaces(void **state)
{
    (void)state;
    static const struct {
        uint64_t num;
        uint64_t den;
        int64_t samples[16];
        uint64_t consumed;
    } cases[] = {
        {1, 1, {-1, 0, 2, -3, 0, 0, -1, 0, 0, 0, -6, -3, 2, 2, 0, 1}, 1200},
        {7, 2, {-1, 0, 5, -6, -2, -4, 0, 5, 7, -2, -5, -2, 4, -2, 3, 3}, 1008},
        {14, 4, {-1, 0, 5, -6, -2, -4, 0, 5, 7, -2, -5, -2, 4, -2, 3, 3}, 1008},
        {20, 1, {-33, 8, -21, -12, -19, 4, -59, 26, -26, -10, 43, -47, -16, 20, 21, 38}, 1092},
    };
    uint8_t seed[HUB_NOISE_SEED_LEN];

    counting_seed(seed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t got[16];
        uint64_t consumed = 0;

        assert_int_equal(hub_discrete_laplace(got, 16, cases[i].num, cases[i].den, seed, &consumed),
                         HUB_OK);
        assert_memory_equal(got, cases[i].samples, sizeof(got));
        assert_int_equal(consumed, cases[i].consumed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libprio_files),
        cmocka_unit_test(known_gaussians),
        cmocka_unit_test(known_laplaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
