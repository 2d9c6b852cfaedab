/* Chance is an argument, so that vectors and replays need no tricks. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/status.h"

#include <stdint.h>

struct hub_rng {
    /* Fills n bytes. HUB_E_RANDOM; then nothing of out may be used. */
    hub_status (*fill)(void *self, uint8_t *out, size_t n);
    void *self;
};

HUB_MUST_USE static inline hub_status hub_rng_fill(const struct hub_rng *rng, uint8_t *out,
                                                   size_t n)
{
    return rng->fill(rng->self, out, n);
}

#endif
