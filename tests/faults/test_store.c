/* The store on a disk that fails: the n-th operation, for each n, once and for good. Whatever was
 * acknowledged is there after opening again, nothing is there by half, and nothing looks like a
 * rollback. The same for the file of the ledger's head, and for statements of which the n-th finds
 * no memory. */
#include "../unit/store/store_fixture.h"
#include "faulty_vfs.h"
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/helper_job.h"
#include "store/job.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum { N_UPLOADS = 3, REPORTS = 10, BODY_LEN = 3000 };

/* ---- The head file's sync can be told to fail: the linker puts this in its place */

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
static _Atomic bool head_fails;
static _Atomic uint64_t n_head_syncs;

int __wrap_fdatasync(int fd)
{
    if (atomic_load(&head_fails)) {
        errno = EIO;
        return -1;
    }
    atomic_fetch_add(&n_head_syncs, 1);
    return __real_fdatasync(fd);
}

/* ---- The walk: what a leader and a helper do, step by step */

struct walk {
    uint64_t leader; /* task numbers; 0: not admitted */
    uint64_t helper;
    bool uploaded[N_UPLOADS];
    bool helped;
    bool released;
};

struct upload {
    uint64_t task;
    uint64_t number;
    uint8_t verdict[REPORTS];
    hub_status end;
};

static hub_status upload(void *self, struct hub_store_tx *tx)
{
    struct upload *const u = self;
    static uint8_t body[BODY_LEN];
    struct hub_store_report reports[REPORTS];
    memset(u->verdict, 0, sizeof(u->verdict));
    for (size_t i = 0; i < REPORTS; i++) {
        reports[i] = (struct hub_store_report){
            .id = {.bytes = {(uint8_t)u->number, (uint8_t)i, 1}, .window = FIRST_WINDOW + 9},
            .encoded = HUB_SPAN_ARRAY(body)};
    }
    HUB_TRY(hub_store_segment_add(tx, u->task, reports, REPORTS, u->verdict));
    return u->end;
}

static const uint8_t key[32] = {7};

struct help {
    uint64_t task;
    hub_status end;
    uint8_t verdict;
};

/* A helper's job: an id, a bucket, an answer, in one unit. */
static hub_status help(void *self, struct hub_store_tx *tx)
{
    struct help *const h = self;
    const struct hub_store_id id = {.bytes = {1}, .window = FIRST_WINDOW};
    const struct hub_store_bucket bucket = {.window = FIRST_WINDOW, .n_reports = 1};
    static uint8_t sealed[40000]; /* some pages */
    h->verdict = HUB_REPORT_OK;
    HUB_TRY(hub_store_ids_add(tx, h->task, &id, 1, &h->verdict));
    HUB_TRY(hub_store_bucket_save(tx, h->task, &bucket, HUB_SPAN_ARRAY(sealed)));
    HUB_TRY(hub_store_helper_job_add(tx, h->task, key, key, hub_span_text("answer"), FIRST_WINDOW,
                                     FIRST_WINDOW));
    return h->end;
}

static hub_status release(void *self, struct hub_store_tx *tx)
{
    const uint64_t task = *(const uint64_t *)self;
    HUB_TRY(hub_store_buckets_collect(tx, task, FIRST_WINDOW, FIRST_WINDOW, 1, 5));
    return hub_store_share_add(tx, task, key, key, hub_span_text("share"));
}

/* Goes on past failures, as requests of different devices do. */
static void walk(struct fixture *f, struct walk *w)
{
    struct hub_store_task t = task_of(1, HUB_ROLE_LEADER);
    w->leader = run(f->store, admit_apply, &t) == HUB_OK ? t.number : 0;
    t = task_of(2, HUB_ROLE_HELPER);
    w->helper = run(f->store, admit_apply, &t) == HUB_OK ? t.number : 0;
    for (uint64_t i = 0; i < N_UPLOADS; i++) {
        struct upload u = {.task = w->leader, .number = i};
        w->uploaded[i] = run(f->store, upload, &u) == HUB_OK;
        if (w->uploaded[i]) /* its ids are all new: no failure before may have left one */
            assert_int_equal(u.verdict[0] + u.verdict[REPORTS - 1], HUB_REPORT_OK);
    }
    struct help h = {.task = w->helper};
    w->helped = run(f->store, help, &h) == HUB_OK;
    w->released = run(f->store, release, &w->helper) == HUB_OK;
}

/* ---- What is there afterwards */

static bool is_task_there(struct fixture *f, uint8_t n, uint64_t *number)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    const uint8_t id[32] = {n};
    struct hub_store_task t;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    const hub_status status = hub_store_task_find(&reader, id, &t);
    *number = status == HUB_OK ? t.number : 0;
    return status == HUB_OK;
}

static void check_uploads(struct fixture *f, const struct walk *w, uint64_t task)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_pending pending;
    uint64_t n_there = 0;
    for (uint64_t i = 0; i < N_UPLOADS; i++) {
        struct upload u = {.task = task, .number = i, .end = HUB_E_REFUSED};
        assert_int_equal(run(f->store, upload, &u), HUB_E_REFUSED);
        for (size_t k = 1; k < REPORTS; k++)
            assert_int_equal(u.verdict[k], u.verdict[0]); /* whole or not at all */
        if (w->uploaded[i])
            assert_int_equal(u.verdict[0], HUB_REPORT_REPLAYED);
        n_there += u.verdict[0] == HUB_REPORT_REPLAYED ? 1U : 0U;
    }
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_pending(&reader, task, &pending), HUB_OK);
    assert_int_equal(pending.n_reports, n_there * REPORTS);
}

static void check_helper(struct fixture *f, const struct walk *w, uint64_t task)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(1 << 20);
    struct hub_store_bucket bucket;
    uint8_t id[16];
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    const bool has_job = hub_store_helper_job_find(&reader, task, key, key, &bytes) == HUB_OK;
    const bool has_share = hub_store_share_find(&reader, task, key, id, &bytes) == HUB_OK;
    assert_int_equal(hub_store_bucket_load(&reader, task, FIRST_WINDOW, &bucket, &bytes), HUB_OK);
    assert_true(has_job || !w->helped);
    assert_true(has_share || !w->released);
    assert_int_equal(bucket.n_reports, has_job ? 1 : 0);
    assert_int_equal(bucket.is_opened, has_job && !has_share);
    assert_int_equal(bucket.state == HUB_STORE_BUCKET_COLLECTED, has_share);
    struct help h = {.task = task, .end = HUB_E_REFUSED};
    if (!has_share) {
        assert_int_equal(run(f->store, help, &h), has_job ? HUB_E_CONFLICT : HUB_E_REFUSED);
        assert_int_equal(h.verdict, has_job ? HUB_REPORT_REPLAYED : HUB_REPORT_OK);
    }
}

static void check(struct fixture *f, const struct walk *w)
{
    uint64_t leader;
    uint64_t helper;
    assert_false(hub_store_was_restored(f->store));
    const bool has_leader = is_task_there(f, 1, &leader);
    const bool has_helper = is_task_there(f, 2, &helper);
    assert_true(has_leader || w->leader == 0);
    assert_true(has_helper || w->helper == 0);
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    if (has_leader)
        check_uploads(f, w, leader);
    if (has_helper)
        check_helper(f, w, helper);
}

static void clear(struct fixture *f)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    fixture_close(f);
    for (size_t i = 0; i < 3; i++) {
        char path[TEST_DATABASE_MAX + 8];
        (void)snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    (void)unlink(f->head_path);
}

/* One walk with the fault; true if the walk came to its end before its turn. */
static bool fail_at(struct fixture *f, uint64_t at, bool for_good)
{
    struct walk w = {0};
    clear(f);
    faulty_vfs_set(at, for_good);
    if (hub_store_open(&f->store, &f->options, NULL) == HUB_OK)
        walk(f, &w);
    fixture_close(f);
    const bool survived = faulty_vfs_operations() < at;
    faulty_vfs_set(0, false);
    fixture_open(f);
    check(f, &w);
    if (survived)
        assert_true(w.leader != 0 && w.helper != 0 && w.uploaded[N_UPLOADS - 1] && w.helped &&
                    w.released);
    return survived;
}

static void test_each_operation_fails_once(void **state)
{
    uint64_t at = 1;
    while (!fail_at(*state, at, false))
        at++;
    print_message("%llu operations\n", (unsigned long long)at - 1);
    assert_true(at > 30);
}

static void test_each_operation_fails_for_good(void **state)
{
    uint64_t at = 1;
    while (!fail_at(*state, at, true))
        at += 3;
}

/* After a failure that passes, the same store serves again without being opened anew. */
static void test_store_recovers_by_itself(void **state)
{
    struct fixture *const f = *state;
    for (uint64_t at = 1; at <= 12; at++) {
        clear(f);
        fixture_open(f);
        const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
        struct upload u = {.task = task, .number = 1};
        faulty_vfs_set(at, false);
        const hub_status status = run(f->store, upload, &u);
        const bool had_its_turn = faulty_vfs_operations() >= at;
        assert_true(had_its_turn || status == HUB_OK);
        u.number = 2;
        assert_int_equal(run(f->store, upload, &u), HUB_OK);
        assert_int_equal(u.verdict[0], HUB_REPORT_OK);
        u.number = 1;
        assert_int_equal(run(f->store, upload, &u), HUB_OK);
        assert_int_equal(u.verdict[0], status == HUB_OK ? HUB_REPORT_REPLAYED : HUB_REPORT_OK);
        struct hub_store_stats stats;
        hub_store_stats(f->store, &stats);
        assert_int_equal(stats.ids, 2 * REPORTS);
    }
}

static bool is_failing(struct hub_store *store)
{
    struct hub_store_stats stats;
    hub_store_stats(store, &stats);
    return stats.is_failing;
}

/* Whoever looks whether commits fail hears that they work again, with nobody handing in a unit. */
static void test_recovery_is_seen_without_work(void **state)
{
    struct fixture *const f = *state;
    struct upload u = {.task = admit(f->store, 1, HUB_ROLE_LEADER), .number = 1};
    faulty_vfs_set(1, true);
    assert_int_not_equal(run(f->store, upload, &u), HUB_OK);
    assert_true(is_failing(f->store));
    (void)usleep(1500000); /* it has tried, and failed */
    assert_true(faulty_vfs_operations() > 1);
    assert_true(is_failing(f->store));
    faulty_vfs_set(0, false);
    for (int i = 0; i < 500 && is_failing(f->store); i++)
        (void)usleep(10000);
    assert_false(is_failing(f->store));
}

/* ---- Durable means synced */

struct watched {
    struct hub_unit unit;
    struct upload upload;
    _Atomic uint64_t unsynced;
    _Atomic bool is_done;
};

static hub_status watched_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    return upload(&((struct watched *)unit)->upload, tx);
}

static void watched_done(struct hub_unit *unit, hub_status status)
{
    struct watched *const w = (struct watched *)unit;
    assert_int_equal(status, HUB_OK);
    atomic_store(&w->unsynced, faulty_vfs_unsynced_log_writes());
    atomic_store(&w->is_done, true);
}

static void test_done_comes_after_the_sync(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    for (uint64_t i = 0; i < 20; i++) {
        static struct watched w;
        w = (struct watched){.unit = {.apply = watched_apply, .done = watched_done},
                             .upload = {.task = task, .number = i},
                             .unsynced = UINT64_MAX};
        faulty_vfs_set(0, false);
        assert_int_equal(hub_store_submit(f->store, &w.unit), HUB_OK);
        while (!atomic_load(&w.is_done))
            (void)usleep(1000);
        assert_true(faulty_vfs_operations() > 1); /* it did reach the log */
        assert_int_equal(atomic_load(&w.unsynced), 0);
    }
}

/* ---- The head outside */

static hub_status help_only(struct fixture *f, uint64_t task)
{
    struct help h = {.task = task};
    return run(f->store, help, &h);
}

static void test_nothing_released_leaves_without_its_head(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 2, HUB_ROLE_HELPER);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(100);
    uint8_t id[16];
    struct hub_store_stats stats;

    assert_int_equal(help_only(f, task), HUB_OK);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    atomic_store(&head_fails, true);
    assert_int_equal(run(f->store, release, &task), HUB_E_IO);
    assert_int_equal(hub_store_share_find(&reader, task, key, id, &bytes), HUB_E_IO);
    assert_int_equal(hub_store_share_get(&reader, task, key, &bytes), HUB_E_IO);
    assert_int_equal(bytes.len, 0);
    struct hub_store_task t = task_of(3, HUB_ROLE_HELPER);
    assert_int_equal(run(f->store, admit_apply, &t), HUB_E_IO);
    uint64_t number;
    assert_false(is_task_there(f, 3, &number)); /* no other unit goes through */
    atomic_store(&head_fails, false);
    assert_int_equal(run(f->store, admit_apply, &t), HUB_OK);
    assert_int_equal(hub_store_share_find(&reader, task, key, id, &bytes), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&bytes), hub_span_text("share")));
    assert_int_equal(run(f->store, release, &task), HUB_E_REFUSED); /* it was released, once */
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ledger_rows, 3);
}

/* Without another unit the head is tried again by itself. */
static void test_head_catches_up_by_itself(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 2, HUB_ROLE_HELPER);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(100);
    uint8_t id[16];
    assert_int_equal(help_only(f, task), HUB_OK);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    atomic_store(&head_fails, true);
    assert_int_equal(run(f->store, release, &task), HUB_E_IO);
    atomic_store(&head_fails, false);
    hub_status status = HUB_E_IO;
    for (int i = 0; i < 500 && status == HUB_E_IO; i++) {
        (void)usleep(10000);
        status = hub_store_share_find(&reader, task, key, id, &bytes);
    }
    assert_int_equal(status, HUB_OK);
}

static void test_crash_before_the_head_is_sound(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 2, HUB_ROLE_HELPER);
    assert_int_equal(help_only(f, task), HUB_OK);
    atomic_store(&head_fails, true);
    assert_int_equal(run(f->store, release, &task), HUB_E_IO);
    fixture_close(f);
    atomic_store(&head_fails, false);
    fixture_open(f);
    assert_false(hub_store_was_restored(f->store));
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ledger_rows, 2);
}

/* ---- Memory: the n-th allocation of SQLite fails */

static sqlite3_mem_methods real_memory;
static _Atomic uint64_t allocations;
static _Atomic uint64_t allocation_fails_at;

static void *failing_malloc(int n)
{
    const uint64_t at = atomic_load(&allocation_fails_at);
    return at != 0 && atomic_fetch_add(&allocations, 1) + 1 == at ? NULL : real_memory.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
    const uint64_t at = atomic_load(&allocation_fails_at);
    return at != 0 && atomic_fetch_add(&allocations, 1) + 1 == at ? NULL
                                                                  : real_memory.xRealloc(p, n);
}

static void install_failing_memory(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods failing = real_memory;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
}

static void test_statements_without_memory(void **state)
{
    struct fixture *const f = *state;
    uint64_t n = 0;
    for (uint64_t at = 1;; at += 1 + at / 16) { /* all of the first, then wider steps */
        struct walk w = {0};
        clear(f);
        fixture_open(f);
        atomic_store(&allocations, 0);
        atomic_store(&allocation_fails_at, at);
        walk(f, &w);
        const bool survived = atomic_load(&allocations) < at;
        atomic_store(&allocation_fails_at, 0);
        check(f, &w); /* the store that had the failure */
        fixture_close(f);
        fixture_open(f);
        check(f, &w);
        n++;
        if (survived)
            break;
    }
    print_message("%llu walks\n", (unsigned long long)n);
    assert_true(n > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_operation_fails_once), TEST(test_each_operation_fails_for_good),
        TEST(test_store_recovers_by_itself),  TEST(test_recovery_is_seen_without_work),
        TEST(test_done_comes_after_the_sync), TEST(test_nothing_released_leaves_without_its_head),
        TEST(test_head_catches_up_by_itself), TEST(test_crash_before_the_head_is_sound),
        TEST(test_statements_without_memory),
    };
    install_failing_memory();
    faulty_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
