/* The head outside: what was written comes back, and a write cut anywhere leaves the one before. */
#include "base/file.h"
#include "base/writer.h"
#include "crypto/hash.h"
#include "ledger/head_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/hubbub-head-XXXXXX";
static char path[64];

static struct hub_ledger_head head_of(uint64_t length)
{
    struct hub_ledger_head head = {.length = length};
    memset(head.hash, (int)(length * 37 % 251), sizeof(head.hash));
    return head;
}

static int start_anew(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static bool read_back(struct hub_ledger_head *out)
{
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file file = {0};
    bool found = true;
    assert_int_equal(hub_head_file_open(&file, out, &found, path, NULL), HUB_OK);
    return found;
}

static void write_heads(uint64_t from, uint64_t to)
{
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file file = {0};
    struct hub_ledger_head head;
    bool found;
    assert_int_equal(hub_head_file_open(&file, &head, &found, path, NULL), HUB_OK);
    for (uint64_t i = from; i <= to; i++) {
        head = head_of(i);
        assert_int_equal(hub_head_file_write(&file, &head, 1000 + i), HUB_OK);
    }
}

static void test_comes_back(void **state)
{
    (void)state;
    struct hub_ledger_head head = {0};
    struct stat st;
    assert_false(read_back(&head));
    assert_int_equal(head.length, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    for (uint64_t i = 1; i <= 5; i++) {
        write_heads(i, i);
        assert_true(read_back(&head));
        assert_memory_equal(&head, &((struct hub_ledger_head[]){head_of(i)})[0], sizeof(head));
    }
}

/* After a rollback the chain goes on from fewer rows: the newest write counts, not the longest. */
static void test_newest_wins(void **state)
{
    (void)state;
    struct hub_ledger_head head;
    write_heads(50, 51);
    write_heads(7, 7);
    assert_true(read_back(&head));
    assert_int_equal(head.length, 7);
}

static void test_torn_write_leaves_the_one_before(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf before = HUB_BUF_INIT(65536);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf after = HUB_BUF_INIT(65536);
    struct hub_ledger_head head;

    write_heads(1, 8);
    assert_int_equal(hub_file_read(&before, path, NULL), HUB_OK);
    write_heads(9, 9);
    assert_int_equal(hub_file_read(&after, path, NULL), HUB_OK);
    assert_int_equal(before.len, after.len);
    size_t first = 0;
    size_t last = 0;
    for (size_t i = 0; i < after.len; i++) {
        if (before.ptr[i] != after.ptr[i]) {
            first = first == 0 ? i : first;
            last = i;
        }
    }
    for (size_t cut = first; cut <= last; cut++) { /* bytes before cut are new */
        memcpy(before.ptr + first, after.ptr + first, cut - first);
        assert_int_equal(hub_file_write(path, hub_buf_span(&before), 0600, NULL), HUB_OK);
        assert_true(read_back(&head));
        assert_int_equal(head.length, 8);
    }
}

static void test_broken_file_is_not_found(void **state)
{
    (void)state;
    struct hub_ledger_head head = {0};
    static const char text[] = "this is no head";
    assert_int_equal(hub_file_write(path, HUB_SPAN_ARRAY(text), 0600, NULL), HUB_OK);
    assert_false(read_back(&head));
}

/* A clock that went back takes nothing from what was written. */
static void test_keeps_the_latest_time(void **state)
{
    (void)state;
    struct hub_head_file file = {0};
    struct hub_ledger_head head;
    bool found;
    write_heads(1, 9);
    write_heads(3, 3);
    assert_int_equal(hub_head_file_open(&file, &head, &found, path, NULL), HUB_OK);
    assert_int_equal(head.length, 3);
    assert_int_equal(file.time_s, 1009);
    hub_head_file_close(&file);
}

/* A slot as it was at first: magic, generation 7, 2 rows, their hash, the checksum. */
static void test_first_form_is_read(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf slot = HUB_BUF_INIT(4096);
    struct hub_writer w = hub_writer(&slot);
    struct hub_head_file file = {0};
    struct hub_ledger_head head;
    const struct hub_ledger_head two = head_of(2);
    uint8_t checksum[HUB_SHA256_LEN];
    bool found;

    hub_write_span(&w, hub_span_text("hubhead1"));
    hub_write_u64(&w, 7);
    hub_write_u64(&w, two.length);
    hub_write_span(&w, HUB_SPAN_ARRAY(two.hash));
    assert_int_equal(hub_sha256(checksum, hub_buf_span(&slot)), HUB_OK);
    hub_write_span(&w, HUB_SPAN_ARRAY(checksum));
    assert_int_equal(hub_writer_finish(&w), HUB_OK);
    assert_int_equal(hub_file_write(path, hub_buf_span(&slot), 0600, NULL), HUB_OK);
    assert_int_equal(hub_head_file_open(&file, &head, &found, path, NULL), HUB_OK);
    assert_true(found);
    assert_memory_equal(&head, &two, sizeof(head));
    assert_int_equal(file.generation, 7);
    assert_int_equal(file.time_s, 0);
    hub_head_file_close(&file);
}

static void test_one_process_at_a_time(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file file = {0};
    struct hub_head_file second = {0};
    struct hub_ledger_head head;
    struct hub_why why = {0};
    bool found;
    assert_int_equal(hub_head_file_open(&file, &head, &found, path, NULL), HUB_OK);
    assert_int_equal(hub_head_file_open(&second, &head, &found, path, &why), HUB_E_BUSY);
    assert_non_null(strstr(why.text, "another process"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_comes_back, start_anew),
        cmocka_unit_test_setup(test_newest_wins, start_anew),
        cmocka_unit_test_setup(test_torn_write_leaves_the_one_before, start_anew),
        cmocka_unit_test_setup(test_broken_file_is_not_found, start_anew),
        cmocka_unit_test_setup(test_keeps_the_latest_time, start_anew),
        cmocka_unit_test_setup(test_first_form_is_read, start_anew),
        cmocka_unit_test_setup(test_one_process_at_a_time, start_anew),
    };
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/head", folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failed;
}
