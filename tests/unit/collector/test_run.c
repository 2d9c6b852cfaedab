/* The continuous collector against a scripted leader: when it asks, what it makes of each answer,
 * and what it still knows after a restart. */
#include "../upload/fake_leader.h"
#include "aggregators.h"
#include "base/file.h"
#include "base/text.h"
#include "collector/run.h"
#include "hpke/key_file.h"
#include "operator/trial.h"
#include "series/read.h"
#include "wire/media_type.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { FIRST_DAY = 20514, WINDOW_S = 3600, GRACE_S = 600, N_CELLS = 3 };

/* What becomes of window FIRST + k. */
enum play {
    PLAY_SYNC,      /* answered at once */
    PLAY_ASYNC,     /* Location first, twice empty, then the answer */
    PLAY_TOO_FEW,   /* invalidBatchSize */
    PLAY_MISMATCH,  /* batchMismatch */
    PLAY_BURNT,     /* batchInvalid, "burnt" */
    PLAY_LATER,     /* 503 twice, then the answer */
    PLAY_FORGOTTEN, /* Location, 404 there, then the answer to a new POST */
    PLAY_GARBAGE,   /* no CollectionJobResp */
    PLAY_ELSEWHERE, /* a Location on another host, then the answer */
    PLAY_PRIVACY,   /* a rule of privacy forbids it */
    N_PLAYS
};

static struct world {
    char folder[32];
    struct fake_leader leader;
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    struct hub_hpke_config key;
    struct hub_buf request[64]; /* last POST of window k */
    unsigned n_posts[64];
    unsigned n_gets[64];
    struct hub_buf body; /* of the answer under way */
    char location[96];
    uint64_t now_s;
    struct hub_collector_config config;
    struct hub_collector *collector;
    struct hub_log log;
} w;

static uint64_t first_window(void)
{
    return (uint64_t)FIRST_DAY * 24;
}

static struct fake_answer problem(unsigned status, const char *type, const char *detail)
{
    w.body.len = 0;
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"urn:ietf:params:ppm:dap:error:%s\",\"detail\":\"%s\"}", type,
                   detail);
    assert_int_equal(hub_buf_append(&w.body, hub_span_text(text)), HUB_OK);
    return (struct fake_answer){.status = status,
                                .content_type = "application/problem+json",
                                .body = hub_buf_span(&w.body)};
}

static struct fake_answer result(uint64_t k)
{
    const int64_t totals[N_CELLS] = {(int64_t)k * 10, -5, 100};

    w.body.len = 0;
    assert_int_equal(answer_with(&w.body, w.task, w.vdaf, &w.key, hub_buf_span(&w.request[k]),
                                 totals, 10 + k, (struct hub_time_interval){first_window() + k, 1}),
                     HUB_OK);
    return (struct fake_answer){.status = 200,
                                .content_type = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_RESP),
                                .body = hub_buf_span(&w.body)};
}

static struct fake_answer deferred(uint64_t k)
{
    (void)snprintf(w.location, sizeof(w.location), "/dap/tasks/x/collection_jobs/%u", (unsigned)k);
    return (struct fake_answer){
        .status = 201, .location = w.location, .has_retry_after = true, .retry_after_s = 0};
}

static struct fake_answer play(uint64_t k, bool is_poll)
{
    switch ((enum play)(k % N_PLAYS)) {
    case PLAY_SYNC:
        return result(k);
    case PLAY_ASYNC:
        return is_poll && w.n_gets[k] > 2 ? result(k) : deferred(k);
    case PLAY_TOO_FEW:
        return problem(400, "invalidBatchSize", "below the floor");
    case PLAY_MISMATCH:
        return problem(400, "batchMismatch", "another checksum");
    case PLAY_BURNT:
        return problem(400, "batchInvalid", "a window of the batch was burnt");
    case PLAY_LATER:
        return w.n_posts[k] > 2 ? result(k) : (struct fake_answer){.status = 503};
    case PLAY_FORGOTTEN:
        if (is_poll)
            return (struct fake_answer){.status = 404};
        return w.n_posts[k] > 1 ? result(k) : deferred(k);
    case PLAY_GARBAGE:
        return (struct fake_answer){.status = 200,
                                    .content_type = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_RESP),
                                    .body = hub_span_text("not this")};
    case PLAY_ELSEWHERE:
        return w.n_posts[k] > 1
                   ? result(k)
                   : (struct fake_answer){.status = 201, .location = "http://127.0.0.2:1/steal"};
    case PLAY_PRIVACY:
        return (struct fake_answer){
            .status = 400,
            .content_type = "application/problem+json",
            .body = hub_span_text("{\"type\":\"urn:hubbub:error:dpBudgetDay\"}")};
    case N_PLAYS:
        break;
    }
    return (struct fake_answer){.status = 500};
}

static struct fake_answer answer(struct fake_leader *leader, size_t number,
                                 const struct fake_request *r)
{
    struct hub_collection_job_req req;

    (void)leader;
    (void)number;
    if (strncmp(r->authorization, "Bearer ", 7) != 0)
        return (struct fake_answer){.status = 403};
    if (r->method == HUB_HTTP_GET) {
        const uint64_t k = strtoull(strrchr(r->path, '/') + 1, NULL, 10);
        w.n_gets[k]++;
        return play(k, true);
    }
    if (hub_collection_job_req_decode(&req, hub_buf_span(&r->body)) != HUB_OK ||
        req.query.interval.duration != 1)
        return (struct fake_answer){.status = 400};
    const uint64_t k = req.query.interval.start - first_window();
    if (w.n_posts[k] != 0) /* identical bytes each time */
        assert_true(hub_span_equal_var(hub_buf_span(&w.request[k]), hub_buf_span(&r->body)));
    w.request[k].len = 0;
    assert_int_equal(hub_buf_append(&w.request[k], hub_buf_span(&r->body)), HUB_OK);
    w.n_posts[k]++;
    return play(k, false);
}

static uint64_t world_now(void *self)
{
    return ((const struct world *)self)->now_s;
}

static void make_task(void)
{
    const struct hub_rng rng = hub_system_rng();
    char helper[96];
    const struct hub_trial_parties parties = {w.folder, "A", w.leader.url, "B", helper, "C"};
    struct hub_trial_task wanted = {
        .rho_day = (uint64_t)1 << 31, .labels = hub_span_text("a\nb\nc\n"), .time_zone = "UTC"};
    struct hub_statement *const s = &wanted.statement;
    struct hub_why why = {{0}};

    (void)snprintf(helper, sizeof(helper), "%s/helper", w.leader.url);
    hub_statement_defaults(s, HUB_UNIT_VISIT);
    (void)snprintf(s->name, sizeof(s->name), "desk");
    (void)snprintf(s->title, sizeof(s->title), "Desks");
    (void)snprintf(s->purpose, sizeof(s->purpose), "Plan");
    (void)snprintf(s->legal_basis, sizeof(s->legal_basis), "Act");
    (void)snprintf(s->owner, sizeof(s->owner), "City");
    (void)snprintf(s->population, sizeof(s->population), "all");
    s->vdaf = (struct hub_statement_vdaf){
        .circuit = HUB_CIRCUIT_SUMVEC, .length = N_CELLS, .max = 100, .chunk = 4};
    s->resident_c = 1;
    s->window_s = WINDOW_S;
    s->grace_s = GRACE_S;
    s->first_day = FIRST_DAY;
    s->last_day = FIRST_DAY + 1;
    const hub_status status = hub_trial_task_new(&w.task, &parties, &wanted, &rng, &why);
    if (status != HUB_OK)
        print_message("%s\n", why.text);
    assert_int_equal(status, HUB_OK);
}

static void load_config(void)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    struct hub_hpke_keypair pair;
    struct hub_why why = {{0}};
    char path[128];
    const struct hub_vdaf_params params = {.kind = HUB_VDAF_PRIO3_SUMVEC,
                                           .max_measurement = 100,
                                           .length = N_CELLS,
                                           .chunk_length = 4};

    (void)snprintf(path, sizeof(path), "%s/collector/keys/collector.key", w.folder);
    assert_int_equal(hub_file_read(&text, path, &why), HUB_OK);
    assert_int_equal(hub_hpke_key_file_decode(&pair, hub_buf_span(&text), &why), HUB_OK);
    w.key = pair.config;
    hub_hpke_keypair_wipe(&pair);
    assert_int_equal(hub_vdaf_new(&w.vdaf, &params), HUB_OK);
    (void)snprintf(path, sizeof(path), "%s/collector/collector.ini", w.folder);
    assert_int_equal(hub_collector_config_load(&w.config, path, &why), HUB_OK);
}

static int set_up(void **state)
{
    (void)state;
    w = (struct world){.folder = "/tmp/hubbub-collect-XXXXXX", .body = HUB_BUF_INIT(1 << 16)};
    w.log = (struct hub_log){NULL, HUB_LOG_ERROR, "test"};
    for (size_t k = 0; k < 64; k++)
        w.request[k] = (struct hub_buf)HUB_BUF_INIT(256);
    w.leader.answer = answer;
    if (mkdtemp(w.folder) == NULL || fake_leader_start(&w.leader) != HUB_OK)
        return -1;
    make_task();
    load_config();
    return 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    hub_collector_free(w.collector);
    fake_leader_stop(&w.leader);
    hub_task_free(w.task);
    hub_vdaf_free(w.vdaf);
    hub_collector_config_clear(&w.config);
    hub_buf_clear(&w.body);
    for (size_t k = 0; k < 64; k++)
        hub_buf_clear(&w.request[k]);
    (void)snprintf(command, sizeof(command), "rm -r %s", w.folder);
    return system(command);
}

static void open_collector(void)
{
    const struct hub_clock clock = {world_now, &w};
    struct hub_why why = {{0}};

    hub_collector_free(w.collector);
    w.collector = NULL;
    const hub_status status =
        hub_collector_new(&w.collector, &w.config, &clock, false, &w.log, &why);
    if (status != HUB_OK)
        print_message("%s\n", why.text);
    assert_int_equal(status, HUB_OK);
}

/* Turns until nothing is under way and n results are written; at most 20 seconds. */
static void settle(uint64_t n)
{
    const uint64_t until_ms = hub_monotonic_ms() + 20000;

    for (;;) {
        assert_int_equal(hub_collector_turn(w.collector, 50), HUB_OK);
        const struct hub_collector_counts c = hub_collector_counts(w.collector);
        if (c.n_under_way == 0 && c.n_points + c.n_gaps >= n)
            return;
        assert_true(hub_monotonic_ms() < until_ms);
    }
}

static void read_series(struct hub_arena *arena, struct hub_series_point **points, size_t *n_points,
                        struct hub_series_gap **gaps, size_t *n_gaps, uint32_t cell)
{
    struct hub_series *series;
    struct hub_measure m;
    struct hub_why why;

    assert_int_equal(hub_series_open(&series, w.config.series, HUB_SERIES_READ, &why), HUB_OK);
    assert_int_equal(hub_series_measure(series, arena, &m, "desk"), HUB_OK);
    assert_int_equal(m.words.n_cells, N_CELLS);
    assert_int_equal(m.n_tasks, 1);
    assert_int_equal(hub_series_points(series, arena, points, n_points, m.id, cell, 0, INT64_MAX),
                     HUB_OK);
    assert_int_equal(hub_series_gaps(series, arena, gaps, n_gaps, m.id, 0, INT64_MAX), HUB_OK);
    hub_series_close(series);
}

static void test_waits_for_the_release(void **state)
{
    (void)state;
    w.now_s = first_window() * WINDOW_S + WINDOW_S + GRACE_S - 1;
    open_collector();
    assert_int_equal(hub_collector_turn(w.collector, 50), HUB_OK);
    assert_int_equal(w.leader.n_requests, 0);
    w.now_s++;
    settle(1);
    assert_int_equal(w.leader.n_requests, 1);
    assert_int_equal(w.n_posts[0], 1);
}

static void test_each_answer(void **state)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct hub_series_point *points;
    struct hub_series_gap *gaps;
    size_t n_points;
    size_t n_gaps;
    static const enum hub_series_gap_reason reasons[] = {
        HUB_GAP_TOO_FEW, HUB_GAP_MISMATCH, HUB_GAP_BURNT, HUB_GAP_FAILED, HUB_GAP_REFUSED};

    (void)state;
    w.now_s = (first_window() + N_PLAYS) * WINDOW_S + GRACE_S;
    open_collector();
    settle(N_PLAYS - 1); /* window 0 is in the series since the first test */
    assert_int_equal(w.n_posts[0], 1);
    assert_int_equal(w.n_gets[PLAY_ASYNC], 3);
    assert_int_equal(w.n_posts[PLAY_LATER], 3);
    assert_int_equal(w.n_posts[PLAY_FORGOTTEN], 2);
    assert_int_equal(w.n_posts[PLAY_ELSEWHERE], 2);
    for (uint32_t cell = 0; cell < N_CELLS; cell++) {
        read_series(&arena, &points, &n_points, &gaps, &n_gaps, cell);
        assert_int_equal(n_points, 5);
        for (size_t i = 0; i < n_points; i++) {
            const uint64_t k = points[i].start / WINDOW_S - first_window();
            const int64_t totals[N_CELLS] = {(int64_t)k * 10, -5, 100};
            assert_true(points[i].total == totals[cell]);
            assert_int_equal(points[i].n, 10 + k);
            assert_int_equal(points[i].variance, 2 * w.task->statement.sigma2);
            assert_int_equal(points[i].length_s, WINDOW_S);
        }
    }
    assert_int_equal(n_gaps, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(gaps[i].reason, reasons[i]);
}

static void test_restart(void **state)
{
    unsigned n_posts[N_PLAYS];

    (void)state;
    memcpy(n_posts, w.n_posts, sizeof(n_posts));
    open_collector();
    settle(1);
    for (size_t k = 0; k < N_PLAYS; k++) /* only what could not be read is asked for again */
        assert_int_equal(w.n_posts[k], n_posts[k] + (k == PLAY_GARBAGE));
}

static void test_many_at_once(void **state)
{
    (void)state;
    w.config.in_flight = 3;
    w.now_s = (first_window() + 2 * N_PLAYS) * WINDOW_S + GRACE_S;
    open_collector();
    const uint64_t until_ms = hub_monotonic_ms() + 20000;
    struct hub_collector_counts c;
    do {
        assert_int_equal(hub_collector_turn(w.collector, 20), HUB_OK);
        c = hub_collector_counts(w.collector);
        assert_true(hub_monotonic_ms() < until_ms);
    } while (c.n_points + c.n_gaps < N_PLAYS + 1 || c.n_under_way != 0);
}

/* A figure that another one contradicts is given up; the windows beside it are written. */
static void test_contradicted_figure(void **state)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    const uint64_t k = 2 * N_PLAYS + PLAY_SYNC;
    const struct hub_series_point other = {
        (first_window() + k) * WINDOW_S, WINDOW_S, 1, 77, 1024, 9};
    struct hub_series_point *points;
    struct hub_series_gap *gaps;
    struct hub_series *series;
    size_t n_points;
    size_t n_gaps;
    struct hub_why why;

    (void)state;
    w.now_s = (first_window() + k) * WINDOW_S + GRACE_S;
    open_collector();
    settle(1); /* what failed before is asked for again */
    assert_int_equal(hub_series_open(&series, w.config.series, HUB_SERIES_WRITE, &why), HUB_OK);
    assert_int_equal(hub_series_begin(series), HUB_OK);
    assert_int_equal(hub_series_put_point(series, "desk", &other), HUB_OK);
    assert_int_equal(hub_series_commit(series), HUB_OK);
    hub_series_close(series);
    w.now_s += 2 * WINDOW_S;
    settle(4);
    read_series(&arena, &points, &n_points, &gaps, &n_gaps, 0);
    assert_int_equal(points[n_points - 1].start, other.start + WINDOW_S);
    assert_int_not_equal(points[n_points - 2].start, other.start);
    read_series(&arena, &points, &n_points, &gaps, &n_gaps, 1);
    assert_int_equal(points[n_points - 2].start, other.start);
    assert_true(points[n_points - 2].total == 77);
}

static void test_what_stops_the_start(void **state)
{
    struct hub_collector *c = NULL;
    const struct hub_clock clock = {world_now, &w};
    struct hub_why why = {{0}};

    (void)state;
    w.config.key[0] = 'x';
    assert_int_not_equal(hub_collector_new(&c, &w.config, &clock, false, NULL, &why), HUB_OK);
    assert_null(c);
    assert_true(why.text[0] != '\0');
    w.config.key[0] = '/';
    w.config.measures[0].tasks[0][1] = 'x';
    assert_int_not_equal(hub_collector_new(&c, &w.config, &clock, false, NULL, &why), HUB_OK);
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_for_the_release),
        cmocka_unit_test(test_each_answer),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_contradicted_figure),
        cmocka_unit_test(test_what_stops_the_start),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
