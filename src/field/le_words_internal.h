/* Words in memory as little-endian bytes, on any machine. */
#ifndef FIELD_LE_WORDS_INTERNAL_H
#define FIELD_LE_WORDS_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void hub_load_le64_array(uint64_t *out, const uint8_t *bytes, size_t n)
{
    memcpy(out, bytes, 8 * n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < n; i++)
        out[i] = __builtin_bswap64(out[i]);
#endif
}

static inline void hub_store_le64_array(uint8_t *out, const uint64_t *v, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < n; i++) {
        uint64_t word = __builtin_bswap64(v[i]);
        memcpy(out + 8 * i, &word, 8);
    }
#else
    memcpy(out, v, 8 * n);
#endif
}

#endif
