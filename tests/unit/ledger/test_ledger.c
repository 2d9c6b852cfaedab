/* Rows, their chain, its export and its check: every changed byte, dropped or moved line is seen.
 */
#include "crypto/hash.h"
#include "db/query.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/hubbub-ledger-XXXXXX";
static char path[64];

static const uint8_t task[32] = {1, 2, 3, 5, 7, 11, 13, 17};

static int open_ledger(void **state)
{
    struct hub_db *db = NULL;
    const struct hub_db_options options = {0};
    (void)unlink(path);
    assert_int_equal(hub_db_open(&db, path, &options, NULL), HUB_OK);
    assert_int_equal(hub_db_exec(db, hub_ledger_schema), HUB_OK);
    *state = db;
    return 0;
}

static int close_ledger(void **state)
{
    hub_db_close(*state);
    return 0;
}

/* One row of each kind. */
static void write_rows(struct hub_ledger_head *head, struct hub_db *db)
{
    const struct hub_ledger_admitted admitted = {.task = task,
                                                 .statement_hash = task,
                                                 .name = "taxi",
                                                 .population = "riders",
                                                 .charge = 536870912,
                                                 .first_day = 20089,
                                                 .days = 366};
    const struct hub_ledger_released released = {.task = task,
                                                 .window_start = 1735689600,
                                                 .window_seconds = 1800,
                                                 .windows = 1,
                                                 .sigma2 = 12288,
                                                 .report_count = 12,
                                                 .charge = 89478486};
    const struct hub_ledger_head outside = {.length = 9, .hash = {9, 9}};
    assert_int_equal(hub_ledger_admitted(head, db, 1735689600, &admitted), HUB_OK);
    assert_int_equal(hub_ledger_released(head, db, 1735691400, &released), HUB_OK);
    assert_int_equal(hub_ledger_refused(head, db, 1735691401, NULL, "dpBudgetDay",
                                        "\"Stra\xc3\x9f"
                                        "e\" \\ asks\n2/512"),
                     HUB_OK);
    assert_int_equal(hub_ledger_incident(head, db, 1735691402, task, "clock moved back"), HUB_OK);
    assert_int_equal(hub_ledger_restored(head, db, 1735691403, &outside), HUB_OK);
    assert_int_equal(hub_ledger_burnt(head, db, 1735691403, task, 3), HUB_OK);
}

static void test_lines_are_canonical(void **state)
{
    struct hub_ledger_head head = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);

    write_rows(&head, *state);
    assert_int_equal(head.length, 6);
    assert_int_equal(hub_ledger_export(&text, *state, 0), HUB_OK);
    assert_int_equal(hub_buf_append(&text, HUB_SPAN_ARRAY("")), HUB_OK);
    static const char first[] =
        "{\"seq\":1,\"prev\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"time\":1735689600,"
        "\"event\":\"admitted\",\"task\":\"AQIDBQcLDREAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"statement\":\"AQIDBQcLDREAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"name\":\"taxi\","
        "\"population\":\"riders\",\"charge\":536870912,\"first_day\":20089,\"days\":366}\n";
    assert_memory_equal(text.ptr, first, sizeof(first) - 1);
    assert_non_null(strstr((const char *)text.ptr, "\"detail\":\"\\\"Stra\xc3\x9f"
                                                   "e\\\" \\\\ asks\\u000a2/512\"}\n"));
}

static void test_chain_holds(void **state)
{
    struct hub_ledger_head head = {0};
    struct hub_ledger_head end = {0};
    struct hub_why why = {0};

    write_rows(&head, *state);
    assert_int_equal(hub_ledger_verify(*state, &end, &why), HUB_OK);
    assert_memory_equal(&end, &head, sizeof(end));
    assert_int_equal(hub_ledger_load_head(&end, *state), HUB_OK);
    assert_memory_equal(&end, &head, sizeof(end));

    bool holds = false;
    assert_int_equal(hub_ledger_holds(*state, &head, &holds), HUB_OK);
    assert_true(holds);
    head.hash[31] ^= 1;
    assert_int_equal(hub_ledger_holds(*state, &head, &holds), HUB_OK);
    assert_false(holds);
    head.length = 7;
    assert_int_equal(hub_ledger_holds(*state, &head, &holds), HUB_OK);
    assert_false(holds);
    assert_int_equal(hub_ledger_holds(*state, &(struct hub_ledger_head){0}, &holds), HUB_OK);
    assert_true(holds);
}

/* The hash of the last line is pinned by the head alone, so each change must break the chain or
 * give another head. */
static void test_every_changed_byte_is_seen(void **state)
{
    struct hub_ledger_head head = {0};
    struct hub_ledger_head end = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);

    write_rows(&head, *state);
    assert_int_equal(hub_ledger_export(&text, *state, 0), HUB_OK);
    assert_int_equal(hub_ledger_verify_text(hub_buf_span(&text), &end, NULL), HUB_OK);
    assert_memory_equal(&end, &head, sizeof(end));
    for (size_t i = 0; i < text.len; i++) {
        text.ptr[i] ^= 1;
        memset(&end, 0, sizeof(end));
        if (hub_ledger_verify_text(hub_buf_span(&text), &end, NULL) == HUB_OK)
            assert_memory_not_equal(&end, &head, sizeof(end));
        text.ptr[i] ^= 1;
    }
}

static void test_dropped_and_cut_lines_are_seen(void **state)
{
    struct hub_ledger_head head = {0};
    struct hub_ledger_head end = {0};
    struct hub_why why = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);

    write_rows(&head, *state);
    assert_int_equal(hub_ledger_export(&text, *state, 2), HUB_OK); /* the first is left out */
    assert_int_equal(hub_ledger_verify_text(hub_buf_span(&text), &end, &why), HUB_E_VERIFY);
    assert_non_null(strstr(why.text, "row 1 "));
    text.len = 0;
    assert_int_equal(hub_ledger_export(&text, *state, 0), HUB_OK);
    text.len--;
    assert_int_equal(hub_ledger_verify_text(hub_buf_span(&text), &end, &why), HUB_E_VERIFY);
    assert_non_null(strstr(why.text, "row 6 "));

    assert_int_equal(hub_db_exec(*state, "UPDATE ledger SET line = replace(line, '536870912',"
                                         " '536870911') WHERE seq = 1"),
                     HUB_OK);
    assert_int_equal(hub_ledger_verify(*state, &end, &why), HUB_E_VERIFY);
    assert_non_null(strstr(why.text, "row 1"));
}

/* What other writers of JSON would make of the same values isn't taken. */
static void test_other_forms_are_refused(void **state)
{
    (void)state;
#define START "{\"seq\":1,\"prev\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"time\":"
    static const struct {
        const char *line;
        hub_status status;
    } cases[] = {
        {START "5,\"event\":\"x\"}", HUB_OK},
        {START "5,\"event\":\"x\",\"k\":\"\\u001f\"}", HUB_OK},
        {START "5,\"event\":\"x\",\"k\":0}", HUB_OK},
        {START "05,\"event\":\"x\"}", HUB_E_VERIFY},
        {START "-5,\"event\":\"x\"}", HUB_E_VERIFY},
        {START "5.0,\"event\":\"x\"}", HUB_E_VERIFY},
        {START "5, \"event\":\"x\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"x\"} ", HUB_E_VERIFY},
        {START "5,\"event\":\"x\",}", HUB_E_VERIFY},
        {START "5,\"event\":\"\\u0041\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\\u001F\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\\n\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\n\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\xc0\xaf\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\xed\xa0\x80\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"\xf4\x90\x80\x80\"}", HUB_E_VERIFY},
        {START "5,\"event\":\"x\",\"k\":null}", HUB_E_VERIFY},
        {START "5,\"event\":\"x\",\"k\":}", HUB_E_VERIFY},
        {START "5,\"event\":\"x\"", HUB_E_VERIFY},
        {"", HUB_E_VERIFY},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hub_ledger_head head = {0};
        if (hub_ledger_check_line(&head, hub_span_text(cases[i].line), NULL) != cases[i].status)
            fail_msg("%s", cases[i].line);
    }
}

static void test_texts_are_bounded(void **state)
{
    struct hub_ledger_head head = {0};
    char text[HUB_LEDGER_TEXT_MAX + 2];

    memset(text, '\x01', sizeof(text)); /* each takes six octets in the line */
    text[HUB_LEDGER_TEXT_MAX] = '\0';
    assert_int_equal(hub_ledger_incident(&head, *state, 1, NULL, text), HUB_OK);
    text[HUB_LEDGER_TEXT_MAX] = '\x01';
    text[HUB_LEDGER_TEXT_MAX + 1] = '\0';
    assert_int_equal(hub_ledger_incident(&head, *state, 1, NULL, text), HUB_E_ARGUMENT);
    assert_int_equal(hub_ledger_incident(&head, *state, 1, NULL, "\xff"), HUB_E_ARGUMENT);
    assert_int_equal(head.length, 1); /* a refused row moves nothing */
    assert_int_equal(hub_ledger_verify(*state, &head, NULL), HUB_OK);
    assert_int_equal(head.length, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_are_canonical, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(test_chain_holds, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(test_every_changed_byte_is_seen, open_ledger, close_ledger),
        cmocka_unit_test_setup_teardown(test_dropped_and_cut_lines_are_seen, open_ledger,
                                        close_ledger),
        cmocka_unit_test(test_other_forms_are_refused),
        cmocka_unit_test_setup_teardown(test_texts_are_bounded, open_ledger, close_ledger),
    };
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/ledger.db", folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failed;
}
