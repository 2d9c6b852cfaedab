/* Tokens in headers. */
#include "http/auth.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void finds_tokens(void **state)
{
    (void)state;
    hub_span token;

    assert_int_equal(hub_auth_token(&token, "Bearer abc.DEF-1_2~3+4/5==", NULL), HUB_OK);
    assert_true(hub_span_equal_var(token, hub_span_text("abc.DEF-1_2~3+4/5==")));
    assert_int_equal(hub_auth_token(&token, "bEARER  x", NULL), HUB_OK);
    assert_true(hub_span_equal_var(token, hub_span_text("x")));
    assert_int_equal(hub_auth_token(&token, NULL, "secret"), HUB_OK);
    assert_true(hub_span_equal_var(token, hub_span_text("secret")));
    assert_int_equal(hub_auth_token(&token, "Bearer same", "same"), HUB_OK);
    assert_true(hub_span_equal_var(token, hub_span_text("same")));
}

static void refuses(void **state)
{
    (void)state;
    hub_span token = HUB_SPAN_EMPTY;
    char long_token[HUB_AUTH_TOKEN_MAX + 2];
    static const char *const wrong[] = {"",           "Bearer",      "Bearer ",    "Bearera",
                                        "Basic abc",  "Bearer a b",  "Bearer a\t", "Bearer a,b",
                                        "Bearer a=b", "Bearer \"a\""};

    assert_int_equal(hub_auth_token(&token, NULL, NULL), HUB_E_NOT_FOUND);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_auth_token(&token, wrong[i], NULL), HUB_E_DECODE);
    assert_int_equal(hub_auth_token(&token, NULL, ""), HUB_E_DECODE);
    assert_int_equal(hub_auth_token(&token, NULL, "a b"), HUB_E_DECODE);
    assert_int_equal(hub_auth_token(&token, "Bearer one", "other"), HUB_E_DECODE);
    memset(long_token, 'a', sizeof(long_token));
    long_token[HUB_AUTH_TOKEN_MAX + 1] = '\0';
    assert_int_equal(hub_auth_token(&token, NULL, long_token), HUB_E_DECODE);
    assert_null(token.ptr);
    long_token[HUB_AUTH_TOKEN_MAX] = '\0';
    assert_int_equal(hub_auth_token(&token, NULL, long_token), HUB_OK);
}

static void compares(void **state)
{
    (void)state;
    static const char one[] = "0123456789abcdef";

    assert_true(hub_auth_equal(hub_span_text(one), hub_span_text("0123456789abcdef")));
    for (size_t i = 0; i < sizeof(one) - 1; i++) {
        char other[sizeof(one)];
        memcpy(other, one, sizeof(one));
        other[i] ^= 0x40;
        assert_false(hub_auth_equal(hub_span_text(one), hub_span_text(other)));
    }
    assert_false(hub_auth_equal(hub_span_text(one), hub_span_text("0123456789abcde")));
    assert_false(hub_auth_equal(HUB_SPAN_EMPTY, HUB_SPAN_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_tokens),
        cmocka_unit_test(refuses),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
