/* Leader-selected batches with leader and helper in one process (DAP-18, "Leader-selected Batch
 * Mode"): a batch is all that came since the last one was taken, is released once, and is open
 * again when its collection fails. */
#include "pair.h"

#include "wire/aggregation_job.h"
#include "wire/collection.h"
#include "wire/extension.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { ERRORS_MAX = 64 };

static const char collector_token[] = "collector-to-leader";
static const char leader_token[] = "leader-to-helper";

static void open_async(struct pair *p)
{
    const struct pair_options options = {
        .min_batch = 1, .batch_mode = HUB_BATCH_LEADER_SELECTED, .helper_is_async = true};
    pair_open(p, &options);
}

static void open_batches(struct pair *p, uint64_t min_batch)
{
    const struct pair_options options = {.min_batch = min_batch,
                                         .batch_mode = HUB_BATCH_LEADER_SELECTED};
    pair_open(p, &options);
}

/* n reports of 1. The body stays the caller's if out is not NULL. */
static void upload(struct pair *p, size_t n, struct hub_parcel *out)
{
    struct hub_upload_status errors[ERRORS_MAX];
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(16 << 20)};

    for (size_t i = 0; i < n; i++)
        pair_report(p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(0, pair_upload(p, hub_buf_span(&parcel.body), NULL, errors, ERRORS_MAX));
    if (out != NULL)
        *out = parcel;
    else
        hub_parcel_clear(&parcel);
}

static struct hub_collection open_total(struct pair *p, const struct hub_answer *answer)
{
    struct hub_collection c = {0};

    assert_int_equal(answer->status / 100, 2);
    assert_true(answer->has_message);
    pair_open_totals(p, &c, 0, 0, hub_buf_span(&answer->body));
    assert_int_equal(c.totals[0], c.n_reports); /* each is 1 */
    return c;
}

static void expect_problem(struct hub_answer answer, enum hub_problem_type problem)
{
    assert_int_equal(answer.status, 400);
    assert_int_equal(answer.problem, problem);
    hub_answer_clear(&answer);
}

static void delete_collection(struct pair *p, const char *location)
{
    struct hub_answer answer =
        pair_call(p, true, HUB_CALL_DELETE, location, NULL, collector_token, HUB_SPAN_EMPTY);

    assert_int_equal(answer.status, 204);
    hub_answer_clear(&answer);
}

/* Collects the next batch and forgets the collection job, so that the same request asks for the
 * one after it. */
static void expect_batch(struct pair *p, uint64_t n, struct hub_time_interval seen)
{
    struct hub_answer answer = pair_collect(p, 0, 0);
    struct hub_collection c = open_total(p, &answer);

    assert_int_equal(c.n_reports, n);
    assert_int_equal(c.seen.start, seen.start);
    assert_int_equal(c.seen.duration, seen.duration);
    delete_collection(p, answer.location);
    hub_collection_clear(&c);
    hub_answer_clear(&answer);
}

static void batches_follow_each_other(void **state)
{
    struct pair p;
    struct hub_parcel old;
    struct hub_upload_status errors[ERRORS_MAX];
    (void)state;

    open_batches(&p, 3);
    const uint64_t w = pair_window(&p);
    upload(&p, 5, &old);
    p.now_s += 2 * p.options.time_precision;
    upload(&p, 2, NULL);
    expect_batch(&p, 7, (struct hub_time_interval){w, 3});
    upload(&p, 4, NULL);
    /* a report of the first batch does not get into the second */
    assert_int_equal(5, pair_upload(&p, hub_buf_span(&old.body), NULL, errors, ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_REPLAYED);
    expect_batch(&p, 4, (struct hub_time_interval){w + 2, 1});
    hub_parcel_clear(&old);
    pair_close(&p);
}

static void a_batch_is_released_once(void **state)
{
    struct pair p;
    (void)state;

    open_batches(&p, 1);
    upload(&p, 3, NULL);
    struct hub_answer first = pair_collect(&p, 0, 0);
    struct hub_collection c = open_total(&p, &first);
    assert_int_equal(c.n_reports, 3);
    hub_collection_clear(&c);
    upload(&p, 2, NULL);
    /* as long as the job exists the same request is that job */
    struct hub_answer again = pair_collect(&p, 0, 0);
    assert_true(hub_span_equal_var(hub_buf_span(&first.body), hub_buf_span(&again.body)));
    assert_string_equal(first.location, again.location);
    delete_collection(&p, first.location);
    hub_answer_clear(&first);
    hub_answer_clear(&again);
    expect_batch(&p, 2, (struct hub_time_interval){pair_window(&p), 1});
    expect_problem(pair_collect(&p, 0, 0), HUB_PROBLEM_INVALID_BATCH_SIZE);
    pair_close(&p);
}

static void a_small_batch_fills_on(void **state)
{
    struct pair p;
    (void)state;

    open_batches(&p, 5);
    expect_problem(pair_collect(&p, 0, 0), HUB_PROBLEM_INVALID_BATCH_SIZE);
    upload(&p, 3, NULL);
    expect_problem(pair_collect(&p, 0, 0), HUB_PROBLEM_INVALID_BATCH_SIZE);
    upload(&p, 2, NULL);
    expect_batch(&p, 5, (struct hub_time_interval){pair_window(&p), 1});
    pair_close(&p);
}

/* The job goes out again with the same bytes, the batch's id among them. */
static void a_restart_keeps_the_batch(void **state)
{
    struct pair p;
    (void)state;

    open_batches(&p, 1);
    p.drop_replies = 1;
    upload(&p, 3, NULL);
    while (p.drop_replies > 0)
        upload(&p, 0, NULL);
    pair_restart_leader(&p);
    pair_restart_helper(&p);
    upload(&p, 2, NULL);
    expect_batch(&p, 5, (struct hub_time_interval){pair_window(&p), 1});
    pair_close(&p);
}

static void a_helper_may_take_its_time(void **state)
{
    struct pair p;
    (void)state;

    open_async(&p);
    for (size_t n = 2; n < 5; n++) {
        upload(&p, n, NULL);
        expect_batch(&p, n, (struct hub_time_interval){pair_window(&p), 1});
    }
    pair_close(&p);
}

/* The helper has released the batch, which the leader cannot know: the collector took its question
 * back before the answer came. The next one gets this batch, as the helper has it. */
static void a_question_taken_back_loses_nothing(void **state)
{
    struct pair p;
    char path[128];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    (void)state;

    open_batches(&p, 1);
    upload(&p, 3, NULL);
    pair_settle(&p);
    p.drop_replies = 1000;
    const unsigned n_before = p.n_exchanges;
    (void)snprintf(path, sizeof(path), "/tasks/%s/collection_jobs", p.task->label);
    assert_int_equal(HUB_OK, hub_collection_request(&request, p.collected.task, 0, 0));
    struct hub_answer answer =
        pair_call(&p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
                  collector_token, hub_buf_span(&request));
    assert_false(answer.has_message);
    assert_true(p.n_exchanges > n_before);
    delete_collection(&p, answer.location);
    hub_answer_clear(&answer);
    p.drop_replies = 0;
    upload(&p, 2, NULL);
    expect_batch(&p, 3, (struct hub_time_interval){pair_window(&p), 1});
    expect_batch(&p, 2, (struct hub_time_interval){pair_window(&p), 1});
    pair_close(&p);
}

static void the_other_mode_is_refused(void **state)
{
    struct pair p;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    const struct hub_collection_job_req req = {.query = {HUB_BATCH_TIME_INTERVAL, {1, 1}}};
    char path[128];
    (void)state;

    open_batches(&p, 1);
    (void)snprintf(path, sizeof(path), "/tasks/%s/collection_jobs", p.task->label);
    assert_int_equal(HUB_OK, hub_collection_job_req_encode(&body, &req));
    expect_problem(pair_call(&p, true, HUB_CALL_POST, path,
                             hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ), collector_token,
                             hub_buf_span(&body)),
                   HUB_PROBLEM_INVALID_MESSAGE);
    pair_close(&p);
}

/* ---- What the helper is told of batches */

static void send_job(struct pair *p, hub_span extensions, enum hub_problem_type problem)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    const struct hub_aggregation_job_init_req req = {.extensions = extensions};
    const struct hub_verify_init init = {
        .metadata = {.id = {1}, .time = pair_window(p)},
        .encrypted_input_share = {2, hub_span_text("enc"), hub_span_text("payload")},
        .payload = hub_span_text("payload"),
    };
    char path[128];

    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregation_jobs", p->task->label);
    assert_int_equal(HUB_OK, hub_aggregation_job_init_req_encode(&body, &req, &init, 1));
    expect_problem(pair_call(p, false, HUB_CALL_POST, path,
                             hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ), leader_token,
                             hub_buf_span(&body)),
                   problem);
}

static void the_helper_wants_a_batch_id(void **state)
{
    static const uint8_t short_id[] = {0, 1, 0, 2, 7, 7};
    static const uint8_t unknown[] = {0, 2, 0, 0};
    static const uint8_t batch[36] = {0, 1, 0, 32, 7};
    const struct pair_options by_time = {0};
    struct pair p;
    (void)state;

    open_batches(&p, 1);
    send_job(&p, HUB_SPAN_EMPTY, HUB_PROBLEM_INVALID_MESSAGE);
    send_job(&p, HUB_SPAN_ARRAY(short_id), HUB_PROBLEM_INVALID_MESSAGE);
    send_job(&p, HUB_SPAN_ARRAY(unknown), HUB_PROBLEM_UNSUPPORTED_EXTENSION);
    pair_close(&p);
    pair_open(&p, &by_time);
    send_job(&p, HUB_SPAN_ARRAY(batch), HUB_PROBLEM_UNSUPPORTED_EXTENSION);
    pair_close(&p);
}

static void the_helper_knows_its_batches(void **state)
{
    struct pair p;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    const struct hub_aggregate_share_req req = {
        .collection_job_req = {.query = {.mode = HUB_BATCH_LEADER_SELECTED}},
        .batch_selector = {.mode = HUB_BATCH_LEADER_SELECTED, .batch_id = {7}},
        .report_count = 1,
    };
    char path[128];
    (void)state;

    open_batches(&p, 1);
    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregate_shares", p.task->label);
    assert_int_equal(HUB_OK, hub_aggregate_share_req_encode(&body, &req));
    expect_problem(pair_call(&p, false, HUB_CALL_POST, path,
                             hub_media_type(HUB_MESSAGE_AGGREGATE_SHARE_REQ), leader_token,
                             hub_buf_span(&body)),
                   HUB_PROBLEM_BATCH_INVALID);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_follow_each_other),
        cmocka_unit_test(a_batch_is_released_once),
        cmocka_unit_test(a_small_batch_fills_on),
        cmocka_unit_test(a_restart_keeps_the_batch),
        cmocka_unit_test(a_helper_may_take_its_time),
        cmocka_unit_test(a_question_taken_back_loses_nothing),
        cmocka_unit_test(the_other_mode_is_refused),
        cmocka_unit_test(the_helper_wants_a_batch_id),
        cmocka_unit_test(the_helper_knows_its_batches),
    };

    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
