/* Moves of words in lanes, compiled once for each number of lanes: HUB_MOVE_LANES is 1, 2, 4
 * or 8. */
#include "keccak/keccak_internal.h"

#include "keccak/le_words_internal.h"

#if HUB_MOVE_LANES == 8
#include "keccak/transpose_avx512_internal.h"
#define MOVES hub_lane_moves_x8
#elif HUB_MOVE_LANES == 4
#include "keccak/transpose_avx2_internal.h"
#define MOVES hub_lane_moves_x4
#elif HUB_MOVE_LANES == 2
#define MOVES hub_lane_moves_x2
#else
#define MOVES hub_lane_moves_x1
#endif

enum { LANES = HUB_MOVE_LANES };

static void absorb(uint64_t *state, const uint64_t *words, size_t n, unsigned shift)
{
    for (size_t i = 0; i < n * LANES; i++)
        state[i] ^= words[i] << shift;
    for (size_t i = 0; shift != 0 && i < n * LANES; i++)
        state[i + LANES] ^= words[i] >> (64 - shift);
}

/* A word is too large if its highest bit is set and adding slack clears it. */
static uint64_t squeeze(uint64_t *restrict out, const uint64_t *restrict words, size_t n,
                        uint64_t slack)
{
    uint64_t over = 0;

    for (size_t i = 0; i < n * LANES; i++) {
        uint64_t word = words[i];

        over |= word & ~(word + slack);
        out[i] = word;
    }
    return over >> 63;
}

static void from_rows(uint64_t *words, const uint8_t *const *rows, size_t n)
{
    size_t i = 0;

#if HUB_MOVE_LANES >= 4
    for (; n - i >= LANES; i += LANES)
        hub_transpose_from_rows(words + i * LANES, rows, 8 * i);
#endif
    for (; i < n; i++) {
        for (size_t l = 0; l < LANES; l++)
            words[i * LANES + l] = hub_load_le64(rows[l] + 8 * i);
    }
}

static void to_rows(uint8_t *const *rows, const uint64_t *words, size_t n)
{
    size_t i = 0;

#if HUB_MOVE_LANES >= 4
    for (; n - i >= LANES; i += LANES)
        hub_transpose_to_rows(rows, 8 * i, words + i * LANES);
#endif
    for (; i < n; i++) {
        for (size_t l = 0; l < LANES; l++)
            hub_store_le64(rows[l] + 8 * i, words[i * LANES + l]);
    }
}

const struct hub_lane_moves MOVES = {absorb, squeeze, from_rows, to_rows};
