/* Leader and helper in one process: what is counted, what is refused, and that a release happens
 * once. */
#include "mechanisms.h"
#include "pair_steps.h"

#include "store/bucket.h"
#include "store/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const char collector_token[] = "collector-to-leader";

static void parcel_init(struct hub_parcel *parcel)
{
    *parcel = (struct hub_parcel){.body = HUB_BUF_INIT(16 << 20)};
}

static void honest_reports_are_counted(void **state)
{
    struct pair p;
    struct pair_options options = {.min_batch = 10};
    (void)state;

    pair_open(&p, &options);
    for (int i = 0; i < 5; i++)
        steps_upload(&p, 10, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 50, 50);
    pair_close(&p);
}

static void the_same_question_gets_the_same_bytes(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    const uint64_t w = pair_window(&p);
    steps_upload(&p, 3, NULL);
    struct hub_answer first = pair_collect(&p, w, 1);
    assert_true(first.has_message);
    struct hub_answer again = pair_collect(&p, w, 1);
    assert_true(hub_span_equal_var(hub_buf_span(&first.body), hub_buf_span(&again.body)));
    assert_string_equal(first.location, again.location);
    hub_answer_clear(&again);
    pair_restart_leader(&p);
    pair_restart_helper(&p);
    again = pair_collect(&p, w, 1);
    assert_true(hub_span_equal_var(hub_buf_span(&first.body), hub_buf_span(&again.body)));
    hub_answer_clear(&again);
    again =
        pair_call(&p, true, HUB_CALL_GET, first.location, NULL, collector_token, HUB_SPAN_EMPTY);
    assert_int_equal(again.status, 200);
    assert_true(hub_span_equal_var(hub_buf_span(&first.body), hub_buf_span(&again.body)));
    hub_answer_clear(&again);
    hub_answer_clear(&first);
    /* another question about the same window */
    steps_expect_problem(pair_collect(&p, w - 1, 2), 400, HUB_PROBLEM_BATCH_OVERLAP);
    pair_close(&p);
}

static void late_reports_of_a_collected_window_are_refused(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel;
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(1,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_BATCH_COLLECTED);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

static void bad_reports_leave_their_neighbours(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel;
    (void)state;

    pair_open(&p, &options);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    pair_report(&p, &parcel, HUB_PARCEL_BAD_PROOF, 1);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    pair_report(&p, &parcel, HUB_PARCEL_BAD_SEAL, 1);
    pair_report(&p, &parcel, HUB_PARCEL_FUTURE, 1);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 0);
    assert_int_equal(1,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_TOO_EARLY);
    /* the whole request once more: discarded */
    assert_int_equal(6,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_REPLAYED);
    assert_int_equal(errors[4].error, HUB_REPORT_TOO_EARLY);
    hub_parcel_clear(&parcel);
    steps_expect_total(&p, pair_window(&p), 1, 3, 2);
    pair_close(&p);
}

static void a_batch_below_the_floor_is_not_released(void **state)
{
    struct pair p;
    struct pair_options options = {.min_batch = 5};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 4, NULL);
    steps_expect_problem(pair_collect(&p, pair_window(&p), 1), 400, HUB_PROBLEM_INVALID_BATCH_SIZE);
    steps_upload(&p, 1, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    pair_close(&p);
}

static void empty_windows_can_be_in_a_batch(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 4, NULL);
    p.now_s += 3 * 3600;
    steps_upload(&p, 2, NULL);
    steps_expect_total(&p, pair_window(&p) - 5, 7, 6, 6);
    pair_close(&p);
}

static void queries_out_of_bounds_are_refused(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    steps_expect_problem(pair_collect(&p, pair_window(&p), 0), 400, HUB_PROBLEM_BATCH_INVALID);
    steps_expect_problem(pair_collect(&p, pair_window(&p), 367), 400, HUB_PROBLEM_BATCH_INVALID);
    steps_expect_problem(pair_collect(&p, UINT64_MAX, 2), 400, HUB_PROBLEM_BATCH_INVALID);
    pair_close(&p);
}

static void a_silent_helper_delays_and_loses_nothing(void **state)
{
    const struct timespec pause = {.tv_nsec = 300000000};
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.helper_is_down = true;
    steps_upload(&p, 7, NULL);
    (void)nanosleep(&pause, NULL);
    steps_upload(&p, 7, NULL);
    p.helper_is_down = false;
    steps_expect_total(&p, pair_window(&p), 1, 14, 14);
    pair_close(&p);
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.drop_replies = 2;
    steps_upload(&p, 9, NULL);
    pair_settle(&p);
    p.drop_replies = 1;
    steps_expect_total(&p, pair_window(&p), 1, 9, 9);
    assert_true(p.n_exchanges >= 5);
    pair_close(&p);
}

static void a_restart_goes_on_where_it_was(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.drop_replies = 1; /* the helper counts them, the leader does not know */
    steps_upload(&p, 9, NULL);
    while (p.drop_replies > 0) {
        const struct timespec pause = {.tv_nsec = 1000000};
        (void)nanosleep(&pause, NULL);
    }
    pair_restart_leader(&p);
    steps_upload(&p, 2, NULL);
    pair_restart_helper(&p);
    steps_expect_total(&p, pair_window(&p), 1, 11, 11);
    pair_close(&p);
}

/* The leader judged their time at receipt. */
static void reports_stay_good_when_the_leaders_clock_is_set_back(void **state)
{
    struct pair p;
    struct pair_options options = {.linger_ms = 300};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 5, NULL); /* waits to be aggregated */
    p.helper_ahead_s = 3600;
    p.now_s -= 3600;
    pair_settle(&p);
    p.now_s += 3600;
    p.helper_ahead_s = 0;
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    pair_close(&p);
}

static void collection_path(const struct pair *p, char out[128])
{
    (void)snprintf(out, 128, "/tasks/%s/collection_jobs", p->task->label);
}

/* DELETE while the helper is silent, then the same question anew. */
static void a_deleted_collection_can_be_asked_for_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    char path[128];
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 5, NULL);
    pair_settle(&p);
    p.helper_is_down = true;
    collection_path(&p, path);
    assert_int_equal(HUB_OK,
                     hub_collection_request(&request, p.collected.task, pair_window(&p), 1));
    struct hub_answer answer =
        pair_call(&p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
                  collector_token, hub_buf_span(&request));
    assert_int_equal(answer.status, 201);
    assert_false(answer.has_message);
    assert_true(answer.retry_after_s > 0);
    struct hub_answer got =
        pair_call(&p, true, HUB_CALL_GET, answer.location, NULL, collector_token, HUB_SPAN_EMPTY);
    assert_int_equal(got.status, 202);
    hub_answer_clear(&got);
    got = pair_call(&p, true, HUB_CALL_DELETE, answer.location, NULL, collector_token,
                    HUB_SPAN_EMPTY);
    assert_int_equal(got.status, 204);
    hub_answer_clear(&got);
    got = pair_call(&p, true, HUB_CALL_GET, answer.location, NULL, collector_token, HUB_SPAN_EMPTY);
    assert_int_equal(got.status, 404);
    hub_answer_clear(&got);
    hub_answer_clear(&answer);
    p.helper_is_down = false;
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    pair_close(&p);
}

/* An asynchronous helper: an empty body and a Location, the answer later. */
static void a_helper_that_defers_is_asked_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.defer_replies = 1;
    steps_upload(&p, 6, NULL);
    pair_settle(&p);
    assert_int_equal(p.defer_replies, 0);
    p.defer_replies = 1;
    steps_expect_total(&p, pair_window(&p), 1, 6, 6);
    assert_int_equal(p.defer_replies, 0);
    pair_close(&p);
}

static void a_spoilt_answer_is_asked_for_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.spoil_replies = 2;
    steps_upload(&p, 6, NULL);
    pair_settle(&p);
    p.spoil_replies = 1;
    steps_expect_total(&p, pair_window(&p), 1, 6, 6);
    pair_close(&p);
}

/* A report whose leader share has bytes that are no field element, or whose helper share is a byte
 * too long; sealed as it should be. */
static void append_odd_report(struct pair *p, struct hub_buf *out, bool is_leaders)
{
    struct hub_device_report report = {0};
    struct hub_hpke_sender *leader;
    struct hub_hpke_sender *helper;
    const struct hub_measurement one = {.number = 1};

    assert_int_equal(HUB_OK, hub_hpke_sender_new(&leader, &p->leader_key.config));
    assert_int_equal(HUB_OK, hub_hpke_sender_new(&helper, &p->helper_key.config));
    assert_int_equal(HUB_OK, hub_device_report_shard(&report, &p->task_id, p->vdaf, pair_window(p),
                                                     &one, &p->rng));
    if (is_leaders) {
        memset(report.input_share[0].ptr, 0xff, 8);
    } else {
        report.input_share[1].max++;
        assert_int_equal(HUB_OK, hub_buf_append(&report.input_share[1], hub_span_of("x", 1)));
    }
    assert_int_equal(HUB_OK, hub_device_report_seal(out, &report, &p->task_id,
                                                    hub_buf_span(&p->collected.task->configuration),
                                                    leader, helper, &p->rng));
    hub_device_report_wipe(&report);
    hub_hpke_sender_free(leader);
    hub_hpke_sender_free(helper);
}

static hub_status note_invalid(void *self, const char *reason, uint64_t n)
{
    if (strcmp(reason, "invalid_message") == 0)
        *(uint64_t *)self += n;
    return HUB_OK;
}

static void shares_that_do_not_decode_are_invalid(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel;
    struct hub_store_view view;
    uint64_t n_invalid = 0;
    (void)state;

    pair_open(&p, &options);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    append_odd_report(&p, &parcel.body, true);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    append_odd_report(&p, &parcel.body, false);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(0,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    assert_int_equal(HUB_OK, hub_store_reader_open(&view, p.leader_party->store));
    assert_int_equal(HUB_OK, hub_store_counts(&view, p.task->number, note_invalid, &n_invalid));
    hub_store_reader_close(&view);
    assert_int_equal(n_invalid, 2);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

/* An empty pool delays; it never lets a bucket open without noise. */
static void without_randomness_no_bucket_opens(void **state)
{
    const struct timespec pause = {.tv_nsec = 300000000};
    struct pair p;
    struct pair_options options = {.mechanism = hub_test_mechanism_failing()};
    struct hub_store_bucket bucket;
    struct hub_store_view view;
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 4, NULL);
    (void)nanosleep(&pause, NULL);
    assert_int_equal(HUB_E_BUSY, hub_leader_settle(p.leader, 1));
    assert_int_equal(HUB_OK, hub_store_reader_open(&view, p.helper_party->store));
    assert_int_equal(HUB_OK, hub_store_bucket_load(&view, p.helper_task->number, pair_window(&p),
                                                   &bucket, &(struct hub_buf){0}));
    hub_store_reader_close(&view);
    assert_false(bucket.is_opened);
    assert_int_equal(bucket.n_reports, 0);
    pair_close(&p);
}

/* A report that went through one job cannot come back in another, and not after its window was
 * collected. */
static void the_helper_remembers_reports(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    pair_settle(&p);
    struct hub_store_task row;
    struct hub_store_view view;
    assert_int_equal(HUB_OK, hub_store_reader_open(&view, p.helper_party->store));
    assert_int_equal(HUB_OK, hub_store_task_find(&view, p.task_id.bytes, &row));
    hub_store_reader_close(&view);
    assert_int_equal(row.role, HUB_ROLE_HELPER);
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    pair_close(&p);
}

static void a_histogram_goes_all_the_way(void **state)
{
    struct pair p;
    struct pair_options options = {
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10}};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_collection c = {0};
    struct hub_parcel parcel;
    int64_t expected[100] = {0};
    (void)state;

    pair_open(&p, &options);
    parcel_init(&parcel);
    for (uint64_t i = 0; i < 300; i++) {
        pair_report(&p, &parcel, HUB_PARCEL_GOOD, i * i % 97);
        expected[i * i % 97]++;
    }
    assert_int_equal(0,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    const uint64_t w = pair_window(&p);
    struct hub_answer answer = pair_collect(&p, w, 1);
    assert_true(answer.has_message);
    pair_open_totals(&p, &c, w, 1, hub_buf_span(&answer.body));
    assert_int_equal(c.n_reports, 300);
    assert_int_equal(c.n_cells, 100);
    assert_memory_equal(c.totals, expected, sizeof(expected));
    hub_collection_clear(&c);
    hub_answer_clear(&answer);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_reports_are_counted),
        cmocka_unit_test(the_same_question_gets_the_same_bytes),
        cmocka_unit_test(late_reports_of_a_collected_window_are_refused),
        cmocka_unit_test(bad_reports_leave_their_neighbours),
        cmocka_unit_test(a_batch_below_the_floor_is_not_released),
        cmocka_unit_test(empty_windows_can_be_in_a_batch),
        cmocka_unit_test(queries_out_of_bounds_are_refused),
        cmocka_unit_test(a_silent_helper_delays_and_loses_nothing),
        cmocka_unit_test(a_lost_answer_is_asked_for_again),
        cmocka_unit_test(a_restart_goes_on_where_it_was),
        cmocka_unit_test(reports_stay_good_when_the_leaders_clock_is_set_back),
        cmocka_unit_test(shares_that_do_not_decode_are_invalid),
        cmocka_unit_test(a_helper_that_defers_is_asked_again),
        cmocka_unit_test(a_spoilt_answer_is_asked_for_again),
        cmocka_unit_test(a_deleted_collection_can_be_asked_for_again),
        cmocka_unit_test(without_randomness_no_bucket_opens),
        cmocka_unit_test(the_helper_remembers_reports),
        cmocka_unit_test(a_histogram_goes_all_the_way),
    };
    return cmocka_run_group_tests_name("pair", tests, NULL, NULL);
}
