/* A device's whole way with the measurement marked undefined: clamping, the daily limit, sharding,
 * the journal and sealing, under valgrind. Values beyond the range and active windows beyond the
 * limit are among them. Declassified: nothing but what ct_shard.c lists; a clamped value is in
 * range. With the argument "leak" it branches on what the device tells its own program about the
 * value: the control that valgrind sees. */
#include "../unit/device/fixture.h"

#include <valgrind/memcheck.h>

enum { VALUES_MAX = 8, N_WINDOWS = 4 };

static const struct hub_statement_vdaf circuits[] = {
    {.circuit = HUB_CIRCUIT_COUNT},
    {.circuit = HUB_CIRCUIT_SUM, .max = 100},
    {.circuit = HUB_CIRCUIT_SUMVEC, .max = 6, .length = 5, .chunk = 4},
    {.circuit = HUB_CIRCUIT_HISTOGRAM, .length = 8, .chunk = 3},
    {.circuit = HUB_CIRCUIT_MULTIHOT, .length = 6, .chunk = 3, .max_weight = 2},
};

static void measure_secretly(const struct hub_statement_vdaf *circuit, bool leak)
{
    HUB_CLEANUP(fixture_clear) struct fixture f;
    const struct hub_device_transport transport = fixture_transport(&f);
    const uint64_t day = (uint64_t)(FIXTURE_FIRST_DAY + 1) * DAY_S;
    struct hub_device_result result;
    struct hub_device_outcome outcome;

    fixture_init(&f, HUB_UNIT_DEVICE_DAY, *circuit, 3600, 2);
    fixture_open(&f, day - DAY_S);
    for (uint64_t h = 0; h < N_WINDOWS; h++) {
        uint64_t values[VALUES_MAX] = {3 + h, 1, UINT64_MAX, 0, 7, 1};
        const size_t n =
            circuit->circuit == HUB_CIRCUIT_SUMVEC || circuit->circuit == HUB_CIRCUIT_MULTIHOT
                ? circuit->length
                : 1;
        VALGRIND_MAKE_MEM_UNDEFINED(values, sizeof(values));
        assert_int_equal(
            hub_device_put(f.device, f.task, day + h * 3600, values, n, day + h * 3600, &outcome),
            HUB_OK);
        if (leak && outcome.clamped)
            (void)puts("clamped");
    }
    assert_int_equal(hub_device_commit(f.device), HUB_OK);
    assert_int_equal(
        hub_device_send(f.device, f.task, &transport, day + N_WINDOWS * 3600, 100, &result),
        HUB_OK);
    assert_int_equal(result.n_accepted, N_WINDOWS);
}

static bool wants_leak;

static void test_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(circuits) / sizeof(circuits[0]); i++)
        measure_secretly(&circuits[i], wants_leak);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

    wants_leak = argc == 2 && strcmp(argv[1], "leak") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
