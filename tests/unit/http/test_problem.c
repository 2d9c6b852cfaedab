/* Problem documents, both ways. */
#include "http/problem.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned n_allocations_left;

static void *failing_malloc(size_t n)
{
    if (n_allocations_left == 0)
        return NULL;
    n_allocations_left--;
    return malloc(n);
}

static void writes(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
    struct hub_problem p = hub_problem(400, "urn:ietf:params:ppm:dap:error:unsupportedExtension",
                                       "Unsupported \"extension\"", NULL);
    uint8_t task_id[32];

    for (uint8_t i = 0; i < 32; i++)
        task_id[i] = (uint8_t)(i * 7);
    hub_problem_set_task_id(&p, task_id);
    p.unsupported_extensions[0] = 23;
    p.unsupported_extensions[1] = 42;
    p.n_unsupported_extensions = 2;
    assert_int_equal(hub_problem_write(&out, &p), HUB_OK);
    static const char want[] = "{\"type\":\"urn:ietf:params:ppm:dap:error:unsupportedExtension\","
                               "\"title\":\"Unsupported \\\"extension\\\"\",\"status\":400,"
                               "\"taskid\":\"AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk\","
                               "\"unsupported_extensions\":[23,42]}";
    assert_int_equal(out.len, sizeof(want) - 1);
    assert_memory_equal(out.ptr, want, out.len);
}

static void round_trip(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
    const struct hub_problem p =
        hub_problem(503, NULL, "Service Unavailable", "queue full: 7 \xe2\x82\xac");
    struct hub_problem back;

    assert_int_equal(hub_problem_write(&out, &p), HUB_OK);
    assert_int_equal(hub_problem_parse(&back, hub_buf_span(&out)), HUB_OK);
    assert_int_equal(back.status, 503);
    assert_string_equal(back.type, HUB_PROBLEM_BLANK);
    assert_string_equal(back.title, p.title);
    assert_string_equal(back.detail, p.detail);
    assert_string_equal(back.task_id, "");
    assert_int_equal(back.n_unsupported_extensions, 0);
}

/* RFC 9457 section 3.1: members of a wrong type are passed over. */
static void reads_what_peers_send(void **state)
{
    (void)state;
    struct hub_problem p;
    static const char odd[] = "{\"type\":7,\"status\":\"400\",\"title\":[],\"detail\":\"d\","
                              "\"unsupported_extensions\":[1,\"x\",65536,-1,65535],\"more\":{}}";

    assert_int_equal(hub_problem_parse(&p, hub_span_text(odd)), HUB_OK);
    assert_string_equal(p.type, HUB_PROBLEM_BLANK);
    assert_int_equal(p.status, 0);
    assert_string_equal(p.title, "");
    assert_string_equal(p.detail, "d");
    assert_int_equal(p.n_unsupported_extensions, 2);
    assert_int_equal(p.unsupported_extensions[0], 1);
    assert_int_equal(p.unsupported_extensions[1], 65535);
}

static void refuses(void **state)
{
    (void)state;
    struct hub_problem p = {.status = 1};
    static const char *const wrong[] = {"",       "null", "[]", "{", "{\"a\":1,\"a\":2}",
                                        "<html>", "{}x"};
    static char large[HUB_PROBLEM_BYTES_MAX + 1];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_problem_parse(&p, hub_span_text(wrong[i])), HUB_E_DECODE);
    memset(large, ' ', sizeof(large));
    memcpy(large, "{}", 2);
    assert_int_equal(hub_problem_parse(&p, hub_span_of(large, sizeof(large))), HUB_E_DECODE);
    assert_int_equal(p.status, 1);
    assert_int_equal(hub_problem_parse(&p, hub_span_of(large, sizeof(large) - 1)), HUB_OK);
}

/* A text that is too long is cut between two characters, never within one. */
static void cuts(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
    char text[sizeof(((struct hub_problem *)0)->detail) + 4];

    text[0] = 'a';
    for (size_t i = 1; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[sizeof(text) - 3] = '\0';
    const struct hub_problem p = hub_problem(400, NULL, NULL, text);
    struct hub_problem back;
    assert_int_equal(hub_problem_write(&out, &p), HUB_OK);
    assert_int_equal(hub_problem_parse(&back, hub_buf_span(&out)), HUB_OK);
    assert_string_equal(back.detail, p.detail);
    assert_int_equal(strlen(p.detail) % 3, 1);
    assert_true(strlen(p.detail) > sizeof(p.detail) - 5);
}

/* Each allocation fails once: nothing leaks, nothing is half written, nothing is half read. */
static void memory_runs_out(void **state)
{
    (void)state;
    struct hub_problem p = hub_problem(400, "urn:x", "title", "detail");
    unsigned n_failures = 0;

    p.unsupported_extensions[0] = 7;
    p.n_unsupported_extensions = 1;
    json_set_alloc_funcs(failing_malloc, free);
    for (unsigned n = 0; n < 1000; n++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
        struct hub_problem back = {.status = 1};

        n_allocations_left = n;
        if (hub_problem_write(&out, &p) != HUB_OK) {
            assert_int_equal(out.len, 0);
            n_failures++;
            continue;
        }
        const unsigned n_left = n_allocations_left;
        n_allocations_left = n - n_left; /* parsing takes more than writing did */
        if (hub_problem_parse(&back, hub_buf_span(&out)) != HUB_OK)
            assert_int_equal(back.status, 1);
        n_allocations_left = 1000;
        assert_int_equal(hub_problem_parse(&back, hub_buf_span(&out)), HUB_OK);
        assert_int_equal(back.unsupported_extensions[0], 7);
        if (n_left != 0)
            break;
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(n_failures > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(reads_what_peers_send),
        cmocka_unit_test(refuses),
        cmocka_unit_test(cuts),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
