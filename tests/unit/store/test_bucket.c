/* Buckets from opening to the release, collections, aggregate shares and expiry. */
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/collection.h"
#include "store/helper_job.h"
#include "store/job.h"
#include "store_fixture.h"

struct bucket_step {
    uint64_t task;
    struct hub_store_bucket bucket;
    uint64_t first;
    uint64_t last;
    uint64_t report_count;
    const char *sealed;
    enum hub_store_bucket_state state;
    hub_status end;
};

static hub_status save(void *self, struct hub_store_tx *tx)
{
    struct bucket_step *const s = self;
    HUB_TRY(hub_store_bucket_save(tx, s->task, &s->bucket, hub_span_text(s->sealed)));
    return s->end;
}

static hub_status close_windows(void *self, struct hub_store_tx *tx)
{
    struct bucket_step *const s = self;
    HUB_TRY(hub_store_buckets_close(tx, s->task, s->first, s->last));
    return s->end;
}

static hub_status collect(void *self, struct hub_store_tx *tx)
{
    struct bucket_step *const s = self;
    HUB_TRY(hub_store_buckets_collect(tx, s->task, s->first, s->last, s->report_count, 77));
    return s->end;
}

static hub_status ask_state(void *self, struct hub_store_tx *tx)
{
    struct bucket_step *const s = self;
    s->state = hub_store_bucket_state(tx, s->task, s->first);
    return HUB_OK;
}

static enum hub_store_bucket_state state_of(struct fixture *f, uint64_t task, uint64_t window)
{
    struct bucket_step s = {.task = task, .first = window};
    assert_int_equal(run(f->store, ask_state, &s), HUB_OK);
    return s.state;
}

static hub_status save_bucket(struct fixture *f, uint64_t task, uint64_t window, uint64_t n_reports,
                              const char *sealed)
{
    struct bucket_step s = {.task = task,
                            .bucket = {.window = window, .n_reports = n_reports, .checksum = {9}},
                            .sealed = sealed};
    return run(f->store, save, &s);
}

static struct hub_store_bucket load(struct fixture *f, uint64_t task, uint64_t window,
                                    const char *sealed)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(1000);
    struct hub_store_bucket bucket;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_bucket_load(&reader, task, window, &bucket, &bytes), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&bytes), hub_span_text(sealed)));
    assert_int_equal(bucket.window, window);
    return bucket;
}

static void test_bucket_comes_back(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct hub_store_bucket b = load(f, task, FIRST_WINDOW, "");
    assert_false(b.is_opened);
    assert_int_equal(b.state, HUB_STORE_BUCKET_OPEN);
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 0, "noise"), HUB_OK);
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 5, "noise and five"), HUB_OK);
    b = load(f, task, FIRST_WINDOW, "noise and five");
    assert_true(b.is_opened);
    assert_int_equal(b.n_reports, 5);
    assert_int_equal(b.checksum[0], 9);
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 6, ""), HUB_E_ARGUMENT);
    assert_int_equal(save_bucket(f, task + 1, FIRST_WINDOW, 6, "x"), HUB_E_NOT_FOUND);
}

static void test_release(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct hub_store_stats before;
    struct hub_store_stats after;

    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 5, "a"), HUB_OK);
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW + 2, 7, "c"), HUB_OK);
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW + 2, .report_count = 12};
    assert_int_equal(run(f->store, collect, &s), HUB_E_NOT_FOUND); /* one was never opened */
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW + 1, 0, "b"), HUB_OK);
    s.report_count = 11;
    assert_int_equal(run(f->store, collect, &s), HUB_E_CONFLICT);
    s.report_count = 12;
    s.end = HUB_E_REFUSED; /* undone: nothing is collected, no row is written */
    hub_store_stats(f->store, &before);
    assert_int_equal(run(f->store, collect, &s), HUB_E_REFUSED);
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 1), HUB_STORE_BUCKET_OPEN);
    hub_store_stats(f->store, &after);
    assert_int_equal(after.ledger_rows, before.ledger_rows);
    assert_int_equal(after.head_syncs, before.head_syncs);

    s.end = HUB_OK;
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    hub_store_stats(f->store, &after);
    assert_int_equal(after.ledger_rows, before.ledger_rows + 1);
    assert_int_equal(after.head_syncs, before.head_syncs + 1);
    assert_int_equal(run(f->store, collect, &s), HUB_E_REFUSED); /* once */
    for (int round = 0; round < 2; round++) {
        for (uint64_t w = FIRST_WINDOW; w <= FIRST_WINDOW + 2; w++) {
            assert_int_equal(state_of(f, task, w), HUB_STORE_BUCKET_COLLECTED);
            assert_int_equal(load(f, task, w, "").state, HUB_STORE_BUCKET_COLLECTED);
            assert_int_equal(save_bucket(f, task, w, 1, "late"), HUB_E_REFUSED);
        }
        assert_int_equal(state_of(f, task, FIRST_WINDOW + 3), HUB_STORE_BUCKET_OPEN);
        fixture_close(f);
        fixture_open(f);
        assert_false(hub_store_was_restored(f->store));
    }
    s.last = FIRST_WINDOW + 1000;
    assert_int_equal(run(f->store, collect, &s), HUB_E_ARGUMENT);
    s.last = FIRST_WINDOW - 1;
    assert_int_equal(run(f->store, collect, &s), HUB_E_ARGUMENT);
}

static void test_last_window_of_all(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct bucket_step s = {.task = task, .first = INT64_MAX, .last = INT64_MAX};
    assert_int_equal(save_bucket(f, task, INT64_MAX, 0, "x"), HUB_OK);
    s.task = task;
    assert_int_equal(run(f->store, close_windows, &s), HUB_OK);
    s.first = s.last = UINT64_MAX; /* no engine has such numbers; and the loop ends */
    assert_int_equal(run(f->store, close_windows, &s), HUB_E_ARGUMENT);
    assert_int_equal(state_of(f, task, UINT64_MAX), HUB_STORE_BUCKET_OPEN);
}

/* ---- The leader's order: close, finish what is outstanding, collect */

struct upload {
    uint64_t task;
    uint64_t window;
    uint16_t id;
    uint8_t verdict;
};

static hub_status upload(void *self, struct hub_store_tx *tx)
{
    struct upload *const u = self;
    const struct hub_store_report report = {
        .id = {.bytes = {(uint8_t)u->id, (uint8_t)(u->id >> 8)}, .window = u->window},
        .encoded = hub_span_text("report")};
    u->verdict = HUB_REPORT_OK;
    return hub_store_segment_add(tx, u->task, &report, 1, &u->verdict);
}

static hub_status take_and_finish(void *self, struct hub_store_tx *tx)
{
    struct hub_store_job job;
    HUB_TRY(hub_store_job_take(tx, &job, *(uint64_t *)self, 100, 1 << 20));
    return hub_store_job_finish(tx, job.number);
}

static hub_status upload_and_collect(void *self, struct hub_store_tx *tx)
{
    struct bucket_step *const s = self;
    struct upload u = {.task = s->task, .window = s->first, .id = 99};
    HUB_TRY(upload(&u, tx));
    return collect(self, tx);
}

static void test_leader_finishes_before_it_collects(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = {.task = task, .window = FIRST_WINDOW, .id = 1};
    struct bucket_step s = {.task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW};

    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 0, "noise"), HUB_OK);
    assert_int_equal(run(f->store, upload_and_collect, &s), HUB_E_BUSY); /* in the same commit */
    assert_int_equal(run(f->store, upload, &u), HUB_OK);
    assert_int_equal(u.verdict, HUB_REPORT_OK);
    assert_int_equal(run(f->store, close_windows, &s), HUB_OK);
    assert_int_equal(run(f->store, close_windows, &s), HUB_OK);
    u.id = 2;
    assert_int_equal(run(f->store, upload, &u), HUB_OK);
    assert_int_equal(u.verdict, HUB_REPORT_BATCH_COLLECTED);  /* too late */
    assert_int_equal(run(f->store, collect, &s), HUB_E_BUSY); /* the first is not aggregated yet */
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 1, "noise and one"), HUB_OK);
    assert_int_equal(load(f, task, FIRST_WINDOW, "noise and one").state, HUB_STORE_BUCKET_CLOSED);
    assert_int_equal(run(f->store, take_and_finish, &task), HUB_OK);
    s.report_count = 1;
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(run(f->store, close_windows, &s), HUB_E_REFUSED);
    assert_int_equal(run(f->store, upload, &u), HUB_OK);
    assert_int_equal(u.verdict, HUB_REPORT_BATCH_COLLECTED);
}

static void test_closing_is_undone_with_its_unit(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW + 40, .end = HUB_E_REFUSED};
    assert_int_equal(run(f->store, close_windows, &s), HUB_E_REFUSED);
    struct upload u = {.task = task, .window = FIRST_WINDOW + 7, .id = 1};
    assert_int_equal(run(f->store, upload, &u), HUB_OK);
    assert_int_equal(u.verdict, HUB_REPORT_OK);
}

/* ---- Collections and shares */

struct collection_step {
    struct hub_store_collection collection;
    bool existed;
    const char *text;
    const char *detail;
    bool is_news;
};

static hub_status add_collection(void *self, struct hub_store_tx *tx)
{
    struct collection_step *const s = self;
    return hub_store_collection_add(tx, &s->collection, hub_span_text("request"), &s->existed);
}

static hub_status finish_collection(void *self, struct hub_store_tx *tx)
{
    struct collection_step *const s = self;
    return hub_store_collection_finish(tx, s->collection.number, hub_span_text(s->text));
}

static hub_status fail_collection(void *self, struct hub_store_tx *tx)
{
    struct collection_step *const s = self;
    return hub_store_collection_fail(tx, s->collection.number, s->text, s->detail, &s->is_news);
}

static hub_status delete_collection(void *self, struct hub_store_tx *tx)
{
    struct collection_step *const s = self;
    return hub_store_collection_delete(tx, s->collection.task, s->collection.id);
}

static void test_collection_jobs(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    const struct hub_store_collection asked = {.task = task,
                                               .id = {1},
                                               .request_sha256 = {2},
                                               .first_window = FIRST_WINDOW,
                                               .last_window = FIRST_WINDOW + 3};
    struct collection_step s = {.collection = asked, .text = "response"};
    assert_int_equal(run(f->store, add_collection, &s), HUB_OK);
    assert_false(s.existed);
    struct collection_step again = {.collection = asked};
    again.collection.id[0] = 9; /* the caller's choice for a new one; the old one comes back */
    assert_int_equal(run(f->store, add_collection, &again), HUB_OK);
    assert_true(again.existed);
    assert_int_equal(again.collection.id[0], 1);
    assert_int_equal(again.collection.number, s.collection.number);

    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(100);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf response = HUB_BUF_INIT(100);
    struct hub_store_collection found;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    size_t n = 1;
    assert_int_equal(hub_store_collections_waiting(&reader, 0, &found, &n), HUB_OK);
    assert_int_equal(n, test_is_on_server() ? 0 : 1); /* there: what nobody works on */
    if (n == 1)
        assert_int_equal(found.last_window, FIRST_WINDOW + 3);
    assert_int_equal(run(f->store, finish_collection, &s), HUB_OK);
    s.text = "another";
    assert_int_equal(run(f->store, finish_collection, &s), HUB_E_CONFLICT);
    assert_int_equal(run(f->store, fail_collection, &s), HUB_E_CONFLICT);
    assert_int_equal(
        hub_store_collection_find(&reader, task, asked.id, &found, &request, &response), HUB_OK);
    assert_int_equal(found.state, HUB_STORE_COLLECTION_DONE);
    assert_true(hub_span_equal_var(hub_buf_span(&request), hub_span_text("request")));
    assert_true(hub_span_equal_var(hub_buf_span(&response), hub_span_text("response")));
    n = 1;
    assert_int_equal(hub_store_collections_waiting(&reader, 0, &found, &n), HUB_OK);
    assert_int_equal(n, 0);

    again.collection = asked; /* after a failure the same request goes on with the id it had */
    again.collection.id[0] = 3;
    again.collection.request_sha256[0] = 3;
    assert_int_equal(run(f->store, add_collection, &again), HUB_OK);
    again.text = "invalidBatchSize";
    again.detail = "too few";
    assert_int_equal(run(f->store, fail_collection, &again), HUB_OK);
    assert_true(again.is_news);
    assert_int_equal(
        hub_store_collection_find(&reader, task, again.collection.id, &found, NULL, NULL), HUB_OK);
    assert_int_equal(found.state, HUB_STORE_COLLECTION_FAILED);
    assert_string_equal(found.problem, "invalidBatchSize");
    assert_string_equal(found.detail, "too few");
    again.collection.id[0] = 4;
    assert_int_equal(run(f->store, add_collection, &again), HUB_OK);
    assert_false(again.existed);
    assert_int_equal(again.collection.id[0], 3);
    assert_int_equal(run(f->store, fail_collection, &again), HUB_OK);
    assert_false(again.is_news); /* the same as last time */
    assert_int_equal(run(f->store, add_collection, &again), HUB_OK);
    again.text = "batchMismatch";
    assert_int_equal(run(f->store, fail_collection, &again), HUB_OK);
    assert_true(again.is_news);
    assert_int_equal(run(f->store, add_collection, &again), HUB_OK);
    assert_int_equal(run(f->store, delete_collection, &again), HUB_OK);
    assert_int_equal(run(f->store, delete_collection, &again), HUB_E_NOT_FOUND);
    response.len = 0;
    assert_int_equal(
        hub_store_collection_find(&reader, task, again.collection.id, &found, NULL, &response),
        HUB_OK);
    assert_int_equal(found.state, HUB_STORE_COLLECTION_DELETED);
    assert_int_equal(response.len, 0);
}

struct share_step {
    uint64_t task;
    uint8_t id[16];
    uint8_t request[32];
    const char *text;
};

static hub_status add_share(void *self, struct hub_store_tx *tx)
{
    struct share_step *const s = self;
    return hub_store_share_add(tx, s->task, s->id, s->request, hub_span_text(s->text));
}

static void test_same_question_same_bytes(void **state)
{
    struct fixture *const f = *state;
    struct share_step s = {
        .task = admit(f->store, 1, HUB_ROLE_HELPER), .id = {1}, .request = {2}, .text = "share"};
    assert_int_equal(run(f->store, add_share, &s), HUB_OK);
    s.text = "another";
    s.id[0] = 5;
    assert_int_equal(run(f->store, add_share, &s), HUB_E_CONFLICT);
    fixture_close(f);
    fixture_open(f);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf response = HUB_BUF_INIT(100);
    uint8_t id[16];
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_share_find(&reader, s.task, s.request, id, &response), HUB_OK);
    assert_int_equal(id[0], 1);
    assert_int_equal(hub_store_share_get(&reader, s.task, id, &response), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&response), hub_span_text("shareshare")));
    assert_int_equal(hub_store_share_get(&reader, s.task, s.id, &response), HUB_E_NOT_FOUND);
}

/* ---- Tasks and expiry */

static hub_status count_tasks(void *self, const struct hub_store_task *task)
{
    *(uint64_t *)self += task->charge;
    return HUB_OK;
}

static hub_status admit_and_fail(void *self, struct hub_store_tx *tx)
{
    HUB_TRY(admit_apply(self, tx));
    return HUB_E_REFUSED;
}

/* Member by member: what lies between them is nobody's. */
static void assert_same_task(const struct hub_store_task *a, const struct hub_store_task *b)
{
    assert_int_equal(a->number, b->number);
    assert_memory_equal(a->id, b->id, sizeof(a->id));
    assert_int_equal(a->role, b->role);
    assert_memory_equal(a->statement_hash, b->statement_hash, sizeof(a->statement_hash));
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->population, b->population);
    assert_int_equal(a->window_s, b->window_s);
    assert_int_equal(a->first_s, b->first_s);
    assert_int_equal(a->end_s, b->end_s);
    assert_int_equal(a->charge, b->charge);
    assert_int_equal(a->sigma2, b->sigma2);
    assert_int_equal(a->admitted_s, b->admitted_s);
    assert_int_equal(a->burnt_before, b->burnt_before);
}

static void test_admission(void **state)
{
    struct fixture *const f = *state;
    struct hub_store_task t = task_of(1, HUB_ROLE_LEADER);
    assert_int_equal(run(f->store, admit_and_fail, &t), HUB_E_REFUSED);
    t = task_of(2, HUB_ROLE_HELPER);
    assert_int_equal(run(f->store, admit_apply, &t), HUB_OK);
    assert_int_equal(t.number, 1); /* the failed one left no trace */
    struct hub_store_task same = task_of(2, HUB_ROLE_HELPER);
    assert_int_equal(run(f->store, admit_apply, &same), HUB_OK);
    assert_int_equal(same.number, 1);
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    assert_int_equal(stats.ledger_rows, 1);
    same = task_of(2, HUB_ROLE_LEADER);
    assert_int_equal(run(f->store, admit_apply, &same), HUB_E_CONFLICT);
    same = task_of(2, HUB_ROLE_HELPER);
    same.statement_hash[5] = 1;
    assert_int_equal(run(f->store, admit_apply, &same), HUB_E_CONFLICT);
    t = task_of(3, HUB_ROLE_HELPER);
    t.population[0] = 'x';
    t.charge = 5;
    assert_int_equal(run(f->store, admit_apply, &t), HUB_OK);

    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    uint64_t charge = 0;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_tasks(&reader, "people", count_tasks, &charge), HUB_OK);
    assert_int_equal(charge, 536870912);
    assert_int_equal(hub_store_tasks(&reader, NULL, count_tasks, &charge), HUB_OK);
    assert_int_equal(charge, 2 * 536870912 + 5);
    struct hub_store_task found;
    assert_int_equal(hub_store_task_find(&reader, t.id, &found), HUB_OK);
    assert_same_task(&found, &t);
}

struct expire_step {
    uint64_t task;
    uint64_t dropped;
    hub_status end;
};

static hub_status expire(void *self, struct hub_store_tx *tx)
{
    struct expire_step *const s = self;
    bool is_through;
    HUB_TRY(hub_store_expire(tx, s->task, &s->dropped, &is_through));
    return s->end;
}

static hub_status add_ids(void *self, struct hub_store_tx *tx)
{
    const struct upload *const u = self;
    const struct hub_store_id id = {.bytes = {(uint8_t)u->id}, .window = u->window};
    uint8_t verdict = HUB_REPORT_OK;
    HUB_TRY(hub_store_ids_add(tx, u->task, &id, 1, &verdict));
    ((struct upload *)self)->verdict = verdict;
    return verdict != HUB_REPORT_OK
               ? HUB_OK
               : hub_store_helper_job_add(tx, u->task, id.bytes,
                                          (const uint8_t[32]){(uint8_t)u->id}, hub_span_text("r"),
                                          u->window, u->window);
}

static uint64_t count_ids(struct fixture *f)
{
    return fixture_ids(f);
}

static void test_expiry_never_reopens_a_replay(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct expire_step e = {.task = task};
    struct upload u = {.task = task};

    for (uint8_t i = 0; i < 10; i++) {
        u.id = (uint16_t)(i + 1);
        u.window = FIRST_WINDOW + i % 2;
        assert_int_equal(run(f->store, add_ids, &u), HUB_OK);
    }
    assert_int_equal(run(f->store, expire, &e), HUB_OK);
    assert_int_equal(e.dropped, 0); /* nothing is collected */
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 5, "x"), HUB_OK);
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW, .report_count = 5};
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    e.end = HUB_E_REFUSED;
    assert_int_equal(run(f->store, expire, &e), HUB_E_REFUSED);
    assert_int_equal(count_ids(f), 10);
    e.end = HUB_OK;
    assert_int_equal(run(f->store, expire, &e), HUB_OK);
    assert_int_equal(e.dropped, 10); /* five lists, five jobs */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(count_ids(f), 5);
        for (uint8_t i = 0; i < 10; i++) {
            u.id = (uint16_t)(i + 1);
            u.window = FIRST_WINDOW + i % 2;
            assert_int_equal(run(f->store, add_ids, &u), HUB_OK);
            assert_int_equal(u.verdict,
                             i % 2 == 0 ? HUB_REPORT_BATCH_COLLECTED : HUB_REPORT_REPLAYED);
        }
        fixture_close(f);
        fixture_open(f);
    }
    f->now_s = START_S + (uint64_t)(30 + 367) * DAY_S; /* a year after the end */
    assert_int_equal(run(f->store, expire, &e), HUB_OK);
    /* on a server a window with ids has a row before it is closed */
    assert_int_equal(e.dropped, 5 + 5 + (test_is_on_server() ? 2 : 1));
    assert_int_equal(count_ids(f), 0);
}

/* However long ago the task ended: a bucket that was not released keeps its ids, jobs and row, so
 * that a job which is sent again is known, and the bucket can still be released. */
static void test_expiry_spares_what_waits_to_be_released(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct expire_step e = {.task = task};
    struct upload u = {.task = task, .id = 1, .window = FIRST_WINDOW};
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW, .report_count = 1};

    assert_int_equal(run(f->store, add_ids, &u), HUB_OK);
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 1, "x"), HUB_OK);
    f->now_s = START_S + (uint64_t)(30 + 367) * DAY_S;
    assert_int_equal(run(f->store, expire, &e), HUB_OK);
    assert_int_equal(e.dropped, 0);
    assert_int_equal(count_ids(f), 1);
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(run(f->store, expire, &e), HUB_OK);
    assert_int_equal(e.dropped, 1 + 1 + 1);
    assert_int_equal(count_ids(f), 0);
}

/* More rows that must stay than one call looks at don't hide those that may go. */
static void test_expiry_goes_on_where_it_stopped(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    struct upload u = {.task = task, .window = FIRST_WINDOW};
    for (unsigned i = 0; i < 600; i++) { /* a list each */
        u.id = (uint16_t)(i + 1);
        assert_int_equal(run(f->store, upload, &u), HUB_OK);
    }
    uint64_t number = task;
    struct upload late = {.task = task, .window = FIRST_WINDOW + 1};
    assert_int_equal(run(f->store, upload, &late), HUB_OK); /* the id of zeros */
    while (run(f->store, take_and_finish, &number) == HUB_OK)
        continue;
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW + 1, .last = FIRST_WINDOW + 1, .report_count = 1};
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW + 1, 1, "x"), HUB_OK);
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    struct expire_step e = {.task = task};
    uint64_t dropped = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(f->store, expire, &e), HUB_OK);
        dropped += e.dropped;
    }
    assert_int_equal(dropped, 1);
    assert_int_equal(count_ids(f), 600);
}

static void test_expiry_by_itself(void **state)
{
    struct fixture *const f = *state;
    fixture_close(f);
    f->options.expiry_every_ms = 1;
    fixture_open(f);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    for (uint16_t i = 1; i <= 50; i++) {
        struct upload u = {.task = task, .window = FIRST_WINDOW, .id = i};
        assert_int_equal(run(f->store, add_ids, &u), HUB_OK);
    }
    struct upload other = {.task = task, .window = FIRST_WINDOW + 1, .id = 99};
    assert_int_equal(run(f->store, add_ids, &other), HUB_OK);
    (void)usleep(20000);
    assert_int_equal(count_ids(f), 51);
    struct bucket_step s = {
        .task = task, .first = FIRST_WINDOW, .last = FIRST_WINDOW, .report_count = 50};
    assert_int_equal(save_bucket(f, task, FIRST_WINDOW, 50, "x"), HUB_OK);
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    for (int i = 0; i < 1000 && count_ids(f) != 1; i++)
        (void)usleep(10000);
    assert_int_equal(count_ids(f), 1);
    struct hub_store_stats before;
    struct hub_store_stats after;
    hub_store_stats(f->store, &after);
    int n_looks = 0;
    do { /* the last look finds nothing; then nothing is written for nothing */
        before = after;
        (void)usleep(50000);
        hub_store_stats(f->store, &after);
    } while (after.commits != before.commits && ++n_looks < 100);
    assert_int_equal(after.commits, before.commits);
}

static hub_status add_counts(void *self, struct hub_store_tx *tx)
{
    HUB_TRY(hub_store_count(tx, *(uint64_t *)self, "accepted", 5));
    return hub_store_count(tx, *(uint64_t *)self, "report_replayed", 1);
}

static hub_status sum_counts(void *self, const char *reason, uint64_t n)
{
    *(uint64_t *)self += strcmp(reason, "accepted") == 0 ? n : n * 1000;
    return HUB_OK;
}

static void test_counters(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    for (int i = 0; i < 3; i++)
        assert_int_equal(run(f->store, add_counts, &task), HUB_OK);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    uint64_t sum = 0;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_counts(&reader, task, sum_counts, &sum), HUB_OK);
    assert_int_equal(sum, 3015);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bucket_comes_back),
        TEST(test_release),
        TEST(test_last_window_of_all),
        TEST(test_leader_finishes_before_it_collects),
        TEST(test_closing_is_undone_with_its_unit),
        TEST(test_collection_jobs),
        TEST(test_same_question_same_bytes),
        TEST(test_admission),
        TEST(test_expiry_never_reopens_a_replay),
        TEST(test_expiry_spares_what_waits_to_be_released),
        TEST(test_expiry_goes_on_where_it_stopped),
        TEST(test_expiry_by_itself),
        TEST(test_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
