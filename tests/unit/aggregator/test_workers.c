/* The queue of tasks and its threads. */
#include "aggregator/workers.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct item {
    struct hub_work work;
    atomic_uint *n_done;
    pthread_mutex_t *gate; /* waits for it first, if there is one */
};

static void run(struct hub_work *work, void *worker)
{
    struct item *item = (struct item *)work;

    if (worker != NULL)
        ++*(unsigned *)worker;
    if (item->gate != NULL) {
        pthread_mutex_lock(item->gate);
        pthread_mutex_unlock(item->gate);
    }
    ++*item->n_done;
}

static hub_status make(void **worker, void *self)
{
    unsigned *left = self;

    if (*left == 0)
        return HUB_E_MEMORY;
    --*left;
    *worker = calloc(1, sizeof(unsigned));
    return *worker == NULL ? HUB_E_MEMORY : HUB_OK;
}

static void what_is_submitted_is_done(void **state)
{
    enum { N = 1000 };
    struct hub_workers *w;
    atomic_uint n_done = 0;
    unsigned left = 3;
    const struct hub_workers_config config = {
        .n_threads = 3, .make = make, .drop = free, .self = &left};
    struct item *items = calloc(N, sizeof(*items));
    (void)state;

    assert_non_null(items);
    assert_int_equal(HUB_OK, hub_workers_new(&w, &config));
    for (size_t i = 0; i < N; i++) {
        items[i] = (struct item){.work = {.run = run}, .n_done = &n_done};
        assert_int_equal(HUB_OK, hub_workers_submit(w, &items[i].work));
    }
    hub_workers_free(w); /* does what is queued */
    assert_int_equal(n_done, N);
    free(items);
    hub_workers_free(NULL);
}

static void a_full_queue_is_busy(void **state)
{
    enum { MAX = 4 };
    struct hub_workers *w;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    atomic_uint n_done = 0;
    const struct hub_workers_config config = {.n_threads = 1, .n_waiting_max = MAX};
    struct item items[MAX + 8];
    unsigned n_taken = 0;
    (void)state;

    assert_int_equal(HUB_OK, hub_workers_new(&w, &config));
    pthread_mutex_lock(&gate);
    for (size_t i = 0; i < MAX + 8; i++) {
        items[i] = (struct item){.work = {.run = run}, .n_done = &n_done, .gate = &gate};
        n_taken += hub_workers_submit(w, &items[i].work) == HUB_OK;
    }
    assert_in_range(n_taken, MAX, MAX + 1);
    assert_in_range(hub_workers_count(w), MAX, MAX + 1);
    pthread_mutex_unlock(&gate);
    hub_workers_free(w);
    assert_int_equal(n_done, n_taken);
}

static void a_worker_that_cannot_be_made_ends_the_start(void **state)
{
    struct hub_workers *w = NULL;
    unsigned left = 2;
    const struct hub_workers_config config = {
        .n_threads = 3, .make = make, .drop = free, .self = &left};
    const struct hub_workers_config none = {.n_threads = 0};
    (void)state;

    assert_int_equal(HUB_E_MEMORY, hub_workers_new(&w, &config));
    assert_int_equal(HUB_E_ARGUMENT, hub_workers_new(&w, &none));
    assert_null(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_submitted_is_done),
        cmocka_unit_test(a_full_queue_is_busy),
        cmocka_unit_test(a_worker_that_cannot_be_made_ends_the_start),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
