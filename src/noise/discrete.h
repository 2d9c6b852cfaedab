/* Exact samplers of discrete laws from a seed (Canonne, Kamath, Steinke: The Discrete Gaussian for
 * Differential Privacy, Algorithms 1 to 3). The stream is XofTurboShake128(seed) with empty dst and
 * binder; the order in which its bytes are used is fixed, so equal seeds give equal samples on
 * every machine and agree with libprio-rs. No floating point. Time depends on the samples. */
#ifndef NOISE_DISCRETE_H
#define NOISE_DISCRETE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { HUB_NOISE_SEED_LEN = 32 };

/* Draws stay far inside int64_t: it would take one 2^32 standard deviations away to leave it. */
#define HUB_NOISE_SIGMA2_MAX ((uint64_t)1 << 62)

/* n draws from P(x) ~ exp(-x^2 / (2 sigma2)), 0 < sigma2 <= HUB_NOISE_SIGMA2_MAX. consumed, if not
 * NULL: bytes of the stream used. HUB_E_ARGUMENT: out is untouched. HUB_E_RANDOM: the stream
 * behaved as no random stream does; every place of out is INT64_MIN, so that nobody takes it for
 * noise. */
HUB_MUST_USE hub_status hub_discrete_gaussian(int64_t *out, size_t n, uint64_t sigma2,
                                              const uint8_t seed[HUB_NOISE_SEED_LEN],
                                              uint64_t *consumed);
/* n draws from P(x) ~ exp(-|x| / scale), scale = num / den, both from 1 to 2^31. The inner step of
 * the Gaussian, for tests and interoperation. */
HUB_MUST_USE hub_status hub_discrete_laplace(int64_t *out, size_t n, uint64_t scale_num,
                                             uint64_t scale_den,
                                             const uint8_t seed[HUB_NOISE_SEED_LEN],
                                             uint64_t *consumed);

#endif
