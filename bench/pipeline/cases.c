/* The table, and those that send and aggregate. */
#include "pipeline/cases.h"

#include "base/clock.h"

#include <unistd.h>

enum { A_REQUEST = 100, REPORTS = 40000, REPORTS_ONE = 10000, STILL_MS = 120000, LOOK_US = 100000 };

#define HISTOGRAM_100              \
    {                              \
        .length = 100, .chunk = 10 \
    }

/* Holds aggregation back for a minute, which no upload phase here reaches. */
static const char no_jobs[] = "job_linger_ms = 60000\njob_reports_max = 100000\n";

hub_status pipeline_await(struct pipeline_place *p, uint64_t n, struct hub_why *why)
{
    uint64_t until_ms = hub_monotonic_ms() + STILL_MS;
    uint64_t before = 0;

    for (;;) {
        uint64_t accepted[2];
        uint64_t rejected[2];
        HUB_TRY(pipeline_party_decided(&accepted[0], &rejected[0], &p->leader, p->client, why));
        HUB_TRY(pipeline_party_decided(&accepted[1], &rejected[1], &p->helper, p->client, why));
        if (rejected[0] != 0 || rejected[1] != 0)
            return hub_why(why, HUB_E_VERIFY, "a good report was rejected");
        if (accepted[0] == n && accepted[1] == n)
            return HUB_OK;
        if (accepted[0] + accepted[1] != before)
            until_ms = hub_monotonic_ms() + STILL_MS;
        before = accepted[0] + accepted[1];
        if (hub_monotonic_ms() > until_ms)
            return hub_why(why, HUB_E_BUSY, "%llu of %llu reports are aggregated",
                           (unsigned long long)accepted[0], (unsigned long long)n);
        (void)usleep(LOOK_US);
    }
}

hub_status pipeline_run_at_once(struct pipeline_cost *cost, struct pipeline_place *p,
                                struct pipeline_load *l, struct hub_why *why)
{
    struct pipeline_phase ph;

    HUB_TRY(pipeline_phase_begin(&ph, p, why));
    HUB_TRY(pipeline_load_send(l, why));
    HUB_TRY(pipeline_await(p, l->n_reports, why));
    return pipeline_phase_end(cost, &ph, p, why);
}

static hub_status run_upload(struct pipeline_cost *cost, struct pipeline_place *p,
                             struct pipeline_load *l, struct hub_why *why)
{
    struct pipeline_phase ph;

    HUB_TRY(pipeline_phase_begin(&ph, p, why));
    HUB_TRY(pipeline_load_send(l, why));
    return pipeline_phase_end(cost, &ph, p, why);
}

/* The leader starts again with its usual configuration and finds what waits. */
static hub_status run_aggregation(struct pipeline_place *p, struct pipeline_load *l,
                                  struct hub_why *why)
{
    struct pipeline_phase ph;
    struct pipeline_cost cost;

    pipeline_party_stop(&p->leader);
    HUB_TRY(pipeline_phase_begin_without_leader(&ph, p, why));
    HUB_TRY(pipeline_party_start(&p->leader, p->program, p->clock_path, "", why));
    HUB_TRY(pipeline_await(p, l->n_reports, why));
    HUB_TRY(pipeline_phase_end(&cost, &ph, p, why));
    pipeline_cost_print("aggregate", &cost, l, "");
    return HUB_OK;
}

static hub_status run_in(struct pipeline_place *p, struct pipeline_load *l,
                         const struct pipeline_case *c, size_t n_reports, struct hub_why *why)
{
    struct pipeline_cost cost;

    HUB_TRY(pipeline_load_init(l, p, n_reports, c->a_request));
    if (c->is_prepared)
        HUB_TRY(pipeline_load_prepare(l));
    HUB_TRY(c->is_upload_only ? run_upload(&cost, p, l, why)
                              : pipeline_run_at_once(&cost, p, l, why));
    pipeline_cost_print(c->name, &cost, l, "");
    if (c->aggregates_then)
        HUB_TRY(run_aggregation(p, l, why));
    return pipeline_place_check(p, l->n_reports, l->truth, why);
}

static hub_status run(const struct pipeline_case *c, const struct pipeline_wanted *w,
                      struct hub_why *why)
{
    struct pipeline_place place;
    struct pipeline_load load = {.place = NULL};

    hub_status status =
        pipeline_place_open(&place, &w->place, &c->shape, c->is_upload_only ? no_jobs : "", why);
    if (status == HUB_OK)
        status = run_in(&place, &load, c, pipeline_n_reports(c, w), why);
    pipeline_load_clear(&load);
    pipeline_place_close(&place);
    return status;
}

const struct pipeline_case pipeline_cases[] = {
    {.name = "live",
     .run = run,
     .n_reports = REPORTS,
     .a_request = A_REQUEST,
     .shape = HISTOGRAM_100},
    {.name = "prepared",
     .run = run,
     .n_reports = REPORTS,
     .a_request = A_REQUEST,
     .shape = HISTOGRAM_100,
     .is_prepared = true},
    {.name = "upload",
     .run = run,
     .n_reports = REPORTS,
     .a_request = A_REQUEST,
     .shape = HISTOGRAM_100,
     .is_prepared = true,
     .is_upload_only = true,
     .aggregates_then = true},
    {.name = "upload-one",
     .run = run,
     .n_reports = REPORTS_ONE,
     .a_request = 1,
     .shape = HISTOGRAM_100,
     .is_prepared = true,
     .is_upload_only = true},
    {.name = "ids",
     .run = pipeline_case_ids,
     .n_reports = REPORTS,
     .a_request = A_REQUEST,
     .shape = {.length = 100, .chunk = 10, .n_windows_before = 10},
     .by_name_only = true},
    {.name = "prepared-collect",
     .run = pipeline_case_collect,
     .n_reports = REPORTS,
     .a_request = A_REQUEST,
     .shape = HISTOGRAM_100,
     .by_name_only = true,
     .is_prepared = true},
    {.name = "collect",
     .run = pipeline_case_collect,
     .n_reports = REPORTS_ONE,
     .a_request = A_REQUEST,
     .shape = {.length = 1000, .chunk = 32},
     .by_name_only = true},
};

const size_t pipeline_n_cases = sizeof(pipeline_cases) / sizeof(pipeline_cases[0]);
