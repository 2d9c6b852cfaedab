/* The queue and its thread: units wait in the order in which they came, the thread takes all that
 * one commit may hold, and between groups looks after the ledger's head, expiry, and what failed.
 */
#include "base/wait.h"
#include "store/shared_internal.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

enum {
    RETRY_MS = 1000,
    /* Small units that come faster than commits gather for so long, up to so many or so large. */
    GATHER_US = 1000,
    GATHER_UNITS = 64,
    GATHER_BYTES = 1 << 18
};

/* A unit whose end somebody waits for. */
struct waiting_unit {
    struct hub_unit unit;
    struct hub_unit *inner;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool has_ended;
    hub_status status;
};

static hub_status waiting_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct waiting_unit *const w = (struct waiting_unit *)unit;
    return w->inner->apply(w->inner, tx);
}

static bool is_awaited(const struct hub_unit *unit)
{
    return unit->apply == waiting_apply;
}

/* ---- The thread */

static bool is_gathered(const struct hub_store *store)
{
    return store->is_stopping || store->queue_awaited != 0 || store->queue_units >= GATHER_UNITS ||
           store->queue_bytes >= GATHER_BYTES;
}

/* A commit costs some pages and a sync, whatever is in it. While uploads of single reports come
 * faster than commits, one that waits a moment for others is cheaper for all of them. */
static void gather(struct hub_store *store)
{
    if (store->group_units < 2 || is_gathered(store))
        return;
    const struct timespec until = hub_in_us(GATHER_US);
    while (!is_gathered(store) &&
           pthread_cond_timedwait(&store->work, &store->mutex, &until) != ETIMEDOUT)
        continue;
}

/* Until a unit comes or the time; the condition's clock is the one of hub_monotonic_ms. */
static void wait_until(struct hub_store *store, uint64_t ms)
{
    const struct timespec until = {.tv_sec = (time_t)(ms / 1000),
                                   .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&store->work, &store->mutex, &until);
}

/* Takes units from the front, at least one, while they stay within the bytes of one commit. */
static struct hub_unit *take_units(struct hub_store *store)
{
    const size_t bytes_max = store->options.commit_bytes_max;
    struct hub_unit *const first = store->first;
    struct hub_unit *last = first;
    size_t bytes = first->bytes;
    uint32_t n = 1;
    uint32_t n_awaited = is_awaited(first) ? 1 : 0;

    while (last->next != NULL && bytes < bytes_max && last->next->bytes <= bytes_max - bytes) {
        last = last->next;
        bytes += last->bytes;
        n++;
        n_awaited += is_awaited(last) ? 1 : 0;
    }
    store->group_units = n;
    store->queue_units -= n;
    store->queue_awaited -= n_awaited;
    store->first = last->next;
    last->next = NULL;
    if (store->first == NULL)
        store->last = &store->first;
    store->queue_bytes -= bytes;
    (void)pthread_cond_broadcast(&store->room);
    return first;
}

/* Waits for a unit, or for the moment to try the head again or to expire a part. NULL: nothing
 * came. */
static struct hub_unit *wait_for_units(struct hub_store *store)
{
    const bool expiry_is_due = hub_store_expiry_is_due(store);

    (void)pthread_mutex_lock(&store->mutex);
    if (store->first == NULL && !store->is_stopping) {
        if (store->head_has_failed || store->stats.is_failing)
            wait_until(store, store->retry_next_ms);
        else if (expiry_is_due)
            wait_until(store, store->expiry_next_ms);
        else if (store->is_shared)
            wait_until(store, store->heartbeat_next_ms);
        else
            (void)pthread_cond_wait(&store->work, &store->mutex);
    }
    if (store->first != NULL)
        gather(store);
    struct hub_unit *const units = store->first == NULL ? NULL : take_units(store);
    (void)pthread_mutex_unlock(&store->mutex);
    return units;
}

static bool is_over(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const bool over = store->is_stopping && store->first == NULL;
    (void)pthread_mutex_unlock(&store->mutex);
    return over;
}

/* Once a second: the head, and whether commits work again. */
static void retry(struct hub_store *store)
{
    if (hub_monotonic_ms() < store->retry_next_ms)
        return;
    if (hub_store_sync_head(store) == HUB_OK) {
        struct hub_unit *const unit = hub_store_probe_unit(store);
        if (unit != NULL)
            hub_store_write_group(store, unit);
    }
    store->retry_next_ms = hub_monotonic_ms() + RETRY_MS;
}

/* At most so often: a commit of its own costs a sync. */
static void expire_a_part(struct hub_store *store)
{
    const uint64_t now_ms = hub_monotonic_ms();

    if (now_ms < store->expiry_next_ms)
        return;
    struct hub_unit *const unit = hub_store_expiry_unit(store);
    uint32_t pause_ms = store->options.expiry_every_ms;
    if (unit != NULL) {
        hub_store_write_group(store, unit);
        if (store->expiry.dropped != 0)
            pause_ms /= 10; /* there is more where this came from */
    }
    store->expiry_next_ms = hub_monotonic_ms() + pause_ms;
}

static void *write_thread(void *argument)
{
    struct hub_store *const store = argument;
    store->expiry_next_ms = hub_monotonic_ms() + store->options.expiry_every_ms;
    while (!is_over(store)) {
        struct hub_unit *const units = wait_for_units(store);
        if (units == NULL) {
            retry(store);
        } else {
            hub_store_write_group(store, units);
            store->retry_next_ms = hub_monotonic_ms() + RETRY_MS; /* what failed, if it did */
        }
        if (hub_store_expiry_is_due(store))
            expire_a_part(store);
        if (hub_shared_heartbeat_is_due(store))
            hub_shared_heartbeat(store);
    }
    return NULL;
}

/* ---- Handing in */

static void enqueue(struct hub_store *store, struct hub_unit *unit)
{
    unit->next = NULL;
    unit->status = HUB_OK;
    unit->n_races = 0;
    *store->last = unit;
    store->last = &unit->next;
    store->queue_units++;
    store->queue_awaited += is_awaited(unit) ? 1 : 0;
    store->queue_bytes += unit->bytes;
    /* a thread that gathers is not woken for each of them */
    if (store->queue_units == 1 || is_gathered(store))
        (void)pthread_cond_signal(&store->work);
}

/* One unit always fits an empty queue. */
static bool has_room(const struct hub_store *store, const struct hub_unit *unit)
{
    const struct hub_store_options *const o = &store->options;
    return store->queue_units == 0 ||
           (store->queue_units < o->queue_units_max && store->queue_bytes <= o->queue_bytes_max &&
            unit->bytes <= o->queue_bytes_max - store->queue_bytes);
}

hub_status hub_store_submit(struct hub_store *store, struct hub_unit *unit)
{
    assert(unit->done != NULL);
    (void)pthread_mutex_lock(&store->mutex);
    const bool taken = !store->is_stopping && has_room(store, unit);
    if (taken)
        enqueue(store, unit);
    (void)pthread_mutex_unlock(&store->mutex);
    return taken ? HUB_OK : HUB_E_BUSY;
}

static void waiting_done(struct hub_unit *unit, hub_status status)
{
    struct waiting_unit *const w = (struct waiting_unit *)unit;
    (void)pthread_mutex_lock(&w->mutex);
    w->has_ended = true;
    w->status = status;
    (void)pthread_cond_signal(&w->ended);
    (void)pthread_mutex_unlock(&w->mutex);
}

hub_status hub_store_run(struct hub_store *store, struct hub_unit *unit)
{
    struct waiting_unit w = {
        .unit = {.apply = waiting_apply, .done = waiting_done, .bytes = unit->bytes},
        .inner = unit,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .ended = PTHREAD_COND_INITIALIZER,
    };
    assert(!store->has_thread || !pthread_equal(pthread_self(), store->thread));
    (void)pthread_mutex_lock(&store->mutex);
    while (!store->is_stopping && !has_room(store, &w.unit))
        (void)pthread_cond_wait(&store->room, &store->mutex);
    const bool taken = !store->is_stopping;
    if (taken)
        enqueue(store, &w.unit);
    (void)pthread_mutex_unlock(&store->mutex);
    if (!taken)
        return HUB_E_BUSY;
    (void)pthread_mutex_lock(&w.mutex);
    while (!w.has_ended)
        (void)pthread_cond_wait(&w.ended, &w.mutex);
    (void)pthread_mutex_unlock(&w.mutex);
    (void)pthread_cond_destroy(&w.ended);
    (void)pthread_mutex_destroy(&w.mutex);
    return w.status;
}

/* ---- Start and end */

hub_status hub_store_thread_start(struct hub_store *store)
{
    if (pthread_create(&store->thread, NULL, write_thread, store) != 0)
        return HUB_E_MEMORY;
    store->has_thread = true;
    return HUB_OK;
}

void hub_store_thread_stop(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->is_stopping = true;
    (void)pthread_cond_broadcast(&store->work);
    (void)pthread_cond_broadcast(&store->room);
    (void)pthread_mutex_unlock(&store->mutex);
    if (store->has_thread)
        (void)pthread_join(store->thread, NULL);
    store->has_thread = false;
}

void hub_store_stats(struct hub_store *store, struct hub_store_stats *out)
{
    (void)pthread_mutex_lock(&store->mutex);
    *out = store->stats;
    out->queue_units = store->queue_units;
    out->queue_bytes = store->queue_bytes;
    (void)pthread_mutex_unlock(&store->mutex);
}
