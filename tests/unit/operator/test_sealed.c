/* Envelopes open for whom and what they were made for, and for nothing else. */
#include "crypto/random.h"
#include "operator/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_round_trip(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_sealed_label label = {"token", {{5}}, "leader", "service-07"};
    struct hub_hpke_keypair own;
    struct hub_hpke_keypair other;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_SEALED_FILE_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf out = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_hpke_keypair_generate(&own, 3, &rng), HUB_OK);
    assert_int_equal(hub_hpke_keypair_generate(&other, 3, &rng), HUB_OK);
    assert_int_equal(hub_sealed_write(&text, &label, &own.config, hub_span_text("a secret"), &rng),
                     HUB_OK);
    assert_null(memmem(text.ptr, text.len, "a secret", 8));
    assert_int_equal(hub_sealed_read(&out, hub_buf_span(&text), "f", &label, &own, &why), HUB_OK);
    assert_int_equal(out.len, 8);
    assert_memory_equal(out.ptr, "a secret", 8);
    assert_int_equal(hub_sealed_read(&out, hub_buf_span(&text), "f", &label, &other, &why),
                     HUB_E_OPEN);

    const struct hub_sealed_label wrong[] = {
        {"seed", {{5}}, "leader", "service-07"},
        {"token", {{6}}, "leader", "service-07"},
        {"token", {{5}}, "helper", "service-07"},
        {"token", {{5}}, "leader", "service-08"},
    };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hub_sealed_read(&out, hub_buf_span(&text), "f", &wrong[i], &own, &why),
                         HUB_E_CONFIG);
    assert_int_equal(out.len, 8);
}

/* Whoever changes the label in the file gains nothing: it is bound into the seal. */
static void test_changed_on_the_way(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_sealed_label label = {"token", {{5}}, "leader", "helper"};
    struct hub_hpke_keypair own;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_SEALED_FILE_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf out = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_hpke_keypair_generate(&own, 3, &rng), HUB_OK);
    assert_int_equal(hub_sealed_write(&text, &label, &own.config, hub_span_text("a secret"), &rng),
                     HUB_OK);
    uint8_t *const start = memchr(text.ptr, '\n', text.len); /* after the comment */
    for (uint8_t *at = start + 1; at < text.ptr + text.len; at++) {
        const uint8_t right = *at;
        *at = right == 'x' ? 'y' : 'x';
        const hub_status status =
            hub_sealed_read(&out, hub_buf_span(&text), "f", &label, &own, &why);
        assert_true(status == HUB_E_CONFIG || status == HUB_E_OPEN || status == HUB_E_SPACE);
        *at = right;
    }
    assert_int_equal(out.len, 0);
    text.len = (size_t)(start - text.ptr);
    assert_int_equal(hub_sealed_read(&out, hub_buf_span(&text), "f", &label, &own, &why),
                     HUB_E_CONFIG);
    uint8_t big[HUB_SEALED_SECRET_MAX + 1] = {0};
    assert_int_equal(hub_sealed_write(&text, &label, &own.config, HUB_SPAN_ARRAY(big), &rng),
                     HUB_E_ARGUMENT);
}

/* HKDF-SHA-256 of RFC 5869 with salt "verify_key", IKM 00 01 .. 3f, info 32 times 7, as Python's
 * hmac computes it. */
static void test_verify_key(void **state)
{
    static const uint8_t expected[32] = {0x5b, 0x01, 0x24, 0xeb, 0x25, 0x0d, 0x3d, 0x61,
                                         0xc7, 0xc7, 0xb8, 0xcc, 0x94, 0x9a, 0xd0, 0x54,
                                         0xb7, 0x4c, 0x34, 0x9f, 0xdb, 0xc0, 0xae, 0x73,
                                         0x8b, 0x20, 0xfc, 0x4e, 0xcd, 0x0f, 0x4b, 0x07};
    uint8_t seeds[64];
    uint8_t key[32];
    struct hub_task_id task;

    (void)state;
    for (uint8_t i = 0; i < 64; i++)
        seeds[i] = i;
    memset(&task, 7, sizeof(task));
    assert_int_equal(hub_verify_key_derive(key, seeds, seeds + 32, &task), HUB_OK);
    assert_memory_equal(key, expected, 32);
    assert_int_equal(hub_verify_key_derive(key, seeds + 32, seeds, &task), HUB_OK);
    assert_memory_not_equal(key, expected, 32);
}

static void test_token(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    char a[HUB_TOKEN_LEN + 1];
    char b[HUB_TOKEN_LEN + 1];

    (void)state;
    assert_int_equal(hub_token_new(a, &rng), HUB_OK);
    assert_int_equal(hub_token_new(b, &rng), HUB_OK);
    assert_int_equal(strlen(a), HUB_TOKEN_LEN);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_changed_on_the_way),
        cmocka_unit_test(test_verify_key),
        cmocka_unit_test(test_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
