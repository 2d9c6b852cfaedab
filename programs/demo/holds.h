/* What each operator held for a taxi window, for the demo's story: two numbers that say nothing by
 * themselves. Only the collector sees both, so its process writes them down. */
#ifndef DEMO_HOLDS_H
#define DEMO_HOLDS_H

#include "collector/result.h"

struct demo_holds {
    char path[512];
    uint64_t written_ms; /* 0: not yet */
};

/* A hub_collection_watch; self is a struct demo_holds. */
void demo_holds_watch(void *self, const struct hub_task *task,
                      const struct hub_collection *collection, hub_span leader_share,
                      hub_span helper_share);

#endif
