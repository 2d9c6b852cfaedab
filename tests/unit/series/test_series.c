/* The door: batches, what is refused, what is read back. */
#include "series_fixture.h"

static void a_batch_is_all_or_nothing(void **state)
{
    struct place *p = *state;
    struct hub_series_point *points;
    struct hub_measure m;
    uint64_t before;
    uint64_t after;
    size_t n;

    assert_int_equal(hub_series_revision(p->s, &before), HUB_OK);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 7), HUB_OK);
    hub_series_rollback(p->s);
    assert_int_equal(hub_series_measure(p->s, &p->arena, &m, "walks"), HUB_OK);
    assert_int_equal(hub_series_points(p->s, &p->arena, &points, &n, m.id, 0, 0, 9999), HUB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(hub_series_revision(p->s, &after), HUB_OK);
    assert_int_equal(after, before);

    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 3600, 0, -5), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 7), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_points(p->s, &p->arena, &points, &n, m.id, 0, 0, 9999), HUB_OK);
    assert_int_equal(n, 2);
    assert_int_equal(points[0].total, 7);
    assert_int_equal(points[1].total, -5); /* negative totals stay as they are */
    assert_int_equal(points[1].start, 3600);
    assert_int_equal(points[1].n, 12);
    assert_int_equal(points[1].variance, 100);
    assert_int_equal(hub_series_revision(p->s, &after), HUB_OK);
    assert_int_equal(after, before + 1);
}

static void puts_need_a_batch(void **state)
{
    struct place *p = *state;

    assert_int_equal(put_point(p, 0, 0, 7), HUB_E_ARGUMENT);
    assert_int_equal(hub_series_commit(p->s), HUB_E_ARGUMENT);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(hub_series_begin(p->s), HUB_E_ARGUMENT);
    hub_series_rollback(p->s);
}

static void a_window_is_released_once(void **state)
{
    struct place *p = *state;
    uint64_t before;
    uint64_t after;

    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 7), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_revision(p->s, &before), HUB_OK);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 7), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 8), HUB_E_CONFLICT);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_revision(p->s, &after), HUB_OK);
    assert_int_equal(after, before); /* nothing changed, so nobody is told to look */
}

static void wrong_places_are_refused(void **state)
{
    struct place *p = *state;
    struct hub_series_gap gap = {0, 3600, HUB_N_GAP_REASONS};
    struct hub_series_task task = fixture_task();

    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 2, 7), HUB_E_ARGUMENT);
    assert_int_equal(put_point(p, UINT64_MAX - 5, 0, 7), HUB_E_ARGUMENT);
    assert_int_equal(hub_series_put_gap(p->s, "walks", &gap), HUB_E_ARGUMENT);
    gap.reason = HUB_GAP_TOO_FEW;
    assert_int_equal(hub_series_put_gap(p->s, "runs", &gap), HUB_E_NOT_FOUND);
    assert_int_equal(hub_series_put_task(p->s, "walks", &task), HUB_OK);
    task.statement = "another";
    assert_int_equal(hub_series_put_task(p->s, "walks", &task), HUB_E_CONFLICT);
    task.name = "Walks 2";
    assert_int_equal(hub_series_put_task(p->s, "walks", &task), HUB_E_ARGUMENT);
    struct hub_series_measure measure = fixture_measure();
    measure.n_cells = 1;
    assert_int_equal(hub_series_put_measure(p->s, &measure), HUB_E_CONFLICT);
    hub_series_rollback(p->s);
}

static void a_point_takes_the_place_of_a_gap(void **state)
{
    struct place *p = *state;
    struct hub_series_gap gap = {0, 3600, HUB_GAP_FAILED};
    struct hub_series_gap *gaps;
    struct hub_measure m;
    size_t n;

    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(hub_series_put_gap(p->s, "walks", &gap), HUB_OK);
    assert_int_equal(hub_series_put_gap(p->s, "walks", &gap), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_measure(p->s, &p->arena, &m, "walks"), HUB_OK);
    assert_int_equal(m.known_until, 3600);
    assert_int_equal(hub_series_gaps(p->s, &p->arena, &gaps, &n, m.id, 0, 9999), HUB_OK);
    assert_int_equal(n, 1);
    assert_int_equal(gaps[0].reason, HUB_GAP_FAILED);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 0, 7), HUB_OK);
    assert_int_equal(hub_series_put_gap(p->s, "walks", &gap), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_gaps(p->s, &p->arena, &gaps, &n, m.id, 0, 9999), HUB_OK);
    assert_int_equal(n, 0);
}

static void a_reader_sees_what_was_committed(void **state)
{
    struct place *p = *state;
    HUB_CLEANUP(hub_series_close_at) struct hub_series *reader = NULL;
    struct hub_measure *measures;
    uint64_t first;
    uint64_t second;
    size_t n;

    assert_int_equal(hub_series_open(&reader, p->path, HUB_SERIES_READ, NULL), HUB_OK);
    assert_int_equal(hub_series_view_begin(reader), HUB_OK);
    assert_int_equal(hub_series_revision(reader, &first), HUB_OK);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(put_point(p, 0, 1, 7), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    assert_int_equal(hub_series_revision(reader, &second), HUB_OK);
    assert_int_equal(first, second); /* one state for all parts of a page */
    hub_series_view_end(reader);
    assert_int_equal(hub_series_revision(reader, &second), HUB_OK);
    assert_int_equal(second, first + 1);
    assert_int_equal(hub_series_measures(reader, &p->arena, &measures, &n), HUB_OK);
    assert_int_equal(n, 1);
    assert_string_equal(measures[0].words.cells[1], "second");
    assert_int_equal(measures[0].n_tasks, 1);
    assert_string_equal(measures[0].tasks[0].facts.population, "walkers");
    assert_int_equal(measures[0].tasks[0].facts.variance, 100);
}

static void a_missing_database_is_named(void **state)
{
    struct hub_series *s = NULL;
    struct hub_why why = {""};

    (void)state;
    assert_int_equal(hub_series_open(&s, "/tmp/hubbub-no-such/s.db", HUB_SERIES_READ, &why),
                     HUB_E_NOT_FOUND);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_is_all_or_nothing, make_place, drop_place),
        cmocka_unit_test_setup_teardown(puts_need_a_batch, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_window_is_released_once, make_place, drop_place),
        cmocka_unit_test_setup_teardown(wrong_places_are_refused, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_point_takes_the_place_of_a_gap, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_reader_sees_what_was_committed, make_place, drop_place),
        cmocka_unit_test(a_missing_database_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
