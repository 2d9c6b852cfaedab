/* The words that samplers draw from: XofTurboShake128 of a seed, 32 bits at a time, counted. */
#ifndef NOISE_STREAM_INTERNAL_H
#define NOISE_STREAM_INTERNAL_H

#include "noise/discrete.h"
#include "xof/turboshake.h"

enum { HUB_NOISE_BLOCK = 21 }; /* 64-bit words of one squeeze: the rate of the sponge */

struct hub_noise_stream {
    struct hub_xof xof;
    uint64_t block[HUB_NOISE_BLOCK];
    unsigned at;       /* next 32-bit word in block */
    uint64_t consumed; /* bytes */
    bool failed;       /* sticky: the stream was no randomness; samples are worthless */
};

void hub_noise_stream_init(struct hub_noise_stream *s, const uint8_t seed[HUB_NOISE_SEED_LEN]);
void hub_noise_stream_refill(struct hub_noise_stream *s);
void hub_noise_stream_wipe(struct hub_noise_stream *s);

static inline uint32_t hub_noise_stream_word(struct hub_noise_stream *s)
{
    if (s->at == 2 * HUB_NOISE_BLOCK)
        hub_noise_stream_refill(s);
    const uint64_t pair = s->block[s->at / 2];
    const uint32_t word = (uint32_t)(s->at % 2 == 0 ? pair : pair >> 32);

    s->at++;
    s->consumed += 4;
    return word;
}

#endif
