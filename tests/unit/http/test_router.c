/* Paths against templates. */
#include "http/router.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { CONFIG, REPORTS, JOBS, JOB, JOB_DELETE, ROOT };

static const struct hub_route routes[] = {
    {HUB_HTTP_GET, "/", ROOT},
    {HUB_HTTP_GET, "/hpke_config", CONFIG},
    {HUB_HTTP_POST, "/tasks/{task}/reports", REPORTS},
    {HUB_HTTP_POST, "/tasks/{task}/aggregation_jobs", JOBS},
    {HUB_HTTP_GET | HUB_HTTP_POST, "/tasks/{task}/aggregation_jobs/{job}", JOB},
    {HUB_HTTP_DELETE, "/tasks/{task}/aggregation_jobs/{job}", JOB_DELETE},
};

static hub_status find(struct hub_route_match *m, const char *prefix, enum hub_http_method method,
                       const char *path)
{
    return hub_route_find(m, routes, sizeof(routes) / sizeof(routes[0]), prefix, method,
                          hub_span_text(path));
}

static void finds(void **state)
{
    (void)state;
    struct hub_route_match m;

    assert_int_equal(find(&m, "", HUB_HTTP_GET, "/hpke_config"), HUB_OK);
    assert_int_equal(m.route->id, CONFIG);
    assert_int_equal(m.n_params, 0);
    assert_int_equal(find(&m, "", HUB_HTTP_HEAD, "/"), HUB_OK);
    assert_int_equal(m.route->id, ROOT);
    assert_int_equal(find(&m, "", HUB_HTTP_POST, "/tasks/T-1/aggregation_jobs/j_2"), HUB_OK);
    assert_int_equal(m.route->id, JOB);
    assert_int_equal(m.n_params, 2);
    assert_true(hub_span_equal_var(m.params[0], hub_span_text("T-1")));
    assert_true(hub_span_equal_var(m.params[1], hub_span_text("j_2")));
    assert_int_equal(find(&m, "", HUB_HTTP_DELETE, "/tasks/T/aggregation_jobs/j"), HUB_OK);
    assert_int_equal(m.route->id, JOB_DELETE);
}

static void refuses(void **state)
{
    (void)state;
    struct hub_route_match m = {.n_params = 3};
    char allow[64];
    static const char *const unknown[] = {"",
                                          "hpke_config",
                                          "/hpke_config/",
                                          "/hpke_confi",
                                          "//hpke_config",
                                          "/tasks",
                                          "/tasks/",
                                          "/tasks//reports",
                                          "/tasks/T/reports/",
                                          "/tasks/T/aggregation_jobs/",
                                          "/tasks/T/aggregation_jobs/j/k",
                                          "/tasks/T/../reports",
                                          "/x"};

    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_int_equal(find(&m, "", HUB_HTTP_GET, unknown[i]), HUB_E_NOT_FOUND);
    assert_int_equal(m.n_params, 3);
    assert_int_equal(find(&m, "", HUB_HTTP_PUT, "/tasks/T/aggregation_jobs/j"), HUB_E_REFUSED);
    hub_route_allow(allow, m.allowed);
    assert_string_equal(allow, "GET, HEAD, POST, DELETE");
    assert_int_equal(find(&m, "", HUB_HTTP_GET, "/tasks/T/reports"), HUB_E_REFUSED);
    hub_route_allow(allow, m.allowed);
    assert_string_equal(allow, "POST");
}

static void prefixes(void **state)
{
    (void)state;
    struct hub_route_match m;
    static const char *const prefix[] = {"/api/dap", "/api/dap/"};

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(find(&m, prefix[i], HUB_HTTP_GET, "/api/dap/hpke_config"), HUB_OK);
        assert_int_equal(find(&m, prefix[i], HUB_HTTP_GET, "/hpke_config"), HUB_E_NOT_FOUND);
        assert_int_equal(find(&m, prefix[i], HUB_HTTP_GET, "/api/dapx/hpke_config"),
                         HUB_E_NOT_FOUND);
        assert_int_equal(find(&m, prefix[i], HUB_HTTP_GET, "/api/dap"), HUB_E_NOT_FOUND);
        assert_int_equal(find(&m, prefix[i], HUB_HTTP_GET, "/api/dap/"), HUB_OK);
    }
    assert_int_equal(find(&m, "/", HUB_HTTP_GET, "/hpke_config"), HUB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(refuses),
        cmocka_unit_test(prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
