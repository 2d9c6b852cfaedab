/* Query strings and percent signs. */
#include "http/query.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void finds(void **state)
{
    (void)state;
    char out[16];
    const hub_span q = hub_span_text("a=1&b=x+y%2Bz&c&d=&a=2&%65=f=g");

    assert_int_equal(hub_query_find(out, sizeof(out), q, "a"), HUB_OK);
    assert_string_equal(out, "1");
    assert_int_equal(hub_query_find(out, sizeof(out), q, "b"), HUB_OK);
    assert_string_equal(out, "x y+z");
    assert_int_equal(hub_query_find(out, sizeof(out), q, "c"), HUB_OK);
    assert_string_equal(out, "");
    assert_int_equal(hub_query_find(out, sizeof(out), q, "d"), HUB_OK);
    assert_string_equal(out, "");
    assert_int_equal(hub_query_find(out, sizeof(out), q, "e"), HUB_OK);
    assert_string_equal(out, "f=g");
    assert_int_equal(hub_query_find(out, sizeof(out), q, "x"), HUB_E_NOT_FOUND);
    assert_int_equal(hub_query_find(out, sizeof(out), HUB_SPAN_EMPTY, "a"), HUB_E_NOT_FOUND);
}

static void refuses(void **state)
{
    (void)state;
    char out[4];
    static const char *const wrong[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=1%"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_query_find(out, sizeof(out), hub_span_text(wrong[i]), "a"),
                         HUB_E_DECODE);
    assert_int_equal(hub_query_find(out, sizeof(out), hub_span_text("a=123"), "a"), HUB_OK);
    assert_int_equal(hub_query_find(out, sizeof(out), hub_span_text("a=1234"), "a"), HUB_E_SPACE);
}

static void percent_both_ways(void **state)
{
    (void)state;
    char all[256];
    char text[3 * sizeof(all)];
    char back[sizeof(all)];

    for (unsigned i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    all[255] = '\0';
    assert_int_equal(hub_percent_encode(text, sizeof(text), hub_span_text(all)), HUB_OK);
    assert_null(strpbrk(text, " /?&=+#\""));
    assert_int_equal(hub_percent_decode(back, sizeof(back), hub_span_text(text), false), HUB_OK);
    assert_string_equal(back, all);
    assert_int_equal(hub_percent_encode(text, 3, hub_span_text("abc")), HUB_E_SPACE);
    assert_int_equal(hub_percent_encode(text, 4, hub_span_text("abc")), HUB_OK);
    assert_int_equal(hub_percent_encode(text, 3, hub_span_text("/")), HUB_E_SPACE);
    assert_int_equal(hub_percent_decode(back, sizeof(back), hub_span_text("a+b"), false), HUB_OK);
    assert_string_equal(back, "a+b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(refuses),
        cmocka_unit_test(percent_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
