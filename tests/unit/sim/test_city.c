/* The demo's city: files, splits that add up, the stepped clock. */
#include "base/file.h"
#include "sim/city_series.h"
#include "sim/crowd.h"
#include "sim/stepped_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void files_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t n_cells;
        size_t n_windows;
        uint64_t sum; /* of all values */
    } files[] = {{"taxi.txt", 1, 10320, 156219716},
                 {"footfall-daily.txt", 1, 1490, 0},
                 {"footfall-hourly.txt", 2, 720, 0},
                 {"library-bills.txt", 5, 7, 86090}};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[512];
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 20);
        HUB_CLEANUP(hub_city_series_clear) struct hub_city_series s = {0};
        struct hub_why why = {{0}};
        uint64_t sum = 0;

        (void)snprintf(path, sizeof(path), "%s/%s", HUB_DATA_DIR, files[i].file);
        assert_int_equal(hub_file_read(&text, path, &why), HUB_OK);
        assert_int_equal(hub_city_series_read(&s, path, hub_buf_span(&text), &why), HUB_OK);
        assert_int_equal(s.n_cells, files[i].n_cells);
        assert_int_equal(s.n_windows, files[i].n_windows);
        for (size_t v = 0; v < s.n_cells * s.n_windows; v++)
            sum += s.values[v];
        if (files[i].sum != 0)
            assert_int_equal(sum, files[i].sum);
    }
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "# only a comment\n",
        "start=0 step=1 cells=1 windows=1\n5\n",
        "start=1 step=1 cells=17 windows=1\n5\n",
        "start=1 step=1 cells=1\n5\n",
        "start=1 step=1 cells=1 windows=2\n5\n",
        "start=1 step=1 cells=1 windows=1\n5\n6\n",
        "start=1 step=1 cells=2 windows=1\n5\n",
        "start=1 step=1 cells=1 windows=1\n5,6\n",
        "start=1 step=1 cells=1 windows=1\n-5\n",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct hub_city_series s = {0};
        struct hub_why why = {{0}};
        assert_int_equal(hub_city_series_read(&s, "x", hub_span_text(wrong[i]), &why),
                         HUB_E_DECODE);
        assert_null(s.values);
    }
}

static void tallies_add_up(void **state)
{
    (void)state;
    static const uint64_t totals[] = {0, 1, 11, 12, 8127, 39197, 1000003};

    for (size_t t = 0; t < sizeof(totals) / sizeof(totals[0]); t++) {
        for (uint64_t window = 0; window < 50; window++) {
            uint64_t parts[12];
            uint64_t sum = 0;
            hub_crowd_split(parts, 12, totals[t], window);
            for (size_t d = 0; d < 12; d++)
                sum += parts[d];
            assert_int_equal(sum, totals[t]);
        }
        uint64_t year = 0;
        for (unsigned week = 0; week < 52; week++)
            year += hub_crowd_week_of_year(totals[t], week, 52, 3);
        assert_int_equal(year, totals[t]);
    }
}

static void travel_follows_its_chances(void **state)
{
    (void)state;
    unsigned n[HUB_TRAVEL_CELLS] = {0};

    for (uint64_t device = 0; device < 20000; device++)
        n[hub_crowd_travel(device, 19723, 19723)]++; /* a Monday */
    assert_in_range(n[2], 3500, 4100);               /* bus: 190 of 1000 */
    assert_in_range(n[7], 1800, 2200);
}

static void clock_is_shared_and_never_goes_back(void **state)
{
    (void)state;
    char path[] = "/tmp/hubbub-clock-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    struct hub_stepped_clock writer = {NULL};
    struct hub_stepped_clock reader = {NULL};
    struct hub_why why = {{0}};

    assert_int_equal(hub_stepped_clock_make(&writer, path, 1000, &why), HUB_OK);
    assert_int_equal(hub_stepped_clock_open(&reader, path, &why), HUB_OK);
    const struct hub_clock clock = hub_stepped_clock_of(&reader);
    assert_int_equal(hub_now_s(&clock), 1000);
    hub_stepped_clock_advance(&writer, 5000);
    assert_int_equal(hub_now_s(&clock), 5000);
    hub_stepped_clock_advance(&writer, 4000);
    assert_int_equal(hub_now_s(&clock), 5000);
    hub_stepped_clock_close(&reader);
    hub_stepped_clock_close(&writer);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(hub_stepped_clock_open(&reader, path, &why), HUB_E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(tallies_add_up),
        cmocka_unit_test(travel_follows_its_chances),
        cmocka_unit_test(clock_is_shared_and_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
