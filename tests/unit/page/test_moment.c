/* Moments in words, and addresses that are read back. */
#include "page/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };
static const uint64_t saturday = 1414800000; /* 1 November 2014, 00:00 UTC */
static struct hub_zone *utc;

static int open_utc(void **state)
{
    (void)state;
    return hub_zone_open(&utc, "UTC", NULL) == HUB_OK ? 0 : -1;
}

static int close_utc(void **state)
{
    (void)state;
    hub_zone_free(utc);
    return 0;
}

static void check_span(uint64_t start, uint64_t end, const char *words)
{
    char text[HUB_MOMENT_MAX];

    hub_moment_span(text, utc, start, end);
    assert_string_equal(text, words);
}

static void spans_read_like_speech(void **state)
{
    (void)state;
    check_span(saturday, saturday + HOUR / 2, "Sat 1 Nov 2014, 00:00 to 00:30");
    check_span(saturday + DAY - HOUR / 2, saturday + DAY, "Sat 1 Nov 2014, 23:30 to 24:00");
    check_span(saturday, saturday + DAY, "Sat 1 Nov 2014");
    check_span(saturday + 2 * DAY, saturday + 9 * DAY, "3 to 9 Nov 2014");
    check_span(saturday - 5 * DAY, saturday + 2 * DAY, "27 Oct to 2 Nov 2014");
    check_span(saturday, saturday + 30 * DAY, "November 2014");
    check_span(saturday, saturday + 92 * DAY, "1 Nov 2014 to 31 Jan 2015");
    check_span(saturday + HOUR, saturday + DAY + HOUR,
               "Sat 1 Nov 2014, 01:00 to Sun 2 Nov 2014, 01:00");
}

static void ends_read_like_speech(void **state)
{
    char text[HUB_MOMENT_MAX];

    (void)state;
    hub_moment_until(text, utc, saturday);
    assert_string_equal(text, "the end of Fri 31 Oct 2014");
    hub_moment_until(text, utc, saturday + HOUR);
    assert_string_equal(text, "Sat 1 Nov 2014, 01:00");
    hub_moment_iso(text, saturday + HOUR + 61);
    assert_string_equal(text, "2014-11-01T01:01:01Z");
}

static void addresses_are_read_back(void **state)
{
    char text[HUB_MOMENT_MAX];

    (void)state;
    for (uint64_t at = saturday; at < saturday + 3 * DAY; at += 1800) {
        uint64_t back = 0;
        hub_moment_address(text, utc, at);
        assert_int_equal(hub_moment_parse(&back, utc, text), HUB_OK);
        assert_int_equal(back, at);
    }
}

static void other_texts_are_no_address(void **state)
{
    static const char *const texts[] = {
        "",           "2014-11-1",   "2014/11/01",       "2014-13-01",       "2014-11-00",
        "1969-11-01", "2014-11-01T", "2014-11-01T25:00", "2014-11-01T10:61", "2014-11-01 10:00",
        "aaaa-bb-cc"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint64_t at = 5;
        assert_int_equal(hub_moment_parse(&at, utc, texts[i]), HUB_E_DECODE);
        assert_int_equal(at, 5);
    }
}

static void lengths_have_names(void **state)
{
    char text[HUB_MOMENT_MAX];

    (void)state;
    hub_length_words(text, 1800);
    assert_string_equal(text, "half hour");
    hub_length_words(text, 4 * HOUR);
    assert_string_equal(text, "4 hours");
    hub_length_words(text, 3 * DAY);
    assert_string_equal(text, "3 days");
    hub_length_words(text, 90);
    assert_string_equal(text, "90 seconds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_read_like_speech),  cmocka_unit_test(ends_read_like_speech),
        cmocka_unit_test(addresses_are_read_back), cmocka_unit_test(other_texts_are_no_address),
        cmocka_unit_test(lengths_have_names),
    };

    return cmocka_run_group_tests(tests, open_utc, close_utc);
}
