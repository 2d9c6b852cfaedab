/* TurboSHAKE128 against the vectors of RFC 9861, section 5, and at the edges of its block. */
#include "keccak/turboshake128.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The pattern of RFC 9861: 00 01 ... fa, repeated. */
static void fill(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i % 0xfb);
}

static void assert_hash(hub_span message, uint8_t domain, const char *expected)
{
    struct hub_turboshake128 s;
    uint8_t out[32];
    char hex[2 * sizeof(out) + 1];

    hub_turboshake128_init(&s);
    hub_turboshake128_absorb(&s, message);
    hub_turboshake128_finish(&s, domain);
    hub_turboshake128_squeeze(&s, out, sizeof(out));
    hub_hex_encode(hex, HUB_SPAN_ARRAY(out));
    assert_string_equal(hex, expected);
}

/* Lengths 1, 17, 289 and 4913 are in the RFC; those around one and two blocks were computed with
 * another implementation. */
static void patterns_hash_as_in_the_rfc(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *hash;
    } cases[] = {
        {0, "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c"},
        {1, "55cedd6f60af7bb29a4042ae832ef3f58db7299f893ebb9247247d856958daa9"},
        {17, "9c97d036a3bac819db70ede0ca554ec6e4c2a1a4ffbfd9ec269ca6a111161233"},
        {167, "895e142c96269722e14958a4e74055b823472e3a10139241a1a76ec968a4d509"},
        {168, "ed5bf22a6a67e3cfe1d1f974a9dee10da9da2fe264f55359ec56c16541ac5456"},
        {169, "c868991acc884b36ce43b2ba316c4a5e402816e6eefad5b9e0827ff217866852"},
        {289, "96c77c279e0126f7fc07c9b07f5cdae1e0be60bdbe10620040e75d7223a624d2"},
        {335, "1ca948eef87221451a4e8672b8bf7f6acae06db97556cb784c8a8816b40c0553"},
        {336, "7bb2b051e646964ff089cbd6ecab4c4ba7e64e5cec1658d0437af1b6f4d6ff50"},
        {337, "12a208bd6f38c6b08d31f68012bd0920a91b28a9790f61411b38290b9f3d06ae"},
        {4913, "d4976eb56bcf118520582b709f73e1d6853e001fdaf80e1b13e0d0599d5fb372"},
    };
    uint8_t message[4913];

    fill(message, sizeof(message));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_hash(hub_span_of(message, cases[i].len), 0x1f, cases[i].hash);
}

static void domains_differ_as_in_the_rfc(void **state)
{
    (void)state;
    static const uint8_t ones[3] = {0xff, 0xff, 0xff};

    assert_hash(hub_span_of(ones, 3), 0x01,
                "bf323f940494e88ee1c540fe660be8a0c93f43d15ec006998462fa994eed5dab");
    assert_hash(hub_span_of(ones, 1), 0x06,
                "8ec9c66465ed0d4a6c35d13506718d687a25cb05c74cca1e42501abd83874a67");
}

static void long_output_ends_as_in_the_rfc(void **state)
{
    (void)state;
    enum { N = 10032 };
    struct hub_turboshake128 s;
    uint8_t *out = malloc(N);
    char hex[65];

    assert_non_null(out);
    hub_turboshake128_init(&s);
    hub_turboshake128_finish(&s, 0x1f);
    hub_turboshake128_squeeze(&s, out, N);
    hub_hex_encode(hex, hub_span_of(out + N - 32, 32));
    assert_string_equal(hex, "a3b9b0385900ce761f22aed548e754da10a5242d62e8c658e3f3a923a7555607");
    free(out);
}

/* However a message is cut, and however output is taken, the stream is the same. */
static void pieces_make_the_whole(void **state)
{
    (void)state;
    uint8_t message[700];
    uint8_t whole[700];

    fill(message, sizeof(message));
    for (size_t piece = 1; piece < sizeof(message); piece += 13) {
        struct hub_turboshake128 a;
        struct hub_turboshake128 b;
        uint8_t out[sizeof(whole)];

        hub_turboshake128_init(&a);
        hub_turboshake128_init(&b);
        hub_turboshake128_absorb(&a, HUB_SPAN_ARRAY(message));
        for (size_t at = 0; at < sizeof(message); at += piece) {
            size_t n = sizeof(message) - at < piece ? sizeof(message) - at : piece;

            hub_turboshake128_absorb(&b, hub_span_of(message + at, n));
        }
        hub_turboshake128_finish(&a, 1);
        hub_turboshake128_finish(&b, 1);
        hub_turboshake128_squeeze(&a, whole, sizeof(whole));
        for (size_t at = 0; at < sizeof(out); at += piece) {
            size_t n = sizeof(out) - at < piece ? sizeof(out) - at : piece;

            hub_turboshake128_squeeze(&b, out + at, n);
        }
        assert_memory_equal(whole, out, sizeof(out));
    }
}

/* Words are the little-endian bytes, wherever in the stream they start. */
static void words_are_bytes(void **state)
{
    (void)state;
    enum { N = 60 };

    for (size_t before = 0; before < 200; before += 7) {
        struct hub_turboshake128 a;
        struct hub_turboshake128 b;
        uint8_t skipped[200];
        uint8_t bytes[8 * N];
        uint64_t words[N];

        hub_turboshake128_init(&a);
        hub_turboshake128_absorb(&a, hub_span_text("words"));
        hub_turboshake128_finish(&a, 1);
        hub_turboshake128_squeeze(&a, skipped, before);
        b = a;
        hub_turboshake128_squeeze(&a, bytes, sizeof(bytes));
        hub_turboshake128_squeeze_words(&b, words, N);
        for (size_t i = 0; i < sizeof(bytes); i++)
            assert_int_equal(bytes[i], words[i / 8] >> (8 * (i % 8)) & 0xff);
        hub_turboshake128_squeeze(&a, bytes, 5);
        hub_turboshake128_squeeze(&b, bytes + 5, 5);
        assert_memory_equal(bytes, bytes + 5, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_hash_as_in_the_rfc),
        cmocka_unit_test(domains_differ_as_in_the_rfc),
        cmocka_unit_test(long_output_ends_as_in_the_rfc),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(words_are_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
