/* Base URLs, joined paths, Locations. */
#include "http/url.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void joins(void **state)
{
    (void)state;
    char out[HUB_HTTP_URL_MAX];
    char long_base[HUB_HTTP_URL_MAX];

    assert_int_equal(hub_url_join(out, "http://h:1", "hpke_config"), HUB_OK);
    assert_string_equal(out, "http://h:1/hpke_config");
    assert_int_equal(hub_url_join(out, "http://h:1/", "hpke_config"), HUB_OK);
    assert_string_equal(out, "http://h:1/hpke_config");
    assert_int_equal(hub_url_join(out, "https://h/api/dap", "/tasks/x"), HUB_OK);
    assert_string_equal(out, "https://h/api/dap/tasks/x");
    memset(long_base, 'a', sizeof(long_base));
    long_base[sizeof(long_base) - 2] = '\0';
    assert_int_equal(hub_url_join(out, long_base, "x"), HUB_E_SPACE);
    long_base[sizeof(long_base) - 3] = '\0';
    assert_int_equal(hub_url_join(out, long_base, "x"), HUB_OK);
}

static void resolves(void **state)
{
    (void)state;
    char out[HUB_HTTP_URL_MAX];
    static const char request[] = "https://h.example/a/tasks/t/aggregation_jobs";

    assert_int_equal(hub_url_resolve(out, request, "/b/j"), HUB_OK);
    assert_string_equal(out, "https://h.example/b/j");
    assert_int_equal(hub_url_resolve(out, request, "j?step=1"), HUB_OK);
    assert_string_equal(out, "https://h.example/a/tasks/t/j?step=1");
    assert_int_equal(hub_url_resolve(out, request, "https://H.example:443/c"), HUB_OK);
    assert_int_equal(hub_url_resolve(out, request, "https://other.example/c"), HUB_E_REFUSED);
    assert_int_equal(hub_url_resolve(out, request, "http://h.example/c"), HUB_E_REFUSED);
    assert_int_equal(hub_url_resolve(out, request, "https://h.example:444/c"), HUB_E_REFUSED);
    assert_int_equal(hub_url_resolve(out, request, "//other.example/c"), HUB_E_REFUSED);
    assert_int_equal(hub_url_resolve(out, request, "https://u:p@h.example/c"), HUB_E_REFUSED);
    assert_int_equal(hub_url_resolve(out, request, ""), HUB_E_DECODE);
    assert_int_equal(hub_url_resolve(out, "nonsense", "/b"), HUB_E_DECODE);
}

static void bases(void **state)
{
    (void)state;
    struct hub_why why;
    char path[HUB_HTTP_URL_MAX];
    static const char *const wrong[] = {"",
                                        "h.example",
                                        "ftp://h.example",
                                        "https://",
                                        "https://u@h.example",
                                        "https://h.example/?a",
                                        "https://h.example/#a",
                                        "https://h.example/a b",
                                        "https://h.example/\r\nX: y"};

    assert_int_equal(hub_url_check_base("https://h.example/api", &why), HUB_OK);
    assert_int_equal(hub_url_check_base("http://127.0.0.1:8080", &why), HUB_OK);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_url_check_base(wrong[i], &why), HUB_E_CONFIG);
    assert_int_equal(hub_url_path(path, "https://h.example/api/dap"), HUB_OK);
    assert_string_equal(path, "/api/dap");
    assert_int_equal(hub_url_path(path, "https://h.example"), HUB_OK);
    assert_string_equal(path, "/");
}

static void plain_and_remote(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool is;
    } cases[] = {
        {"http://127.0.0.1:1/", false}, {"http://127.9.9.9/", false},
        {"http://localhost/", false},   {"http://[::1]:80/", false},
        {"https://h.example/", false},  {"http://h.example/", true},
        {"http://10.0.0.1/", true},     {"http://127.0.0.1.example/", true},
        {"http://[::2]/", true},        {"http://127.0.0.1@h.example/", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is = !cases[i].is;
        assert_int_equal(hub_url_is_plain_remote(&is, cases[i].url), HUB_OK);
        assert_int_equal(is, cases[i].is);
    }
    bool is = false;
    assert_int_equal(hub_url_is_plain_remote(&is, "ftp://127.0.0.1/"), HUB_E_DECODE);
    assert_int_equal(hub_url_is_plain_remote(&is, "file:///etc/passwd"), HUB_E_DECODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(resolves),
        cmocka_unit_test(bases),
        cmocka_unit_test(plain_and_remote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
