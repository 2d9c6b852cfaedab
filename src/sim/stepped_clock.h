/* The demo's clock: one page shared by its processes that the simulator alone advances. The others
 * map it read-only. Only for the demo and for tests; installed programs have the system clock. */
#ifndef SIM_STEPPED_CLOCK_H
#define SIM_STEPPED_CLOCK_H

#include "base/clock.h"
#include "base/status.h"

#include <stdbool.h>

struct hub_stepped_clock {
    void *page; /* NULL: closed */
};

/* Makes the file and the page; the clock stands at now_s. */
HUB_MUST_USE hub_status hub_stepped_clock_make(struct hub_stepped_clock *c, const char *path,
                                               uint64_t now_s, struct hub_why *why);
/* Maps it for reading. */
HUB_MUST_USE hub_status hub_stepped_clock_open(struct hub_stepped_clock *c, const char *path,
                                               struct hub_why *why);
void hub_stepped_clock_close(struct hub_stepped_clock *c);
/* Moves on to now_s; only by who made it. The clock never goes back: an earlier time is ignored. */
void hub_stepped_clock_advance(struct hub_stepped_clock *c, uint64_t now_s);
/* The clock to hand down; valid until close. */
struct hub_clock hub_stepped_clock_of(struct hub_stepped_clock *c);

#endif
