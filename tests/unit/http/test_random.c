/* What strangers write into headers, targets and bodies: random changes of good texts, under the
 * sanitizers. HUB_SEED=n repeats a run. */
#include "http/auth.h"
#include "http/header.h"
#include "http/problem.h"
#include "http/query.h"
#include "http/router.h"
#include "http/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { N_ROUNDS = 20000, TEXT_MAX = 256 };

static const char *const seeds[] = {
    "Bearer abc.DEF-1_2~3+4/5==",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "public, max-age=\"60\", immutable, no-cache",
    "/tasks/AAcOFRwjKjE/aggregation_jobs/lc7aUeGp?step=1",
    "a=1&b=x+y%2Bz&c&d=&a=2",
    "https://user@h.example:443/api/dap?x#y",
    "{\"type\":\"urn:x\",\"status\":400,\"detail\":\"d\",\"unsupported_extensions\":[1,2]}",
};

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* A good text with some bytes changed, dropped or doubled; on the heap, so that one byte too far is
 * seen. */
static char *changed_text(uint64_t *state)
{
    const char *const seed = seeds[next(state) % (sizeof(seeds) / sizeof(seeds[0]))];
    char *const text = malloc(TEXT_MAX);
    size_t n = strlen(seed);

    assert_non_null(text);
    memcpy(text, seed, n);
    for (uint64_t k = next(state) % 6; k > 0 && n > 1; k--) {
        const size_t at = next(state) % n;
        const uint64_t kind = next(state) % 3;

        if (kind == 0) {
            text[at] = (char)(1 + next(state) % 255);
        } else if (kind == 1) {
            memmove(text + at, text + at + 1, n - at - 1);
            n--;
        } else {
            memmove(text + at + 1, text + at, n - at);
            n++;
        }
    }
    text[n] = '\0';
    char *const exact = realloc(text, n + 1);
    assert_non_null(exact);
    return exact;
}

static void assert_ok_or(hub_status other, hub_status status)
{
    assert_true(status == HUB_OK || status == other);
}

static void read_as_header(const char *text)
{
    hub_span token = HUB_SPAN_EMPTY;
    uint32_t seconds = 0;
    uint64_t date = 0;

    if (hub_auth_token(&token, text, NULL) == HUB_OK)
        assert_true(hub_auth_token_is_valid(token) && hub_http_value_is_safe(text));
    assert_ok_or(HUB_E_DECODE, hub_retry_after_parse(&seconds, text, 1));
    assert_ok_or(HUB_E_NOT_FOUND, hub_max_age_parse(&seconds, text));
    assert_ok_or(HUB_E_DECODE, hub_http_date_parse(&date, text));
    (void)hub_http_media_type_is(text, "application/json");
}

static void read_as_target(const char *text)
{
    static const struct hub_route routes[] = {
        {HUB_HTTP_GET, "/tasks/{task}/aggregation_jobs/{job}", 1}};
    const hub_span span = hub_span_text(text);
    struct hub_route_match match;
    char out[TEXT_MAX];
    char back[3 * TEXT_MAX];

    if (hub_route_find(&match, routes, 1, "", HUB_HTTP_GET, span) == HUB_OK)
        assert_int_equal(match.n_params, 2);
    assert_true(hub_query_find(out, 8, span, "b") != HUB_OK || strlen(out) < 8);
    if (hub_percent_decode(out, sizeof(out), span, true) == HUB_OK) {
        assert_int_equal(hub_percent_encode(back, sizeof(back), hub_span_text(out)), HUB_OK);
        char again[TEXT_MAX];
        assert_int_equal(hub_percent_decode(again, sizeof(again), hub_span_text(back), false),
                         HUB_OK);
        assert_string_equal(again, out);
    }
}

static void read_as_url(const char *text)
{
    char out[HUB_HTTP_URL_MAX];
    bool is_remote = false;

    /* wherever a Location leads, it stays with the server that was asked */
    if (hub_url_resolve(out, "https://h.example/a", text) == HUB_OK)
        assert_memory_equal(out, "https://h.example", 17);
    assert_ok_or(HUB_E_DECODE, hub_url_is_plain_remote(&is_remote, text));
    if (hub_url_check_base(text, NULL) == HUB_OK)
        assert_int_equal(hub_url_is_plain_remote(&is_remote, text), HUB_OK);
}

/* What is read can be written, and is then read as the same. */
static void read_as_problem(const char *text)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(HUB_PROBLEM_BYTES_MAX);
    struct hub_problem p;
    struct hub_problem back;

    if (hub_problem_parse(&p, hub_span_text(text)) != HUB_OK)
        return;
    assert_int_equal(hub_problem_write(&out, &p), HUB_OK);
    assert_int_equal(hub_problem_parse(&back, hub_buf_span(&out)), HUB_OK);
    assert_memory_equal(&back, &p, sizeof(p));
}

static void strangers(void **state)
{
    (void)state;
    const char *const given = getenv("HUB_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

    print_message("HUB_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < N_ROUNDS; i++) {
        char *const text = changed_text(&seed);

        read_as_header(text);
        read_as_target(text);
        read_as_url(text);
        read_as_problem(text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(strangers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
