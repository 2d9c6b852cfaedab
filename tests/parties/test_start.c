/* What an aggregator does at its start: with a database that was rolled back, a key that is
 * missing, files that do not say what they must. */
#include "place.h"

#include "base/file.h"
#include "wire/media_type.h"
#include "wire/upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY = 20500, DAY_S = 86400 };

static const char *program;

/* Runs a shell command in the place's folder. */
static void shell(const struct place *p, const char *command)
{
    char line[1024];

    (void)snprintf(line, sizeof(line), "cd %s && (%s)", p->folder, command);
    if (system(line) != 0) /* NOLINT(cert-env33-c): a test, with words of its own */
        fail_msg("%s", line);
}

static bool log_has(const struct place *p, int which, const char *text)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf log = HUB_BUF_INIT(64 << 20);

    assert_int_equal(HUB_OK, hub_file_read(&log, p->parties[which].log, NULL));
    return memmem(log.ptr, log.len, text, strlen(text)) != NULL;
}

/* The error of each report, or HUB_REPORT_OK; all must have the same. */
static unsigned send(struct place *p, struct hub_http_client *client, uint64_t window, size_t n)
{
    struct hub_maker *maker;
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(4 << 20)};
    struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    const struct hub_measurement m = {.number = 1};
    unsigned error = HUB_REPORT_OK;

    assert_int_equal(HUB_OK, hub_maker_new(&maker, p->task, p->vdaf, &p->configs[PLACE_LEADER],
                                           &p->configs[PLACE_HELPER], &p->rng));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(HUB_OK, hub_maker_add(maker, &parcel, window, &m));
    place_path(p, path, "reports");
    assert_int_equal(HUB_OK, place_fetch(p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                                         hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL,
                                         hub_buf_span(&parcel.body)));
    assert_int_equal(response.status, 200);
    if (response.body.len != 0) {
        assert_int_equal(response.body.len, n * HUB_UPLOAD_STATUS_LEN);
        error = response.body.ptr[HUB_REPORT_ID_LEN];
    }
    hub_http_response_clear(&response);
    hub_parcel_clear(&parcel);
    hub_maker_free(maker);
    return error;
}

static const char *ask(struct place *p, struct hub_http_client *client, uint64_t window,
                       char problem[128])
{
    struct hub_buf body = {0};
    unsigned status = place_collect(p, client, window, 1, &body, problem, 20000);

    hub_buf_clear(&body);
    if (status / 100 == 2)
        return "released";
    const char *colon = strrchr(problem, ':');
    return colon == NULL ? problem : colon + 1;
}

static void a_database_that_was_rolled_back_burns_its_windows(void **state)
{
    const struct hub_statement s = place_count_statement(DAY);
    struct place p;
    char problem[128];
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S + 3600, 0, false);
    struct hub_http_client *client = place_client(&p);
    assert_int_equal(HUB_REPORT_OK, send(&p, client, DAY, 120));
    hub_stepped_clock_advance(&p.clock, (uint64_t)(DAY + 1) * DAY_S + 3600);
    assert_int_equal(HUB_REPORT_OK, send(&p, client, DAY + 1, 120));
    assert_int_equal(0, place_stop(&p, PLACE_LEADER));
    shell(&p, "mkdir image && cp leader/leader.db* image/");
    place_start_await(&p, PLACE_LEADER);
    hub_stepped_clock_advance(&p.clock, (uint64_t)(DAY + 2) * DAY_S + 7 * 3600);
    assert_string_equal(ask(&p, client, DAY, problem), "released");
    assert_int_equal(0, place_stop(&p, PLACE_LEADER));
    /* the image of before the release: its ledger does not hold the head outside */
    shell(&p, "rm -f leader/leader.db* && cp image/leader.db* leader/");
    place_start_await(&p, PLACE_LEADER);
    assert_true(log_has(&p, PLACE_LEADER, "store.restored"));
    hub_stepped_clock_advance(&p.clock, (uint64_t)(DAY + 3) * DAY_S + 7 * 3600);
    assert_string_equal(ask(&p, client, DAY, problem), "batchInvalid");
    assert_string_equal(ask(&p, client, DAY + 1, problem), "batchInvalid");
    assert_int_equal(HUB_REPORT_OK, send(&p, client, DAY + 3, 120)); /* a window of afterwards */
    hub_stepped_clock_advance(&p.clock, (uint64_t)(DAY + 6) * DAY_S);
    assert_string_equal(ask(&p, client, DAY + 3, problem), "released");
    hub_http_client_free(client);
    place_close(&p);
}

/* Exit code of a start that must fail. */
static int failed_start(struct place *p, int which)
{
    int status = 0;

    place_start(p, which);
    (void)waitpid(p->parties[which].pid, &status, 0);
    p->parties[which].pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void a_start_that_cannot_be_says_why(void **state)
{
    const struct hub_statement s = place_count_statement(DAY);
    struct place p;
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S, 0, false);
    assert_int_equal(0, place_stop(&p, PLACE_HELPER));
    shell(&p, "mv helper/keys/accumulator.key k");
    assert_int_equal(2, failed_start(&p, PLACE_HELPER));
    assert_true(log_has(&p, PLACE_HELPER, "put the key back"));
    shell(&p, "mv k helper/keys/accumulator.key && mv helper/keys/operator.key k");
    assert_int_not_equal(0, failed_start(&p, PLACE_HELPER));
    assert_true(log_has(&p, PLACE_HELPER, "operator.key"));
    shell(&p, "mv k helper/keys/operator.key && cp helper/keys/operator.key "
              "helper/keys/operator-2025.key");
    assert_int_equal(2, failed_start(&p, PLACE_HELPER));
    assert_true(log_has(&p, PLACE_HELPER, "another key has the configuration id"));
    shell(&p, "rm helper/keys/operator-2025.key && echo 'lisen = 127.0.0.1:1' >>helper/helper.ini");
    assert_int_equal(2, failed_start(&p, PLACE_HELPER));
    assert_true(log_has(&p, PLACE_HELPER, "lisen"));
    shell(&p, "sed -i '$d' helper/helper.ini && echo 'workers = many' >>helper/helper.ini");
    assert_int_equal(2, failed_start(&p, PLACE_HELPER));
    assert_true(log_has(&p, PLACE_HELPER, "workers"));
    shell(&p, "sed -i '$d' helper/helper.ini");
    place_start_await(&p, PLACE_HELPER);
    place_close(&p);
}

static void a_task_file_with_a_wrong_character_is_refused(void **state)
{
    const struct hub_statement s = place_count_statement(DAY);
    struct place p;
    struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S, 0, false);
    assert_int_equal(0, place_stop(&p, PLACE_LEADER));
    shell(&p, "sed -i 's/^sigma2: \\(.*\\)/sigma2: \\15/' leader/tasks/yes.statement");
    place_start_await(&p, PLACE_LEADER); /* others could still run */
    assert_true(log_has(&p, PLACE_LEADER, "task.refused file=yes.task.ini"));
    struct hub_http_client *client = place_client(&p);
    place_path(&p, path, "reports");
    assert_int_equal(HUB_OK,
                     place_fetch(&p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                                 hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL, hub_span_text("x")));
    assert_int_equal(response.status, 404);
    hub_http_response_clear(&response);
    hub_http_client_free(client);
    place_close(&p);
}

/* One task spends the population's whole day; a second one is refused by both, and the first one
 * runs on. */
static void a_task_beyond_the_budget_is_refused(void **state)
{
    struct hub_statement s = place_count_statement(DAY);
    struct hub_task *more = NULL;
    struct hub_why why = {0};
    struct place p;
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S + 3600, 0, false);
    (void)snprintf(s.name, sizeof(s.name), "more");
    const struct hub_trial_parties parties = {.folder = p.folder,
                                              .leader_name = "Leader",
                                              .leader_url = p.parties[PLACE_LEADER].url,
                                              .helper_name = "Helper",
                                              .helper_url = p.parties[PLACE_HELPER].url,
                                              .collector_name = "Office"};
    const struct hub_trial_task trial = {
        .statement = s, .rho_day = (uint64_t)1 << 28, .time_zone = "UTC"};
    assert_int_equal(HUB_OK, hub_trial_task_new(&more, &parties, &trial, &p.rng, &why));
    for (int i = 0; i < PLACE_N_PARTIES; i++) {
        assert_int_equal(0, place_stop(&p, i));
        place_start_await(&p, i);
        assert_true(log_has(&p, i, "task.refused file=more.task.ini"));
        assert_true(log_has(&p, i, "task.admitted"));
    }
    struct hub_http_client *client = place_client(&p);
    assert_int_equal(HUB_REPORT_OK, send(&p, client, DAY, 3));
    hub_http_client_free(client);
    hub_task_free(more);
    place_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_that_was_rolled_back_burns_its_windows),
        cmocka_unit_test(a_start_that_cannot_be_says_why),
        cmocka_unit_test(a_task_file_with_a_wrong_character_is_refused),
        cmocka_unit_test(a_task_beyond_the_budget_is_refused),
    };
    if (argc != 2) {
        (void)fputs("usage: test_start STEPPED_AGGREGATOR\n", stderr);
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
