/* Senders and recipients beyond the RFC's vector: sizes, several infos, small-order keys, limits.
 */
#include "hpke/hpke.h"

#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Bytes whose pattern repeats with period 251. */
static void fill_pattern(uint8_t *out, size_t n, size_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((i * 7 + seed * 13 + 1) % 251);
}

static struct hub_hpke_keypair some_pair(uint8_t id)
{
    uint8_t private_key[HUB_HPKE_KEY_LEN];
    struct hub_hpke_keypair pair;

    fill_pattern(private_key, sizeof(private_key), id);
    assert_int_equal(hub_hpke_keypair_init(&pair, id, private_key), HUB_OK);
    return pair;
}

static void test_every_length_comes_back(void **state)
{
    (void)state;
    const struct hub_hpke_keypair pair = some_pair(9);
    const struct hub_rng rng = hub_system_rng();
    struct hub_hpke_sender *s = NULL;
    struct hub_hpke_recipient *r = NULL;
    uint8_t plain[100];
    uint8_t aad[150];
    uint8_t info[100];
    uint8_t enc[HUB_HPKE_ENC_LEN];
    uint8_t payload[100 + HUB_HPKE_TAG_LEN];
    uint8_t opened[100];

    fill_pattern(plain, sizeof(plain), 1);
    fill_pattern(aad, sizeof(aad), 2);
    fill_pattern(info, sizeof(info), 3);
    assert_int_equal(hub_hpke_sender_new(&s, &pair.config), HUB_OK);
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    for (size_t n = 0; n <= sizeof(plain); n += 3) {
        /* infos that are kept and infos that are too long for that, in turn */
        const hub_span i = hub_span_of(info, n);
        const hub_span a = hub_span_of(aad, n + n / 2);
        assert_int_equal(hub_hpke_sender_seal(s, enc, payload, i, a, hub_span_of(plain, n), &rng),
                         HUB_OK);
        const hub_span sealed = hub_span_of(payload, n + HUB_HPKE_TAG_LEN);
        assert_int_equal(hub_hpke_open_to(r, opened, i, a, HUB_SPAN_ARRAY(enc), sealed), HUB_OK);
        assert_memory_equal(opened, plain, n);
    }
    hub_hpke_sender_free(s);
    hub_hpke_recipient_free(r);
}

static void test_infos_do_not_stick(void **state)
{
    (void)state;
    const struct hub_hpke_keypair pair = some_pair(1);
    const struct hub_rng rng = hub_system_rng();
    const hub_span leader = hub_span_text("to the leader");
    const hub_span helper = hub_span_text("to the helper");
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(64)};
    struct hub_hpke_recipient *r = NULL;
    struct hub_buf out = HUB_BUF_INIT(64);

    assert_int_equal(
        hub_hpke_seal(&sealed, &pair.config, leader, HUB_SPAN_EMPTY, hub_span_text("seven"), &rng),
        HUB_OK);
    assert_int_equal(sealed.config_id, 1);
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    const hub_span enc = HUB_SPAN_ARRAY(sealed.enc);
    const hub_span payload = hub_buf_span(&sealed.payload);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hub_hpke_open(r, &out, helper, HUB_SPAN_EMPTY, enc, payload), HUB_E_OPEN);
        assert_int_equal(hub_hpke_open(r, &out, leader, HUB_SPAN_EMPTY, enc, payload), HUB_OK);
        assert_int_equal(out.len, 5);
        assert_memory_equal(out.ptr, "seven", 5);
    }
    hub_hpke_sealed_clear(&sealed);
    hub_buf_clear(&out);
    hub_hpke_recipient_free(r);
}

/* Points whose order divides 8 (RFC 7748 section 6.1): with them the secret would be known to all.
 */
static void test_small_order_keys_are_refused(void **state)
{
    (void)state;
    static const uint8_t points[][32] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
         0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
         0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    const struct hub_hpke_keypair pair = some_pair(2);
    struct hub_hpke_recipient *r = NULL;
    uint8_t payload[40] = {0};
    uint8_t opened[24] = {1};

    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        struct hub_hpke_config config = {.id = 3};
        struct hub_hpke_sender *s = NULL;
        memcpy(config.public_key, points[i], 32);
        assert_int_equal(hub_hpke_sender_new(&s, &config), HUB_E_ARGUMENT);
        assert_null(s);
        assert_int_equal(hub_hpke_open_to(r, opened, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY,
                                          HUB_SPAN_ARRAY(points[i]), HUB_SPAN_ARRAY(payload)),
                         HUB_E_OPEN);
        assert_int_equal(opened[0], 0);
    }
    hub_hpke_recipient_free(r);
}

static void test_a_pair_that_is_none_is_refused(void **state)
{
    (void)state;
    struct hub_hpke_keypair pair = some_pair(5);
    struct hub_hpke_recipient *r = NULL;

    pair.config.public_key[0] ^= 1;
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_E_ARGUMENT);
    assert_null(r);
}

static void test_the_buffer_keeps_its_limit(void **state)
{
    (void)state;
    const struct hub_hpke_keypair pair = some_pair(6);
    const struct hub_rng rng = hub_system_rng();
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(64)};
    struct hub_hpke_recipient *r = NULL;
    struct hub_buf out = HUB_BUF_INIT(6);

    assert_int_equal(hub_hpke_seal(&sealed, &pair.config, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY,
                                   hub_span_text("seven b"), &rng),
                     HUB_OK);
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    assert_int_equal(hub_hpke_open(r, &out, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY,
                                   HUB_SPAN_ARRAY(sealed.enc), hub_buf_span(&sealed.payload)),
                     HUB_E_SPACE);
    assert_int_equal(out.len, 0);
    hub_hpke_sealed_clear(&sealed);
    hub_buf_clear(&out);
    hub_hpke_recipient_free(r);
}

static hub_status no_randomness(void *self, uint8_t *out, size_t n)
{
    (void)self;
    (void)out;
    (void)n;
    return HUB_E_RANDOM;
}

static void test_without_randomness_nothing_is_sealed(void **state)
{
    (void)state;
    const struct hub_rng rng = {no_randomness, NULL};
    const struct hub_hpke_keypair pair = some_pair(7);
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(64)};
    struct hub_hpke_keypair fresh;

    assert_int_equal(hub_hpke_seal(&sealed, &pair.config, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY,
                                   hub_span_text("x"), &rng),
                     HUB_E_RANDOM);
    assert_int_equal(hub_hpke_keypair_generate(&fresh, 1, &rng), HUB_E_RANDOM);
    hub_hpke_sealed_clear(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_comes_back),
        cmocka_unit_test(test_infos_do_not_stick),
        cmocka_unit_test(test_small_order_keys_are_refused),
        cmocka_unit_test(test_a_pair_that_is_none_is_refused),
        cmocka_unit_test(test_the_buffer_keeps_its_limit),
        cmocka_unit_test(test_without_randomness_nothing_is_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
