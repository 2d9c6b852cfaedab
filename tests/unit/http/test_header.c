/* Retry-After, Cache-Control, dates; header values and media types. */
#include "http/header.h"
#include "http/types.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void dates(void **state)
{
    (void)state;
    uint64_t t = 0;
    static const char *const wrong[] = {"",
                                        "Sun, 06 Nov 1994 08:49:37 CET",
                                        "Sun, 06 Nvo 1994 08:49:37 GMT",
                                        "Sun, 00 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 24:49:37 GMT",
                                        "Sun, 06 anF 1994 08:49:37 GMT",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun, 06 Nov 1960 08:49:37 GMT"};

    assert_int_equal(hub_http_date_parse(&t, "Sun, 06 Nov 1994 08:49:37 GMT"), HUB_OK);
    assert_int_equal(t, 784111777); /* RFC 9110's own example date */
    assert_int_equal(hub_http_date_parse(&t, "Tue, 29 Feb 2028 00:00:00 GMT"), HUB_OK);
    assert_int_equal(t, 1835395200);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_http_date_parse(&t, wrong[i]), HUB_E_DECODE);
}

static void retry_after(void **state)
{
    (void)state;
    uint32_t s = 9;
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";

    assert_int_equal(hub_retry_after_parse(&s, "300", 0), HUB_OK);
    assert_int_equal(s, 300);
    assert_int_equal(hub_retry_after_parse(&s, "0", 0), HUB_OK);
    assert_int_equal(s, 0);
    assert_int_equal(hub_retry_after_parse(&s, "18446744073709551615", 0), HUB_OK);
    assert_int_equal(s, UINT32_MAX);
    assert_int_equal(hub_retry_after_parse(&s, date, 784111777 - 30), HUB_OK);
    assert_int_equal(s, 30);
    assert_int_equal(hub_retry_after_parse(&s, date, 784111777 + 30), HUB_OK);
    assert_int_equal(s, 0);
    s = 9;
    assert_int_equal(hub_retry_after_parse(&s, date, 0), HUB_E_DECODE);
    assert_int_equal(hub_retry_after_parse(&s, "-1", 1), HUB_E_DECODE);
    assert_int_equal(hub_retry_after_parse(&s, "1.5", 1), HUB_E_DECODE);
    assert_int_equal(hub_retry_after_parse(&s, "soon", 1), HUB_E_DECODE);
    assert_int_equal(s, 9);
}

static void max_age(void **state)
{
    (void)state;
    uint32_t s = 9;

    assert_int_equal(hub_max_age_parse(&s, "max-age=3600"), HUB_OK);
    assert_int_equal(s, 3600);
    assert_int_equal(hub_max_age_parse(&s, "public, Max-Age=\"60\", immutable"), HUB_OK);
    assert_int_equal(s, 60);
    assert_int_equal(hub_max_age_parse(&s, "max-age=99999999999"), HUB_OK);
    assert_int_equal(s, UINT32_MAX);
    assert_int_equal(hub_max_age_parse(&s, "max-age=60, no-store"), HUB_OK);
    assert_int_equal(s, 0);
    assert_int_equal(hub_max_age_parse(&s, ""), HUB_E_NOT_FOUND);
    assert_int_equal(hub_max_age_parse(&s, "private"), HUB_E_NOT_FOUND);
    assert_int_equal(hub_max_age_parse(&s, "s-max-age=7, max-ages=8, max-age"), HUB_E_NOT_FOUND);
    assert_int_equal(hub_max_age_parse(&s, "max-age=x"), HUB_E_NOT_FOUND);
    assert_int_equal(hub_max_age_parse(&s, ",,, ,"), HUB_E_NOT_FOUND);
}

static void values_and_types(void **state)
{
    (void)state;

    assert_true(hub_http_value_is_safe("a \t b"));
    assert_false(hub_http_value_is_safe("a\r\nX: y"));
    assert_false(hub_http_value_is_safe("\x7f"));
    assert_true(hub_http_media_type_is("application/dap-report", "application/dap-report"));
    assert_true(hub_http_media_type_is(" Application/JSON ; charset=utf-8", "application/json"));
    assert_false(hub_http_media_type_is("application/jsonx", "application/json"));
    assert_false(hub_http_media_type_is("application/jso", "application/json"));
    assert_false(hub_http_media_type_is("", "application/json"));
    assert_false(hub_http_media_type_is(NULL, "application/json"));
    assert_int_equal(hub_http_method_parse("POST"), HUB_HTTP_POST);
    assert_int_equal(hub_http_method_parse("post"), HUB_HTTP_OTHER);
    assert_string_equal(hub_http_method_text(HUB_HTTP_DELETE), "DELETE");
    assert_string_equal(hub_http_status_text(413), "Content Too Large");
    assert_string_equal(hub_http_status_text(299), "Status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(retry_after),
        cmocka_unit_test(max_age),
        cmocka_unit_test(values_and_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
