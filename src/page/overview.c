/* The first screen: what a demonstration says about itself, then every measure with a claim, its
 * latest figure and its series. No word of the protocol stands here. */
#include "page/chart.h"
#include "page/office_internal.h"
#include "page/words.h"

#include <stdio.h>

enum { SPARK_SLOTS_MAX = 240 };

/* What one row needs to know. */
struct row {
    struct hub_view view;    /* of the picture */
    struct hub_slot **cells; /* slots of each cell */
    size_t n_slots;
    struct hub_slot *latest; /* of each cell, at the last slot that all know */
    size_t *order;
    bool has_latest;
};

/* The last slot with a figure in the first cell; cells of one window are released together. */
static bool find_latest(struct row *row)
{
    const struct hub_slot *last = hub_last_known(row->cells[0], row->n_slots);

    if (last == NULL)
        return false;
    size_t at = (size_t)(last - row->cells[0]);
    for (size_t c = 0; c < row->view.m->words.n_cells; c++)
        row->latest[c] = row->cells[c][at];
    return true;
}

/* Days are what a city talks about: a shorter window shows as days where days are whole. */
static void choose_view(struct row *row, const struct hub_measure *m, const struct hub_zone *zone)
{
    hub_view_whole(&row->view, m, zone, SPARK_SLOTS_MAX);
    if (row->view.step < HUB_STEP_DAY && hub_step_is_offered(&row->view, HUB_STEP_DAY) &&
        row->view.to - row->view.from >= UINT64_C(3) * 86400)
        row->view = hub_view_with_step(&row->view, HUB_STEP_DAY);
}

static hub_status load_row(struct hub_office *o, struct row *row, const struct hub_measure *m)
{
    const struct hub_zone *zone;
    size_t n_cells = m->words.n_cells;

    HUB_TRY(hub_office_zone(o, &zone, m->words.time_zone));
    choose_view(row, m, zone);
    row->cells = HUB_ARENA_NEW(&o->arena, struct hub_slot *, n_cells);
    row->latest = HUB_ARENA_NEW(&o->arena, struct hub_slot, n_cells);
    row->order = HUB_ARENA_NEW(&o->arena, size_t, n_cells);
    if (row->cells == NULL || row->latest == NULL || row->order == NULL)
        return HUB_E_MEMORY;
    if (row->view.is_empty)
        return HUB_OK;
    for (size_t c = 0; c < n_cells; c++) {
        size_t n;
        HUB_TRY(hub_view_slots(o->series, &o->arena, &row->cells[c], &n, &row->view, (uint32_t)c));
        row->n_slots = c == 0 || n < row->n_slots ? n : row->n_slots;
    }
    row->has_latest = find_latest(row);
    return HUB_OK;
}

static hub_status write_claim(struct hub_office *o, struct hub_html *h, struct row *row)
{
    char claim[HUB_WORDS_MAX];

    HUB_TRY(
        hub_office_claim(o, claim, &row->view, row->has_latest ? row->latest : NULL, row->order));
    hub_html_raw(h, "<h2><a href=\"");
    hub_html_print(h, "/measure/%s", row->view.m->words.name);
    hub_html_raw(h, "\">");
    hub_html_text(h, claim);
    hub_html_raw(h, "</a></h2>");
    return HUB_OK;
}

static hub_status write_picture(struct hub_office *o, struct hub_html *h, const struct row *row)
{
    const struct hub_measure *m = row->view.m;
    char id[HUB_SERIES_NAME_MAX + 16];
    char title[HUB_SERIES_TEXT_MAX + 64];
    uint64_t *seams;
    size_t n_seams;

    (void)snprintf(id, sizeof(id), "spark-%s", m->words.name);
    if (m->words.n_cells > 1)
        return hub_part_bars(h, &row->view, row->latest, row->order, id);
    (void)snprintf(title, sizeof(title), "%s, each step one %s", m->words.title,
                   hub_step_name(row->view.step));
    HUB_TRY(hub_view_seams(&o->arena, &seams, &n_seams, &row->view));
    struct hub_chart chart = {.id = id,
                              .title = title,
                              .unit = m->words.unit,
                              .zone = row->view.zone,
                              .size = HUB_CHART_SPARK,
                              .from = row->view.from,
                              .to = row->view.to,
                              .slots = row->cells[0],
                              .n_slots = row->n_slots,
                              .seams = seams,
                              .n_seams = n_seams,
                              .min_batch = hub_measure_floor(m)};
    return hub_chart_draw(h, &o->arena, &chart);
}

/* "Taxi passengers: passengers a day, 1 Jul 2014 to 31 Jan 2015. Known until ..." */
static void write_caption(struct hub_html *h, const struct row *row)
{
    const struct hub_view *v = &row->view;
    char span[HUB_MOMENT_MAX];
    bool is_parts = v->m->words.n_cells > 1;

    hub_moment_span(span, v->zone, is_parts ? row->latest[0].start : v->from,
                    is_parts ? row->latest[0].end : v->to);
    hub_html_raw(h, "<figcaption>");
    hub_html_print(h, "%s: ", v->m->words.title);
    hub_part_axis(h, v);
    hub_html_print(h, ", %s. ", span);
    hub_part_known_until(h, v);
    hub_html_raw(h, "</figcaption>");
}

static hub_status write_row(struct hub_office *o, struct hub_html *h, const struct hub_measure *m)
{
    struct row row = {0};
    const char *label = "";

    HUB_TRY(load_row(o, &row, m));
    hub_html_raw(h, "<article class=\"row\"><div class=\"words\"><p class=\"kicker\">");
    hub_html_text(h, m->words.title);
    if (m->words.made_up)
        hub_html_raw(h, " <span class=\"tag\">made-up figures</span>");
    hub_html_raw(h, "</p>");
    HUB_TRY(write_claim(o, h, &row));
    if (row.has_latest && m->words.n_cells > 1)
        label = m->words.cells[row.order[0]];
    hub_part_figure(h, &row.view,
                    row.has_latest ? &row.latest[m->words.n_cells > 1 ? row.order[0] : 0] : NULL,
                    label);
    hub_html_raw(h, "</div>");
    if (row.has_latest) {
        hub_html_raw(h, "<figure class=\"picture\">");
        HUB_TRY(write_picture(o, h, &row));
        write_caption(h, &row);
        hub_html_raw(h, "</figure>");
    } else {
        hub_html_raw(h, "<p class=\"waiting\">The first figure appears here when its window has"
                        " closed.</p>");
    }
    hub_html_raw(h, "</article>");
    return hub_html_finish(h);
}

hub_status hub_page_overview(struct hub_office *o, struct hub_html *h)
{
    struct hub_frame frame = {.title = "Figures", .section = "overview"};
    struct hub_story story = {0};
    struct hub_measure *measures;
    size_t n;

    HUB_TRY(hub_series_revision(o->series, &frame.revision));
    HUB_TRY(hub_series_measures(o->series, &o->arena, &measures, &n));
    /* A story that can't be read is not worth losing the page for: its writer is told by its own
     * tests. */
    if (o->config.story[0] != '\0' && hub_story_load(&story, o->config.story, NULL) != HUB_OK)
        story.is_told = false;
    frame.is_live = o->config.story[0] != '\0' && story.progress < 1;
    hub_frame_begin(h, o, &frame);
    hub_html_raw(h, "<div id=\"live\">");
    hub_part_story(h, &story, measures, n);
    if (!story.is_told)
        hub_html_raw(h, "<h1 class=\"plain\">What the city counts now</h1>");
    hub_html_raw(h, "<p class=\"key\">± is the noise that protects people: 19 times in 20 the true"
                    " total lies within it.</p>");
    hub_html_raw(h, "<section class=\"rows\" aria-label=\"Measures\">");
    for (size_t i = 0; i < n; i++)
        HUB_TRY(write_row(o, h, &measures[i]));
    if (n == 0)
        hub_html_raw(h, "<p class=\"waiting\">Nothing is counted yet. A measure appears here when"
                        " the collector has its first task.</p>");
    hub_html_raw(h, "</section></div>");
    hub_frame_end(h);
    return hub_html_finish(h);
}
