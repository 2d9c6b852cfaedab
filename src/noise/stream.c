/* The words that samplers draw from. The seed is bound by length 32, dst and binder are empty. */
#include "noise/stream_internal.h"

void hub_noise_stream_init(struct hub_noise_stream *s, const uint8_t seed[HUB_NOISE_SEED_LEN])
{
    hub_xof_init(&s->xof, hub_span_of(seed, HUB_NOISE_SEED_LEN), HUB_SPAN_EMPTY, HUB_SPAN_EMPTY);
    s->at = 2 * HUB_NOISE_BLOCK;
    s->consumed = 0;
    s->failed = false;
}

void hub_noise_stream_refill(struct hub_noise_stream *s)
{
    hub_xof_squeeze_words(&s->xof, s->block, HUB_NOISE_BLOCK);
    s->at = 0;
}

void hub_noise_stream_wipe(struct hub_noise_stream *s)
{
    hub_xof_wipe(&s->xof);
    hub_wipe(s, sizeof(*s));
}
