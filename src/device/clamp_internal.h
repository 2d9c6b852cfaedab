/* From what a program measured to what the task can count, in constant time: no branch and no index
 * depends on the values. */
#ifndef DEVICE_CLAMP_INTERNAL_H
#define DEVICE_CLAMP_INTERNAL_H

#include "base/bytes.h"
#include "hubbub/vdaf.h"

/* Number of values of one measurement. */
size_t hub_device_n_values(const struct hub_vdaf_params *v);
/* Sets each of the n values to the nearest in range (for Multihot, what exceeds the weight is
 * dropped from the end). *clamped: anything was changed. *active: the result is not the neutral
 * one. Both are 0 or 1. */
void hub_device_clamp(const struct hub_vdaf_params *v, uint64_t *values, size_t n,
                      uint64_t *clamped, uint64_t *active);
/* Turns the values into the neutral measurement where choice is 1, keeps them where it is 0. */
void hub_device_neutralise(const struct hub_vdaf_params *v, uint64_t *values, size_t n,
                           uint64_t choice);

/* 1 if a < b, else 0. */
static inline uint64_t hub_ct_less(uint64_t a, uint64_t b)
{
    return (a ^ ((a ^ b) | ((a - b) ^ b))) >> 63;
}
/* 1 if a is not 0, else 0. */
static inline uint64_t hub_ct_is_nonzero(uint64_t a)
{
    return (a | (0 - a)) >> 63;
}
/* choice 1: a, choice 0: b. */
static inline uint64_t hub_ct_select(uint64_t choice, uint64_t a, uint64_t b)
{
    return b ^ ((0 - choice) & (a ^ b));
}

#endif
