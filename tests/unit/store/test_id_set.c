/* The set against a plain list: additions, removals in any order, growth and its bound. */
#include "store/id_set_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3000, N_WALK = 2600 };

static const struct hub_id_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static void id_of(uint8_t id[16], uint64_t i)
{
    memset(id, 0, 16);
    memcpy(id, &i, sizeof(i)); /* 0 is the id of all zeros */
}

static void test_adds_once(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_id_set_clear) struct hub_id_set set = {0};
    uint8_t id[16];
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < N; i++) {
            id_of(id, i);
            assert_int_equal(hub_id_set_has(&set, &key, id), round == 1);
            assert_int_equal(hub_id_set_add(&set, &key, id, SIZE_MAX),
                             round == 0 ? HUB_ID_ADDED : HUB_ID_KNOWN);
        }
        assert_int_equal(hub_id_set_count(&set), N);
    }
}

/* In parts that may not grow beyond their first size, so that runs are long and removals close gaps
 * in them; some are full at times. */
static void test_random_walk_against_a_list(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_id_set_clear) struct hub_id_set set = {0};
    static bool present[N_WALK];
    const size_t bytes_max = 1600 * 16;
    uint64_t seed = 20251124;
    size_t n = 0;
    size_t n_refused = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t step = 0; step < 60000; step++) {
        const uint64_t i = next(&seed) % N_WALK;
        uint8_t id[16];
        id_of(id, i);
        if (next(&seed) % 2 == 0) {
            const enum hub_id_added added = hub_id_set_add(&set, &key, id, bytes_max);
            assert_int_equal(added == HUB_ID_KNOWN, present[i]);
            n_refused += added == HUB_ID_NO_ROOM ? 1 : 0;
            n += added == HUB_ID_ADDED ? 1 : 0;
            present[i] = added != HUB_ID_NO_ROOM;
        } else {
            hub_id_set_remove(&set, &key, id);
            n -= present[i] ? 1 : 0;
            present[i] = false;
        }
        assert_int_equal(hub_id_set_count(&set), n);
        if (step % 97 == 0) {
            for (uint64_t k = 0; k < N_WALK; k++) {
                id_of(id, k);
                assert_int_equal(hub_id_set_has(&set, &key, id), present[k]);
            }
        }
    }
    assert_true(n_refused > 0);
}

/* Parts fill up each for itself, so a few are full before the others are. */
static void test_bound_holds_and_nothing_is_lost(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_id_set_clear) struct hub_id_set set = {0};
    static bool is_in[200000];
    const size_t bytes_max = 100000 * 16;
    uint8_t id[16];
    uint64_t n = 0;
    uint64_t n_before = 0; /* the first refusal */
    for (uint64_t i = 1; i < 200000; i++) {
        id_of(id, i);
        is_in[i] = hub_id_set_add(&set, &key, id, bytes_max) == HUB_ID_ADDED;
        n += is_in[i] ? 1 : 0;
        if (!is_in[i] && n_before == 0)
            n_before = i;
        assert_true(hub_id_set_bytes(&set) <= bytes_max);
    }
    assert_true(n_before > 100000 / 4 * 3);
    assert_true(n > 100000 / 5 * 4 && n <= 100000 / 16 * 15);
    assert_int_equal(hub_id_set_count(&set), n);
    for (uint64_t i = 1; i < 200000; i++) {
        id_of(id, i);
        assert_int_equal(hub_id_set_has(&set, &key, id), is_in[i]);
        if (is_in[i])
            assert_int_equal(hub_id_set_add(&set, &key, id, bytes_max), HUB_ID_KNOWN);
    }
    assert_int_equal(hub_id_set_add(&set, &key, (const uint8_t[16]){0}, 0), HUB_ID_ADDED);
}

/* Three fifths more than the ids themselves at most, and what was freed is used again. */
static void test_memory_follows_the_ids(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_id_set_clear) struct hub_id_set set = {0};
    uint8_t id[16];
    for (uint64_t i = 1; i <= 100000; i++) {
        id_of(id, i);
        assert_int_equal(hub_id_set_add(&set, &key, id, SIZE_MAX), HUB_ID_ADDED);
        if (i >= 10000)
            assert_true(hub_id_set_bytes(&set) < i * 16 * 8 / 5);
    }
    const size_t bytes = hub_id_set_bytes(&set);
    for (uint64_t i = 1; i <= 100000; i++) {
        id_of(id, i);
        hub_id_set_remove(&set, &key, id);
        id_of(id, i + 100000);
        assert_int_equal(hub_id_set_add(&set, &key, id, SIZE_MAX), HUB_ID_ADDED);
    }
    assert_int_equal(hub_id_set_count(&set), 100000);
    assert_true(hub_id_set_bytes(&set) <= bytes + bytes / 8);
}

static void test_no_memory_at_all(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_id_set_clear) struct hub_id_set set = {0};
    uint8_t id[16];
    id_of(id, 7);
    assert_int_equal(hub_id_set_add(&set, &key, id, 0), HUB_ID_NO_ROOM);
    assert_false(hub_id_set_has(&set, &key, id));
    hub_id_set_remove(&set, &key, id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_once),
        cmocka_unit_test(test_random_walk_against_a_list),
        cmocka_unit_test(test_bound_holds_and_nothing_is_lost),
        cmocka_unit_test(test_memory_follows_the_ids),
        cmocka_unit_test(test_no_memory_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
