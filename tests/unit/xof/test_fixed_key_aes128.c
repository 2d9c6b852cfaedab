/* XofFixedKeyAes128: the official vector's seed, tiers against each other for all small counts of
 * blocks, and streams in pieces. */
#include "xof/fixed_key_aes128.h"

#include "base/cpu.h"
#include "base/text.h"
#include "field/field64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { BLOCK = HUB_FIXED_KEY_BLOCK_LEN, N_MAX = 35 };

static void open_key(struct hub_fixed_key *k, unsigned cpu, const char *binder)
{
    assert_int_equal(hub_fixed_key_init(k, cpu), HUB_OK);
    hub_fixed_key_derive(k, hub_span_text("domain separation "), hub_span_text("tag"),
                         hub_span_text(binder));
}

/* XofFixedKeyAes128.json of the VDAF draft's test_vec. */
static void derives_the_official_seed(void **state)
{
    (void)state;
    const unsigned tiers[] = {0, hub_cpu_flags()};

    for (size_t t = 0; t < 2; t++) {
        HUB_CLEANUP(hub_fixed_key_clear) struct hub_fixed_key key;
        struct hub_fixed_key_stream s;
        uint8_t seed[16];
        uint8_t out[16];
        char hex[33];

        for (size_t i = 0; i < sizeof(seed); i++)
            seed[i] = (uint8_t)i;
        open_key(&key, tiers[t], "binder string");
        hub_fixed_key_stream_init(&s, &key, seed, 0);
        hub_fixed_key_squeeze(&s, out, sizeof(out));
        hub_hex_encode(hex, HUB_SPAN_ARRAY(out));
        assert_string_equal(hex, "ca97b6736483188fbf6d52a9063ab3e2");
        assert_false(key.has_failed);
        hub_fixed_key_stream_wipe(&s);
        for (size_t i = 0; i < sizeof(s.seed); i++)
            assert_int_equal(s.seed[i], 0);
    }
}

/* All counts past four full vectors, unaligned, in place and beside, with bytes behind the output
 * that stay. */
static void tiers_agree(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_fixed_key_clear) struct hub_fixed_key plain;
    HUB_CLEANUP(hub_fixed_key_clear) struct hub_fixed_key fast;
    uint8_t in[BLOCK * N_MAX + 1];
    uint8_t expected[BLOCK * N_MAX];
    uint8_t got[BLOCK * N_MAX + 2];

    open_key(&plain, 0, "x");
    open_key(&fast, hub_cpu_flags(), "x");
    assert_string_equal(plain.kernels.tier, "c");
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i % 251 * 7 + i / 16);
    memset(in + BLOCK, 0, BLOCK);
    memset(in + BLOCK * 2, 0xff, BLOCK);
    for (size_t n = 0; n <= N_MAX; n++) {
        for (size_t shift = 0; shift < 2; shift++) {
            hub_fixed_key_hash(&plain, expected, in + shift, n);
            memset(got, 0xa5, sizeof(got));
            hub_fixed_key_hash(&fast, got + 1, in + shift, n);
            assert_memory_equal(got + 1, expected, BLOCK * n);
            assert_int_equal(got[0], 0xa5);
            assert_int_equal(got[BLOCK * n + 1], 0xa5);
            memcpy(got + 1, in + shift, BLOCK * n);
            hub_fixed_key_hash(&fast, got + 1, got + 1, n);
            assert_memory_equal(got + 1, expected, BLOCK * n);
        }
    }
    assert_false(plain.has_failed || fast.has_failed);
}

/* Pieces make the whole, a stream may start at any block, and elements are its words. */
static void streams_in_pieces(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_fixed_key_clear) struct hub_fixed_key key;
    struct hub_fixed_key_stream s;
    static const uint8_t seed[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
    uint8_t whole[BLOCK * 300];
    uint8_t piece[sizeof(whole)];
    uint64_t words[4];
    uint8_t bytes[sizeof(words)];

    open_key(&key, hub_cpu_flags(), "y");
    hub_fixed_key_stream_init(&s, &key, seed, 0);
    hub_fixed_key_squeeze(&s, whole, sizeof(whole));
    for (size_t step = 1; step < 40; step += 3) {
        hub_fixed_key_stream_init(&s, &key, seed, 0);
        for (size_t at = 0; at < sizeof(whole); at += step)
            hub_fixed_key_squeeze(&s, piece + at,
                                  sizeof(whole) - at < step ? sizeof(whole) - at : step);
        assert_memory_equal(piece, whole, sizeof(whole));
    }
    hub_fixed_key_stream_init(&s, &key, seed, 257);
    hub_fixed_key_squeeze(&s, piece, BLOCK);
    assert_memory_equal(piece, whole + BLOCK * 257, BLOCK);
    hub_fixed_key_stream_init(&s, &key, seed, 1);
    hub_fixed_key_next_field64(&s, words, 4);
    hub_field64_encode(bytes, words, 4);
    assert_memory_equal(bytes, whole + BLOCK, sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives_the_official_seed),
        cmocka_unit_test(tiers_agree),
        cmocka_unit_test(streams_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
