/* Connections, transactions, savepoints and the steps of a schema. */
#include "db/query.h"
#include "postgres/database.h"

#include <sys/stat.h>

static const char select_count[] = "SELECT count(*) FROM t";
static const char insert_row[] = "INSERT INTO t (k, v) VALUES (?, ?)";

struct place {
    char folder[64];
    char path[TEST_DATABASE_MAX]; /* or its URL */
};

static int make_place(void **state)
{
    struct place *const p = calloc(1, sizeof(*p));
    (void)snprintf(p->folder, sizeof(p->folder), "/tmp/hubbub-db-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    if (test_is_on_server())
        test_database_make(p->path);
    else
        (void)snprintf(p->path, sizeof(p->path), "%s/t.db", p->folder);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *const p = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[TEST_DATABASE_MAX + 8];
        (void)snprintf(file, sizeof(file), "%s%s", p->path, ends[i]);
        (void)unlink(file);
    }
    assert_int_equal(rmdir(p->folder), 0);
    free(p);
    return 0;
}

static struct hub_db *open_db(const struct place *p, bool read_only)
{
    struct hub_db *db = NULL;
    struct hub_why why = {0};
    const struct hub_db_options options = {.read_only = read_only};
    if (hub_db_open(&db, p->path, &options, &why) != HUB_OK)
        fail_msg("%s", why.text);
    return db;
}

static struct hub_db *open_with_table(const struct place *p)
{
    struct hub_db *const db = open_db(p, false);
    assert_int_equal(hub_db_exec(db, "CREATE TABLE t (k BIGINT PRIMARY KEY, v BLOB)"), HUB_OK);
    return db;
}

static hub_status insert(struct hub_db *db, uint64_t k, const char *v)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_row);
    hub_bind_u64(&q, k);
    hub_bind_span(&q, hub_span_text(v));
    return hub_query_run(&q);
}

static uint64_t count(struct hub_db *db)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_count);
    assert_int_equal(hub_query_first(&q), HUB_OK);
    return hub_column_u64(&q, 0);
}

static void test_file_mode(void **state)
{
    if (test_is_on_server())
        skip();
    struct hub_db *const db = open_with_table(*state);
    struct stat st;
    assert_int_equal(stat(((struct place *)*state)->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    hub_db_close(db);
}

static void test_read_only_needs_a_file(void **state)
{
    if (test_is_on_server())
        skip();
    struct hub_db *db = NULL;
    struct hub_why why = {0};
    const struct hub_db_options options = {.read_only = true};
    assert_int_equal(hub_db_open(&db, ((struct place *)*state)->path, &options, &why),
                     HUB_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "t.db"));
}

static hub_status insert_and_leave(struct hub_db *db, bool commit)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    HUB_TRY(hub_tx_begin(&tx, db));
    HUB_TRY(insert(db, 1, "one"));
    HUB_TRY(insert(db, 2, "two"));
    return commit ? hub_tx_commit(&tx) : HUB_E_REFUSED;
}

static void test_transaction_rolls_back_unless_committed(void **state)
{
    struct hub_db *const db = open_with_table(*state);
    assert_int_equal(insert_and_leave(db, false), HUB_E_REFUSED);
    assert_false(hub_db_in_transaction(db));
    assert_int_equal(count(db), 0);
    assert_int_equal(insert_and_leave(db, true), HUB_OK);
    assert_int_equal(count(db), 2);
    assert_int_equal(insert_and_leave(db, true), HUB_E_CONFLICT); /* the keys are taken */
    assert_int_equal(count(db), 2);
    hub_db_close(db);
}

static void test_savepoint_undoes_its_part(void **state)
{
    struct hub_db *const db = open_with_table(*state);
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    assert_int_equal(hub_tx_begin(&tx, db), HUB_OK);
    for (uint64_t k = 0; k < 10; k++) {
        struct hub_savepoint part = {0};
        assert_int_equal(hub_savepoint_begin(&part, db), HUB_OK);
        assert_int_equal(insert(db, k, "x"), HUB_OK);
        if (k % 3 == 0)
            assert_int_equal(hub_savepoint_rollback(&part), HUB_OK);
        else
            assert_int_equal(hub_savepoint_release(&part), HUB_OK);
    }
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    assert_int_equal(count(db), 6);
    hub_db_close(db);
}

static void test_reader_sees_one_view(void **state)
{
    struct hub_db *const db = open_with_table(*state);
    assert_int_equal(insert(db, 1, "one"), HUB_OK);
    struct hub_db *const reader = open_db(*state, true);
    struct hub_tx view = {0};
    assert_int_equal(hub_tx_begin(&view, reader), HUB_OK);
    assert_int_equal(count(reader), 1);
    assert_int_equal(insert(db, 2, "two"), HUB_OK); /* the writer doesn't wait */
    assert_int_equal(count(reader), 1);
    hub_tx_rollback(&view);
    assert_int_equal(count(reader), 2);
    assert_int_equal(insert(reader, 3, "three"), HUB_E_DB); /* read-only */
    hub_db_close(reader);
    hub_db_close(db);
}

static void test_schema_steps(void **state)
{
    static const char *const steps[] = {
        "CREATE TABLE t (k BIGINT PRIMARY KEY, v BLOB)",
        "ALTER TABLE t ADD COLUMN w BIGINT; UPDATE t SET w = k",
        "ALTER TABLE t ADD COLUMN x BIGINT; NONSENSE",
    };
    struct hub_db *db = open_db(*state, false);
    struct hub_why why = {0};
    assert_int_equal(hub_db_migrate(db, steps, 1, &why), HUB_OK);
    assert_int_equal(insert(db, 7, "seven"), HUB_OK);
    hub_db_close(db);
    db = open_db(*state, false);
    assert_int_equal(hub_db_migrate(db, steps, 2, &why), HUB_OK);
    assert_int_equal(hub_db_migrate(db, steps, 2, &why), HUB_OK); /* nothing left to do */
    assert_int_equal(hub_db_exec(db, "UPDATE t SET w = 8 WHERE w = 7"), HUB_OK);
    assert_int_equal(hub_db_migrate(db, steps, 3, &why), HUB_E_DB);
    assert_non_null(strstr(why.text, "step 3"));
    assert_int_equal(hub_db_exec(db, "SELECT x FROM t"), HUB_E_DB);     /* half a step is no step */
    assert_int_equal(hub_db_migrate(db, steps, 1, &why), HUB_E_CONFIG); /* older program */
    hub_db_close(db);
}

/* Two writers: SQLite knows one, a server any number. */
static void test_says_what_it_is(void **state)
{
    struct hub_db *const db = open_db(*state, false);
    uint64_t bytes = 0;
    assert_int_equal(hub_db_is_shared(db), test_is_on_server());
    assert_int_equal(hub_db_size(db, &bytes), HUB_OK);
    assert_true(bytes != 0 || !test_is_on_server());
    assert_false(hub_db_was_race(db));
    assert_int_equal(hub_db_generation(db), 1);
    hub_db_close(db);
}

/* What failed leaves the transaction no other end than the rollback, on both. */
static void test_a_savepoint_mends_a_failure(void **state)
{
    struct hub_db *const db = open_with_table(*state);
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    struct hub_savepoint part = {0};
    assert_int_equal(hub_tx_begin(&tx, db), HUB_OK);
    assert_int_equal(insert(db, 1, "one"), HUB_OK);
    assert_int_equal(hub_savepoint_begin(&part, db), HUB_OK);
    assert_int_equal(insert(db, 1, "again"), HUB_E_CONFLICT);
    assert_true(hub_db_in_transaction(db));
    assert_int_equal(hub_savepoint_rollback(&part), HUB_OK);
    assert_int_equal(insert(db, 2, "two"), HUB_OK);
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    assert_int_equal(count(db), 2);
    hub_db_close(db);
}

static void test_full_database(void **state)
{
    if (test_is_on_server())
        skip();
    struct hub_db *db = NULL;
    const struct hub_db_options options = {.pages_max = 16};
    assert_int_equal(hub_db_open(&db, ((struct place *)*state)->path, &options, NULL), HUB_OK);
    assert_int_equal(hub_db_exec(db, "CREATE TABLE t (k BIGINT PRIMARY KEY, v BLOB)"), HUB_OK);
    uint64_t bytes = 0;
    assert_int_equal(hub_db_exec(db, "INSERT INTO t VALUES (1, zeroblob(1000000))"), HUB_E_DB);
    assert_int_equal(count(db), 0);
    assert_int_equal(hub_db_exec(db, "INSERT INTO t VALUES (1, zeroblob(100000))"), HUB_OK);
    assert_int_equal(hub_db_size(db, &bytes), HUB_OK);
    assert_true(bytes >= 100000 && bytes <= 16 * 16384);
    hub_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file_mode, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_read_only_needs_a_file, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_transaction_rolls_back_unless_committed, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(test_savepoint_undoes_its_part, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_reader_sees_one_view, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_schema_steps, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_says_what_it_is, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_a_savepoint_mends_a_failure, make_place, remove_place),
        cmocka_unit_test_setup_teardown(test_full_database, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
