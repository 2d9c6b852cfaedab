/* Configuration by a table: what is wrong is named with its line. */
#include "base/option.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct config {
    char listen[HUB_OPTION_TEXT_MAX];
    uint32_t threads;
    uint64_t bytes;
    bool strict;
};

static const struct hub_option options[] = {
    {"listen", HUB_OPT_TEXT, offsetof(struct config, listen), "127.0.0.1:8080", "address", 0, 0},
    {"threads", HUB_OPT_U32, offsetof(struct config, threads), "2", "1 to 64 threads", 1, 64},
    {"limits.bytes", HUB_OPT_U64, offsetof(struct config, bytes), NULL, "bytes a request", 0, 0},
    {"limits.strict", HUB_OPT_BOOL, offsetof(struct config, strict), "no", "yes or no", 0, 0},
};

static hub_status read_config(struct config *c, const char *text, struct hub_why *why)
{
    return hub_options_read(c, options, 4, "x.ini", hub_span_text(text), why);
}

static void fallbacks_and_values(void **state)
{
    (void)state;
    struct config c = {{0}, 0, 0, false};
    struct hub_why why = {{0}};

    assert_int_equal(
        read_config(&c, "threads = 8\n[limits]\nbytes = 5000000000\nstrict = yes\n", &why), HUB_OK);
    assert_string_equal(c.listen, "127.0.0.1:8080");
    assert_int_equal(c.threads, 8);
    assert_true(c.bytes == 5000000000);
    assert_true(c.strict);
}

static void wrong_files_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"threads = 8\nlisten_on = x\n", "line 2: unknown name listen_on"},
        {"threads = 0\n[limits]\nbytes = 1\n", "line 1"},
        {"threads = 65\n[limits]\nbytes = 1\n", "line 1"},
        {"threads = 4294967298\n[limits]\nbytes = 1\n", "line 1"},
        {"threads = 2\nthreads = 2\n", "line 2: threads is given twice"},
        {"[limits]\nbytes = 1\nstrict = maybe\n", "line 3"},
        {"threads = 2\n", "limits.bytes is missing"},
        {"[limits\nbytes = 1\n", "line 1"},
        {"what is this\n", "line 1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config c = {{0}, 0, 0, false};
        struct hub_why why = {{0}};
        assert_int_equal(read_config(&c, cases[i].text, &why), HUB_E_CONFIG);
        assert_non_null(strstr(why.text, "x.ini"));
        assert_non_null(strstr(why.text, cases[i].says));
    }
}

static void too_long_a_line_is_refused(void **state)
{
    (void)state;
    char text[4000];
    struct config c = {{0}, 0, 0, false};
    struct hub_why why = {{0}};

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memcpy(text, "listen = ", 9);
    assert_int_equal(read_config(&c, text, &why), HUB_E_CONFIG);
}

static void help_has_a_line_for_each(void **state)
{
    (void)state;
    char text[1000];

    assert_in_range(hub_options_help(text, sizeof(text), options, 4), 10, sizeof(text) - 1);
    assert_non_null(strstr(text, "limits.bytes"));
    assert_non_null(strstr(text, "must be given"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fallbacks_and_values),
        cmocka_unit_test(wrong_files_name_the_line),
        cmocka_unit_test(too_long_a_line_is_refused),
        cmocka_unit_test(help_has_a_line_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
