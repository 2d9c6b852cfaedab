/* Parameters, rows, columns, and statements that are kept by their text. */
#include "db/query.h"
#include "postgres/database.h"

static const char insert_row[] = "INSERT INTO t (k, b, s, d) VALUES (?, ?, ?, ?)";
static const char select_rows[] = "SELECT k, b, s, d FROM t ORDER BY k";
static const char select_row[] = "SELECT b FROM t WHERE k = ?";

static char folder[] = "/tmp/hubbub-query-XXXXXX";
static char path[TEST_DATABASE_MAX]; /* or its URL */

static int open_table(void **state)
{
    struct hub_db *db = NULL;
    const struct hub_db_options options = {0};
    if (test_is_on_server())
        test_database_make(path);
    else
        (void)unlink(path);
    assert_int_equal(hub_db_open(&db, path, &options, NULL), HUB_OK);
    assert_int_equal(
        hub_db_exec(db, "CREATE TABLE t (k INTEGER PRIMARY KEY, b BLOB, s TEXT, d REAL)"), HUB_OK);
    *state = db;
    return 0;
}

static int close_table(void **state)
{
    hub_db_close(*state);
    return 0;
}

static hub_status insert(struct hub_db *db, uint64_t k, hub_span b, const char *s, double d)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_row);
    hub_bind_u64(&q, k);
    hub_bind_span(&q, b);
    if (s == NULL)
        hub_bind_null(&q);
    else
        hub_bind_text(&q, s);
    hub_bind_double(&q, d);
    HUB_TRY(hub_query_run(&q));
    assert_int_equal(hub_query_changes(&q), 1);
    return HUB_OK;
}

static void test_values_come_back(void **state)
{
    struct hub_db *const db = *state;
    assert_int_equal(insert(db, INT64_MAX, hub_span_text("blob"), "text", 0.5), HUB_OK);
    assert_int_equal(insert(db, 1, HUB_SPAN_EMPTY, NULL, -2), HUB_OK);

    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_rows);
    bool more;
    assert_int_equal(hub_query_next(&q, &more), HUB_OK);
    assert_true(more);
    assert_int_equal(hub_column_u64(&q, 0), 1);
    assert_false(hub_column_is_null(&q, 1)); /* an empty blob is not null */
    assert_int_equal(hub_column_span(&q, 1).len, 0);
    assert_true(hub_column_is_null(&q, 2));
    assert_string_equal(hub_column_text(&q, 2), "");
    assert_true(hub_column_double(&q, 3) == -2.0);
    assert_int_equal(hub_query_next(&q, &more), HUB_OK);
    assert_true(more);
    assert_int_equal(hub_column_u64(&q, 0), INT64_MAX);
    uint8_t four[4];
    assert_int_equal(hub_column_exact(&q, 1, four, 4), HUB_OK);
    assert_memory_equal(four, "blob", 4);
    assert_int_equal(hub_column_exact(&q, 1, four, 3), HUB_E_DB);
    assert_string_equal(hub_column_text(&q, 2), "text");
    assert_int_equal(hub_query_next(&q, &more), HUB_OK);
    assert_false(more);
}

static void test_failures_stick(void **state)
{
    struct hub_db *const db = *state;
    assert_int_equal(insert(db, UINT64_MAX, HUB_SPAN_EMPTY, NULL, 0), HUB_E_ARGUMENT);
    assert_int_equal(insert(db, 3, HUB_SPAN_EMPTY, NULL, 0), HUB_OK);
    assert_int_equal(insert(db, 3, HUB_SPAN_EMPTY, NULL, 0), HUB_E_CONFLICT);
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, "SELECT v FROM nowhere");
    hub_bind_u64(&q, 1);
    assert_int_equal(hub_query_first(&q), HUB_E_DB);
    assert_non_null(strstr(hub_db_message(db), "nowhere"));
}

static void test_first_tells_of_no_row(void **state)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(*state, select_row);
    hub_bind_u64(&q, 99);
    assert_int_equal(hub_query_first(&q), HUB_E_NOT_FOUND);
}

static void test_again_binds_anew(void **state)
{
    struct hub_db *const db = *state;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_row);
    for (uint64_t k = 1; k <= 5; k++) {
        hub_query_again(&q);
        hub_bind_u64(&q, k);
        hub_bind_span(&q, hub_span_text("x"));
        hub_bind_text(&q, "y");
        hub_bind_double(&q, 1);
        assert_int_equal(hub_query_run(&q), HUB_OK);
    }
    HUB_CLEANUP(hub_query_end) struct hub_query rows = hub_query(db, select_rows);
    uint64_t n = 0;
    while (hub_query_row(&rows))
        assert_int_equal(hub_column_u64(&rows, 0), ++n);
    assert_int_equal(hub_query_finish(&rows), HUB_OK);
    assert_int_equal(n, 5);
}

/* A query inside a walk over the same text must not disturb the walk. */
static void test_same_text_twice_at_once(void **state)
{
    struct hub_db *const db = *state;
    assert_int_equal(insert(db, 1, hub_span_text("a"), NULL, 0), HUB_OK);
    assert_int_equal(insert(db, 2, hub_span_text("bb"), NULL, 0), HUB_OK);
    HUB_CLEANUP(hub_query_end) struct hub_query outer = hub_query(db, select_rows);
    assert_int_equal(hub_query_first(&outer), HUB_OK);
    {
        HUB_CLEANUP(hub_query_end) struct hub_query inner = hub_query(db, select_rows);
        assert_int_equal(hub_query_first(&inner), HUB_OK);
        assert_int_equal(hub_column_u64(&inner, 0), 1);
    }
    bool more;
    assert_int_equal(hub_query_next(&outer, &more), HUB_OK);
    assert_true(more);
    assert_int_equal(hub_column_u64(&outer, 0), 2);
}

/* What engines count, sum and leave out comes back as the same numbers. */
static void test_numbers_of_the_engine(void **state)
{
    struct hub_db *const db = *state;
    for (uint64_t k = 1; k <= 3; k++)
        assert_int_equal(insert(db, k << 40, HUB_SPAN_EMPTY, NULL, 0.5), HUB_OK);
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(db, "SELECT sum(k), count(*), sum(d), min(-k), max(s), 1"
                                       " FROM t WHERE k <> ? AND s IS NULL OR s = '?'");
    hub_bind_u64(&q, 7);
    assert_int_equal(hub_query_first(&q), HUB_OK);
    assert_int_equal(hub_column_u64(&q, 0), 6ULL << 40);
    assert_int_equal(hub_column_u64(&q, 1), 3);
    assert_true(hub_column_double(&q, 2) == 1.5);
    assert_int_equal(hub_column_i64(&q, 3), -(int64_t)(3ULL << 40));
    assert_int_equal(hub_column_u64(&q, 3), 0); /* a negative number */
    assert_true(hub_column_is_null(&q, 4));
    assert_int_equal(hub_column_u64(&q, 5), 1);
}

static void test_a_row_tells_its_number(void **state)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(*state, "INSERT INTO t (k, s) VALUES (?, ?) RETURNING k");
    hub_bind_u64(&q, 77);
    hub_bind_text(&q, "s");
    assert_int_equal(hub_query_first(&q), HUB_OK);
    assert_int_equal(hub_column_u64(&q, 0), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_come_back, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_failures_stick, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_first_tells_of_no_row, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_again_binds_anew, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_same_text_twice_at_once, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_numbers_of_the_engine, open_table, close_table),
        cmocka_unit_test_setup_teardown(test_a_row_tells_its_number, open_table, close_table),
    };
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/t.db", folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failed;
}
