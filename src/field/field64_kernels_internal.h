/* The tiers of the kernels over Field64. */
#ifndef FIELD_FIELD64_KERNELS_INTERNAL_H
#define FIELD_FIELD64_KERNELS_INTERNAL_H

#include "field/field64_kernels.h"

#ifdef HUB_HAS_AVX
extern const struct hub_field64_kernels hub_field64_kernels_avx2;
extern const struct hub_field64_kernels hub_field64_kernels_avx512;
#endif
#ifdef HUB_HAS_NEON
extern const struct hub_field64_kernels hub_field64_kernels_neon;
#endif

#endif
