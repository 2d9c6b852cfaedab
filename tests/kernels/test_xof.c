/* Elements from streams in lanes against each stream for itself; among them streams in which words
 * are skipped, in one lane or in several, which probability alone would hardly bring. */
#include "field/field64.h"
#include "tiers.h"
#include "xof/turboshake_lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N_MAX = 60, WORDS_MAX = 2 * N_MAX };

/* Streams that stand in the middle of a block, whose rest is made of these words. */
static void set_lanes(struct hub_xof_lanes *x, const struct hub_keccak_kernels *k, unsigned spoiled,
                      unsigned pattern)
{
    const hub_fe128 p = HUB_FIELD128_P;

    hub_turboshake128_lanes_init(&x->sponge, k);
    x->squeezing = true;
    for (size_t i = 0; i < HUB_KECCAK_WORDS * (size_t)k->lanes; i++)
        x->sponge.state[i] = 0x9e3779b97f4a7c15U * (i + 1) >> 1;
    for (unsigned l = 0; l < k->lanes; l++) {
        if ((spoiled >> l & 1) == 0)
            continue;
        for (unsigned w = 0; w < HUB_TURBOSHAKE128_WORDS; w++) {
            if ((pattern >> w & 1) != 0) /* p itself, or p - 1, or larger ones */
                x->sponge.state[w * k->lanes + l] = w % 4 == 0   ? p.lo
                                                    : w % 4 == 1 ? p.hi
                                                    : w % 4 == 2 ? UINT64_MAX - w
                                                                 : UINT64_MAX;
        }
    }
}

static void check(const struct hub_keccak_kernels *k, unsigned spoiled, unsigned pattern, size_t n,
                  size_t words)
{
    uint64_t *out = malloc((n * words * k->lanes + 1) * 8);
    struct hub_xof_lanes x;
    struct hub_xof_lanes same;
    struct hub_xof_lanes to;
    struct hub_xof_lanes expected_to;
    const uint8_t begun[13] = {1, 2, 3};

    assert_non_null(out);
    set_lanes(&x, k, spoiled, pattern);
    set_lanes(&same, k, spoiled, pattern);
    hub_turboshake128_lanes_init(&to.sponge, k);
    to.squeezing = false;
    hub_xof_lanes_absorb(&to, HUB_SPAN_ARRAY(begun));
    expected_to = to;
    if (words == 2)
        hub_xof_lanes_last_field128(&x, out, n, n % 2 == 0 ? &to : NULL);
    else
        hub_xof_lanes_last_field64(&x, out, n, n % 2 == 0 ? &to : NULL);
    if (n % 2 == 0) { /* what was put in the place of skipped words is what was absorbed */
        hub_xof_lanes_absorb_words(&expected_to, out, n * words);
        assert_memory_equal(to.sponge.state, expected_to.sponge.state,
                            sizeof(uint64_t) * HUB_KECCAK_WORDS * k->lanes);
        assert_int_equal(to.sponge.at, expected_to.sponge.at);
    }
    for (unsigned l = 0; l < k->lanes; l++) {
        struct hub_xof one = {.squeezing = true};
        hub_fe128 expected[N_MAX];
        uint64_t *row = (uint64_t *)(void *)expected;

        hub_turboshake128_lanes_extract(&one.sponge, &same.sponge, l);
        if (words == 2)
            hub_xof_next_field128(&one, expected, n);
        else
            hub_xof_next_field64(&one, row, n);
        for (size_t i = 0; i < n * words; i++)
            assert_int_equal(out[i * k->lanes + l], row[i]);
    }
    free(out);
}

static void skipped_words_stay_in_their_lane(void **state)
{
    (void)state;
    static const unsigned patterns[] = {0, 1, 2, 3, 0xc, 0x10, 0x33, 0xf0f, 0x1fffff, 0x155555};
    static const size_t lengths[] = {0, 1, 2, 7, 10, 11, 21, 22, 60};

    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
            for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                for (unsigned spoiled = 0; spoiled < 1U << k.lanes; spoiled += 1 + spoiled / 8) {
                    check(&k, spoiled, patterns[p], lengths[i], 1);
                    check(&k, spoiled, patterns[p], lengths[i], 2);
                }
            }
        }
    }
}

/* Other seeds and binders in each lane, long tags among them. */
static void lanes_are_streams(void **state)
{
    (void)state;
    uint8_t text[700];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t len = 0; len < 400; len += 13) {
            hub_span dst = hub_span_of(text, 8);
            hub_span context = hub_span_of(text + 8, len);
            const uint8_t *bytes[HUB_KECCAK_LANES_MAX];
            uint64_t out[4 * HUB_KECCAK_LANES_MAX];
            struct hub_xof_lanes x;

            for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
                bytes[l] = text + 31 * l;
            hub_xof_lanes_init(&x, &k, bytes, HUB_XOF_SEED_LEN, dst, context);
            hub_xof_lanes_absorb(&x, hub_span_of(text, 1));
            hub_xof_lanes_absorb_each(&x, bytes, len);
            hub_xof_lanes_squeeze_words(&x, out, 4);
            for (unsigned l = 0; l < k.lanes; l++) {
                uint64_t expected[4];
                struct hub_xof one;

                hub_xof_init(&one, hub_span_of(bytes[l], HUB_XOF_SEED_LEN), dst, context);
                hub_xof_absorb(&one, hub_span_of(text, 1));
                hub_xof_absorb(&one, hub_span_of(bytes[l], len));
                hub_xof_squeeze_words(&one, expected, 4);
                for (size_t i = 0; i < 4; i++)
                    assert_int_equal(out[i * k.lanes + l], expected[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skipped_words_stay_in_their_lane),
        cmocka_unit_test(lanes_are_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
