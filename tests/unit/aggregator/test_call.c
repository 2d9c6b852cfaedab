/* Paths to resources, statuses to answers. */
#include "aggregator/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void paths_name_resources(void **state)
{
    static const struct {
        const char *path;
        enum hub_resource resource;
        const char *task;
        const char *id;
    } cases[] = {
        {"/hpke_config", HUB_RESOURCE_HPKE_CONFIG, "", ""},
        {"/health", HUB_RESOURCE_HEALTH, "", ""},
        {"/tasks/T/reports", HUB_RESOURCE_REPORTS, "T", ""},
        {"/tasks/T/collection_jobs", HUB_RESOURCE_COLLECTION_JOBS, "T", ""},
        {"/tasks/T/collection_jobs/J", HUB_RESOURCE_COLLECTION_JOB, "T", "J"},
        {"/tasks/T/aggregation_jobs", HUB_RESOURCE_AGGREGATION_JOBS, "T", ""},
        {"/tasks/T/aggregation_jobs/J", HUB_RESOURCE_AGGREGATION_JOB, "T", "J"},
        {"/tasks/T/aggregate_shares", HUB_RESOURCE_AGGREGATE_SHARES, "T", ""},
        {"/tasks/T/aggregate_shares/S", HUB_RESOURCE_AGGREGATE_SHARE, "T", "S"},
        {"", HUB_RESOURCE_NONE, "", ""},
        {"/", HUB_RESOURCE_NONE, "", ""},
        {"hpke_config", HUB_RESOURCE_NONE, "", ""},
        {"/hpke_config/", HUB_RESOURCE_NONE, "", ""},
        {"/tasks/T", HUB_RESOURCE_NONE, "", ""},
        {"/tasks/T/reports/R", HUB_RESOURCE_NONE, "T", "R"},
        {"/tasks/T/aggregation_jobs/J/x", HUB_RESOURCE_NONE, "", ""},
        {"/task/T/reports", HUB_RESOURCE_NONE, "", ""},
        {"//tasks/T/reports", HUB_RESOURCE_NONE, "", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hub_span task;
        hub_span id;
        assert_int_equal(cases[i].resource,
                         hub_call_route(&task, &id, hub_span_text(cases[i].path)));
        if (cases[i].resource == HUB_RESOURCE_NONE)
            continue;
        assert_true(hub_span_equal_var(task, hub_span_text(cases[i].task)));
        assert_true(hub_span_equal_var(id, hub_span_text(cases[i].id)));
    }
}

static void fail_with(void *self, struct hub_call *call)
{
    hub_call_failed(call, *(const hub_status *)self);
}

static void a_status_says_whose_move_it_is(void **state)
{
    (void)state;
    for (int s = HUB_OK + 1; s < HUB_N_STATUS; s++) {
        struct hub_call call = {0};
        struct hub_answer answer = {0};
        hub_status status = (hub_status)s;
        hub_call_wait(&answer, &call, fail_with, &status);
        const bool is_peers = status == HUB_E_DECODE || status == HUB_E_VERIFY ||
                              status == HUB_E_OPEN || status == HUB_E_SPACE;
        assert_int_equal(answer.status, is_peers ? 400 : 503);
        if (is_peers)
            assert_int_equal(answer.problem, HUB_PROBLEM_INVALID_MESSAGE);
        else
            assert_true(answer.retry_after_s > 0);
        hub_answer_clear(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_name_resources),
        cmocka_unit_test(a_status_says_whose_move_it_is),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
