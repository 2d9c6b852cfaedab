/* TurboSHAKE128 (RFC 9861, section 2) for a few messages of one report: sponges in lanes that are
 * permuted together, while each takes and gives what is its own. Those that a permutation finds in
 * the middle of a block would be spoiled, so that all must have used up theirs, or have left. */
#ifndef KECCAK_TURBOSHAKE128_TEAM_H
#define KECCAK_TURBOSHAKE128_TEAM_H

#include "keccak/turboshake128.h"

struct hub_turboshake128_team {
    _Alignas(64) uint64_t state[HUB_KECCAK_WORDS * HUB_KECCAK_LANES_MAX];
    const struct hub_keccak_kernels *kernels;
    unsigned joined;                   /* lanes, as bits */
    unsigned at[HUB_KECCAK_LANES_MAX]; /* bytes of the rate that were used, of lanes that joined */
};

/* Without any lane. kernels must outlive t. */
void hub_turboshake128_team_init(struct hub_turboshake128_team *t,
                                 const struct hub_keccak_kernels *kernels);
/* s goes on in a lane that is free. */
void hub_turboshake128_team_join(struct hub_turboshake128_team *t, unsigned lane,
                                 const struct hub_turboshake128 *s);
void hub_turboshake128_team_leave(struct hub_turboshake128_team *t, unsigned lane);
/* Absorbs as much as the lane's block has room for and returns the number of bytes. */
size_t hub_turboshake128_team_absorb(struct hub_turboshake128_team *t, unsigned lane,
                                     hub_span bytes);
/* As hub_turboshake128_finish. False, and nothing done, if that takes a permutation first. */
HUB_MUST_USE bool hub_turboshake128_team_finish(struct hub_turboshake128_team *t, unsigned lane,
                                                uint8_t domain);
/* Gives at most n words of the lane's block, of which only words were taken, and returns how many.
 */
size_t hub_turboshake128_team_squeeze_words(struct hub_turboshake128_team *t, unsigned lane,
                                            uint64_t *words, size_t n);
void hub_turboshake128_team_permute(struct hub_turboshake128_team *t);

#endif
