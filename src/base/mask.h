/* Choosing without branching. Compilers turn masks back into branches where they see that a bit is
 * 0 or 1; the empty assembly hides it from them. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdint.h>

/* All ones for 1, zero for 0. */
static inline uint64_t hub_mask64(uint64_t bit)
{
    __asm__("" : "+r"(bit));
    return 0 - bit;
}

#endif
