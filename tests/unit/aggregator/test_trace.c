/* The name of a piece of work, from its id and from a Location. */
#include "aggregator/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_id_and_location_agree(void **state)
{
    const uint8_t id[HUB_RESOURCE_ID_LEN] = {0, 1, 2, 3, 250, 251, 252, 253};
    char of_id[HUB_TRACE_LEN + 1];
    char of_location[HUB_TRACE_LEN + 1];
    char location[200] = "/dap/tasks/abc/aggregation_jobs/";
    (void)state;

    hub_trace_of_id(of_id, id);
    assert_int_equal(strlen(of_id), HUB_TRACE_LEN);
    memcpy(location + strlen(location), of_id, sizeof(of_id));
    hub_trace_of_location(of_location, location);
    assert_string_equal(of_location, of_id);
    memcpy(location + strlen(location), "?step=0", sizeof("?step=0"));
    hub_trace_of_location(of_location, location);
    assert_string_equal(of_location, of_id);
    hub_trace_of_location(of_location, of_id); /* relative */
    assert_string_equal(of_location, of_id);
}

static void test_other_locations_have_none(void **state)
{
    static const char *const others[] = {"", "/", "/jobs/17", "/jobs/AAECA_r7_P0AAAAAAAAAAA/",
                                         "/jobs/AAECA!r7_P0AAAAAAAAAAA"};
    (void)state;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char trace[HUB_TRACE_LEN + 1] = "before";
        hub_trace_of_location(trace, others[i]);
        assert_string_equal(trace, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_and_location_agree),
        cmocka_unit_test(test_other_locations_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
