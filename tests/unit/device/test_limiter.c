/* What a device refuses, remembers and forgets. Grounds never depend on what was measured. */
#include "base/text.h"
#include "device/state_internal.h"
#include "fixture.h"

#define DAY(n) ((uint64_t)(FIXTURE_FIRST_DAY + (n)) * DAY_S)
static const struct hub_statement_vdaf histogram = {
    .circuit = HUB_CIRCUIT_HISTOGRAM, .length = 8, .chunk = 3};
static const struct hub_statement_vdaf sum = {.circuit = HUB_CIRCUIT_SUM, .max = 255};

static hub_status put(struct fixture *f, uint64_t time_s, uint64_t value, uint64_t now_s)
{
    return hub_device_put(f->device, f->task, time_s, &value, 1, now_s, NULL);
}

static void test_silent_at_first_use(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(1) + 5);
    assert_int_equal(hub_device_silent_until(f.device, f.task), DAY(2));
    assert_int_equal(put(&f, DAY(1) + 5, 3, DAY(1) + 5), HUB_E_REFUSED);
    assert_int_equal(put(&f, DAY(0) + 5, 3, DAY(1) + 5), HUB_E_REFUSED); /* yesterday neither */
    assert_int_equal(put(&f, DAY(2), 3, DAY(2)), HUB_OK);
    assert_int_equal(hub_device_silent_until(f.device, f.task), 0);
}

static void test_device_day_waits_for_the_day(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, 3600, 24);
    fixture_open(&f, DAY(1) + 5);
    assert_int_equal(put(&f, DAY(1) + 3600, 3, DAY(1) + 3600), HUB_E_REFUSED);
    assert_int_equal(put(&f, DAY(2), 3, DAY(2)), HUB_OK);
    fixture_clear(&f);

    fixture_init(&f, HUB_UNIT_VISIT, sum, 3600, 24);
    fixture_open(&f, DAY(1) + 5);
    assert_int_equal(put(&f, DAY(1) + 5, 3, DAY(1) + 5), HUB_E_REFUSED);
    assert_int_equal(put(&f, DAY(1) + 3600, 3, DAY(1) + 3600), HUB_OK);
}

static void test_one_report_a_window(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(1));
    assert_int_equal(put(&f, DAY(2), 3, DAY(2)), HUB_OK);
    assert_int_equal(put(&f, DAY(2) + 9, 3, DAY(2) + 9), HUB_E_CONFLICT);
    assert_int_equal(hub_device_put_neutral(f.device, f.task, DAY(2), DAY(2)), HUB_E_CONFLICT);
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    fixture_open(&f, DAY(2) + 10);
    assert_int_equal(put(&f, DAY(2) + 9, 4, DAY(2) + 10), HUB_E_CONFLICT);
    assert_int_equal(hub_device_pending(f.device, f.task), 1);
    assert_int_equal(put(&f, DAY(3), 4, DAY(3)), HUB_OK);
}

static void test_out_of_time(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    uint64_t value = 1;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(0) - 10 * DAY_S);
    assert_int_equal(put(&f, DAY(-1), 1, DAY(-1)), HUB_E_REFUSED); /* before the task */
    assert_int_equal(put(&f, DAY(5), 1, DAY(4)), HUB_E_REFUSED);   /* the future */
    assert_int_equal(put(&f, DAY(5), 1, DAY(5) - 60), HUB_OK);     /* within the clocks' slack */
    assert_int_equal(put(&f, DAY(4), 1, DAY(6) - 1), HUB_OK);      /* late, within grace */
    assert_int_equal(put(&f, DAY(3), 1, DAY(6)), HUB_E_REFUSED);   /* its grace is over */
    assert_int_equal(hub_device_put(f.device, f.task, DAY(6), &value, 2, DAY(6), NULL),
                     HUB_E_ARGUMENT);
    assert_int_equal(hub_device_put(f.device, f.task + 1, DAY(6), &value, 1, DAY(6), NULL),
                     HUB_E_ARGUMENT);
    assert_int_equal(put(&f, DAY(60), 1, DAY(60)), HUB_E_REFUSED); /* after the task */
}

static void test_active_windows_of_a_day(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    struct hub_device_outcome outcome;
    uint64_t value = 2;
    uint64_t neutral = 7;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, 3600, 2);
    fixture_open(&f, DAY(0));
    for (unsigned h = 0; h < 5; h++) {
        const uint64_t t = DAY(1) + h * 3600;
        /* hour 1 has nothing to say, so that hours 0 and 2 are the two active ones */
        assert_int_equal(
            hub_device_put(f.device, f.task, t, h == 1 ? &neutral : &value, 1, t, &outcome),
            HUB_OK);
        assert_int_equal(outcome.is_beyond, h > 2);
    }
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    fixture_open(&f, DAY(1) + 5 * 3600); /* it remembers the count */
    assert_int_equal(
        hub_device_put(f.device, f.task, DAY(1) + 5 * 3600, &value, 1, DAY(1) + 5 * 3600, &outcome),
        HUB_OK);
    assert_true(outcome.is_beyond);
    assert_int_equal(hub_device_put(f.device, f.task, DAY(2), &value, 1, DAY(2), &outcome), HUB_OK);
    assert_false(outcome.is_beyond);
}

static void test_clock_set_back(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(1));
    assert_int_equal(put(&f, DAY(5), 1, DAY(5) + 100), HUB_OK);
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    assert_int_equal(put(&f, DAY(4), 1, DAY(5) + 60), HUB_OK); /* corrected by 40 s: no matter */
    assert_int_equal(put(&f, DAY(3), 1, DAY(3)), HUB_E_REFUSED);
    fixture_open(&f, DAY(3) + 10);
    assert_int_equal(put(&f, DAY(3), 1, DAY(3) + 10), HUB_E_REFUSED);
    assert_int_equal(put(&f, DAY(5), 1, DAY(5)), HUB_E_CONFLICT); /* sent in its first life */
    assert_int_equal(put(&f, DAY(6), 1, DAY(6)), HUB_OK);
}

/* Every way in which the storage can be cut short or changed silences the device. */
static void test_damaged_storage(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf whole = HUB_BUF_INIT(1 << 20);

    (void)state;
    fixture_init(&f, HUB_UNIT_VISIT, sum, 3600, 24);
    fixture_open(&f, DAY(1));
    const size_t rewritten = f.disk.len;
    assert_int_equal(put(&f, DAY(1) + 3600, 9, DAY(1) + 3600), HUB_OK);
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    assert_int_equal(hub_buf_append(&whole, hub_buf_span(&f.disk)), HUB_OK);
    for (size_t cut = 0; cut < 2 * whole.len; cut++) {
        f.disk.len = 0;
        assert_int_equal(hub_buf_append(&f.disk, hub_buf_span(&whole)), HUB_OK);
        if (cut < whole.len)
            f.disk.len = cut;
        else
            f.disk.ptr[cut - whole.len] ^= 0x40;
        fixture_open(&f, DAY(1) + 3700);
        const hub_status same = put(&f, DAY(1) + 3600, 9, DAY(1) + 3700);
        /* Cut exactly behind the records of the last rewriting the journal is whole, and older: a
         * disk that loses what it has synced is beyond what can be noticed here. */
        if (same == HUB_OK)
            assert_int_equal(cut, rewritten);
        else
            assert_true(same == HUB_E_REFUSED || same == HUB_E_CONFLICT);
        assert_int_equal(put(&f, DAY(1) + 7200, 9, DAY(1) + 7200), HUB_OK);
    }
}

static void test_failed_sync(void **state)
{
    for (int torn = 0; torn < 2; torn++) {
        HUB_CLEANUP(fixture_clear) struct fixture f;
        fixture_init(&f, HUB_UNIT_VISIT, sum, 3600, 24);
        fixture_open(&f, DAY(1));
        f.fail_appends = 1;
        f.fail_torn = torn != 0;
        assert_int_equal(put(&f, DAY(1) + 3600, 9, DAY(1) + 3600), HUB_OK);
        assert_int_equal(hub_device_pending(f.device, f.task), 0);
        assert_int_equal(hub_device_commit(f.device), HUB_E_IO);
        assert_int_equal(hub_device_pending(f.device, f.task), 0);
        assert_int_equal(put(&f, DAY(1) + 3600, 9, DAY(1) + 3600), HUB_E_CONFLICT);
        assert_int_equal(put(&f, DAY(1) + 7200, 9, DAY(1) + 7200), HUB_OK);
        assert_int_equal(hub_device_commit(f.device), HUB_OK); /* the journal is written anew */
        assert_int_equal(hub_device_pending(f.device, f.task), 1);
        fixture_open(&f, DAY(1) + 7300);
        assert_int_equal(hub_device_silent_until(f.device, f.task), 0);
        assert_int_equal(put(&f, DAY(1) + 3600, 9, DAY(1) + 7300), HUB_E_CONFLICT);
        assert_int_equal(put(&f, DAY(1) + 7200, 9, DAY(1) + 7300), HUB_E_CONFLICT);
        assert_int_equal(hub_device_pending(f.device, f.task), 1);
    }
    (void)state;
}

static void test_one_sync_for_many(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, sum, 3600, 24);
    fixture_open(&f, DAY(0));
    const unsigned before = f.n_syncs;
    for (unsigned h = 0; h < 24; h++)
        assert_int_equal(put(&f, DAY(1) + h * 3600, h, DAY(1) + h * 3600), HUB_OK);
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    assert_int_equal(f.n_syncs, before + 1);
    assert_int_equal(hub_device_commit(f.device), HUB_OK); /* nothing new: no sync */
    assert_int_equal(f.n_syncs, before + 1);
}

/* Each task of the fixture charges 2^29 of 2^40 a day; the cap is 2^31. */
static void test_cap_of_a_day(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    static const enum hub_circuit circuits[] = {HUB_CIRCUIT_COUNT, HUB_CIRCUIT_SUM,
                                                HUB_CIRCUIT_SUMVEC, HUB_CIRCUIT_MULTIHOT};
    unsigned n_joined = 1;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(0));
    for (size_t i = 0; i < 4; i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 16);
        const struct hub_statement_vdaf v = {
            .circuit = circuits[i],
            .max = circuits[i] == HUB_CIRCUIT_SUM || circuits[i] == HUB_CIRCUIT_SUMVEC ? 3 : 0,
            .length = i >= 2 ? 4 : 0,
            .chunk = i >= 2 ? 2 : 0,
            .max_weight = circuits[i] == HUB_CIRCUIT_MULTIHOT ? 2 : 0,
        };
        unsigned number;
        char why[320] = "";
        fixture_statement(&text, HUB_UNIT_DEVICE_DAY, v, DAY_S, 1);
        const hub_status status = hub_device_join(f.device, &number, hub_buf_span(&text),
                                                  HUB_SPAN_EMPTY, DAY(0), why, sizeof(why));
        if (n_joined < 4) {
            assert_int_equal(status, HUB_OK);
            assert_int_equal(number, n_joined++);
        } else {
            assert_int_equal(status, HUB_E_REFUSED);
            assert_non_null(strstr(why, "cap"));
        }
    }
    unsigned again;
    assert_int_equal(hub_device_join(f.device, &again, hub_buf_span(&f.statement), HUB_SPAN_EMPTY,
                                     DAY(0), NULL, 0),
                     HUB_OK);
    assert_int_equal(again, f.task);
}

static void test_no_such_statement(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    char why[320] = "";
    unsigned number;

    (void)state;
    fixture_init(&f, HUB_UNIT_DEVICE_DAY, histogram, DAY_S, 1);
    fixture_open(&f, DAY(0));
    f.statement.ptr[f.statement.len - 3] ^= 1;
    assert_int_equal(hub_device_join(f.device, &number, hub_buf_span(&f.statement), HUB_SPAN_EMPTY,
                                     DAY(0), why, sizeof(why)),
                     HUB_E_CONFIG);
    assert_non_null(strstr(why, "line 31"));
}

/* Months of hours leave neither a long journal nor a long list. */
static void test_memory_stays_small(void **state)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    const struct hub_device_transport transport = fixture_transport(&f);
    struct hub_device_result result;

    (void)state;
    fixture_init(&f, HUB_UNIT_VISIT, sum, 3600, 24);
    fixture_open(&f, DAY(0));
    for (uint64_t h = 1; h < 40 * 24; h++) {
        const uint64_t t = DAY(0) + h * 3600;
        assert_int_equal(put(&f, t, h, t), HUB_OK);
        assert_int_equal(hub_device_commit(f.device), HUB_OK);
        assert_int_equal(hub_device_send(f.device, f.task, &transport, t, 10, &result), HUB_OK);
        assert_int_equal(result.n_accepted, 1);
    }
    assert_true(f.device->joined[f.task].n_slots <= 72);
    assert_true(f.disk.len < 40000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silent_at_first_use),
        cmocka_unit_test(test_device_day_waits_for_the_day),
        cmocka_unit_test(test_one_report_a_window),
        cmocka_unit_test(test_out_of_time),
        cmocka_unit_test(test_active_windows_of_a_day),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_damaged_storage),
        cmocka_unit_test(test_failed_sync),
        cmocka_unit_test(test_one_sync_for_many),
        cmocka_unit_test(test_cap_of_a_day),
        cmocka_unit_test(test_no_such_statement),
        cmocka_unit_test(test_memory_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
