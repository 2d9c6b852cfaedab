/* Each allocation of a page fails once: the answer is an error page or no memory, and the same
 * question is answered in full afterwards. */
#include "page/office.h"
#include "series/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* The allocation with this number fails; 0: none does. One thread. */
static unsigned long fail_at;
static unsigned long n_allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool fails(void)
{
    return ++n_allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static char folder[] = "/tmp/hubbub-office-faults-XXXXXX";
static char path[64];

static int make_series(void **state)
{
    static const char *const cells[] = {""};
    const struct hub_series_measure measure = {.name = "m",
                                               .title = "M",
                                               .unit = "people",
                                               .time_zone = "Europe/Berlin",
                                               .note = "",
                                               .source = "",
                                               .licence = "",
                                               .cells = cells,
                                               .n_cells = 1};
    struct hub_series *s = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/s.db", folder);
    assert_int_equal(hub_series_open(&s, path, HUB_SERIES_WRITE, NULL), HUB_OK);
    assert_int_equal(hub_series_begin(s), HUB_OK);
    assert_int_equal(hub_series_put_measure(s, &measure), HUB_OK);
    for (uint64_t i = 0; i < 2000; i++) {
        const struct hub_series_point p = {1404172800 + i * 3600, 3600, 0, 9000, 2048, 12};
        assert_int_equal(hub_series_put_point(s, "m", &p), HUB_OK);
    }
    assert_int_equal(hub_series_commit(s), HUB_OK);
    hub_series_close(s);
    return 0;
}

static int drop_series(void **state)
{
    static const char *const files[] = {"s.db", "s.db-wal", "s.db-shm"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char file[80];
        (void)snprintf(file, sizeof(file), "%s/%s", folder, files[i]);
        (void)unlink(file);
    }
    return rmdir(folder);
}

/* From a worker's start to its answer; *status is that of the answer, 0 without one. */
static hub_status ask(unsigned *status, const char *page)
{
    const struct hub_office_config config = {path, "T", "", ""};
    const struct hub_clock clock = hub_system_clock();
    struct hub_office_answer answer = {0};
    struct hub_office *office = NULL;

    *status = 0;
    hub_status result = hub_office_new(&office, &config, &clock, NULL);
    if (result == HUB_OK) {
        result =
            hub_office_answer(office, &answer, hub_span_text(page), hub_span_text("step=window"));
        *status = answer.status;
    }
    hub_office_answer_clear(&answer);
    hub_office_free(office);
    return result;
}

static void each_allocation_fails_once(void **state)
{
    static const char *const pages[] = {"/", "/measure/m", "/measure/m/data.csv", "/register"};

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        unsigned status;
        fail_at = 0;
        n_allocations = 0;
        assert_int_equal(ask(&status, pages[i]), HUB_OK);
        assert_int_equal(status, 200);
        const unsigned long n = n_allocations;
        assert_true(n > 5);
        for (unsigned long at = 1; at <= n; at++) {
            n_allocations = 0;
            fail_at = at;
            const hub_status result = ask(&status, pages[i]);
            fail_at = 0;
            if (result == HUB_OK && status != 200 && status != 503)
                fail_msg("%s with allocation %lu failing answered %u", pages[i], at, status);
        }
        assert_int_equal(ask(&status, pages[i]), HUB_OK);
        assert_int_equal(status, 200);
        print_message("%s: %lu allocations\n", pages[i], n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};

    return cmocka_run_group_tests(tests, make_series, drop_series);
}
