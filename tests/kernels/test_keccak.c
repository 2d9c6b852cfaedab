/* Keccak-p[1600,12] and TurboSHAKE128 of every tier against the plain C of one state, with another
 * state or message in each lane. */
#include "keccak/le_words_internal.h"
#include "keccak/turboshake128_lanes.h"
#include "keccak/turboshake128_team.h"
#include "tiers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STATE_WORDS = HUB_KECCAK_WORDS * HUB_KECCAK_LANES_MAX, GUARD = 8, ROUNDS = 200 };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed ^ *seed >> 29;
}

/* All zeros, all ones, then random; what lies behind the states stays. */
static void permutes_each_lane(void **state)
{
    (void)state;
    uint64_t seed = 1;

    for (size_t t = 0; t < 2 * N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t / 2))
            continue;
        (t % 2 == 0 ? hub_keccak_kernels_init : hub_keccak_kernels_init_few)(&k, tier_flags[t / 2]);
        for (unsigned round = 0; round < ROUNDS; round++) {
            _Alignas(64) uint64_t states[STATE_WORDS + GUARD];
            uint64_t one[HUB_KECCAK_LANES_MAX][HUB_KECCAK_WORDS];
            size_t n = (size_t)HUB_KECCAK_WORDS * k.lanes;

            for (size_t i = 0; i < STATE_WORDS + GUARD; i++)
                states[i] = round == 0 ? 0 : round == 1 ? UINT64_MAX : next(&seed);
            const uint64_t behind = states[n];
            for (size_t i = 0; i < n; i++)
                one[i % k.lanes][i / k.lanes] = states[i];
            k.permute(states);
            for (unsigned l = 0; l < k.lanes; l++)
                hub_keccak_p1600_12_c(one[l]);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(states[i], one[i % k.lanes][i / k.lanes]);
            assert_int_equal(states[n], behind);
        }
    }
}

/* Two groups at once as one after the other. */
static void two_groups_are_permuted(void **state)
{
    (void)state;
    uint64_t seed = 5;

    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (unsigned round = 0; round < ROUNDS && k.permute_two != NULL; round++) {
            _Alignas(64) uint64_t groups[2][STATE_WORDS + GUARD];
            _Alignas(64) uint64_t expected[2][STATE_WORDS + GUARD];

            for (size_t i = 0; i < STATE_WORDS + GUARD; i++) {
                groups[0][i] = next(&seed);
                groups[1][i] = next(&seed);
            }
            memcpy(expected, groups, sizeof(groups));
            k.permute(expected[0]);
            k.permute(expected[1]);
            k.permute_two(groups[0], groups[1]);
            assert_memory_equal(groups, expected, sizeof(groups));
        }
    }
}

enum { TEXT = 700, SQUEEZED = 50 };

/* head bytes in common, then len bytes and words that differ, absorbed in lanes and one by one. */
static void check_message(const struct hub_keccak_kernels *k, size_t head, size_t len, size_t words)
{
    static uint8_t text[HUB_KECCAK_LANES_MAX][TEXT + 1];
    static uint64_t rows[HUB_KECCAK_LANES_MAX][TEXT];
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];
    uint64_t *lanes = malloc((words + SQUEEZED) * k->lanes * 8 + 8);
    uint64_t *out = lanes + words * k->lanes;
    struct hub_turboshake128_lanes all;
    uint64_t seed = head * 1000 + len;

    assert_non_null(lanes);
    hub_turboshake128_lanes_init(&all, k);
    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++) {
        for (size_t i = 0; i <= TEXT; i++)
            text[l][i] = (uint8_t)next(&seed);
        bytes[l] = text[l] + 1; /* unaligned */
        for (size_t i = 0; i < words; i++)
            rows[l][i] = next(&seed);
    }
    for (size_t i = 0; i < words * k->lanes; i++)
        lanes[i] = rows[i % k->lanes][i / k->lanes];
    hub_turboshake128_lanes_absorb(&all, hub_span_of(text[0], head));
    hub_turboshake128_lanes_absorb_each(&all, bytes, len);
    hub_turboshake128_lanes_absorb_words(&all, lanes, words);
    hub_turboshake128_lanes_absorb_each(&all, bytes, 3);
    hub_turboshake128_lanes_finish(&all, 1);
    hub_turboshake128_lanes_squeeze_words(&all, out, 7);
    hub_turboshake128_lanes_squeeze_words(&all, out + (size_t)7 * k->lanes, SQUEEZED - 7);
    for (unsigned l = 0; l < k->lanes; l++) {
        struct hub_turboshake128 one;
        struct hub_turboshake128 extracted;
        uint64_t expected[SQUEEZED];

        hub_turboshake128_init(&one);
        hub_turboshake128_absorb(&one, hub_span_of(text[0], head));
        hub_turboshake128_absorb(&one, hub_span_of(bytes[l], len));
        for (size_t i = 0; i < words; i++) {
            uint8_t word[8];

            for (size_t b = 0; b < 8; b++)
                word[b] = (uint8_t)(rows[l][i] >> (8 * b));
            hub_turboshake128_absorb(&one, HUB_SPAN_ARRAY(word));
        }
        hub_turboshake128_absorb(&one, hub_span_of(bytes[l], 3));
        hub_turboshake128_finish(&one, 1);
        hub_turboshake128_squeeze_words(&one, expected, SQUEEZED);
        for (size_t i = 0; i < SQUEEZED; i++)
            assert_int_equal(out[i * k->lanes + l], expected[i]);
        hub_turboshake128_lanes_extract(&extracted, &all, l);
        assert_memory_equal(extracted.state, one.state, sizeof(one.state));
        assert_int_equal(extracted.at, one.at);
    }
    free(lanes);
}

static void lanes_are_streams(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t head = 0; head < 9; head++) {
            for (size_t len = 0; len < 2 * HUB_TURBOSHAKE128_RATE + 17; len += 1 + len % 3)
                check_message(&k, head, len, len % 70);
        }
    }
}

/* Words squeezed into a stream that stands at any place of its block, in two goes: both streams are
 * as those that go their ways alone, now and later. */
static void check_squeezed_into(const struct hub_keccak_kernels *k, size_t head, size_t words)
{
    enum { ALL = TEXT * HUB_KECCAK_LANES_MAX };
    static uint8_t text[HUB_KECCAK_LANES_MAX][TEXT];
    static uint64_t out[ALL];
    const uint8_t *bytes[HUB_KECCAK_LANES_MAX];
    struct hub_turboshake128_lanes from;
    struct hub_turboshake128_lanes to;
    uint64_t seed = 7 * head + words;

    for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++) {
        for (size_t i = 0; i < TEXT; i++)
            text[l][i] = (uint8_t)(next(&seed) >> 32);
        bytes[l] = text[l];
    }
    hub_turboshake128_lanes_init(&from, k);
    hub_turboshake128_lanes_init(&to, k);
    hub_turboshake128_lanes_absorb_each(&from, bytes, TEXT);
    hub_turboshake128_lanes_absorb_each(&to, bytes, head);
    hub_turboshake128_lanes_finish(&from, 1);
    (void)hub_turboshake128_lanes_squeeze_below(&from, out, words / 3, 0, &to);
    (void)hub_turboshake128_lanes_squeeze_below(&from, out + words / 3 * k->lanes,
                                                words - words / 3, 0, &to);
    hub_turboshake128_lanes_finish(&to, 1);
    for (unsigned l = 0; l < k->lanes; l++) {
        struct hub_turboshake128 alone_from;
        struct hub_turboshake128 alone_to;
        struct hub_turboshake128 extracted;
        uint64_t expected[TEXT];
        uint64_t later[2];

        hub_turboshake128_init(&alone_from);
        hub_turboshake128_init(&alone_to);
        hub_turboshake128_absorb(&alone_from, hub_span_of(text[l], TEXT));
        hub_turboshake128_absorb(&alone_to, hub_span_of(text[l], head));
        hub_turboshake128_finish(&alone_from, 1);
        hub_turboshake128_squeeze_words(&alone_from, expected, words);
        for (size_t i = 0; i < words; i++) {
            uint8_t word[8];

            assert_int_equal(out[i * k->lanes + l], expected[i]);
            for (size_t b = 0; b < 8; b++)
                word[b] = (uint8_t)(expected[i] >> (8 * b));
            hub_turboshake128_absorb(&alone_to, HUB_SPAN_ARRAY(word));
        }
        hub_turboshake128_finish(&alone_to, 1);
        hub_turboshake128_lanes_extract(&extracted, &from, l);
        assert_memory_equal(extracted.state, alone_from.state, sizeof(alone_from.state));
        assert_int_equal(extracted.at, alone_from.at);
        hub_turboshake128_lanes_extract(&extracted, &to, l);
        hub_turboshake128_squeeze_words(&extracted, later, 2);
        hub_turboshake128_squeeze_words(&alone_to, expected, 2);
        assert_memory_equal(later, expected, sizeof(later));
    }
}

static void words_are_squeezed_into_a_stream(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t head = 0; head <= HUB_TURBOSHAKE128_RATE + 8; head++) {
            for (size_t words = head % 3; words < 90; words += 1 + words % 13)
                check_squeezed_into(&k, head, words);
        }
    }
}

/* One lane of a team as its messages want it: absorbs, then squeezes. */
struct member {
    size_t head; /* bytes absorbed before it joins */
    size_t len;  /* of the message */
    size_t taken;
    size_t words;
    bool finished;
    uint64_t out[SQUEEZED + 2 * HUB_TURBOSHAKE128_WORDS];
};

/* Until the block is used up or the member is done, in pieces of at most step bytes. */
static void go_on(struct hub_turboshake128_team *t, unsigned lane, struct member *m,
                  const uint8_t *text, size_t step)
{
    while (m->taken < m->len) {
        size_t n = step < m->len - m->taken ? step : m->len - m->taken;
        size_t taken = hub_turboshake128_team_absorb(t, lane, hub_span_of(text + m->taken, n));

        m->taken += taken;
        if (taken < n)
            return;
    }
    if (!m->finished) {
        m->finished = hub_turboshake128_team_finish(t, lane, 1);
        return;
    }
    m->words += hub_turboshake128_team_squeeze_words(t, lane, m->out + m->words, 2);
    m->words +=
        hub_turboshake128_team_squeeze_words(t, lane, m->out + m->words, HUB_TURBOSHAKE128_WORDS);
    if (m->words >= SQUEEZED)
        hub_turboshake128_team_leave(t, lane);
}

/* Messages of different lengths, each lane at its own place of its own block. */
static void check_team(const struct hub_keccak_kernels *k, size_t step)
{
    static uint8_t text[HUB_KECCAK_LANES_MAX][TEXT + 1];
    struct member members[HUB_KECCAK_LANES_MAX] = {0};
    struct hub_turboshake128_team t;
    bool all_done = false;
    uint64_t seed = step;

    hub_turboshake128_team_init(&t, k);
    for (unsigned l = 0; l < k->lanes; l++) {
        struct hub_turboshake128 s;

        for (size_t i = 0; i <= TEXT; i++)
            text[l][i] = (uint8_t)next(&seed);
        members[l].head = (step * 31 + (size_t)l * 45) % (HUB_TURBOSHAKE128_RATE + 1);
        members[l].len = (step * 97 + (size_t)l * 211) % TEXT;
        hub_turboshake128_init(&s);
        hub_turboshake128_absorb(&s, hub_span_of(text[0], members[l].head));
        hub_turboshake128_team_join(&t, l, &s);
    }
    while (!all_done) {
        all_done = true;
        for (unsigned l = 0; l < k->lanes; l++) {
            if (members[l].words < SQUEEZED)
                go_on(&t, l, &members[l], text[l] + 1, step);
            all_done = all_done && members[l].words >= SQUEEZED;
        }
        hub_turboshake128_team_permute(&t);
    }
    for (unsigned l = 0; l < k->lanes; l++) {
        struct hub_turboshake128 one;
        uint64_t expected[SQUEEZED];

        hub_turboshake128_init(&one);
        hub_turboshake128_absorb(&one, hub_span_of(text[0], members[l].head));
        hub_turboshake128_absorb(&one, hub_span_of(text[l] + 1, members[l].len));
        hub_turboshake128_finish(&one, 1);
        hub_turboshake128_squeeze_words(&one, expected, SQUEEZED);
        assert_memory_equal(members[l].out, expected, sizeof(expected));
    }
}

static void a_team_is_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TIERS; i++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(i))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[i]);
        for (size_t step = 1; step < 200; step++)
            check_team(&k, step);
        hub_keccak_kernels_init_few(&k, tier_flags[i]);
        for (size_t step = 1; step < 200; step++)
            check_team(&k, step);
    }
}

/* Rows at odd addresses, another in each lane, back again; what stands around them stays. */
static void rows_change_into_lanes(void **state)
{
    (void)state;
    enum { N = 20, ROW = 8 * N + 2 };
    uint64_t seed = 3;

    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t n = 0; n <= N; n++) {
            uint64_t words[(N + 1) * HUB_KECCAK_LANES_MAX];
            uint8_t from[HUB_KECCAK_LANES_MAX][ROW];
            uint8_t to[HUB_KECCAK_LANES_MAX][ROW];
            const uint8_t *from_rows[HUB_KECCAK_LANES_MAX];
            uint8_t *to_rows[HUB_KECCAK_LANES_MAX];

            memset(words, 0x5a, sizeof(words));
            memset(to, 0xa5, sizeof(to));
            for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++) {
                for (size_t i = 0; i < ROW; i++)
                    from[l][i] = (uint8_t)(next(&seed) >> 32);
                from_rows[l] = from[l] + 1;
                to_rows[l] = to[l] + 1;
            }
            k.move->from_rows(words, from_rows, n);
            for (size_t i = 0; i < n * k.lanes; i++)
                assert_int_equal(words[i], hub_load_le64(from_rows[i % k.lanes] + i / k.lanes * 8));
            assert_int_equal(words[n * k.lanes], 0x5a5a5a5a5a5a5a5aU);
            k.move->to_rows(to_rows, words, n);
            for (size_t l = 0; l < k.lanes; l++) {
                assert_memory_equal(to_rows[l], from_rows[l], 8 * n);
                assert_int_equal(to[l][0], 0xa5);
                assert_int_equal(to[l][8 * n + 1], 0xa5);
            }
        }
    }
}

/* Words are absorbed at every distance as bits say it, and those at or above the bound are found in
 * every place. */
static void words_are_absorbed_and_squeezed(void **state)
{
    (void)state;
    enum { N = 21, ALL = (N + 2) * HUB_KECCAK_LANES_MAX };
    uint64_t seed = 4;

    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_keccak_kernels k;

        if (!tier_runs_here(t))
            continue;
        hub_keccak_kernels_init(&k, tier_flags[t]);
        for (size_t n = 0; n <= N; n++) {
            uint64_t before[ALL];
            uint64_t after[ALL];
            uint64_t words[ALL];

            for (unsigned shift = 0; shift < 64; shift += 8) {
                for (size_t i = 0; i < ALL; i++) {
                    before[i] = after[i] = next(&seed);
                    words[i] = next(&seed);
                }
                k.move->absorb(after, words, n, shift);
                for (size_t i = 0; i < ALL; i++) {
                    uint64_t low = i < n * k.lanes ? words[i] << shift : 0;
                    bool has_high = shift != 0 && i >= k.lanes && i < (n + 1) * k.lanes;
                    uint64_t high = has_high ? words[i - k.lanes] >> (64 - shift) : 0;

                    assert_int_equal(after[i], before[i] ^ low ^ high);
                }
            }
            for (size_t bad = 0; bad <= n * k.lanes; bad++) {
                for (uint64_t slack = 1; slack < UINT64_C(1) << 33; slack *= 28) {
                    for (size_t i = 0; i < ALL; i++)
                        words[i] = i == bad ? -slack : -slack - 1 - i;
                    memset(after, 0x77, sizeof(after));
                    assert_int_equal(k.move->squeeze(after, words, n, slack), bad < n * k.lanes);
                    assert_memory_equal(after, words, 8 * n * k.lanes);
                    assert_int_equal(after[n * k.lanes], 0x7777777777777777U);
                    assert_int_equal(k.move->squeeze(after, words, n, 0), 0);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutes_each_lane),
        cmocka_unit_test(two_groups_are_permuted),
        cmocka_unit_test(rows_change_into_lanes),
        cmocka_unit_test(words_are_absorbed_and_squeezed),
        cmocka_unit_test(lanes_are_streams),
        cmocka_unit_test(words_are_squeezed_into_a_stream),
        cmocka_unit_test(a_team_is_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
