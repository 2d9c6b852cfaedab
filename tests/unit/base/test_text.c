/* base64url (RFC 4648 section 10), hex, decimal: strict both ways. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void base64url_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *text;
    } cases[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xff\xef\xfe", "_-_-"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[16];
        HUB_CLEANUP(hub_buf_clear) struct hub_buf back = HUB_BUF_INIT(16);
        const hub_span bytes = hub_span_text(cases[i].bytes);

        hub_base64url_encode(text, bytes);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(strlen(text), HUB_BASE64URL_LEN(bytes.len));
        assert_int_equal(hub_base64url_decode(&back, hub_span_text(text)), HUB_OK);
        assert_true(hub_span_equal_var(hub_buf_span(&back), bytes));
    }
}

static void base64url_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Z", "Zg==", "Zh", "Zm9=", "Zm+v", "Zm/v", "Zm 9", "Zm9vY"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(16);
        assert_int_equal(hub_base64url_decode(&out, hub_span_text(wrong[i])), HUB_E_DECODE);
        assert_int_equal(out.len, 0);
    }
    uint8_t two[2];
    assert_int_equal(hub_base64url_decode_exact(two, 2, hub_span_text("Zm8")), HUB_OK);
    assert_int_equal(hub_base64url_decode_exact(two, 2, hub_span_text("Zm9v")), HUB_E_DECODE);
    assert_int_equal(hub_base64url_decode_exact(two, 2, hub_span_text("Zg")), HUB_E_DECODE);
}

static void hex_both_ways(void **state)
{
    (void)state;
    char text[9];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(16);
    static const uint8_t bytes[] = {0x00, 0x9f, 0xa0, 0xff};

    hub_hex_encode(text, HUB_SPAN_ARRAY(bytes));
    assert_string_equal(text, "009fa0ff");
    assert_int_equal(hub_hex_decode(&out, hub_span_text("009FA0ff")), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&out), HUB_SPAN_ARRAY(bytes)));
    assert_int_equal(hub_hex_decode(&out, hub_span_text("0")), HUB_E_DECODE);
    assert_int_equal(hub_hex_decode(&out, hub_span_text("0g")), HUB_E_DECODE);
    assert_int_equal(out.len, 4);
}

static void decimal_is_strict(void **state)
{
    (void)state;
    uint64_t v = 77;

    assert_int_equal(hub_u64_parse(&v, hub_span_text("18446744073709551615"), 0, UINT64_MAX),
                     HUB_OK);
    assert_true(v == UINT64_MAX);
    assert_int_equal(hub_u64_parse(&v, hub_span_text("0"), 0, 9), HUB_OK);
    assert_int_equal(v, 0);
    static const char *const wrong[] = {"",
                                        "00",
                                        "01",
                                        "+1",
                                        "-1",
                                        " 1",
                                        "1 ",
                                        "1e3",
                                        "0x1",
                                        "10",
                                        "18446744073709551616",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_u64_parse(&v, hub_span_text(wrong[i]), 0, 9), HUB_E_DECODE);
    assert_int_equal(v, 0);
}

static void printing_appends_within_the_limit(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(10);

    assert_int_equal(hub_buf_print(&out, "%d-%s", 12, "ab"), HUB_OK);
    assert_int_equal(hub_buf_print(&out, "%s", "cdefgh"), HUB_E_SPACE);
    assert_int_equal(hub_buf_print(&out, "%s", "cdefg"), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&out), hub_span_text("12-abcdefg")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_vectors),
        cmocka_unit_test(base64url_refuses),
        cmocka_unit_test(hex_both_ways),
        cmocka_unit_test(decimal_is_strict),
        cmocka_unit_test(printing_appends_within_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
