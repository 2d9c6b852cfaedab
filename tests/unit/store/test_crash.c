/* kill -9 at random moments: a child writes and tells through a pipe what was acknowledged; after
 * it is killed, everything acknowledged is there, nothing is there twice or by half, the ids are
 * known, and nothing looks like a rollback.
 *
 *   test_crash [SEED]     prints its seed and takes it back */
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/job.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum {
    N_ROUNDS = 25,
    REPORTS = 13,   /* a request */
    BODY_LEN = 200, /* begins with the request's number and the report's place in it */
    N_IN_FLIGHT = 6,
    LATEST_KILL_MS = 120
};

static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return seed >> 33;
}

static void sleep_ms(uint64_t ms)
{
    const struct timespec t = {.tv_sec = (time_t)(ms / 1000),
                               .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- What the child does: uploads without end, several in flight; now and then a window is
 * opened, released and its share stored */

struct child {
    struct hub_store *store;
    uint64_t task;
    int pipe;
    uint64_t next;
    pthread_mutex_t mutex;
};

struct request {
    struct hub_unit unit;
    struct child *child;
    uint64_t number;
    uint8_t bodies[REPORTS][BODY_LEN];
    uint8_t verdict[REPORTS];
};

/* One acknowledged thing: 'u' an upload, 'r' a release. */
struct acknowledged {
    uint64_t kind;
    uint64_t number;
};

static void fill_reports(struct hub_store_report *reports, uint8_t bodies[REPORTS][BODY_LEN],
                         uint64_t number)
{
    for (uint64_t i = 0; i < REPORTS; i++) {
        memset(bodies[i], (int)(number % 251), BODY_LEN);
        memcpy(bodies[i], &number, sizeof(number));
        memcpy(bodies[i] + sizeof(number), &i, sizeof(i));
        reports[i] =
            (struct hub_store_report){.id.window = FIRST_WINDOW, .encoded = {bodies[i], BODY_LEN}};
        memcpy(reports[i].id.bytes, bodies[i], HUB_STORE_ID_LEN);
    }
}

static hub_status request_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct request *const r = (struct request *)unit;
    struct hub_store_report reports[REPORTS];
    fill_reports(reports, r->bodies, r->number);
    memset(r->verdict, 0, sizeof(r->verdict));
    return hub_store_segment_add(tx, r->child->task, reports, REPORTS, r->verdict);
}

static void tell(struct child *c, uint64_t kind, uint64_t number)
{
    const struct acknowledged a = {kind, number};
    if (write(c->pipe, &a, sizeof(a)) != (ssize_t)sizeof(a)) /* whole: shorter than PIPE_BUF */
        _exit(2);
}

static void request_done(struct hub_unit *unit, hub_status status)
{
    struct request *const r = (struct request *)unit;
    if (status != HUB_OK)
        _exit(3);
    tell(r->child, 'u', r->number);
    (void)pthread_mutex_lock(&r->child->mutex);
    r->number = r->child->next++;
    (void)pthread_mutex_unlock(&r->child->mutex);
    if (hub_store_submit(r->child->store, &r->unit) != HUB_OK)
        _exit(4);
}

struct release {
    uint64_t task;
    uint64_t number;
};

/* One each, behind the one that all uploads are for: that one never ends. */
static uint64_t release_window(uint64_t number)
{
    return FIRST_WINDOW + 1 + number;
}

static hub_status open_bucket(void *self, struct hub_store_tx *tx)
{
    const struct release *const r = self;
    const struct hub_store_bucket bucket = {.window = release_window(r->number)};
    return hub_store_bucket_save(tx, r->task, &bucket, hub_span_text("noise"));
}

static hub_status release(void *self, struct hub_store_tx *tx)
{
    const struct release *const r = self;
    uint8_t id[32] = {0};
    memcpy(id, &r->number, sizeof(r->number));
    const uint64_t window = release_window(r->number);
    HUB_TRY(hub_store_buckets_collect(tx, r->task, window, window, 0, 5));
    return hub_store_share_add(tx, r->task, id, id, HUB_SPAN_ARRAY(id));
}

static void run_child(struct fixture *f, int pipe_end, uint64_t first, uint64_t first_release)
{
    static struct request requests[N_IN_FLIGHT];
    static struct child c = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct hub_store_task t = task_of(1, HUB_ROLE_LEADER);

    c.pipe = pipe_end;
    if (hub_store_open(&c.store, &f->options, NULL) != HUB_OK ||
        run(c.store, admit_apply, &t) != HUB_OK)
        _exit(5);
    c.task = t.number;
    c.next = first + N_IN_FLIGHT;
    for (uint64_t i = 0; i < N_IN_FLIGHT; i++) {
        requests[i] = (struct request){.unit = {.apply = request_apply, .done = request_done},
                                       .child = &c,
                                       .number = first + i};
        if (hub_store_submit(c.store, &requests[i].unit) != HUB_OK)
            _exit(6);
    }
    for (uint64_t n = first_release;; n++) {
        struct release r = {c.task, n};
        if (run(c.store, open_bucket, &r) != HUB_OK || run(c.store, release, &r) != HUB_OK)
            _exit(7);
        tell(&c, 'r', n);
        sleep_ms(1);
    }
}

/* ---- What the parent finds */

enum { MAX_REQUESTS = 1000000, MAX_RELEASES = 20000, ASK_AT_ONCE = 200 };

struct found {
    uint8_t acknowledged[MAX_REQUESTS]; /* by request */
    uint8_t reports[MAX_REQUESTS];      /* how many of its reports are stored */
    bool released[MAX_RELEASES];
    uint64_t end;         /* behind the highest request seen */
    uint64_t end_release; /* and release */
};

static struct found found;

/* Reads all that was told before the end. */
static void read_told(int pipe_end)
{
    struct acknowledged a;
    while (read(pipe_end, &a, sizeof(a)) == (ssize_t)sizeof(a)) {
        assert_true(a.number < (a.kind == 'u' ? MAX_REQUESTS : MAX_RELEASES));
        if (a.kind == 'u') {
            found.acknowledged[a.number]++;
            found.end = a.number >= found.end ? a.number + 1 : found.end;
        } else {
            found.released[a.number] = true;
            found.end_release = a.number >= found.end_release ? a.number + 1 : found.end_release;
        }
    }
}

static hub_status take(void *self, struct hub_store_tx *tx)
{
    struct hub_store_job *const job = self;
    return hub_store_job_take(tx, job, 1, 1000, 16 << 20);
}

static hub_status finish(void *self, struct hub_store_tx *tx)
{
    return hub_store_job_finish(tx, ((struct hub_store_job *)self)->number);
}

static void count_reports(hub_span reports)
{
    assert_int_equal(reports.len % BODY_LEN, 0);
    for (size_t at = 0; at < reports.len; at += BODY_LEN) {
        uint64_t words[2];
        memcpy(words, reports.ptr + at, sizeof(words));
        assert_true(words[0] < MAX_REQUESTS && words[1] < REPORTS);
        assert_int_equal(reports.ptr[at + BODY_LEN - 1], words[0] % 251);
        found.reports[words[0]]++;
        found.end = words[0] >= found.end ? words[0] + 1 : found.end;
    }
}

/* Takes every stored report out through jobs, so that each is seen once in the whole test. */
static void drain(struct fixture *f)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf reports = HUB_BUF_INIT(32 << 20);
    struct hub_store_job job;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    while (run(f->store, take, &job) == HUB_OK) {
        uint8_t *const verdict = malloc((size_t)job.n_reports);
        assert_non_null(verdict);
        reports.len = 0;
        assert_int_equal(hub_store_job_load(&reader, &job, &reports, verdict), HUB_OK);
        free(verdict);
        count_reports(hub_buf_span(&reports));
        assert_int_equal(run(f->store, finish, &job), HUB_OK);
    }
}

struct again {
    uint64_t first;
    uint64_t n;
    bool is_known[ASK_AT_ONCE];
    bool is_half[ASK_AT_ONCE];
};

static hub_status upload_again(void *self, struct hub_store_tx *tx)
{
    struct again *const a = self;
    static uint8_t bodies[REPORTS][BODY_LEN];
    struct hub_store_report reports[REPORTS];
    for (uint64_t k = 0; k < a->n; k++) {
        uint8_t verdict[REPORTS] = {0};
        fill_reports(reports, bodies, a->first + k);
        HUB_TRY(hub_store_segment_add(tx, 1, reports, REPORTS, verdict));
        a->is_known[k] = verdict[0] == HUB_REPORT_REPLAYED;
        for (size_t i = 1; i < REPORTS; i++)
            a->is_half[k] = a->is_half[k] || verdict[i] != verdict[0];
    }
    return HUB_E_REFUSED; /* only asking */
}

/* Requests of the last round: whole or not at all, acknowledged means there. */
static void check_requests(struct fixture *f, uint64_t from)
{
    for (uint64_t first = from; first < found.end; first += ASK_AT_ONCE) {
        const uint64_t left = found.end - first;
        struct again a = {.first = first, .n = left < ASK_AT_ONCE ? left : ASK_AT_ONCE};
        assert_int_equal(run(f->store, upload_again, &a), HUB_E_REFUSED);
        for (uint64_t k = 0; k < a.n; k++) {
            const uint8_t n_reports = found.reports[first + k];
            assert_true(found.acknowledged[first + k] <= 1);
            assert_true(n_reports == REPORTS ||
                        (n_reports == 0 && found.acknowledged[first + k] == 0));
            assert_int_equal(a.is_known[k], n_reports != 0);
            assert_false(a.is_half[k]);
        }
    }
}

static hub_status ask_state(void *self, struct hub_store_tx *tx)
{
    uint64_t *const window = self;
    *window = hub_store_bucket_state(tx, 1, *window);
    return HUB_OK;
}

static void check_releases(struct fixture *f, uint64_t from)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    for (uint64_t n = from; n < found.end_release + 2; n++) {
        uint8_t key[32] = {0};
        uint8_t id[16];
        uint64_t window = release_window(n);
        HUB_CLEANUP(hub_buf_clear) struct hub_buf share = HUB_BUF_INIT(100);
        memcpy(key, &n, sizeof(n));
        const hub_status status = hub_store_share_find(&reader, 1, key, id, &share);
        assert_true(status == HUB_OK || status == HUB_E_NOT_FOUND);
        if (found.released[n])
            assert_int_equal(status, HUB_OK);
        assert_int_equal(run(f->store, ask_state, &window), HUB_OK);
        assert_int_equal(window == HUB_STORE_BUCKET_COLLECTED, status == HUB_OK); /* both or none */
        if (status == HUB_OK && n >= found.end_release)
            found.end_release = n + 1;
    }
}

static void crash_once(struct fixture *f, uint64_t kill_after_ms)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > 0); /* acknowledging never waits for us */
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        run_child(f, ends[1], found.end, found.end_release);
        _exit(1);
    }
    (void)close(ends[1]);
    sleep_ms(kill_after_ms);
    assert_int_equal(kill(child, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status))
        fail_msg("the child ended by itself with %d", WEXITSTATUS(status));
    read_told(ends[0]);
    (void)close(ends[0]);
}

static void test_killed_at_random_moments(void **state)
{
    struct fixture *const f = *state;
    uint64_t n_acknowledged = 0;

    fixture_close(f); /* the child opens it */
    fixture_lose(f);  /* and makes it, the first time */
    assert_int_equal(unlink(f->head_path), 0);
    /* On a busy machine the child comes to a release later. */
    for (uint64_t round = 0;
         round < N_ROUNDS || (found.end_release == 0 && round < (uint64_t)4 * N_ROUNDS); round++) {
        const uint64_t from = found.end;
        const uint64_t from_release = found.end_release;
        crash_once(f, next_random() % (LATEST_KILL_MS * (1 + round / N_ROUNDS)));
        fixture_open(f);
        assert_false(hub_store_was_restored(f->store));
        struct hub_store_task t =
            task_of(1, HUB_ROLE_LEADER); /* perhaps the child did not come to it */
        assert_int_equal(run(f->store, admit_apply, &t), HUB_OK);
        drain(f);
        check_requests(f, from);
        check_releases(f, from_release);
        fixture_close(f);
    }
    for (uint64_t n = 0; n < found.end; n++)
        n_acknowledged += found.acknowledged[n];
    print_message("%llu requests and %llu releases acknowledged in %d rounds\n",
                  (unsigned long long)n_acknowledged, (unsigned long long)found.end_release,
                  N_ROUNDS);
    assert_true(n_acknowledged > 0 && found.end_release > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_killed_at_random_moments, fixture_setup,
                                        fixture_teardown),
    };
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
