/* Arena and files. */
#include "base/arena.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_arena_clear) struct hub_arena a = {0};

    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 200000; n = n * 3 + 1) {
            uint8_t *const p = HUB_ARENA_NEW(&a, uint8_t, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 64, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xab, n);
        }
        hub_arena_reset(&a);
        assert_int_equal(a.total, 0);
    }
    assert_null(hub_arena_alloc(&a, SIZE_MAX / 2, 3));
    assert_null(hub_arena_alloc(&a, SIZE_MAX / 2, 1));
}

static void files_are_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/hubbub-file-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char deep[64];
    char path[80];
    struct hub_why why = {{0}};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf back = HUB_BUF_INIT(10000);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf small = HUB_BUF_INIT(100);
    static const uint8_t bytes[9000] = {1, 2, 3};

    (void)snprintf(deep, sizeof(deep), "%s/a/b", folder);
    (void)snprintf(path, sizeof(path), "%s/x", deep);
    assert_int_equal(hub_file_read(&back, path, &why), HUB_E_NOT_FOUND);
    assert_non_null(strstr(why.text, path));
    assert_int_equal(hub_file_make_dir(deep, 0700, &why), HUB_OK);
    assert_int_equal(hub_file_make_dir(deep, 0700, &why), HUB_OK);
    assert_int_equal(hub_file_write(path, HUB_SPAN_ARRAY(bytes), 0600, &why), HUB_OK);
    assert_int_equal(hub_file_write(path, HUB_SPAN_ARRAY(bytes), 0600, &why), HUB_OK);
    assert_int_equal(hub_file_read(&back, path, &why), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&back), HUB_SPAN_ARRAY(bytes)));
    assert_int_equal(hub_file_read(&small, path, &why), HUB_E_SPACE);
    assert_int_equal(hub_file_make_dir(path, 0700, &why), HUB_E_IO);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(deep), 0);
    deep[strlen(deep) - 2] = '\0';
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(files_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
