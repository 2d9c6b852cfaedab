/* A queue under one lock: tasks here cost from 50 microseconds to a tenth of a second, so the lock
 * is never what is waited for. */
#include "aggregator/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct thread {
    pthread_t id;
    struct hub_workers *workers;
    void *worker;
};

struct hub_workers {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct hub_work *first;
    struct hub_work *last;
    size_t n_waiting;
    size_t n_running;
    bool stopping;
    struct hub_workers_config config;
    struct thread *threads;
    unsigned n_started;
    unsigned n_made;
};

static struct hub_work *take(struct hub_workers *w)
{
    while (w->first == NULL && !w->stopping)
        pthread_cond_wait(&w->more, &w->lock);
    struct hub_work *work = w->first;
    if (work == NULL)
        return NULL;
    w->first = work->next;
    if (w->first == NULL)
        w->last = NULL;
    w->n_waiting--;
    w->n_running++;
    return work;
}

static void *serve(void *arg)
{
    struct thread *t = arg;
    struct hub_workers *w = t->workers;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        struct hub_work *work = take(w);
        if (work == NULL)
            break;
        pthread_mutex_unlock(&w->lock);
        work->run(work, t->worker);
        pthread_mutex_lock(&w->lock);
        w->n_running--;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static hub_status start(struct hub_workers *w)
{
    for (unsigned i = 0; i < w->config.n_threads; i++) {
        struct thread *t = &w->threads[i];
        t->workers = w;
        if (w->config.make != NULL)
            HUB_TRY(w->config.make(&t->worker, w->config.self));
        w->n_made = i + 1;
    }
    for (unsigned i = 0; i < w->config.n_threads; i++) {
        if (pthread_create(&w->threads[i].id, NULL, serve, &w->threads[i]) != 0)
            return HUB_E_MEMORY;
        w->n_started = i + 1;
    }
    return HUB_OK;
}

hub_status hub_workers_new(struct hub_workers **out, const struct hub_workers_config *config)
{
    if (config->n_threads == 0)
        return HUB_E_ARGUMENT;
    struct hub_workers *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return HUB_E_MEMORY;
    w->config = *config;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, NULL);
    w->threads = calloc(config->n_threads, sizeof(*w->threads));
    hub_status status = w->threads == NULL ? HUB_E_MEMORY : start(w);
    if (status != HUB_OK) {
        hub_workers_free(w);
        return status;
    }
    *out = w;
    return HUB_OK;
}

hub_status hub_workers_submit(struct hub_workers *w, struct hub_work *work)
{
    hub_status status = HUB_OK;

    work->next = NULL;
    pthread_mutex_lock(&w->lock);
    if (w->stopping || (w->config.n_waiting_max != 0 && w->n_waiting >= w->config.n_waiting_max)) {
        status = HUB_E_BUSY;
    } else {
        if (w->last == NULL)
            w->first = work;
        else
            w->last->next = work;
        w->last = work;
        w->n_waiting++;
        pthread_cond_signal(&w->more);
    }
    pthread_mutex_unlock(&w->lock);
    return status;
}

size_t hub_workers_count(struct hub_workers *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->n_waiting + w->n_running;
    pthread_mutex_unlock(&w->lock);
    return n;
}

void hub_workers_free(struct hub_workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->more);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->n_started; i++)
        pthread_join(w->threads[i].id, NULL);
    for (unsigned i = 0; i < w->n_made; i++) {
        if (w->config.drop != NULL)
            w->config.drop(w->threads[i].worker);
    }
    free(w->threads);
    pthread_cond_destroy(&w->more);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
