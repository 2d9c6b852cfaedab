/* What this machine's processor can do, asked once and handed down. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

enum {
    HUB_CPU_AVX2 = 1U << 0,
    HUB_CPU_AVX512 = 1U << 1,      /* F, BW, DQ, VL */
    HUB_CPU_AVX512_IFMA = 1U << 2, /* and what HUB_CPU_AVX512 says */
    HUB_CPU_AES = 1U << 3,
    HUB_CPU_NEON = 1U << 4
};

unsigned hub_cpu_flags(void);

#endif
