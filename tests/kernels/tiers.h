/* The tiers that this machine can run, each as the processor's flags that choose it. */
#ifndef KERNELS_TIERS_H
#define KERNELS_TIERS_H

#include "base/cpu.h"

#include <stddef.h>

static const unsigned tier_flags[] = {
    0,
    HUB_CPU_AVX2,
    HUB_CPU_AVX2 | HUB_CPU_AVX512,
    HUB_CPU_AVX2 | HUB_CPU_AVX512 | HUB_CPU_AVX512_IFMA,
    HUB_CPU_NEON,
};
enum { N_TIERS = sizeof(tier_flags) / sizeof(tier_flags[0]) };

static inline int tier_runs_here(size_t tier)
{
    return (tier_flags[tier] & ~hub_cpu_flags()) == 0;
}

#endif
