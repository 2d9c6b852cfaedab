/* The demo's devices at work: what is due when, made by real sharding and sealing, with a bad
 * report now and then on purpose. */
#ifndef DEMO_SENDER_H
#define DEMO_SENDER_H

#include "demo/ceremony.h"
#include "sim/feed.h"
#include "sim/stepped_clock.h"

enum {
    DEMO_DUE_AFTER_S = 60, /* devices report this long after their window has ended */
    DEMO_REPORTS_A_REQUEST = 100
};

/* One window of one measure. */
struct demo_moment {
    uint64_t at_s;
    unsigned measure;
    unsigned window;
    unsigned task; /* in the list of tasks */
};

struct demo_sender {
    const struct demo_city *city;
    const struct demo_tasks *tasks;
    struct demo_moment *moments; /* in the order of time */
    size_t n_moments;
    struct hub_vdaf *vdafs[DEMO_N_MEASURES];
    char (*urls)[HUB_TASK_URL_MAX + 128]; /* one a task: where its reports go */
    struct hub_hpke_config leader_key;
    struct hub_hpke_config helper_key;
    struct hub_rng rng;
    struct hub_maker *(*makers)[DEMO_N_MEASURES * DEMO_TASKS_MAX]; /* a row a worker */
    size_t n_workers;
};

/* Orders the moments, makes the circuits, and fetches both operators' keys. */
HUB_MUST_USE hub_status demo_sender_init(struct demo_sender *s, const struct demo_city *city,
                                         const struct demo_tasks *tasks, size_t n_workers,
                                         struct hub_why *why);
void demo_sender_clear(struct demo_sender *s);
/* For struct hub_feed: the requests of a moment. */
HUB_MUST_USE hub_status demo_sender_make(struct demo_sender *s, size_t worker, size_t moment,
                                         struct hub_feed_moment *out);

#endif
