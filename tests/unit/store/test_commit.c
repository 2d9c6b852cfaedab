/* Group commit: concurrent units, one that fails among its neighbours, the bounded queue, a full
 * disk, and what comes back after opening again. */
#include "store/segment.h"
#include "store_fixture.h"

#include <pthread.h>
#include <unistd.h>

/* ---- A report's id says which it is */

struct upload {
    uint64_t task;
    uint64_t first; /* ids first .. first + n - 1 */
    size_t n;
    uint64_t window;
    size_t report_len;
    hub_status end; /* what apply returns after storing */
    uint8_t verdict[64];
};

static hub_status upload_apply(void *self, struct hub_store_tx *tx)
{
    struct upload *const u = self;
    static const uint8_t body[4096] = {0xab};
    struct hub_store_report reports[64];
    assert_true(u->n <= 64);
    memset(u->verdict, 0, sizeof(u->verdict));
    for (size_t i = 0; i < u->n; i++) {
        const uint64_t number = u->first + i;
        reports[i] =
            (struct hub_store_report){.id.window = u->window, .encoded = {body, u->report_len}};
        memcpy(reports[i].id.bytes, &number, sizeof(number));
    }
    HUB_TRY(hub_store_segment_add(tx, u->task, reports, u->n, u->verdict));
    return u->end;
}

static struct upload upload_of(uint64_t task, uint64_t first, size_t n)
{
    return (struct upload){
        .task = task, .first = first, .n = n, .window = FIRST_WINDOW, .report_len = 100};
}

static size_t count_verdicts(const struct upload *u, uint8_t verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n; i++)
        n += u->verdict[i] == verdict ? 1U : 0U;
    return n;
}

static uint64_t pending(struct hub_store *store, uint64_t task)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_pending p;
    assert_int_equal(hub_store_reader_open(&reader, store), HUB_OK);
    assert_int_equal(hub_store_pending(&reader, task, &p), HUB_OK);
    assert_int_equal(p.n_bytes, p.n_reports * 100);
    return p.n_reports;
}

/* ---- Tests */

static void test_same_report_twice(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = upload_of(task, 1, 10);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), 10);
    u = upload_of(task, 6, 10); /* half of it is new */
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_REPLAYED), 5);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), 5);
    assert_int_equal(pending(f->store, task), 15);

    const uint64_t other = admit(f->store, 2, HUB_ROLE_LEADER); /* ids are a task's own */
    u = upload_of(other, 1, 10);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), 10);
}

static void test_ids_are_rebuilt(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = upload_of(task, 0, 64); /* the id of all zeros too */
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_ids(f), 64);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_REPLAYED), 64);
    assert_int_equal(pending(f->store, task), 64);
}

static void test_ids_spill_when_memory_is_full(void **state)
{
    if (test_is_on_server())
        skip();
    struct fixture *const f = *state;
    fixture_close(f);
    f->options.ids_bytes_max = 64 * 16;
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t first = 1; first < 600; first += 60) {
            struct upload u = upload_of(task, first, 60);
            assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
            assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), round == 0 ? 60 : 0);
        }
    }
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ids, 600);
    assert_in_range(stats.ids_spilled, 540, 599); /* the hash's key decides which */
    assert_in_range(stats.ids_bytes, 1, 64 * 16);

    struct upload failing = upload_of(task, 9000, 60); /* spilled, then undone */
    failing.end = HUB_E_REFUSED;
    assert_int_equal(run(f->store, upload_apply, &failing), HUB_E_REFUSED);
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ids, 600);
    failing.end = HUB_OK;
    assert_int_equal(run(f->store, upload_apply, &failing), HUB_OK);
    assert_int_equal(count_verdicts(&failing, HUB_REPORT_OK), 60);

    fixture_close(f);
    f->options.ids_bytes_max = 0; /* more room than before, then less */
    fixture_open(f);
    hub_store_stats(f->store, &stats);
    struct upload u = upload_of(task, 580, 60);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_REPLAYED), 21);
    fixture_close(f);
    f->options.ids_bytes_max = 1;
    fixture_open(f);
    for (uint64_t first = 1; first < 600; first += 60) {
        u = upload_of(task, first, 60);
        assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
        assert_int_equal(count_verdicts(&u, HUB_REPORT_REPLAYED), 60);
    }
}

static void test_failing_unit_leaves_nothing(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = upload_of(task, 1, 20);
    u.end = HUB_E_REFUSED;
    assert_int_equal(run(f->store, upload_apply, &u), HUB_E_REFUSED);
    assert_int_equal(pending(f->store, task), 0);
    u.end = HUB_OK; /* its ids are free again */
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), 20);
    assert_int_equal(pending(f->store, task), 20);
}

/* Units that wait together: the writing thread is held up by the first. */
struct queued {
    struct hub_unit unit;
    struct upload upload;
    hub_status status;
};

struct gate {
    struct hub_unit unit;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool is_inside;
    bool is_open;
    size_t n_done;
};

static struct gate the_gate = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                               .cond = PTHREAD_COND_INITIALIZER};

static hub_status gate_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct gate *const g = (struct gate *)unit;
    (void)tx;
    (void)pthread_mutex_lock(&g->mutex);
    g->is_inside = true;
    (void)pthread_cond_broadcast(&g->cond);
    while (!g->is_open)
        (void)pthread_cond_wait(&g->cond, &g->mutex);
    (void)pthread_mutex_unlock(&g->mutex);
    return HUB_OK;
}

static void count_done(void)
{
    (void)pthread_mutex_lock(&the_gate.mutex);
    the_gate.n_done++;
    (void)pthread_cond_broadcast(&the_gate.cond);
    (void)pthread_mutex_unlock(&the_gate.mutex);
}

static void gate_done(struct hub_unit *unit, hub_status status)
{
    (void)unit;
    assert_int_equal(status, HUB_OK);
    count_done();
}

static void close_gate(struct hub_store *store)
{
    the_gate.is_inside = the_gate.is_open = false;
    the_gate.n_done = 0;
    the_gate.unit = (struct hub_unit){.apply = gate_apply, .done = gate_done};
    assert_int_equal(hub_store_submit(store, &the_gate.unit), HUB_OK);
    (void)pthread_mutex_lock(&the_gate.mutex);
    while (!the_gate.is_inside)
        (void)pthread_cond_wait(&the_gate.cond, &the_gate.mutex);
    (void)pthread_mutex_unlock(&the_gate.mutex);
}

static void open_gate(size_t n_expected)
{
    (void)pthread_mutex_lock(&the_gate.mutex);
    the_gate.is_open = true;
    (void)pthread_cond_broadcast(&the_gate.cond);
    while (the_gate.n_done < n_expected)
        (void)pthread_cond_wait(&the_gate.cond, &the_gate.mutex);
    (void)pthread_mutex_unlock(&the_gate.mutex);
}

static hub_status queued_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    return upload_apply(&((struct queued *)unit)->upload, tx);
}

static void queued_done(struct hub_unit *unit, hub_status status)
{
    ((struct queued *)unit)->status = status;
    count_done();
}

static void queue(struct hub_store *store, struct queued *q, struct upload upload)
{
    *q = (struct queued){.unit = {.apply = queued_apply, .done = queued_done, .bytes = 1000},
                         .upload = upload,
                         .status = HUB_N_STATUS};
    assert_int_equal(hub_store_submit(store, &q->unit), HUB_OK);
}

static void test_one_commit_for_many(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct hub_store_stats before;
    struct hub_store_stats after;
    static struct queued units[100];

    close_gate(f->store);
    hub_store_stats(f->store, &before);
    for (size_t i = 0; i < 100; i++) {
        struct upload u = upload_of(task, 1 + i * 10, 10);
        u.end = i % 7 == 3 ? HUB_E_REFUSED : HUB_OK;
        queue(f->store, &units[i], u);
    }
    open_gate(101);
    hub_store_stats(f->store, &after);
    assert_true(after.commits - before.commits <= 2); /* the gate's own, and one for all */
    size_t n_good = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(units[i].status, i % 7 == 3 ? HUB_E_REFUSED : HUB_OK);
        n_good += units[i].status == HUB_OK ? 1U : 0U;
    }
    assert_int_equal(pending(f->store, task), n_good * 10);
    assert_int_equal(fixture_ids(f), n_good * 10);
    for (size_t i = 0; i < 100; i++) { /* each again: what failed is new, the rest is known */
        struct upload u = upload_of(task, 1 + i * 10, 10);
        assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
        assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), i % 7 == 3 ? 10 : 0);
    }
}

/* After a group of several, a lone small unit waits a moment for others, but not where somebody
 * stands still: the second unit of each pair comes a little later and is waited for. On a busy
 * machine it often comes too late, so pairs go on until some have shared a commit. */
static void test_small_units_gather(void **state)
{
    enum { N_PAIRS_MAX = 2000, LATER_US = 100, N_SHARED = 5 };
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct hub_store_stats before;
    struct hub_store_stats after;
    static struct queued units[N_PAIRS_MAX + 2];
    int64_t n_shared = 0;
    size_t n = 0;

    close_gate(f->store);
    for (size_t i = 0; i < 2; i++)
        queue(f->store, &units[i], upload_of(task, 1 + i, 1));
    open_gate(3);
    hub_store_stats(f->store, &before);
    for (; n < N_PAIRS_MAX && n_shared < N_SHARED; n++) {
        struct upload second = upload_of(task, 10000 + n, 1);
        queue(f->store, &units[n + 2], upload_of(task, 3 + n, 1));
        (void)usleep(LATER_US);
        assert_int_equal(run(f->store, upload_apply, &second), HUB_OK);
        hub_store_stats(f->store, &after);
        n_shared = (int64_t)(2 * (n + 1)) - (int64_t)(after.commits - before.commits);
    }
    open_gate(n + 3);
    assert_true(n_shared >= N_SHARED);
    assert_int_equal(pending(f->store, task), 2 * n + 2);
}

/* A replay in the same commit as its first is still a replay, and free again if the first fails. */
static void test_replay_within_one_commit(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    static struct queued units[3];
    close_gate(f->store);
    struct upload u = upload_of(task, 1, 10);
    u.end = HUB_E_REFUSED;
    queue(f->store, &units[0], u);
    u.end = HUB_OK;
    queue(f->store, &units[1], u);
    queue(f->store, &units[2], u);
    open_gate(4);
    assert_int_equal(units[0].status, HUB_E_REFUSED);
    assert_int_equal(count_verdicts(&units[1].upload, HUB_REPORT_OK), 10);
    assert_int_equal(count_verdicts(&units[2].upload, HUB_REPORT_REPLAYED), 10);
    assert_int_equal(pending(f->store, task), 10);
}

static void test_full_queue_is_busy(void **state)
{
    struct fixture *const f = *state;
    fixture_close(f);
    f->options.queue_units_max = 5;
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    static struct queued units[6];
    close_gate(f->store);
    for (size_t i = 0; i < 5; i++)
        queue(f->store, &units[i], upload_of(task, 1 + i, 1));
    units[5] = units[4];
    assert_int_equal(hub_store_submit(f->store, &units[5].unit), HUB_E_BUSY);
    open_gate(6);
    assert_int_equal(pending(f->store, task), 5);
    fixture_close(f);
    f->options.queue_units_max = 0;
    f->options.queue_bytes_max = 2500;
    fixture_open(f);
    close_gate(f->store);
    queue(f->store, &units[0], upload_of(task, 11, 1));
    queue(f->store, &units[1], upload_of(task, 12, 1));
    units[2] = units[1];
    assert_int_equal(hub_store_submit(f->store, &units[2].unit), HUB_E_BUSY);
    open_gate(3);
}

struct worker {
    pthread_t thread;
    struct hub_store *store;
    uint64_t task;
    uint64_t first;
};

static void *work(void *argument)
{
    struct worker *const w = argument;
    for (uint64_t i = 0; i < 50; i++) {
        struct upload u = upload_of(w->task, w->first + i * 7, 7);
        if (run(w->store, upload_apply, &u) != HUB_OK || count_verdicts(&u, HUB_REPORT_OK) != 7)
            return w;
    }
    return NULL;
}

static void test_workers_at_once(void **state)
{
    struct fixture *const f = *state;
    struct worker workers[8];
    fixture_close(f);
    f->options.queue_units_max = 3; /* they wait for room too */
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    for (uint64_t i = 0; i < 8; i++) {
        workers[i] = (struct worker){.store = f->store, .task = task, .first = 1 + i * 1000};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(workers[i].thread, &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(pending(f->store, task), 8 * 50 * 7);
}

static void test_segments_are_bounded(void **state)
{
    struct fixture *const f = *state;
    fixture_close(f);
    f->options.segment_bytes_max = 5000;
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = upload_of(task, 1, 5);
    u.report_len = 4096; /* one a segment */
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    u = upload_of(task, 100, 60);
    u.report_len = 99; /* fifty a segment */
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_pending p;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_pending(&reader, task, &p), HUB_OK);
    assert_int_equal(p.n_reports, 65);
    assert_int_equal(p.n_bytes, 5 * 4096 + 60 * 99);
    fixture_close(f);
    f->options.segment_bytes_max = 4000;
    fixture_open(f);
    u = upload_of(task, 200, 1);
    u.report_len = 4096;
    assert_int_equal(run(f->store, upload_apply, &u), HUB_E_ARGUMENT);
}

/* A full disk: what does not fit fails and leaves no id behind; when there is room again, the same
 * upload is taken. */
static void test_full_disk(void **state)
{
    if (test_is_on_server())
        skip();
    struct fixture *const f = *state;
    fixture_close(f);
    f->options.pages_max = 60;
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    uint64_t first = 1;
    struct upload u;
    for (;; first += 60) {
        u = upload_of(task, first, 60);
        u.report_len = 1000;
        const hub_status status = run(f->store, upload_apply, &u);
        if (status != HUB_OK) {
            assert_int_equal(status, HUB_E_DB);
            break;
        }
    }
    assert_true(first > 1);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_E_DB); /* still full, still no replay */
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ids, first - 1);
    fixture_close(f);
    f->options.pages_max = 0;
    fixture_open(f);
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ids, first - 1);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_OK);
    assert_int_equal(count_verdicts(&u, HUB_REPORT_OK), 60);
}

static void test_second_process_is_refused(void **state)
{
    if (test_is_on_server())
        skip();
    struct fixture *const f = *state;
    struct hub_store *second = NULL;
    struct hub_why why = {0};
    assert_int_equal(hub_store_open(&second, &f->options, &why), HUB_E_BUSY);
    assert_null(second);
    assert_non_null(strstr(why.text, "another process"));
}

static void test_unknown_task(void **state)
{
    struct fixture *const f = *state;
    struct upload u = upload_of(1, 1, 1);
    assert_int_equal(run(f->store, upload_apply, &u), HUB_E_NOT_FOUND);
    u.task = 0;
    assert_int_equal(run(f->store, upload_apply, &u), HUB_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_report_twice),
        TEST(test_ids_are_rebuilt),
        TEST(test_ids_spill_when_memory_is_full),
        TEST(test_failing_unit_leaves_nothing),
        TEST(test_one_commit_for_many),
        TEST(test_small_units_gather),
        TEST(test_replay_within_one_commit),
        TEST(test_full_queue_is_busy),
        TEST(test_workers_at_once),
        TEST(test_segments_are_bounded),
        TEST(test_full_disk),
        TEST(test_second_process_is_refused),
        TEST(test_unknown_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
