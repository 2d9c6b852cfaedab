/* A task from its statement, and what happens to its files when one character is wrong. */
#include "task/task.h"
#include "trial_statement.h"
#include "wire/task_configuration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The three files of a task in memory, read through the loader's function. */
static struct {
    struct hub_buf ini;
    struct hub_buf statement;
    struct hub_buf labels;
} disk;

static hub_status read_disk(struct hub_buf *out, const char *path, struct hub_why *why)
{
    if (strcmp(path, "x/library.task.ini") == 0)
        return hub_buf_append(out, hub_buf_span(&disk.ini));
    if (strcmp(path, "x/library.statement") == 0)
        return hub_buf_append(out, hub_buf_span(&disk.statement));
    if (strcmp(path, "x/library.labels") == 0)
        return hub_buf_append(out, hub_buf_span(&disk.labels));
    return hub_why(why, HUB_E_NOT_FOUND, "%s: not there", path);
}

static int set_up(void **state)
{
    struct hub_why why = {{0}};
    struct hub_task *task;

    disk.ini = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    disk.statement = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    disk.labels = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    hub_status status = test_statement(&disk.statement, true, &why);
    if (status == HUB_OK)
        status = hub_buf_append(&disk.labels, hub_span_text(test_labels));
    if (status == HUB_OK)
        status = hub_task_new(&task, hub_buf_span(&disk.statement), hub_buf_span(&disk.labels),
                              "Europe/Vienna", &why);
    if (status != HUB_OK) {
        print_message("%s\n", why.text);
        return -1;
    }
    status = hub_task_write(&disk.ini, task);
    *state = task;
    return status == HUB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    hub_task_free(*state);
    hub_buf_clear(&disk.ini);
    hub_buf_clear(&disk.statement);
    hub_buf_clear(&disk.labels);
    return 0;
}

static void test_fields(void **state)
{
    const struct hub_task *const t = *state;
    struct hub_task_configuration c;

    assert_string_equal(t->name, "library");
    assert_string_equal(t->leader_url, "https://leader.example/dap");
    assert_int_equal(t->window_s, 3600);
    assert_int_equal(t->first_s, 20514 * 86400);
    assert_int_equal(t->end_s, 20528 * 86400);
    assert_int_equal(t->n_cells, 5);
    assert_string_equal(t->labels[0], "overdue");
    assert_string_equal(t->labels[4], "other");
    assert_int_equal(hub_task_configuration_decode(&c, hub_buf_span(&t->configuration)), HUB_OK);
    assert_int_equal(c.task_info.len, HUB_TASK_INFO_LEN);
    assert_memory_equal(c.task_info.ptr, "hubbub-dp1:", 11);
    assert_memory_equal(c.task_info.ptr + 11, t->statement_hash, 32);
    assert_int_equal(c.time_precision, 3600);
    assert_int_equal(c.min_batch_size, t->statement.min_batch);
    assert_int_equal(c.batch_mode, HUB_BATCH_TIME_INTERVAL);
    assert_int_equal(c.vdaf.type, HUB_VDAF_TYPE_PRIO3_SUMVEC);
    assert_int_equal(c.vdaf.length, 5);
    assert_int_equal(c.vdaf.chunk_length, 10);
    assert_true(c.has_task_interval);
    assert_int_equal(c.task_interval.start, 20514 * 24);
    assert_int_equal(c.task_interval.duration, 14 * 24);
}

static void test_load(void **state)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = NULL;
    const struct hub_task *const made = *state;
    struct hub_why why = {{0}};
    const hub_status status = hub_task_load(&t, "x/library.task.ini", read_disk, &why);

    if (status != HUB_OK)
        print_message("%s\n", why.text);
    assert_int_equal(status, HUB_OK);
    assert_memory_equal(&t->id, &made->id, sizeof(t->id));
    assert_string_equal(t->time_zone, "Europe/Vienna");
    assert_true(
        hub_span_equal_var(hub_buf_span(&t->configuration), hub_buf_span(&made->configuration)));
}

static unsigned line_at(const struct hub_buf *b, size_t at)
{
    unsigned line = 1;

    for (size_t i = 0; i < at; i++)
        line += b->ptr[i] == '\n';
    return line;
}

/* Changes each character of a file in turn; each change must be refused and the right file and line
 * named. A line end that becomes something else may be named by its own line or the next; the time
 * zone and its hash are named together, for nothing tells which of the two is right. */
static void spoil_each(struct hub_buf *file, const char *name)
{
    for (size_t i = 0; i < file->len; i++) {
        struct hub_task *t = NULL;
        struct hub_why why = {{0}};
        char line[32];
        char next[32];
        const uint8_t right = file->ptr[i];

        file->ptr[i] = right == 'x' ? 'y' : 'x';
        const hub_status status = hub_task_load(&t, "x/library.task.ini", read_disk, &why);
        file->ptr[i] = right;
        (void)snprintf(line, sizeof(line), "line %u:", line_at(file, i));
        (void)snprintf(next, sizeof(next), "line %u:", line_at(file, i) + 1);
        const bool is_named =
            status == HUB_E_CONFIG && strncmp(why.text, name, strlen(name)) == 0 &&
            (strstr(why.text, line) != NULL || (right == '\n' && strstr(why.text, next) != NULL));
        if (!is_named)
            print_message("byte %zu '%c', expected %s: %s got %d: %s\n", i, right, name, line,
                          (int)status, why.text);
        assert_true(is_named);
    }
}

static void test_wrong_character_in_statement(void **state)
{
    (void)state;
    spoil_each(&disk.statement, "x/library.statement");
}

static void test_wrong_character_in_labels(void **state)
{
    (void)state;
    spoil_each(&disk.labels, "x/library.labels");
}

static void test_wrong_character_in_task_file(void **state)
{
    (void)state;
    spoil_each(&disk.ini, "x/library.task.ini");
}

static void test_wrong_length(void **state)
{
    struct hub_buf *const files[] = {&disk.ini, &disk.statement, &disk.labels};
    struct hub_why why = {{0}};
    struct hub_task *t = NULL;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        files[i]->len--;
        assert_int_equal(hub_task_load(&t, "x/library.task.ini", read_disk, &why), HUB_E_CONFIG);
        files[i]->len++;
        assert_int_equal(hub_buf_append(files[i], hub_span_text("\n")), HUB_OK);
        assert_int_equal(hub_task_load(&t, "x/library.task.ini", read_disk, &why), HUB_E_CONFIG);
        files[i]->len--;
    }
    assert_int_equal(hub_task_load(&t, "x/library.ini", read_disk, &why), HUB_E_CONFIG);
    assert_int_equal(hub_task_load(&t, "y/library.task.ini", read_disk, &why), HUB_E_NOT_FOUND);
}

static void test_labels_must_fit(void **state)
{
    struct hub_task *t = NULL;
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_task_new(&t, hub_buf_span(&disk.statement), HUB_SPAN_EMPTY, "UTC", &why),
                     HUB_E_CONFIG);
    assert_int_equal(hub_task_new(&t, hub_buf_span(&disk.statement), hub_buf_span(&disk.labels),
                                  "Not a zone", &why),
                     HUB_E_CONFIG);
    assert_null(t);
}

static void test_plain(void **state)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = NULL;
    struct hub_why why = {{0}};
    struct hub_task_plain p = {
        .id = {{1, 2, 3}},
        .task_info = hub_span_text("task-info"),
        .leader_url = "http://leader:1",
        .helper_url = "http://helper:1/",
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_COUNT},
        .time_precision = 300,
        .min_batch = 1,
        .batch_mode = HUB_BATCH_LEADER_SELECTED,
    };
    struct hub_task_configuration c;

    (void)state;
    assert_int_equal(hub_task_new_plain(&t, &p, &why), HUB_OK);
    assert_false(t->has_statement);
    assert_int_equal(hub_task_configuration_decode(&c, hub_buf_span(&t->configuration)), HUB_OK);
    assert_false(c.has_task_interval);
    assert_int_equal(c.batch_mode, HUB_BATCH_LEADER_SELECTED);
    p.has_interval = true;
    p.first_s = 301;
    p.end_s = 900;
    struct hub_task *bad = NULL;
    assert_int_equal(hub_task_new_plain(&bad, &p, &why), HUB_E_CONFIG);
    p.first_s = 300;
    p.time_precision = 0;
    assert_int_equal(hub_task_new_plain(&bad, &p, &why), HUB_E_CONFIG);
}

static bool holds(hub_span bytes, const char *text)
{
    const size_t n = strlen(text);

    for (size_t i = 0; i + n <= bytes.len; i++) {
        if (memcmp(bytes.ptr + i, text, n) == 0)
            return true;
    }
    return false;
}

/* "MUST NOT re-encode or otherwise alter a Url": as it was agreed, byte by byte. */
static void test_urls_stay_as_they_are(void **state)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = NULL;
    struct hub_why why = {{0}};
    const struct hub_task_plain p = {
        .id = {{1}},
        .task_info = hub_span_text("task-info"),
        .leader_url = "HTTPS://Leader.EXAMPLE:443/%7Edap/./a",
        .helper_url = "https://helper.example//x/../",
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_COUNT},
        .time_precision = 300,
        .min_batch = 1,
        .batch_mode = HUB_BATCH_TIME_INTERVAL,
    };

    (void)state;
    assert_int_equal(hub_task_new_plain(&t, &p, &why), HUB_OK);
    assert_true(holds(hub_buf_span(&t->configuration), p.leader_url));
    assert_true(holds(hub_buf_span(&t->configuration), p.helper_url));
    assert_string_equal(t->leader_url, p.leader_url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_urls_stay_as_they_are),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_wrong_character_in_statement),
        cmocka_unit_test(test_wrong_character_in_labels),
        cmocka_unit_test(test_wrong_character_in_task_file),
        cmocka_unit_test(test_wrong_length),
        cmocka_unit_test(test_labels_must_fit),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
