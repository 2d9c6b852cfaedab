/* Clamping and the neutral measurement for each circuit. */
#include "device/clamp_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check(const struct hub_vdaf_params *v, const uint64_t *in, const uint64_t *expected,
                  size_t n, uint64_t clamped, uint64_t active)
{
    uint64_t values[8];
    uint64_t was_clamped;
    uint64_t is_active;

    memcpy(values, in, n * sizeof(*values));
    hub_device_clamp(v, values, n, &was_clamped, &is_active);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(values[i], expected[i]);
    assert_int_equal(was_clamped, clamped);
    assert_int_equal(is_active, active);
}

#define ONE(value) ((const uint64_t[]){value})

static void test_numbers(void **state)
{
    const struct hub_vdaf_params count = {.kind = HUB_VDAF_PRIO3_COUNT};
    const struct hub_vdaf_params sum = {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 255};
    const struct hub_vdaf_params histogram = {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8};

    (void)state;
    check(&count, ONE(0), ONE(0), 1, 0, 0);
    check(&count, ONE(1), ONE(1), 1, 0, 1);
    check(&count, ONE(2), ONE(1), 1, 1, 1);
    check(&count, ONE(UINT64_MAX), ONE(1), 1, 1, 1);
    check(&sum, ONE(0), ONE(0), 1, 0, 0);
    check(&sum, ONE(255), ONE(255), 1, 0, 1);
    check(&sum, ONE(256), ONE(255), 1, 1, 1);
    check(&sum, ONE(UINT64_MAX), ONE(255), 1, 1, 1);
    check(&histogram, ONE(0), ONE(0), 1, 0, 1);
    check(&histogram, ONE(6), ONE(6), 1, 0, 1);
    check(&histogram, ONE(7), ONE(7), 1, 0, 0);
    check(&histogram, ONE(8), ONE(7), 1, 1, 0);
    check(&histogram, ONE((uint64_t)1 << 63), ONE(7), 1, 1, 0);
}

static void test_vectors(void **state)
{
    const struct hub_vdaf_params sumvec = {
        .kind = HUB_VDAF_PRIO3_SUMVEC, .length = 4, .max_measurement = 10};
    const struct hub_vdaf_params multihot = {
        .kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 5, .max_weight = 2};

    (void)state;
    check(&sumvec, (const uint64_t[]){0, 0, 0, 0}, (const uint64_t[]){0, 0, 0, 0}, 4, 0, 0);
    check(&sumvec, (const uint64_t[]){1, 10, 11, 1u << 20}, (const uint64_t[]){1, 10, 10, 10}, 4, 1,
          1);
    check(&multihot, (const uint64_t[]){0, 0, 0, 0, 0}, (const uint64_t[]){0, 0, 0, 0, 0}, 5, 0, 0);
    check(&multihot, (const uint64_t[]){0, 1, 0, 1, 0}, (const uint64_t[]){0, 1, 0, 1, 0}, 5, 0, 1);
    check(&multihot, (const uint64_t[]){1, 0, 9, 1, 1}, (const uint64_t[]){1, 0, 1, 0, 0}, 5, 1, 1);
    assert_int_equal(hub_device_n_values(&sumvec), 4);
    assert_int_equal(hub_device_n_values(&multihot), 5);
}

static void test_neutral(void **state)
{
    const struct hub_vdaf_params histogram = {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8};
    const struct hub_vdaf_params sum = {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 255};
    uint64_t value = 3;

    (void)state;
    hub_device_neutralise(&histogram, &value, 1, 0);
    assert_int_equal(value, 3);
    hub_device_neutralise(&histogram, &value, 1, 1);
    assert_int_equal(value, 7);
    hub_device_neutralise(&sum, &value, 1, 1);
    assert_int_equal(value, 0);
}

static void test_less(void **state)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     ((uint64_t)1 << 63) - 1,
                                     (uint64_t)1 << 63,
                                     ((uint64_t)1 << 63) + 1,
                                     UINT64_MAX - 1,
                                     UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++)
            assert_int_equal(hub_ct_less(edges[i], edges[k]), edges[i] < edges[k]);
        assert_int_equal(hub_ct_is_nonzero(edges[i]), edges[i] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_neutral),
        cmocka_unit_test(test_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
