/* Windows that are not open. */
#include "store/window_states_internal.h"

#include <stdlib.h>

/* The first item that is not before the window. */
static size_t find(const struct hub_window_states *s, uint64_t window)
{
    size_t low = 0;
    size_t high = s->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->items[middle].window < window)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum hub_store_bucket_state hub_window_states_get(const struct hub_window_states *s,
                                                  uint64_t window)
{
    const size_t at = find(s, window);
    return at < s->n && s->items[at].window == window ? s->items[at].state : HUB_STORE_BUCKET_OPEN;
}

static hub_status make_room(struct hub_window_states *s)
{
    if (s->n < s->cap)
        return HUB_OK;
    const size_t cap = s->cap == 0 ? 64 : s->cap * 2;
    struct hub_window_state *const items = reallocarray(s->items, cap, sizeof(*items));
    if (items == NULL)
        return HUB_E_MEMORY;
    s->items = items;
    s->cap = cap;
    return HUB_OK;
}

hub_status hub_window_states_set(struct hub_window_states *s, uint64_t window,
                                 enum hub_store_bucket_state state)
{
    const size_t at = find(s, window);
    const bool is_there = at < s->n && s->items[at].window == window;

    if (state == HUB_STORE_BUCKET_OPEN) {
        if (is_there) {
            s->n--;
            memmove(s->items + at, s->items + at + 1, (s->n - at) * sizeof(s->items[0]));
        }
        return HUB_OK;
    }
    if (!is_there) {
        HUB_TRY(make_room(s));
        memmove(s->items + at + 1, s->items + at, (s->n - at) * sizeof(s->items[0]));
        s->n++;
    }
    s->items[at] = (struct hub_window_state){window, state};
    return HUB_OK;
}

void hub_window_states_clear(struct hub_window_states *s)
{
    free(s->items);
    *s = (struct hub_window_states){0};
}
