/* Numbers in a range as zeros and ones, of which every combination is in the range: the weights are
 * 1, 2, 4, ..., and a last one that makes their sum the largest number (VDAF draft-20, section
 * "Range-checked integers"). */
#ifndef VDAF_NUMBER_INTERNAL_H
#define VDAF_NUMBER_INTERNAL_H

#include "base/mask.h"

/* Bits of max, which is not 0. */
static inline unsigned hub_number_bits(uint64_t max)
{
    return 64 - (unsigned)__builtin_clzll(max);
}

static inline uint64_t hub_number_last_weight(uint64_t max)
{
    return max - ((UINT64_C(1) << (hub_number_bits(max) - 1)) - 1);
}

/* Bit l of the encoding of number <= max, as 0 or 1. bits and last_weight are those of max.
 * Constant time in number. */
static inline uint64_t hub_number_bit(uint64_t number, unsigned l, unsigned bits,
                                      uint64_t last_weight)
{
    uint64_t all_ones = (UINT64_C(1) << (bits - 1)) - 1;
    uint64_t needs_last = (uint64_t)(number > all_ones);
    uint64_t rest = number - (last_weight & hub_mask64(needs_last));

    return l == bits - 1 ? needs_last : rest >> l & 1;
}

#endif
