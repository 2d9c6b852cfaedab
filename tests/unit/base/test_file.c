/* Files that are replaced, and whose they are afterwards. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SOMEBODY = 4711, PATH_LEN = 64 };

static void test_root_leaves_a_file_to_its_owner(void **state)
{
    char folder[] = "/tmp/hubbub-file-XXXXXX";
    char path[PATH_LEN];
    struct stat st;
    (void)state;

    if (geteuid() != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/secret", folder);
    assert_int_equal(hub_file_replace(path, hub_span_text("first"), 0600, NULL), HUB_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(chown(path, SOMEBODY, SOMEBODY + 1), 0);
    assert_int_equal(hub_file_replace(path, hub_span_text("second"), 0600, NULL), HUB_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, SOMEBODY);
    assert_int_equal(st.st_gid, SOMEBODY + 1);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 6);
    /* who did not ask for that leaves nothing to somebody who put a file there */
    assert_int_equal(hub_file_write(path, hub_span_text("third"), 0600, NULL), HUB_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_root_leaves_a_file_to_its_owner)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
