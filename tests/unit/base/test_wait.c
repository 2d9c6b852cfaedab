/* Waits that end. */
#include "base/wait.h"

#include "base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* On a condition that is timed by the time of day, such a moment is long past. */
static void a_wait_lasts_as_long_as_was_said(void **state)
{
    static const unsigned waits_ms[] = {1, 20, 999};
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond;
    (void)state;

    assert_int_equal(HUB_OK, hub_cond_init(&cond));
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        const uint64_t start_ms = hub_monotonic_ms();
        const struct timespec until = hub_in_us(waits_ms[i] * 1000ULL);
        int result;
        while ((result = pthread_cond_timedwait(&cond, &lock, &until)) == 0)
            continue;
        assert_int_equal(result, ETIMEDOUT);
        assert_in_range(hub_monotonic_ms() - start_ms, waits_ms[i] - 1, waits_ms[i] + 10000);
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&cond);
}

static void a_moment_is_a_time(void **state)
{
    struct timespec before;
    (void)state;

    for (uint64_t us = 0; us < 3000000; us += 333333) {
        assert_int_equal(0, clock_gettime(CLOCK_MONOTONIC, &before));
        const struct timespec t = hub_in_us(us);
        assert_in_range(t.tv_nsec, 0, 999999999);
        const int64_t ahead_ns =
            (t.tv_sec - before.tv_sec) * INT64_C(1000000000) + t.tv_nsec - before.tv_nsec;
        assert_in_range(ahead_ns, us * 1000, us * 1000 + 10000000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_lasts_as_long_as_was_said),
        cmocka_unit_test(a_moment_is_a_time),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
