/* The rules for aggregation jobs (DAP-18, "Verifying and Aggregating Reports"): what the helper
 * says to jobs made by hand, and what the leader sends and takes. */
#include "pair.h"
#include "pair_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const char leader_token[] = "leader-to-helper";

static const uint8_t extension_23[] = {0, 23, 0, 0};
static const uint8_t extension_42_23[] = {0, 42, 0, 0, 0, 23, 0, 0};

static void expect_refused(struct steps_job *job, enum hub_problem_type problem)
{
    steps_job_encode(job);
    struct hub_answer answer = steps_job_post(job);
    assert_true(answer.has_task);
    steps_expect_problem(answer, 400, problem);
}

/* What a job as a whole must be; none of these leaves a trace. */
static void a_job_that_may_not_be_is_refused(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    struct hub_verify_resp resps[STEPS_REPORTS_MAX];
    char path[128];
    (void)state;

    pair_open(&p, &options);
    steps_job_init(&job, &p, 3);
    steps_other_task_path(path, sizeof(path), &p, "aggregation_jobs");
    steps_expect_problem(pair_call(&p, false, HUB_CALL_POST, path,
                                   hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ),
                                   leader_token, hub_buf_span(&job.body)),
                         404, HUB_PROBLEM_UNRECOGNIZED_TASK);
    job.body.len--; /* cut short */
    steps_expect_problem(steps_job_post(&job), 400, HUB_PROBLEM_INVALID_MESSAGE);
    job.req.agg_param = hub_span_text("parameter");
    expect_refused(&job, HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER);
    job.req.agg_param = HUB_SPAN_EMPTY;
    job.req.verification_key_id = 7;
    expect_refused(&job, HUB_PROBLEM_INVALID_MESSAGE);
    job.req.verification_key_id = 0;
    job.req.extensions = HUB_SPAN_ARRAY(extension_42_23); /* out of order */
    expect_refused(&job, HUB_PROBLEM_INVALID_MESSAGE);
    struct hub_verify_init kept = job.inits[2];
    job.req.extensions = HUB_SPAN_EMPTY;
    job.inits[2] = job.inits[0]; /* an id twice */
    expect_refused(&job, HUB_PROBLEM_INVALID_MESSAGE);
    job.inits[2] = kept;
    steps_job_encode(&job);
    assert_int_equal(3, steps_job_run(&job, resps));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(resps[i].type, HUB_VERIFY_RESP_CONTINUE);
    steps_job_clear(&job);
    pair_close(&p);
}

static void an_unknown_job_extension_is_named(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    (void)state;

    pair_open(&p, &options);
    steps_job_init(&job, &p, 1);
    job.req.extensions = HUB_SPAN_ARRAY(extension_23);
    steps_job_encode(&job);
    struct hub_answer answer = steps_job_post(&job);
    assert_int_equal(answer.n_unsupported, 1);
    assert_int_equal(answer.unsupported[0], 23);
    steps_expect_problem(answer, 400, HUB_PROBLEM_UNSUPPORTED_EXTENSION);
    steps_job_clear(&job);
    pair_close(&p);
}

struct verdict_case {
    struct steps_report report;
    enum hub_report_error error;
};

static void expect_verdicts(struct pair *p, const struct verdict_case *cases, size_t n)
{
    struct steps_job job;
    struct hub_verify_resp resps[STEPS_REPORTS_MAX];

    steps_job_init(&job, p, 0);
    for (size_t i = 0; i < n; i++)
        steps_job_add(&job, &cases[i].report);
    steps_job_encode(&job);
    assert_int_equal(n, steps_job_run(&job, resps));
    for (size_t i = 0; i < n; i++) {
        const bool is_good = cases[i].error == HUB_REPORT_OK;
        assert_int_equal(resps[i].type,
                         is_good ? HUB_VERIFY_RESP_CONTINUE : HUB_VERIFY_RESP_REJECT);
        if (!is_good)
            assert_int_equal(resps[i].error, cases[i].error);
    }
    steps_job_clear(&job);
}

/* The checks of a report share, each with its error, in one job: the good ones go on, and the
 * response has all of them in their order. */
static void each_share_gets_its_own_verdict(void **state)
{
    struct pair p;
    struct pair_options options = {.first_s = 1767225600, .end_s = 1767225600 + 48 * 3600};
    (void)state;

    pair_open(&p, &options);
    p.now_s += 48 * 3600;
    const uint64_t first = 1767225600 / 3600;
    const struct verdict_case cases[] = {
        {{.time = first}, HUB_REPORT_OK},
        {{.time = first, .lengthen_helper_share = true}, HUB_REPORT_INVALID_MESSAGE},
        {{.time = first - 1}, HUB_REPORT_TASK_NOT_STARTED},
        {{.time = first + 48}, HUB_REPORT_TASK_EXPIRED},
        {{.time = first, .public_extensions = HUB_SPAN_ARRAY(extension_23)},
         HUB_REPORT_INVALID_MESSAGE},
        {{.time = first, .private_extensions = HUB_SPAN_ARRAY(extension_42_23)},
         HUB_REPORT_INVALID_MESSAGE},
        {{.time = first, .spoil_seal = true}, HUB_REPORT_HPKE_DECRYPT_ERROR},
        {{.time = first, .helper_config_id = 77}, HUB_REPORT_HPKE_DECRYPT_ERROR},
    };
    expect_verdicts(&p, cases, sizeof(cases) / sizeof(cases[0]));
    pair_close(&p);
}

static void more_shares_get_their_verdict(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    (void)state;

    pair_open(&p, &options);
    const struct verdict_case cases[] = {
        {{.spoil_leader_share = true}, HUB_REPORT_VDAF_VERIFY_ERROR},
        {{.time = pair_window(&p) + 1}, HUB_REPORT_TOO_EARLY},
        {{.public_extensions = HUB_SPAN_ARRAY(extension_23),
          .private_extensions = HUB_SPAN_ARRAY(extension_23)},
         HUB_REPORT_INVALID_MESSAGE}, /* a type in both lists */
        {{.public_extensions = HUB_SPAN_ARRAY(extension_42_23)},
         HUB_REPORT_INVALID_MESSAGE}, /* out of order */
        {{0}, HUB_REPORT_OK},
    };
    expect_verdicts(&p, cases, sizeof(cases) / sizeof(cases[0]));
    pair_close(&p);
}

/* The same bytes are the same job: one place, one answer, after a restart and after DELETE too;
 * other bytes are another job, in which its reports are replays. */
static void the_same_job_is_one_resource(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    struct hub_verify_resp resps[STEPS_REPORTS_MAX];
    (void)state;

    pair_open(&p, &options);
    steps_job_init(&job, &p, 4);
    steps_expect_one_resource(&p, "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ,
                              HUB_MESSAGE_AGGREGATION_JOB_RESP, hub_buf_span(&job.body));
    job.n = 3; /* other bytes */
    steps_job_encode(&job);
    assert_int_equal(3, steps_job_run(&job, resps));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(resps[i].type, HUB_VERIFY_RESP_REJECT);
        assert_int_equal(resps[i].error, HUB_REPORT_REPLAYED);
    }
    job.n = 4;
    steps_job_clear(&job);
    pair_close(&p);
}

static void continue_job(struct pair *p, const char *location, uint16_t step,
                         const struct hub_verify_continue *items, size_t n, unsigned status,
                         enum hub_problem_type problem)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(4096);

    assert_int_equal(HUB_OK, hub_aggregation_job_continue_req_encode(&body, step, items, n));
    steps_expect_problem(pair_call(p, false, HUB_CALL_POST, location,
                                   hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_CONTINUE_REQ),
                                   leader_token, hub_buf_span(&body)),
                         status, problem);
}

/* A job of one round is complete: nothing continues it, and nothing that is tried changes it. */
static void a_complete_job_is_not_continued(void **state)
{
    const char *type = hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_CONTINUE_REQ);
    struct pair p;
    struct pair_options options = {0};
    struct steps_job job;
    char path[160];
    (void)state;

    pair_open(&p, &options);
    steps_job_init(&job, &p, 2);
    struct hub_answer first = steps_job_post(&job);
    struct hub_verify_continue items[2] = {{.payload = hub_span_text("x")},
                                           {.payload = hub_span_text("y")}};
    for (size_t i = 0; i < 2; i++)
        memcpy(items[i].id, job.inits[i].metadata.id, HUB_REPORT_ID_LEN);
    continue_job(&p, first.location, 0, items, 2, 400, HUB_PROBLEM_INVALID_MESSAGE);
    continue_job(&p, first.location, 1, items, 2, 400, HUB_PROBLEM_INVALID_MESSAGE);
    continue_job(&p, first.location, 1, NULL, 0, 400, HUB_PROBLEM_STEP_MISMATCH);
    continue_job(&p, first.location, 7, NULL, 0, 400, HUB_PROBLEM_STEP_MISMATCH);
    memcpy(items[1].id, items[0].id, HUB_REPORT_ID_LEN);
    continue_job(&p, first.location, 1, items, 2, 400, HUB_PROBLEM_INVALID_MESSAGE);
    steps_expect_problem(
        pair_call(&p, false, HUB_CALL_POST, first.location, type, leader_token, hub_span_text("x")),
        400, HUB_PROBLEM_INVALID_MESSAGE);
    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA",
                   p.task->label);
    continue_job(&p, path, 1, items, 1, 404, HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB);
    steps_other_task_path(path, sizeof(path), &p, "aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA");
    continue_job(&p, path, 1, items, 1, 404, HUB_PROBLEM_UNRECOGNIZED_TASK);
    struct hub_answer again = steps_job_post(&job);
    assert_true(hub_span_equal_var(hub_buf_span(&again.body), hub_buf_span(&first.body)));
    hub_answer_clear(&again);
    hub_answer_clear(&first);
    steps_job_clear(&job);
    pair_close(&p);
}

/* ---- The leader's side, seen from the wire */

enum { BODIES_MAX = 32 };

struct wire {
    struct pair *p;
    pthread_mutex_t lock;
    size_t n;
    struct hub_buf bodies[BODIES_MAX]; /* of the aggregation jobs that were sent */
    unsigned n_polls;
    bool polls_have_step;
    void (*change)(struct hub_peer_reply *reply);
    unsigned n_changes; /* so many replies more */
};

static void note_request(void *self, const struct hub_peer_request *request)
{
    struct wire *w = self;

    pthread_mutex_lock(&w->lock);
    if (request->is_location && strstr(request->path, "/aggregation_jobs/") != NULL) {
        w->n_polls++;
        w->polls_have_step = w->polls_have_step && strstr(request->path, "?step=0") != NULL;
    } else if (request->content_type != NULL && w->n < BODIES_MAX &&
               hub_media_type_is(request->content_type, HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ)) {
        struct hub_buf *body = &w->bodies[w->n++];
        *body = (struct hub_buf)HUB_BUF_INIT(request->body.len);
        assert_int_equal(HUB_OK, hub_buf_append(body, request->body));
    }
    pthread_mutex_unlock(&w->lock);
}

static void change_reply(void *self, struct hub_peer_reply *reply)
{
    struct wire *w = self;

    pthread_mutex_lock(&w->lock);
    if (w->n_changes > 0 && reply->body.len != 0) {
        w->n_changes--;
        w->change(reply);
    }
    pthread_mutex_unlock(&w->lock);
}

static void wire_init(struct wire *w, struct pair *p)
{
    *w = (struct wire){.p = p, .polls_have_step = true};
    pthread_mutex_init(&w->lock, NULL);
    p->hook_self = w;
    p->on_request = note_request;
    p->on_reply = change_reply;
}

static void wire_clear(struct wire *w)
{
    for (size_t i = 0; i < w->n; i++)
        hub_buf_clear(&w->bodies[i]);
    pthread_mutex_destroy(&w->lock);
}

static struct hub_aggregation_job_init_req sent(const struct wire *w, size_t i,
                                                struct hub_verify_init *inits, size_t max)
{
    struct hub_aggregation_job_init_req req;

    assert_true(i < w->n);
    assert_int_equal(HUB_OK,
                     hub_aggregation_job_init_req_decode(&req, hub_buf_span(&w->bodies[i])));
    assert_in_range(req.n_verify_inits, 1, max);
    assert_int_equal(HUB_OK, hub_verify_inits_decode(inits, &req));
    return req;
}

/* A retry has the same bytes, also after a restart; no extension and the one parameter there is. */
static void a_retry_has_the_same_bytes(void **state)
{
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    struct hub_verify_init inits[16];
    struct wire w;
    (void)state;

    pair_open(&p, &options);
    wire_init(&w, &p);
    p.drop_replies = 3;
    steps_upload(&p, 9, NULL);
    while (p.drop_replies > 1) {
        const struct timespec pause = {.tv_nsec = 1000000};
        (void)nanosleep(&pause, NULL);
    }
    pair_restart_leader(&p);
    pair_settle(&p);
    assert_in_range(w.n, 4, BODIES_MAX);
    for (size_t i = 1; i < w.n; i++)
        assert_true(hub_span_equal_var(hub_buf_span(&w.bodies[0]), hub_buf_span(&w.bodies[i])));
    const struct hub_aggregation_job_init_req req = sent(&w, 0, inits, 16);
    assert_int_equal(req.n_verify_inits, 9);
    assert_int_equal(req.agg_param.len, 0);
    assert_int_equal(req.extensions.len, 0);
    steps_expect_total(&p, pair_window(&p), 1, 9, 9);
    wire_clear(&w);
    pair_close(&p);
}

/* What the leader can see is bad never reaches the helper, and what was rejected never comes back,
 * nor what was counted. */
static void rejected_reports_are_not_sent_again(void **state)
{
    struct pair p;
    struct pair_options options = {0};
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_verify_init inits[16];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(1 << 20);
    const struct steps_report reports[] = {
        {.spoil_leader_seal = true}, {.spoil_seal = true}, {.spoil_leader_share = true}, {0}};
    uint8_t ids[4][HUB_REPORT_ID_LEN];
    struct wire w;
    (void)state;

    pair_open(&p, &options);
    wire_init(&w, &p);
    for (size_t i = 0; i < 4; i++)
        steps_report_append(&p, &body, &reports[i], ids[i]);
    assert_int_equal(0, pair_upload(&p, hub_buf_span(&body), NULL, errors, STEPS_ERRORS_MAX));
    pair_settle(&p);
    assert_int_equal(4, pair_upload(&p, hub_buf_span(&body), NULL, errors, STEPS_ERRORS_MAX));
    pair_restart_leader(&p);
    steps_upload(&p, 2, NULL);
    steps_expect_total(&p, pair_window(&p), 1, 3, 3);
    assert_int_equal(w.n, 2);
    assert_int_equal(sent(&w, 0, inits, 16).n_verify_inits, 3);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(inits[i].metadata.id, ids[i + 1], HUB_REPORT_ID_LEN);
    assert_int_equal(sent(&w, 1, inits, 16).n_verify_inits, 2);
    wire_clear(&w);
    pair_close(&p);
}

static void swap_first_two(struct hub_peer_reply *reply)
{
    struct hub_verify_resp resps[16];
    size_t n;
    struct hub_buf changed = HUB_BUF_INIT(1 << 20);

    if (!hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATION_JOB_RESP))
        return;
    assert_int_equal(HUB_OK, hub_aggregation_job_resp_count(&n, hub_buf_span(&reply->body)));
    assert_int_equal(HUB_OK, hub_aggregation_job_resp_decode(resps, n, hub_buf_span(&reply->body)));
    const struct hub_verify_resp first = resps[0];
    resps[0] = resps[1];
    resps[1] = first;
    assert_int_equal(HUB_OK, hub_aggregation_job_resp_encode(&changed, resps, n));
    hub_buf_clear(&reply->body);
    hub_buf_move(&reply->body, &changed);
}

static void finish_first(struct hub_peer_reply *reply)
{
    if (hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATION_JOB_RESP)) {
        struct hub_verify_resp resps[16];
        size_t n;
        struct hub_buf changed = HUB_BUF_INIT(1 << 20);
        assert_int_equal(HUB_OK, hub_aggregation_job_resp_count(&n, hub_buf_span(&reply->body)));
        assert_int_equal(HUB_OK,
                         hub_aggregation_job_resp_decode(resps, n, hub_buf_span(&reply->body)));
        resps[0].type = HUB_VERIFY_RESP_FINISH;
        assert_int_equal(HUB_OK, hub_aggregation_job_resp_encode(&changed, resps, n));
        hub_buf_clear(&reply->body);
        hub_buf_move(&reply->body, &changed);
    }
}

/* A response with other reports, in another order or with a type that cannot be: nothing of it is
 * taken, and the reports are counted later. */
static void a_response_that_does_not_fit_is_not_taken(void **state)
{
    static void (*const changes[])(struct hub_peer_reply *) = {swap_first_two, finish_first};
    struct pair p;
    struct pair_options options = {.retry_ms = 1};
    struct wire w;
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        pair_open(&p, &options);
        wire_init(&w, &p);
        w.change = changes[i];
        w.n_changes = 3;
        steps_upload(&p, 5, NULL);
        pair_settle(&p);
        assert_int_equal(w.n_changes, 0);
        assert_int_equal(w.n, 4);
        w.n_changes = 0;
        steps_expect_total(&p, pair_window(&p), 1, 5, 5);
        wire_clear(&w);
        pair_close(&p);
    }
}

static void a_poll_says_which_step(void **state)
{
    struct pair p;
    struct pair_options options = {.helper_is_async = true};
    struct wire w;
    (void)state;

    pair_open(&p, &options);
    wire_init(&w, &p);
    steps_upload(&p, 5, NULL);
    pair_settle(&p);
    assert_true(w.n_polls > 0);
    assert_true(w.polls_have_step);
    wire_clear(&w);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_may_not_be_is_refused),
        cmocka_unit_test(an_unknown_job_extension_is_named),
        cmocka_unit_test(each_share_gets_its_own_verdict),
        cmocka_unit_test(more_shares_get_their_verdict),
        cmocka_unit_test(the_same_job_is_one_resource),
        cmocka_unit_test(a_complete_job_is_not_continued),
        cmocka_unit_test(a_retry_has_the_same_bytes),
        cmocka_unit_test(rejected_reports_are_not_sent_again),
        cmocka_unit_test(a_response_that_does_not_fit_is_not_taken),
        cmocka_unit_test(a_poll_says_which_step),
    };
    return cmocka_run_group_tests_name("aggregation rules", tests, NULL, NULL);
}
