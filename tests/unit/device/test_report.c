/* A report's chance: its id and the VDAF's randomness are drawn anew, from the source that was
 * passed in and nowhere else (DAP-18, "Client Behavior"). */
#include "device/report.h"

#include "wire/domain.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Bytes 1, 2, 3, ...: what was taken shows where it went. ends_after: then there is no more. */
struct counter {
    uint64_t n;
    uint64_t ends_after;
};

static hub_status count_up(void *self, uint8_t *out, size_t n)
{
    struct counter *c = self;

    if (n > c->ends_after - c->n)
        return HUB_E_RANDOM;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(++c->n % 251);
    return HUB_OK;
}

static struct hub_vdaf *count_vdaf(void)
{
    const struct hub_vdaf_params params = {.kind = HUB_VDAF_PRIO3_COUNT};
    struct hub_vdaf *v;

    assert_int_equal(hub_vdaf_new(&v, &params), HUB_OK);
    return v;
}

static void test_each_report_has_its_own_chance(void **state)
{
    (void)state;
    const struct hub_task_id task = {{1}};
    const struct hub_measurement one = {.number = 1};
    struct counter c = {.ends_after = UINT64_MAX};
    const struct hub_rng rng = {count_up, &c};
    struct hub_device_report a = {0};
    struct hub_device_report b = {0};
    struct hub_vdaf *v = count_vdaf();

    assert_int_equal(hub_device_report_shard(&a, &task, v, 7, &one, &rng), HUB_OK);
    const uint64_t n_first = c.n;
    assert_int_equal(n_first, 16 + hub_vdaf_rand_len(v)); /* all of it is drawn, none derived */
    assert_int_equal(a.id[0], 1);
    assert_int_equal(a.id[15], 16);
    assert_int_equal(hub_device_report_shard(&b, &task, v, 7, &one, &rng), HUB_OK);
    assert_int_equal(c.n, 2 * n_first);
    assert_memory_not_equal(a.id, b.id, sizeof(a.id));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(a.input_share[i].len, b.input_share[i].len);
        assert_memory_not_equal(a.input_share[i].ptr, b.input_share[i].ptr, a.input_share[i].len);
    }
    hub_device_report_wipe(&a);
    hub_device_report_wipe(&b);
    hub_vdaf_free(v);
}

static void test_without_chance_there_is_no_report(void **state)
{
    (void)state;
    const struct hub_task_id task = {{1}};
    const struct hub_measurement one = {.number = 1};
    struct hub_vdaf *v = count_vdaf();

    for (uint64_t n = 0; n < 16 + hub_vdaf_rand_len(v); n++) {
        struct counter c = {.ends_after = n};
        const struct hub_rng rng = {count_up, &c};
        struct hub_device_report r = {0};
        assert_int_equal(hub_device_report_shard(&r, &task, v, 7, &one, &rng), HUB_E_RANDOM);
        hub_device_report_wipe(&r);
    }
    hub_vdaf_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_report_has_its_own_chance),
        cmocka_unit_test(test_without_chance_there_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
