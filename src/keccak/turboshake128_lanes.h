/* TurboSHAKE128 (RFC 9861, section 2) for as many messages at once as the tier has lanes, all of
 * one length, so that they stay in step. Words in lanes stand as the states do: word i of lane l at
 * index i * lanes + l. */
#ifndef KECCAK_TURBOSHAKE128_LANES_H
#define KECCAK_TURBOSHAKE128_LANES_H

#include "keccak/turboshake128.h"

struct hub_turboshake128_lanes {
    _Alignas(64) uint64_t state[HUB_KECCAK_WORDS * HUB_KECCAK_LANES_MAX];
    const struct hub_keccak_kernels *kernels;
    unsigned at; /* bytes of the rate that were used, 0 to 168, the same in all lanes */
};

void hub_turboshake128_lanes_init(struct hub_turboshake128_lanes *s,
                                  const struct hub_keccak_kernels *kernels);
/* All lanes go on from where one message stands that is not finished. */
void hub_turboshake128_lanes_spread(struct hub_turboshake128_lanes *s,
                                    const struct hub_keccak_kernels *kernels,
                                    const struct hub_turboshake128 *one);
/* The same bytes in all lanes. */
void hub_turboshake128_lanes_absorb(struct hub_turboshake128_lanes *s, hub_span bytes);
/* n bytes in each lane: those at bytes[l] in lane l. */
void hub_turboshake128_lanes_absorb_each(struct hub_turboshake128_lanes *s,
                                         const uint8_t *const *bytes, size_t n);
/* n words in each lane, as little-endian bytes. */
void hub_turboshake128_lanes_absorb_words(struct hub_turboshake128_lanes *s, const uint64_t *words,
                                          size_t n);
void hub_turboshake128_lanes_finish(struct hub_turboshake128_lanes *s, uint8_t domain);
/* The next n words of each lane; only words were squeezed before. */
void hub_turboshake128_lanes_squeeze_words(struct hub_turboshake128_lanes *s, uint64_t *words,
                                           size_t n);
/* The same, into to as well if there is one, which absorbs them while they are at hand. Returns 1
 * if any word is 2^64 - slack or more, else 0; slack is below 2^63. */
uint64_t hub_turboshake128_lanes_squeeze_below(struct hub_turboshake128_lanes *s, uint64_t *words,
                                               size_t n, uint64_t slack,
                                               struct hub_turboshake128_lanes *to);
/* One lane for itself, from where it stands. */
void hub_turboshake128_lanes_extract(struct hub_turboshake128 *out,
                                     const struct hub_turboshake128_lanes *s, unsigned lane);

#endif
