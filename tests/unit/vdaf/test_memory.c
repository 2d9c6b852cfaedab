/* What sharding takes of memory, all of it: a thread with a painted stack makes a VDAF of the plain
 * tier and shards, while allocations are counted. A router must be able to do it. */
#include "vdaf/vdaf.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STACK_LEN = 1 << 20, PAINT = 0xa5, LIMIT = 64000 };

/* The linker sends malloc, calloc, realloc and free here (--wrap). Of the thread that shards, the
 * only one that allocates while it runs. */
static size_t live;
static size_t peak;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static void *counted(void *p)
{
    live += malloc_usable_size(p);
    if (live > peak)
        peak = live;
    return p;
}

void *__wrap_malloc(size_t n)
{
    return counted(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
    live -= malloc_usable_size(p);
    return counted(__real_realloc(p, n));
}

void __wrap_free(void *p)
{
    live -= malloc_usable_size(p);
    __real_free(p);
}

struct run {
    struct hub_vdaf_params params;
    struct hub_measurement measurement;
    hub_status status;
    size_t allocated;
    const uint8_t *bottom; /* where the thread's own frames begin */
};

/* With its tables and all shares. */
static hub_status make_and_shard(const struct run *run)
{
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares shares = {0};
    const uint8_t nonce[HUB_VDAF_NONCE_LEN] = {1};
    const uint8_t rand[128] = {2};
    const uint8_t ctx[38] = {3};

    HUB_TRY(hub_vdaf_new_on(&v, &run->params, 0));
    return hub_vdaf_shard(v, &shares, &run->measurement, HUB_SPAN_ARRAY(nonce),
                          hub_span_of(rand, hub_vdaf_rand_len(v)), HUB_SPAN_ARRAY(ctx));
}

static void *run_thread(void *arg)
{
    struct run *run = arg;

    run->bottom = __builtin_frame_address(0);
    live = 0;
    peak = 0;
    run->status = make_and_shard(run);
    run->allocated = peak;
    return NULL;
}

/* Returns the bytes of stack. */
static size_t run_painted(struct run *run)
{
    uint8_t *stack = aligned_alloc(4096, STACK_LEN);
    size_t untouched = 0;
    pthread_attr_t attributes;
    pthread_t thread;

    assert_non_null(stack);
    memset(stack, PAINT, STACK_LEN);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_LEN), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_thread, run), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    while (stack[untouched] == PAINT)
        untouched++;
    size_t used = (size_t)(run->bottom - (stack + untouched));
    free(stack);
    return used;
}

static void a_histogram_fits_a_router(void **state)
{
    struct run run = {
        .params = {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10},
        .measurement = {.number = 42},
    };
    size_t stack = run_painted(&run);

    (void)state;
    assert_int_equal(run.status, HUB_OK);
    print_message(
        "Histogram(100, 10): %zu bytes allocated and %zu of stack to make the VDAF and to "
        "shard\n",
        run.allocated, stack);
    assert_true(run.allocated > 0 && stack > 0);
    assert_in_range(run.allocated + stack, 1, LIMIT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_histogram_fits_a_router)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
