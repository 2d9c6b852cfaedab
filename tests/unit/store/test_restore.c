/* Rollbacks: a database that is put back behind the head outside is found out, and every window
 * that began before is burnt; one that is ahead, or equal, is sound. */
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/collection.h"
#include "store/segment.h"
#include "store_fixture.h"

#include "base/file.h"
#include "ledger/head_file.h"

struct release {
    uint64_t task;
    uint64_t window;
};

static hub_status open_bucket(void *self, struct hub_store_tx *tx)
{
    const struct release *const r = self;
    const struct hub_store_bucket bucket = {.window = r->window};
    return hub_store_bucket_save(tx, r->task, &bucket, hub_span_text("noise"));
}

static hub_status release(void *self, struct hub_store_tx *tx)
{
    const struct release *const r = self;
    const uint8_t id[32] = {(uint8_t)r->window, (uint8_t)(r->window >> 8)};
    HUB_TRY(hub_store_buckets_collect(tx, r->task, r->window, r->window, 0, 5));
    return hub_store_share_add(tx, r->task, id, id, hub_span_text("share"));
}

static void open_and_release(struct fixture *f, uint64_t task, uint64_t window)
{
    struct release r = {task, window};
    assert_int_equal(run(f->store, open_bucket, &r), HUB_OK);
    assert_int_equal(run(f->store, release, &r), HUB_OK);
}

struct state_step {
    uint64_t task;
    uint64_t window;
    enum hub_store_bucket_state state;
};

static hub_status ask_state(void *self, struct hub_store_tx *tx)
{
    struct state_step *const s = self;
    s->state = hub_store_bucket_state(tx, s->task, s->window);
    return HUB_OK;
}

/* In the writing thread's memory and in the tables, which must agree. */
static enum hub_store_bucket_state state_of(struct fixture *f, uint64_t task, uint64_t window)
{
    struct state_step s = {.task = task, .window = window};
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf sealed = HUB_BUF_INIT(100);
    struct hub_store_bucket bucket;
    assert_int_equal(run(f->store, ask_state, &s), HUB_OK);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_bucket_load(&reader, task, window, &bucket, &sealed), HUB_OK);
    assert_int_equal(bucket.state, s.state);
    if (s.state >= HUB_STORE_BUCKET_COLLECTED)
        assert_int_equal(sealed.len, 0); /* nothing of it is left */
    return s.state;
}

/* The whole database, as a backup would take it; closing has put the log into it. */
static void copy_away(struct fixture *f, struct hub_buf *out)
{
    fixture_close(f);
    fixture_copy(f, out);
    fixture_open(f);
}

static void put_back(struct fixture *f, const struct hub_buf *copy)
{
    fixture_close(f);
    fixture_put_back(f, copy);
    fixture_open(f);
}

static hub_status find_share(struct fixture *f, uint64_t task, uint64_t window)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf share = HUB_BUF_INIT(100);
    const uint8_t request[32] = {(uint8_t)window, (uint8_t)(window >> 8)};
    uint8_t id[HUB_STORE_SHARE_ID_LEN];
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    return hub_store_share_find(&reader, task, request, id, &share);
}

static uint64_t ledger_rows(struct fixture *f, const char *word)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 20);
    struct hub_ledger_head end;
    uint64_t n = 0;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_ledger_verify(reader.db, &end, NULL), HUB_OK);
    assert_int_equal(hub_ledger_export(&text, reader.db, 1), HUB_OK);
    assert_int_equal(hub_buf_append(&text, HUB_SPAN_ARRAY("")), HUB_OK);
    for (const char *at = (const char *)text.ptr; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

static void test_rolled_back_database_burns(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct release open_one = {task, FIRST_WINDOW + 1};

    open_and_release(f, task, FIRST_WINDOW);
    assert_int_equal(run(f->store, open_bucket, &open_one), HUB_OK);
    copy_away(f, &copy);
    assert_int_equal(find_share(f, task, FIRST_WINDOW), HUB_OK);
    open_and_release(f, task, FIRST_WINDOW + 2); /* the copy does not know of it */
    f->now_s = START_S + 10 * 3600 + 1;
    put_back(f, &copy);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(state_of(f, task, FIRST_WINDOW), HUB_STORE_BUCKET_COLLECTED);
        assert_int_equal(state_of(f, task, FIRST_WINDOW + 1), HUB_STORE_BUCKET_BURNT);
        assert_int_equal(state_of(f, task, FIRST_WINDOW + 2), HUB_STORE_BUCKET_BURNT);
        assert_int_equal(state_of(f, task, FIRST_WINDOW + 10), HUB_STORE_BUCKET_BURNT);
        assert_int_equal(state_of(f, task, FIRST_WINDOW + 11), HUB_STORE_BUCKET_OPEN);
        /* Whether it ever left, the copy cannot know. */
        assert_int_equal(find_share(f, task, FIRST_WINDOW), HUB_E_NOT_FOUND);
        struct release r = {task, FIRST_WINDOW + 2};
        assert_int_equal(run(f->store, open_bucket, &r), HUB_E_REFUSED);
        assert_int_equal(run(f->store, release, &open_one), HUB_E_REFUSED);
        assert_int_equal(ledger_rows(f, "\"event\":\"restored\""), 1);
        assert_int_equal(ledger_rows(f, "\"event\":\"burnt\""), 1);
        assert_int_equal(ledger_rows(f, "\"buckets\":1}"), 1);
        assert_int_equal(hub_store_was_restored(f->store), round == 0);
        fixture_close(f); /* from now on the head outside is held again */
        fixture_open(f);
    }
    open_and_release(f, task, FIRST_WINDOW + 11);               /* life goes on */
    const uint64_t other = admit(f->store, 2, HUB_ROLE_HELPER); /* admitted later: burnt as well */
    assert_int_equal(state_of(f, other, FIRST_WINDOW + 10), HUB_STORE_BUCKET_BURNT);
    assert_int_equal(state_of(f, other, FIRST_WINDOW + 11), HUB_STORE_BUCKET_OPEN);
}

static hub_status add_waiting(void *self, struct hub_store_tx *tx)
{
    bool existed;
    struct hub_store_collection c = {.task = *(uint64_t *)self,
                                     .id = {1},
                                     .first_window = FIRST_WINDOW,
                                     .last_window = FIRST_WINDOW};
    return hub_store_collection_add(tx, &c, hub_span_text("request"), &existed);
}

static hub_status add_done(void *self, struct hub_store_tx *tx)
{
    bool existed;
    struct hub_store_collection c = {.task = *(uint64_t *)self,
                                     .id = {2},
                                     .request_sha256 = {2},
                                     .first_window = FIRST_WINDOW + 1,
                                     .last_window = FIRST_WINDOW + 1};
    HUB_TRY(hub_store_collection_add(tx, &c, hub_span_text("another"), &existed));
    return hub_store_collection_finish(tx, c.number, hub_span_text("both shares"));
}

/* Those that wait, and those that are done. */
static void test_collections_fail(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    uint64_t task = admit(f->store, 1, HUB_ROLE_LEADER);
    assert_int_equal(run(f->store, add_waiting, &task), HUB_OK);
    assert_int_equal(run(f->store, add_done, &task), HUB_OK);
    copy_away(f, &copy);
    open_and_release(f, task, FIRST_WINDOW + 2);
    put_back(f, &copy);
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_collection found;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    for (uint8_t i = 1; i <= 2; i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf response = HUB_BUF_INIT(100);
        const uint8_t id[16] = {i};
        assert_int_equal(hub_store_collection_find(&reader, task, id, &found, NULL, &response),
                         HUB_OK);
        assert_int_equal(found.state, HUB_STORE_COLLECTION_FAILED);
        assert_string_equal(found.problem, "batchInvalid");
        assert_non_null(strstr(found.detail, "restored database"));
        assert_int_equal(response.len, 0);
    }
}

/* The head outside is behind: a crash after COMMIT, or an old copy of the small file. */
static void test_database_ahead_is_sound(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf old_head = HUB_BUF_INIT(65536);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    fixture_close(f);
    assert_int_equal(hub_file_read(&old_head, f->head_path, NULL), HUB_OK);
    fixture_open(f);
    open_and_release(f, task, FIRST_WINDOW);
    open_and_release(f, task, FIRST_WINDOW + 1);
    fixture_close(f);
    assert_int_equal(hub_file_write(f->head_path, hub_buf_span(&old_head), 0600, NULL), HUB_OK);
    fixture_open(f);
    assert_false(hub_store_was_restored(f->store));
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 1), HUB_STORE_BUCKET_COLLECTED);
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 2), HUB_STORE_BUCKET_OPEN);
    /* And the file was brought up to the chain. */
    fixture_close(f);
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file file = {0};
    struct hub_ledger_head head;
    bool found = false;
    assert_int_equal(hub_head_file_open(&file, &head, &found, f->head_path, NULL), HUB_OK);
    assert_true(found);
    assert_int_equal(head.length, 3);
}

static void test_unchanged_copy_is_sound(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    open_and_release(f, task, FIRST_WINDOW);
    copy_away(f, &copy);
    put_back(f, &copy);
    assert_false(hub_store_was_restored(f->store));
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 1), HUB_STORE_BUCKET_OPEN);
}

/* A window was released at a time that the clock now says is yet to come: it must not open again in
 * a copy that does not know of it. */
static void test_a_clock_that_went_back_burns_no_less(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);

    copy_away(f, &copy);
    f->now_s = START_S + (uint64_t)6 * 3600;
    open_and_release(f, task, FIRST_WINDOW + 4);
    f->now_s = START_S + 3600;
    put_back(f, &copy);
    assert_true(hub_store_was_restored(f->store));
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 4), HUB_STORE_BUCKET_BURNT);
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 6), HUB_STORE_BUCKET_OPEN);
}

/* A reader that lost its connection is on the copy before the writing thread has looked. */
static void test_a_reader_on_a_copy_tells_nothing(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf share = HUB_BUF_INIT(100);
    const uint8_t request[32] = {(uint8_t)FIRST_WINDOW, (uint8_t)(FIRST_WINDOW >> 8)};
    uint8_t id[HUB_STORE_SHARE_ID_LEN];

    if (!test_is_on_server())
        skip(); /* nobody exchanges a file under a process that has it open */
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    open_and_release(f, task, FIRST_WINDOW);
    copy_away(f, &copy);
    open_and_release(f, task, FIRST_WINDOW + 1);
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_share_find(&reader, task, request, id, &share), HUB_OK);
    fixture_server_exec("DROP DATABASE %s WITH (FORCE)", f->database);
    fixture_server_exec("CREATE DATABASE %s TEMPLATE %s_copy", f->database, f->database);
    hub_status status = HUB_OK;
    for (int i = 0; i < 5 && status != HUB_E_NOT_FOUND; i++) {
        status = hub_store_share_find(&reader, task, request, id, &share);
        assert_int_not_equal(status, HUB_OK);
    }
    assert_int_equal(status, HUB_E_NOT_FOUND);
    assert_true(hub_store_was_restored(f->store));
}

static void test_missing_head_counts_as_rollback(void **state)
{
    struct fixture *const f = *state;
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    struct release r = {task, FIRST_WINDOW};
    assert_int_equal(run(f->store, open_bucket, &r), HUB_OK);
    fixture_close(f);
    assert_int_equal(unlink(f->head_path), 0);
    fixture_open(f);
    assert_true(hub_store_was_restored(f->store));
    assert_int_equal(state_of(f, task, FIRST_WINDOW), HUB_STORE_BUCKET_BURNT);
}

/* A new database beside an old head: what was released before is not known, so it is burnt for
 * every task that comes. */
static void test_lost_database_counts_as_rollback(void **state)
{
    struct fixture *const f = *state;
    uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    open_and_release(f, task, FIRST_WINDOW);
    f->now_s = START_S + 5 * 3600;
    fixture_close(f);
    fixture_lose(f);
    fixture_open(f);
    assert_true(hub_store_was_restored(f->store));
    task = admit(f->store, 1, HUB_ROLE_HELPER);
    assert_int_equal(state_of(f, task, FIRST_WINDOW), HUB_STORE_BUCKET_BURNT);
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 4), HUB_STORE_BUCKET_BURNT);
    assert_int_equal(state_of(f, task, FIRST_WINDOW + 5), HUB_STORE_BUCKET_OPEN);
}

/* Another history of the same length is no less wrong. */
static void test_forked_chain_is_found_out(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf copy = HUB_BUF_INIT(16 << 20);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf head = HUB_BUF_INIT(65536);
    const uint64_t task = admit(f->store, 1, HUB_ROLE_HELPER);
    copy_away(f, &copy);
    open_and_release(f, task, FIRST_WINDOW);
    fixture_close(f);
    assert_int_equal(hub_file_read(&head, f->head_path, NULL), HUB_OK);
    fixture_open(f);
    put_back(f, &copy); /* burns, so the chain forks */
    assert_true(hub_store_was_restored(f->store));
    fixture_close(f);
    assert_int_equal(hub_file_write(f->head_path, hub_buf_span(&head), 0600, NULL), HUB_OK);
    fixture_open(f);
    assert_true(hub_store_was_restored(f->store));
}

static void test_broken_chain_is_not_opened(void **state)
{
    struct fixture *const f = *state;
    struct hub_db *db = NULL;
    struct hub_why why = {0};
    (void)admit(f->store, 1, HUB_ROLE_HELPER);
    (void)admit(f->store, 2, HUB_ROLE_HELPER);
    fixture_close(f);
    assert_int_equal(hub_db_open(&db, f->path, &(struct hub_db_options){0}, NULL), HUB_OK);
    assert_int_equal(hub_db_exec(db, "UPDATE ledger SET line = replace(line, 'steps', 'staps')"
                                     " WHERE seq = 1"),
                     HUB_OK);
    hub_db_close(db);
    assert_int_equal(hub_store_open(&f->store, &f->options, &why), HUB_E_VERIFY);
    assert_null(f->store);
    assert_non_null(strstr(why.text, "row 1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rolled_back_database_burns),
        TEST(test_collections_fail),
        TEST(test_database_ahead_is_sound),
        TEST(test_unchanged_copy_is_sound),
        TEST(test_missing_head_counts_as_rollback),
        TEST(test_lost_database_counts_as_rollback),
        TEST(test_a_clock_that_went_back_burns_no_less),
        TEST(test_a_reader_on_a_copy_tells_nothing),
        TEST(test_forked_chain_is_found_out),
        TEST(test_broken_chain_is_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
