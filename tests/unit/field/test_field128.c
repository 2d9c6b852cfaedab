/* Field128 against integers of Python, against multiplication by doubling, and at its edges. */
#include "field/field128.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* a, b, a + b, a - b, a * b, computed with Python's integers. */
static const hub_fe128 made[][5] = {
    {{0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0x0000000000000000U}},
    {{0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U}},
    {{0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U}},
    {{0x0000000000000001U, 0x0000000000000000U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000003U, 0x0000000000000000U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U}},
    {{0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U}},
    {{0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U}},
    {{0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000000U, 0x8000000000000000U},
     {0x0000000000000002U, 0x8000000000000000U},
     {0x0000000000000003U, 0x7fffffffffffffe4U},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000000U, 0x8000000000000000U},
     {0x0000000000000002U, 0x8000000000000000U},
     {0x0000000000000003U, 0x7fffffffffffffe4U},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000004U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000004U, 0x0000000000000000U}},
    {{0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0x0000000000000000U}},
    {{0x0000000000000000U, 0xffffffffffffffe4U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0xfffffffffffffffeU, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000002U, 0x0000000000000000U}},
    {{0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0x0000000000000000U}},
    {{0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0xfffffffffffffffeU, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0x0000000000000002U, 0x0000000000000000U}},
    {{0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0xfffffffffffffffeU, 0xffffffffffffffe3U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U}},
    {{0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0xffffffffffffffffU, 0xffffffffffffffe3U},
     {0xfffffffffffffffdU, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000004U, 0x0000000000000000U}},
    {{0xffffffffffffffffU, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000001U},
     {0xffffffffffffffffU, 0x0000000000000001U},
     {0x0000000000000000U, 0xffffffffffffffe4U},
     {0xffffffffffffffffU, 0x000000000000001aU}},
    {{0xffffffffffffffffU, 0x0000000000000000U},
     {0x0000000000000001U, 0x7ffffffffffffff2U},
     {0x0000000000000000U, 0x7ffffffffffffff3U},
     {0xffffffffffffffffU, 0x7ffffffffffffff2U},
     {0x8000000000000000U, 0x7ffffffffffffff2U}},
    {{0xffffffffffffffffU, 0x0000000000000000U},
     {0xffffffffffffffffU, 0x0000000000000000U},
     {0xfffffffffffffffeU, 0x0000000000000001U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x000000000000001aU}},
    {{0x0000000000000000U, 0x0000000000000001U},
     {0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000002U},
     {0x0000000000000002U, 0xffffffffffffffc8U}},
    {{0x0000000000000000U, 0x0000000000000001U},
     {0xffffffffffffffffU, 0x0000000000000000U},
     {0xffffffffffffffffU, 0x0000000000000001U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0xffffffffffffffffU, 0x000000000000001aU}},
    {{0x0000000000000000U, 0x0000000000000001U},
     {0x0000000000000000U, 0x0000000000000001U},
     {0x0000000000000000U, 0x0000000000000002U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x0000000000000000U, 0x8000000000000000U},
     {0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000002U, 0x8000000000000000U},
     {0xfffffffffffffffeU, 0x7fffffffffffffffU},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x0000000000000000U, 0x8000000000000000U},
     {0x0000000000000002U, 0x0000000000000000U},
     {0x0000000000000002U, 0x8000000000000000U},
     {0xfffffffffffffffeU, 0x7fffffffffffffffU},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x0000000000000000U, 0x8000000000000000U},
     {0x0000000000000000U, 0x8000000000000000U},
     {0xffffffffffffffffU, 0x000000000000001bU},
     {0x0000000000000000U, 0x0000000000000000U},
     {0xffffffffffffff3dU, 0xc00000000000154cU}},
    {{0x0000000000000001U, 0x7ffffffffffffff2U},
     {0xffffffffffffffffU, 0x0000000000000000U},
     {0x0000000000000000U, 0x7ffffffffffffff3U},
     {0x0000000000000002U, 0x7ffffffffffffff1U},
     {0x8000000000000000U, 0x7ffffffffffffff2U}},
    {{0x0000000000000001U, 0x7ffffffffffffff2U},
     {0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0x7ffffffffffffff1U},
     {0x0000000000000001U, 0x7ffffffffffffff3U},
     {0x8000000000000001U, 0xffffffffffffffe3U}},
    {{0x0000000000000001U, 0x7ffffffffffffff2U},
     {0x0000000000000001U, 0x7ffffffffffffff2U},
     {0x0000000000000001U, 0x0000000000000000U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0xbfffffffffffffebU}},
    {{0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0x7ffffffffffffff2U},
     {0x0000000000000001U, 0x7ffffffffffffff1U},
     {0x0000000000000000U, 0x7ffffffffffffff1U},
     {0x8000000000000001U, 0xffffffffffffffe3U}},
    {{0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000000U, 0x0000000000000001U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0x0000000000000001U, 0xffffffffffffffe2U},
     {0x0000000000000002U, 0xffffffffffffffc8U}},
    {{0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0xffffffffffffffe3U},
     {0x0000000000000001U, 0xffffffffffffffe2U},
     {0x0000000000000000U, 0x0000000000000000U},
     {0xffffffffffffffffU, 0x000000000000001bU}},
    {{0x7c1267c4fa0fbe50U, 0x8c2aef8d33b15937U},
     {0x75b2571b80200826U, 0x71a08e342bc1e863U},
     {0xf1c4bee07a2fc676U, 0xfdcb7dc15f73419aU},
     {0x066010a979efb62aU, 0x1a8a615907ef70d4U},
     {0x735ba2db27ffc451U, 0x865cc147e5c44c1bU}},
    {{0x182336be41e8db4cU, 0x04c1e25e925f5813U},
     {0xfee2806203b95aecU, 0x584a64d452a0ccbdU},
     {0x1705b72045a23638U, 0x5d0c4732e50024d1U},
     {0x1940b65c3e2f8061U, 0xac777d8a3fbe8b39U},
     {0x9e7a4054dc2cc5c6U, 0xcabbe926ef5f0c7fU}},
    {{0x5c570b80b6b43c36U, 0x21f972162081e804U},
     {0x71588739921f5262U, 0xecc58d9c2eac53deU},
     {0xcdaf92ba48d38e97U, 0x0ebeffb24f2e3bfeU},
     {0xeafe84472494e9d5U, 0x3533e479f1d59409U},
     {0xe7ea47483f9e8630U, 0x456c3efcf15068caU}},
    {{0x17bfa8dee9ff5331U, 0xdac7f33d077ea902U},
     {0xdaa2de5b5e50ae40U, 0x5c4979037190d8d2U},
     {0xf262873a48500170U, 0x37116c40790f81f0U},
     {0x3d1cca838baea4f1U, 0x7e7e7a3995edd02fU},
     {0x99984d31af3d5e3fU, 0xb4a0031c9e190f28U}},
    {{0x5abb761d0b8f6d21U, 0x02cae624ecbc9b21U},
     {0x33dcbb874c36ae05U, 0x5bfb70db39c8a148U},
     {0x8e9831a457c61b26U, 0x5ec6570026853c69U},
     {0x26deba95bf58bf1dU, 0xa6cf7549b2f3f9bdU},
     {0x6e03d1b4f3a675e1U, 0x057fa19dbefe35a9U}},
    {{0x6de29e17e3cb4932U, 0x2cdd0210b738926fU},
     {0xad71332178b17e18U, 0x15c74985c67ad633U},
     {0x1b53d1395c7cc74aU, 0x42a44b967db368a3U},
     {0xc0716af66b19cb1aU, 0x1715b88af0bdbc3bU},
     {0xe0bcbdcca58115daU, 0x7ebb77add29da8f6U}},
    {{0x179ff9255bfda28eU, 0x0ac91c6596a81027U},
     {0x038bc4ed879a6bd4U, 0xf2059fed0350a7feU},
     {0x1b2bbe12e3980e62U, 0xfccebc5299f8b825U},
     {0x14143437d46336bbU, 0x18c37c789357680dU},
     {0x1503c9c1be5ca0a6U, 0xdc6a10eb6710f06eU}},
    {{0xa7fb9f3fa690a9b7U, 0x1cc7de21b67e9a56U},
     {0x281f42c4165d4ecdU, 0x0b6cd73fe7626ea8U},
     {0xd01ae203bcedf884U, 0x2834b5619de108feU},
     {0x7fdc5c7b90335aeaU, 0x115b06e1cf1c2baeU},
     {0x04e8591b69da44ccU, 0x897adfce3eedf45eU}},
    {{0x59492446c66c307eU, 0xa04b953adc291629U},
     {0x65fc8b052ba6d628U, 0xf69af9be3d2ed42dU},
     {0xbf45af4bf21306a5U, 0x96e68ef91957ea72U},
     {0xf34c99419ac55a57U, 0xa9b09b7c9efa41dfU},
     {0x64685cc0c7b9ec44U, 0x5660ce64fcd3756eU}},
    {{0x70bd279bb2213706U, 0x51f5e3427a8d27afU},
     {0x5035c6e73ac195b8U, 0xf7d8f7956d8fb045U},
     {0xc0f2ee82ece2ccbdU, 0x49cedad7e81cd810U},
     {0x208760b4775fa14fU, 0x5a1cebad0cfd774eU},
     {0x80f1d42c24bf27c6U, 0x39ad25c3aad2ee6eU}},
    {{0xe54fac52875b7f70U, 0x9996483083461cb3U},
     {0x8123af59f32ef507U, 0xe100025cad695ba0U},
     {0x66735bac7a8a7476U, 0x7a964a8d30af7870U},
     {0x642bfcf8942c8a6aU, 0xb89645d3d5dcc0f7U},
     {0x9453c3c3fef49e2dU, 0x60e4221c2086fce6U}},
    {{0xb085b2710af846c5U, 0x5d9b5da9d4c6c49dU},
     {0x4bd87341df6aa56bU, 0xc8b2233472e4f852U},
     {0xfc5e25b2ea62ec2fU, 0x264d80de47abbd0bU},
     {0x64ad3f2f2b8da15bU, 0x94e93a7561e1cc2fU},
     {0x137a625df9cabbbdU, 0x0a99f84b0cfb7ff6U}},
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state ^ (*state >> 29);
}

/* Near 0, near p, or anywhere. */
static hub_fe128 random_element(uint64_t *state, size_t where)
{
    hub_fe128 r = {next_random(state), next_random(state) >> 1};

    if (where == 0)
        return (hub_fe128){r.lo % 3, r.hi % 3};
    if (where == 1)
        return hub_fe128_sub(HUB_FE128_ZERO, HUB_FE128_OF(r.lo % 5 + 1));
    if (r.hi % 2 == 0)
        return hub_fe128_neg(r);
    return r;
}

static void assert_equal(hub_fe128 a, hub_fe128 b)
{
    assert_true(a.lo == b.lo && a.hi == b.hi);
}

static void arithmetic_is_that_of_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        assert_equal(hub_fe128_add(made[i][0], made[i][1]), made[i][2]);
        assert_equal(hub_fe128_sub(made[i][0], made[i][1]), made[i][3]);
        assert_equal(hub_fe128_mul(made[i][0], made[i][1]), made[i][4]);
        assert_equal(hub_fe128_neg(made[i][0]), hub_fe128_sub(HUB_FE128_ZERO, made[i][0]));
    }
}

/* a * b from additions alone. */
static hub_fe128 multiply_by_doubling(hub_fe128 a, hub_fe128 b)
{
    hub_fe128 sum = HUB_FE128_ZERO;

    for (unsigned bit = 128; bit-- > 0;) {
        sum = hub_fe128_add(sum, sum);
        if ((hub_fe128_u128(b) >> bit & 1) != 0)
            sum = hub_fe128_add(sum, a);
    }
    return sum;
}

static void multiplication_is_repeated_addition(void **state)
{
    (void)state;
    uint64_t seed = 20;

    for (unsigned i = 0; i < 2000; i++) {
        hub_fe128 a = random_element(&seed, i % 3);
        hub_fe128 b = random_element(&seed, i / 3 % 3);

        assert_equal(hub_fe128_mul(a, b), multiply_by_doubling(a, b));
    }
}

static void inverse_times_itself_is_one(void **state)
{
    (void)state;
    uint64_t seed = 21;

    for (unsigned i = 0; i < 50; i++) {
        hub_fe128 a = random_element(&seed, 1 + i % 2);

        if (i == 0)
            a = hub_fe128_neg(HUB_FE128_ONE);
        assert_equal(hub_fe128_mul(a, hub_fe128_inv(a)), HUB_FE128_ONE);
    }
    assert_equal(hub_fe128_inv(HUB_FE128_ZERO), HUB_FE128_ZERO);
}

static void roots_have_their_order(void **state)
{
    (void)state;
    for (unsigned log_n = 1; log_n <= HUB_FIELD128_LOG_ROOTS; log_n++) {
        hub_fe128 r = hub_fe128_root(log_n);

        for (unsigned i = 1; i < log_n; i++)
            r = hub_fe128_mul(r, r);
        assert_equal(r, hub_fe128_neg(HUB_FE128_ONE));
    }
    assert_equal(hub_fe128_root(0), HUB_FE128_ONE);
}

/* Sums of the largest products: (p - 1)^2 is 1. */
static void dot_product_holds_the_largest_sums(void **state)
{
    (void)state;
    enum { N = 3000 };
    hub_fe128 *x = malloc(N * sizeof(*x));
    uint64_t seed = 22;
    hub_fe128 expected = HUB_FE128_ZERO;

    assert_non_null(x);
    for (size_t i = 0; i < N; i++)
        x[i] = hub_fe128_neg(HUB_FE128_ONE);
    for (size_t n = 0; n < N; n += 37)
        assert_equal(hub_field128_dot_c(x, 1, x, n), HUB_FE128_OF(n));
    for (size_t i = 0; i < N; i++)
        x[i] = random_element(&seed, i % 5);
    for (size_t i = 0; i < N / 3; i++)
        expected = hub_fe128_add(expected, hub_fe128_mul(x[3 * i], x[i]));
    assert_equal(hub_field128_dot_c(x, 3, x, N / 3), expected);
    free(x);
}

static void sum_is_repeated_addition(void **state)
{
    (void)state;
    enum { N = 500 };
    hub_fe128 v[N];
    hub_fe128 expected = HUB_FE128_ZERO;
    uint64_t seed = 23;

    for (size_t i = 0; i < N; i++) {
        v[i] = random_element(&seed, i % 40 == 0 ? 2 : 1);
        assert_equal(hub_field128_sum_c(v, i), expected);
        expected = hub_fe128_add(expected, v[i]);
    }
}

static void factors_scale_as_multiplication_does(void **state)
{
    (void)state;
    uint64_t seed = 24;

    assert_equal(hub_fe128_scale(HUB_FE128_ONE, HUB_FACTOR128_ONE), HUB_FE128_ONE);
    for (unsigned i = 0; i < 3000; i++) {
        hub_fe128 a = random_element(&seed, i % 3);
        hub_fe128 b = random_element(&seed, i / 3 % 3);
        hub_fe128 c = random_element(&seed, i / 9 % 3);
        hub_factor128 f = hub_fe128_factor(b);
        hub_factor128 g = hub_fe128_factor(c);

        assert_equal(hub_fe128_scale(a, f), hub_fe128_mul(a, b));
        assert_equal(hub_fe128_scale(a, hub_factor128_mul(f, g)),
                     hub_fe128_mul(a, hub_fe128_mul(b, c)));
        assert_equal(hub_fe128_scale(a, hub_factor128_add(f, g)),
                     hub_fe128_mul(a, hub_fe128_add(b, c)));
        assert_equal(hub_fe128_scale(a, hub_factor128_neg(f)), hub_fe128_neg(hub_fe128_mul(a, b)));
    }
}

/* Montgomery reduction at the values whose low words vanish or are full. */
static void factors_hold_at_the_edges(void **state)
{
    (void)state;
    static const hub_fe128 edges[] = {
        {0, 0},
        {1, 0},
        {0, 1},
        {~0ULL, 0},
        {0, 0xffffffffffffffe4U},
        {1ULL << 63, 1ULL << 63},
        {0, 0xffffffffffffffe3U},
        {~0ULL, 0xffffffffffffffe3U},
        {0, 1ULL << 60},
        {1ULL << 59, 0},
    };
    enum { N = sizeof(edges) / sizeof(edges[0]) };

    for (size_t i = 0; i < N * N; i++) {
        hub_fe128 a = edges[i % N];
        hub_factor128 f = {edges[i / N].lo, edges[i / N].hi};
        hub_fe128 shifted = hub_fe128_scale(a, f);

        /* times 2^128, which is 28 * 2^64 - 1 mod p */
        shifted = hub_fe128_mul(shifted, (hub_fe128){~0ULL, 27});
        assert_equal(shifted, hub_fe128_mul(a, edges[i / N]));
    }
}

/* The widest input that a sum of products leaves: t3 of 96 bits. */
static void reduction_takes_96_bits_on_top(void **state)
{
    (void)state;
    const hub_u128 t3 = ((hub_u128)1 << 96) - 1;
    hub_fe128 b2 = {0xffffffffffffffffU, 27}; /* 2^128 mod p */
    hub_fe128 b3 = hub_fe128_mul(b2, (hub_fe128){0, 1});
    hub_fe128 expected = {~0ULL, 0};

    expected = hub_fe128_add(expected, hub_fe128_mul((hub_fe128){0, 1}, HUB_FE128_OF(~0ULL)));
    expected = hub_fe128_add(expected, hub_fe128_mul(b2, HUB_FE128_OF(~0ULL)));
    expected = hub_fe128_add(expected, hub_fe128_mul(b3, hub_fe128_of_u128(t3)));
    assert_equal(hub_fe128_reduce(~0ULL, ~0ULL, ~0ULL, t3), expected);
    assert_equal(hub_fe128_reduce(0, 0, 0, t3), hub_fe128_mul(b3, hub_fe128_of_u128(t3)));
    assert_equal(hub_fe128_reduce(0, 0, 1, 0), b2);
    assert_equal(hub_fe128_reduce(0, 0, ~0ULL, 0), hub_fe128_mul(b2, HUB_FE128_OF(~0ULL)));
}

static void encoding_refuses_what_is_not_below_p(void **state)
{
    (void)state;
    uint8_t bytes[3 * HUB_FIELD128_BYTES];
    hub_fe128 v[3] = {HUB_FE128_ONE, hub_fe128_neg(HUB_FE128_ONE), made[40][0]};
    hub_fe128 back[3];

    hub_field128_encode(bytes, v, 3);
    assert_int_equal(bytes[0], 1);
    assert_true(hub_field128_decode(back, bytes, 3));
    for (unsigned i = 0; i < 3; i++)
        assert_equal(back[i], v[i]);
    for (unsigned i = 0; i < 3; i++) {
        static const uint8_t p[HUB_FIELD128_BYTES] = {
            1, 0, 0, 0, 0, 0, 0, 0, 0xe4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        uint8_t changed[sizeof(bytes)];

        memcpy(changed, bytes, sizeof(bytes));
        memcpy(changed + i * sizeof(p), p, sizeof(p));
        assert_false(hub_field128_decode(back, changed, 3));
        memset(changed + i * sizeof(p), 0xff, sizeof(p));
        assert_false(hub_field128_decode(back, changed, 3));
    }
    assert_true(hub_field128_decode(back, bytes, 0));
}

/* Against one row after the other: rows of the largest element, then of any, in other numbers. */
static void rows_add_up_as_one_by_one(void **state)
{
    (void)state;
    enum { N_ROWS = 40, N = 5, BYTES = N * HUB_FIELD128_BYTES };
    uint8_t bytes[N_ROWS][BYTES + 1];
    const uint8_t *rows[N_ROWS];
    uint8_t acc[BYTES + 1] = {0};
    uint8_t expected[BYTES + 1] = {0};

    for (unsigned fill = 0; fill < 2; fill++) {
        for (size_t j = 0; j < N_ROWS; j++) {
            hub_fe128 v[N];

            for (size_t i = 0; i < N; i++)
                v[i] = fill == 0 ? hub_fe128_neg(HUB_FE128_ONE)
                                 : ((hub_fe128){i * 0x9e3779b97f4a7c15U + j,
                                                (j * 0xbf58476d1ce4e5b9U + i) >> 1});
            hub_field128_encode(bytes[j] + 1, v, N); /* unaligned */
            rows[j] = bytes[j] + 1;
        }
        for (size_t n_rows = 0; n_rows <= N_ROWS; n_rows++) {
            hub_field128_add_rows_encoded(acc + 1, rows, n_rows, N);
            for (size_t j = 0; j < n_rows; j++)
                hub_field128_add_encoded(expected + 1, rows[j], N);
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
        cmocka_unit_test(sum_is_repeated_addition),
        cmocka_unit_test(factors_scale_as_multiplication_does),
        cmocka_unit_test(factors_hold_at_the_edges),
        cmocka_unit_test(reduction_takes_96_bits_on_top),
        cmocka_unit_test(encoding_refuses_what_is_not_below_p),
        cmocka_unit_test(rows_add_up_as_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
