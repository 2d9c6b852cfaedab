/* An aggregator's door over HTTP: tokens in either header, and problem documents as DAP-18 wants
 * them ("Request Authentication", "Errors"). */
#include "place.h"

#include "base/text.h"
#include "http/problem.h"
#include "http/url.h"
#include "wire/media_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DAY = 20500, DAY_S = 86400 };

static const char *program;

/* Asks for a window that has not ended, with these tokens; what is said of it. */
static struct hub_problem ask(struct place *p, struct hub_http_client *client, const char *bearer,
                              const char *dap_auth_token)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    char url[HUB_HTTP_URL_MAX];
    struct hub_problem problem;
    const struct hub_http_call call = {
        .method = HUB_HTTP_POST,
        .url = url,
        .content_type = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
        .bearer = bearer,
        .dap_auth_token = dap_auth_token,
    };

    assert_int_equal(HUB_OK, hub_collection_request(&request, p->task, DAY, 1));
    place_path(p, path, "collection_jobs");
    assert_int_equal(HUB_OK, hub_url_join(url, p->parties[PLACE_LEADER].url, path + 1));
    struct hub_http_call with_body = call;
    with_body.body = hub_buf_span(&request);
    assert_int_equal(HUB_OK, hub_http_fetch(client, &response, &with_body, NULL));
    assert_string_equal(response.content_type, HUB_PROBLEM_MEDIA_TYPE);
    assert_in_range(response.status, 400, 599);
    assert_int_equal(HUB_OK, hub_problem_parse(&problem, hub_buf_span(&response.body)));
    assert_int_equal(problem.status, response.status);
    return problem;
}

static void expect_query_refused(struct place *p, const struct hub_problem *problem)
{
    char id[HUB_BASE64URL_LEN(32) + 1];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(p->task->id.bytes));
    assert_int_equal(problem->status, 400);
    assert_string_equal(problem->type, "urn:ietf:params:ppm:dap:error:batchInvalid");
    assert_string_equal(problem->task_id, id);
    assert_true(problem->detail[0] != '\0');
}

static void a_token_may_stand_in_either_header(void **state)
{
    const struct hub_statement s = place_count_statement(DAY);
    struct place p;
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S + 3600, 0, false);
    struct hub_http_client *client = place_client(&p);
    const char *token = p.collected.token;
    struct hub_problem problem = ask(&p, client, NULL, NULL);
    assert_int_equal(problem.status, 401);
    assert_null(strstr(problem.type, "urn:ietf:params:ppm:dap")); /* not one of the draft's */
    problem = ask(&p, client, "another", NULL);
    assert_int_equal(problem.status, 403);
    problem = ask(&p, client, token, "another");
    assert_int_equal(problem.status, 401);
    problem = ask(&p, client, token, NULL);
    expect_query_refused(&p, &problem);
    problem = ask(&p, client, NULL, token);
    expect_query_refused(&p, &problem);
    problem = ask(&p, client, token, token);
    expect_query_refused(&p, &problem);
    hub_http_client_free(client);
    place_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_may_stand_in_either_header),
    };
    if (argc != 2)
        return 2;
    program = argv[1];
    return cmocka_run_group_tests_name("door", tests, NULL, NULL);
}
