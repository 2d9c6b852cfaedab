/* TurboSHAKE128 (RFC 9861, section 2): absorb any bytes, finish once, then squeeze any number. */
#ifndef KECCAK_TURBOSHAKE128_H
#define KECCAK_TURBOSHAKE128_H

#include "base/bytes.h"
#include "keccak/keccak.h"

enum {
    HUB_TURBOSHAKE128_RATE = 168, /* bytes of the state that take and give data */
    HUB_TURBOSHAKE128_WORDS = 21
};

struct hub_turboshake128 {
    uint64_t state[HUB_KECCAK_WORDS];
    unsigned at; /* bytes of the rate that were used, 0 to 168 */
};

void hub_turboshake128_init(struct hub_turboshake128 *s);
void hub_turboshake128_absorb(struct hub_turboshake128 *s, hub_span bytes);
/* Ends the message; domain is 0x01 to 0x7f. Afterwards the sponge only squeezes. */
void hub_turboshake128_finish(struct hub_turboshake128 *s, uint8_t domain);
void hub_turboshake128_squeeze(struct hub_turboshake128 *s, uint8_t *out, size_t n);
/* The next 8 * n bytes of the stream as little-endian words. */
void hub_turboshake128_squeeze_words(struct hub_turboshake128 *s, uint64_t *out, size_t n);

#endif
