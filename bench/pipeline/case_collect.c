/* The time from the collector's request to its total, for a batch that is ready: every report of it
 * went through upload and aggregation. */
#include "pipeline/cases.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LOG_MAX = 1 << 26 };

static double now_ms(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* When the party's log has this event last, in milliseconds of real time; 0: never. */
static double logged_ms(const struct pipeline_party *party, const char *event)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(LOG_MAX);
    char path[PIPELINE_PATH_MAX + 16];
    const char *line = NULL;
    struct tm utc = {0};

    (void)snprintf(path, sizeof(path), "%s/log.txt", party->folder);
    if (hub_file_read(&text, path, NULL) != HUB_OK ||
        hub_buf_append(&text, hub_span_of((const uint8_t *)"", 1)) != HUB_OK)
        return 0;
    for (const char *at = strstr((const char *)text.ptr, event); at != NULL;
         at = strstr(at + 1, event)) {
        for (line = at; line != (const char *)text.ptr && line[-1] != '\n';)
            line--;
    }
    if (line == NULL)
        return 0;
    const char *const fraction = strptime(line, "%Y-%m-%dT%H:%M:%S", &utc);
    if (fraction == NULL || *fraction != '.')
        return 0;
    return (double)timegm(&utc) * 1e3 + (double)strtoul(fraction + 1, NULL, 10);
}

static hub_status collect(struct pipeline_place *p, const struct pipeline_load *l,
                          const struct pipeline_case *c, struct hub_why *why)
{
    HUB_CLEANUP(hub_collection_clear) struct hub_collection result = {.totals = NULL};
    struct pipeline_phase ph;
    struct pipeline_cost cost;
    double took_us;

    HUB_TRY(pipeline_phase_begin(&ph, p, why));
    HUB_TRY(pipeline_place_collect(p, &result, &took_us, why));
    const double end_ms = now_ms(CLOCK_REALTIME);
    HUB_TRY(pipeline_phase_end(&cost, &ph, p, why));
    const double start_ms = end_ms - took_us / 1e3;
    (void)printf(
        "{\"bench\":\"pipeline\",\"case\":\"%s\",\"database\":\"%s\",\"tls\":\"%s\","
        "\"vdaf\":\"Prio3Histogram\",\"length\":%u,\"chunk\":%u,\"reports\":%zu,"
        "\"collect_ms\":%.1f,\"helper_released_at_ms\":%.0f,\"leader_released_at_ms\":%.0f,",
        c->name, p->server.pid == 0 ? "sqlite" : "postgresql", pipeline_tls_name(p->front.tls),
        p->shape.length, p->shape.chunk, l->n_reports, took_us / 1e3,
        logged_ms(&p->helper, " share.released ") - start_ms,
        logged_ms(&p->leader, " collection.done ") - start_ms);
    (void)printf("\"leader_cpu_ms\":%.1f,\"helper_cpu_ms\":%.1f,\"database_cpu_ms\":%.1f,"
                 "\"proxy_cpu_ms\":%.1f,\"collector_cpu_ms\":%.1f,",
                 cost.leader.cpu_us / 1e3, cost.helper.cpu_us / 1e3, cost.database_us / 1e3,
                 cost.proxy_us / 1e3, cost.devices_us / 1e3);
    pipeline_machine_print();
    return pipeline_place_judge(p, &result, l->n_reports, l->truth, why);
}

static hub_status run_in(struct pipeline_place *p, struct pipeline_load *l,
                         const struct pipeline_case *c, size_t n_reports, struct hub_why *why)
{
    struct pipeline_cost cost;
    char name[64];

    (void)snprintf(name, sizeof(name), "%s-fill", c->name);
    HUB_TRY(pipeline_load_init(l, p, n_reports, c->a_request));
    if (c->is_prepared)
        HUB_TRY(pipeline_load_prepare(l));
    HUB_TRY(pipeline_run_at_once(&cost, p, l, why));
    pipeline_cost_print(name, &cost, l, "");
    return collect(p, l, c, why);
}

hub_status pipeline_case_collect(const struct pipeline_case *c, const struct pipeline_wanted *w,
                                 struct hub_why *why)
{
    struct pipeline_place place;
    struct pipeline_load load = {.place = NULL};

    hub_status status = pipeline_place_open(&place, &w->place, &c->shape, "", why);
    if (status == HUB_OK)
        status = run_in(&place, &load, c, pipeline_n_reports(c, w), why);
    pipeline_load_clear(&load);
    pipeline_place_close(&place);
    return status;
}
