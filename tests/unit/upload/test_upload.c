/* The upload loop against a leader that is slow, full, away or short of space. */
#include "../device/fixture.h"
#include "fake_leader.h"
#include "upload/upload.h"

#include <time.h>

/* A device whose task names the fake leader; its helper's keys come from there too. */
struct world {
    struct fixture f;
    struct fake_leader leader;
    struct hub_buf keys; /* an HpkeConfigList */
    uint64_t now_s;
    struct hub_upload_config config;
    struct hub_device_result sum;
    unsigned n_told;
    uint32_t longest_pause_ms;
    /* what the leader does with uploads, in order; the last one stays */
    const struct fake_answer *script;
    size_t n_script;
    size_t n_uploads;
    size_t reports_max; /* 413 beyond it; 0: none */
};

static struct fake_answer answer(struct fake_leader *leader, size_t number,
                                 const struct fake_request *r)
{
    struct world *const w = leader->self;
    size_t n;

    (void)number;
    if (fake_ends(r->path, "/hpke_config"))
        return (struct fake_answer){.status = 200,
                                    .content_type = hub_media_type(HUB_MESSAGE_HPKE_CONFIG_LIST),
                                    .body = hub_buf_span(&w->keys),
                                    .cache_control = "max-age=60"};
    if (hub_upload_request_count(&n, hub_buf_span(&r->body)) != HUB_OK)
        return (struct fake_answer){.status = 400};
    if (w->reports_max != 0 && n > w->reports_max)
        return (struct fake_answer){.status = 413};
    const size_t i = w->n_uploads++;
    if (w->n_script == 0)
        return (struct fake_answer){.status = 200};
    return w->script[i < w->n_script ? i : w->n_script - 1];
}

static void told(void *self, const struct hub_device_result *sum, uint32_t pause_ms)
{
    struct world *const w = self;

    (void)sum;
    w->n_told++;
    if (pause_ms > w->longest_pause_ms)
        w->longest_pause_ms = pause_ms;
}

static uint64_t world_now(void *self)
{
    return ((const struct world *)self)->now_s;
}

/* The fixture's statement with both URLs turned to the fake leader. */
static void point_to(struct hub_buf *statement, const char *url)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf old = HUB_BUF_INIT(1 << 16);
    struct hub_statement s;
    struct hub_why why;

    assert_int_equal(hub_statement_parse(&s, hub_buf_span(statement), &why), HUB_OK);
    (void)snprintf(s.leader.url, sizeof(s.leader.url), "%s", url);
    (void)snprintf(s.helper.url, sizeof(s.helper.url), "%s/helper", url);
    hub_buf_move(&old, statement);
    *statement = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    assert_int_equal(hub_statement_write(statement, &s, &why), HUB_OK);
}

static void world_init(struct world *w, unsigned n_reports)
{
    const struct hub_statement_vdaf sum = {.circuit = HUB_CIRCUIT_SUM, .max = 255};
    const uint64_t start = (uint64_t)FIXTURE_FIRST_DAY * DAY_S + DAY_S;

    *w = (struct world){.keys = HUB_BUF_INIT(1024)};
    fixture_init(&w->f, HUB_UNIT_VISIT, sum, 60, 1440);
    w->leader.self = w;
    w->leader.answer = answer;
    assert_int_equal(fake_leader_start(&w->leader), HUB_OK);
    const struct hub_hpke_config_view view = {7, HUB_HPKE_KEM_X25519, HUB_HPKE_KDF_SHA256,
                                              HUB_HPKE_AEAD_AES_128_GCM,
                                              HUB_SPAN_ARRAY(w->f.keys[0].config.public_key)};
    assert_int_equal(hub_hpke_config_list_encode(&w->keys, &view, 1), HUB_OK);
    point_to(&w->f.statement, w->leader.url);
    fixture_open(&w->f, start - 3600);
    w->now_s = start + 540; /* ten minutes, all within the grace of ten minutes */
    for (uint64_t i = 0; i < n_reports; i++) {
        const uint64_t value = i;
        assert_int_equal(
            hub_device_put(w->f.device, w->f.task, start + i * 60, &value, 1, w->now_s, NULL),
            HUB_OK);
    }
    assert_int_equal(hub_device_commit(w->f.device), HUB_OK);
    w->config = hub_upload_config();
    w->config.rng = hub_system_rng();
    w->config.patience_s = 5;
    w->config.pause_first_ms = 10;
    w->config.pause_max_ms = 40;
    w->config.told = told;
    w->config.self = w;
}

static void world_clear(struct world *w)
{
    fake_leader_stop(&w->leader);
    fixture_clear(&w->f);
    hub_buf_clear(&w->keys);
}

static hub_status run(struct world *w, struct hub_why *why)
{
    const struct hub_clock clock = {world_now, w};

    return hub_upload_run(w->f.device, w->f.task, &w->config, &clock, &w->sum, why);
}

static void test_batches(void **state)
{
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 10);
    w.config.batch = 4;
    assert_int_equal(hub_device_set_token(w.f.device, w.f.task, "token-of-a-desk"), HUB_OK);
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_int_equal(w.sum.n_accepted, 10);
    assert_int_equal(w.sum.n_left, 0);
    assert_int_equal(w.n_uploads, 3);
    assert_int_equal(w.leader.n_requests, 5); /* two key lists, once */
    assert_string_equal(w.leader.requests[2].authorization, "Bearer token-of-a-desk");
    assert_string_equal(w.leader.requests[2].content_type, hub_media_type(HUB_MESSAGE_UPLOAD_REQ));
    assert_int_equal(w.n_told, 3);
}

static void test_comes_back(void **state)
{
    static const struct fake_answer script[] = {{.status = 503}, {.status = 500}, {.status = 200}};
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 3);
    w.script = script;
    w.n_script = 3;
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_int_equal(w.sum.n_accepted, 3);
    assert_int_equal(w.n_uploads, 3);
    assert_true(w.longest_pause_ms <= 20);
    /* the same reports: ids stand at the front of each request */
    assert_memory_equal(w.leader.requests[2].body.ptr, w.leader.requests[3].body.ptr, 16);
    assert_memory_equal(w.leader.requests[2].body.ptr, w.leader.requests[4].body.ptr, 16);
}

static void test_retry_after(void **state)
{
    static const struct fake_answer script[] = {
        {.status = 429, .has_retry_after = true, .retry_after_s = 1}, {.status = 200}};
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 1);
    w.script = script;
    w.n_script = 2;
    const uint64_t before_ms = hub_monotonic_ms();
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_true(hub_monotonic_ms() - before_ms >= 1000);
}

static void test_patience_ends(void **state)
{
    static const struct fake_answer script[] = {{.status = 503}};
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 2);
    w.script = script;
    w.n_script = 1;
    w.config.patience_s = 1;
    assert_int_equal(run(&w, &why), HUB_E_BUSY);
    assert_non_null(strstr(why.text, "503"));
    assert_int_equal(w.sum.n_left, 2);
    assert_true(w.n_uploads >= 5);
    assert_true(w.longest_pause_ms <= 40); /* the pause stops growing */
    assert_int_equal(hub_device_pending(w.f.device, w.f.task), 2);
}

static void test_refused(void **state)
{
    static const char problem[] = "{\"type\":\"urn:ietf:params:ppm:dap:error:unrecognizedTask\","
                                  "\"detail\":\"no such task here\"}";
    static const struct fake_answer script[] = {
        {.status = 400,
         .content_type = "application/problem+json",
         .body = {(const uint8_t *)problem, sizeof(problem) - 1}}};
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 2);
    w.script = script;
    w.n_script = 1;
    assert_int_equal(run(&w, &why), HUB_E_REFUSED);
    assert_non_null(strstr(why.text, "unrecognizedTask"));
    assert_non_null(strstr(why.text, "no such task here"));
    assert_int_equal(w.n_uploads, 1);
}

static void test_smaller_requests(void **state)
{
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 10);
    w.reports_max = 3;
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_int_equal(w.sum.n_accepted, 10);
}

static void test_nobody_there(void **state)
{
    HUB_CLEANUP(world_clear) struct world w;
    struct hub_why why = {{0}};

    (void)state;
    world_init(&w, 1);
    hub_http_server_free(w.leader.server);
    w.leader.server = NULL;
    w.config.patience_s = 1;
    assert_int_equal(run(&w, &why), HUB_E_NETWORK);
    assert_int_equal(w.sum.n_left, 1);
}

static void test_keys_are_kept(void **state)
{
    HUB_CLEANUP(world_clear) struct world w;
    HUB_CLEANUP(hub_state_dir_close) struct hub_state_dir dir = {.lock_fd = -1, .journal_fd = -1};
    struct hub_why why = {{0}};
    char folder[] = "/tmp/hubbub-upload-XXXXXX";
    char command[64];

    (void)state;
    world_init(&w, 2);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(hub_state_dir_open(&dir, folder, &why), HUB_OK);
    w.config.state = &dir;
    w.config.batch = 1;
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_int_equal(w.leader.n_requests, 4);
    fixture_open(&w.f, w.now_s); /* another process: its keys come from the folder */
    assert_int_equal(hub_device_put_neutral(w.f.device, w.f.task, w.now_s, w.now_s), HUB_OK);
    assert_int_equal(hub_device_commit(w.f.device), HUB_OK);
    assert_int_equal(run(&w, &why), HUB_OK);
    assert_int_equal(w.leader.n_requests, 5);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),      cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_retry_after),  cmocka_unit_test(test_patience_ends),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_smaller_requests),
        cmocka_unit_test(test_nobody_there), cmocka_unit_test(test_keys_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
