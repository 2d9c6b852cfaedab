/* RFC 9180 appendix A.1.1: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. DAP
 * sends one message a context, so the vector of sequence number 0 is the one that applies. */
#include "base/text.h"
#include "hpke/hpke.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char info_hex[] = "4f6465206f6e2061204772656369616e2055726e";
static const char sk_e[] = "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736";
static const char pk_e[] = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431";
static const char sk_r[] = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8";
static const char pk_r[] = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";
static const char plain_hex[] = "4265617574792069732074727574682c20747275746820626561757479";
static const char aad_hex[] = "436f756e742d30";
static const char sealed_hex[] = "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
                                 "6d8770ac83d07bea87e13c512a";

struct bytes {
    uint8_t at[96];
    size_t len;
};

static struct bytes unhex(const char *text)
{
    struct hub_buf buf = HUB_BUF_INIT(sizeof(((struct bytes *)0)->at));
    struct bytes b = {{0}, 0};

    assert_int_equal(hub_hex_decode(&buf, hub_span_text(text)), HUB_OK);
    memcpy(b.at, buf.ptr, buf.len);
    b.len = buf.len;
    hub_buf_clear(&buf);
    return b;
}

static hub_span span(const struct bytes *b)
{
    return hub_span_of(b->at, b->len);
}

static struct hub_hpke_recipient *recipient(void)
{
    const struct bytes sk = unhex(sk_r);
    struct hub_hpke_keypair pair;
    struct hub_hpke_recipient *r = NULL;

    assert_int_equal(hub_hpke_keypair_init(&pair, 17, sk.at), HUB_OK);
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    return r;
}

static void test_derives_the_public_key(void **state)
{
    (void)state;
    const struct bytes sk = unhex(sk_r);
    const struct bytes pk = unhex(pk_r);
    struct hub_hpke_keypair pair;

    assert_int_equal(hub_hpke_keypair_init(&pair, 17, sk.at), HUB_OK);
    assert_memory_equal(pair.config.public_key, pk.at, 32);
    assert_int_equal(pair.config.id, 17);
}

static void test_seals(void **state)
{
    (void)state;
    const struct bytes pk = unhex(pk_r);
    const struct bytes ephemeral = unhex(sk_e);
    const struct bytes expected_enc = unhex(pk_e);
    const struct bytes info = unhex(info_hex);
    const struct bytes aad = unhex(aad_hex);
    const struct bytes plain = unhex(plain_hex);
    const struct bytes expected = unhex(sealed_hex);
    struct hub_hpke_config config = {.id = 17};
    struct hub_hpke_sender *s = NULL;
    uint8_t enc[HUB_HPKE_ENC_LEN];
    uint8_t payload[64];

    memcpy(config.public_key, pk.at, 32);
    assert_int_equal(hub_hpke_sender_new(&s, &config), HUB_OK);
    for (int again = 0; again < 2; again++) { /* the second time with what was kept */
        memset(payload, 0, sizeof(payload));
        assert_int_equal(hub_hpke_sender_seal_with(s, enc, payload, span(&info), span(&aad),
                                                   span(&plain), ephemeral.at),
                         HUB_OK);
        assert_memory_equal(enc, expected_enc.at, sizeof(enc));
        assert_memory_equal(payload, expected.at, expected.len);
    }
    hub_hpke_sender_free(s);
}

static void test_opens(void **state)
{
    (void)state;
    struct hub_hpke_recipient *r = recipient();
    const struct bytes enc = unhex(pk_e);
    const struct bytes info = unhex(info_hex);
    const struct bytes aad = unhex(aad_hex);
    const struct bytes plain = unhex(plain_hex);
    const struct bytes sealed = unhex(sealed_hex);
    struct hub_buf out = HUB_BUF_INIT(64);

    for (int again = 0; again < 2; again++) {
        assert_int_equal(hub_hpke_open(r, &out, span(&info), span(&aad), span(&enc), span(&sealed)),
                         HUB_OK);
        assert_int_equal(out.len, plain.len);
        assert_memory_equal(out.ptr, plain.at, plain.len);
    }
    hub_buf_clear(&out);
    hub_hpke_recipient_free(r);
}

/* Each input with each of its bits changed, and a shorter one: none opens, and the recipient still
 * opens the true one afterwards. */
static void test_refuses_what_was_changed(void **state)
{
    (void)state;
    struct hub_hpke_recipient *r = recipient();
    struct bytes part[4] = {unhex(info_hex), unhex(aad_hex), unhex(pk_e), unhex(sealed_hex)};
    struct hub_buf out = HUB_BUF_INIT(64);

    for (size_t p = 0; p < 4; p++) {
        for (size_t bit = 0; bit < 8 * part[p].len; bit++) {
            /* X25519 ignores the highest bit of a public key (RFC 7748), but the key schedule takes
             * enc as it came, so that this bit changes the key too */
            part[p].at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(hub_hpke_open(r, &out, span(&part[0]), span(&part[1]), span(&part[2]),
                                           span(&part[3])),
                             HUB_E_OPEN);
            assert_int_equal(out.len, 0);
            part[p].at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        part[p].len--;
        assert_int_equal(
            hub_hpke_open(r, &out, span(&part[0]), span(&part[1]), span(&part[2]), span(&part[3])),
            HUB_E_OPEN);
        part[p].len++;
    }
    assert_int_equal(
        hub_hpke_open(r, &out, span(&part[0]), span(&part[1]), span(&part[2]), span(&part[3])),
        HUB_OK);
    hub_buf_clear(&out);
    hub_hpke_recipient_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derives_the_public_key),
        cmocka_unit_test(test_seals),
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_refuses_what_was_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
