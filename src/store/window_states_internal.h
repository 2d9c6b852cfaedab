/* The windows of a task that are not open, in memory: an array by window. Collections come in the
 * order of time, so most additions go to its end. */
#ifndef STORE_WINDOW_STATES_INTERNAL_H
#define STORE_WINDOW_STATES_INTERNAL_H

#include "store/bucket.h"

struct hub_window_state {
    uint64_t window;
    enum hub_store_bucket_state state; /* never open */
};

/* Zeroed is empty. */
struct hub_window_states {
    struct hub_window_state *items;
    size_t n;
    size_t cap;
};

enum hub_store_bucket_state hub_window_states_get(const struct hub_window_states *s,
                                                  uint64_t window);
/* HUB_STORE_BUCKET_OPEN takes the window out, which can't fail. HUB_E_MEMORY. */
hub_status hub_window_states_set(struct hub_window_states *s, uint64_t window,
                                 enum hub_store_bucket_state state);
void hub_window_states_clear(struct hub_window_states *s);

#endif
