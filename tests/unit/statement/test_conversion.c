/* rho as epsilon, delta and odds, against dp_accounting's RdpAccountant. */
#include "statement/conversion.h"

#include "statement/calibration.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void epsilons(void **state)
{
    (void)state;
    static const struct {
        double rho;
        double delta;
        double epsilon;
    } rows[] = {
        {1.0 / 2048, 1e-9, 0.169080},   {1.0 / 1024, 1e-9, 0.242125},
        {1.0 / 512, 1e-9, 0.346797},    {1.0 / 128, 1e-9, 0.712451},
        {0.015, 1e-7, 0.854605},        {1.0 / 64, 1e-9, 1.022501},
        {30.0 / 1024, 1e-9, 1.420716},  {365.0 / 1024, 1e-9, 5.378753},
        {365.0 / 128, 1e-9, 17.417889}, {2.63, 1e-10, 17.430584},
        {0.5, 1e-6, 5.221534},          {1, 1e-5, 7.077197},
        {9.0 / 1024, 1e-9, 0.757500},   {365.0 / 800, 1e-9, 6.156344},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(fabs(hub_epsilon(rows[i].rho, rows[i].delta) - rows[i].epsilon) < 1e-6);
    assert_true(hub_epsilon(0, 1e-9) == 0);
    assert_true(hub_epsilon(1e-30, 1e-9) < 1e-9);
    assert_true(hub_epsilon(1e6, 1e-9) > 1e6);
}

static void epsilons_shown(void **state)
{
    (void)state;
    static const struct {
        double rho_day;
        unsigned days;
        double shown;
    } rows[] = {
        {1.0 / 2048, 1, 0.17},   {1.0 / 2048, 7, 0.47},  {1.0 / 2048, 30, 0.99},
        {1.0 / 2048, 366, 3.71}, {1.0 / 512, 1, 0.35},   {1.0 / 512, 7, 0.96},
        {1.0 / 512, 30, 2.05},   {1.0 / 512, 366, 7.90}, {1.0 / 128, 1, 0.72},
        {1.0 / 128, 7, 1.98},    {1.0 / 128, 30, 4.29},  {1.0 / 128, 366, 17.45},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(fabs(hub_epsilon_shown(rows[i].days * rows[i].rho_day, 1e-9) - rows[i].shown) <
                    1e-9);
}

static void deltas(void **state)
{
    (void)state;
    assert_true(fabs(hub_delta(1.0 / 1024, 0.25) / 3.60896e-10 - 1) < 2e-6);
    assert_true(fabs(hub_delta(1.0 / 128, 1) / 1.18868e-16 - 1) < 5e-6);
    assert_true(hub_delta(0, 1) == 0);
    assert_true(hub_delta(10, 0.1) <= 1);
}

static void odds(void **state)
{
    (void)state;
    assert_true(fabs(hub_best_guess_percent(1.0 / 512) - 51.6) < 0.05);
    assert_true(fabs(hub_best_guess_percent(30.0 / 512) - 58.6) < 0.05);
    assert_true(fabs(hub_best_guess_percent(366.0 / 512) - 79.9) < 0.05);
    assert_true(hub_best_guess_percent(0) == 50);
    assert_true(hub_best_guess_percent(1000) <= 100);
}

static void units(void **state)
{
    (void)state;
    assert_true(hub_rho_of_units(HUB_RHO_ONE / 512) == 1.0 / 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epsilons), cmocka_unit_test(epsilons_shown), cmocka_unit_test(deltas),
        cmocka_unit_test(odds),     cmocka_unit_test(units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
