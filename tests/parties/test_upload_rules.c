/* The rules for uploads and for HPKE configurations (DAP-18, "Upload Request" and "HPKE
 * Configuration Request"), at the leader's door. */
#include "pair.h"
#include "pair_steps.h"

#include "wire/hpke_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* One item of type 0x0017 or 0xff01 without data. */
static const uint8_t extension_23[] = {0, 23, 0, 0};
static const uint8_t extension_ff01[] = {0xff, 1, 0, 0};

static size_t upload(struct pair *p, const struct hub_buf *body, struct hub_upload_status *errors)
{
    return pair_upload(p, hub_buf_span(body), NULL, errors, STEPS_ERRORS_MAX);
}

/* Each report has its own verdict, in the order of the request; what was accepted is not named. */
static void errors_stand_in_the_order_of_the_request(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf once = HUB_BUF_INIT(1 << 20);
    uint8_t ids[8][HUB_REPORT_ID_LEN];
    (void)state;

    pair_open(&p, &options);
    const uint64_t w = pair_window(&p);
    const struct steps_report reports[] = {
        {.time = w + 1000},                                  /* too early */
        {0},                                                 /* good */
        {.leader_config_id = 77},                            /* outdated */
        {.public_extensions = HUB_SPAN_ARRAY(extension_23)}, /* unknown */
        {0},                                                 /* good */
        {.time = w + 2000},                                  /* too early */
    };
    static const struct {
        size_t report;
        enum hub_report_error error;
    } expected[] = {{0, HUB_REPORT_TOO_EARLY},
                    {2, HUB_REPORT_OUTDATED_CONFIG},
                    {3, HUB_REPORT_INVALID_MESSAGE},
                    {5, HUB_REPORT_TOO_EARLY},
                    {6, HUB_REPORT_REPLAYED}};
    for (size_t i = 0; i < 6; i++)
        steps_report_append(&p, &body, &reports[i], ids[i]);
    steps_report_append(&p, &once, &reports[1], ids[6]);
    assert_int_equal(0, upload(&p, &once, errors));
    assert_int_equal(HUB_OK, hub_buf_append(&body, hub_buf_span(&once)));
    assert_int_equal(5, upload(&p, &body, errors));
    for (size_t i = 0; i < 5; i++) {
        assert_memory_equal(errors[i].id, ids[expected[i].report], HUB_REPORT_ID_LEN);
        assert_int_equal(errors[i].error, expected[i].error);
    }
    steps_expect_total(&p, w, 1, 3, 3);
    pair_close(&p);
}

static void the_same_request_changes_nothing(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    const struct steps_report report = {0};
    (void)state;

    pair_open(&p, &options);
    for (size_t i = 0; i < 5; i++)
        steps_report_append(&p, &body, &report, NULL);
    assert_int_equal(0, upload(&p, &body, errors));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(5, upload(&p, &body, errors));
        assert_int_equal(errors[4].error, HUB_REPORT_REPLAYED);
        pair_restart_leader(&p);
    }
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    assert_int_equal(5, upload(&p, &body, errors)); /* collected: discarded still */
    assert_int_not_equal(errors[0].error, HUB_REPORT_OK);
    pair_close(&p);
}

static void reports_outside_the_task_interval_are_discarded(void **state)
{
    struct pair p;
    struct pair_options options = {.first_s = 1767225600, .end_s = 1767225600 + 24 * 3600};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    (void)state;

    pair_open(&p, &options);
    const uint64_t w = pair_window(&p);
    p.now_s += 24 * 3600;
    const struct steps_report reports[] = {
        {.time = w - 1}, {.time = w}, {.time = w + 23}, {.time = w + 24}};
    for (size_t i = 0; i < 4; i++)
        steps_report_append(&p, &body, &reports[i], NULL);
    assert_int_equal(2, upload(&p, &body, errors));
    assert_int_equal(errors[0].error, HUB_REPORT_DROPPED);
    assert_int_equal(errors[1].error, HUB_REPORT_DROPPED);
    steps_expect_total(&p, w, 24, 2, 2);
    pair_close(&p);
}

/* Five minutes of clock skew are forgiven, no more ("usually no more than a few minutes"). */
static void a_few_minutes_of_clock_skew_are_forgiven(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    (void)state;

    pair_open(&p, &options);
    const struct steps_report report = {.time = pair_window(&p) + 1};
    steps_report_append(&p, &body, &report, NULL);
    p.now_s += 3600 - 301;
    assert_int_equal(1, upload(&p, &body, errors));
    assert_int_equal(errors[0].error, HUB_REPORT_TOO_EARLY);
    p.now_s += 1;
    assert_int_equal(0, upload(&p, &body, errors)); /* the client may come again with it */
    steps_expect_total(&p, report.time, 1, 1, 1);
    pair_close(&p);
}

static size_t keys_served(struct pair *p, struct hub_hpke_config_view *out, struct hub_buf *bytes)
{
    struct hub_answer answer =
        pair_call(p, true, HUB_CALL_GET, "/hpke_config", NULL, NULL, HUB_SPAN_EMPTY);
    size_t n = 0;

    assert_int_equal(answer.status, 200);
    assert_true(answer.max_age_s > 0);
    hub_buf_clear(bytes);
    hub_buf_move(bytes, &answer.body);
    assert_int_equal(HUB_OK, hub_hpke_config_list_decode(out, &n, 4, hub_buf_span(bytes)));
    return n;
}

/* A new key comes in front, the old one opens what was sealed to it: reports that wait, and those
 * of clients that still have it in their caches. When it is gone, they are told. */
static void keys_rotate_and_old_reports_are_opened(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_hpke_config_view views[4];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf list = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf cached = HUB_BUF_INIT(1 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf late = HUB_BUF_INIT(1 << 20);
    const struct steps_report report = {0};
    (void)state;

    pair_open(&p, &options);
    p.helper_is_down = true;
    steps_upload(&p, 3, NULL); /* wait, sealed to the old key */
    steps_report_append(&p, &cached, &report, NULL);
    steps_report_append(&p, &late, &report, NULL);

    p.older_leader_key = p.leader_key;
    assert_int_equal(HUB_OK, hub_hpke_keypair_generate(&p.leader_key, 9, &p.rng));
    pair_restart_leader(&p);
    assert_int_equal(2, keys_served(&p, views, &list));
    assert_int_equal(views[0].id, 9);
    assert_int_equal(views[1].id, 1);
    assert_int_equal(0, upload(&p, &cached, errors));
    cached.len = 0;
    steps_report_append(&p, &cached, &report, NULL); /* sealed to the new one */
    assert_int_equal(0, upload(&p, &cached, errors));
    p.helper_is_down = false;
    pair_settle(&p);

    p.older_leader_key = (struct hub_hpke_keypair){0};
    pair_restart_leader(&p);
    assert_int_equal(1, keys_served(&p, views, &list));
    assert_int_equal(1, upload(&p, &late, errors));
    assert_int_equal(errors[0].error, HUB_REPORT_OUTDATED_CONFIG);
    steps_expect_total(&p, pair_window(&p), 1, 5, 5);
    pair_close(&p);
}

/* Unknown extensions, and one type in both lists: never aggregated, whether they are seen at upload
 * or when the share is opened. */
static void reports_with_unknown_extensions_are_discarded(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    const struct steps_report reports[] = {
        {.public_extensions = HUB_SPAN_ARRAY(extension_ff01)},
        {.private_extensions = HUB_SPAN_ARRAY(extension_23)},
        {.public_extensions = HUB_SPAN_ARRAY(extension_23),
         .private_extensions = HUB_SPAN_ARRAY(extension_23)},
        {0},
    };
    (void)state;

    pair_open(&p, &options);
    for (size_t i = 0; i < 4; i++)
        steps_report_append(&p, &body, &reports[i], NULL);
    assert_int_equal(2, upload(&p, &body, errors)); /* the private ones are not seen yet */
    assert_int_equal(errors[0].error, HUB_REPORT_INVALID_MESSAGE);
    assert_int_equal(errors[1].error, HUB_REPORT_INVALID_MESSAGE);
    steps_expect_total(&p, pair_window(&p), 1, 1, 1);
    pair_close(&p);
}

/* Made under another statement: the configuration is bound into the report, so it does not open. */
static void a_report_of_another_configuration_is_not_counted(void **state)
{
    struct pair p;
    struct pair other;
    struct pair_options options = {0};
    struct pair_options other_options = {.min_batch = 2};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    (void)state;

    pair_open(&p, &options);
    pair_open(&other, &other_options);
    const struct steps_report reports[] = {{.task = other.collected.task}, {0}};
    for (size_t i = 0; i < 2; i++)
        steps_report_append(&p, &body, &reports[i], NULL);
    assert_int_equal(0, upload(&p, &body, errors));
    steps_expect_total(&p, pair_window(&p), 1, 1, 1);
    pair_close(&other);
    pair_close(&p);
}

static void an_empty_request_is_accepted(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    const struct hub_buf none = {0};
    (void)state;

    pair_open(&p, &options);
    assert_int_equal(0, upload(&p, &none, errors));
    pair_close(&p);
}

/* Ids in paths are base64url without padding, of the right length, in one way only. */
static void ids_in_paths_have_one_spelling(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    char path[160];
    (void)state;

    pair_open(&p, &options);
    const char *type = hub_media_type(HUB_MESSAGE_UPLOAD_REQ);
    static const char *const wrong[] = {"/tasks/%s=/reports", "/tasks/%.42s/reports",
                                        "/tasks/%sA/reports", "/tasks/%.42s+/reports"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(path, sizeof(path), wrong[i], p.task->label);
#pragma GCC diagnostic pop
        steps_expect_problem(pair_call(&p, true, HUB_CALL_POST, path, type, NULL, HUB_SPAN_EMPTY),
                             404, HUB_PROBLEM_UNRECOGNIZED_TASK);
    }
    pair_close(&p);
}

/* A second task with the id of the first is none, whatever else it says. */
static void a_task_id_is_one_task(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_why why = {0};
    struct hub_party_task_config config = {.peer_token = "token"};
    const struct hub_task_plain plain = {
        .task_info = hub_span_text("another"),
        .leader_url = "http://leader.test/",
        .helper_url = "http://helper.test/",
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_COUNT},
        .time_precision = 60,
        .min_batch = 7,
        .batch_mode = HUB_BATCH_TIME_INTERVAL,
    };
    (void)state;

    pair_open(&p, &options);
    struct hub_task_plain same_id = plain;
    same_id.id = p.task_id;
    assert_int_equal(HUB_OK, hub_task_new_plain(&config.task, &same_id, &why));
    config.collector = p.collector_key.config;
    config.secret.role = HUB_ROLE_LEADER;
    config.secret.task_id = p.task_id;
    assert_int_equal(HUB_E_CONFLICT, hub_party_task_add(p.leader_party, &config, NULL, &why));
    hub_task_free(config.task);
    steps_upload(&p, 2, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 2, 2);
    pair_close(&p);
}

/* While the disk has too little room nothing is taken that would make the database grow; what was
 * acknowledged before is finished and released. */
static void a_disk_that_is_low_takes_no_uploads(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    const struct steps_report report = {0};
    struct steps_job job;
    char path[128];
    (void)state;

    pair_open(&p, &options);
    p.helper_is_down = true;
    steps_upload(&p, 4, NULL);
    p.options.disk_free_min = UINT64_MAX;
    pair_restart_leader(&p);
    steps_report_append(&p, &body, &report, NULL);
    (void)snprintf(path, sizeof(path), "/tasks/%s/reports", p.task->label);
    struct hub_answer answer =
        pair_call(&p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL,
                  hub_buf_span(&body));
    assert_true(answer.retry_after_s > 0);
    steps_expect_problem(answer, 503, HUB_PROBLEM_NONE);
    p.helper_is_down = false;
    steps_expect_total(&p, pair_window(&p), 1, 4, 4);
    pair_restart_helper(&p); /* the helper's disk too */
    steps_job_init(&job, &p, 2);
    answer = steps_job_post(&job);
    assert_true(answer.retry_after_s > 0);
    steps_expect_problem(answer, 503, HUB_PROBLEM_NONE);
    steps_job_clear(&job);
    p.options.disk_free_min = 0;
    pair_restart_leader(&p);
    pair_restart_helper(&p);
    p.now_s += 3600;
    body.len = 0;
    steps_report_append(&p, &body, &report, NULL);
    assert_int_equal(0, upload(&p, &body, errors));
    steps_expect_total(&p, pair_window(&p), 1, 1, 1);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_stand_in_the_order_of_the_request),
        cmocka_unit_test(the_same_request_changes_nothing),
        cmocka_unit_test(reports_outside_the_task_interval_are_discarded),
        cmocka_unit_test(a_few_minutes_of_clock_skew_are_forgiven),
        cmocka_unit_test(keys_rotate_and_old_reports_are_opened),
        cmocka_unit_test(reports_with_unknown_extensions_are_discarded),
        cmocka_unit_test(a_report_of_another_configuration_is_not_counted),
        cmocka_unit_test(an_empty_request_is_accepted),
        cmocka_unit_test(ids_in_paths_have_one_spelling),
        cmocka_unit_test(a_task_id_is_one_task),
        cmocka_unit_test(a_disk_that_is_low_takes_no_uploads),
    };
    return cmocka_run_group_tests_name("upload rules", tests, NULL, NULL);
}
