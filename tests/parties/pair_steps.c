/* Reports and jobs by hand: what the device and the leader do, with a knob at each step. */
#include "pair_steps.h"

#include "vdaf/ping_pong.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const char leader_token[] = "leader-to-helper";

void steps_upload_at(struct pair *p, uint64_t window, size_t n)
{
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(16 << 20);
    const struct steps_report report = {.time = window};

    for (size_t i = 0; i < n; i++)
        steps_report_append(p, &body, &report, NULL);
    assert_int_equal(0, pair_upload(p, hub_buf_span(&body), NULL, errors, STEPS_ERRORS_MAX));
}

void steps_upload(struct pair *p, size_t n, const char *token)
{
    struct hub_upload_status errors[STEPS_ERRORS_MAX];
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(16 << 20)};

    for (size_t i = 0; i < n; i++)
        pair_report(p, &parcel, HUB_PARCEL_GOOD, 1);
    assert_int_equal(0,
                     pair_upload(p, hub_buf_span(&parcel.body), token, errors, STEPS_ERRORS_MAX));
    hub_parcel_clear(&parcel);
}

void steps_expect_total(struct pair *p, uint64_t start, uint64_t duration, uint64_t n,
                        int64_t total)
{
    struct hub_collection c = {0};
    struct hub_answer answer = pair_collect(p, start, duration);

    for (int i = 0; i < 500 && answer.status == 503; i++) { /* a parked job that goes on now */
        const struct timespec pause = {.tv_nsec = 20000000};
        hub_answer_clear(&answer);
        (void)nanosleep(&pause, NULL);
        answer = pair_collect(p, start, duration);
    }
    assert_int_equal(answer.status / 100, 2);
    assert_true(answer.has_message);
    pair_open_totals(p, &c, start, duration, hub_buf_span(&answer.body));
    assert_int_equal(c.n_reports, n);
    assert_int_equal(c.totals[0], total);
    hub_collection_clear(&c);
    hub_answer_clear(&answer);
}

void steps_expect_problem(struct hub_answer answer, unsigned status, enum hub_problem_type problem)
{
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.problem, problem);
    hub_answer_clear(&answer);
}

void steps_expect_stuck(struct pair *p)
{
    struct hub_answer answer = pair_collect(p, pair_window(p), 1);

    assert_int_equal(answer.status, 503);
    assert_string_equal(answer.refusal, "jobParked");
    assert_true(answer.retry_after_s > 0);
    hub_answer_clear(&answer);
}

void steps_expect_one_resource(struct pair *p, const char *what, enum hub_message request,
                               enum hub_message response, hub_span body)
{
    const char *const type = hub_media_type(request);
    char path[128];

    (void)snprintf(path, sizeof(path), "/tasks/%s/%s", p->task->label, what);
    struct hub_answer first = pair_call(p, false, HUB_CALL_POST, path, type, leader_token, body);
    assert_int_equal(first.status, 201);
    assert_int_equal(first.message, response);
    for (int i = 0; i < 3; i++) {
        struct hub_answer again =
            pair_call(p, false, HUB_CALL_POST, path, type, leader_token, body);
        assert_int_equal(again.status, 200);
        assert_string_equal(again.location, first.location);
        assert_true(hub_span_equal_var(hub_buf_span(&again.body), hub_buf_span(&first.body)));
        hub_answer_clear(&again);
        if (i == 0)
            pair_restart_helper(p);
        if (i == 1) {
            again = pair_call(p, false, HUB_CALL_DELETE, first.location, NULL, leader_token,
                              HUB_SPAN_EMPTY);
            assert_int_equal(again.status, 204);
            hub_answer_clear(&again);
        }
    }
    struct hub_answer got =
        pair_call(p, false, HUB_CALL_GET, first.location, NULL, leader_token, HUB_SPAN_EMPTY);
    assert_int_equal(got.status, 200);
    assert_true(hub_span_equal_var(hub_buf_span(&got.body), hub_buf_span(&first.body)));
    hub_answer_clear(&got);
    hub_answer_clear(&first);
}

void steps_other_task_path(char *out, size_t size, const struct pair *p, const char *what)
{
    (void)snprintf(out, size, "/tasks/%c%s/%s", p->task->label[0] == 'A' ? 'B' : 'A',
                   p->task->label + 1, what);
}

/* ---- Reports */

static void spoil(struct hub_buf *b)
{
    b->ptr[b->len / 2] ^= 1;
}

/* One share, wrapped and sealed; its bytes are put into payload and enc. */
static void seal(struct pair *p, struct hub_ciphertext *out, struct hub_buf *payload, uint8_t *enc,
                 enum hub_role role, hub_span share, hub_span private_extensions, hub_span aad)
{
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf plain = HUB_BUF_INIT(1 << 20);
    struct hub_hpke_sender *sender;
    const struct hub_plaintext_input_share message = {private_extensions, share};
    const struct hub_hpke_config *config =
        role == HUB_ROLE_LEADER ? &p->leader_key.config : &p->helper_key.config;

    hub_input_share_info(info, role);
    assert_int_equal(HUB_OK, hub_plaintext_input_share_encode(&plain, &message));
    assert_int_equal(HUB_OK, hub_hpke_sender_new(&sender, config));
    assert_int_equal(HUB_OK, hub_buf_reserve(payload, plain.len + HUB_HPKE_TAG_LEN));
    payload->len = plain.len + HUB_HPKE_TAG_LEN;
    assert_int_equal(HUB_OK, hub_hpke_sender_seal(sender, enc, payload->ptr, HUB_SPAN_ARRAY(info),
                                                  aad, hub_buf_span(&plain), &p->rng));
    hub_hpke_sender_free(sender);
    *out = (struct hub_ciphertext){config->id, hub_span_of(enc, HUB_HPKE_ENC_LEN),
                                   hub_buf_span(payload)};
}

static void seal_report(struct pair *p, struct hub_buf *out, const struct steps_report *r,
                        struct hub_device_report *report)
{
    const struct hub_task *task = r->task == NULL ? p->collected.task : r->task;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(1 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf leader = HUB_BUF_INIT(1 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf helper = HUB_BUF_INIT(1 << 20);
    uint8_t enc[2][HUB_HPKE_ENC_LEN];
    struct hub_report sealed = {
        .metadata = {.time = report->time, .public_extensions = r->public_extensions},
        .public_share = hub_buf_span(&report->public_share)};

    memcpy(sealed.metadata.id, report->id, sizeof(sealed.metadata.id));
    assert_int_equal(HUB_OK, hub_input_share_aad_encode(&aad, &p->task_id,
                                                        hub_buf_span(&task->configuration),
                                                        &sealed.metadata, sealed.public_share));
    seal(p, &sealed.leader_share, &leader, enc[0], HUB_ROLE_LEADER,
         hub_buf_span(&report->input_share[0]), r->private_extensions, hub_buf_span(&aad));
    seal(p, &sealed.helper_share, &helper, enc[1], HUB_ROLE_HELPER,
         hub_buf_span(&report->input_share[1]), r->private_extensions, hub_buf_span(&aad));
    if (r->spoil_seal)
        spoil(&helper);
    if (r->spoil_leader_seal)
        spoil(&leader);
    if (r->leader_config_id != 0)
        sealed.leader_share.config_id = r->leader_config_id;
    if (r->helper_config_id != 0)
        sealed.helper_share.config_id = r->helper_config_id;
    assert_int_equal(HUB_OK, hub_report_encode(out, &sealed));
}

static void shard(struct pair *p, const struct steps_report *r, struct hub_device_report *report)
{
    const struct hub_measurement one = {.number = 1};
    const uint64_t time = r->time == 0 ? pair_window(p) : r->time;

    assert_int_equal(HUB_OK,
                     hub_device_report_shard(report, &p->task_id, p->vdaf, time, &one, &p->rng));
    if (r->spoil_leader_share)
        report->input_share[0].ptr[0] ^= 1;
    if (r->lengthen_helper_share) {
        report->input_share[1].max++;
        assert_int_equal(HUB_OK, hub_buf_append(&report->input_share[1], hub_span_of("x", 1)));
    }
}

void steps_report_append(struct pair *p, struct hub_buf *out, const struct steps_report *r,
                         uint8_t id[HUB_REPORT_ID_LEN])
{
    struct hub_device_report report = {0};

    shard(p, r, &report);
    seal_report(p, out, r, &report);
    if (id != NULL)
        memcpy(id, report.id, HUB_REPORT_ID_LEN);
    hub_device_report_wipe(&report);
}

/* ---- Jobs */

/* The leader's first message for a report. */
static void leader_init(struct pair *p, const struct hub_device_report *report, struct hub_buf *out)
{
    const struct hub_verify_in in = {report->id, hub_buf_span(&report->public_share),
                                     hub_buf_span(&report->input_share[0])};
    void *workspace = malloc(hub_ping_pong_workspace_len(p->vdaf, 1));
    uint8_t *state = malloc(hub_vdaf_verify_state_len(p->vdaf));
    uint8_t verdict = HUB_VDAF_ACCEPTED;

    assert_non_null(workspace);
    assert_non_null(state);
    *out = (struct hub_buf)HUB_BUF_INIT(1 << 20);
    assert_int_equal(HUB_OK, hub_buf_reserve(out, hub_ping_pong_initialize_len(p->vdaf)));
    out->len = hub_ping_pong_initialize_len(p->vdaf);
    hub_ping_pong_leader_init(p->vdaf, workspace, 1, HUB_SPAN_ARRAY(p->task->secret.verify_key),
                              HUB_SPAN_ARRAY(p->task->context), &in, &verdict, state, out->ptr);
    assert_int_equal(verdict, HUB_VDAF_ACCEPTED);
    free(workspace);
    free(state);
}

void steps_job_add(struct steps_job *job, const struct steps_report *r)
{
    struct hub_device_report report = {0};
    struct hub_report view;

    assert_true(job->n < STEPS_REPORTS_MAX);
    job->reports[job->n] = (struct hub_buf)HUB_BUF_INIT(1 << 20);
    shard(job->p, r, &report);
    seal_report(job->p, &job->reports[job->n], r, &report);
    leader_init(job->p, &report, &job->payloads[job->n]);
    hub_device_report_wipe(&report);
    assert_int_equal(HUB_OK, hub_report_decode(&view, hub_buf_span(&job->reports[job->n])));
    job->inits[job->n] = (struct hub_verify_init){
        .metadata = view.metadata,
        .public_share = view.public_share,
        .encrypted_input_share = view.helper_share,
        .payload = hub_buf_span(&job->payloads[job->n]),
    };
    job->n++;
}

void steps_job_encode(struct steps_job *job)
{
    job->body.len = 0;
    assert_int_equal(
        HUB_OK, hub_aggregation_job_init_req_encode(&job->body, &job->req, job->inits, job->n));
}

void steps_job_init(struct steps_job *job, struct pair *p, size_t n)
{
    const struct steps_report report = {0};

    *job = (struct steps_job){.p = p, .body = HUB_BUF_INIT(1 << 20)};
    for (size_t i = 0; i < n; i++)
        steps_job_add(job, &report);
    steps_job_encode(job);
}

struct hub_answer steps_job_post(struct steps_job *job)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/tasks/%s/aggregation_jobs", job->p->task->label);
    return pair_call(job->p, false, HUB_CALL_POST, path,
                     hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ), leader_token,
                     hub_buf_span(&job->body));
}

size_t steps_job_run(struct steps_job *job, struct hub_verify_resp *resps)
{
    struct hub_answer answer = steps_job_post(job);
    size_t n;

    assert_int_equal(answer.status / 100, 2);
    assert_true(answer.has_message);
    assert_int_equal(answer.message, HUB_MESSAGE_AGGREGATION_JOB_RESP);
    assert_int_equal(HUB_OK, hub_aggregation_job_resp_count(&n, hub_buf_span(&answer.body)));
    assert_int_equal(n, job->n);
    assert_int_equal(HUB_OK, hub_aggregation_job_resp_decode(resps, n, hub_buf_span(&answer.body)));
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(resps[i].id, job->inits[i].metadata.id, HUB_REPORT_ID_LEN);
        resps[i].payload.ptr = NULL; /* its bytes go with the answer; the length stays */
    }
    hub_answer_clear(&answer);
    return n;
}

void steps_job_clear(struct steps_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        hub_buf_clear(&job->reports[i]);
        hub_buf_clear(&job->payloads[i]);
    }
    hub_buf_clear(&job->body);
}
