/* Numbers that follow from a seed alone (splitmix64): a case is played again by its seed. */
#ifndef DIFFERENTIAL_DICE_H
#define DIFFERENTIAL_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_u64(struct dice *d)
{
    uint64_t x = d->state += 0x9e3779b97f4a7c15U;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

/* 0 to n - 1; n at least 1. Even enough for a fuzzer. */
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
    return dice_u64(d) % n;
}

static inline bool dice_one_in(struct dice *d, uint64_t n)
{
    return dice_below(d, n) == 0;
}

/* A number of up to bits bits (1 to 64), each length as likely as the others. */
static inline uint64_t dice_number(struct dice *d, unsigned bits)
{
    return dice_u64(d) >> (64 - 1 - dice_below(d, bits));
}

static inline void dice_fill(struct dice *d, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)dice_u64(d);
}

#endif
