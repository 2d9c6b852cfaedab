/* Aggregation jobs when the helper is not what the leader expects: too small, too slow,
 * asynchronous, with another clock, or answering nonsense. Whatever it does, an acknowledged report
 * is counted once. */
#include "pair.h"
#include "pair_steps.h"

#include "wire/aggregation_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const char leader_token[] = "leader-to-helper";
static const char collector_token[] = "collector-to-leader";

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* 40 reports, and a helper that takes about 10 at once. */
static void a_job_too_large_for_the_helper_is_divided(void **state)
{
    struct pair p;
    struct pair_options options = {.helper_job_bytes_max = 2600};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 40, NULL);
    pair_settle(&p);
    assert_in_range(p.n_exchanges, 6, 12);
    const unsigned n_before = p.n_exchanges;
    steps_upload(&p, 40, NULL); /* what was learnt stays learnt: none is refused */
    pair_settle(&p);
    assert_in_range(p.n_exchanges - n_before, 4, 8);
    steps_expect_total(&p, pair_window(&p), 1, 80, 80);
    pair_close(&p);
}

/* The helper has counted the job, its answer is lost, and now it takes less: in two parts its
 * reports would be replays. The job waits as it is, and the collection says why. */
static void a_job_that_may_be_counted_is_not_divided(void **state)
{
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    (void)state;

    pair_open(&p, &options);
    p.drop_replies = 1000;
    steps_upload(&p, 40, NULL);
    while (p.drop_replies == 1000)
        pause_ms(1);
    p.options.helper_job_bytes_max = 2600;
    pair_restart_helper(&p);
    p.drop_replies = 0;
    steps_expect_stuck(&p);
    p.options.helper_job_bytes_max = 0;
    pair_restart_helper(&p);
    steps_expect_total(&p, pair_window(&p), 1, 40, 40);
    pair_close(&p);
}

/* However long the helper talks nonsense, no report is given up, others go on meanwhile, and who
 * asks for the window hears of it. */
static void nonsense_parks_a_job_and_loses_nothing(void **state)
{
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    (void)state;

    pair_open(&p, &options);
    p.spoil_replies = 1000;
    steps_upload(&p, 6, NULL);
    steps_expect_stuck(&p);
    p.spoil_replies = 0;
    p.now_s += 3600;
    steps_upload(&p, 4, NULL); /* not held up by the parked one */
    steps_expect_total(&p, pair_window(&p), 1, 4, 4);
    steps_expect_total(&p, pair_window(&p) - 1, 1, 6, 6);
    pair_close(&p);
}

/* A job that is parked is so after a restart too, and is tried again. */
static void a_parked_job_survives_a_restart(void **state)
{
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    (void)state;

    pair_open(&p, &options);
    p.refuse_status = 400;
    steps_upload(&p, 6, NULL);
    steps_expect_stuck(&p);
    pair_restart_leader(&p);
    p.refuse_status = 0;
    steps_expect_total(&p, pair_window(&p), 1, 6, 6);
    pair_close(&p);
}

/* Statuses that say nothing about the job: it is sent again, and not parked. */
static void an_unwilling_helper_only_delays(void **state)
{
    static const unsigned statuses[] = {500, 503, 401, 404, 429};
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    (void)state;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        pair_open(&p, &options);
        p.refuse_status = statuses[i];
        steps_upload(&p, 3, NULL);
        pause_ms(50);
        p.refuse_status = 0;
        steps_expect_total(&p, pair_window(&p), 1, 3, 3);
        pair_close(&p);
    }
}

static void an_asynchronous_helper_is_polled(void **state)
{
    struct pair p;
    struct pair_options options = {.helper_is_async = true};
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 30, NULL);
    pair_settle(&p);
    pair_restart_helper(&p);
    steps_upload(&p, 30, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 60, 60);
    pair_close(&p);
}

static struct hub_answer post_job(struct pair *p, hub_span body)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregation_jobs", p->task->label);
    return pair_call(p, false, HUB_CALL_POST, path,
                     hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ), leader_token, body);
}

static struct hub_answer get(struct pair *p, bool is_leaders, const char *location)
{
    return pair_call(p, is_leaders, HUB_CALL_GET, location, NULL,
                     is_leaders ? collector_token : leader_token, HUB_SPAN_EMPTY);
}

/* "must abort with the error that caused the failure": to the poll, as to the request. */
static void a_deferred_job_fails_with_its_error(void **state)
{
    const hub_span nonsense = hub_span_text("nothing of the kind");
    struct pair p;
    struct pair_options options = {.helper_is_async = true};
    char location[HUB_CALL_LOCATION_MAX];
    (void)state;

    pair_open(&p, &options);
    struct hub_answer answer = post_job(&p, nonsense);
    assert_int_equal(answer.status, 202);
    assert_int_equal(answer.body.len, 0);
    assert_true(answer.retry_after_s > 0);
    assert_non_null(strstr(answer.location, "?step=0"));
    memcpy(location, answer.location, sizeof(location));
    hub_answer_clear(&answer);
    for (int i = 0; i < 500 && answer.status < 400; i++) {
        pause_ms(2);
        answer = get(&p, false, location);
    }
    assert_int_equal(answer.status, 400);
    assert_int_equal(answer.problem, HUB_PROBLEM_INVALID_MESSAGE);
    hub_answer_clear(&answer);
    answer = post_job(&p, nonsense); /* the same request: the same resource, tried anew */
    assert_int_equal(answer.status, 202);
    assert_string_equal(answer.location, location);
    hub_answer_clear(&answer);
    pair_close(&p);
}

/* The one step of a job of one round. */
static void a_step_that_there_is_not_is_a_mismatch(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    char target[HUB_CALL_LOCATION_MAX + 16];
    (void)state;

    pair_open(&p, &options);
    steps_job_init(&job, &p, 3);
    struct hub_answer answer = post_job(&p, hub_buf_span(&job.body));
    assert_int_equal(answer.status, 201);
    (void)snprintf(target, sizeof(target), "%s?step=0", answer.location);
    struct hub_answer got = get(&p, false, target);
    assert_int_equal(got.status, 200);
    assert_true(hub_span_equal_var(hub_buf_span(&got.body), hub_buf_span(&answer.body)));
    hub_answer_clear(&got);
    (void)snprintf(target, sizeof(target), "%s?step=1", answer.location);
    steps_expect_problem(get(&p, false, target), 400, HUB_PROBLEM_STEP_MISMATCH);
    (void)snprintf(target, sizeof(target), "%s?step=x", answer.location);
    steps_expect_problem(get(&p, false, target), 400, HUB_PROBLEM_INVALID_MESSAGE);
    hub_answer_clear(&answer);
    steps_job_clear(&job);
    pair_close(&p);
}

/* A report of the next window, which our clock allows and the helper's does not yet. */
static void a_report_too_early_for_the_helper_comes_again(void **state)
{
    struct pair p;
    struct hub_leader_stats stats;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.now_s += 3600 - 100;
    p.helper_ahead_s = -250;
    steps_upload_at(&p, pair_window(&p) + 1, 5);
    steps_upload(&p, 2, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 2, 2);
    hub_leader_stats(p.leader, &stats);
    assert_true(stats.n_deferred >= 5); /* five reports, each time that they were put off */
    assert_int_equal(stats.n_deferred % 5, 0);
    pair_restart_leader(&p); /* it waits in the store */
    p.helper_ahead_s = 0;
    steps_expect_total(&p, pair_window(&p) + 1, 1, 5, 5);
    pair_close(&p);
}

/* Alone, and so in the same bytes each time: the helper's first answer must not stand for ever. */
static void reports_too_early_alone_come_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    p.now_s += 3600 - 100;
    p.helper_ahead_s = -250;
    steps_upload_at(&p, pair_window(&p) + 1, 5);
    for (unsigned ms = 0; p.n_exchanges == 0 && ms < 10000; ms += 10)
        pause_ms(10);
    p.helper_ahead_s = 0;
    p.now_s += 3600;
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_too_large_for_the_helper_is_divided),
        cmocka_unit_test(a_job_that_may_be_counted_is_not_divided),
        cmocka_unit_test(nonsense_parks_a_job_and_loses_nothing),
        cmocka_unit_test(a_parked_job_survives_a_restart),
        cmocka_unit_test(an_unwilling_helper_only_delays),
        cmocka_unit_test(an_asynchronous_helper_is_polled),
        cmocka_unit_test(a_deferred_job_fails_with_its_error),
        cmocka_unit_test(a_step_that_there_is_not_is_a_mismatch),
        cmocka_unit_test(a_report_too_early_for_the_helper_comes_again),
        cmocka_unit_test(reports_too_early_alone_come_again),
    };
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
