/* Two processes' stores on one database (here two in one process, which share nothing but it): each
 * report once, each job one owner, one birth a bucket, one release, one chain. On a server only. */
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/segment.h"
#include "store_fixture.h"

#include <pthread.h>

enum { LEASE_MS = 600 };

struct two {
    struct fixture *f;
    char second_head[128];
    struct hub_store *stores[2];
    uint64_t task;
};

static void open_two(struct two *t, struct fixture *f, enum hub_role role, uint32_t lease_ms)
{
    struct hub_why why = {0};

    fixture_close(f);
    f->options.lease_ms = lease_ms;
    *t = (struct two){.f = f};
    struct hub_store_options second = f->options;
    (void)snprintf(t->second_head, sizeof(t->second_head), "%s/head2", f->folder);
    second.head_path = t->second_head;
    fixture_open(f);
    t->stores[0] = f->store;
    t->task = admit(f->store, 1, role);
    if (hub_store_open(&t->stores[1], &second, &why) != HUB_OK)
        fail_msg("%s", why.text);
    assert_false(hub_store_was_restored(t->stores[1])); /* the first one vouches */
    assert_int_equal(admit(t->stores[1], 1, role), t->task);
}

static void close_second(struct two *t)
{
    hub_store_close(t->stores[1]);
    t->stores[1] = NULL;
}

struct upload {
    uint64_t task;
    uint64_t first;
    uint64_t window;
    uint8_t verdict[32];
};

static hub_status upload_apply(void *self, struct hub_store_tx *tx)
{
    struct upload *const u = self;
    struct hub_store_report reports[32];
    memset(u->verdict, 0, sizeof(u->verdict));
    for (size_t i = 0; i < 32; i++) {
        const uint64_t number = u->first + i;
        reports[i] =
            (struct hub_store_report){.id.window = u->window, .encoded = hub_span_text("report")};
        memcpy(reports[i].id.bytes, &number, sizeof(number));
    }
    return hub_store_segment_add(tx, u->task, reports, 32, u->verdict);
}

static size_t count_taken(const struct upload *u)
{
    size_t n = 0;
    for (size_t i = 0; i < 32; i++)
        n += u->verdict[i] == HUB_REPORT_OK ? 1U : 0U;
    return n;
}

struct racer {
    pthread_t thread;
    struct hub_store *store;
    uint64_t task;
    size_t n_taken;
};

/* Both upload the same reports at the same time. */
static void *race(void *arg)
{
    struct racer *const r = arg;
    for (uint64_t i = 0; i < 40; i++) {
        struct upload u = {.task = r->task, .first = 1 + i * 16, .window = FIRST_WINDOW};
        if (run(r->store, upload_apply, &u) != HUB_OK)
            return r;
        r->n_taken += count_taken(&u);
    }
    return NULL;
}

static hub_status take_apply(void *self, struct hub_store_tx *tx)
{
    struct hub_store_job *const job = self;
    return hub_store_job_take(tx, job, job->task, 100, 1 << 20);
}

static hub_status finish_apply(void *self, struct hub_store_tx *tx)
{
    return hub_store_job_finish(tx, ((const struct hub_store_job *)self)->number);
}

static void test_each_report_and_job_once(void **state)
{
    struct two t;
    struct racer racers[2];
    uint64_t n_jobs[2] = {0};
    uint64_t n_reports = 0;

    open_two(&t, *state, HUB_ROLE_LEADER, 0);
    for (int i = 0; i < 2; i++) {
        racers[i] = (struct racer){.store = t.stores[i], .task = t.task};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(racers[i].thread, &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(racers[0].n_taken + racers[1].n_taken, 39 * 16 + 32);
    for (int i = 0;; i = 1 - i) { /* jobs in turn, until nothing waits */
        struct hub_store_job job = {.task = t.task};
        const hub_status status = run(t.stores[i], take_apply, &job);
        if (status == HUB_E_NOT_FOUND)
            break;
        assert_int_equal(status, HUB_OK);
        n_jobs[i]++;
        n_reports += job.n_reports;
        assert_int_equal(run(t.stores[1 - i], finish_apply, &job),
                         HUB_E_NOT_FOUND); /* not its own */
        assert_int_equal(run(t.stores[i], finish_apply, &job), HUB_OK);
    }
    assert_int_equal(n_reports, 39 * 16 + 32);
    assert_true(n_jobs[0] != 0 && n_jobs[1] != 0);
    close_second(&t);
}

/* One is gone: its session's lock goes with it. */
static void test_jobs_of_one_that_is_gone(void **state)
{
    struct two t;
    struct hub_store_job job;

    open_two(&t, *state, HUB_ROLE_LEADER, 0);
    struct upload u = {.task = t.task, .first = 1, .window = FIRST_WINDOW};
    assert_int_equal(run(t.stores[0], upload_apply, &u), HUB_OK);
    job.task = t.task;
    assert_int_equal(run(t.stores[1], take_apply, &job), HUB_OK);
    {
        HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
        struct hub_store_job orphans[4];
        size_t n = 4;
        assert_int_equal(hub_store_reader_open(&reader, t.stores[0]), HUB_OK);
        assert_int_equal(hub_store_jobs_orphaned(&reader, orphans, &n), HUB_OK);
        assert_int_equal(n, 0); /* it lives */
        assert_int_equal(run(t.stores[0], adopt_job_apply, &job), HUB_E_NOT_FOUND);
    }
    close_second(&t);
    fixture_adopt(*state, 1);
    assert_int_equal(run(t.stores[0], finish_apply, &job), HUB_OK);
}

/* ---- One that hangs */

struct hang {
    struct hub_unit unit;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool is_free;
    bool has_ended;
    hub_status status;
    struct upload *upload; /* done before it hangs; NULL: nothing is */
};

static hub_status hang_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct hang *const h = (struct hang *)unit;
    if (h->upload != NULL)
        HUB_TRY(upload_apply(h->upload, tx));
    (void)pthread_mutex_lock(&h->mutex);
    while (!h->is_free)
        (void)pthread_cond_wait(&h->cond, &h->mutex);
    (void)pthread_mutex_unlock(&h->mutex);
    return HUB_OK;
}

static void hang_done(struct hub_unit *unit, hub_status status)
{
    struct hang *const h = (struct hang *)unit;
    (void)pthread_mutex_lock(&h->mutex);
    h->status = status;
    h->has_ended = true;
    (void)pthread_cond_signal(&h->cond);
    (void)pthread_mutex_unlock(&h->mutex);
}

static void go_on(struct hang *h)
{
    (void)pthread_mutex_lock(&h->mutex);
    h->is_free = true;
    (void)pthread_cond_signal(&h->cond);
    while (!h->has_ended)
        (void)pthread_cond_wait(&h->cond, &h->mutex);
    (void)pthread_mutex_unlock(&h->mutex);
}

/* Its lease ends, its job is another's, and when it comes back it ends nothing. */
static void test_a_lease_expires(void **state)
{
    struct two t;
    struct hub_store_job job;
    struct hang h = {.unit = {.apply = hang_apply, .done = hang_done},
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .cond = PTHREAD_COND_INITIALIZER};

    open_two(&t, *state, HUB_ROLE_LEADER, LEASE_MS);
    struct upload u = {.task = t.task, .first = 1, .window = FIRST_WINDOW};
    assert_int_equal(run(t.stores[1], upload_apply, &u), HUB_OK);
    job.task = t.task;
    assert_int_equal(run(t.stores[1], take_apply, &job), HUB_OK);
    assert_int_equal(hub_store_submit(t.stores[1], &h.unit), HUB_OK);
    fixture_adopt(*state, 1); /* waits for the lease's end */
    go_on(&h);
    assert_int_equal(run(t.stores[1], finish_apply, &job), HUB_E_NOT_FOUND);
    assert_int_equal(run(t.stores[0], finish_apply, &job), HUB_OK);
    close_second(&t);
}

static hub_status close_apply(void *self, struct hub_store_tx *tx)
{
    return hub_store_buckets_close(tx, *(uint64_t *)self, FIRST_WINDOW, FIRST_WINDOW);
}

/* It hangs in the middle of its transaction, in which it holds a window: the server takes the
 * window from it, and when it comes back nothing of that is left. Five seconds. */
static void test_what_hangs_holds_no_rows(void **state)
{
    struct two t;
    struct upload u = {.first = 1, .window = FIRST_WINDOW};
    struct hang h = {.unit = {.apply = hang_apply, .done = hang_done},
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .cond = PTHREAD_COND_INITIALIZER,
                     .upload = &u};

    open_two(&t, *state, HUB_ROLE_LEADER, LEASE_MS);
    u.task = t.task;
    assert_int_equal(hub_store_submit(t.stores[1], &h.unit), HUB_OK);
    struct upload other = {.task = t.task, .first = 100, .window = FIRST_WINDOW};
    assert_int_equal(run(t.stores[0], upload_apply, &other), HUB_OK); /* holds it beside */
    assert_int_equal(run(t.stores[0], close_apply, &t.task), HUB_OK); /* waits for it alone */
    go_on(&h);
    assert_int_equal(h.status, HUB_E_DB);
    u.verdict[0] = 0;
    assert_int_equal(run(t.stores[1], upload_apply, &u), HUB_OK); /* it is a process again */
    assert_int_equal(u.verdict[0], HUB_REPORT_BATCH_COLLECTED);
    close_second(&t);
}

/* ---- Buckets */

struct part {
    uint64_t task;
    uint64_t window;
    bool was_opened;
    bool had_part;
};

/* Adds one report. */
static hub_status add_apply(void *self, struct hub_store_tx *tx)
{
    struct part *const p = self;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf sealed = HUB_BUF_INIT(100);
    struct hub_store_bucket bucket;
    HUB_TRY(hub_store_bucket_part(tx, p->task, p->window, &bucket, &sealed));
    p->was_opened = bucket.is_opened;
    p->had_part = sealed.len != 0;
    bucket.n_reports++;
    bucket.checksum[0] ^= 1;
    return hub_store_bucket_save(tx, p->task, &bucket, hub_span_text("sealed"));
}

struct release {
    uint64_t task;
    uint64_t window;
    uint64_t n;
};

static hub_status release_apply(void *self, struct hub_store_tx *tx)
{
    const struct release *const r = self;
    return hub_store_buckets_collect(tx, r->task, r->window, r->window, r->n, 5);
}

static hub_status count_part(void *self, const struct hub_store_bucket *part, hub_span sealed)
{
    assert_int_equal(part->n_reports, 2);
    assert_int_equal(sealed.len, 6);
    ++*(size_t *)self;
    return HUB_OK;
}

static void test_one_birth_and_one_release(void **state)
{
    struct two t;
    struct part p;
    size_t n_births = 0;
    size_t n_parts = 0;
    struct hub_store_bucket whole;

    open_two(&t, *state, HUB_ROLE_HELPER, 0);
    p = (struct part){.task = t.task, .window = FIRST_WINDOW};
    for (int round = 0; round < 4; round++) {
        assert_int_equal(run(t.stores[round % 2], add_apply, &p), HUB_OK);
        n_births += p.was_opened ? 0U : 1U;
        assert_int_equal(p.had_part, round >= 2);
    }
    assert_int_equal(n_births, 1);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    assert_int_equal(hub_store_reader_open(&reader, t.stores[0]), HUB_OK);
    assert_int_equal(
        hub_store_bucket_parts(&reader, t.task, FIRST_WINDOW, &whole, count_part, &n_parts),
        HUB_OK);
    assert_int_equal(n_parts, 2);
    assert_int_equal(whole.n_reports, 4);
    struct release r = {.task = t.task, .window = FIRST_WINDOW, .n = 2};
    assert_int_equal(run(t.stores[0], release_apply, &r), HUB_E_CONFLICT); /* half of it */
    r.n = 4;
    assert_int_equal(run(t.stores[1], release_apply, &r), HUB_OK);
    assert_int_equal(run(t.stores[0], release_apply, &r), HUB_E_REFUSED);
    assert_int_equal(run(t.stores[0], add_apply, &p), HUB_E_REFUSED);
    p.window++;
    assert_int_equal(run(t.stores[0], add_apply, &p), HUB_OK); /* both append to one chain */
    r = (struct release){.task = t.task, .window = FIRST_WINDOW + 1, .n = 1};
    assert_int_equal(run(t.stores[0], release_apply, &r), HUB_OK);
    struct hub_ledger_head end;
    assert_int_equal(hub_ledger_verify(reader.db, &end, NULL), HUB_OK);
    assert_int_equal(end.length, 3);
    close_second(&t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_report_and_job_once),  TEST(test_jobs_of_one_that_is_gone),
        TEST(test_a_lease_expires),           TEST(test_what_hangs_holds_no_rows),
        TEST(test_one_birth_and_one_release),
    };
    if (!test_is_on_server()) {
        (void)puts("skipped: needs a server (with_server)");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
