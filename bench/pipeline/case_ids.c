/* Memory and cost of a report while each party has stored so many ids, against an empty store. */
#include "pipeline/cases.h"
#include "pipeline/stored.h"

#include "base/clock.h"

#include <stdio.h>

/* How long each party took to start on what it has stored. */
struct starts {
    uint64_t leader_ms;
    uint64_t helper_ms;
};

static hub_status fill(struct pipeline_place *p, struct pipeline_party *party, uint64_t n,
                       struct hub_why *why)
{
    pipeline_party_stop(party);
    (void)fprintf(stderr, "%s: storing %llu ids\n", party->name, (unsigned long long)n);
    HUB_TRY(pipeline_store_ids(p, party, n, why));
    if (p->server.pid == 0)
        return HUB_OK;
    /* as after hours of service: what a server does once, after so many rows at once, is done */
    HUB_TRY(postgres_server_sql(&p->server, party->name, "VACUUM ANALYZE", why));
    return postgres_server_sql(&p->server, party->name, "CHECKPOINT", why);
}

static hub_status start(struct pipeline_place *p, struct pipeline_party *party, uint64_t *took_ms,
                        struct hub_why *why)
{
    const uint64_t before_ms = hub_monotonic_ms();

    HUB_TRY(pipeline_party_start(party, p->program, p->clock_path, "", why));
    *took_ms = hub_monotonic_ms() - before_ms;
    return HUB_OK;
}

static hub_status fill_both(struct pipeline_place *p, uint64_t n, struct starts *s,
                            struct hub_why *why)
{
    HUB_TRY(fill(p, &p->leader, n, why));
    HUB_TRY(fill(p, &p->helper, n, why));
    HUB_TRY(start(p, &p->helper, &s->helper_ms, why));
    return start(p, &p->leader, &s->leader_ms, why);
}

static hub_status run_in(struct pipeline_place *p, struct pipeline_load *l,
                         const struct pipeline_case *c, const struct pipeline_wanted *w,
                         uint64_t n_stored, double *both_us, struct hub_why *why)
{
    const double empty_us = *both_us;
    struct starts starts = {0};
    struct pipeline_cost cost;
    char more[256] = "\"stored_ids\":0,";

    HUB_TRY(pipeline_load_init(l, p, pipeline_n_reports(c, w), c->a_request));
    HUB_TRY(pipeline_load_prepare(l));
    if (n_stored != 0)
        HUB_TRY(fill_both(p, n_stored, &starts, why));
    HUB_TRY(pipeline_run_at_once(&cost, p, l, why));
    *both_us = pipeline_cost_both_us(&cost);
    if (n_stored != 0)
        (void)snprintf(more, sizeof(more),
                       "\"stored_ids\":%llu,\"against_empty\":%.3f,\"leader_start_ms\":%llu,"
                       "\"helper_start_ms\":%llu,",
                       (unsigned long long)n_stored, *both_us / empty_us,
                       (unsigned long long)starts.leader_ms, (unsigned long long)starts.helper_ms);
    pipeline_cost_print(c->name, &cost, l, more);
    return pipeline_place_check(p, l->n_reports, l->truth, why);
}

static hub_status run(const struct pipeline_case *c, const struct pipeline_wanted *w,
                      uint64_t n_stored, double *both_us, struct hub_why *why)
{
    struct pipeline_place place;
    struct pipeline_load load = {.place = NULL};

    hub_status status = pipeline_place_open(&place, &w->place, &c->shape, "", why);
    if (status == HUB_OK)
        status = run_in(&place, &load, c, w, n_stored, both_us, why);
    pipeline_load_clear(&load);
    pipeline_place_close(&place);
    return status;
}

hub_status pipeline_case_ids(const struct pipeline_case *c, const struct pipeline_wanted *w,
                             struct hub_why *why)
{
    double both_us = 0;

    HUB_TRY(run(c, w, 0, &both_us, why));
    return run(c, w, w->n_stored, &both_us, why);
}
