/* Writes lines of the story, now and then. */
#include "demo/holds.h"

#include "base/clock.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    EVERY_MS = 4000,
    ELEMENT_LEN = 8 /* of Field64, which Sum uses */
};

static uint64_t element_of(hub_span share)
{
    uint64_t v = 0;

    for (size_t i = ELEMENT_LEN; i-- > 0;)
        v = v << 8 | share.ptr[i];
    return v;
}

void demo_holds_watch(void *self, const struct hub_task *task,
                      const struct hub_collection *collection, hub_span leader_share,
                      hub_span helper_share)
{
    struct demo_holds *const h = self;
    const uint64_t now_ms = hub_monotonic_ms();
    char text[512];

    if (strcmp(task->name, "taxi") != 0 || leader_share.len != ELEMENT_LEN ||
        helper_share.len != ELEMENT_LEN ||
        (h->written_ms != 0 && now_ms - h->written_ms < EVERY_MS))
        return;
    const int n = snprintf(text, sizeof(text),
                           "start = %" PRIu64 "\nfirst_holds = %" PRIu64 "\nsecond_holds = %" PRIu64
                           "\ntogether = %" PRId64 "\nvariance = %" PRIu64 "\n",
                           collection->query.start * task->window_s, element_of(leader_share),
                           element_of(helper_share), collection->totals[0], collection->variance);
    if (n > 0 && hub_file_put(h->path, hub_span_of(text, (size_t)n), 0640, NULL) == HUB_OK)
        h->written_ms = now_ms;
}
