/* The expected range: of the same weekday only, not moved by one odd week, never below the noise.
 */
#include "trend/weekday.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400, N = 70 };

static struct hub_slot slots[N];
static struct hub_expected expected[N];

/* Ten weeks of days: 1000 on six days, 5000 on the seventh. */
static int set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N; i++)
        slots[i] = (struct hub_slot){.start = 1414800000 + (uint64_t)i * DAY,
                                     .end = 1414800000 + (uint64_t)(i + 1) * DAY,
                                     .state = HUB_SLOT_KNOWN,
                                     .total = i % 7 == 6 ? 5000 : 1000,
                                     .variance = 400};
    memset(expected, 0, sizeof(expected));
    return 0;
}

static void a_weekday_is_expected_of_itself(void **state)
{
    (void)state;
    hub_weekday_expect(expected, slots, N, 0);
    assert_true(expected[69].is_known);
    assert_int_equal(expected[69].n_weeks, 8);
    assert_true(expected[69].middle == 5000);
    assert_true(expected[68].middle == 1000);
    /* No spread but the noise: +- 1.96 * 20 and what a median of eight adds. */
    assert_true(expected[68].high > 1039 && expected[68].high < 1044);
    assert_true(expected[68].low > 956 && expected[68].low < 961);
}

static void it_learns_first(void **state)
{
    (void)state;
    hub_weekday_expect(expected, slots, N, 0);
    assert_false(expected[0].is_known);
    assert_int_equal(expected[27].n_weeks, 3);
    assert_false(expected[27].is_known);
    assert_int_equal(expected[28].n_weeks, 4);
    assert_true(expected[28].is_known);
}

static void one_odd_week_changes_little(void **state)
{
    (void)state;
    slots[62].total = 0;
    slots[55].state = HUB_SLOT_GAP;
    hub_weekday_expect(expected, slots, N, 60);
    assert_int_equal(expected[9].n_weeks, 7);
    assert_true(expected[9].middle == 5000);
    assert_true(expected[9].low > 4900);
}

static void it_looks_only_back(void **state)
{
    struct hub_expected before;

    (void)state;
    hub_weekday_expect(&before, slots, 61, 60);
    slots[60].total = 999999;
    slots[61].total = -5;
    hub_weekday_expect(expected, slots, N, 60);
    assert_memory_equal(&before, &expected[0], sizeof(before));
}

static void weeks_have_no_weekday(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N; i++) {
        slots[i].start = 1414800000 + (uint64_t)i * 7 * DAY;
        slots[i].end = slots[i].start + 7 * DAY;
    }
    hub_weekday_expect(expected, slots, N, 0);
    for (unsigned i = 0; i < N; i++)
        assert_false(expected[i].is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_weekday_is_expected_of_itself, set_up),
        cmocka_unit_test_setup(it_learns_first, set_up),
        cmocka_unit_test_setup(one_odd_week_changes_little, set_up),
        cmocka_unit_test_setup(it_looks_only_back, set_up),
        cmocka_unit_test_setup(weeks_have_no_weekday, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
