/* Moments made ahead of the clock by worker threads, taken in order by one. */
#ifndef SIM_FEED_AHEAD_INTERNAL_H
#define SIM_FEED_AHEAD_INTERNAL_H

#include "sim/feed.h"

#include <pthread.h>

struct hub_feed_slot {
    struct hub_feed_moment moment;
    bool is_ready;
};

struct hub_feed_ahead {
    const struct hub_feed *feed;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hub_feed_slot *slots; /* n_ahead of them, a ring */
    size_t next_made;
    size_t next_taken;
    hub_status status; /* of the first maker that failed */
    bool stopped;
    pthread_t threads[HUB_FEED_WORKERS_MAX];
    size_t n_threads;
};

HUB_MUST_USE hub_status hub_feed_ahead_start(struct hub_feed_ahead *a, const struct hub_feed *feed);
/* Waits for the next moment in order; it belongs to the caller, who clears it. */
HUB_MUST_USE hub_status hub_feed_ahead_take(struct hub_feed_ahead *a, struct hub_feed_moment *out);
/* Stops the workers and frees what was not taken. */
void hub_feed_ahead_stop(struct hub_feed_ahead *a);
void hub_feed_moment_clear(struct hub_feed_moment *m);

#endif
