/* SHA-256 and HMAC against FIPS 180-4's examples and RFC 4231. */
#include "crypto/hash.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_hex(const uint8_t digest[HUB_SHA256_LEN], const char *expected)
{
    char text[2 * HUB_SHA256_LEN + 1];

    hub_hex_encode(text, hub_span_of(digest, HUB_SHA256_LEN));
    assert_string_equal(text, expected);
}

static void test_sha256(void **state)
{
    (void)state;
    uint8_t digest[HUB_SHA256_LEN];

    assert_int_equal(hub_sha256(digest, hub_span_text("abc")), HUB_OK);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hub_sha256(digest, HUB_SPAN_EMPTY), HUB_OK);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(
        hub_sha256(digest,
                   hub_span_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
        HUB_OK);
    assert_hex(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Every split of a text over three blocks gives the same digest, also from a copied midstate. */
static void test_pieces(void **state)
{
    (void)state;
    uint8_t text[150];
    uint8_t whole[HUB_SHA256_LEN];
    uint8_t pieces[HUB_SHA256_LEN];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 3 % 127);
    assert_int_equal(hub_sha256(whole, HUB_SPAN_ARRAY(text)), HUB_OK);
    for (size_t at = 0; at <= sizeof(text); at++) {
        struct hub_sha256 h;
        hub_sha256_init(&h);
        hub_sha256_update(&h, hub_span_of(text, at));
        struct hub_sha256 copy = h;
        hub_sha256_update(&h, HUB_SPAN_ARRAY(text)); /* what the original does is its own affair */
        hub_sha256_update(&copy, hub_span_of(text + at, sizeof(text) - at));
        assert_int_equal(hub_sha256_finish(&copy, pieces), HUB_OK);
        assert_memory_equal(whole, pieces, sizeof(whole));
    }
}

/* RFC 4231 test cases 1 (short key), 2 (text key), 6 and 7 (key longer than a block). */
static void test_hmac(void **state)
{
    (void)state;
    uint8_t key[131];
    uint8_t tag[HUB_SHA256_LEN];

    memset(key, 0x0b, 20);
    assert_int_equal(hub_hmac_sha256(tag, hub_span_of(key, 20), hub_span_text("Hi There")), HUB_OK);
    assert_hex(tag, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_int_equal(
        hub_hmac_sha256(tag, hub_span_text("Jefe"), hub_span_text("what do ya want for nothing?")),
        HUB_OK);
    assert_hex(tag, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    assert_int_equal(
        hub_hmac_sha256(tag, HUB_SPAN_ARRAY(key),
                        hub_span_text("Test Using Larger Than Block-Size Key - Hash Key First")),
        HUB_OK);
    assert_hex(tag, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_int_equal(
        hub_hmac_sha256(tag, HUB_SPAN_ARRAY(key),
                        hub_span_text("This is a test using a larger than block-size key and a "
                                      "larger than block-size data. The key needs to be hashed "
                                      "before being used by the HMAC algorithm.")),
        HUB_OK);
    assert_hex(tag, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_hmac),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
