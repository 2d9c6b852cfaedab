/* XofTurboShake128: the official vector's seed, streams of elements against the same stream as
 * bytes, and a stream that holds a word that is no element. */
#include "xof/turboshake.h"

#include "base/text.h"
#include "field/field64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* XofTurboShake128.json of the VDAF draft's test_vec. */
static void derives_the_official_seed(void **state)
{
    (void)state;
    uint8_t seed[HUB_XOF_SEED_LEN];
    uint8_t out[HUB_XOF_SEED_LEN];
    char hex[2 * sizeof(out) + 1];
    struct hub_xof x;

    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)i;
    hub_xof_init(&x, HUB_SPAN_ARRAY(seed), hub_span_text("domain separation tag"), HUB_SPAN_EMPTY);
    hub_xof_absorb(&x, hub_span_text("binder string"));
    hub_xof_squeeze(&x, out, sizeof(out));
    hub_hex_encode(hex, HUB_SPAN_ARRAY(out));
    assert_string_equal(hex, "b62ef0a2778190792d4d42d8c167ba20e0c37a3f319ba79645829c427d70eea5");
    hub_xof_wipe(&x);
    for (size_t i = 0; i < sizeof(x.sponge.state) / 8; i++)
        assert_int_equal(x.sponge.state[i], 0);
}

static void first_bytes(uint8_t out[32], hub_span dst, hub_span context, hub_span binder1,
                        hub_span binder2)
{
    static const uint8_t seed[HUB_XOF_SEED_LEN] = {5, 4, 3};
    struct hub_xof x;

    hub_xof_init(&x, HUB_SPAN_ARRAY(seed), dst, context);
    hub_xof_absorb(&x, binder1);
    hub_xof_absorb(&x, binder2);
    hub_xof_squeeze(&x, out, 32);
}

/* The tag's two parts are one, the binder's pieces too; long tags take the other path in init. */
static void pieces_make_the_whole(void **state)
{
    (void)state;
    uint8_t text[400];
    uint8_t a[32];
    uint8_t b[32];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len < sizeof(text); len += 19) {
        hub_span whole = hub_span_of(text, len);

        for (size_t cut = 0; cut <= len; cut += 37) {
            hub_span left = hub_span_slice(whole, 0, cut);
            hub_span right = hub_span_slice(whole, cut, len - cut);

            first_bytes(a, whole, HUB_SPAN_EMPTY, whole, HUB_SPAN_EMPTY);
            first_bytes(b, left, right, left, right);
            assert_memory_equal(a, b, sizeof(a));
        }
    }
    first_bytes(a, hub_span_of(text, 10), HUB_SPAN_EMPTY, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY);
    first_bytes(b, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY, hub_span_of(text, 10), HUB_SPAN_EMPTY);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void elements_are_the_stream(void **state)
{
    (void)state;
    enum { N = 50 };

    for (size_t before = 0; before < 40; before += 3) {
        struct hub_xof x;
        struct hub_xof y;
        uint8_t skipped[40];
        uint8_t bytes[N * HUB_FIELD128_BYTES];
        uint8_t encoded[N * HUB_FIELD128_BYTES];
        hub_fe128 v[N];
        hub_fe64 w[N];

        hub_xof_init(&x, hub_span_text("seed"), HUB_SPAN_EMPTY, HUB_SPAN_EMPTY);
        hub_xof_squeeze(&x, skipped, before);
        y = x;
        hub_xof_squeeze(&x, bytes, sizeof(bytes));
        x = y;
        hub_xof_next_field128(&x, v, N);
        hub_field128_encode(encoded, v, N);
        assert_memory_equal(bytes, encoded, sizeof(bytes));
        hub_xof_next_field64(&y, w, N);
        hub_field64_encode(encoded, w, N);
        assert_memory_equal(bytes, encoded, N * HUB_FIELD64_BYTES);
    }
}

/* The seed 140560805, little-endian, was found by search: word 16 of its stream is
 * ffffffff18959094, which is above p of Field64. */
static void words_above_p_are_skipped(void **state)
{
    (void)state;
    enum { N = 64, BAD = 16 };
    const uint8_t seed[HUB_XOF_SEED_LEN] = {0xa5, 0xc9, 0x60, 0x08};
    struct hub_xof x;
    uint64_t words[N];

    hub_xof_init(&x, HUB_SPAN_ARRAY(seed), HUB_SPAN_EMPTY, HUB_SPAN_EMPTY);
    struct hub_xof start = x;
    hub_xof_squeeze_words(&x, words, N);
    assert_true(words[BAD] == 0xffffffff18959094U);

    for (size_t n = 0; n < N; n++) {
        hub_fe64 v[N] = {0};
        uint64_t next;

        x = start;
        hub_xof_next_field64(&x, v, n);
        for (size_t i = 0; i < n; i++)
            assert_true(v[i] == words[i < BAD ? i : i + 1]);
        /* the stream goes on behind what was used */
        hub_xof_squeeze_words(&x, &next, 1);
        if (n + 1 < N)
            assert_true(next == words[n <= BAD ? n : n + 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives_the_official_seed),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(elements_are_the_stream),
        cmocka_unit_test(words_above_p_are_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
