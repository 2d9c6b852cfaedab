/* Field64 against integers of Python, against multiplication by doubling, and at its edges. */
#include "field/field64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* a, b, a + b, a - b, a * b, computed with Python's integers. */
static const hub_fe64 made[][5] = {
    {0x0000000000000000U, 0x0000000000000001U, 0x0000000000000001U, 0xffffffff00000000U,
     0x0000000000000000U},
    {0x0000000000000000U, 0xffffffff00000000U, 0xffffffff00000000U, 0x0000000000000001U,
     0x0000000000000000U},
    {0x0000000000000000U, 0x0000000000000000U, 0x0000000000000000U, 0x0000000000000000U,
     0x0000000000000000U},
    {0x0000000000000001U, 0xfffffffeffffffffU, 0xffffffff00000000U, 0x0000000000000003U,
     0xfffffffeffffffffU},
    {0x0000000000000001U, 0xfffffffe00000000U, 0xfffffffe00000001U, 0x0000000100000002U,
     0xfffffffe00000000U},
    {0x0000000000000001U, 0x0000000000000001U, 0x0000000000000002U, 0x0000000000000000U,
     0x0000000000000001U},
    {0x0000000000000002U, 0x8000000000000000U, 0x8000000000000002U, 0x7fffffff00000003U,
     0x00000000ffffffffU},
    {0x0000000000000002U, 0x0000000100000000U, 0x0000000100000002U, 0xfffffffe00000003U,
     0x0000000200000000U},
    {0x0000000000000002U, 0x0000000000000002U, 0x0000000000000004U, 0x0000000000000000U,
     0x0000000000000004U},
    {0xffffffff00000000U, 0xfffffffe00000000U, 0xfffffffdffffffffU, 0x0000000100000000U,
     0x0000000100000001U},
    {0xffffffff00000000U, 0x0000000000000002U, 0x0000000000000001U, 0xfffffffefffffffeU,
     0xfffffffeffffffffU},
    {0xffffffff00000000U, 0xffffffff00000000U, 0xfffffffeffffffffU, 0x0000000000000000U,
     0x0000000000000001U},
    {0xfffffffeffffffffU, 0x0000000000000002U, 0x0000000000000000U, 0xfffffffefffffffdU,
     0xfffffffefffffffdU},
    {0xfffffffeffffffffU, 0xfffffffe00000001U, 0xfffffffdffffffffU, 0x00000000fffffffeU,
     0x0000000200000000U},
    {0xfffffffeffffffffU, 0xfffffffeffffffffU, 0xfffffffefffffffdU, 0x0000000000000000U,
     0x0000000000000004U},
    {0x00000000ffffffffU, 0x00000000ffffffffU, 0x00000001fffffffeU, 0x0000000000000000U,
     0xfffffffe00000001U},
    {0x00000000ffffffffU, 0x00000000ffffffffU, 0x00000001fffffffeU, 0x0000000000000000U,
     0xfffffffe00000001U},
    {0x00000000ffffffffU, 0x00000000ffffffffU, 0x00000001fffffffeU, 0x0000000000000000U,
     0xfffffffe00000001U},
    {0x0000000100000000U, 0x7fffffff80000001U, 0x8000000080000001U, 0x8000000080000000U,
     0x0000000080000000U},
    {0x0000000100000000U, 0x0000000000000001U, 0x0000000100000001U, 0x00000000ffffffffU,
     0x0000000100000000U},
    {0x0000000100000000U, 0x0000000100000000U, 0x0000000200000000U, 0x0000000000000000U,
     0x00000000ffffffffU},
    {0x8000000000000000U, 0x0000000000000000U, 0x8000000000000000U, 0x8000000000000000U,
     0x0000000000000000U},
    {0x8000000000000000U, 0x7fffffff80000001U, 0x0000000080000000U, 0x000000007fffffffU,
     0x4000000000000000U},
    {0x8000000000000000U, 0x8000000000000000U, 0x00000000ffffffffU, 0x0000000000000000U,
     0xfffffffec0000001U},
    {0x7fffffff80000001U, 0xffffffff00000000U, 0x7fffffff80000000U, 0x7fffffff80000002U,
     0x7fffffff80000000U},
    {0x7fffffff80000001U, 0xfffffffeffffffffU, 0x7fffffff7fffffffU, 0x7fffffff80000003U,
     0xffffffff00000000U},
    {0x7fffffff80000001U, 0x7fffffff80000001U, 0x0000000000000001U, 0x0000000000000000U,
     0xbfffffff40000001U},
    {0xfffffffe00000001U, 0x0000000100000000U, 0x0000000000000000U, 0xfffffffd00000001U,
     0xfffffffe00000002U},
    {0xfffffffe00000001U, 0x0000000000000000U, 0xfffffffe00000001U, 0xfffffffe00000001U,
     0x0000000000000000U},
    {0xfffffffe00000001U, 0xfffffffe00000001U, 0xfffffffd00000001U, 0x0000000000000000U,
     0x00000000ffffffffU},
    {0xfffffffe00000000U, 0xfffffffe00000001U, 0xfffffffd00000000U, 0xffffffff00000000U,
     0x00000001ffffffffU},
    {0xfffffffe00000000U, 0x8000000000000000U, 0x7ffffffeffffffffU, 0x7ffffffe00000000U,
     0xfffffffe80000002U},
    {0xfffffffe00000000U, 0xfffffffe00000000U, 0xfffffffcffffffffU, 0x0000000000000000U,
     0x0000000300000000U},
    {0xd00e46575b30877aU, 0x31638212a55316a5U, 0x0171c86b00839e1eU, 0x9eaac444b5dd70d5U,
     0x8f0dc14905039c6cU},
    {0xb0fec7375a830517U, 0x54601d7ed73b3987U, 0x055ee4b731be3e9dU, 0x5c9ea9b88347cb90U,
     0xbd67903bbcf593baU},
    {0x1590d0003c0815beU, 0xcc01e85d5d1118b5U, 0xe192b85d99192e73U, 0x498ee7a1def6fd0aU,
     0x72e1985b80662057U},
    {0xc08e8a9eb801f427U, 0x8fdf30be3eed6ff7U, 0x506dbb5df6ef641dU, 0x30af59e079148430U,
     0xff800bf03479d73cU},
    {0x1bafd722e48a1047U, 0x19937ab1c8dcf838U, 0x354351d4ad67087fU, 0x021c5c711bad180fU,
     0x9a93946c3809db58U},
    {0xcbf6121bf93a3d85U, 0x2e160a6acd5c4d7eU, 0xfa0c1c86c6968b03U, 0x9de007b12bddf007U,
     0x4089430b5dd971b6U},
    {0x215df35a73b4e687U, 0x3f30a719b909648eU, 0x608e9a742cbe4b15U, 0xe22d4c3fbaab81faU,
     0x69cecbbcf26d0a5eU},
    {0x7724f0b973de6c7fU, 0x7e26b2df3766b2a8U, 0xf54ba398ab451f27U, 0xf8fe3dd93c77b9d8U,
     0x6958bcf065654405U},
    {0x5f0a3da653d23ba9U, 0x4497776d9cf0efbaU, 0xa3a1b513f0c32b63U, 0x1a72c638b6e14befU,
     0x4297444efdc3a23cU},
    {0x4c3fbc9218a32bbfU, 0xaecd6e550f3f0eb1U, 0xfb0d2ae727e23a70U, 0x9d724e3c09641d0fU,
     0x572b2018afaea563U},
    {0x8c06d47a4ffd3607U, 0x247c89cb96b22153U, 0xb0835e45e6af575aU, 0x678a4aaeb94b14b4U,
     0xe8a7f5c007ec9b32U},
    {0x10c750e8d68af6d8U, 0x8f592e5109f0fe10U, 0xa0207f39e07bf4e8U, 0x816e2296cc99f8c9U,
     0x7d06767df1a91b34U},
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state ^ (*state >> 29);
}

/* Near 0, near p, or anywhere. */
static hub_fe64 random_element(uint64_t *state, size_t where)
{
    uint64_t r = next_random(state);

    if (where == 0)
        return r % 3;
    if (where == 1)
        return HUB_FIELD64_P - 1 - (r >> 32) % 5;
    return r % HUB_FIELD64_P;
}

static void assert_equal(hub_fe64 a, hub_fe64 b)
{
    assert_true(a == b);
}

static void arithmetic_is_that_of_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        assert_equal(hub_fe64_add(made[i][0], made[i][1]), made[i][2]);
        assert_equal(hub_fe64_sub(made[i][0], made[i][1]), made[i][3]);
        assert_equal(hub_fe64_mul(made[i][0], made[i][1]), made[i][4]);
        assert_equal(hub_fe64_neg(made[i][0]), hub_fe64_sub(0, made[i][0]));
    }
}

/* a * b from additions alone. */
static hub_fe64 multiply_by_doubling(hub_fe64 a, hub_fe64 b)
{
    hub_fe64 sum = 0;

    for (unsigned bit = 64; bit-- > 0;) {
        sum = hub_fe64_add(sum, sum);
        if ((b >> bit & 1) != 0)
            sum = hub_fe64_add(sum, a);
    }
    return sum;
}

static void multiplication_is_repeated_addition(void **state)
{
    (void)state;
    uint64_t seed = 20;

    for (unsigned i = 0; i < 2000; i++) {
        hub_fe64 a = random_element(&seed, i % 3);
        hub_fe64 b = random_element(&seed, i / 3 % 3);

        assert_equal(hub_fe64_mul(a, b), multiply_by_doubling(a, b));
    }
}

static void inverse_times_itself_is_one(void **state)
{
    (void)state;
    uint64_t seed = 21;

    for (unsigned i = 0; i < 50; i++) {
        hub_fe64 a = random_element(&seed, 1 + i % 2);

        if (i == 0)
            a = HUB_FIELD64_P - 1;
        assert_equal(hub_fe64_mul(a, hub_fe64_inv(a)), 1);
    }
    assert_equal(hub_fe64_inv(0), 0);
}

static void roots_have_their_order(void **state)
{
    (void)state;
    for (unsigned log_n = 1; log_n <= HUB_FIELD64_LOG_ROOTS; log_n++) {
        hub_fe64 r = hub_fe64_root(log_n);

        for (unsigned i = 1; i < log_n; i++)
            r = hub_fe64_mul(r, r);
        assert_equal(r, HUB_FIELD64_P - 1);
    }
    assert_equal(hub_fe64_root(0), 1);
}

/* Sums of the largest products: (p - 1)^2 is 1. */
static void dot_product_holds_the_largest_sums(void **state)
{
    (void)state;
    enum { N = 3000 };
    hub_fe64 *x = malloc(N * sizeof(*x));
    uint64_t seed = 22;
    hub_fe64 expected = 0;

    assert_non_null(x);
    for (size_t i = 0; i < N; i++)
        x[i] = HUB_FIELD64_P - 1;
    for (size_t n = 0; n < N; n += 37)
        assert_equal(hub_field64_dot_c(x, 1, x, n), n);
    for (size_t i = 0; i < N; i++)
        x[i] = random_element(&seed, i % 5);
    for (size_t i = 0; i < N / 3; i++)
        expected = hub_fe64_add(expected, hub_fe64_mul(x[3 * i], x[i]));
    assert_equal(hub_field64_dot_c(x, 3, x, N / 3), expected);
    free(x);
}

static void encoding_refuses_what_is_not_below_p(void **state)
{
    (void)state;
    uint8_t bytes[3 * HUB_FIELD64_BYTES];
    hub_fe64 v[3] = {1, HUB_FIELD64_P - 1, made[40][0]};
    hub_fe64 back[3];

    hub_field64_encode(bytes, v, 3);
    assert_int_equal(bytes[0], 1);
    assert_true(hub_field64_decode(back, bytes, 3));
    for (unsigned i = 0; i < 3; i++)
        assert_equal(back[i], v[i]);
    for (unsigned i = 0; i < 3; i++) {
        static const uint8_t p[HUB_FIELD64_BYTES] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
        uint8_t changed[sizeof(bytes)];

        memcpy(changed, bytes, sizeof(bytes));
        memcpy(changed + i * sizeof(p), p, sizeof(p));
        assert_false(hub_field64_decode(back, changed, 3));
        memset(changed + i * sizeof(p), 0xff, sizeof(p));
        assert_false(hub_field64_decode(back, changed, 3));
    }
    assert_true(hub_field64_decode(back, bytes, 0));
}

/* Against one row after the other: rows of the largest element, then of any, in other numbers. */
static void rows_add_up_as_one_by_one(void **state)
{
    (void)state;
    enum { N_ROWS = 40, N = 5, BYTES = N * HUB_FIELD64_BYTES };
    uint8_t bytes[N_ROWS][BYTES + 1];
    const uint8_t *rows[N_ROWS];
    uint8_t acc[BYTES + 1] = {0};
    uint8_t expected[BYTES + 1] = {0};

    for (unsigned fill = 0; fill < 2; fill++) {
        for (size_t j = 0; j < N_ROWS; j++) {
            hub_fe64 v[N];

            for (size_t i = 0; i < N; i++)
                v[i] = fill == 0 ? HUB_FIELD64_P - 1
                                 : (i * 0x9e3779b97f4a7c15U + j * 77) % HUB_FIELD64_P;
            hub_field64_encode(bytes[j] + 1, v, N); /* unaligned */
            rows[j] = bytes[j] + 1;
        }
        for (size_t n_rows = 0; n_rows <= N_ROWS; n_rows++) {
            hub_field64_add_rows_encoded(acc + 1, rows, n_rows, N);
            for (size_t j = 0; j < n_rows; j++)
                hub_field64_add_encoded(expected + 1, rows[j], N);
            assert_memory_equal(acc, expected, sizeof(acc));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_that_of_integers),
        cmocka_unit_test(multiplication_is_repeated_addition),
        cmocka_unit_test(inverse_times_itself_is_one),
        cmocka_unit_test(roots_have_their_order),
        cmocka_unit_test(dot_product_holds_the_largest_sums),
        cmocka_unit_test(encoding_refuses_what_is_not_below_p),
        cmocka_unit_test(rows_add_up_as_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
