/* The machine's randomness. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/rng.h"

/* getrandom(2): blocks only before the kernel's pool is first filled. For any thread. */
struct hub_rng hub_system_rng(void);

#endif
