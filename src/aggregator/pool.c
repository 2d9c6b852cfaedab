/* One thread fills all kinds in turn, the emptiest first. Each vector has a seed of its own, drawn
 * by the mechanism; nothing of a vector stays here once it is taken. */
#include "aggregator/pool.h"

#include "base/wait.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    KINDS_MAX = 4096,
    KIND_BYTES_MAX = 1 << 20, /* of ready vectors of one kind */
    READY_MAX = 1024,
    READY_MIN = 8,
    RETRY_S = 1 /* after the mechanism failed */
};

struct kind {
    uint64_t sigma2;
    size_t length;
    size_t capacity;
    size_t n_ready;
    int64_t **ready; /* a stack */
};

struct hub_noise_pool {
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a vector was taken, a kind added, or the pool stops */
    pthread_cond_t filled;
    bool stopping;
    struct kind *kinds;
    size_t n_kinds;
    const struct hub_mechanism *mechanism;
    struct hub_rng rng;
    const struct hub_log *log;
};

static void wipe_draws(int64_t *draws, size_t n)
{
    if (draws == NULL)
        return;
    hub_wipe(draws, n * sizeof(*draws));
    free(draws);
}

void hub_noise_wipe(struct hub_noise *noise)
{
    wipe_draws(noise->draws, noise->n);
    *noise = (struct hub_noise){0};
}

/* The kind that lacks the largest part of its vectors, or n_kinds if all are full. */
static size_t emptiest(const struct hub_noise_pool *pool)
{
    size_t best = pool->n_kinds;
    size_t best_part = 1000;

    for (size_t i = 0; i < pool->n_kinds; i++) {
        const struct kind *k = &pool->kinds[i];
        if (k->n_ready == k->capacity)
            continue;
        size_t part = k->n_ready * 1000 / k->capacity;
        if (part < best_part || best == pool->n_kinds) {
            best_part = part;
            best = i;
        }
    }
    return best;
}

static void wait_before_retry(struct hub_noise_pool *pool)
{
    const struct timespec until = hub_in_us(RETRY_S * 1000000ULL);

    while (!pool->stopping && pthread_cond_timedwait(&pool->changed, &pool->lock, &until) == 0) {
    }
}

/* Makes one vector of a kind, without the lock while it samples. Called and returns with it. */
static hub_status make_one(struct hub_noise_pool *pool, size_t index)
{
    uint64_t sigma2 = pool->kinds[index].sigma2;
    size_t n = pool->kinds[index].length;

    pthread_mutex_unlock(&pool->lock);
    int64_t *draws = calloc(n, sizeof(*draws));
    hub_status status = draws == NULL
                            ? HUB_E_MEMORY
                            : hub_mechanism_sample(pool->mechanism, draws, n, sigma2, &pool->rng);
    pthread_mutex_lock(&pool->lock);
    struct kind *k = &pool->kinds[index]; /* the array may have moved */
    if (status != HUB_OK || pool->stopping || k->n_ready == k->capacity) {
        wipe_draws(draws, n);
        return status;
    }
    k->ready[k->n_ready++] = draws;
    pthread_cond_broadcast(&pool->filled);
    return HUB_OK;
}

static void *fill(void *arg)
{
    struct hub_noise_pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        size_t index = emptiest(pool);
        if (index == pool->n_kinds) {
            pthread_cond_wait(&pool->changed, &pool->lock);
            continue;
        }
        hub_status status = make_one(pool, index);
        if (status != HUB_OK) {
            hub_log(pool->log, HUB_LOG_ERROR, "noise.failed", "why=\"%s\"",
                    hub_status_text(status));
            wait_before_retry(pool);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

hub_status hub_noise_pool_new(struct hub_noise_pool **out, const struct hub_mechanism *mechanism,
                              const struct hub_rng *rng, const struct hub_log *log)
{
    struct hub_noise_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL || hub_cond_init(&pool->changed) != HUB_OK ||
        hub_cond_init(&pool->filled) != HUB_OK) {
        free(pool);
        return HUB_E_MEMORY;
    }
    pool->mechanism = mechanism;
    pool->rng = *rng;
    pool->log = log;
    pthread_mutex_init(&pool->lock, NULL);
    if (pthread_create(&pool->thread, NULL, fill, pool) != 0) {
        hub_noise_pool_free(pool);
        return HUB_E_MEMORY;
    }
    pool->has_thread = true;
    *out = pool;
    return HUB_OK;
}

void hub_noise_pool_free(struct hub_noise_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    if (pool->has_thread)
        pthread_join(pool->thread, NULL);
    for (size_t i = 0; i < pool->n_kinds; i++) {
        struct kind *k = &pool->kinds[i];
        for (size_t j = 0; j < k->n_ready; j++)
            wipe_draws(k->ready[j], k->length);
        free(k->ready);
    }
    free(pool->kinds);
    pthread_cond_destroy(&pool->filled);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static size_t capacity_of(size_t length)
{
    size_t n = KIND_BYTES_MAX / (length * sizeof(int64_t));
    if (n > READY_MAX)
        return READY_MAX;
    return n < READY_MIN ? READY_MIN : n;
}

static hub_status add_kind(struct hub_noise_pool *pool, unsigned *kind, uint64_t sigma2,
                           size_t length)
{
    for (size_t i = 0; i < pool->n_kinds; i++) {
        if (pool->kinds[i].sigma2 == sigma2 && pool->kinds[i].length == length) {
            *kind = (unsigned)i;
            return HUB_OK;
        }
    }
    if (pool->n_kinds == KINDS_MAX)
        return HUB_E_SPACE;
    struct kind *kinds = realloc(pool->kinds, (pool->n_kinds + 1) * sizeof(*kinds));
    if (kinds == NULL)
        return HUB_E_MEMORY;
    pool->kinds = kinds;
    struct kind k = {.sigma2 = sigma2, .length = length, .capacity = capacity_of(length)};
    k.ready = calloc(k.capacity, sizeof(*k.ready));
    if (k.ready == NULL)
        return HUB_E_MEMORY;
    kinds[pool->n_kinds] = k;
    *kind = (unsigned)pool->n_kinds++;
    pthread_cond_broadcast(&pool->changed);
    return HUB_OK;
}

hub_status hub_noise_pool_keep(struct hub_noise_pool *pool, unsigned *kind, uint64_t sigma2,
                               size_t length)
{
    if (length == 0 || length > SIZE_MAX / sizeof(int64_t))
        return HUB_E_ARGUMENT;
    pthread_mutex_lock(&pool->lock);
    hub_status status = add_kind(pool, kind, sigma2, length);
    pthread_mutex_unlock(&pool->lock);
    return status;
}

hub_status hub_noise_pool_take(struct hub_noise_pool *pool, struct hub_noise *out, unsigned kind)
{
    hub_status status = HUB_E_BUSY;

    pthread_mutex_lock(&pool->lock);
    if (kind < pool->n_kinds && pool->kinds[kind].n_ready > 0) {
        struct kind *k = &pool->kinds[kind];
        *out = (struct hub_noise){k->ready[--k->n_ready], k->length};
        k->ready[k->n_ready] = NULL;
        pthread_cond_signal(&pool->changed);
        status = HUB_OK;
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

size_t hub_noise_pool_ready(struct hub_noise_pool *pool, unsigned kind)
{
    pthread_mutex_lock(&pool->lock);
    size_t n = kind < pool->n_kinds ? pool->kinds[kind].n_ready : 0;
    pthread_mutex_unlock(&pool->lock);
    return n;
}

static bool all_have(const struct hub_noise_pool *pool, size_t n)
{
    for (size_t i = 0; i < pool->n_kinds; i++) {
        const struct kind *k = &pool->kinds[i];
        if (k->n_ready < n && k->n_ready < k->capacity)
            return false;
    }
    return true;
}

hub_status hub_noise_pool_wait(struct hub_noise_pool *pool, size_t n, unsigned wait_ms)
{
    const struct timespec until = hub_in_us(wait_ms * 1000ULL);
    hub_status status = HUB_OK;
    pthread_mutex_lock(&pool->lock);
    while (!all_have(pool, n)) {
        if (pthread_cond_timedwait(&pool->filled, &pool->lock, &until) != 0) {
            status = HUB_E_BUSY;
            break;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}
