/* Leader and helper in one process, where each allocation on the way of some reports fails once: at
 * upload, in aggregation, in the collection, on any thread. Whoever is told to try again tries
 * again; afterwards every report is counted once. */
#include "../parties/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { REPORTS = 5, CYCLES_MAX = 4000, TRIES_MAX = 2000 };

/* How many allocations until the one that fails; 0: none will. */
static atomic_long countdown;
static atomic_bool has_failed;
/* What the test itself allocates does not count. */
static _Thread_local bool is_exempt;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool fails_now(void)
{
    if (is_exempt || countdown <= 0 || --countdown != 0)
        return false;
    has_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails_now() ? NULL : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

static void pause_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

static struct hub_answer call(struct pair *p, const char *what, enum hub_message message,
                              const char *token, hub_span body)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/tasks/%s/%s", p->task->label, what);
    is_exempt = false;
    struct hub_answer answer =
        pair_call(p, true, HUB_CALL_POST, path, hub_media_type(message), token, body);
    is_exempt = true;
    return answer;
}

/* Until it is acknowledged; a try of before may have been stored all the same. */
static void upload(struct pair *p, hub_span body)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        struct hub_answer answer = call(p, "reports", HUB_MESSAGE_UPLOAD_REQ, NULL, body);
        const unsigned status = answer.status;
        if (status == 200 && answer.has_message) {
            for (size_t k = 0; k < answer.body.len / HUB_UPLOAD_STATUS_LEN; k++)
                assert_int_equal(answer.body.ptr[k * HUB_UPLOAD_STATUS_LEN + HUB_REPORT_ID_LEN],
                                 HUB_REPORT_REPLAYED);
        }
        hub_answer_clear(&answer);
        if (status == 200)
            return;
        assert_int_equal(status, 503);
        pause_ms(1);
    }
    fail_msg("the upload is never taken");
}

static void collect(struct pair *p)
{
    const uint64_t window = pair_window(p);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    struct hub_collection c = {0};

    assert_int_equal(HUB_OK, hub_collection_request(&request, p->collected.task, window, 1));
    for (int i = 0; i < TRIES_MAX; i++) {
        struct hub_answer answer = call(p, "collection_jobs", HUB_MESSAGE_COLLECTION_JOB_REQ,
                                        "collector-to-leader", hub_buf_span(&request));
        if (answer.status / 100 == 2 && answer.has_message) {
            pair_open_totals(p, &c, window, 1, hub_buf_span(&answer.body));
            assert_int_equal(c.n_reports, REPORTS);
            assert_int_equal(c.totals[0], REPORTS);
            hub_collection_clear(&c);
            hub_answer_clear(&answer);
            return;
        }
        assert_true(answer.status / 100 == 2 || answer.status == 503);
        hub_answer_clear(&answer);
        pause_ms(2);
    }
    fail_msg("the collection never ends");
}

static void each_allocation_may_fail(void **state)
{
    struct pair p;
    const struct pair_options options = {0};

    long n_failed = 0;
    long n = 1;
    (void)state;

    is_exempt = true;
    pair_open(&p, &options);
    for (;; n++) {
        struct hub_parcel parcel = {.body = HUB_BUF_INIT(1 << 20)};
        p.now_s += 3600;
        for (int i = 0; i < REPORTS; i++)
            pair_report(&p, &parcel, HUB_PARCEL_GOOD, 1);
        has_failed = false;
        countdown = n;
        upload(&p, hub_buf_span(&parcel.body));
        collect(&p);
        countdown = 0;
        hub_parcel_clear(&parcel);
        if (!has_failed)
            break;
        n_failed++;
        assert_true(n < CYCLES_MAX);
    }
    (void)printf("%ld allocations failed, one after the other\n", n_failed);
    assert_true(n_failed > 20);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_may_fail)};
    return cmocka_run_group_tests_name("faults of the parties", tests, NULL, NULL);
}
