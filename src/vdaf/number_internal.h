/* Numbers in a range as zeros and ones, of which every combination is in the range: the weights are
 * 1, 2, 4, ..., and a last one that makes their sum the largest number (VDAF draft-20, section
 * "Range-checked integers"). */
#ifndef VDAF_NUMBER_INTERNAL_H
#define VDAF_NUMBER_INTERNAL_H

#include "base/declassify.h"
#include "base/mask.h"
#include "vdaf/vdaf.h"

/* Bits of max, which is not 0. */
static inline unsigned hub_number_bits(uint64_t max)
{
    return 64 - (unsigned)__builtin_clzll(max);
}

static inline uint64_t hub_number_last_weight(uint64_t max)
{
    return max - ((UINT64_C(1) << (hub_number_bits(max) - 1)) - 1);
}

/* HUB_E_MEASUREMENT if it is above max. Constant time in number, but for what the status says. */
HUB_MUST_USE static inline hub_status hub_number_check(uint64_t number, uint64_t max)
{
    uint64_t out_of_range = (uint64_t)(number > max);

    hub_declassify(&out_of_range, sizeof(out_of_range));
    return out_of_range == 0 ? HUB_OK : HUB_E_MEASUREMENT;
}

/* The same for a vector, which must have length numbers. */
HUB_MUST_USE static inline hub_status hub_numbers_check(const struct hub_measurement *measurement,
                                                        size_t length, uint64_t max)
{
    uint64_t out_of_range = 0;

    if (measurement->n != length)
        return HUB_E_MEASUREMENT;
    for (size_t i = 0; i < length; i++)
        out_of_range |= (uint64_t)(measurement->vector[i] > max);
    hub_declassify(&out_of_range, sizeof(out_of_range));
    return out_of_range == 0 ? HUB_OK : HUB_E_MEASUREMENT;
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
