/* A short table under a lock: at most one entry a worker runs, and failures until their time. */
#include "helper/deferred.h"

#include "aggregator/party.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>

enum { ENTRIES_MAX = 256, FAILURE_KEPT_MS = 600000 };

struct entry {
    enum hub_deferred_state state;
    uint64_t task; /* number in the store */
    bool is_job;   /* an aggregation job; else an aggregate share */
    uint8_t id[HUB_RESOURCE_ID_LEN];
    uint64_t failed_ms;
    struct hub_answer answer;
};

struct hub_deferred {
    pthread_mutex_t lock;
    struct entry entries[ENTRIES_MAX];
};

hub_status hub_deferred_new(struct hub_deferred **out)
{
    struct hub_deferred *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return HUB_E_MEMORY;
    pthread_mutex_init(&d->lock, NULL);
    *out = d;
    return HUB_OK;
}

void hub_deferred_free(struct hub_deferred *d)
{
    if (d == NULL)
        return;
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static bool is_job(const struct hub_call *call)
{
    return call->resource == HUB_RESOURCE_AGGREGATION_JOBS ||
           call->resource == HUB_RESOURCE_AGGREGATION_JOB;
}

static struct entry *find(struct hub_deferred *d, const struct hub_call *call,
                          const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        struct entry *e = &d->entries[i];
        if (e->state != HUB_DEFERRED_NONE && e->task == call->task->number &&
            e->is_job == is_job(call) && memcmp(e->id, id, HUB_RESOURCE_ID_LEN) == 0)
            return e;
    }
    return NULL;
}

/* A free entry, or the oldest failure's. NULL: all are being worked on. */
static struct entry *make_room(struct hub_deferred *d)
{
    struct entry *oldest = NULL;

    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        struct entry *e = &d->entries[i];
        if (e->state == HUB_DEFERRED_NONE)
            return e;
        if (e->state == HUB_DEFERRED_FAILED && (oldest == NULL || e->failed_ms < oldest->failed_ms))
            oldest = e;
    }
    return oldest;
}

hub_status hub_deferred_begin(struct hub_deferred *d, const struct hub_call *call,
                              const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    hub_status status = HUB_OK;

    pthread_mutex_lock(&d->lock);
    struct entry *e = find(d, call, id);
    if (e != NULL && e->state == HUB_DEFERRED_RUNNING)
        status = HUB_E_CONFLICT;
    else if (e == NULL)
        e = make_room(d);
    if (status == HUB_OK && e == NULL)
        status = HUB_E_BUSY;
    if (status == HUB_OK) {
        *e = (struct entry){
            .state = HUB_DEFERRED_RUNNING, .task = call->task->number, .is_job = is_job(call)};
        memcpy(e->id, id, HUB_RESOURCE_ID_LEN);
    }
    pthread_mutex_unlock(&d->lock);
    return status;
}

void hub_deferred_end(struct hub_deferred *d, const struct hub_call *call,
                      const uint8_t id[HUB_RESOURCE_ID_LEN], const struct hub_answer *answer)
{
    pthread_mutex_lock(&d->lock);
    struct entry *e = find(d, call, id);
    if (e != NULL) {
        const bool is_failure = answer->status >= 400 && answer->status <= 499;
        e->state = is_failure ? HUB_DEFERRED_FAILED : HUB_DEFERRED_NONE;
        e->failed_ms = hub_monotonic_ms();
        e->answer = *answer;
        e->answer.body = (struct hub_buf){0}; /* a failure has none; the store has the others */
    }
    pthread_mutex_unlock(&d->lock);
}

enum hub_deferred_state hub_deferred_find(struct hub_deferred *d, const struct hub_call *call,
                                          const uint8_t id[HUB_RESOURCE_ID_LEN],
                                          struct hub_answer *answer)
{
    enum hub_deferred_state state = HUB_DEFERRED_NONE;

    pthread_mutex_lock(&d->lock);
    struct entry *e = find(d, call, id);
    if (e != NULL && e->state == HUB_DEFERRED_FAILED &&
        hub_monotonic_ms() - e->failed_ms > FAILURE_KEPT_MS)
        e->state = HUB_DEFERRED_NONE;
    else if (e != NULL)
        state = e->state;
    if (state == HUB_DEFERRED_FAILED)
        *answer = e->answer;
    pthread_mutex_unlock(&d->lock);
    return state;
}
