/* XofTurboShake128 (VDAF draft-20, section "XofTurboShake128"): a stream of bytes or of field
 * elements from a seed, a domain separation tag and a binder. */
#ifndef XOF_TURBOSHAKE_H
#define XOF_TURBOSHAKE_H

#include "base/bytes.h"
#include "field/field128.h"
#include "keccak/turboshake128.h"

enum { HUB_XOF_SEED_LEN = 32 };

/* Absorb the binder in as many pieces as it comes, then take output: the first output ends the
 * binder. It holds what its seed holds: wipe it after secret seeds. */
struct hub_xof {
    struct hub_turboshake128 sponge;
    bool squeezing;
};

/* The tag is dst followed by context, so that neither is copied: together at most 65535 bytes.
 * seed: at most 255 bytes; VDAFs use 32. Any span may be empty. */
void hub_xof_init(struct hub_xof *x, hub_span seed, hub_span dst, hub_span context);
/* The same up to the seed, of seed_len bytes, which is then absorbed before the binder: for many
 * streams that begin alike. */
void hub_xof_begin(struct hub_xof *x, size_t seed_len, hub_span dst, hub_span context);
/* More of the binder; only before the first output. */
void hub_xof_absorb(struct hub_xof *x, hub_span binder);
/* The next n bytes of the stream. */
void hub_xof_squeeze(struct hub_xof *x, uint8_t *out, size_t n);
/* The next 8 n bytes of the stream as n little-endian words. */
void hub_xof_squeeze_words(struct hub_xof *x, uint64_t *out, size_t n);
/* The next n elements of a field, each below p: words at or above p are skipped, as the draft's
 * next_vec does. Constant time but for that skip, which comes with probability 2^-32 (Field64) or
 * 2^-59 (Field128) an element and tells nothing of the elements that are kept. */
void hub_xof_next_field64(struct hub_xof *x, uint64_t *out, size_t n);
void hub_xof_next_field128(struct hub_xof *x, hub_fe128 *out, size_t n);
void hub_xof_wipe(struct hub_xof *x);

#endif
