/* The law that noise is drawn from, passed in where noise is used. The library has the discrete
 * Gaussian only; whatever else exists lives in tests/mechanisms and is linked into test programs.
 */
#ifndef NOISE_MECHANISM_H
#define NOISE_MECHANISM_H

#include "base/rng.h"
#include "noise/discrete.h"

#include <stddef.h>
#include <stdint.h>

struct hub_mechanism {
    const char *name; /* as the privacy statement says it */
    /* out: n independent draws of parameter sigma2, written only on success. Takes one seed of 32
     * bytes from rng, wiped afterwards. HUB_E_RANDOM if rng fails: then there is no noise, and
     * nothing may go on without it. HUB_E_ARGUMENT: sigma2 is 0 or beyond
     * HUB_NOISE_SIGMA2_MAX, or n is 0. */
    hub_status (*sample)(const struct hub_mechanism *self, int64_t *out, size_t n, uint64_t sigma2,
                         const struct hub_rng *rng);
};

/* The discrete Gaussian, exact in integers (privacy statement: "discrete-gaussian"). */
const struct hub_mechanism *hub_mechanism_discrete_gaussian(void);

HUB_MUST_USE static inline hub_status hub_mechanism_sample(const struct hub_mechanism *m,
                                                           int64_t *out, size_t n, uint64_t sigma2,
                                                           const struct hub_rng *rng)
{
    return m->sample(m, out, n, sigma2, rng);
}

#endif
