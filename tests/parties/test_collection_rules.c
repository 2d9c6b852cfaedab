/* The rules for collection jobs at the leader and aggregate shares at the helper (DAP-18,
 * "Collecting Results"), with requests made by hand. */
#include "pair.h"
#include "pair_steps.h"

#include "store/bucket.h"
#include "wire/collection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const char leader_token[] = "leader-to-helper";
static const char collector_token[] = "collector-to-leader";

static const uint8_t extension_23[] = {0, 23, 0, 0};
static const uint8_t extension_42_23[] = {0, 42, 0, 0, 0, 23, 0, 0};

static void path_of(char out[128], const struct pair *p, const char *collection)
{
    (void)snprintf(out, 128, "/tasks/%s/%s", p->task->label, collection);
}

static struct hub_collection_job_req query(const struct pair *p, uint64_t start, uint64_t duration)
{
    (void)p;
    return (struct hub_collection_job_req){
        .query = {.mode = HUB_BATCH_TIME_INTERVAL, .interval = {start, duration}}};
}

/* ---- The leader */

static struct hub_answer ask_leader(struct pair *p, const struct hub_collection_job_req *req)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    char path[128];

    path_of(path, p, "collection_jobs");
    assert_int_equal(HUB_OK, hub_collection_job_req_encode(&body, req));
    return pair_call(p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
                     collector_token, hub_buf_span(&body));
}

static void leader_refuses(struct pair *p, const struct hub_collection_job_req *req,
                           enum hub_problem_type problem)
{
    struct hub_answer answer = ask_leader(p, req);
    assert_true(answer.has_task);
    steps_expect_problem(answer, 400, problem);
}

static void a_collection_that_may_not_be_is_refused(void **state)
{
    const char *type = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ);
    struct pair p;
    struct pair_options options = {.first_s = 1767225600, .end_s = 1767225600 + 24 * 3600};
    char path[128];
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    const uint64_t w = pair_window(&p);
    struct hub_collection_job_req req = query(&p, w, 1);
    steps_other_task_path(path, sizeof(path), &p, "collection_jobs");
    steps_expect_problem(
        pair_call(&p, true, HUB_CALL_POST, path, type, collector_token, HUB_SPAN_EMPTY), 404,
        HUB_PROBLEM_UNRECOGNIZED_TASK);
    path_of(path, &p, "collection_jobs");
    steps_expect_problem(
        pair_call(&p, true, HUB_CALL_POST, path, type, collector_token, hub_span_text("x")), 400,
        HUB_PROBLEM_INVALID_MESSAGE);
    req.query.mode = HUB_BATCH_LEADER_SELECTED;
    leader_refuses(&p, &req, HUB_PROBLEM_INVALID_MESSAGE);
    req = query(&p, w, 1);
    req.agg_param = hub_span_text("parameter");
    leader_refuses(&p, &req, HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER);
    req = query(&p, w, 0);
    leader_refuses(&p, &req, HUB_PROBLEM_BATCH_INVALID);
    req = query(&p, UINT64_MAX, 2);
    leader_refuses(&p, &req, HUB_PROBLEM_BATCH_INVALID);
    req = query(&p, w - 1, 2); /* begins before the task */
    leader_refuses(&p, &req, HUB_PROBLEM_BATCH_INVALID);
    req = query(&p, w, 1);
    req.extensions = HUB_SPAN_ARRAY(extension_42_23);
    leader_refuses(&p, &req, HUB_PROBLEM_INVALID_EXTENSION);
    req.extensions = HUB_SPAN_ARRAY(extension_23);
    struct hub_answer answer = ask_leader(&p, &req);
    assert_int_equal(answer.n_unsupported, 1);
    assert_int_equal(answer.unsupported[0], 23);
    steps_expect_problem(answer, 400, HUB_PROBLEM_UNSUPPORTED_EXTENSION);
    steps_expect_total(&p, w, 1, 3, 3); /* none of them did anything */
    pair_close(&p);
}

/* While its reports wait the same request is the same job; deleting the finished job takes its
 * bytes and leaves the window collected. */
static void a_deleted_result_does_not_come_back(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf late = HUB_BUF_INIT(1 << 16);
    const struct steps_report report = {0};
    (void)state;

    pair_open(&p, &options);
    const uint64_t w = pair_window(&p);
    const struct hub_collection_job_req req = query(&p, w, 1);
    p.helper_is_down = true;
    steps_upload(&p, 3, NULL);
    struct hub_answer first = ask_leader(&p, &req);
    assert_int_equal(first.status, 201);
    struct hub_answer again = ask_leader(&p, &req);
    assert_int_equal(again.status / 100, 2);
    assert_string_equal(again.location, first.location);
    hub_answer_clear(&again);
    p.helper_is_down = false;
    steps_expect_total(&p, w, 1, 3, 3);
    again =
        pair_call(&p, true, HUB_CALL_DELETE, first.location, NULL, collector_token, HUB_SPAN_EMPTY);
    assert_int_equal(again.status, 204);
    hub_answer_clear(&again);
    steps_expect_problem(
        pair_call(&p, true, HUB_CALL_GET, first.location, NULL, collector_token, HUB_SPAN_EMPTY),
        404, HUB_PROBLEM_NONE);
    leader_refuses(&p, &req, HUB_PROBLEM_BATCH_OVERLAP);
    steps_report_append(&p, &late, &report, NULL);
    assert_int_equal(1, pair_upload(&p, hub_buf_span(&late), NULL, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_BATCH_COLLECTED);
    hub_answer_clear(&first);
    pair_close(&p);
}

/* The poll of a job that failed hears why, as the first answer did; the same request goes on in the
 * same place when it may. */
static void a_failed_collection_keeps_its_reason(void **state)
{
    struct pair p;
    struct pair_options options = {.min_batch = 5};
    (void)state;

    pair_open(&p, &options);
    const uint64_t w = pair_window(&p);
    const struct hub_collection_job_req req = query(&p, w, 1);
    p.helper_is_down = true;
    steps_upload(&p, 3, NULL);
    struct hub_answer first = ask_leader(&p, &req);
    assert_int_equal(first.status, 201);
    p.helper_is_down = false;
    struct hub_answer got = {.status = 202};
    for (int i = 0; i < 1000 && got.status < 300; i++) {
        const struct timespec pause = {.tv_nsec = 10000000};
        (void)nanosleep(&pause, NULL);
        got = pair_call(&p, true, HUB_CALL_GET, first.location, NULL, collector_token,
                        HUB_SPAN_EMPTY);
    }
    assert_non_null(strstr(got.text, "floor"));
    steps_expect_problem(got, 400, HUB_PROBLEM_INVALID_BATCH_SIZE);
    leader_refuses(&p, &req, HUB_PROBLEM_INVALID_BATCH_SIZE);
    pair_restart_leader(&p);
    got = pair_call(&p, true, HUB_CALL_GET, first.location, NULL, collector_token, HUB_SPAN_EMPTY);
    assert_non_null(strstr(got.text, "floor"));
    hub_answer_clear(&got);
    steps_upload(&p, 2, NULL);
    steps_expect_total(&p, w, 1, 5, 5);
    got = ask_leader(&p, &req);
    assert_string_equal(got.location, first.location);
    hub_answer_clear(&got);
    hub_answer_clear(&first);
    pair_close(&p);
}

/* Outstanding jobs first: whoever asks before they are through gets all of their reports. */
static void outstanding_jobs_come_first(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.drop_replies = 1;
    for (int i = 0; i < 5; i++)
        steps_upload(&p, 8, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 40, 40);
    pair_close(&p);
}

static void disagree(void *self, struct hub_peer_reply *reply)
{
    const unsigned *status = self;

    if (!hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATE_SHARE))
        return;
    hub_peer_reply_clear(reply);
    reply->status = *status;
    reply->problem = HUB_PROBLEM_BATCH_MISMATCH;
}

/* "fail the collection job with the error that caused the failure" */
static void the_helpers_refusal_is_the_collections(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    unsigned status = 400;
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    p.hook_self = &status;
    p.on_reply = disagree;
    const struct hub_collection_job_req req = query(&p, pair_window(&p), 1);
    leader_refuses(&p, &req, HUB_PROBLEM_BATCH_MISMATCH);
    pair_close(&p);
}

/* ---- The helper */

/* A good request for the current window, from the helper's own bucket. */
static struct hub_aggregate_share_req share_req(struct pair *p)
{
    const uint64_t w = pair_window(p);
    struct hub_aggregate_share_req req = {
        .collection_job_req = query(p, w, 1),
        .batch_selector = {.mode = HUB_BATCH_TIME_INTERVAL, .interval = {w, 1}},
    };
    struct hub_store_bucket bucket;
    struct hub_store_view view;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf sealed = HUB_BUF_INIT(SIZE_MAX);

    assert_int_equal(HUB_OK, hub_store_reader_open(&view, p->helper_party->store));
    assert_int_equal(HUB_OK,
                     hub_store_bucket_load(&view, p->helper_task->number, w, &bucket, &sealed));
    hub_store_reader_close(&view);
    req.report_count = bucket.n_reports;
    memcpy(req.checksum, bucket.checksum, sizeof(req.checksum));
    return req;
}

static struct hub_answer ask_helper(struct pair *p, const struct hub_aggregate_share_req *req)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    char path[128];

    path_of(path, p, "aggregate_shares");
    assert_int_equal(HUB_OK, hub_aggregate_share_req_encode(&body, req));
    return pair_call(p, false, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_AGGREGATE_SHARE_REQ),
                     leader_token, hub_buf_span(&body));
}

static void helper_refuses(struct pair *p, const struct hub_aggregate_share_req *req,
                           enum hub_problem_type problem)
{
    struct hub_answer answer = ask_helper(p, req);
    assert_true(answer.has_task);
    steps_expect_problem(answer, 400, problem);
}

static void a_share_that_may_not_be_is_refused(void **state)
{
    const char *type = hub_media_type(HUB_MESSAGE_AGGREGATE_SHARE_REQ);
    struct pair p;
    struct pair_options options = {.min_batch = 3};
    char path[128];
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    pair_settle(&p);
    const struct hub_aggregate_share_req good = share_req(&p);
    struct hub_aggregate_share_req req = good;
    assert_int_equal(req.report_count, 3);
    steps_other_task_path(path, sizeof(path), &p, "aggregate_shares");
    steps_expect_problem(
        pair_call(&p, false, HUB_CALL_POST, path, type, leader_token, HUB_SPAN_EMPTY), 404,
        HUB_PROBLEM_UNRECOGNIZED_TASK);
    path_of(path, &p, "aggregate_shares");
    steps_expect_problem(
        pair_call(&p, false, HUB_CALL_POST, path, type, leader_token, hub_span_text("x")), 400,
        HUB_PROBLEM_INVALID_MESSAGE);
    req.batch_selector.mode = HUB_BATCH_LEADER_SELECTED;
    helper_refuses(&p, &req, HUB_PROBLEM_INVALID_MESSAGE);
    req = good;
    req.batch_selector.interval.start--; /* not within the query */
    helper_refuses(&p, &req, HUB_PROBLEM_BATCH_INVALID);
    req = good;
    req.collection_job_req.query.interval.duration = 0;
    helper_refuses(&p, &req, HUB_PROBLEM_BATCH_INVALID);
    req = good;
    req.collection_job_req.agg_param = hub_span_text("parameter"); /* not the jobs' */
    helper_refuses(&p, &req, HUB_PROBLEM_INVALID_MESSAGE);
    req = good;
    req.collection_job_req.extensions = HUB_SPAN_ARRAY(extension_42_23);
    helper_refuses(&p, &req, HUB_PROBLEM_INVALID_EXTENSION);
    req.collection_job_req.extensions = HUB_SPAN_ARRAY(extension_23);
    helper_refuses(&p, &req, HUB_PROBLEM_UNSUPPORTED_EXTENSION);
    req = good;
    req.report_count++;
    helper_refuses(&p, &req, HUB_PROBLEM_BATCH_MISMATCH);
    req = good;
    req.checksum[31] ^= 1;
    helper_refuses(&p, &req, HUB_PROBLEM_BATCH_MISMATCH);
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    helper_refuses(
        &p,
        &(struct hub_aggregate_share_req){.collection_job_req = query(&p, pair_window(&p) - 1, 2),
                                          .batch_selector = good.batch_selector},
        HUB_PROBLEM_BATCH_OVERLAP);
    pair_close(&p);
}

static void the_helper_keeps_to_the_floor(void **state)
{
    struct pair p;
    struct pair_options options = {.min_batch = 5};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    pair_settle(&p);
    const struct hub_aggregate_share_req req = share_req(&p);
    helper_refuses(&p, &req, HUB_PROBLEM_INVALID_BATCH_SIZE);
    pair_close(&p);
}

/* The same request is the same share, byte by byte, also after DELETE; the window is closed to jobs
 * and to other requests from then on. */
static void a_share_is_released_once(void **state)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    struct hub_verify_resp resps[STEPS_REPORTS_MAX];
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 3, NULL);
    pair_settle(&p);
    steps_job_init(&job, &p, 2);
    const struct hub_aggregate_share_req req = share_req(&p);
    assert_int_equal(HUB_OK, hub_aggregate_share_req_encode(&body, &req));
    steps_expect_one_resource(&p, "aggregate_shares", HUB_MESSAGE_AGGREGATE_SHARE_REQ,
                              HUB_MESSAGE_AGGREGATE_SHARE, hub_buf_span(&body));
    assert_int_equal(2, steps_job_run(&job, resps));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(resps[i].type, HUB_VERIFY_RESP_REJECT);
        assert_int_equal(resps[i].error, HUB_REPORT_BATCH_COLLECTED);
    }
    struct hub_aggregate_share_req other = req;
    other.collection_job_req = query(&p, pair_window(&p) - 1, 2);
    helper_refuses(&p, &other, HUB_PROBLEM_BATCH_OVERLAP);
    steps_job_clear(&job);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_collection_that_may_not_be_is_refused),
        cmocka_unit_test(a_deleted_result_does_not_come_back),
        cmocka_unit_test(a_failed_collection_keeps_its_reason),
        cmocka_unit_test(outstanding_jobs_come_first),
        cmocka_unit_test(the_helpers_refusal_is_the_collections),
        cmocka_unit_test(a_share_that_may_not_be_is_refused),
        cmocka_unit_test(the_helper_keeps_to_the_floor),
        cmocka_unit_test(a_share_is_released_once),
    };
    return cmocka_run_group_tests_name("collection rules", tests, NULL, NULL);
}
