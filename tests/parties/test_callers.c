/* Who may send and ask: registered services, tokens, and what is no upload at all. */
#include "../postgres/database.h"
#include "pair_steps.h"

#include "leader/leader_internal.h"
#include "store/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char collector_token[] = "collector-to-leader";
static const char leader_token[] = "leader-to-helper";

static void parcel_init(struct hub_parcel *parcel)
{
    *parcel = (struct hub_parcel){.body = HUB_BUF_INIT(16 << 20)};
}

/* Another report of a service that is counted: rows know which one that was, memory that was
 * rebuilt does not. */
static unsigned after_restart(void)
{
    return test_is_on_server() ? HUB_REPORT_DROPPED : HUB_REPORT_REPLAYED;
}

/* Services: one report a window each, by token. */
static void services_have_one_report_a_window(void **state)
{
    struct pair p;
    struct pair_options options = {.n_services = 4, .min_batch = 3};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel;
    char path[128];
    (void)state;

    pair_open(&p, &options);
    (void)snprintf(path, sizeof(path), "/tasks/%s/reports", p.task->label);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    const char *type = hub_media_type(HUB_MESSAGE_UPLOAD_REQ);
    steps_expect_problem(
        pair_call(&p, true, HUB_CALL_POST, path, type, NULL, hub_buf_span(&parcel.body)), 401,
        HUB_PROBLEM_NONE);
    steps_expect_problem(pair_call(&p, true, HUB_CALL_POST, path, type, "service-9-token",
                                   hub_buf_span(&parcel.body)),
                         403, HUB_PROBLEM_NONE);
    const char *token = pair_service_token(0);
    assert_int_equal(0,
                     pair_upload(&p, hub_buf_span(&parcel.body), token, errors, STEPS_ERRORS_MAX));
    /* its own report again; another one of the same service */
    assert_int_equal(1,
                     pair_upload(&p, hub_buf_span(&parcel.body), token, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_REPLAYED);
    parcel.body.len = 0;
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(2,
                     pair_upload(&p, hub_buf_span(&parcel.body), token, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_DROPPED);
    assert_int_equal(errors[1].error, HUB_REPORT_DROPPED);
    pair_settle(&p);
    pair_restart_leader(&p);
    assert_int_equal(2,
                     pair_upload(&p, hub_buf_span(&parcel.body), token, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, after_restart()); /* counted before */
    /* a second service, and one whose report is bad and then good: the slot comes back */
    steps_upload(&p, 1, pair_service_token(1));
    steps_expect_problem(pair_collect(&p, pair_window(&p), 1), 400, HUB_PROBLEM_INVALID_BATCH_SIZE);
    parcel.body.len = 0;
    pair_report(&p, &parcel, HUB_PARCEL_BAD_PROOF, 1);
    assert_int_equal(0, pair_upload(&p, hub_buf_span(&parcel.body), pair_service_token(2), errors,
                                    STEPS_ERRORS_MAX));
    pair_settle(&p);
    steps_upload(&p, 1, pair_service_token(2));
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

static void a_floor_of_services_counts_each_once(void **state)
{
    struct pair p;
    struct pair_options options = {.n_services = 4, .min_batch = 3};
    (void)state;

    pair_open(&p, &options);
    for (int w = 0; w < 3; w++) { /* six reports of two services */
        steps_upload(&p, 1, pair_service_token(0));
        steps_upload(&p, 1, pair_service_token(1));
        p.now_s += 3600;
    }
    steps_expect_problem(pair_collect(&p, pair_window(&p) - 3, 3), 400,
                         HUB_PROBLEM_INVALID_BATCH_SIZE);
    p.now_s -= 3600;
    steps_upload(&p, 1, pair_service_token(3));
    steps_expect_total(&p, pair_window(&p) - 2, 3, 7, 7);
    pair_close(&p);
}

/* Services come and go between two starts: those that were counted stay counted. */
static void services_may_join_later(void **state)
{
    struct pair p;
    struct pair_options options = {.n_services = 2, .min_batch = 3};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel;
    (void)state;

    pair_open(&p, &options);
    steps_upload(&p, 1, pair_service_token(1));
    pair_settle(&p);
    p.options.n_services = 5;
    pair_restart_leader(&p);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(1, pair_upload(&p, hub_buf_span(&parcel.body), pair_service_token(1), errors,
                                    STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, after_restart());
    steps_upload(&p, 1, pair_service_token(4));
    steps_upload(&p, 1, pair_service_token(2));
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

/* A call that must be refused like this. */
static void refused(struct pair *p, bool to_leader, enum hub_call_method method, const char *path,
                    const char *type, const char *token, hub_span body, unsigned status,
                    enum hub_problem_type problem)
{
    steps_expect_problem(pair_call(p, to_leader, method, path, type, token, body), status, problem);
}

static void nothing_waits(struct pair *p)
{
    struct hub_store_pending pending;
    struct hub_store_view view;

    pair_settle(p);
    assert_int_equal(HUB_OK, hub_store_reader_open(&view, p->leader_party->store));
    assert_int_equal(HUB_OK, hub_store_pending(&view, p->task->number, &pending));
    hub_store_reader_close(&view);
    assert_int_equal(pending.n_reports, 0);
}

static void what_is_no_upload_changes_nothing(void **state)
{
    const char *type = hub_media_type(HUB_MESSAGE_UPLOAD_REQ);
    struct pair p;
    struct pair_options options = {0};
    struct hub_parcel parcel;
    char path[128];
    (void)state;

    pair_open(&p, &options);
    (void)snprintf(path, sizeof(path), "/tasks/%s/reports", p.task->label);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    const hub_span body = hub_buf_span(&parcel.body);
    for (size_t n = 1; n < body.len; n += 7) /* cut short */
        refused(&p, true, HUB_CALL_POST, path, type, NULL, (hub_span){body.ptr, n}, 400,
                HUB_PROBLEM_INVALID_MESSAGE);
    assert_int_equal(HUB_OK, hub_buf_append(&parcel.body, hub_span_of("x", 1)));
    refused(&p, true, HUB_CALL_POST, path, type, NULL, hub_buf_span(&parcel.body), 400,
            HUB_PROBLEM_INVALID_MESSAGE);
    refused(&p, true, HUB_CALL_POST, path, "text/plain", NULL, body, 415, HUB_PROBLEM_NONE);
    refused(&p, true, HUB_CALL_POST, path, NULL, NULL, body, 415, HUB_PROBLEM_NONE);
    refused(&p, true, HUB_CALL_GET, path, NULL, NULL, HUB_SPAN_EMPTY, 405, HUB_PROBLEM_NONE);
    refused(&p, true, HUB_CALL_POST, "/tasks/AAAA/reports", type, NULL, body, 404,
            HUB_PROBLEM_UNRECOGNIZED_TASK);
    refused(&p, true, HUB_CALL_POST, "/nowhere", type, NULL, body, 404, HUB_PROBLEM_NONE);
    refused(&p, false, HUB_CALL_POST, path, type, NULL, body, 404, HUB_PROBLEM_UNRECOGNIZED_TASK);
    nothing_waits(&p);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

static void only_the_right_token_opens(void **state)
{
    const char *collection = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ);
    const char *init = hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ);
    const hub_span body = hub_span_text("nothing of the kind");
    struct pair p;
    struct pair_options options = {0};
    char collect[128];
    char jobs[128];
    (void)state;

    pair_open(&p, &options);
    (void)snprintf(collect, sizeof(collect), "/tasks/%s/collection_jobs", p.task->label);
    (void)snprintf(jobs, sizeof(jobs), "/tasks/%s/aggregation_jobs", p.task->label);
    refused(&p, true, HUB_CALL_POST, collect, collection, NULL, body, 401, HUB_PROBLEM_NONE);
    refused(&p, true, HUB_CALL_POST, collect, collection, leader_token, body, 403,
            HUB_PROBLEM_NONE);
    refused(&p, true, HUB_CALL_POST, collect, collection, collector_token, body, 400,
            HUB_PROBLEM_INVALID_MESSAGE);
    refused(&p, true, HUB_CALL_POST, jobs, init, leader_token, body, 404,
            HUB_PROBLEM_UNRECOGNIZED_TASK);
    refused(&p, false, HUB_CALL_POST, jobs, init, NULL, body, 401, HUB_PROBLEM_NONE);
    refused(&p, false, HUB_CALL_POST, jobs, init, collector_token, body, 403, HUB_PROBLEM_NONE);
    refused(&p, false, HUB_CALL_POST, jobs, init, leader_token, body, 400,
            HUB_PROBLEM_INVALID_MESSAGE);
    pair_close(&p);
}

/* Returns what stood there. */
static struct hub_leader_task *put_task(struct pair *p, struct hub_leader_task *task)
{
    struct hub_leader_task **const at = &p->leader->tasks[p->task->index];

    pthread_mutex_lock(&p->leader->lock);
    struct hub_leader_task *before = *at;
    *at = task;
    pthread_mutex_unlock(&p->leader->lock);
    return before;
}

/* A task that is being added is known to the party first. */
static void a_task_that_is_not_taken_up_yet_says_come_back(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_parcel parcel;
    char path[128];
    (void)state;

    pair_open(&p, &options);
    (void)snprintf(path, sizeof(path), "/tasks/%s/reports", p.task->label);
    parcel_init(&parcel);
    pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
    struct hub_leader_task *const taken_up = put_task(&p, NULL);
    refused(&p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL,
            hub_buf_span(&parcel.body), 503, HUB_PROBLEM_NONE);
    steps_expect_problem(pair_collect(&p, pair_window(&p), 1), 503, HUB_PROBLEM_NONE);
    (void)put_task(&p, taken_up);
    nothing_waits(&p);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

static void keys_come_with_a_lifetime(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    struct hub_answer keys =
        pair_call(&p, true, HUB_CALL_GET, "/hpke_config", NULL, NULL, HUB_SPAN_EMPTY);
    assert_int_equal(keys.status, 200);
    assert_int_equal(keys.message, HUB_MESSAGE_HPKE_CONFIG_LIST);
    assert_int_equal(keys.max_age_s, 86400);
    hub_answer_clear(&keys);
    pair_close(&p);
}

static void a_foreign_key_id_is_outdated(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_hpke_config other;
    struct hub_maker *maker;
    struct hub_parcel parcel;
    const struct hub_measurement one = {.number = 1};
    (void)state;

    pair_open(&p, &options);
    other = p.leader_key.config;
    other.id = 99;
    assert_int_equal(HUB_OK, hub_maker_new(&maker, p.collected.task, p.vdaf, &other,
                                           &p.helper_key.config, &p.rng));
    parcel_init(&parcel);
    assert_int_equal(HUB_OK, hub_maker_add(maker, &parcel, pair_window(&p), &one));
    assert_int_equal(1,
                     pair_upload(&p, hub_buf_span(&parcel.body), NULL, errors, STEPS_ERRORS_MAX));
    assert_int_equal(errors[0].error, HUB_REPORT_OUTDATED_CONFIG);
    hub_maker_free(maker);
    hub_parcel_clear(&parcel);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_have_one_report_a_window),
        cmocka_unit_test(a_floor_of_services_counts_each_once),
        cmocka_unit_test(services_may_join_later),
        cmocka_unit_test(what_is_no_upload_changes_nothing),
        cmocka_unit_test(only_the_right_token_opens),
        cmocka_unit_test(a_task_that_is_not_taken_up_yet_says_come_back),
        cmocka_unit_test(keys_come_with_a_lifetime),
        cmocka_unit_test(a_foreign_key_id_is_outdated),
    };
    return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
