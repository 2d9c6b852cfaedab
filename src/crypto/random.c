/* Randomness from the kernel. */
#include "crypto/random.h"

#include <errno.h>
#include <sys/random.h>

static hub_status fill(void *self, uint8_t *out, size_t n)
{
    (void)self;
    while (n != 0) {
        const ssize_t got = getrandom(out, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return HUB_E_RANDOM;
        out += got;
        n -= (size_t)got;
    }
    return HUB_OK;
}

struct hub_rng hub_system_rng(void)
{
    return (struct hub_rng){fill, NULL};
}
