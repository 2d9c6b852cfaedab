/* The story file: what it may say, and that a wrong line is named. */
#include "page/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static hub_status parse(struct hub_story *out, const char *text, struct hub_why *why)
{
    return hub_story_parse(out, "story.ini", hub_span_text(text), why);
}

static void a_whole_story_is_read(void **state)
{
    struct hub_story s;

    (void)state;
    assert_int_equal(parse(&s,
                           "[story]\nreports = 271034\ndevices = 2057\nmeasure = taxi\nstart = 5\n"
                           "first_name = A\nfirst_holds = 18446744073709551557123\n"
                           "second_name = B\nsecond_holds = 1\ntogether = -7\nvariance = 24576\n"
                           "progress = 0.5\nstep = day 3 of 5\n",
                           NULL),
                     HUB_OK);
    assert_true(s.is_told && s.has_total);
    assert_int_equal(s.reports, 271034);
    assert_int_equal(s.together, -7);
    assert_string_equal(s.first_holds, "18446744073709551557123"); /* beyond 64 bits */
    assert_string_equal(s.step, "day 3 of 5");
    assert_true(s.progress == 0.5);
    assert_int_equal(parse(&s, "[story]\nreports = 1\n", NULL), HUB_OK);
    assert_true(s.is_told && !s.has_total && s.progress < 0);
}

static void wrong_lines_are_named(void **state)
{
    static const char *const texts[] = {
        "[story]\nreports = many\n",     "[story]\nfirst_holds = 12a\n",
        "[story]\nprogress = 2\n",       "[story]\nsecret = 1\n",
        "[other]\nreports = 1\n",        "[story]\nreports = -1\n",
        "[story]\nprogress = 0.5 0.6\n", "[story]\nfirst_holds = <b>1</b>\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hub_story s = {.reports = 77};
        struct hub_why why = {""};
        assert_int_equal(parse(&s, texts[i], &why), HUB_E_CONFIG);
        assert_non_null(strstr(why.text, "2"));
        assert_int_equal(s.reports, 77);
    }
}

static void no_file_is_no_story(void **state)
{
    struct hub_story s;

    (void)state;
    assert_int_equal(hub_story_load(&s, "/tmp/hubbub-no-such-story.ini", NULL), HUB_OK);
    assert_false(s.is_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_story_is_read),
        cmocka_unit_test(wrong_lines_are_named),
        cmocka_unit_test(no_file_is_no_story),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
