/* Feeds a city's reports to a leader on a stepped clock. Worker threads make the requests of coming
 * moments ahead of time; one thread moves the clock to the next moment, sends what is due, and
 * moves on when every request has its final answer. */
#ifndef SIM_FEED_H
#define SIM_FEED_H

#include "base/clock.h"
#include "sim/maker.h"

#include <stdatomic.h>

enum { HUB_FEED_WORKERS_MAX = 16, HUB_FEED_GROUPS_MAX = 16 };

/* What is due at one moment. */
struct hub_feed_moment {
    uint64_t at_s;
    struct hub_parcel *parcels; /* heap; the feed frees it */
    size_t n_parcels;
    size_t n_first; /* the first ones are sent together; when they are answered, the others */
};

/* How the requests of a group ended, in reports. */
struct hub_feed_counts {
    uint64_t sent;  /* requests' reports, each once, however often retried */
    uint64_t taken; /* acknowledged at upload */
    uint64_t by_error[HUB_N_REPORT_ERRORS]; /* refused at upload */
    uint64_t malformed;                     /* refused at upload as no message */
    uint64_t by_kind[HUB_N_PARCEL_KINDS];   /* sent of each kind */
    uint64_t unexpected; /* good ones refused, bad ones taken that upload must refuse */
    uint64_t retries;    /* requests sent again after 5xx or a broken connection */
};

struct hub_feed {
    size_t n_moments;
    size_t n_workers;
    size_t n_ahead; /* moments made and not yet sent, at most */
    /* Fills the moment; called once for each, in any order, by n_workers threads at once. worker is
     * the thread's number. */
    hub_status (*make)(void *self, size_t worker, size_t moment, struct hub_feed_moment *out);
    /* Moves the clock on; not called with an earlier time than before. */
    void (*advance)(void *self, uint64_t now_s);
    /* After all of the moment's requests are answered. HUB_OK goes on. */
    hub_status (*done)(void *self, size_t moment);
    void *self;
    const atomic_bool *stop; /* set from a signal handler: ends before the next moment */
    const char *ca_file;     /* NULL: the system's */
};

/* Runs to the end of the moments or to stop. HUB_E_NETWORK: a request found no answer in five
 * minutes. counts has HUB_FEED_GROUPS_MAX places, one a group, and tells at any time how far it
 * came. */
HUB_MUST_USE hub_status hub_feed_run(const struct hub_feed *feed, struct hub_feed_counts *counts,
                                     struct hub_why *why);

#endif
