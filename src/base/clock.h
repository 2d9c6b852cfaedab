/* The one clock. Every room takes its time from a clock that is passed in; installed programs are
 * linked with the system clock only. Leases, timeouts, Retry-After and TLS use hub_monotonic_ms. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct hub_clock {
    uint64_t (*now_s)(void *self); /* POSIX seconds, UTC */
    void *self;
};

static inline uint64_t hub_now_s(const struct hub_clock *clock)
{
    return clock->now_s(clock->self);
}

/* The machine's time of day. */
struct hub_clock hub_system_clock(void);
/* Milliseconds that only grow; for durations. */
uint64_t hub_monotonic_ms(void);

#endif
