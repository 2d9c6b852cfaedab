/* Leader and helper as processes that are killed at random moments under load. Afterwards every
 * acknowledged valid report is counted exactly once, and a released share never changes by a byte.
 * The seed is printed; HUBBUB_SEED takes it back, HUBBUB_SECONDS lengthens the run. */
#include "../postgres/database.h"
#include "place.h"

#include "base/file.h"
#include "statement/calibration.h"
#include "wire/media_type.h"
#include "wire/upload.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { UPLOADERS = 3, BATCH = 25, CELLS = 8, WINDOWS = 2, DAY_S = 86400, COLLECTS = 12 };

static const char *program;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t seed_of_run(void)
{
    const char *text = getenv("HUBBUB_SEED");
    uint64_t seed = (uint64_t)time(NULL) ^ (uint64_t)getpid();

    if (text != NULL)
        seed = strtoull(text, NULL, 10);

    (void)printf("HUBBUB_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static unsigned seconds_of_run(void)
{
    const char *text = getenv("HUBBUB_SECONDS");
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 8;
}

static void sleep_ms(unsigned ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

/* A day's task of devices, eight answers. */
static struct hub_statement travel_statement(uint32_t first_day)
{
    struct hub_statement s;

    hub_statement_defaults(&s, HUB_UNIT_DEVICE_DAY);
    (void)snprintf(s.name, sizeof(s.name), "travel");
    (void)snprintf(s.title, sizeof(s.title), "How people travelled");
    (void)snprintf(s.purpose, sizeof(s.purpose), "to test");
    (void)snprintf(s.legal_basis, sizeof(s.legal_basis), "none");
    (void)snprintf(s.owner, sizeof(s.owner), "nobody");
    (void)snprintf(s.population, sizeof(s.population), "devices");
    s.vdaf =
        (struct hub_statement_vdaf){.circuit = HUB_CIRCUIT_HISTOGRAM, .length = CELLS, .chunk = 3};
    s.first_day = first_day;
    s.last_day = first_day + 30;
    s.clock = HUB_STATEMENT_CLOCK_DEMO;
    return s;
}

/* ---- Load */

struct uploader {
    struct place *p;
    uint64_t random;
    atomic_bool *stop;
    uint64_t window; /* the later of two */
    uint64_t n_valid[WINDOWS];
    int64_t totals[WINDOWS][CELLS];
    uint64_t n_bad;
    uint64_t n_replayed;
    uint64_t n_requests;
    uint64_t n_retries;
    pthread_t thread;
};

struct made {
    struct hub_parcel parcel;
    unsigned window[BATCH];
    unsigned cell[BATCH];
    bool is_bad[BATCH];
};

static void make_batch(struct uploader *u, struct hub_maker *maker, struct made *out)
{
    for (unsigned i = 0; i < BATCH; i++) {
        out->window[i] = (unsigned)(next_random(&u->random) % WINDOWS);
        out->cell[i] = (unsigned)(next_random(&u->random) % CELLS);
        out->is_bad[i] = next_random(&u->random) % 16 == 0;
        const struct hub_measurement m = {.number = out->cell[i]};
        out->parcel.kind = out->is_bad[i] ? (next_random(&u->random) % 2 == 0 ? HUB_PARCEL_BAD_PROOF
                                                                              : HUB_PARCEL_BAD_SEAL)
                                          : HUB_PARCEL_GOOD;
        assert_int_equal(HUB_OK,
                         hub_maker_add(maker, &out->parcel, u->window + out->window[i], &m));
    }
}

/* Sends until it is acknowledged, as a device does. Each error must be a replay of our own. */
static void send_batch(struct uploader *u, struct hub_http_client *client, const struct made *b)
{
    struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    size_t n = 0;

    place_path(u->p, path, "reports");
    for (bool first = true;; first = false) {
        hub_status status = place_fetch(u->p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                                        hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL,
                                        hub_buf_span(&b->parcel.body));
        u->n_retries += !first;
        if (status == HUB_OK && response.status == 200)
            break;
        if (status == HUB_OK)
            assert_int_equal(response.status, 503);
        sleep_ms(10);
    }
    u->n_requests++;
    if (response.body.len != 0) {
        struct hub_upload_status errors[BATCH];
        assert_int_equal(HUB_OK, hub_upload_errors_count(&n, hub_buf_span(&response.body)));
        assert_in_range(n, 1, BATCH);
        assert_int_equal(HUB_OK, hub_upload_errors_decode(errors, n, hub_buf_span(&response.body)));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(errors[i].error, HUB_REPORT_REPLAYED);
        u->n_replayed += n;
    }
    hub_http_response_clear(&response);
    for (unsigned i = 0; i < BATCH; i++) {
        if (b->is_bad[i]) {
            u->n_bad++;
            continue;
        }
        u->n_valid[b->window[i]]++;
        u->totals[b->window[i]][b->cell[i]]++;
    }
}

static void *upload(void *arg)
{
    struct uploader *u = arg;
    struct hub_http_client *client = place_client(u->p);
    struct hub_maker *maker;

    assert_int_equal(HUB_OK,
                     hub_maker_new(&maker, u->p->task, u->p->vdaf, &u->p->configs[PLACE_LEADER],
                                   &u->p->configs[PLACE_HELPER], &u->p->rng));
    while (!*u->stop) {
        struct made b = {.parcel = {.body = HUB_BUF_INIT(1 << 20)}};
        make_batch(u, maker, &b);
        send_batch(u, client, &b);
        hub_parcel_clear(&b.parcel);
    }
    hub_maker_free(maker);
    hub_http_client_free(client);
    return NULL;
}

/* Kills one of them at a random moment, now and then both, and starts it again a little later. */
static unsigned kill_for(struct place *p, uint64_t *random, unsigned run_ms)
{
    const uint64_t until_ms = hub_monotonic_ms() + run_ms;
    unsigned n_kills = 0;

    while (hub_monotonic_ms() < until_ms) {
        sleep_ms(20 + (unsigned)(next_random(random) % 400));
        const int which = (int)(next_random(random) % (uint64_t)p->n_processes);
        const int other = (which + 1) % p->n_processes;
        const bool both = next_random(random) % 5 == 0;
        place_kill(p, which);
        if (both)
            place_kill(p, other);
        n_kills += 1 + both;
        sleep_ms((unsigned)(next_random(random) % 150));
        place_start_await(p, which);
        if (both)
            place_start_await(p, other);
    }
    return n_kills;
}

struct collector {
    struct place *p;
    uint64_t window;
    struct hub_buf first;
    atomic_bool *stop;
    uint64_t n_asked;
    pthread_t thread;
};

/* Asks for the same window over and over: the bytes of the first answer never change. */
static void *collect(void *arg)
{
    struct collector *c = arg;
    struct hub_http_client *client = place_client(c->p);

    while (!*c->stop || c->first.ptr == NULL) {
        struct hub_buf body = {0};
        char problem[128];
        unsigned status = place_collect(c->p, client, c->window, 1, &body, problem, 60000);
        if (status / 100 != 2)
            fail_msg("collection: status %u %s", status, problem);
        if (c->first.ptr == NULL)
            hub_buf_move(&c->first, &body);
        else
            assert_true(hub_span_equal_var(hub_buf_span(&c->first), hub_buf_span(&body)));
        hub_buf_clear(&body);
        c->n_asked++;
        sleep_ms(5);
    }
    hub_http_client_free(client);
    return NULL;
}

static void check_window(struct place *p, struct collector *c, const struct uploader *u,
                         unsigned index)
{
    struct hub_collection result = {0};
    struct hub_why why = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    uint64_t n = 0;
    int64_t totals[CELLS] = {0};

    for (int i = 0; i < UPLOADERS; i++) {
        n += u[i].n_valid[index];
        for (int k = 0; k < CELLS; k++)
            totals[k] += u[i].totals[index][k];
    }
    assert_int_equal(HUB_OK, hub_collection_request(&request, p->task, c->window, 1));
    if (hub_collection_open(&result, &p->collected, hub_buf_span(&request), hub_buf_span(&c->first),
                            &why) != HUB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(result.n_reports, n);
    assert_memory_equal(result.totals, totals, sizeof(totals));
    hub_collection_clear(&result);
}

enum { JOBS_MAX = 100000 };

/* The numbers behind "job=" in the lines that tell of a job's end. */
static size_t read_jobs(uint64_t *jobs, size_t n, const char *path)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(256 << 20);

    if (hub_file_read(&text, path, NULL) != HUB_OK)
        return n;
    assert_int_equal(HUB_OK, hub_buf_append(&text, hub_span_of((const uint8_t *)"", 1)));
    for (const char *at = (const char *)text.ptr; (at = strstr(at, "aggregation.done")) != NULL;
         at++) {
        const char *const job = strstr(at, " job=");
        const char *const end = strchr(at, '\n');
        if (job != NULL && (end == NULL || job < end) && n < JOBS_MAX)
            jobs[n++] = strtoull(job + 5, NULL, 10);
    }
    return n;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* No process of the leader ended a job that another one had ended. Numbers of jobs are a server's
 * for ever; a process alone begins them anew when it starts. */
static void check_jobs(const struct place *p)
{
    uint64_t *const jobs = calloc(JOBS_MAX, sizeof(*jobs));
    size_t n = 0;

    assert_non_null(jobs);
    for (int i = PLACE_LEADER; i < p->n_processes; i += PLACE_N_PARTIES)
        n = read_jobs(jobs, n, p->parties[i].log);
    qsort(jobs, n, sizeof(*jobs), compare_numbers);
    for (size_t i = 1; i < n; i++)
        assert_true(jobs[i - 1] != jobs[i]);
    (void)printf("jobs=%zu, none ended twice\n", n);
    free(jobs);
}

static void killed_at_random_each_report_counts_once(void **state)
{
    const uint32_t day = 20500;
    const struct hub_statement s = travel_statement(day);
    struct place p;
    struct uploader uploaders[UPLOADERS] = {0};
    struct collector collectors[WINDOWS] = {0};
    atomic_bool stop = false;
    uint64_t random = seed_of_run();
    (void)state;

    /* in the third day's night: the grace of the second day has not passed */
    place_open(&p, program, "none", &s, (uint64_t)(day + 2) * DAY_S + 3600, 0, false);
    for (int i = 0; i < UPLOADERS; i++) {
        uploaders[i] = (struct uploader){
            .p = &p, .random = next_random(&random), .stop = &stop, .window = day + 1};
        assert_int_equal(0, pthread_create(&uploaders[i].thread, NULL, upload, &uploaders[i]));
    }
    unsigned n_kills = kill_for(&p, &random, seconds_of_run() * 1000);
    stop = true;
    for (int i = 0; i < UPLOADERS; i++)
        pthread_join(uploaders[i].thread, NULL);
    hub_stepped_clock_advance(&p.clock, (uint64_t)(day + 5) * DAY_S);
    stop = false;
    for (unsigned i = 0; i < WINDOWS; i++) {
        collectors[i] = (struct collector){.p = &p, .window = day + 1 + i, .stop = &stop};
        assert_int_equal(0, pthread_create(&collectors[i].thread, NULL, collect, &collectors[i]));
    }
    n_kills += kill_for(&p, &random, seconds_of_run() * 500);
    stop = true;
    uint64_t n_valid = 0;
    uint64_t n_bad = 0;
    uint64_t n_retries = 0;
    for (unsigned i = 0; i < WINDOWS; i++) {
        pthread_join(collectors[i].thread, NULL);
        check_window(&p, &collectors[i], uploaders, i);
        hub_buf_clear(&collectors[i].first);
    }
    for (int i = 0; i < UPLOADERS; i++) {
        n_valid += uploaders[i].n_valid[0] + uploaders[i].n_valid[1];
        n_bad += uploaders[i].n_bad;
        n_retries += uploaders[i].n_retries;
    }
    (void)printf("valid=%llu bad=%llu kills=%u requests sent again=%llu asked=%llu memory_kB=%llu "
                 "%llu\n",
                 (unsigned long long)n_valid, (unsigned long long)n_bad, n_kills,
                 (unsigned long long)n_retries,
                 (unsigned long long)(collectors[0].n_asked + collectors[1].n_asked),
                 (unsigned long long)place_memory_kb(&p, PLACE_LEADER),
                 (unsigned long long)place_memory_kb(&p, PLACE_HELPER));
    for (int i = 0; i < p.n_processes; i++) {
        place_await_listening(&p, i);
        assert_int_equal(0, place_stop(&p, i));
    }
    if (test_is_on_server())
        check_jobs(&p);
    place_close(&p);
}

/* ---- Rules of a task with a statement */

static void expect(struct place *p, struct hub_http_client *client, uint64_t window,
                   const char *wanted)
{
    struct hub_buf body = {0};
    char problem[128];
    unsigned status = place_collect(p, client, window, 1, &body, problem, 10000);

    hub_buf_clear(&body);
    assert_int_equal(status / 100, wanted == NULL ? 2 : 4);
    if (wanted != NULL)
        assert_string_equal(strrchr(problem, ':') + 1, wanted);
}

static void send_reports(struct place *p, struct hub_http_client *client, uint64_t window, size_t n,
                         unsigned expected_error)
{
    struct hub_maker *maker;
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(4 << 20)};
    struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    const struct hub_measurement m = {.number = 3};
    size_t n_errors = 0;

    assert_int_equal(HUB_OK, hub_maker_new(&maker, p->task, p->vdaf, &p->configs[PLACE_LEADER],
                                           &p->configs[PLACE_HELPER], &p->rng));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(HUB_OK, hub_maker_add(maker, &parcel, window, &m));
    place_path(p, path, "reports");
    assert_int_equal(HUB_OK, place_fetch(p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                                         hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL,
                                         hub_buf_span(&parcel.body)));
    assert_int_equal(response.status, 200);
    assert_int_equal(HUB_OK, hub_upload_errors_count(&n_errors, hub_buf_span(&response.body)));
    assert_int_equal(n_errors, expected_error == 0 ? 0 : n);
    if (n_errors > 0)
        assert_int_equal(response.body.ptr[HUB_REPORT_ID_LEN], expected_error);
    hub_http_response_clear(&response);
    hub_parcel_clear(&parcel);
    hub_maker_free(maker);
}

static void windows_open_and_close_by_the_clock(void **state)
{
    const uint32_t day = 20500;
    const uint64_t start = (uint64_t)day * DAY_S;
    const struct hub_statement s = travel_statement(day);
    struct place p;
    struct hub_http_client *client;
    (void)state;

    place_open(&p, program, "discrete-gaussian", &s, start + 3600, 0, false);
    client = place_client(&p);
    send_reports(&p, client, day, 150, 0);
    send_reports(&p, client, day + 1, 1, HUB_REPORT_TOO_EARLY);
    send_reports(&p, client, day - 1, 1, HUB_REPORT_DROPPED); /* before the task */
    expect(&p, client, day, "batchInvalid");                  /* not over */
    hub_stepped_clock_advance(&p.clock, start + 2 * DAY_S - 1);
    send_reports(&p, client, day, 1, 0);     /* the last second of the grace */
    expect(&p, client, day, "batchInvalid"); /* over, the grace is not */
    hub_stepped_clock_advance(&p.clock, start + 2 * DAY_S);
    send_reports(&p, client, day, 1, HUB_REPORT_DROPPED);
    expect(&p, client, day, "batchInvalid"); /* the release hour has not come */
    hub_stepped_clock_advance(&p.clock, start + 2 * DAY_S + 6 * 3600);
    expect(&p, client, day, NULL);
    expect(&p, client, day, NULL);
    expect(&p, client, day + 40, "batchInvalid"); /* after the task */
    hub_stepped_clock_advance(&p.clock, start + 4 * DAY_S);
    expect(&p, client, day + 1, "invalidBatchSize");
    hub_http_client_free(client);
    place_close(&p);
}

/* The same way over TLS; who does not know the authority does not get in, nor plain HTTP. */
static void the_way_over_tls(void **state)
{
    const uint32_t day = 20500;
    const struct hub_statement s = travel_statement(day);
    struct hub_http_client_config stranger = hub_http_client_config();
    struct hub_http_response response = {0};
    struct hub_http_client *client;
    struct hub_http_client *other;
    struct place p;
    char url[128];
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)day * DAY_S + 3600, 0, true);
    client = place_client(&p);
    send_reports(&p, client, day, 120, 0);
    hub_stepped_clock_advance(&p.clock, (uint64_t)(day + 3) * DAY_S);
    expect(&p, client, day, NULL);
    assert_int_equal(HUB_OK, hub_http_client_new(&other, &stranger));
    assert_int_equal(HUB_E_VERIFY, place_fetch(&p, other, PLACE_LEADER, &response, HUB_HTTP_GET,
                                               "/hpke_config", NULL, NULL, HUB_SPAN_EMPTY));
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/hpke_config",
                   p.parties[PLACE_LEADER].port);
    const struct hub_http_call plain = {.method = HUB_HTTP_GET, .url = url};
    assert_int_not_equal(HUB_OK, hub_http_fetch(other, &response, &plain, NULL));
    hub_http_response_clear(&response);
    hub_http_client_free(other);
    hub_http_client_free(client);
    place_close(&p);
}

/* Released totals carry both noises, and they are not there when the mechanism is none. */
static void a_release_carries_noise(void **state)
{
    const uint32_t day = 20500;
    const struct hub_statement s = travel_statement(day);
    struct place p;
    struct hub_http_client *client;
    struct hub_collection c = {0};
    struct hub_buf body = {0};
    struct hub_buf request = HUB_BUF_INIT(4096);
    struct hub_why why = {0};
    char problem[128];
    (void)state;

    place_open(&p, program, "discrete-gaussian", &s, (uint64_t)day * DAY_S + 3600, 0, false);
    client = place_client(&p);
    send_reports(&p, client, day, 200, 0);
    hub_stepped_clock_advance(&p.clock, (uint64_t)(day + 3) * DAY_S);
    assert_int_equal(2, place_collect(&p, client, day, 1, &body, problem, 10000) / 100);
    assert_int_equal(HUB_OK, hub_collection_request(&request, p.task, day, 1));
    assert_int_equal(HUB_OK, hub_collection_open(&c, &p.collected, hub_buf_span(&request),
                                                 hub_buf_span(&body), &why));
    assert_int_equal(c.n_reports, 200);
    double squares = 0;
    for (int k = 0; k < CELLS; k++) {
        const double residual = (double)(c.totals[k] - (k == 3 ? 200 : 0));
        squares += residual * residual;
    }
    /* sum of squares over the variance is chi-squared with 8 degrees of freedom: outside 0.06 to
     * 60 with a chance below 2e-9 */
    const double ratio = squares / (double)c.variance;
    assert_true(ratio > 0.06 && ratio < 60);
    hub_collection_clear(&c);
    hub_buf_clear(&body);
    hub_buf_clear(&request);
    hub_http_client_free(client);
    place_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_open_and_close_by_the_clock),
        cmocka_unit_test(the_way_over_tls),
        cmocka_unit_test(a_release_carries_noise),
        cmocka_unit_test(killed_at_random_each_report_counts_once),
    };
    if (argc != 2) {
        (void)fputs("usage: test_processes STEPPED_AGGREGATOR\n", stderr);
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
