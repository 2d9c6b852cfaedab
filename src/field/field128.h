/* Field128: integers mod p = 2^128 - 28 * 2^64 + 1 (VDAF draft-20, section "NTT-friendly fields").
 * Elements are two words in plain binary, so that squeezed words are elements as they stand. */
#ifndef FIELD_FIELD128_H
#define FIELD_FIELD128_H

#include "base/bytes.h"

typedef struct hub_fe128 {
    uint64_t lo;
    uint64_t hi;
} hub_fe128;

#define HUB_FIELD128_P ((hub_fe128){1U, 0xffffffffffffffe4U})

enum { HUB_FIELD128_BYTES = 16, HUB_FIELD128_LOG_ROOTS = 66 };

#endif
