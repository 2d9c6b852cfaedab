/* Conditions timed by CLOCK_MONOTONIC. */
#include "base/wait.h"

#include <stdbool.h>

hub_status hub_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0)
        return HUB_E_MEMORY;
    const bool done = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                      pthread_cond_init(cond, &attr) == 0;
    (void)pthread_condattr_destroy(&attr);
    return done ? HUB_OK : HUB_E_MEMORY;
}

struct timespec hub_in_us(uint64_t us)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(us / 1000000);
    t.tv_nsec += (long)(us % 1000000) * 1000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}
