/* One report a window for each service. */
#include "leader/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t a[HUB_REPORT_ID_LEN] = {1};
static const uint8_t b[HUB_REPORT_ID_LEN] = {2};

static enum hub_slot claim(struct hub_slots *slots, uint64_t window, size_t service,
                           const uint8_t *id)
{
    enum hub_slot slot;
    assert_int_equal(HUB_OK, hub_slots_claim(slots, &slot, window, service, id));
    return slot;
}

static void a_slot_is_taken_once(void **state)
{
    struct hub_slots *slots;
    enum hub_slot slot;
    (void)state;

    assert_int_equal(HUB_OK, hub_slots_new(&slots, 3));
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 7, 0, a));
    assert_int_equal(HUB_SLOT_SAME, claim(slots, 7, 0, a));
    assert_int_equal(HUB_SLOT_OTHER, claim(slots, 7, 0, b));
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 7, 2, b));
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 8, 0, b));
    assert_int_equal(HUB_E_ARGUMENT, hub_slots_claim(slots, &slot, 7, 3, a));
    hub_slots_release(slots, 7, 0, b); /* not its slot */
    assert_int_equal(HUB_SLOT_OTHER, claim(slots, 7, 0, b));
    hub_slots_release(slots, 7, 0, a);
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 7, 0, b));
    hub_slots_free(slots);
    hub_slots_free(NULL);
}

static void what_was_counted_before_a_start_stays(void **state)
{
    struct hub_slots *slots;
    (void)state;

    assert_int_equal(HUB_OK, hub_slots_new(&slots, 3));
    assert_int_equal(HUB_OK, hub_slots_mark(slots, 5, 1));
    assert_int_equal(HUB_SLOT_COUNTED, claim(slots, 5, 1, a));
    hub_slots_release(slots, 5, 1, a);
    assert_int_equal(HUB_SLOT_COUNTED, claim(slots, 5, 1, a));
    /* a report that waits is not marked over */
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 5, 2, a));
    assert_int_equal(HUB_OK, hub_slots_mark(slots, 5, 2));
    assert_int_equal(HUB_SLOT_SAME, claim(slots, 5, 2, a));
    assert_int_equal(HUB_E_ARGUMENT, hub_slots_mark(slots, 5, 3));
    hub_slots_free(slots);
}

static void windows_come_and_go_in_any_order(void **state)
{
    enum { N = 211 }; /* a prime, so that i * 89 meets each window once */
    struct hub_slots *slots;
    (void)state;

    assert_int_equal(HUB_OK, hub_slots_new(&slots, 2));
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, i * 89 % N, i % 2, a));
    assert_int_equal(N, hub_slots_windows(slots));
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(HUB_SLOT_SAME, claim(slots, i * 89 % N, i % 2, a));
    hub_slots_forget(slots, 10, 19);
    assert_int_equal(N - 10, hub_slots_windows(slots));
    assert_int_equal(HUB_SLOT_CLAIMED, claim(slots, 15, 0, b));
    hub_slots_forget(slots, 0, UINT64_MAX);
    assert_int_equal(0, hub_slots_windows(slots));
    hub_slots_free(slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_is_taken_once),
        cmocka_unit_test(what_was_counted_before_a_start_stays),
        cmocka_unit_test(windows_come_and_go_in_any_order),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
