/* The office's front: which page an address means, and one worker's connection and memory. */
#include "page/office_internal.h"

#include "http/query.h"
#include "http/router.h"
#include "page/asset.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES_MAX = 64 << 20 };

/* ---- making one ---- */

static hub_status copy_config(struct hub_office *o, const struct hub_office_config *in)
{
    const char *const texts[HUB_OFFICE_TEXTS] = {in->series, in->title, in->story, in->truth};

    for (unsigned i = 0; i < HUB_OFFICE_TEXTS; i++) {
        o->texts[i] = strdup(texts[i] == NULL ? "" : texts[i]);
        if (o->texts[i] == NULL)
            return HUB_E_MEMORY;
    }
    o->config = (struct hub_office_config){o->texts[0], o->texts[1], o->texts[2], o->texts[3]};
    return HUB_OK;
}

static void free_office_at(struct hub_office **o)
{
    hub_office_free(*o);
}

hub_status hub_office_new(struct hub_office **out, const struct hub_office_config *config,
                          const struct hub_clock *clock, struct hub_why *why)
{
    HUB_CLEANUP(free_office_at) struct hub_office *o = calloc(1, sizeof(*o));

    if (o == NULL)
        return HUB_E_MEMORY;
    o->clock = *clock;
    HUB_TRY(copy_config(o, config));
    /* The collector may not have made the database yet: then each request looks again. */
    hub_status status = hub_series_open(&o->series, o->config.series, HUB_SERIES_READ, why);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    *out = o;
    o = NULL;
    return HUB_OK;
}

void hub_office_free(struct hub_office *o)
{
    if (o == NULL)
        return;
    hub_series_close(o->series);
    for (size_t i = 0; i < o->n_zones; i++)
        hub_zone_free(o->zones[i].zone);
    hub_arena_clear(&o->arena);
    for (unsigned i = 0; i < HUB_OFFICE_TEXTS; i++)
        free(o->texts[i]);
    free(o);
}

hub_status hub_office_zone(struct hub_office *o, const struct hub_zone **out, const char *name)
{
    struct hub_zone *zone;

    for (size_t i = 0; i < o->n_zones; i++) {
        if (strcmp(o->zones[i].name, name) == 0) {
            *out = o->zones[i].zone;
            return HUB_OK;
        }
    }
    if (o->n_zones == HUB_OFFICE_ZONES_MAX || strlen(name) > HUB_SERIES_NAME_MAX)
        return HUB_E_SPACE;
    hub_status status = hub_zone_open(&zone, name, NULL);
    if (status == HUB_E_NOT_FOUND || status == HUB_E_DECODE)
        status = hub_zone_open(&zone, "UTC", NULL);
    HUB_TRY(status);
    memcpy(o->zones[o->n_zones].name, name, strlen(name) + 1);
    o->zones[o->n_zones].zone = zone;
    *out = o->zones[o->n_zones++].zone;
    return HUB_OK;
}

/* ---- routes ---- */

enum page_id {
    PAGE_OVERVIEW,
    PAGE_LIVE,
    PAGE_HEALTH,
    PAGE_MEASURES_JSON,
    PAGE_MEASURE,
    PAGE_CHART_SVG,
    PAGE_WINDOWS_JSON,
    PAGE_CSV,
    PAGE_JSON,
    PAGE_REGISTER,
    PAGE_REGISTER_TASK,
    PAGE_STATEMENT
};

static const struct hub_route routes[] = {
    {HUB_HTTP_GET, "/", PAGE_OVERVIEW},
    {HUB_HTTP_GET, "/live.json", PAGE_LIVE},
    {HUB_HTTP_GET, "/healthz", PAGE_HEALTH},
    {HUB_HTTP_GET, "/measures.json", PAGE_MEASURES_JSON},
    {HUB_HTTP_GET, "/measure/{name}", PAGE_MEASURE},
    {HUB_HTTP_GET, "/measure/{name}/chart.svg", PAGE_CHART_SVG},
    {HUB_HTTP_GET, "/measure/{name}/windows.json", PAGE_WINDOWS_JSON},
    {HUB_HTTP_GET, "/measure/{name}/data.csv", PAGE_CSV},
    {HUB_HTTP_GET, "/measure/{name}/data.json", PAGE_JSON},
    {HUB_HTTP_GET, "/register", PAGE_REGISTER},
    {HUB_HTTP_GET, "/register/{task}", PAGE_REGISTER_TASK},
    {HUB_HTTP_GET, "/register/{task}/statement", PAGE_STATEMENT},
};

static hub_status write_live(struct hub_office *o, struct hub_html *h)
{
    uint64_t revision;

    HUB_TRY(hub_series_revision(o->series, &revision));
    hub_html_format(h, "{\"revision\":%llu}\n", (unsigned long long)revision);
    return hub_html_finish(h);
}

static hub_status write_page(struct hub_office *o, struct hub_html *h,
                             struct hub_office_answer *answer, enum page_id page, const char *name,
                             hub_span query)
{
    static const char html[] = "text/html; charset=utf-8";
    static const char json[] = "application/json";

    answer->content_type = html;
    switch (page) {
    case PAGE_OVERVIEW:
        return hub_page_overview(o, h);
    case PAGE_LIVE:
        answer->content_type = json;
        return write_live(o, h);
    case PAGE_HEALTH:
        answer->content_type = "text/plain; charset=utf-8";
        hub_html_raw(h, "ok\n");
        return hub_html_finish(h);
    case PAGE_MEASURES_JSON:
        answer->content_type = json;
        return hub_page_measures_json(o, h);
    case PAGE_MEASURE:
        return hub_page_measure(o, h, name, query);
    case PAGE_CHART_SVG:
        answer->content_type = "image/svg+xml";
        return hub_page_chart_svg(o, h, name, query);
    case PAGE_WINDOWS_JSON:
        answer->content_type = json;
        return hub_page_windows_json(o, h, name, query);
    case PAGE_CSV:
        answer->content_type = "text/csv; charset=utf-8; header=present";
        (void)snprintf(o->file_name, sizeof(o->file_name), "%s.csv", name);
        answer->file_name = o->file_name;
        return hub_page_csv(o, h, name, query);
    case PAGE_JSON:
        answer->content_type = json;
        return hub_page_json(o, h, name, query);
    case PAGE_REGISTER:
        return hub_page_register(o, h);
    case PAGE_REGISTER_TASK:
        return hub_page_register_task(o, h, name);
    case PAGE_STATEMENT:
        answer->content_type = "text/plain; charset=utf-8";
        return hub_page_statement(o, h, name);
    }
    return HUB_E_NOT_FOUND;
}

/* ---- answering ---- */

static hub_status answer_asset(struct hub_office_answer *answer, const struct hub_asset *asset)
{
    answer->status = 200;
    answer->content_type = asset->content_type;
    answer->etag = asset->etag;
    answer->encoding = asset->is_gzip ? "gzip" : NULL;
    answer->is_asset = true;
    return hub_buf_append(&answer->body, asset->bytes);
}

/* Starts the body over with the page that says what went wrong. */
static hub_status answer_problem(struct hub_office *o, struct hub_office_answer *answer,
                                 unsigned status)
{
    struct hub_html h = hub_html(&answer->body);

    hub_buf_clear(&answer->body);
    answer->status = status;
    answer->content_type = "text/html; charset=utf-8";
    answer->file_name = NULL;
    hub_page_problem(o, &h, status);
    return hub_html_finish(&h);
}

static hub_status answer_page(struct hub_office *o, struct hub_office_answer *answer,
                              const struct hub_route_match *match, hub_span query)
{
    char name[HUB_SERIES_NAME_MAX + 1] = "";
    struct hub_html h = hub_html(&answer->body);

    if (match->n_params != 0 &&
        hub_percent_decode(name, sizeof(name), match->params[0], false) != HUB_OK)
        return answer_problem(o, answer, 404);
    answer->status = 200;
    hub_status status = HUB_OK;
    if (o->series == NULL)
        status = hub_series_open(&o->series, o->config.series, HUB_SERIES_READ, NULL);
    if (status != HUB_OK)
        return answer_problem(o, answer, 503);
    /* One state of the series for all parts of a page. */
    status = hub_series_view_begin(o->series);
    if (status == HUB_OK)
        status = write_page(o, &h, answer, (enum page_id)match->route->id, name, query);
    hub_series_view_end(o->series);
    if (status == HUB_OK)
        return HUB_OK;
    return answer_problem(o, answer, status == HUB_E_NOT_FOUND ? 404 : 503);
}

hub_status hub_office_answer(struct hub_office *o, struct hub_office_answer *answer, hub_span path,
                             hub_span query)
{
    struct hub_route_match match;
    const struct hub_asset *asset = hub_asset_by_address(path);

    *answer = (struct hub_office_answer){.body = HUB_BUF_INIT(PAGE_BYTES_MAX)};
    if (asset != NULL)
        return answer_asset(answer, asset);
    hub_status found =
        hub_route_find(&match, routes, sizeof(routes) / sizeof(routes[0]), "", HUB_HTTP_GET, path);
    hub_status status =
        found == HUB_OK ? answer_page(o, answer, &match, query) : answer_problem(o, answer, 404);
    hub_arena_reset(&o->arena);
    return status;
}

void hub_office_answer_clear(struct hub_office_answer *answer)
{
    hub_buf_clear(&answer->body);
}
