/* XofTurboShake128 for several reports at once: seeds and binders of one length, so that the lanes
 * stay in step. Vectors in lanes: word i of lane l at index i * lanes + l; an element of Field128
 * is two such words, the lower one first. */
#ifndef XOF_TURBOSHAKE_LANES_H
#define XOF_TURBOSHAKE_LANES_H

#include "keccak/turboshake128_lanes.h"
#include "xof/turboshake.h"

/* As struct hub_xof: absorb, then squeeze; wipe it after secret seeds. */
struct hub_xof_lanes {
    struct hub_turboshake128_lanes sponge;
    bool squeezing;
};

/* The tag is dst followed by context. seeds[l], of seed_len bytes, is that of lane l. kernels must
 * outlive x. */
void hub_xof_lanes_init(struct hub_xof_lanes *x, const struct hub_keccak_kernels *kernels,
                        const uint8_t *const *seeds, size_t seed_len, hub_span dst,
                        hub_span context);
/* All lanes go on from a beginning that they share: it may be that of hub_xof_begin, and then the
 * seeds come next, or further on. */
void hub_xof_lanes_begin(struct hub_xof_lanes *x, const struct hub_keccak_kernels *kernels,
                         const struct hub_xof *beginning);
/* More of what is absorbed: the same in all lanes, n bytes from bytes[l] in lane l, or n words a
 * lane. */
void hub_xof_lanes_absorb(struct hub_xof_lanes *x, hub_span binder);
void hub_xof_lanes_absorb_each(struct hub_xof_lanes *x, const uint8_t *const *bytes, size_t n);
void hub_xof_lanes_absorb_words(struct hub_xof_lanes *x, const uint64_t *words, size_t n);
/* The next n words of each lane's stream. */
void hub_xof_lanes_squeeze_words(struct hub_xof_lanes *x, uint64_t *words, size_t n);
/* The next n elements of each lane's stream, as hub_xof_next_field64 and hub_xof_next_field128 give
 * them. The stream ends there: a lane in which words were skipped is ahead of the others. to, if it
 * is not NULL, absorbs them, as hub_xof_lanes_absorb_words would. */
void hub_xof_lanes_last_field64(struct hub_xof_lanes *x, uint64_t *out, size_t n,
                                struct hub_xof_lanes *to);
void hub_xof_lanes_last_field128(struct hub_xof_lanes *x, uint64_t *out, size_t n,
                                 struct hub_xof_lanes *to);
void hub_xof_lanes_wipe(struct hub_xof_lanes *x);

#endif
