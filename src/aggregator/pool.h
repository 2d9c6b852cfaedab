/* Noise vectors made beforehand by a thread of their own, so that opening a bucket never waits for
 * the sampler and tells nothing by its time (docs/privacy.md). A vector is taken
 * before the transaction that may use it and wiped after it, also when the transaction fails: none
 * meets two attempts. An empty pool is HUB_E_BUSY, which goes out as 503; never zero noise. */
#ifndef AGGREGATOR_POOL_H
#define AGGREGATOR_POOL_H

#include "base/bytes.h"
#include "base/log.h"
#include "noise/mechanism.h"

struct hub_noise_pool;

/* One vector, n draws. Zeroed is empty. */
struct hub_noise {
    int64_t *draws;
    size_t n;
};

/* Starts the thread. mechanism and log outlive the pool; rng is copied and used by the thread. */
HUB_MUST_USE hub_status hub_noise_pool_new(struct hub_noise_pool **out,
                                           const struct hub_mechanism *mechanism,
                                           const struct hub_rng *rng, const struct hub_log *log);
/* Stops the thread and wipes what it has made. Takes NULL. */
void hub_noise_pool_free(struct hub_noise_pool *pool);

/* A kind of vector to keep: sigma2 and length of a task. Equal kinds share one number. The pool
 * starts to fill at once. HUB_E_MEMORY; HUB_E_SPACE: too many kinds. */
HUB_MUST_USE hub_status hub_noise_pool_keep(struct hub_noise_pool *pool, unsigned *kind,
                                            uint64_t sigma2, size_t length);
/* One vector, used once; the taker wipes it. HUB_E_BUSY: there is none now. */
HUB_MUST_USE hub_status hub_noise_pool_take(struct hub_noise_pool *pool, struct hub_noise *out,
                                            unsigned kind);
/* How many vectors of this kind are ready. */
size_t hub_noise_pool_ready(struct hub_noise_pool *pool, unsigned kind);
/* Waits until each kind has at least n vectors or is full, at most wait_ms. For the start of a
 * program. HUB_E_BUSY: the time is over. */
HUB_MUST_USE hub_status hub_noise_pool_wait(struct hub_noise_pool *pool, size_t n,
                                            unsigned wait_ms);
/* Zeroes and frees. */
void hub_noise_wipe(struct hub_noise *noise);

#endif
