/* Noise made beforehand: each vector once, none when the mechanism fails. */
#include "aggregator/pool.h"
#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Counts up, so that a vector that is given twice would show. */
struct counting {
    struct hub_mechanism mechanism;
    atomic_long next;
    atomic_bool fails;
};

static hub_status count_up(const struct hub_mechanism *self, int64_t *out, size_t n,
                           uint64_t sigma2, const struct hub_rng *rng)
{
    struct counting *c =
        (struct counting *)((uintptr_t)self - offsetof(struct counting, mechanism));
    (void)rng;
    if (c->fails)
        return HUB_E_RANDOM;
    for (size_t i = 0; i < n; i++)
        out[i] = (int64_t)(sigma2 * 1000000) + ++c->next;
    return HUB_OK;
}

static struct hub_noise_pool *open_pool(struct counting *c)
{
    struct hub_noise_pool *pool;
    const struct hub_rng rng = hub_system_rng();

    c->mechanism = (struct hub_mechanism){"counting", count_up};
    assert_int_equal(HUB_OK, hub_noise_pool_new(&pool, &c->mechanism, &rng, NULL));
    return pool;
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

static struct hub_noise take(struct hub_noise_pool *pool, unsigned kind)
{
    struct hub_noise noise = {0};

    for (int i = 0; i < 1000 && noise.draws == NULL; i++) {
        if (hub_noise_pool_take(pool, &noise, kind) != HUB_OK)
            pause_ms(1);
    }
    assert_non_null(noise.draws);
    return noise;
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void each_vector_is_given_once(void **state)
{
    enum { N = 3000, LEN = 3 };
    struct counting c = {0};
    struct hub_noise_pool *pool = open_pool(&c);
    unsigned kind;
    int64_t *all = calloc(N * LEN, sizeof(*all));
    (void)state;

    assert_non_null(all);
    assert_int_equal(HUB_OK, hub_noise_pool_keep(pool, &kind, 5, LEN));
    for (size_t i = 0; i < N; i++) {
        struct hub_noise noise = take(pool, kind);
        assert_int_equal(noise.n, LEN);
        memcpy(all + i * LEN, noise.draws, sizeof(*all) * LEN);
        hub_noise_wipe(&noise);
        assert_null(noise.draws);
    }
    qsort(all, N * LEN, sizeof(*all), by_value);
    for (size_t i = 1; i < N * LEN; i++)
        assert_true(all[i - 1] < all[i]);
    free(all);
    hub_noise_pool_free(pool);
}

static void kinds_do_not_mix(void **state)
{
    struct counting c = {0};
    struct hub_noise_pool *pool = open_pool(&c);
    unsigned a;
    unsigned b;
    unsigned again;
    (void)state;

    assert_int_equal(HUB_OK, hub_noise_pool_keep(pool, &a, 5, 2));
    assert_int_equal(HUB_OK, hub_noise_pool_keep(pool, &b, 6, 2));
    assert_int_equal(HUB_OK, hub_noise_pool_keep(pool, &again, 5, 2));
    assert_int_equal(a, again);
    assert_int_not_equal(a, b);
    for (int i = 0; i < 50; i++) {
        struct hub_noise x = take(pool, a);
        struct hub_noise y = take(pool, b);
        assert_int_equal(x.draws[1] / 1000000, 5);
        assert_int_equal(y.draws[1] / 1000000, 6);
        hub_noise_wipe(&x);
        hub_noise_wipe(&y);
    }
    assert_int_equal(HUB_OK, hub_noise_pool_wait(pool, 10, 5000));
    assert_true(hub_noise_pool_ready(pool, a) >= 10);
    assert_int_equal(HUB_E_ARGUMENT, hub_noise_pool_keep(pool, &a, 5, 0));
    hub_noise_pool_free(pool);
}

static void without_randomness_there_is_no_noise(void **state)
{
    struct counting c = {.fails = true};
    struct hub_noise_pool *pool = open_pool(&c);
    struct hub_noise noise = {0};
    unsigned kind;
    (void)state;

    assert_int_equal(HUB_OK, hub_noise_pool_keep(pool, &kind, 5, 4));
    assert_int_equal(HUB_E_BUSY, hub_noise_pool_wait(pool, 1, 50));
    assert_int_equal(HUB_E_BUSY, hub_noise_pool_take(pool, &noise, kind));
    assert_null(noise.draws);
    c.fails = false; /* it comes back by itself */
    assert_int_equal(HUB_OK, hub_noise_pool_wait(pool, 1, 5000));
    hub_noise_pool_free(pool);
}

static void an_unknown_kind_has_nothing(void **state)
{
    struct counting c = {0};
    struct hub_noise_pool *pool = open_pool(&c);
    struct hub_noise noise = {0};
    (void)state;

    assert_int_equal(HUB_E_BUSY, hub_noise_pool_take(pool, &noise, 7));
    assert_int_equal(0, hub_noise_pool_ready(pool, 7));
    hub_noise_pool_free(pool);
    hub_noise_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_given_once),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(without_randomness_there_is_no_noise),
        cmocka_unit_test(an_unknown_kind_has_nothing),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
