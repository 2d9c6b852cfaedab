/* CPU features. */
#include "base/cpu.h"

unsigned hub_cpu_flags(void)
{
    unsigned flags = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        flags |= HUB_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        flags |= HUB_CPU_AVX512;
        if (__builtin_cpu_supports("avx512ifma"))
            flags |= HUB_CPU_AVX512_IFMA;
    }
    if (__builtin_cpu_supports("aes"))
        flags |= HUB_CPU_AES;
#elif defined(__aarch64__)
    flags |= HUB_CPU_NEON;
#endif
    return flags;
}
