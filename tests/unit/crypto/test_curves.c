/* X25519 and Ed25519 against RFC 7748 and RFC 8032; comparison and randomness. */
#include "crypto/compare.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "crypto/x25519.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void unhex(uint8_t *out, size_t len, const char *text)
{
    struct hub_buf buf = HUB_BUF_INIT(len);

    assert_int_equal(hub_hex_decode(&buf, hub_span_text(text)), HUB_OK);
    assert_int_equal(buf.len, len);
    memcpy(out, buf.ptr, len);
    hub_buf_clear(&buf);
}

/* RFC 7748 section 6.1. */
static void test_x25519(void **state)
{
    (void)state;
    uint8_t a[32];
    uint8_t a_public[32];
    uint8_t b_public[32];
    uint8_t expected[32];
    uint8_t secret[32];
    struct hub_x25519_key *key = NULL;
    struct hub_x25519_peer *peer = NULL;

    unhex(a, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    unhex(a_public, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    unhex(b_public, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    unhex(expected, 32, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_int_equal(hub_x25519_key_new(&key, a), HUB_OK);
    assert_memory_equal(hub_x25519_public(key), a_public, 32);
    assert_int_equal(hub_x25519_peer_new(&peer, b_public), HUB_OK);
    for (int again = 0; again < 3; again++) {
        static const uint8_t zero[32];
        assert_int_equal(hub_x25519_agree(key, secret, peer), HUB_OK);
        assert_memory_equal(secret, expected, 32);
        assert_int_equal(hub_x25519_agree_once(key, secret, zero), HUB_E_VERIFY);
        assert_int_equal(hub_x25519_agree_once(key, secret, b_public), HUB_OK);
        assert_memory_equal(secret, expected, 32);
    }
    for (int again = 0; again < 2; again++) {
        uint8_t public_key[32];
        assert_int_equal(hub_x25519_encapsulate(peer, public_key, secret, a), HUB_OK);
        assert_memory_equal(public_key, a_public, 32);
        assert_memory_equal(secret, expected, 32);
    }
    hub_x25519_peer_free(peer);
    hub_x25519_key_free(key);
}

/* RFC 8032 section 7.1, tests 1 and 2. */
static void test_ed25519(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "c"
         "f9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0"
         "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    };

    for (size_t i = 0; i < 2; i++) {
        uint8_t key[32];
        uint8_t public_key[32];
        uint8_t expected[64];
        uint8_t signature[64];
        const hub_span message = hub_span_text(cases[i][2]);
        unhex(key, 32, cases[i][0]);
        unhex(expected, 64, cases[i][3]);
        assert_int_equal(hub_ed25519_public(public_key, key), HUB_OK);
        unhex(signature, 32, cases[i][1]);
        assert_memory_equal(public_key, signature, 32);
        assert_int_equal(hub_ed25519_sign(signature, key, message), HUB_OK);
        assert_memory_equal(signature, expected, 64);
        assert_int_equal(hub_ed25519_verify(public_key, message, signature), HUB_OK);
        assert_int_equal(hub_ed25519_verify(public_key, hub_span_text("other"), signature),
                         HUB_E_VERIFY);
        signature[7] ^= 1;
        assert_int_equal(hub_ed25519_verify(public_key, message, signature), HUB_E_VERIFY);
    }
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(hub_crypto_equal(HUB_SPAN_EMPTY, HUB_SPAN_EMPTY));
    assert_true(hub_crypto_equal(hub_span_text("token"), hub_span_text("token")));
    assert_false(hub_crypto_equal(hub_span_text("token"), hub_span_text("tokem")));
    assert_false(hub_crypto_equal(hub_span_text("token"), hub_span_text("toke")));
    assert_false(hub_crypto_equal(hub_span_text("token"), HUB_SPAN_EMPTY));
}

static void test_random(void **state)
{
    (void)state;
    const struct hub_rng rng = hub_system_rng();
    static uint8_t a[100000];
    static uint8_t b[100000];
    size_t equal = 0;

    assert_int_equal(hub_rng_fill(&rng, a, sizeof(a)), HUB_OK);
    assert_int_equal(hub_rng_fill(&rng, b, sizeof(b)), HUB_OK);
    assert_int_equal(hub_rng_fill(&rng, b, 0), HUB_OK);
    for (size_t i = 0; i < sizeof(a); i++)
        equal += a[i] == b[i];
    /* 391 are expected, with a standard deviation of 20: false alarms below 1e-20 */
    assert_in_range(equal, 150, 700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_x25519),
        cmocka_unit_test(test_ed25519),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
