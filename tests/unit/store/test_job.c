/* Aggregation jobs of both sides: the leader's from taking to finishing, and what the helper keeps.
 */
#include "store/helper_job.h"
#include "store/job.h"
#include "store_fixture.h"

#include "crypto/hash.h"

enum { REPORT_LEN = 10 };

struct step {
    uint64_t task;
    uint64_t first;
    size_t n;
    uint64_t window;
    struct hub_store_job job;
    uint64_t reports_max;
    uint8_t verdict[256];
    uint8_t hash[32];
};

static hub_status upload(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    struct hub_store_report reports[256];
    static uint8_t bodies[256][REPORT_LEN];
    memset(s->verdict, 0, sizeof(s->verdict));
    for (size_t i = 0; i < s->n; i++) {
        const uint64_t number = s->first + i;
        memset(bodies[i], (int)(number % 251), REPORT_LEN); /* each its own */
        reports[i] =
            (struct hub_store_report){.id.window = s->window, .encoded = {bodies[i], REPORT_LEN}};
        memcpy(reports[i].id.bytes, &number, sizeof(number));
    }
    return hub_store_segment_add(tx, s->task, reports, s->n, s->verdict);
}

static hub_status take(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    return hub_store_job_take(tx, &s->job, s->task, s->reports_max, 1 << 20);
}

static hub_status ready(void *self, struct hub_store_tx *tx)
{
    struct step *const s = self;
    return hub_store_job_ready(tx, s->job.number, s->verdict, s->n, s->hash);
}

static hub_status finish(void *self, struct hub_store_tx *tx)
{
    return hub_store_job_finish(tx, ((struct step *)self)->job.number);
}

/* Ends a job and makes two of its reports: the first 30, and the rest. */
struct halves {
    struct step *s;
    hub_span reports;
    struct hub_store_job half[2];
};

static hub_status halve(void *self, struct hub_store_tx *tx)
{
    struct halves *const h = self;
    const size_t at = 30 * (size_t)REPORT_LEN;

    HUB_TRY(finish(h->s, tx));
    h->half[0] = h->half[1] = h->s->job;
    h->half[0].n_reports = 30;
    h->half[1].n_reports -= 30;
    HUB_TRY(hub_store_job_put(tx, &h->half[0], hub_span_slice(h->reports, 0, at)));
    return hub_store_job_put(tx, &h->half[1], hub_span_slice(h->reports, at, h->reports.len - at));
}

static void test_a_job_becomes_two(void **state)
{
    struct fixture *const f = *state;
    struct step s = {.task = admit(f->store, 1, HUB_ROLE_LEADER),
                     .reports_max = 1000,
                     .first = 1,
                     .n = 100,
                     .window = FIRST_WINDOW};
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf all = HUB_BUF_INIT(1 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf parts = HUB_BUF_INIT(1 << 20);
    struct hub_store_job jobs[4];
    size_t n = 4;
    bool outstanding = false;

    assert_int_equal(run(f->store, upload, &s), HUB_OK);
    assert_int_equal(run(f->store, take, &s), HUB_OK);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_job_load(&reader, &s.job, &all, s.verdict), HUB_OK);
    struct halves h = {.s = &s, .reports = hub_buf_span(&all)};
    assert_int_equal(run(f->store, halve, &h), HUB_OK);
    assert_int_equal(run(f->store, halve, &h), HUB_E_NOT_FOUND); /* once */

    hub_store_reader_close(&reader);
    fixture_close(f);
    fixture_open(f);
    fixture_adopt(f, 2);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_jobs_open(&reader, 0, jobs, &n), HUB_OK);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(jobs[i].state, HUB_STORE_JOB_TAKEN);
        assert_int_equal(jobs[i].n_reports, i == 0 ? 30 : 70);
        assert_true(jobs[i].number > s.job.number);
        assert_int_equal(hub_store_job_load(&reader, &jobs[i], &parts, s.verdict), HUB_OK);
    }
    assert_true(hub_span_equal_var(hub_buf_span(&all), hub_buf_span(&parts)));
    assert_int_equal(
        hub_store_outstanding(&reader, s.task, FIRST_WINDOW, FIRST_WINDOW, &outstanding), HUB_OK);
    assert_true(outstanding);
    assert_int_equal(run(f->store, upload, &s), HUB_OK); /* their ids are known still */
    assert_int_equal(s.verdict[0], HUB_REPORT_REPLAYED);
    assert_int_equal(s.verdict[99], HUB_REPORT_REPLAYED);
}

static void test_leader_job_to_its_end(void **state)
{
    struct fixture *const f = *state;
    struct step s = {.task = admit(f->store, 1, HUB_ROLE_LEADER), .reports_max = 1000};

    assert_int_equal(run(f->store, take, &s), HUB_E_NOT_FOUND);
    for (uint64_t i = 0; i < 5; i++) { /* five segments of 100, in windows of their own */
        s.first = 1 + i * 100;
        s.n = 100;
        s.window = FIRST_WINDOW + i;
        assert_int_equal(run(f->store, upload, &s), HUB_OK);
    }
    s.reports_max = 250;
    assert_int_equal(run(f->store, take, &s), HUB_OK);
    assert_int_equal(s.job.n_reports, 200);
    assert_int_equal(s.job.n_bytes, 200 * REPORT_LEN);
    assert_int_equal(s.job.first_window, FIRST_WINDOW);
    assert_int_equal(s.job.last_window, FIRST_WINDOW + 1);

    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf reports = HUB_BUF_INIT(1 << 20);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_job_load(&reader, &s.job, &reports, s.verdict), HUB_OK);
    assert_int_equal(reports.len, 200 * REPORT_LEN);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(reports.ptr[i * REPORT_LEN], (1 + i) % 251);
        assert_int_equal(s.verdict[i], HUB_REPORT_OK);
    }
    bool outstanding = false;
    assert_int_equal(
        hub_store_outstanding(&reader, s.task, FIRST_WINDOW, FIRST_WINDOW, &outstanding), HUB_OK);
    assert_true(outstanding); /* in a job is not done yet */

    s.n = 199;
    assert_int_equal(run(f->store, ready, &s), HUB_E_ARGUMENT);
    s.n = 200;
    s.verdict[17] = HUB_REPORT_VDAF_VERIFY_ERROR;
    s.hash[31] = 7;
    assert_int_equal(run(f->store, ready, &s), HUB_OK);
    assert_int_equal(run(f->store, ready, &s), HUB_OK); /* the same again */
    s.hash[0] = 1;
    assert_int_equal(run(f->store, ready, &s), HUB_E_CONFLICT);
    s.hash[0] = 0;
    s.verdict[18] = HUB_REPORT_VDAF_VERIFY_ERROR;
    assert_int_equal(run(f->store, ready, &s), HUB_E_CONFLICT);

    hub_store_reader_close(&reader);
    fixture_close(f); /* as after a crash */
    fixture_open(f);
    fixture_adopt(f, 1);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    struct hub_store_job open_jobs[4];
    size_t n = 4;
    assert_int_equal(hub_store_jobs_open(&reader, 0, open_jobs, &n), HUB_OK);
    assert_int_equal(n, 1);
    assert_int_equal(open_jobs[0].state, HUB_STORE_JOB_READY);
    assert_int_equal(open_jobs[0].request_sha256[31], 7);
    struct hub_buf again = HUB_BUF_INIT(1 << 20);
    assert_int_equal(hub_store_job_load(&reader, &open_jobs[0], &again, s.verdict), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&again), hub_buf_span(&reports)));
    hub_buf_clear(&again);
    assert_int_equal(s.verdict[17], HUB_REPORT_VDAF_VERIFY_ERROR);
    assert_int_equal(s.verdict[18], HUB_REPORT_OK);

    assert_int_equal(run(f->store, finish, &s), HUB_OK);
    assert_int_equal(run(f->store, finish, &s), HUB_E_NOT_FOUND); /* once */
    assert_int_equal(
        hub_store_outstanding(&reader, s.task, FIRST_WINDOW, FIRST_WINDOW + 1, &outstanding),
        HUB_OK);
    assert_false(outstanding);
    const uint64_t first_job = s.job.number;
    s.reports_max = 1; /* one segment at least */
    assert_int_equal(run(f->store, take, &s), HUB_OK);
    assert_int_equal(s.job.n_reports, 100);
    assert_true(s.job.number > first_job);
    n = 4;
    assert_int_equal(hub_store_jobs_open(&reader, s.job.number, open_jobs, &n), HUB_OK);
    assert_int_equal(n, 0);
    s.first = 1; /* ids of finished jobs are still known */
    s.n = 100;
    s.window = FIRST_WINDOW;
    assert_int_equal(run(f->store, upload, &s), HUB_OK);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(s.verdict[i], HUB_REPORT_REPLAYED);
}

/* A worker that comes late with the number of a finished job ends no other. */
static void test_job_numbers_are_not_used_twice(void **state)
{
    struct fixture *const f = *state;
    struct step s = {.task = admit(f->store, 1, HUB_ROLE_LEADER),
                     .reports_max = 10,
                     .first = 1,
                     .n = 10,
                     .window = FIRST_WINDOW};
    assert_int_equal(run(f->store, upload, &s), HUB_OK);
    assert_int_equal(run(f->store, take, &s), HUB_OK);
    struct step late = s;
    assert_int_equal(run(f->store, finish, &s), HUB_OK);
    s.first = 100;
    assert_int_equal(run(f->store, upload, &s), HUB_OK);
    assert_int_equal(run(f->store, take, &s), HUB_OK);
    assert_int_equal(run(f->store, finish, &late), HUB_E_NOT_FOUND);
    assert_int_equal(run(f->store, finish, &s), HUB_OK);
}

/* ---- The helper */

struct helper_step {
    uint64_t task;
    struct hub_store_id ids[8];
    uint8_t verdict[8];
    uint8_t id[HUB_STORE_JOB_ID_LEN];
    uint8_t digest[32];
    hub_status end;
};

static hub_status helper_job(void *self, struct hub_store_tx *tx)
{
    struct helper_step *const s = self;
    memset(s->verdict, 0, sizeof(s->verdict));
    s->verdict[3] = HUB_REPORT_HPKE_DECRYPT_ERROR;
    HUB_TRY(hub_store_ids_add(tx, s->task, s->ids, 8, s->verdict));
    HUB_TRY(hub_store_helper_job_add(tx, s->task, s->id, s->digest,
                                     hub_span_of(s->verdict, sizeof(s->verdict)), FIRST_WINDOW,
                                     FIRST_WINDOW));
    return s->end;
}

static void test_helper_job_is_found_by_its_content(void **state)
{
    struct fixture *const f = *state;
    struct helper_step s = {.task = admit(f->store, 1, HUB_ROLE_HELPER)};
    static const uint8_t task_id[32] = {1};
    uint8_t joined[36] = {1, [32] = 'b', 'o', 'd', 'y'};
    uint8_t expected[32];

    for (uint8_t i = 0; i < 8; i++)
        s.ids[i] = (struct hub_store_id){.bytes = {(uint8_t)(i + 1)}, .window = FIRST_WINDOW};
    s.ids[5] = s.ids[2]; /* twice in one job */
    assert_int_equal(hub_store_helper_job_id(s.id, s.digest, task_id, hub_span_text("body")),
                     HUB_OK);
    assert_int_equal(hub_sha256(expected, HUB_SPAN_ARRAY(joined)), HUB_OK);
    assert_memory_equal(s.digest, expected, 32);
    assert_memory_equal(s.id, expected, 16);

    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf response = HUB_BUF_INIT(1000);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_helper_job_find(&reader, s.task, s.id, s.digest, &response),
                     HUB_E_NOT_FOUND);
    s.end = HUB_E_REFUSED;
    assert_int_equal(run(f->store, helper_job, &s), HUB_E_REFUSED);
    assert_int_equal(hub_store_helper_job_find(&reader, s.task, s.id, s.digest, &response),
                     HUB_E_NOT_FOUND);
    s.end = HUB_OK;
    assert_int_equal(run(f->store, helper_job, &s), HUB_OK);
    static const uint8_t verdict[8] = {
        0, 0, 0, HUB_REPORT_HPKE_DECRYPT_ERROR, 0, HUB_REPORT_REPLAYED, 0, 0};
    assert_memory_equal(s.verdict, verdict, 8);
    assert_int_equal(run(f->store, helper_job, &s), HUB_E_CONFLICT);
    assert_int_equal(hub_store_helper_job_find(&reader, s.task, s.id, s.digest, &response), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&response), HUB_SPAN_ARRAY(verdict)));
    response.len = 0;
    assert_int_equal(hub_store_helper_job_find(&reader, s.task, s.id, NULL, &response), HUB_OK);
    s.digest[31] ^= 1;
    assert_int_equal(hub_store_helper_job_find(&reader, s.task, s.id, s.digest, &response),
                     HUB_E_CONFLICT);
    assert_int_equal(hub_store_helper_job_find(&reader, s.task + 1, s.id, NULL, &response),
                     HUB_E_NOT_FOUND);

    s.id[0] ^= 1; /* another job with the same reports: each is a replay, but for the bad one */
    assert_int_equal(run(f->store, helper_job, &s), HUB_OK);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(s.verdict[i],
                         i == 3 ? HUB_REPORT_HPKE_DECRYPT_ERROR : HUB_REPORT_REPLAYED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_leader_job_to_its_end),
        TEST(test_a_job_becomes_two),
        TEST(test_job_numbers_are_not_used_twice),
        TEST(test_helper_job_is_found_by_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
