/* Microseconds a report for durable uploads: requests in flight hand in units, each comes again as
 * soon as it is committed. Reports of 2,600 bytes, as Histogram(100) with chunk 10 makes them. Then
 * the way of an aggregation job: taken, loaded, made ready, finished. A round writes 130 MB, so
 * that the log's checkpoints are in every round.
 *
 *   bench_store [FOLDER]      one JSON line a case; FOLDER lies on the disk to be measured */
#include "base/clock.h"
#include "crypto/random.h"
#include "store/job.h"
#include "store/task.h"
#include "wire/types.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { REPORT_LEN = 2600, REPORTS_MAX = 500, N_ROUNDS = 5, PATH_LEN = 1024 };

struct bench {
    struct hub_store *store;
    uint64_t task;
    uint8_t *bodies; /* of one request */
    uint64_t next_id;
    uint64_t n_left; /* requests to hand in still */
    size_t n_in_flight;
    bool has_failed;
    pthread_mutex_t mutex;
    pthread_cond_t idle;
};

struct request {
    struct hub_unit unit;
    struct bench *bench;
    size_t n_reports;
    uint64_t first_id;
    struct hub_store_report reports[REPORTS_MAX];
    uint8_t verdict[REPORTS_MAX];
};

static double now_s(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Ids as good as random, all different. */
static void make_id(uint8_t id[16], uint64_t number)
{
    uint64_t words[2] = {number * 0x9e3779b97f4a7c15U, number};
    words[0] ^= words[0] >> 29;
    memcpy(id, words, 16);
}

static hub_status request_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct request *const r = (struct request *)unit;

    memset(r->verdict, 0, r->n_reports);
    for (size_t i = 0; i < r->n_reports; i++) {
        r->reports[i].id.window = 480000;
        make_id(r->reports[i].id.bytes, r->first_id + i);
        r->reports[i].encoded = hub_span_of(r->bench->bodies + i * REPORT_LEN, REPORT_LEN);
    }
    return hub_store_segment_add(tx, r->bench->task, r->reports, r->n_reports, r->verdict);
}

/* Called with the mutex held. */
static void hand_in(struct request *r)
{
    struct bench *const b = r->bench;
    r->first_id = b->next_id;
    b->next_id += r->n_reports;
    b->n_left--;
    if (hub_store_submit(b->store, &r->unit) != HUB_OK) {
        b->has_failed = true;
        b->n_in_flight--;
    }
}

static void request_done(struct hub_unit *unit, hub_status status)
{
    struct request *const r = (struct request *)unit;
    struct bench *const b = r->bench;
    (void)pthread_mutex_lock(&b->mutex);
    if (status != HUB_OK || r->verdict[0] != HUB_REPORT_OK)
        b->has_failed = true;
    if (b->n_left != 0 && !b->has_failed)
        hand_in(r);
    else
        b->n_in_flight--;
    if (b->n_in_flight == 0)
        (void)pthread_cond_signal(&b->idle);
    (void)pthread_mutex_unlock(&b->mutex);
}

static bool upload(struct bench *b, struct request *requests, size_t n_in_flight, size_t n_reports,
                   uint64_t n_requests)
{
    (void)pthread_mutex_lock(&b->mutex);
    b->n_left = n_requests;
    b->n_in_flight = n_in_flight;
    for (size_t i = 0; i < n_in_flight; i++) {
        requests[i] = (struct request){
            .unit = {.apply = request_apply, .done = request_done, .bytes = n_reports * REPORT_LEN},
            .bench = b,
            .n_reports = n_reports};
        hand_in(&requests[i]);
    }
    while (b->n_in_flight != 0)
        (void)pthread_cond_wait(&b->idle, &b->mutex);
    (void)pthread_mutex_unlock(&b->mutex);
    return !b->has_failed;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_case(const char *name, size_t n_reports, size_t n_in_flight,
                       double wall[N_ROUNDS], double cpu[N_ROUNDS], uint64_t commits)
{
    qsort(wall, N_ROUNDS, sizeof(wall[0]), compare);
    qsort(cpu, N_ROUNDS, sizeof(cpu[0]), compare);
    printf("{\"bench\":\"store\",\"case\":\"%s\",\"reports_a_request\":%zu,\"in_flight\":%zu,"
           "\"report_bytes\":%d,\"us_a_report\":%.2f,\"us_min\":%.2f,\"us_max\":%.2f,"
           "\"cpu_us_a_report\":%.2f,\"commits\":%llu,\"compiler\":\"%s\"}\n",
           name, n_reports, n_in_flight, REPORT_LEN, wall[N_ROUNDS / 2], wall[0],
           wall[N_ROUNDS - 1], cpu[N_ROUNDS / 2], (unsigned long long)commits, __VERSION__);
}

static bool bench_uploads(struct bench *b, size_t n_reports, size_t n_in_flight,
                          uint64_t n_requests)
{
    double wall[N_ROUNDS];
    double cpu[N_ROUNDS];
    struct hub_store_stats before;
    struct hub_store_stats after;
    struct request *const requests = calloc(n_in_flight, sizeof(*requests));

    if (requests == NULL)
        return false;
    hub_store_stats(b->store, &before);
    for (size_t i = 0; i < N_ROUNDS && !b->has_failed; i++) {
        const double from = now_s(CLOCK_MONOTONIC);
        const double cpu_from = now_s(CLOCK_PROCESS_CPUTIME_ID);
        (void)upload(b, requests, n_in_flight, n_reports, n_requests);
        const double n = (double)(n_requests * n_reports) * 1e-6;
        wall[i] = (now_s(CLOCK_MONOTONIC) - from) / n;
        cpu[i] = (now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_from) / n;
    }
    hub_store_stats(b->store, &after);
    free(requests);
    if (!b->has_failed)
        print_case("upload", n_reports, n_in_flight, wall, cpu, after.commits - before.commits);
    return !b->has_failed;
}

/* ---- Jobs */

struct job_unit {
    struct hub_unit unit;
    uint64_t task;
    struct hub_store_job job;
    uint8_t verdict[1024];
};

static hub_status take_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct job_unit *const j = (struct job_unit *)unit;
    return hub_store_job_take(tx, &j->job, j->task, 512, 16 << 20);
}

static hub_status ready_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct job_unit *const j = (struct job_unit *)unit;
    static const uint8_t hash[32];
    return hub_store_job_ready(tx, j->job.number, j->verdict, (size_t)j->job.n_reports, hash);
}

static hub_status finish_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    return hub_store_job_finish(tx, ((struct job_unit *)unit)->job.number);
}

static hub_status run_job(struct bench *b, struct hub_store_view *reader, struct hub_buf *reports,
                          uint64_t *n_reports)
{
    static struct job_unit j;
    j = (struct job_unit){.task = b->task};
    j.unit.apply = take_apply;
    HUB_TRY(hub_store_run(b->store, &j.unit));
    if (j.job.n_reports > sizeof(j.verdict))
        return HUB_E_SPACE;
    reports->len = 0;
    HUB_TRY(hub_store_job_load(reader, &j.job, reports, j.verdict));
    j.unit.apply = ready_apply;
    HUB_TRY(hub_store_run(b->store, &j.unit));
    j.unit.apply = finish_apply;
    *n_reports += j.job.n_reports;
    return hub_store_run(b->store, &j.unit);
}

static bool bench_jobs(struct bench *b)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf reports = HUB_BUF_INIT(32 << 20);
    uint64_t n = 0;
    uint64_t n_jobs = 0;

    if (hub_store_reader_open(&reader, b->store) != HUB_OK)
        return false;
    const double from = now_s(CLOCK_MONOTONIC);
    const double cpu_from = now_s(CLOCK_PROCESS_CPUTIME_ID);
    hub_status status;
    while ((status = run_job(b, &reader, &reports, &n)) == HUB_OK)
        n_jobs++;
    const double wall = now_s(CLOCK_MONOTONIC) - from;
    const double cpu = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_from;
    if (status != HUB_E_NOT_FOUND || n == 0)
        return false;
    printf("{\"bench\":\"store\",\"case\":\"job\",\"reports\":%llu,\"jobs\":%llu,"
           "\"us_a_report\":%.2f,\"cpu_us_a_report\":%.2f}\n",
           (unsigned long long)n, (unsigned long long)n_jobs, wall / (double)n * 1e6,
           cpu / (double)n * 1e6);
    return true;
}

/* ---- Start and end */

static hub_status admit_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hub_store_task task = {.id = {1},
                                  .role = HUB_ROLE_LEADER,
                                  .name = "bench",
                                  .population = "bench",
                                  .window_s = 3600,
                                  .first_s = 0,
                                  .end_s = 86400};
    (void)unit;
    return hub_store_task_admit(tx, &task, HUB_SPAN_EMPTY);
}

static bool join(char out[PATH_LEN], const char *folder, const char *name)
{
    const int n = snprintf(out, PATH_LEN, "%s/%s", folder, name);
    return n > 0 && n < PATH_LEN;
}

static void remove_files(const char *folder)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "head"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[PATH_LEN];
        if (join(path, folder, names[i]))
            (void)unlink(path);
    }
    (void)rmdir(folder);
}

static bool run_all(struct bench *b, const char *folder)
{
    char path[PATH_LEN];
    char head_path[PATH_LEN];
    struct hub_unit admit = {.apply = admit_apply};
    struct hub_why why = {0};

    if (!join(path, folder, "store.db") || !join(head_path, folder, "head"))
        return false;
    const struct hub_store_options options = {
        .path = path, .head_path = head_path, .clock = hub_system_clock(), .rng = hub_system_rng()};
    if (hub_store_open(&b->store, &options, &why) != HUB_OK) {
        fprintf(stderr, "bench_store: %s\n", why.text);
        return false;
    }
    b->task = 1;
    const bool good = hub_store_run(b->store, &admit) == HUB_OK && bench_uploads(b, 100, 16, 500) &&
                      bench_uploads(b, 100, 1, 500) && bench_uploads(b, 1, 256, 50000) &&
                      bench_uploads(b, 500, 4, 100) && bench_jobs(b);
    hub_store_close(b->store);
    return good;
}

int main(int argc, char **argv)
{
    char folder[PATH_LEN];
    struct bench b = {
        .next_id = 1, .mutex = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER};

    const bool named = join(folder, argc > 1 ? argv[1] : ".", "bench-store-XXXXXX");
    b.bodies = malloc((size_t)REPORTS_MAX * REPORT_LEN);
    if (!named || b.bodies == NULL || mkdtemp(folder) == NULL) {
        fprintf(stderr, "bench_store: no folder in %s\n", argc > 1 ? argv[1] : ".");
        return 1;
    }
    const struct hub_rng rng = hub_system_rng();
    const bool good = hub_rng_fill(&rng, b.bodies, (size_t)REPORTS_MAX * REPORT_LEN) == HUB_OK &&
                      run_all(&b, folder);
    remove_files(folder);
    free(b.bodies);
    if (!good)
        fprintf(stderr, "bench_store: failed\n");
    return good ? 0 : 1;
}
