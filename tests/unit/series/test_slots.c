/* Windows as steps: sums with their variance, and no sum where a window is missing. */
#include "series_fixture.h"

#include <math.h>

enum { HOUR = 3600, DAY = 86400 };

/* Two days of hours, hour h has the total h; hour 30 is a gap, hours 40 on are not known. */
static void fill(struct place *p)
{
    struct hub_series_gap gap = {30 * HOUR, HOUR, HUB_GAP_TOO_FEW};

    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    for (uint64_t h = 0; h < 40; h++) {
        if (h != 30)
            assert_int_equal(put_point(p, h * HOUR, 0, (int64_t)h), HUB_OK);
    }
    assert_int_equal(hub_series_put_gap(p->s, "walks", &gap), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
}

static struct hub_slot *cut(struct place *p, size_t *n, struct hub_measure *m, enum hub_step step,
                            uint64_t from, uint64_t to)
{
    struct hub_slot *slots = NULL;

    assert_int_equal(hub_series_measure(p->s, &p->arena, m, "walks"), HUB_OK);
    assert_int_equal(hub_series_slots(p->s, &p->arena, &slots, n, m, 0, p->utc, step, from, to),
                     HUB_OK);
    return slots;
}

static void windows_come_as_they_are(void **state)
{
    struct place *p = *state;
    struct hub_measure m;
    size_t n;

    fill(p);
    struct hub_slot *slots = cut(p, &n, &m, HUB_STEP_WINDOW, 0, 2 * DAY);
    assert_int_equal(n, 41); /* 39 points, a gap, one rest that waits */
    assert_int_equal(slots[30].state, HUB_SLOT_GAP);
    assert_int_equal(slots[30].reason, HUB_GAP_TOO_FEW);
    assert_int_equal(slots[39].total, 39);
    assert_int_equal(slots[40].state, HUB_SLOT_WAITING);
    assert_int_equal(slots[40].end, 2 * DAY);
}

static void days_are_sums_of_whole_windows(void **state)
{
    struct place *p = *state;
    struct hub_measure m;
    size_t n;

    fill(p);
    struct hub_slot *slots = cut(p, &n, &m, HUB_STEP_DAY, 0, 2 * DAY);
    assert_int_equal(n, 2);
    assert_int_equal(slots[0].state, HUB_SLOT_KNOWN);
    assert_int_equal(slots[0].total, 23 * 24 / 2);
    assert_int_equal(slots[0].variance, 24 * 100); /* noises are independent: variances add */
    assert_int_equal(slots[0].n, 24 * 12);
    assert_int_equal(slots[1].state, HUB_SLOT_WAITING);
}

static void a_missing_window_leaves_no_total(void **state)
{
    struct place *p = *state;
    struct hub_measure m;
    size_t n;

    fill(p);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    for (uint64_t h = 40; h < 50; h++)
        assert_int_equal(put_point(p, h * HOUR, 0, 1), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    struct hub_slot *slots = cut(p, &n, &m, HUB_STEP_DAY, 0, 2 * DAY);
    assert_int_equal(slots[1].state, HUB_SLOT_PARTIAL);
    assert_int_equal(slots[1].n_missing, 1);
    assert_int_equal(slots[1].n_windows, 23);
}

static void steps_that_do_not_nest_are_not_offered(void **state)
{
    struct place *p = *state;
    const uint64_t in_2014 = 1414800000;

    assert_true(hub_step_fits(HUB_STEP_DAY, HOUR, p->utc, in_2014));
    assert_true(hub_step_fits(HUB_STEP_WINDOW, 7 * DAY, p->utc, in_2014));
    assert_false(hub_step_fits(HUB_STEP_DAY, DAY, p->utc, in_2014)); /* that is the window */
    assert_false(
        hub_step_fits(HUB_STEP_MONTH, 7 * DAY, p->utc, in_2014)); /* weeks from a Thursday */
    assert_false(hub_step_fits(HUB_STEP_WEEK, 7 * DAY, p->utc, in_2014));
    assert_true(hub_step_fits(HUB_STEP_WEEK, DAY, p->utc, in_2014));
}

static void nothing_before_the_first_and_nothing_of_an_empty_range(void **state)
{
    struct place *p = *state;
    struct hub_measure m;
    size_t n;

    fill(p);
    (void)cut(p, &n, &m, HUB_STEP_WINDOW, 5 * HOUR, 5 * HOUR);
    assert_int_equal(n, 0);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 50 * HOUR, 0, 1), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    struct hub_slot *slots = cut(p, &n, &m, HUB_STEP_WINDOW, 39 * HOUR, 51 * HOUR);
    assert_int_equal(n, 3);
    assert_int_equal(slots[1].state, HUB_SLOT_NONE);
}

static void half_widths_are_exact_where_noise_is_small(void **state)
{
    (void)state;
    assert_true(fabs(hub_half_width(2048) - 88.7) < 0.1);
    assert_true(hub_half_width(2) == 3); /* sigma2 = 1, two noises: 95 % within 3 */
    assert_true(hub_half_width(0) == 0);
    for (unsigned i = 0; i < HUB_N_STEPS; i++)
        assert_int_equal(hub_step_parse(hub_step_name((enum hub_step)i)), i);
    assert_int_equal(hub_step_parse("year"), HUB_N_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_come_as_they_are, make_place, drop_place),
        cmocka_unit_test_setup_teardown(days_are_sums_of_whole_windows, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_missing_window_leaves_no_total, make_place, drop_place),
        cmocka_unit_test_setup_teardown(steps_that_do_not_nest_are_not_offered, make_place,
                                        drop_place),
        cmocka_unit_test_setup_teardown(nothing_before_the_first_and_nothing_of_an_empty_range,
                                        make_place, drop_place),
        cmocka_unit_test(half_widths_are_exact_where_noise_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
