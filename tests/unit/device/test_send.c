/* What becomes of a report with each answer that a leader can give. */
#include "base/text.h"
#include "fixture.h"
#include "task/task.h"
#include "wire/domain.h"

#define HOUR(n) ((uint64_t)FIXTURE_FIRST_DAY * DAY_S + DAY_S + (uint64_t)(n)*3600)
static const struct hub_statement_vdaf sumvec = {
    .circuit = HUB_CIRCUIT_SUMVEC, .length = 3, .max = 255, .chunk = 5};

static void set_up(struct fixture *f)
{
    fixture_init(f, HUB_UNIT_VISIT, sumvec, 3600, 24);
    fixture_open(f, HOUR(0) - DAY_S);
}

static void put_hours(struct fixture *f, unsigned first, unsigned n)
{
    const uint64_t values[3] = {1, 2, 3};

    for (unsigned h = first; h < first + n; h++)
        assert_int_equal(hub_device_put(f->device, f->task, HOUR(h), values, 3, HOUR(h), NULL),
                         HUB_OK);
    assert_int_equal(hub_device_commit(f->device), HUB_OK);
}

static hub_status send(struct fixture *f, uint64_t now_s, struct hub_device_result *result)
{
    const struct hub_device_transport transport = fixture_transport(f);

    return hub_device_send(f->device, f->task, &transport, now_s, 100, result);
}

/* Opens both shares of the only report of the last request with the fixture's keys. */
static void open_last(struct fixture *f, struct hub_buf plain[2], uint8_t id[16])
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(1 << 16);
    struct hub_report report;
    struct hub_why why;

    assert_int_equal(f->n_last, 1);
    assert_int_equal(hub_upload_request_decode(&report, 1, hub_buf_span(&f->last)), HUB_OK);
    memcpy(id, report.metadata.id, 16);
    assert_int_equal(hub_task_new(&task, hub_buf_span(&f->statement), HUB_SPAN_EMPTY, "UTC", &why),
                     HUB_OK);
    assert_int_equal(hub_input_share_aad_encode(&aad, &task->id, hub_buf_span(&task->configuration),
                                                &report.metadata, report.public_share),
                     HUB_OK);
    for (unsigned i = 0; i < 2; i++) {
        const struct hub_ciphertext *const share =
            i == 0 ? &report.leader_share : &report.helper_share;
        struct hub_hpke_recipient *recipient;
        uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
        const struct hub_hpke_keypair *const key =
            share->config_id == 7 ? &f->keys[i] : &f->old_keys[i];
        hub_input_share_info(info, i == 0 ? HUB_ROLE_LEADER : HUB_ROLE_HELPER);
        assert_int_equal(hub_hpke_recipient_new(&recipient, key), HUB_OK);
        assert_int_equal(hub_hpke_open(recipient, &plain[i], HUB_SPAN_ARRAY(info),
                                       hub_buf_span(&aad), share->enc, share->payload),
                         HUB_OK);
        hub_hpke_recipient_free(recipient);
    }
}

static void test_accepted(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;

    (void)state;
    set_up(&f);
    assert_int_equal(hub_device_set_token(f.device, f.task, "secret"), HUB_OK);
    put_hours(&f, 0, 5);
    assert_int_equal(send(&f, HOUR(4), &r), HUB_OK);
    /* hours 0 to 2 are over and beyond their grace of ten minutes */
    assert_int_equal(r.n_expired, 4 - 1 + 0);
    assert_int_equal(r.n_accepted, 5 - r.n_expired);
    assert_int_equal(r.n_left, 0);
    assert_string_equal(f.last_token, "secret");
    assert_int_equal(f.n_gets, 2);
    put_hours(&f, 5, 1);
    assert_int_equal(send(&f, HOUR(5), &r), HUB_OK);
    assert_int_equal(f.n_gets, 4); /* the keys' hour is over */
    assert_int_equal(f.n_posts, 2);
    assert_int_equal(send(&f, HOUR(5), &r), HUB_OK); /* nothing to do */
    assert_int_equal(f.n_posts, 2);
}

/* A lost answer: the same report again, after a restart too; the leader's "replayed" is then
 * success.
 */
static void test_retry_is_the_same_report(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf first = HUB_BUF_INIT(1 << 16);
    struct hub_buf a[2] = {HUB_BUF_INIT(1 << 16), HUB_BUF_INIT(1 << 16)};
    struct hub_buf b[2] = {HUB_BUF_INIT(1 << 16), HUB_BUF_INIT(1 << 16)};
    uint8_t id_a[16];
    uint8_t id_b[16];
    struct hub_device_result r;

    (void)state;
    set_up(&f);
    put_hours(&f, 0, 1);
    f.lose_answer = true;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_E_NETWORK);
    assert_int_equal(r.n_left, 1);
    open_last(&f, a, id_a);
    assert_int_equal(hub_buf_append(&first, hub_buf_span(&f.last)), HUB_OK);
    fixture_open(&f, HOUR(0) + 30);
    assert_int_equal(hub_device_pending(f.device, f.task), 1);
    f.lose_answer = false;
    f.verdict = HUB_REPORT_REPLAYED;
    assert_int_equal(send(&f, HOUR(0) + 30, &r), HUB_OK);
    assert_int_equal(r.n_accepted, 1);
    assert_int_equal(r.n_rejected, 0);
    open_last(&f, b, id_b);
    assert_memory_equal(id_a, id_b, 16);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(hub_span_equal_var(hub_buf_span(&a[i]), hub_buf_span(&b[i])));
        hub_buf_wipe(&a[i]);
        hub_buf_wipe(&b[i]);
    }
    /* sealed anew, not sent again as it was */
    assert_false(hub_span_equal_var(hub_buf_span(&first), hub_buf_span(&f.last)));
    fixture_open(&f, HOUR(0) + 60);
    assert_int_equal(hub_device_pending(f.device, f.task), 0);
}

static void test_replayed_at_once_is_a_refusal(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;

    (void)state;
    set_up(&f);
    put_hours(&f, 0, 1);
    f.verdict = HUB_REPORT_REPLAYED;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(r.n_rejected, 1);
    assert_int_equal(r.n_by_error[HUB_REPORT_REPLAYED], 1);
    assert_int_equal(r.n_left, 0);
}

static void test_outdated_config(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;
    struct hub_buf plain[2] = {HUB_BUF_INIT(1 << 16), HUB_BUF_INIT(1 << 16)};
    uint8_t id[16];

    (void)state;
    set_up(&f);
    put_hours(&f, 0, 1);
    f.serve_old_keys = true;
    f.outdated_if_old = true;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(r.n_accepted, 1);
    assert_int_equal(f.n_posts, 2);
    assert_int_equal(f.n_gets, 4);
    open_last(&f, plain, id); /* with the new keys */
    hub_buf_wipe(&plain[0]);
    hub_buf_wipe(&plain[1]);

    /* named outdated twice: given up, as the draft says */
    put_hours(&f, 1, 1);
    f.verdict = HUB_REPORT_OUTDATED_CONFIG;
    assert_int_equal(send(&f, HOUR(1), &r), HUB_OK);
    assert_int_equal(r.n_rejected, 1);
    assert_int_equal(r.n_by_error[HUB_REPORT_OUTDATED_CONFIG], 1);
}

static void test_answers(void **state)
{
    static const struct {
        unsigned http;
        hub_status status;
    } cases[] = {
        {0, HUB_E_NETWORK},   {500, HUB_E_BUSY},    {503, HUB_E_BUSY},    {429, HUB_E_BUSY},
        {408, HUB_E_BUSY},    {413, HUB_E_SPACE},   {400, HUB_E_REFUSED}, {401, HUB_E_REFUSED},
        {404, HUB_E_REFUSED}, {302, HUB_E_REFUSED},
    };
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;

    (void)state;
    set_up(&f);
    put_hours(&f, 0, 1);
    f.retry_after_s = 17;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        f.status = cases[i].http;
        assert_int_equal(send(&f, HOUR(0), &r), cases[i].status);
        assert_int_equal(r.n_left, 1);
        if (cases[i].http != 0) {
            assert_int_equal(r.http_status, cases[i].http);
            assert_int_equal(r.retry_after_s, 17);
        }
    }
    f.status = 200;
    f.garbage = "no upload errors";
    assert_int_equal(send(&f, HOUR(0), &r), HUB_E_DECODE);
    assert_int_equal(r.n_left, 1);
    f.garbage = NULL;
    f.verdict = HUB_REPORT_TOO_EARLY;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(r.n_left, 1);
    f.verdict = 0;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(r.n_accepted, 1);
}

static void test_grace_ends(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;

    (void)state;
    set_up(&f);
    put_hours(&f, 0, 1);
    f.status = 503;
    assert_int_equal(send(&f, HOUR(0), &r), HUB_E_BUSY);
    assert_int_equal(send(&f, HOUR(1) + 599, &r), HUB_E_BUSY);
    assert_int_equal(r.n_left, 1);
    assert_int_equal(send(&f, HOUR(1) + 600, &r), HUB_OK);
    assert_int_equal(r.n_expired, 1);
    assert_int_equal(r.n_left, 0);
    fixture_open(&f, HOUR(1) + 601);
    assert_int_equal(hub_device_pending(f.device, f.task), 0);
    assert_int_equal(hub_device_put_neutral(f.device, f.task, HOUR(1), HOUR(1) + 601), HUB_OK);
}

static void test_nothing_leaves_before_the_sync(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_result r;
    const uint64_t values[3] = {1, 2, 3};

    (void)state;
    set_up(&f);
    assert_int_equal(hub_device_put(f.device, f.task, HOUR(0), values, 3, HOUR(0), NULL), HUB_OK);
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(f.n_posts, 0);
    f.fail_appends = 1;
    assert_int_equal(hub_device_commit(f.device), HUB_E_IO);
    assert_int_equal(send(&f, HOUR(0), &r), HUB_OK);
    assert_int_equal(f.n_posts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_retry_is_the_same_report),
        cmocka_unit_test(test_replayed_at_once_is_a_refusal),
        cmocka_unit_test(test_outdated_config),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_grace_ends),
        cmocka_unit_test(test_nothing_leaves_before_the_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
