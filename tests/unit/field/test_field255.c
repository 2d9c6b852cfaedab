/* Field255: laws of arithmetic on edge and random elements, an inverse by Fermat's theorem, and the
 * encoding at p. */
#include "field/field255.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N_EDGES = 8, N = 80 };

/* xorshift64*: any seed but zero. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dU;
}

static void fill(hub_fe255 v[N])
{
    static const hub_fe255 edges[N_EDGES] = {
        {{0, 0, 0, 0}},
        {{1, 0, 0, 0}},
        {{18, 0, 0, 0}},
        {{19, 0, 0, 0}},
        {{0, 0, 0, 0x4000000000000000U}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x7ffffffffffffffeU}},
        {{0xffffffffffffffebU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP}}, /* p - 2 */
        {{0xffffffffffffffecU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP}}, /* p - 1 */
    };
    uint64_t state = 20260101;

    memcpy(v, edges, sizeof(edges));
    for (size_t i = N_EDGES; i < N; i++) {
        for (unsigned j = 0; j < 4; j++)
            v[i].w[j] = next_random(&state);
        v[i].w[3] &= HUB_FE255_TOP >> 1;
    }
}

static void assert_same(hub_fe255 a, hub_fe255 b)
{
    assert_memory_equal(a.w, b.w, sizeof(a.w));
}

static void laws_hold(void **state)
{
    (void)state;
    hub_fe255 v[N];
    const hub_fe255 zero = {{0}};
    const hub_fe255 one = {{1, 0, 0, 0}};

    fill(v);
    for (size_t i = 0; i < N; i++) {
        hub_fe255 a = v[i];
        hub_fe255 b = v[(i * 7 + 3) % N];
        hub_fe255 c = v[(i * 11 + 5) % N];

        assert_same(hub_fe255_add(a, zero), a);
        assert_same(hub_fe255_mul(a, one), a);
        assert_same(hub_fe255_mul(a, zero), zero);
        assert_same(hub_fe255_add(a, hub_fe255_neg(a)), zero);
        assert_same(hub_fe255_sub(a, b), hub_fe255_add(a, hub_fe255_neg(b)));
        assert_same(hub_fe255_add(hub_fe255_sub(a, b), b), a);
        assert_same(hub_fe255_mul(a, b), hub_fe255_mul(b, a));
        assert_same(hub_fe255_mul(hub_fe255_mul(a, b), c), hub_fe255_mul(a, hub_fe255_mul(b, c)));
        assert_same(hub_fe255_mul(a, hub_fe255_add(b, c)),
                    hub_fe255_add(hub_fe255_mul(a, b), hub_fe255_mul(a, c)));
        assert_same(hub_fe255_select(a, b, 0), a);
        assert_same(hub_fe255_select(a, b, UINT64_MAX), b);
    }
}

/* a^(p - 2) * a = 1 binds the modulus: the laws alone hold for any. */
static void inverse_by_fermat(void **state)
{
    (void)state;
    hub_fe255 v[N];
    const hub_fe255 one = {{1, 0, 0, 0}};

    fill(v);
    for (size_t i = 1; i < 20; i++) {
        hub_fe255 power = one;

        for (unsigned bit = 255; bit-- > 0;) {
            bool is_set = bit >= 5 || bit == 3 || bit == 1 || bit == 0; /* 2^255 - 21 */

            power = hub_fe255_mul(power, power);
            if (is_set)
                power = hub_fe255_mul(power, v[i]);
        }
        assert_same(hub_fe255_mul(power, v[i]), one);
    }
}

/* Every four words have their residue; compared with as many subtractions of p as it takes. */
static void reduces_all_words(void **state)
{
    (void)state;
    const hub_fe255 words[] = {
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},             /* 2p + 37 */
        {{0xffffffffffffffedU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP}}, /* p */
        {{0xffffffffffffffdaU, UINT64_MAX, UINT64_MAX, UINT64_MAX}},    /* 2p */
        {{0xffffffffffffffffU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP}}, /* p + 18 */
        {{0, 0, 0, 0x8000000000000000U}},                               /* p + 19 */
    };
    const uint64_t residues[] = {37, 0, 0, 18, 19};

    for (size_t i = 0; i < sizeof(residues) / sizeof(residues[0]); i++)
        assert_same(hub_fe255_reduce(words[i]), (hub_fe255){{residues[i], 0, 0, 0}});
}

static void encoding_ends_at_p(void **state)
{
    (void)state;
    hub_fe255 v[N];
    hub_fe255 back[N];
    uint8_t bytes[N * HUB_FIELD255_BYTES];
    uint8_t sum[N * HUB_FIELD255_BYTES];

    fill(v);
    hub_field255_encode(bytes, v, N);
    assert_true(hub_field255_decode(back, bytes, N));
    assert_memory_equal(back, v, sizeof(v));
    memcpy(sum, bytes, sizeof(sum));
    hub_field255_add_encoded(sum, bytes, N);
    assert_true(hub_field255_decode(back, sum, N));
    for (size_t i = 0; i < N; i++)
        assert_same(back[i], hub_fe255_add(v[i], v[i]));
    for (unsigned add = 0; add < 19; add++) {
        memset(bytes, 0xff, HUB_FIELD255_BYTES);
        bytes[0] = (uint8_t)(0xed + add); /* p + add */
        bytes[31] = 0x7f;
        assert_false(hub_field255_decode(back, bytes, 2));
    }
    bytes[0] = 0xec; /* p - 1, then with the bit above */
    assert_true(hub_field255_decode(back, bytes, 2));
    bytes[31] = 0xff;
    assert_false(hub_field255_decode(back, bytes, 2));
}

static void sampling_skips(void **state)
{
    (void)state;
    hub_fe255 v[3] = {
        {{0xffffffffffffffedU, UINT64_MAX, UINT64_MAX, UINT64_MAX}}, /* p, with the bit above */
        {{7, 0, 0, 0x8000000000000000U}},
        {{0xffffffffffffffecU, UINT64_MAX, UINT64_MAX, HUB_FE255_TOP}},
    };

    assert_int_equal(hub_field255_sample(v, 3), 2);
    assert_same(v[0], (hub_fe255){{7, 0, 0, 0}});
    assert_int_equal(v[1].w[0], 0xffffffffffffffecU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_hold),         cmocka_unit_test(inverse_by_fermat),
        cmocka_unit_test(reduces_all_words), cmocka_unit_test(encoding_ends_at_p),
        cmocka_unit_test(sampling_skips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
