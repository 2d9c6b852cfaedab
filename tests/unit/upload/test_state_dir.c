/* The device's folder: one process at a time, durable appends, kept keys. */
#include "upload/state_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/hubbub-state-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static void path_of(char out[96], const char *name)
{
    (void)snprintf(out, 96, "%s/%s", folder, name);
}

static void test_storage(void **state)
{
    HUB_CLEANUP(hub_state_dir_close) struct hub_state_dir d = {.lock_fd = -1, .journal_fd = -1};
    struct hub_why why;
    char path[96];
    uint8_t bytes[16];
    size_t got = 99;
    struct stat st;

    (void)state;
    path_of(path, "a/b");
    assert_int_equal(hub_state_dir_open(&d, path, &why), HUB_OK);
    const struct hub_device_storage s = hub_state_dir_storage(&d);
    assert_int_equal(s.read(s.self, 0, bytes, sizeof(bytes), &got), HUB_E_NOT_FOUND);
    assert_int_equal(s.append(s.self, hub_span_text("x")), HUB_E_NOT_FOUND);
    assert_int_equal(s.replace(s.self, hub_span_text("abc")), HUB_OK);
    assert_int_equal(s.append(s.self, hub_span_text("defg")), HUB_OK);
    assert_int_equal(s.read(s.self, 1, bytes, sizeof(bytes), &got), HUB_OK);
    assert_int_equal(got, 6);
    assert_memory_equal(bytes, "bcdefg", 6);
    assert_int_equal(s.read(s.self, 7, bytes, sizeof(bytes), &got), HUB_OK);
    assert_int_equal(got, 0);
    assert_int_equal(s.replace(s.self, hub_span_text("z")), HUB_OK);
    assert_int_equal(s.append(s.self, hub_span_text("y")), HUB_OK);
    assert_int_equal(s.read(s.self, 0, bytes, sizeof(bytes), &got), HUB_OK);
    assert_int_equal(got, 2);
    assert_int_equal(stat(d.journal, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(d.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void test_one_process(void **state)
{
    HUB_CLEANUP(hub_state_dir_close) struct hub_state_dir a = {.lock_fd = -1, .journal_fd = -1};
    HUB_CLEANUP(hub_state_dir_close) struct hub_state_dir b = {.lock_fd = -1, .journal_fd = -1};
    struct hub_why why;
    char path[96];

    (void)state;
    path_of(path, "locked");
    assert_int_equal(hub_state_dir_open(&a, path, &why), HUB_OK);
    assert_int_equal(hub_state_dir_open(&b, path, &why), HUB_E_BUSY);
    hub_state_dir_close(&a);
    assert_int_equal(hub_state_dir_open(&b, path, &why), HUB_OK);
}

static void test_kept_keys(void **state)
{
    HUB_CLEANUP(hub_state_dir_close) struct hub_state_dir d = {.lock_fd = -1, .journal_fd = -1};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(100);
    struct hub_why why;
    char path[96];
    uint32_t age;

    (void)state;
    path_of(path, "keys");
    assert_int_equal(hub_state_dir_open(&d, path, &why), HUB_OK);
    assert_int_equal(hub_state_dir_recall(&d, &out, &age, "http://a/", 1000), HUB_E_NOT_FOUND);
    hub_state_dir_keep(&d, "http://a/", hub_span_text("list"), 60, 1000);
    assert_int_equal(hub_state_dir_recall(&d, &out, &age, "http://b/", 1000), HUB_E_NOT_FOUND);
    assert_int_equal(hub_state_dir_recall(&d, &out, &age, "http://a/", 1010), HUB_OK);
    assert_int_equal(age, 50);
    assert_int_equal(out.len, 4);
    assert_memory_equal(out.ptr, "list", 4);
    out.len = 0;
    assert_int_equal(hub_state_dir_recall(&d, &out, &age, "http://a/", 1060), HUB_E_NOT_FOUND);
    assert_int_equal(hub_state_dir_recall(&d, &out, &age, "http://a/", 999), HUB_E_NOT_FOUND);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_one_process),
        cmocka_unit_test(test_kept_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
