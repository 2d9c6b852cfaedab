/* The system's clocks. */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t system_now_s(void *self)
{
    (void)self;
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec;
}

struct hub_clock hub_system_clock(void)
{
    return (struct hub_clock){system_now_s, NULL};
}

uint64_t hub_monotonic_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
