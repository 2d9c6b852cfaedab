/* A measure's page: a claim, the figure with its interval, the chart, the table, how it was made.
 */
#include "page/chart.h"
#include "page/measure_internal.h"
#include "page/words.h"

#include "interval/figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* More dashes than that would hide the series. */
enum { EXPECTED_SLOTS_MAX = 400 };

/* ---- loading ---- */

hub_status hub_scene_load(struct hub_office *o, struct hub_scene *out, const char *name,
                          hub_span query)
{
    struct hub_scene s = {0};
    const struct hub_zone *zone;

    HUB_TRY(hub_series_revision(o->series, &s.revision));
    HUB_TRY(hub_series_measure(o->series, &o->arena, &s.measure, name));
    HUB_TRY(hub_office_zone(o, &zone, s.measure.words.time_zone));
    *out = s;
    /* The view points to the measure that the caller keeps. */
    hub_view_read(&out->view, &out->measure, zone, query);
    out->view.has_truth = out->view.has_truth && o->config.truth[0] != '\0';

    size_t n_cells = s.measure.words.n_cells;
    const struct hub_slot *expected_of = NULL;
    out->cells = HUB_ARENA_NEW(&o->arena, struct hub_slot *, n_cells);
    out->latest = HUB_ARENA_NEW(&o->arena, struct hub_slot, n_cells);
    out->order = HUB_ARENA_NEW(&o->arena, size_t, n_cells);
    if (out->cells == NULL || out->latest == NULL || out->order == NULL)
        return HUB_E_MEMORY;
    for (size_t c = 0; c < n_cells && !out->view.is_empty; c++) {
        size_t n = 0;
        HUB_TRY(hub_view_slots(o->series, &o->arena, &out->cells[c], &n, &out->view, (uint32_t)c));
        out->n_slots = c == 0 || n < out->n_slots ? n : out->n_slots;
    }
    if (n_cells == 1 && out->n_slots <= EXPECTED_SLOTS_MAX)
        HUB_TRY(hub_office_expected(o, &out->expected, &expected_of, &out->n_expected, &out->view,
                                    out->view.from, out->view.to));
    HUB_TRY(hub_view_seams(&o->arena, &out->seams, &out->n_seams, &out->view));

    const struct hub_slot *last =
        out->n_slots == 0 ? NULL : hub_last_known(out->cells[0], out->n_slots);
    out->has_latest = last != NULL;
    for (size_t c = 0; c < n_cells && last != NULL; c++)
        out->latest[c] = out->cells[c][last - out->cells[0]];
    if (out->has_latest)
        out->n_leading = hub_rank_cells(out->order, out->latest, n_cells);
    return HUB_OK;
}

hub_status hub_scene_chart(struct hub_office *o, struct hub_chart *out, const struct hub_scene *s,
                           uint32_t cell)
{
    struct hub_truth_step *truth = NULL;
    size_t n_truth = 0;

    if (s->view.has_truth)
        HUB_TRY(hub_office_truth(o, &truth, &n_truth, s->measure.words.name, cell, s->cells[cell],
                                 s->n_slots));
    *out = (struct hub_chart){.id = "series",
                              .title = s->measure.words.title,
                              .unit = s->measure.words.unit,
                              .zone = s->view.zone,
                              .size = HUB_CHART_LARGE,
                              .from = s->view.from,
                              .to = s->view.to,
                              .slots = s->cells[cell],
                              .n_slots = s->n_slots,
                              .truth = truth,
                              .n_truth = n_truth,
                              .expected = s->expected,
                              .n_expected = s->n_expected,
                              .seams = s->seams,
                              .n_seams = s->n_seams,
                              .min_batch = hub_measure_floor(&s->measure)};
    return HUB_OK;
}

/* ---- words above the chart ---- */

static hub_status write_claim(struct hub_office *o, struct hub_html *h, const struct hub_scene *s)
{
    char claim[HUB_WORDS_MAX];

    HUB_TRY(hub_office_claim(o, claim, &s->view, s->has_latest ? s->latest : NULL, s->order));
    hub_html_raw(h, "<h1>");
    hub_html_text(h, claim);
    hub_html_raw(h, "</h1>");
    return HUB_OK;
}

static void write_head(struct hub_html *h, const struct hub_scene *s)
{
    hub_html_raw(h, "<p class=\"kicker\"><a href=\"/\">Figures</a><span aria-hidden=\"true\"> / "
                    "</span>");
    hub_html_text(h, s->measure.words.title);
    if (s->measure.words.made_up)
        hub_html_raw(h, " <span class=\"tag\">made-up figures</span>");
    hub_html_raw(h, "</p>");
}

/* ---- choosing a range ---- */

static void write_link(struct hub_html *h, const struct hub_view *v, const char *words,
                       bool is_here, const char *rel)
{
    hub_html_raw(h, "<a href=\"");
    hub_view_address(h, v, "");
    hub_html_raw(h, "\"");
    if (is_here)
        hub_html_raw(h, " aria-current=\"true\"");
    if (rel != NULL)
        hub_html_format(h, " rel=\"%s\"", rel);
    hub_html_raw(h, ">");
    hub_html_text(h, words);
    hub_html_raw(h, "</a>");
}

static void write_spans(struct hub_html *h, const struct hub_view *v)
{
    static const char *const words[] = {
        [HUB_SPAN_WHOLE] = "All",
        [HUB_SPAN_MONTH] = "Month",
        [HUB_SPAN_WEEK] = "Week",
        [HUB_SPAN_DAY] = "Day",
    };
    enum hub_span_kind kind = hub_view_kind(v);
    uint64_t window_s = hub_measure_window_s(v->m);
    struct hub_view moved;

    hub_html_raw(h, "<div class=\"choice\" role=\"group\" aria-label=\"Range\">");
    for (unsigned i = 0; i < HUB_N_SPANS; i++) {
        struct hub_view to = hub_view_span(v, (enum hub_span_kind)i);
        if (i != HUB_SPAN_WHOLE && (to.to - to.from) / window_s < 4)
            continue; /* a day of one daily figure is no chart */
        write_link(h, &to, words[i], kind == (enum hub_span_kind)i, NULL);
    }
    hub_html_raw(h, "</div><div class=\"choice\" role=\"group\" aria-label=\"Move\">");
    if (hub_view_shift(&moved, v, -1))
        write_link(h, &moved, "Earlier", false, "prev");
    if (hub_view_shift(&moved, v, 1))
        write_link(h, &moved, "Later", false, "next");
    hub_html_raw(h, "</div>");
}

static void write_steps(struct hub_html *h, const struct hub_view *v)
{
    unsigned n_offered = 0;

    for (unsigned i = 0; i < HUB_N_STEPS; i++)
        n_offered += hub_step_is_offered(v, (enum hub_step)i);
    if (n_offered < 2)
        return;
    hub_html_raw(h, "<div class=\"choice\" role=\"group\" aria-label=\"Step\"><span>by</span>");
    for (unsigned i = 0; i < HUB_N_STEPS; i++) {
        char words[HUB_MOMENT_MAX];
        enum hub_step step = (enum hub_step)i;
        if (!hub_step_is_offered(v, step))
            continue;
        struct hub_view to = hub_view_with_step(v, step);
        hub_step_words(words, v, step);
        write_link(h, &to, words, v->step == step, NULL);
    }
    hub_html_raw(h, "</div>");
}

static void write_form(struct hub_html *h, const struct hub_view *v)
{
    char from[HUB_MOMENT_MAX];
    char until[HUB_MOMENT_MAX];

    hub_moment_address(from, v->zone, hub_zone_day_start(v->zone, v->from));
    hub_moment_address(until, v->zone, hub_zone_day_start(v->zone, v->to - 1));
    hub_html_raw(h, "<form class=\"choice\" method=\"get\" action=\"");
    hub_html_print(h, "/measure/%s", v->m->words.name);
    hub_html_raw(h, "\"><label>From <input type=\"date\" name=\"from\" value=\"");
    hub_html_text(h, from);
    hub_html_raw(h, "\"></label> <label>until <input type=\"date\" name=\"until\" value=\"");
    hub_html_text(h, until);
    hub_html_raw(h, "\"></label> <button>Show</button></form>");
}

static void write_choices(struct hub_html *h, const struct hub_view *v)
{
    hub_html_raw(h, "<div class=\"choices\">");
    write_spans(h, v);
    write_steps(h, v);
    write_form(h, v);
    hub_html_raw(h, "</div>");
}

static void write_truth_choice(const struct hub_office *o, struct hub_html *h,
                               const struct hub_view *v)
{
    struct hub_view other = *v;

    if (o->config.truth[0] == '\0')
        return;
    other.has_truth = !v->has_truth;
    hub_html_raw(h, "<p class=\"truth-choice\">");
    write_link(h, &other,
               v->has_truth ? "Hide the truth" : "Show the truth (known only to this demo)", false,
               NULL);
    hub_html_raw(h, "</p>");
}

/* ---- the chart ---- */

/* The half-width that most slots of the picture have; 0 without a figure. */
static double typical_half_width(const struct hub_slot *slots, size_t n)
{
    const struct hub_slot *last = hub_last_known(slots, n);

    return last == NULL ? 0 : hub_half_width((double)last->variance);
}

/* What the dashed lines are, or how far they are from being known. */
static void write_learning(struct hub_html *h, const struct hub_scene *s)
{
    const struct hub_expected *last = s->n_expected == 0 ? NULL : &s->expected[s->n_expected - 1];

    for (size_t i = 0; i < s->n_expected; i++) {
        if (s->expected[i].is_known) {
            hub_html_format(h,
                            "Dashed: where 19 in 20 are expected, from the same weekday and time in"
                            " up to %d weeks before. ",
                            HUB_WEEKDAY_WEEKS);
            return;
        }
    }
    if (last != NULL)
        hub_html_format(h, "What to expect is still being learnt: %u of %d weeks. ", last->n_weeks,
                        HUB_WEEKDAY_WEEKS_LEAST);
}

static void write_caption(struct hub_html *h, const struct hub_scene *s)
{
    const struct hub_view *v = &s->view;
    char step[HUB_MOMENT_MAX];
    char span[HUB_MOMENT_MAX];
    char half[HUB_FIGURE_TEXT_MAX];
    double width = typical_half_width(s->cells[0], s->n_slots);
    bool is_thin = width / hub_chart_top(s->cells[0], s->n_slots) < 0.005;

    hub_step_words(step, v, v->step);
    hub_moment_span(span, v->zone, v->from, v->to);
    hub_number_format(half, hub_figure_round(width, width, 1).half_width, 0, &hub_number_english);
    hub_html_print(h, "%s: each step is the total of one %s, %s. ", s->measure.words.title, step,
                   span);
    if (s->n_slots > HUB_CHART_COLUMNS_MAX && s->measure.words.n_cells == 1)
        hub_html_format(h, "A column spans the least to the most of %zu of them. ",
                        (s->n_slots + HUB_CHART_COLUMNS_MAX - 1) / HUB_CHART_COLUMNS_MAX);
    if (width == 0)
        hub_html_raw(h, "These figures are exact and not private. ");
    else if (is_thin)
        hub_html_print(h,
                       "The noise, ± %s, is thinner than the line: 19 times in 20 the true total "
                       "lies that near. ",
                       half);
    else
        hub_html_print(h,
                       "19 times in 20 the true total lies within the band, ± %s; once in two "
                       "within its darker half. ",
                       half);
    write_learning(h, s);
    if (s->n_seams != 0)
        hub_html_raw(h, "A dotted line marks where the noise changed. ");
    hub_part_rule(h, (const struct hub_slot *const *)s->cells, s->measure.words.n_cells,
                  s->n_slots);
    hub_part_known_until(h, v);
}

static hub_status write_plot(struct hub_office *o, struct hub_html *h,
                             const struct hub_chart *chart)
{
    hub_html_raw(h, "<div class=\"plot\" tabindex=\"0\" role=\"application\" aria-label=\"");
    hub_html_text(h, chart->title);
    hub_html_raw(h, ", chart. Arrow keys step through the figures.\">");
    HUB_TRY(hub_chart_draw(h, &o->arena, chart));
    hub_html_raw(h, "</div>");
    return HUB_OK;
}

static hub_status write_chart(struct hub_office *o, struct hub_html *h, const struct hub_scene *s)
{
    struct hub_chart chart;

    HUB_TRY(hub_scene_chart(o, &chart, s, 0));
    hub_html_raw(h, "<figure class=\"series\" data-windows=\"");
    hub_view_address(h, &s->view, "/windows.json");
    hub_html_raw(h, "\"><div class=\"axis\">");
    hub_html_raw(h, "<p>");
    hub_part_axis(h, &s->view);
    hub_html_raw(h, "</p>");
    write_truth_choice(o, h, &s->view);
    hub_html_raw(h, "</div>");
    HUB_TRY(write_plot(o, h, &chart));
    hub_html_raw(h, "<p class=\"readout\" aria-live=\"polite\"></p><figcaption>");
    write_caption(h, s);
    hub_html_raw(h, "</figcaption></figure>");
    return HUB_OK;
}

/* Small multiples on one scale; each says its latest figure. */
static hub_status write_cells(struct hub_office *o, struct hub_html *h, const struct hub_scene *s)
{
    double top = 1;
    char figure[HUB_WORDS_MAX] = "";

    for (size_t c = 0; c < s->measure.words.n_cells; c++)
        top = fmax(top, hub_chart_top(s->cells[c], s->n_slots));
    hub_html_raw(h, "<figure class=\"multiples\"><div class=\"axis\">");
    hub_html_raw(h, "<p>");
    hub_part_axis(h, &s->view);
    hub_html_raw(h, "</p>");
    write_truth_choice(o, h, &s->view);
    hub_html_raw(h, "</div><div class=\"cells\">");
    for (size_t i = 0; i < s->measure.words.n_cells; i++) {
        size_t c = s->has_latest ? s->order[i] : i;
        struct hub_chart chart;
        char id[32];
        HUB_TRY(hub_scene_chart(o, &chart, s, (uint32_t)c));
        (void)snprintf(id, sizeof(id), "cell-%zu", c);
        chart.id = id;
        chart.title = s->measure.words.cells[c];
        chart.size = HUB_CHART_CELL;
        chart.top = top;
        hub_html_raw(h, "<section class=\"cell\" data-windows=\"");
        hub_view_address(h, &s->view, "/windows.json");
        hub_html_format(h, "&amp;cell=%zu\"><h2>", c);
        hub_html_text(h, s->measure.words.cells[c]);
        hub_html_raw(h, "</h2><p class=\"latest readout\" aria-live=\"polite\">");
        if (s->has_latest)
            hub_words_brief(figure, &s->latest[c]);
        hub_html_text(h, figure);
        hub_html_raw(h, "</p>");
        HUB_TRY(write_plot(o, h, &chart));
        hub_html_raw(h, "</section>");
    }
    hub_html_raw(h, "</div><figcaption>All on one scale. ");
    write_caption(h, s);
    hub_html_raw(h, "</figcaption></figure>");
    return HUB_OK;
}

static void write_downloads(const struct hub_office *o, struct hub_html *h,
                            const struct hub_view *v)
{
    char span[HUB_MOMENT_MAX];

    hub_html_raw(h, "<p class=\"downloads\">Every value as it was released, never clamped: <a "
                    "href=\"");
    hub_view_address(h, v, "/data.csv");
    hub_html_raw(h, "\">CSV</a> <a href=\"");
    hub_view_address(h, v, "/data.json");
    hub_html_raw(h, "\">JSON</a>. The picture: <a href=\"");
    hub_view_address(h, v, "/chart.svg");
    hub_html_raw(h, "\">SVG</a>. This view, for ever: <a href=\"");
    hub_view_address(h, v, "");
    hub_html_raw(h, "\">permanent link</a>.</p><p class=\"downloads\">Cite as: ");
    hub_moment_span(span, v->zone, v->from, v->to);
    hub_html_print(h, "%s, “%s”, %s, %s, totals with noise.", o->config.title, v->m->words.title,
                   v->m->words.unit, span);
    hub_html_raw(h, "</p>");
}

static hub_status write_data(struct hub_office *o, struct hub_html *h, struct hub_scene *s)
{
    size_t n_cells = s->measure.words.n_cells;

    if (n_cells == 1)
        HUB_TRY(write_chart(o, h, s));
    else
        HUB_TRY(write_cells(o, h, s));
    hub_part_table(h, &s->view, (const struct hub_slot *const *)s->cells, s->n_slots);
    write_downloads(o, h, &s->view);
    return hub_html_finish(h);
}

hub_status hub_page_measure(struct hub_office *o, struct hub_html *h, const char *name,
                            hub_span query)
{
    struct hub_scene s;

    HUB_TRY(hub_scene_load(o, &s, name, query));
    struct hub_frame frame = {.title = s.measure.words.title,
                              .section = "",
                              .revision = s.revision,
                              .is_live = o->config.story[0] != '\0'};
    size_t leader = s.measure.words.n_cells > 1 ? s.order[0] : 0;

    hub_frame_begin(h, o, &frame);
    hub_html_raw(h, "<div id=\"live\" class=\"measure\">");
    write_head(h, &s);
    hub_html_raw(h, "<div class=\"top\"><div>");
    HUB_TRY(write_claim(o, h, &s));
    hub_part_figure(h, &s.view, s.has_latest ? &s.latest[leader] : NULL,
                    s.measure.words.n_cells > 1 ? s.measure.words.cells[leader] : "");
    hub_html_raw(h, "</div>");
    if (s.has_latest && s.measure.words.n_cells > 1)
        HUB_TRY(hub_part_bars(h, &s.view, s.latest, s.order, "latest"));
    hub_html_raw(h, "</div>");
    write_choices(h, &s.view);
    if (s.n_slots != 0)
        HUB_TRY(write_data(o, h, &s));
    else
        hub_html_raw(h, "<p class=\"waiting\">The first figure appears here when its window has"
                        " closed.</p>");
    hub_part_made(h, &s.view);
    hub_html_raw(h, "</div>");
    hub_frame_end(h);
    return hub_html_finish(h);
}
