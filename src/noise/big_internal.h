/* The sampler in numbers of any size that a seed can ask for: variances that are fractions or
 * beyond what 64-bit arithmetic holds. It is the plain form of the algorithms; the word-sized form
 * in discrete.c is tested against it. */
#ifndef NOISE_BIG_INTERNAL_H
#define NOISE_BIG_INTERNAL_H

#include "noise/stream_internal.h"

#include <gmp.h>

enum {
    HUB_BIG_INPUT_BITS = 192, /* of the variance's numerator and denominator */
    HUB_BIG_BITS = 1280       /* room that no number of the sampler outgrows, see big.c */
};

enum hub_big_number {
    BIG_A, /* variance = a / b in lowest terms */
    BIG_B,
    BIG_T,   /* floor(sqrt(a / b)) + 1, the scale of the proposals */
    BIG_Y,   /* a proposal's absolute value */
    BIG_U,   /* its part below t */
    BIG_NUM, /* of an exponent */
    BIG_DEN,
    BIG_FLOOR, /* of an exponent, counted down */
    BIG_P,     /* a chance p / q in lowest terms */
    BIG_Q,
    BIG_DRAW,
    BIG_ONE,
    HUB_N_BIG
};

/* All storage is taken at once and never grows, so that wiping it wipes every value; libgmp's
 * allocation functions, which are process-wide, stay as they are. */
struct hub_big {
    mpz_t n[HUB_N_BIG];
};

void hub_big_init(struct hub_big *big);
void hub_big_wipe(struct hub_big *big);
/* Variance a / b, b > 0, a > 0. HUB_E_ARGUMENT if either is 0 or wider than HUB_BIG_INPUT_BITS. */
HUB_MUST_USE hub_status hub_big_set_variance(struct hub_big *big, const mpz_t a, const mpz_t b);
/* One draw; out wants the caller's wiping. s->failed tells a stream that is none. */
void hub_big_gaussian(struct hub_big *big, mpz_t out, struct hub_noise_stream *s);
/* One draw of scale num / den (not 0, at most 32 bits each). */
void hub_big_laplace(struct hub_big *big, mpz_t out, uint64_t num, uint64_t den,
                     struct hub_noise_stream *s);
/* The decision on a proposal of absolute value y under the variance that was set. */
bool hub_big_accept(struct hub_big *big, uint64_t y, struct hub_noise_stream *s);

#endif
