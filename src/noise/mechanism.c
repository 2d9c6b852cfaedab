/* The mechanism of every statement: one fresh seed for each vector of noise. */
#include "noise/mechanism.h"

#include "base/bytes.h"

static hub_status sample(const struct hub_mechanism *self, int64_t *out, size_t n, uint64_t sigma2,
                         const struct hub_rng *rng)
{
    uint8_t seed[HUB_NOISE_SEED_LEN];

    (void)self;
    if (n == 0)
        return HUB_E_ARGUMENT;
    hub_status status = hub_rng_fill(rng, seed, sizeof(seed));
    if (status == HUB_OK)
        status = hub_discrete_gaussian(out, n, sigma2, seed, NULL);
    hub_wipe(seed, sizeof(seed));
    return status;
}

const struct hub_mechanism *hub_mechanism_discrete_gaussian(void)
{
    static const struct hub_mechanism mechanism = {"discrete-gaussian", sample};

    return &mechanism;
}
