/* A ring of moments between makers and the sender. */
#include "sim/feed_ahead_internal.h"

#include <stdlib.h>

struct worker {
    struct hub_feed_ahead *ahead;
    size_t number;
};

void hub_feed_moment_clear(struct hub_feed_moment *m)
{
    for (size_t i = 0; i < m->n_parcels; i++)
        hub_parcel_clear(&m->parcels[i]);
    free(m->parcels);
    *m = (struct hub_feed_moment){0};
}

/* The number of the next moment to make; false when there is none or the work has stopped. */
static bool claim(struct hub_feed_ahead *a, size_t *moment)
{
    (void)pthread_mutex_lock(&a->lock);
    while (!a->stopped && a->next_made < a->feed->n_moments &&
           a->next_made >= a->next_taken + a->feed->n_ahead)
        (void)pthread_cond_wait(&a->changed, &a->lock);
    const bool is_there = !a->stopped && a->next_made < a->feed->n_moments;
    if (is_there)
        *moment = a->next_made++;
    (void)pthread_mutex_unlock(&a->lock);
    return is_there;
}

static void deliver(struct hub_feed_ahead *a, size_t moment, struct hub_feed_moment *made,
                    hub_status status)
{
    (void)pthread_mutex_lock(&a->lock);
    struct hub_feed_slot *const slot = &a->slots[moment % a->feed->n_ahead];
    slot->moment = *made;
    slot->is_ready = true;
    if (a->status == HUB_OK)
        a->status = status;
    (void)pthread_cond_broadcast(&a->changed);
    (void)pthread_mutex_unlock(&a->lock);
}

static void *work(void *arg)
{
    struct worker *const w = arg;
    struct hub_feed_ahead *const a = w->ahead;
    size_t moment;

    while (claim(a, &moment)) {
        struct hub_feed_moment made = {0};
        const hub_status status = a->feed->make(a->feed->self, w->number, moment, &made);
        deliver(a, moment, &made, status);
        if (status != HUB_OK)
            break;
    }
    free(w);
    return NULL;
}

hub_status hub_feed_ahead_start(struct hub_feed_ahead *a, const struct hub_feed *feed)
{
    *a = (struct hub_feed_ahead){.feed = feed};
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->changed, NULL);
    a->slots = calloc(feed->n_ahead, sizeof(*a->slots));
    if (a->slots == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < feed->n_workers && i < HUB_FEED_WORKERS_MAX; i++) {
        struct worker *const w = malloc(sizeof(*w));
        if (w == NULL)
            return HUB_E_MEMORY;
        *w = (struct worker){a, i};
        if (pthread_create(&a->threads[i], NULL, work, w) != 0) {
            free(w);
            return HUB_E_MEMORY;
        }
        a->n_threads++;
    }
    return HUB_OK;
}

hub_status hub_feed_ahead_take(struct hub_feed_ahead *a, struct hub_feed_moment *out)
{
    (void)pthread_mutex_lock(&a->lock);
    struct hub_feed_slot *const slot = &a->slots[a->next_taken % a->feed->n_ahead];
    while (!slot->is_ready && a->status == HUB_OK)
        (void)pthread_cond_wait(&a->changed, &a->lock);
    const hub_status status = a->status;
    if (status == HUB_OK) {
        *out = slot->moment;
        *slot = (struct hub_feed_slot){0};
        a->next_taken++;
        (void)pthread_cond_broadcast(&a->changed);
    }
    (void)pthread_mutex_unlock(&a->lock);
    return status;
}

void hub_feed_ahead_stop(struct hub_feed_ahead *a)
{
    if (a->feed == NULL)
        return;
    (void)pthread_mutex_lock(&a->lock);
    a->stopped = true;
    (void)pthread_cond_broadcast(&a->changed);
    (void)pthread_mutex_unlock(&a->lock);
    for (size_t i = 0; i < a->n_threads; i++)
        (void)pthread_join(a->threads[i], NULL);
    for (size_t i = 0; a->slots != NULL && i < a->feed->n_ahead; i++)
        hub_feed_moment_clear(&a->slots[i].moment);
    free(a->slots);
    (void)pthread_mutex_destroy(&a->lock);
    (void)pthread_cond_destroy(&a->changed);
    *a = (struct hub_feed_ahead){0};
}
