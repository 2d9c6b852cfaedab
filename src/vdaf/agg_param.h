/* Aggregation parameters of Poplar1: a level of the tree and the candidate prefixes to count there
 * (VDAF draft-20, section "Poplar1", aggregation parameter). They are public. */
#ifndef VDAF_AGG_PARAM_H
#define VDAF_AGG_PARAM_H

#include "base/bytes.h"

enum { HUB_AGG_PARAM_HEAD_LEN = 6, HUB_AGG_PARAM_BITS_MAX = 1 << 16 };

/* A view into the encoded bytes. Prefixes have level + 1 bits, the first bit highest in the first
 * byte, and zeros behind the last one. */
struct hub_agg_param {
    unsigned level;
    uint32_t n_prefixes;
    size_t prefix_bytes;
    const uint8_t *prefixes; /* n_prefixes rows of prefix_bytes */
};

static inline const uint8_t *hub_agg_param_prefix(const struct hub_agg_param *p, size_t i)
{
    return p->prefixes + i * p->prefix_bytes;
}

/* Bit number bit of packed bits: 0 or 1. */
static inline unsigned hub_prefix_bit(const uint8_t *packed, size_t bit)
{
    return (unsigned)packed[bit / 8] >> (7 - bit % 8) & 1U;
}

/* How many bits a and b have in common at their start, at most n. */
size_t hub_prefix_common_bits(const uint8_t *a, const uint8_t *b, size_t n);

/* HUB_E_DECODE: a short read, bytes left over, bits behind the end of a prefix. */
HUB_MUST_USE hub_status hub_agg_param_decode(struct hub_agg_param *out, hub_span bytes);
/* Appends. level: at most 65535. prefixes: n_prefixes rows as in struct hub_agg_param. */
HUB_MUST_USE hub_status hub_agg_param_encode(struct hub_buf *out, const struct hub_agg_param *p);

/* The rules of the draft's is_valid: for measurements of bits bits the level exists, and prefixes
 * stand in order without repetition. previous, if any, is what the same reports were last
 * aggregated with: then the level is further down, and each prefix continues one of previous. */
bool hub_agg_param_is_valid(const struct hub_agg_param *p, unsigned bits,
                            const struct hub_agg_param *previous);

#endif
