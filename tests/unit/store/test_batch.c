/* Batches of leader-selected tasks: which one fills, what a collection does to it, and that no two
 * of them meet in a job. */
#include "store/batch.h"

#include "store/bucket.h"
#include "store/collection.h"
#include "store/job.h"
#include "store_fixture.h"

static uint64_t admit_leader_selected(struct fixture *f, enum hub_role role)
{
    struct hub_store_task t = task_of(1, role);

    t.charge = 0;
    t.is_leader_selected = true;
    assert_int_equal(run(f->store, admit_apply, &t), HUB_OK);
    return t.number;
}

struct step {
    uint64_t task;
    uint8_t fresh_id[HUB_STORE_BATCH_ID_LEN];
    uint64_t number;
    uint8_t report; /* makes its id */
    struct hub_store_collection collection;
    hub_status end;
    const char *problem;
};

static hub_status fill(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    return hub_store_batch_fill(tx, s->task, s->fresh_id, &s->number);
}

static uint64_t filling(struct fixture *f, uint64_t task, uint8_t fresh)
{
    struct step s = {.task = task, .fresh_id = {fresh}};
    assert_int_equal(run(f->store, fill, &s), HUB_OK);
    return s.number;
}

static hub_status collect(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    bool existed;

    HUB_TRY(hub_store_batch_take(tx, s->task, s->fresh_id, &s->number));
    s->collection.task = s->task;
    s->collection.first_window = s->number;
    s->collection.last_window = s->number;
    HUB_TRY(hub_store_collection_add(tx, &s->collection, hub_span_text("request"), &existed));
    if (existed)
        return HUB_E_CONFLICT;
    return hub_store_buckets_close(tx, s->task, s->number, s->number);
}

static hub_status give_up(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    bool is_news;

    HUB_TRY(hub_store_collection_fail(tx, s->collection.number, s->problem, NULL, &is_news));
    return s->end;
}

static hub_status drop(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    return hub_store_collection_delete(tx, s->task, s->collection.id);
}

static hub_status release(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    const struct hub_store_bucket bucket = {.window = s->number, .n_reports = 3};

    HUB_TRY(hub_store_bucket_save(tx, s->task, &bucket, hub_span_text("sealed")));
    HUB_TRY(hub_store_buckets_collect(tx, s->task, s->number, s->number, 3, 0));
    return hub_store_collection_finish(tx, s->collection.number, hub_span_text("response"));
}

static void test_filling(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit_leader_selected(f, HUB_ROLE_LEADER);
    struct step s = {
        .task = task, .fresh_id = {9}, .collection = {.id = {1}}, .problem = "invalidBatchSize"};
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_batch batch;

    assert_int_equal(filling(f, task, 1), 0);
    assert_int_equal(filling(f, task, 2), 0);
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(s.number, 0);
    assert_int_equal(filling(f, task, 3), 1); /* a collection has the first */

    s.end = HUB_E_DB; /* a failure that is undone gives nothing back */
    assert_int_equal(run(f->store, give_up, &s), HUB_E_DB);
    assert_int_equal(filling(f, task, 4), 1);
    s.end = HUB_OK;
    assert_int_equal(run(f->store, give_up, &s), HUB_OK);
    assert_int_equal(filling(f, task, 5), 0);

    s.collection = (struct hub_store_collection){.id = {2}};
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(s.number, 0);
    assert_int_equal(run(f->store, drop, &s), HUB_OK);
    assert_int_equal(filling(f, task, 6), 1); /* closed for good, and next to be collected */

    /* what the aggregators do not agree on does not fill on */
    s.collection = (struct hub_store_collection){.id = {4}};
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(s.number, 0);
    s.problem = "batchMismatch";
    assert_int_equal(run(f->store, give_up, &s), HUB_OK);
    assert_int_equal(filling(f, task, 3), 1);

    s.collection = (struct hub_store_collection){.id = {3}};
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(s.number, 1);
    assert_int_equal(run(f->store, release, &s), HUB_OK);
    assert_int_equal(run(f->store, drop, &s), HUB_OK); /* what was released does not come back */
    assert_int_equal(filling(f, task, 7), 2);

    fixture_close(f);
    fixture_open(f);
    assert_int_equal(filling(f, task, 8), 2);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_batch_find(&reader, task, 0, &batch), HUB_OK);
    assert_int_equal(batch.id[0], 1); /* the first id stays */
    assert_int_equal(hub_store_batch_find(&reader, task, 1, &batch), HUB_OK);
    assert_int_equal(batch.id[0], 3);
    assert_int_equal(hub_store_batch_find(&reader, task, 2, &batch), HUB_OK);
    assert_int_equal(batch.id[0], 7);
    assert_int_equal(hub_store_batch_find(&reader, task, 3, &batch), HUB_E_NOT_FOUND);
}

static hub_status number_of(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    return hub_store_batch_number(tx, s->task, s->fresh_id, &s->number);
}

static hub_status widen(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    HUB_TRY(hub_store_batch_widen(tx, s->task, s->number, 40, 50));
    HUB_TRY(hub_store_batch_widen(tx, s->task, s->number, 45, 47));
    return hub_store_batch_widen(tx, s->task, s->number, 30, 48);
}

static void test_numbers(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit_leader_selected(f, HUB_ROLE_HELPER);
    struct step s = {.task = task, .fresh_id = {7}};
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_batch batch;

    assert_int_equal(run(f->store, number_of, &s), HUB_OK);
    assert_int_equal(s.number, 0);
    s.fresh_id[0] = 8;
    assert_int_equal(run(f->store, number_of, &s), HUB_OK);
    assert_int_equal(s.number, 1);
    s.fresh_id[0] = 7;
    assert_int_equal(run(f->store, number_of, &s), HUB_OK);
    assert_int_equal(s.number, 0);

    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_batch_find_id(&reader, task, s.fresh_id, &batch), HUB_OK);
    assert_true(batch.number == 0 && batch.first_time > batch.last_time);
    assert_int_equal(run(f->store, widen, &s), HUB_OK);
    assert_int_equal(hub_store_batch_find_id(&reader, task, s.fresh_id, &batch), HUB_OK);
    assert_int_equal(batch.first_time, 30);
    assert_int_equal(batch.last_time, 50);
    s.number = 2;
    assert_int_equal(run(f->store, widen, &s), HUB_E_NOT_FOUND);
    s.fresh_id[0] = 9;
    assert_int_equal(hub_store_batch_find_id(&reader, task, s.fresh_id, &batch), HUB_E_NOT_FOUND);
}

static hub_status upload(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    const struct hub_store_report report = {.id = {.bytes = {s->report}, .window = s->number},
                                            .encoded = hub_span_text("report")};
    uint8_t verdict = HUB_REPORT_OK;

    HUB_TRY(hub_store_segment_add(tx, s->task, &report, 1, &verdict));
    return verdict == HUB_REPORT_OK ? HUB_OK : HUB_E_REFUSED;
}

/* Three reports of batches 0, 1, 0 in one unit, as when a collection failed in between. */
static hub_status upload_mixed(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;

    for (uint8_t i = 0; i < 3; i++) {
        s->report = (uint8_t)(10 + i);
        s->number = i == 1 ? 1 : 0;
        HUB_TRY(upload(s, tx));
    }
    return HUB_OK;
}

struct take {
    uint64_t task;
    struct hub_store_job job;
};

static hub_status take(void *self, struct hub_store_tx *tx)
{
    struct take *const t = self;
    return hub_store_job_take(tx, &t->job, t->task, 100, 1000);
}

static void test_jobs_of_one_batch(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit_leader_selected(f, HUB_ROLE_LEADER);
    struct step s = {.task = task};
    struct take t = {.task = task};

    assert_int_equal(run(f->store, upload_mixed, &s), HUB_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(f->store, take, &t), HUB_OK);
        assert_int_equal(t.job.n_reports, 1);
        assert_int_equal(t.job.first_window, i == 1 ? 1 : 0);
        assert_int_equal(t.job.last_window, t.job.first_window);
    }
    assert_int_equal(run(f->store, take, &t), HUB_E_NOT_FOUND);
}

static hub_status expire(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    uint64_t dropped;
    bool is_through;

    HUB_TRY(hub_store_expire(tx, s->task, &dropped, &is_through));
    s->number = dropped;
    return HUB_OK;
}

static hub_status finish(void *self, struct hub_store_tx *tx)
{
    const struct take *const t = self;
    return hub_store_job_finish(tx, t->job.number);
}

/* In a time-interval task a collected window refuses its reports, so their ids may go. Here a
 * report that came again would fall into the next batch. */
static void test_ids_stay(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit_leader_selected(f, HUB_ROLE_LEADER);
    struct step s = {.task = task, .report = 1, .fresh_id = {1}};
    struct take t = {.task = task};

    assert_int_equal(run(f->store, upload, &s), HUB_OK);
    assert_int_equal(run(f->store, take, &t), HUB_OK);
    assert_int_equal(run(f->store, finish, &t), HUB_OK);
    assert_int_equal(run(f->store, collect, &s), HUB_OK);
    assert_int_equal(run(f->store, release, &s), HUB_OK);
    assert_int_equal(run(f->store, expire, &s), HUB_OK);
    assert_int_equal(s.number, 0);
    s.number = filling(f, task, 2);
    assert_int_equal(s.number, 1);
    assert_int_equal(run(f->store, upload, &s), HUB_E_REFUSED); /* replayed */
    s.report = 2;
    assert_int_equal(run(f->store, upload, &s), HUB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filling, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_numbers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_jobs_of_one_batch, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_ids_stay, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
