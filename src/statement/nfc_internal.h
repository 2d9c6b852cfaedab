/* Normalization form C (UAX 15), for texts whose bytes are hashed: two statements that look alike
 * must not be two texts. */
#ifndef STATEMENT_NFC_INTERNAL_H
#define STATEMENT_NFC_INTERNAL_H

#include "base/bytes.h"

/* A code point and its canonical decomposition of one step; second is 0 where it is a singleton.
 * Sorted by code point. */
struct hub_nfc_pair {
    uint32_t code;
    uint32_t first;
    uint32_t second;
    uint32_t composes; /* first and second become code again */
};

/* Canonical combining classes other than 0. Sorted. */
struct hub_nfc_class {
    uint32_t first;
    uint32_t last;
    uint32_t ccc;
};

extern const struct hub_nfc_pair hub_nfc_pairs[];
extern const size_t hub_n_nfc_pairs;
extern const struct hub_nfc_class hub_nfc_classes[];
extern const size_t hub_n_nfc_classes;

enum { HUB_NFC_CODES_MAX = 500 };

/* Whether n code points are their own form C. More than HUB_NFC_CODES_MAX are none. */
bool hub_nfc_is_normal(const uint32_t *codes, size_t n);

#endif
