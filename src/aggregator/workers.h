/* Threads that take tasks from one queue, in order. Each thread has a place of its own for what a
 * worker keeps (keys, contexts, memory), made by a function when it starts. */
#ifndef AGGREGATOR_WORKERS_H
#define AGGREGATOR_WORKERS_H

#include "base/bytes.h"

/* Embedded in what is to be done; the run function owns it from then on. */
struct hub_work {
    void (*run)(struct hub_work *work, void *worker);
    struct hub_work *next;
};

struct hub_workers;

struct hub_workers_config {
    unsigned n_threads;
    size_t n_waiting_max; /* beyond it hub_workers_submit is HUB_E_BUSY; 0: no limit */
    /* A worker's own place; both may be NULL. make runs in hub_workers_new, for each thread. */
    hub_status (*make)(void **worker, void *self);
    void (*drop)(void *worker);
    void *self;
};

HUB_MUST_USE hub_status hub_workers_new(struct hub_workers **out,
                                        const struct hub_workers_config *config);
/* HUB_E_BUSY: the queue is full, or the workers are stopping; then nothing was taken. */
HUB_MUST_USE hub_status hub_workers_submit(struct hub_workers *w, struct hub_work *work);
/* Waiting and being done. */
size_t hub_workers_count(struct hub_workers *w);
/* Takes nothing new, does what is queued, then ends the threads. Takes NULL. */
void hub_workers_free(struct hub_workers *w);

#endif
