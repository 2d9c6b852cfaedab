/* Words on their way between streams in lanes, vectors in lanes and rows: what a sponge does beside
 * its permutation, and transposition. Word i of lane l stands at index i * lanes + l. */
#ifndef KECCAK_LANE_MOVES_H
#define KECCAK_LANE_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For one number of lanes. n counts words of each lane; pointers need no alignment. Constant time.
 */
struct hub_lane_moves {
    /* state ^= words, shifted up by shift bits, below 64; what is shifted out goes into the word
     * behind, which is written if shift is not 0. */
    void (*absorb)(uint64_t *state, const uint64_t *words, size_t n, unsigned shift);
    /* out = words. Returns a bit that is set if any of them is 2^64 - slack or more. slack is less
     * than 2^63. */
    uint64_t (*squeeze)(uint64_t *out, const uint64_t *words, size_t n, uint64_t slack);
    /* A row of little-endian bytes for each lane, to words in lanes and back. */
    void (*from_rows)(uint64_t *words, const uint8_t *const *rows, size_t n);
    void (*to_rows)(uint8_t *const *rows, const uint64_t *words, size_t n);
};

#endif
