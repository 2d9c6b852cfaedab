/* The door's SQL and PostgreSQL's, and its numbers. */
#include "db/postgres_sql_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect_statement(const char *sql, const char *wanted, unsigned n_wanted)
{
    char *text;
    unsigned n;
    assert_int_equal(hub_postgres_statement(&text, &n, sql), HUB_OK);
    assert_string_equal(text, wanted);
    assert_int_equal(n, n_wanted);
    free(text);
}

static void test_parameters_are_numbered(void **state)
{
    (void)state;
    expect_statement("", "", 0);
    expect_statement("?", "$1", 1);
    expect_statement("a = ? AND b IN (?, ?)", "a = $1 AND b IN ($2, $3)", 3);
    expect_statement("????????????", "$1$2$3$4$5$6$7$8$9$10$11$12", 12);
    expect_statement("SELECT '?', \"?\", 'it''s ?', ? -- why?\n, ?",
                     "SELECT '?', \"?\", 'it''s ?', $1 -- why?\n, $2", 2);
    expect_statement("SELECT 'open ?", "SELECT 'open ?", 0);
}

static void expect_schema(const char *sql, const char *wanted)
{
    char *text;
    assert_int_equal(hub_postgres_schema(&text, sql), HUB_OK);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_types_are_named(void **state)
{
    (void)state;
    expect_schema("", "");
    expect_schema("REAL", "DOUBLE PRECISION");
    expect_schema("CREATE TABLE t (k INTEGER PRIMARY KEY, b BLOB, s TEXT, d REAL)",
                  "CREATE TABLE t (k BIGINT PRIMARY KEY, b BYTEA, s TEXT, d DOUBLE PRECISION)");
    expect_schema("segment_BLOB BLOBS INTEGER_", "segment_BLOB BLOBS INTEGER_");
    expect_schema("-- INTEGER\n'BLOB' BLOB", "-- INTEGER\n'BLOB' BYTEA");
}

struct numeric_case {
    uint8_t bytes[16];
    size_t len;
    int64_t value;
};

static void test_numeric(void **state)
{
    static const struct numeric_case cases[] = {
        {{0, 0, 0, 0, 0, 0, 0, 0}, 8, 0},
        {{0, 1, 0, 0, 0, 0, 0, 0, 0, 42}, 10, 42},
        {{0, 1, 0, 0, 0x40, 0, 0, 0, 0, 42}, 10, -42},
        {{0, 1, 0, 1, 0, 0, 0, 0, 0, 3}, 10, 30000}, /* zeros at the end are left out */
        {{0, 2, 0, 1, 0, 0, 0, 0, 0, 3, 0, 7}, 12, 30007},
        {{0, 2, 0, 0, 0, 0, 0, 2, 0, 3, 0, 7}, 12, 3}, /* what stands behind the point goes */
        {{0, 1, 0, 9, 0, 0, 0, 0, 0, 3}, 10, INT64_MAX},
        {{0, 1, 0, 9, 0x40, 0, 0, 0, 0, 3}, 10, INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(hub_postgres_numeric(hub_span_of(cases[i].bytes, cases[i].len)),
                         cases[i].value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_numbered),
        cmocka_unit_test(test_types_are_named),
        cmocka_unit_test(test_numeric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
