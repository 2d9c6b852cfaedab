/* Field128 for several reports at once, one in each 64-bit lane of a vector; for files that are
 * compiled for one tier, whose header is taken here. The names below are the same in all of them,
 * so that what is built on them is written once.
 *
 * An element is N_LIMBS limbs of LIMB_BITS bits, the lowest first, each below 2^LIMB_BITS but the
 * highest, and its value need not be below p: sums of a few are not reduced. A factor is an element
 * times R = 2^156. A product adds up in columns, one for each limb of the result, and is reduced
 * once at the end, by Montgomery's way: elements times factors give elements, factors times factors
 * give factors. Constant time.
 *
 * Vectors in memory are words in lanes as streams give them (xof/turboshake_lanes.h), element i at
 * i * WORDS, or limbs, element i at i * LIMBS; tables that all lanes share have N_LIMBS words an
 * element. A build with -Dverify=true checks the ranges. */
#ifndef FIELD_FIELD128_LANES_H
#define FIELD_FIELD128_LANES_H

#ifdef __AVX512IFMA__
#include "field/field128_lanes52.h"
#else
#include "field/field128_lanes26.h"
#endif

/* The lanes, WORDS and LIMBS of an element in memory:
 *   HUB_LANES128, HUB_LANES128_WORDS, HUB_LANES128_LIMBS, HUB_LANES128_N_LIMBS
 * and how many products, or elements, columns hold before they must be settled:
 *   HUB_LANES128_PRODUCTS
 * and of how many sums of products the registers hold the columns at once:
 *   HUB_LANES128_SUMS
 *
 * hub_lanes128 hub_lanes128_load_words(const uint64_t *words);
 * hub_lanes128 hub_lanes128_load(const uint64_t *limbs);
 * void hub_lanes128_store(uint64_t *limbs, hub_lanes128 a);
 * hub_lanes128 hub_lanes128_set(const uint64_t *limbs);     the same in all lanes
 * void hub_lanes128_store_words(uint64_t *words, hub_lanes128 a);    below p, for a below 2p
 * unsigned hub_lanes128_equal(hub_lanes128 a, hub_lanes128 b);    of bits; both below 2p
 *
 * hub_lanes128 hub_lanes128_add(hub_lanes128 a, hub_lanes128 b);
 * hub_lanes128 hub_lanes128_sub(hub_lanes128 a, hub_lanes128 b);   a - b + 2p, for b up to 2p
 * hub_lanes128 hub_lanes128_twice_plus(hub_lanes128 a, hub_lanes128 b);   2a + b, not carried
 * hub_lanes128 hub_lanes128_carried(hub_lanes128 a);   after up to 8 of these
 * hub_lanes128 hub_lanes128_mul(hub_lanes128 a, hub_lanes128 b);
 *
 * void hub_lanes128_mac(hub_lanes128_acc *acc, hub_lanes128 a, hub_lanes128 b);   acc += a b
 * void hub_lanes128_acc_add(hub_lanes128_acc *acc, hub_lanes128 a);  as a number, not reduced
 * void hub_lanes128_settle(hub_lanes128_acc *acc);   makes room in the columns again
 * hub_lanes128 hub_lanes128_reduce(hub_lanes128_acc acc);   acc / R mod p, from 0 to p + 2^127
 * hub_lanes128 hub_lanes128_acc_sum(hub_lanes128_acc acc);   of elements alone, as one factor
 */

#endif
