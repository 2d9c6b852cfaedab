/* Which report is in time, which query may be answered, when a window may be released. */
#include "task/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Two days of hours from day 100, grace of ten minutes. */
static struct hub_task task_of_hours(void)
{
    return (struct hub_task){.window_s = 3600,
                             .has_interval = true,
                             .first_s = 100 * 86400,
                             .end_s = 102 * 86400,
                             .grace_s = 600,
                             .has_statement = true,
                             .statement = {.release_minute = -1}};
}

static void test_receipt(void **state)
{
    const struct hub_task t = task_of_hours();
    const uint64_t w = 100 * 24 + 5;
    const uint64_t start = w * 3600;

    (void)state;
    assert_int_equal(hub_task_check_receipt(&t, w, start), HUB_REPORT_OK);
    assert_int_equal(hub_task_check_receipt(&t, w, start - HUB_TASK_CLOCK_SKEW_S), HUB_REPORT_OK);
    assert_int_equal(hub_task_check_receipt(&t, w, start - HUB_TASK_CLOCK_SKEW_S - 1),
                     HUB_REPORT_TOO_EARLY);
    assert_int_equal(hub_task_check_receipt(&t, w, start + 3600 + 599), HUB_REPORT_OK);
    assert_int_equal(hub_task_check_receipt(&t, w, start + 3600 + 600), HUB_REPORT_DROPPED);
    assert_int_equal(hub_task_check_receipt(&t, 100 * 24 - 1, start), HUB_REPORT_DROPPED);
    assert_int_equal(hub_task_check_receipt(&t, 102 * 24, start), HUB_REPORT_DROPPED);
    assert_int_equal(hub_task_check_receipt(&t, UINT64_MAX, start), HUB_REPORT_DROPPED);
    assert_int_equal(hub_task_check_interval(&t, 100 * 24 - 1), HUB_REPORT_TASK_NOT_STARTED);
    assert_int_equal(hub_task_check_interval(&t, 100 * 24), HUB_REPORT_OK);
    assert_int_equal(hub_task_check_interval(&t, 102 * 24 - 1), HUB_REPORT_OK);
    assert_int_equal(hub_task_check_interval(&t, 102 * 24), HUB_REPORT_TASK_EXPIRED);
}

static void test_query(void **state)
{
    struct hub_task t = task_of_hours();
    const uint64_t first = 100 * 24;
    const uint64_t after = 103 * 86400;

    (void)state;
    assert_int_equal(hub_task_check_query(&t, first, 1, after), HUB_QUERY_OK);
    assert_int_equal(hub_task_check_query(&t, first, 48, after), HUB_QUERY_OK);
    assert_int_equal(hub_task_check_query(&t, first, 0, after), HUB_QUERY_EMPTY);
    assert_int_equal(hub_task_check_query(&t, UINT64_MAX, 1, after), HUB_QUERY_EMPTY);
    assert_int_equal(hub_task_check_query(&t, first - 1, 2, after), HUB_QUERY_OUTSIDE);
    assert_int_equal(hub_task_check_query(&t, first, 49, after), HUB_QUERY_OUTSIDE);
    assert_int_equal(hub_task_check_query(&t, first, 1, first * 3600 + 3599), HUB_QUERY_NOT_ENDED);
    assert_int_equal(hub_task_check_query(&t, first, 1, first * 3600 + 3600), HUB_QUERY_OK);
    t.end_s = t.first_s + 400 * 3600;
    assert_int_equal(hub_task_check_query(&t, first, 366, after + 400 * 3600), HUB_QUERY_OK);
    assert_int_equal(hub_task_check_query(&t, first, 367, after + 400 * 3600), HUB_QUERY_TOO_LONG);
    for (int q = HUB_QUERY_OK; q <= HUB_QUERY_NOT_ENDED; q++)
        assert_non_null(hub_task_query_text((enum hub_task_query)q));
}

static void test_release(void **state)
{
    struct hub_task t = task_of_hours();
    const uint64_t day = 86400;

    (void)state;
    assert_int_equal(hub_task_release_s(&t, 2400), 2401 * 3600 + 600);
    t.window_s = day;
    t.grace_s = day;
    t.statement.release_minute = 6 * 60 + 30;
    /* Day 100 ends as day 101 begins; its grace is over as day 102 begins: 06:30 of day 102. */
    assert_int_equal(hub_task_release_s(&t, 100), 102 * day + 23400);
    t.statement.release_minute = 0;
    assert_int_equal(hub_task_release_s(&t, 100), 102 * day);
    t.grace_s = day + 1;
    assert_int_equal(hub_task_release_s(&t, 100), 103 * day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipt),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
