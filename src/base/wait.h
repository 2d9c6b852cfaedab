/* Waits that end, by the clock that only grows: whoever sets the time of day makes none of them
 * longer or shorter. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include "hubbub/status.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A condition whose waits are timed by that clock. */
HUB_MUST_USE hub_status hub_cond_init(pthread_cond_t *cond);
/* So many microseconds from now, for pthread_cond_timedwait on such a condition. */
struct timespec hub_in_us(uint64_t us);

#endif
