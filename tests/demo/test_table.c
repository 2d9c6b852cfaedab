/* The demo's table: what devices measure adds up to the truth, fits the circuit, and every window
 * lies in one task of the chain. */
#include "demo/city.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check_window(const struct demo_city_measure *cm, unsigned window, uint64_t *values)
{
    const struct demo_measure *const m = cm->m;
    const bool is_histogram = m->vdaf.circuit == HUB_CIRCUIT_HISTOGRAM;
    uint64_t sums[HUB_CITY_CELLS_MAX] = {0};
    uint64_t truth[HUB_CITY_CELLS_MAX];

    demo_city_measure_window(cm, window, values);
    demo_city_truth(cm, window, truth);
    for (size_t d = 0; d < m->n_devices; d++) {
        for (size_t c = 0; c < (is_histogram ? 1 : m->n_cells); c++) {
            const uint64_t v = is_histogram ? values[d] : values[d * m->n_cells + c];
            assert_true(v <= (is_histogram ? m->n_cells - 1 : m->vdaf.max));
            sums[is_histogram ? v : c] += is_histogram ? 1 : v;
        }
    }
    for (size_t c = 0; c < m->n_cells; c++)
        assert_int_equal(sums[c], truth[c]);
}

static void check_city(bool fast)
{
    struct demo_city city;
    struct hub_why why = {{0}};
    uint64_t *const values = calloc(4096 * HUB_CITY_CELLS_MAX, sizeof(*values));

    assert_non_null(values);
    assert_int_equal(demo_city_load(&city, HUB_DATA_DIR, fast, &why), HUB_OK);
    for (size_t i = 0; i < DEMO_N_MEASURES; i++) {
        const struct demo_city_measure *const cm = &city.measures[i];
        unsigned next = 0;
        for (unsigned w = 0; w < cm->n_windows; w++)
            check_window(cm, w, values);
        for (unsigned t = 0; t < cm->m->n_tasks; t++) {
            unsigned first;
            unsigned n;
            demo_city_task_windows(cm, t, &first, &n);
            assert_int_equal(first, next);
            assert_true(n > 0 && (uint64_t)n * cm->m->window_s <= 366 * 86400);
            next = first + n;
        }
        assert_int_equal(next, cm->n_windows);
    }
    demo_city_clear(&city);
    free(values);
}

static void whole_city(void **state)
{
    (void)state;
    check_city(false);
}

static void fast_city_has_45_days_of_taxis(void **state)
{
    (void)state;
    struct demo_city city;
    struct hub_why why = {{0}};

    check_city(true);
    assert_int_equal(demo_city_load(&city, HUB_DATA_DIR, true, &why), HUB_OK);
    assert_true(city.measures[DEMO_TAXI].n_windows >= 45 * 48);
    demo_city_clear(&city);
}

static void missing_data_is_named(void **state)
{
    (void)state;
    struct demo_city city;
    struct hub_why why = {{0}};

    assert_int_equal(demo_city_load(&city, "/nowhere", false, &why), HUB_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "/nowhere/taxi.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_city),
        cmocka_unit_test(fast_city_has_45_days_of_taxis),
        cmocka_unit_test(missing_data_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
