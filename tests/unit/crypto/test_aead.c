/* AES-GCM against the test cases of the GCM specification (McGrew, Viega), and boxes. */
#include "crypto/aead.h"

#include "base/text.h"
#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static size_t unhex(uint8_t *out, size_t max, const char *text)
{
    struct hub_buf buf = HUB_BUF_INIT(max);

    assert_int_equal(hub_hex_decode(&buf, hub_span_text(text)), HUB_OK);
    const size_t len = buf.len;
    memcpy(out, buf.ptr, len);
    hub_buf_clear(&buf);
    return len;
}

static const char plain_hex[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char aad_hex[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";

static void check_case(enum hub_aead_kind kind, const char *key_hex, const char *sealed_hex)
{
    uint8_t key[32];
    uint8_t nonce[12];
    uint8_t aad[20];
    uint8_t plain[60];
    uint8_t sealed[76];
    uint8_t out[76];
    struct hub_aead *a = NULL;

    unhex(key, sizeof(key), key_hex);
    unhex(nonce, sizeof(nonce), "cafebabefacedbaddecaf888");
    unhex(aad, sizeof(aad), aad_hex);
    assert_int_equal(unhex(plain, sizeof(plain), plain_hex), 60);
    assert_int_equal(unhex(sealed, sizeof(sealed), sealed_hex), 76);
    assert_int_equal(hub_aead_new(&a, kind), HUB_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(
            hub_aead_seal(a, out, key, nonce, HUB_SPAN_ARRAY(aad), HUB_SPAN_ARRAY(plain)), HUB_OK);
        assert_memory_equal(out, sealed, sizeof(sealed));
        /* in place */
        assert_int_equal(
            hub_aead_open(a, out, key, nonce, HUB_SPAN_ARRAY(aad), HUB_SPAN_ARRAY(out)), HUB_OK);
        assert_memory_equal(out, plain, sizeof(plain));
    }
    hub_aead_free(a);
}

static void test_specification(void **state)
{
    (void)state;
    check_case(HUB_AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308",
               "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b2"
               "5466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47");
    check_case(HUB_AEAD_AES_256_GCM,
               "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
               "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48"
               "590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

static void test_changes_are_noticed(void **state)
{
    (void)state;
    static const uint8_t key[16] = {3};
    static const uint8_t nonce[12] = {5};
    struct hub_aead *a = NULL;
    uint8_t sealed[20 + 16];
    uint8_t out[20];

    assert_int_equal(hub_aead_new(&a, HUB_AEAD_AES_128_GCM), HUB_OK);
    assert_int_equal(
        hub_aead_seal(a, sealed, key, nonce, hub_span_text("aad"), hub_span_of(key, 16)), HUB_OK);
    for (size_t i = 0; i < 32; i++) {
        sealed[i] ^= 0x40;
        memset(out, 1, sizeof(out));
        assert_int_equal(
            hub_aead_open(a, out, key, nonce, hub_span_text("aad"), hub_span_of(sealed, 32)),
            HUB_E_OPEN);
        assert_int_equal(out[0] | out[15], 0);
        sealed[i] ^= 0x40;
    }
    for (size_t n = 0; n < 32; n++)
        assert_int_equal(
            hub_aead_open(a, out, key, nonce, hub_span_text("aad"), hub_span_of(sealed, n)),
            HUB_E_OPEN);
    assert_int_equal(
        hub_aead_open(a, out, key, nonce, hub_span_text("aae"), hub_span_of(sealed, 32)),
        HUB_E_OPEN);
    assert_int_equal(
        hub_aead_open(a, out, key, nonce, hub_span_text("aad"), hub_span_of(sealed, 32)), HUB_OK);
    hub_aead_free(a);
}

static void test_boxes(void **state)
{
    (void)state;
    static const uint8_t key[HUB_BOX_KEY_LEN] = {9, 8, 7};
    const struct hub_rng rng = hub_system_rng();
    struct hub_aead *a = NULL;
    struct hub_buf box = HUB_BUF_INIT(1000);
    struct hub_buf again = HUB_BUF_INIT(1000);
    struct hub_buf plain = HUB_BUF_INIT(1000);

    assert_int_equal(hub_aead_new(&a, HUB_AEAD_AES_256_GCM), HUB_OK);
    for (size_t n = 0; n < 70; n++) {
        uint8_t text[70];
        memset(text, (int)n, sizeof(text));
        box.len = 0;
        again.len = 0;
        plain.len = 0;
        assert_int_equal(
            hub_box_seal(a, &box, key, hub_span_text("bucket"), hub_span_of(text, n), &rng),
            HUB_OK);
        assert_int_equal(
            hub_box_seal(a, &again, key, hub_span_text("bucket"), hub_span_of(text, n), &rng),
            HUB_OK);
        assert_int_equal(box.len, n + HUB_BOX_EXTRA);
        assert_false(hub_span_equal_var(hub_buf_span(&box), hub_buf_span(&again)));
        assert_int_equal(hub_box_open(a, &plain, key, hub_span_text("bucket"), hub_buf_span(&box)),
                         HUB_OK);
        assert_true(hub_span_equal_var(hub_buf_span(&plain), hub_span_of(text, n)));
        assert_int_equal(hub_box_open(a, &plain, key, hub_span_text("other"), hub_buf_span(&box)),
                         HUB_E_OPEN);
        box.ptr[0] ^= 1;
        assert_int_equal(hub_box_open(a, &plain, key, hub_span_text("bucket"), hub_buf_span(&box)),
                         HUB_E_OPEN);
        assert_int_equal(plain.len, n);
    }
    assert_int_equal(hub_box_open(a, &plain, key, HUB_SPAN_EMPTY, hub_span_of(key, 27)),
                     HUB_E_OPEN);
    hub_buf_clear(&box);
    hub_buf_clear(&again);
    hub_buf_clear(&plain);
    hub_aead_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specification),
        cmocka_unit_test(test_changes_are_noticed),
        cmocka_unit_test(test_boxes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
