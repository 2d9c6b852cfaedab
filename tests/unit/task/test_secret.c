/* Secret files: what each role's must have, and tokens. */
#include "task/secret.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char token_a[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
static const char token_b[] = "ICECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

static struct hub_task_secret leader_secret(struct hub_service services[2])
{
    struct hub_task_secret s = {.role = HUB_ROLE_LEADER, .verification_key_id = 7};

    memset(&s.task_id, 3, sizeof(s.task_id));
    memset(s.verify_key, 5, sizeof(s.verify_key));
    memset(s.peer_sha256, 6, sizeof(s.peer_sha256));
    (void)snprintf(s.token, sizeof(s.token), "%s", token_a);
    for (int i = 0; i < 2; i++)
        (void)snprintf(services[i].name, sizeof(services[i].name), "desk-%d", i);
    assert_int_equal(hub_sha256(services[0].token_sha256, hub_span_text(token_a)), HUB_OK);
    assert_int_equal(hub_sha256(services[1].token_sha256, hub_span_text(token_b)), HUB_OK);
    s.services = services;
    s.n_services = 2;
    return s;
}

static void test_round_trip(void **state)
{
    struct hub_service services[2] = {{{0}, {0}}};
    const struct hub_task_secret s = leader_secret(services);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(4096);
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret back = {.services = NULL};
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_task_secret_write(&text, &s), HUB_OK);
    assert_int_equal(hub_task_secret_parse(&back, hub_buf_span(&text), "f", &why), HUB_OK);
    assert_int_equal(back.role, HUB_ROLE_LEADER);
    assert_int_equal(back.verification_key_id, 7);
    assert_memory_equal(&back.task_id, &s.task_id, sizeof(s.task_id));
    assert_memory_equal(back.verify_key, s.verify_key, 32);
    assert_memory_equal(back.peer_sha256, s.peer_sha256, 32);
    assert_string_equal(back.token, token_a);
    assert_int_equal(back.n_services, 2);
    assert_string_equal(back.services[1].name, "desk-1");
    assert_int_equal(hub_task_service_find(&back, hub_span_text(token_a)), 0);
    assert_int_equal(hub_task_service_find(&back, hub_span_text(token_b)), 1);
    assert_int_equal(hub_task_service_find(&back, hub_span_text("other")), -1);
    assert_int_equal(hub_task_service_find(&back, HUB_SPAN_EMPTY), -1);
    assert_true(hub_task_token_is(back.services[0].token_sha256, hub_span_text(token_a)));
    assert_false(hub_task_token_is(back.services[0].token_sha256, hub_span_text(token_b)));
}

static void test_each_role_has_its_keys(void **state)
{
    const enum hub_role roles[] = {HUB_ROLE_COLLECTOR, HUB_ROLE_CLIENT, HUB_ROLE_LEADER,
                                   HUB_ROLE_HELPER};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(4096);
        struct hub_task_secret s = {.role = roles[i]};
        struct hub_task_secret back = {.services = NULL};
        struct hub_why why = {{0}};
        (void)snprintf(s.token, sizeof(s.token), "%s", token_a);
        assert_int_equal(hub_task_secret_write(&text, &s), HUB_OK);
        assert_int_equal(hub_task_secret_parse(&back, hub_buf_span(&text), "f", &why), HUB_OK);
        hub_task_secret_wipe(&back);
        /* without its last line a key is missing */
        while (text.len > 0 && text.ptr[text.len - 2] != '\n')
            text.len--;
        text.len--;
        assert_int_equal(hub_task_secret_parse(&back, hub_buf_span(&text), "f", &why),
                         HUB_E_CONFIG);
    }
}

static void test_bad_lines_are_named(void **state)
{
    static const struct {
        const char *text;
        const char *line;
    } cases[] = {
        {"role = boss\n", "line 1"},
        {"role = helper\nrole = helper\n", "line 2"},
        {"role = collector\ntask = abc\n", "line 2"},
        {"role = collector\ntoken = AAEC\n", "line 2"},
        {"\nverification-key-id = 256\n", "line 2"},
        {"verify-key = AAEC\n", "line 1"},
        {"colour = red\n", "line 1"},
        {"[services]\na = AAEC\n", "line 2"},
        {"[services]\na = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
         "a = ICECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
         "line 3"},
        {"[services]\na = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
         "b = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
         "line 3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hub_task_secret s = {.services = NULL};
        struct hub_why why = {{0}};
        assert_int_equal(hub_task_secret_parse(&s, hub_span_text(cases[i].text), "f", &why),
                         HUB_E_CONFIG);
        if (strstr(why.text, cases[i].line) == NULL)
            print_message("%s: %s\n", cases[i].text, why.text);
        assert_non_null(strstr(why.text, cases[i].line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_each_role_has_its_keys),
        cmocka_unit_test(test_bad_lines_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
