/* The tier of the permutation that a processor can run. */
#include "keccak/keccak_internal.h"

#include "base/cpu.h"

void hub_keccak_kernels_init(struct hub_keccak_kernels *k, unsigned cpu)
{
    *k = (struct hub_keccak_kernels){"c", 1, hub_keccak_p1600_12_c, NULL, &hub_lane_moves_x1};
#ifdef HUB_HAS_AVX
    if ((cpu & HUB_CPU_AVX2) != 0)
        *k = (struct hub_keccak_kernels){"avx2", 4, hub_keccak_p1600_12_x4_avx2,
                                         hub_keccak_p1600_12_two_x4_avx2, &hub_lane_moves_x4};
    if ((cpu & HUB_CPU_AVX512) != 0)
        *k = (struct hub_keccak_kernels){"avx512", 8, hub_keccak_p1600_12_x8_avx512, NULL,
                                         &hub_lane_moves_x8};
#endif
#ifdef HUB_HAS_NEON
    if ((cpu & HUB_CPU_NEON) != 0)
        *k = (struct hub_keccak_kernels){"neon", 2, hub_keccak_p1600_12_x2_neon, NULL,
                                         &hub_lane_moves_x2};
#endif
    (void)cpu;
}

void hub_keccak_kernels_init_few(struct hub_keccak_kernels *k, unsigned cpu)
{
    hub_keccak_kernels_init(k, cpu & ~(unsigned)HUB_CPU_AVX512);
#ifdef HUB_HAS_AVX
    if ((cpu & HUB_CPU_AVX512) != 0)
        *k = (struct hub_keccak_kernels){"avx512", 4, hub_keccak_p1600_12_x4_avx512, NULL,
                                         &hub_lane_moves_x4};
#endif
}
