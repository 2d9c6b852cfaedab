/* Words in memory as little-endian bytes, on any machine. */
#ifndef KECCAK_LE_WORDS_INTERNAL_H
#define KECCAK_LE_WORDS_INTERNAL_H

#include <stdint.h>
#include <string.h>

static inline uint64_t hub_load_le64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

#endif
