/* Sensitivities, charges and bounds in exact integers, and statements that are made from wishes. */
#include "statement/calibration.h"
#include "vectors_internal.h"

static void sensitivities(void **state)
{
    (void)state;
    static const struct {
        struct hub_statement_vdaf vdaf;
        uint64_t delta2;
    } cases[] = {
        {{.circuit = HUB_CIRCUIT_COUNT}, 1},
        {{.circuit = HUB_CIRCUIT_SUM, .max = 255}, 65025},
        {{.circuit = HUB_CIRCUIT_SUM, .max = 1}, 1},
        {{.circuit = HUB_CIRCUIT_SUM, .max = UINT32_MAX}, UINT64_C(18446744065119617025)},
        {{.circuit = HUB_CIRCUIT_SUMVEC, .length = 10, .max = 1, .chunk = 3}, 10},
        {{.circuit = HUB_CIRCUIT_SUMVEC, .length = 3, .max = 7, .chunk = 3}, 147},
        {{.circuit = HUB_CIRCUIT_HISTOGRAM, .length = 2, .chunk = 1}, 2},
        {{.circuit = HUB_CIRCUIT_HISTOGRAM, .length = 100, .chunk = 10}, 2},
        {{.circuit = HUB_CIRCUIT_MULTIHOT, .length = 10, .max_weight = 3, .chunk = 3}, 6},
        {{.circuit = HUB_CIRCUIT_MULTIHOT, .length = 5, .max_weight = 3, .chunk = 3}, 5},
        {{.circuit = HUB_CIRCUIT_MULTIHOT, .length = 6, .max_weight = 3, .chunk = 3}, 6},
        {{.circuit = HUB_CIRCUIT_MULTIHOT,
          .length = UINT32_MAX,
          .max_weight = UINT32_MAX,
          .chunk = 3},
         UINT32_MAX},
    };
    uint64_t delta2;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(hub_sensitivity_report(&delta2, &cases[i].vdaf, NULL), HUB_OK);
        assert_int_equal(delta2, cases[i].delta2);
    }
    assert_int_equal(hub_sensitivity_resident(&delta2, 1, 1, NULL), HUB_OK);
    assert_int_equal(delta2, 1);
    assert_int_equal(hub_sensitivity_resident(&delta2, 1, 5, NULL), HUB_OK);
    assert_int_equal(delta2, 2);
    assert_int_equal(hub_sensitivity_resident(&delta2, 3, 2, NULL), HUB_OK);
    assert_int_equal(delta2, 18);
}

static void sensitivities_refused(void **state)
{
    (void)state;
    static const struct hub_statement_vdaf cases[] = {
        {.circuit = HUB_CIRCUIT_HISTOGRAM, .length = 1, .chunk = 1},
        {.circuit = HUB_CIRCUIT_SUM, .max = UINT64_C(1) << 32},
        {.circuit = HUB_CIRCUIT_SUMVEC, .length = 2, .max = UINT32_MAX, .chunk = 1},
    };
    uint64_t delta2 = 77;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(hub_sensitivity_report(&delta2, &cases[i], NULL), HUB_E_REFUSED);
    assert_int_equal(hub_sensitivity_resident(&delta2, UINT64_C(1) << 32, 1, NULL), HUB_E_REFUSED);
    assert_int_equal(delta2, 77);
}

static void windows(void **state)
{
    (void)state;
    assert_int_equal(hub_windows_a_day(1800), 48);
    assert_int_equal(hub_windows_a_day(86400), 1);
    assert_int_equal(hub_windows_a_day(7 * 86400), 1);
    assert_int_equal(hub_windows_a_day(1), 86400);
    assert_int_equal(hub_charged_windows(HUB_UNIT_VISIT, 1800, 48), 1);
    assert_int_equal(hub_charged_windows(HUB_UNIT_RESIDENT_DAY, 1800, 48), 48);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 3600, 3), 6);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 3600, 12), 24);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 3600, 13), 24);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 28800, 1), 2);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 28800, 2), 3);
    assert_int_equal(hub_charged_windows(HUB_UNIT_DEVICE_DAY, 86400, 1), 1);
}

static void charges(void **state)
{
    (void)state;
    static const uint64_t cases[][4] = {
        /* w, delta2, sigma2, charge */
        {1, 1, 1024, 536870912},   {24, 2, 12288, 2147483648}, {1, 10, 5120, 1073741824},
        {1, 1, 1000, 549755814},   {3, 2, 700, 4712192691},    {1, 65025, 66585600, 536870912},
        {1, 1, HUB_SIGMA2_MAX, 1}, /* rounded up, never to nothing */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t charge = 0;
        uint64_t sigma2 = 0;

        assert_int_equal(hub_charge(&charge, cases[i][0], cases[i][1], cases[i][2]), HUB_OK);
        assert_int_equal(charge, cases[i][3]);
        if (cases[i][2] == HUB_SIGMA2_MAX)
            continue;
        assert_int_equal(hub_calibrate_sigma2(&sigma2, cases[i][0], cases[i][1], charge), HUB_OK);
        assert_int_equal(sigma2, cases[i][2]);
    }
}

/* The tasks of the planning table, rho in parts of 2^40. */
static void calibrations(void **state)
{
    (void)state;
    static const struct {
        uint64_t parts;
        uint64_t w_delta2;
        uint64_t sigma2;
    } cases[] = {{2048, 1, 1024},  {512, 1, 256},     {2048, 2, 2048},        {512, 24, 6144},
                 {512, 48, 12288}, {2048, 24, 24576}, {2048, 65025, 66585600}};
    uint64_t sigma2;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            hub_calibrate_sigma2(&sigma2, cases[i].w_delta2, 1, HUB_RHO_ONE / cases[i].parts),
            HUB_OK);
        assert_int_equal(sigma2, cases[i].sigma2);
    }
    /* Rounded up: a charge that is one unit short of 1/2048 wants more than 1024. */
    assert_int_equal(hub_calibrate_sigma2(&sigma2, 1, 1, HUB_RHO_ONE / 2048 - 1), HUB_OK);
    assert_int_equal(sigma2, 1025);
}

static void ends_of_the_range(void **state)
{
    (void)state;
    uint64_t out = 5;

    assert_int_equal(hub_calibrate_sigma2(&out, 1, 1, 0), HUB_E_REFUSED);
    assert_int_equal(hub_charge(&out, 1, 1, 0), HUB_E_REFUSED);
    assert_int_equal(hub_calibrate_sigma2(&out, 86400, UINT64_MAX, 1), HUB_E_REFUSED);
    assert_int_equal(hub_charge(&out, 86400, UINT64_MAX, 1), HUB_E_REFUSED);
    assert_int_equal(hub_calibrate_sigma2(&out, UINT64_MAX, UINT64_MAX, UINT64_MAX), HUB_E_REFUSED);
    assert_int_equal(out, 5);
    /* 2^62 exactly passes, one more does not. */
    assert_int_equal(hub_calibrate_sigma2(&out, 1, UINT64_C(1) << 23, 1), HUB_OK);
    assert_int_equal(out, HUB_SIGMA2_MAX);
    assert_int_equal(hub_calibrate_sigma2(&out, 1, (UINT64_C(1) << 23) + 1, 1), HUB_E_REFUSED);
}

static void wrap(void **state)
{
    (void)state;
    const struct hub_statement_vdaf count = {.circuit = HUB_CIRCUIT_COUNT};
    const struct hub_statement_vdaf sum = {.circuit = HUB_CIRCUIT_SUM, .max = 1000};
    const struct hub_statement_vdaf vec = {
        .circuit = HUB_CIRCUIT_SUMVEC, .length = 2, .max = UINT32_MAX, .chunk = 1};
    /* p/4 = 4611686017353646080.25 for Field64; 32 sigma = 1024 for sigma2 = 1024 */
    const uint64_t most = UINT64_C(4611686017353646080) - 1024;

    assert_true(hub_wrap_is_safe(&count, most, 1024));
    assert_false(hub_wrap_is_safe(&count, most + 1, 1024));
    assert_true(hub_wrap_is_safe(&count, most + 1, 1022));
    assert_true(hub_wrap_is_safe(&sum, most / 1000, 1024));
    assert_false(hub_wrap_is_safe(&sum, most / 1000 + 1, 1024));
    assert_false(hub_wrap_is_safe(&sum, UINT64_MAX, 1024));
    assert_true(hub_wrap_is_safe(&vec, UINT64_MAX, HUB_SIGMA2_MAX));
    /* The other root must not pass: room far below 0 squares to a large number. */
    assert_false(hub_wrap_is_safe(&count, UINT64_MAX, 1));
}

static void completes(void **state)
{
    (void)state;
    static struct hub_statement s;
    static struct hub_statement want;
    struct hub_why why = {""};

    s = vector_statement("travel");
    want = s;
    s.delta2 = s.sigma2 = s.rho_day = 0;
    s.active_windows = 0;
    assert_int_equal(hub_statement_complete(&s, HUB_RHO_ONE / 2048, &why), HUB_OK);
    assert_memory_equal(&s, &want, sizeof(s));
    s = vector_statement("footfall");
    const uint64_t charge = s.rho_day;

    s.resident_cells = 0;
    assert_int_equal(hub_statement_complete(&s, 1000000007, &why), HUB_OK);
    assert_int_equal(s.rho_day, charge);
    assert_int_equal(s.resident_cells, 2);
    assert_int_equal(hub_statement_complete(&s, 0, &why), HUB_E_REFUSED);
    s.min_batch = 1;
    assert_int_equal(hub_statement_complete(&s, 1000000007, &why), HUB_E_REFUSED);
    assert_non_null(strstr(why.text, "min-batch"));
}

/* Whatever is wanted, the statement charges no more and aggregators find both its numbers again,
 * also where rounding the charge up makes it the charge of less noise. */
static void completed_statements_pass(void **state)
{
    (void)state;
    struct hub_statement s = vector_statement("charges");
    uint64_t wanted = 3;

    for (unsigned i = 0; i < 4000; i++) {
        wanted = wanted * 6364136223846793005U + 1442695040888963407U;
        s.resident_c = 1 + (wanted >> 20) % 100000;
        const uint64_t rho = 1 + (wanted >> 12) % (HUB_RHO_ONE >> i % 30);

        if (hub_statement_complete(&s, rho, NULL) != HUB_OK)
            continue; /* more noise than the field has room for */
        assert_true(s.rho_day <= rho);
        assert_int_equal(hub_statement_check(&s, NULL, NULL), HUB_OK);
    }
}

static void defaults(void **state)
{
    (void)state;
    struct hub_statement s;

    hub_statement_defaults(&s, HUB_UNIT_DEVICE_DAY);
    assert_int_equal(s.window_s, 86400);
    assert_int_equal(s.grace_s, 86400);
    assert_true(s.release_minute >= 0);
    assert_int_equal(s.min_batch, 100);
    assert_int_equal(s.profile, HUB_PROFILE_STANDARD);
    hub_statement_defaults(&s, HUB_UNIT_VISIT);
    assert_int_equal(s.window_s, 3600);
    assert_int_equal(s.grace_s, 600);
    assert_int_equal(s.release_minute, -1);
    assert_int_equal(s.min_batch, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensitivities),
        cmocka_unit_test(sensitivities_refused),
        cmocka_unit_test(windows),
        cmocka_unit_test(charges),
        cmocka_unit_test(calibrations),
        cmocka_unit_test(ends_of_the_range),
        cmocka_unit_test(wrap),
        cmocka_unit_test(completes),
        cmocka_unit_test(completed_statements_pass),
        cmocka_unit_test(defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
