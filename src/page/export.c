/* Downloads: every released window of a range as it is in the series, unclamped, with its variance.
 * CSV (RFC 4180), JSON, and what the chart's script reads out. */
#include "base/text.h"
#include "http/query.h"
#include "page/measure_internal.h"
#include "page/words.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const state_names[] = {
    [HUB_SLOT_KNOWN] = "released",  [HUB_SLOT_PARTIAL] = "partial", [HUB_SLOT_GAP] = "gap",
    [HUB_SLOT_WAITING] = "waiting", [HUB_SLOT_NONE] = "none",
};

static const char *const show_names[HUB_N_DISPLAY] = {
    [HUB_SHOW_PLAIN] = "plain",
    [HUB_SHOW_CARE] = "care",
    [HUB_SHOW_TOO_NOISY] = "too-noisy",
};

static double half_width(const struct hub_slot *slot)
{
    return hub_half_width((double)slot->variance);
}

/* ---- CSV ---- */

/* Quoted where it must be. A text that a spreadsheet would run as a formula gets a quote in front.
 */
static void csv_text(struct hub_html *h, const char *text)
{
    bool is_formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;

    hub_html_char(h, '"');
    if (is_formula)
        hub_html_char(h, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            hub_html_char(h, '"');
        hub_html_char(h, *text);
    }
    hub_html_char(h, '"');
}

static void csv_row(struct hub_html *h, const struct hub_scene *s, size_t cell,
                    const struct hub_slot *slot)
{
    char start[HUB_MOMENT_MAX];
    char end[HUB_MOMENT_MAX];
    char why[HUB_WORDS_MAX];

    hub_moment_iso(start, slot->start);
    hub_moment_iso(end, slot->end);
    hub_html_format(h, "%s,%s,", start, end);
    if (s->measure.words.n_cells > 1)
        csv_text(h, s->measure.words.cells[cell]);
    if (slot->state == HUB_SLOT_KNOWN) {
        hub_html_format(h, ",%" PRId64 ",%" PRIu64 ",%.1f,%" PRIu64 ",%s,\r\n", slot->total,
                        slot->variance, half_width(slot), slot->n,
                        show_names[hub_display(hub_slot_estimate(slot))]);
        return;
    }
    hub_words_gap(why, slot, hub_measure_floor(&s->measure));
    hub_html_format(h, ",,,,,%s,", state_names[slot->state]);
    csv_text(h, why);
    hub_html_raw(h, "\r\n");
}

hub_status hub_page_csv(struct hub_office *o, struct hub_html *h, const char *name, hub_span query)
{
    struct hub_scene s;

    HUB_TRY(hub_scene_load(o, &s, name, query));
    hub_html_raw(h, "start,end,cell,total,variance,half_width_95,reports,quality,note\r\n");
    for (size_t i = 0; i < s.n_slots; i++) {
        for (size_t c = 0; c < s.measure.words.n_cells; c++) {
            if (s.cells[c][i].state != HUB_SLOT_NONE)
                csv_row(h, &s, c, &s.cells[c][i]);
        }
    }
    return hub_html_finish(h);
}

/* ---- JSON ---- */

static void json_text(struct hub_html *h, const char *text)
{
    hub_html_char(h, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            hub_html_char(h, '\\');
            hub_html_char(h, *text);
        } else if (c < 0x20) {
            hub_html_format(h, "\\u%04x", c);
        } else {
            hub_html_char(h, *text);
        }
    }
    hub_html_char(h, '"');
}

static void json_pair(struct hub_html *h, const char *key, const char *value)
{
    hub_html_format(h, "\"%s\":", key);
    json_text(h, value);
    hub_html_char(h, ',');
}

static void json_words(struct hub_html *h, const struct hub_measure *m)
{
    json_pair(h, "name", m->words.name);
    json_pair(h, "title", m->words.title);
    json_pair(h, "unit", m->words.unit);
    json_pair(h, "timeZone", m->words.time_zone);
    json_pair(h, "note", m->words.note);
    json_pair(h, "source", m->words.source);
    json_pair(h, "licence", m->words.licence);
    hub_html_format(h, "\"madeUp\":%s,\"cells\":[", m->words.made_up ? "true" : "false");
    for (size_t c = 0; c < m->words.n_cells; c++) {
        if (c != 0)
            hub_html_char(h, ',');
        json_text(h, m->words.cells[c]);
    }
    hub_html_char(h, ']');
}

static void json_slot(struct hub_html *h, const struct hub_scene *s, size_t i)
{
    const struct hub_slot *first = &s->cells[0][i];
    char start[HUB_MOMENT_MAX];
    char end[HUB_MOMENT_MAX];

    hub_moment_iso(start, first->start);
    hub_moment_iso(end, first->end);
    hub_html_format(h, "{\"start\":\"%s\",\"end\":\"%s\",\"state\":\"%s\"", start, end,
                    state_names[first->state]);
    if (first->state == HUB_SLOT_KNOWN) {
        hub_html_format(h, ",\"reports\":%" PRIu64 ",\"cells\":[", first->n);
        for (size_t c = 0; c < s->measure.words.n_cells; c++) {
            const struct hub_slot *slot = &s->cells[c][i];
            hub_html_format(h,
                            "%s{\"total\":%" PRId64 ",\"variance\":%" PRIu64
                            ",\"halfWidth95\":%.1f,\"quality\":\"%s\"}",
                            c == 0 ? "" : ",", slot->total, slot->variance, half_width(slot),
                            show_names[hub_display(hub_slot_estimate(slot))]);
        }
        hub_html_char(h, ']');
    } else if (first->state != HUB_SLOT_NONE) {
        char why[HUB_WORDS_MAX];
        hub_words_gap(why, first, hub_measure_floor(&s->measure));
        hub_html_raw(h, ",\"note\":");
        json_text(h, why);
    }
    hub_html_char(h, '}');
}

hub_status hub_page_json(struct hub_office *o, struct hub_html *h, const char *name, hub_span query)
{
    struct hub_scene s;

    HUB_TRY(hub_scene_load(o, &s, name, query));
    hub_html_char(h, '{');
    json_words(h, &s.measure);
    hub_html_format(h, ",\"step\":\"%s\",\"windows\":[", hub_step_name(s.view.step));
    for (size_t i = 0; i < s.n_slots; i++) {
        if (i != 0)
            hub_html_raw(h, ",\n");
        json_slot(h, &s, i);
    }
    hub_html_raw(h, "]}\n");
    return hub_html_finish(h);
}

hub_status hub_page_measures_json(struct hub_office *o, struct hub_html *h)
{
    struct hub_measure *measures;
    size_t n;

    HUB_TRY(hub_series_measures(o->series, &o->arena, &measures, &n));
    hub_html_raw(h, "{\"measures\":[");
    for (size_t i = 0; i < n; i++) {
        char from[HUB_MOMENT_MAX];
        char until[HUB_MOMENT_MAX];
        hub_moment_iso(from, measures[i].known_from);
        hub_moment_iso(until, measures[i].known_until);
        hub_html_raw(h, i == 0 ? "{" : ",\n{");
        json_words(h, &measures[i]);
        hub_html_raw(h, ",\"known\":");
        if (measures[i].known_until != 0)
            hub_html_format(h, "{\"from\":\"%s\",\"until\":\"%s\"}", from, until);
        else
            hub_html_raw(h, "null");
        hub_html_raw(h, ",\"data\":");
        char address[HUB_SERIES_NAME_MAX + 32];
        (void)snprintf(address, sizeof(address), "/measure/%s/data.json", measures[i].words.name);
        json_text(h, address);
        hub_html_char(h, '}');
    }
    hub_html_raw(h, "]}\n");
    return hub_html_finish(h);
}

/* ---- for the script: where a figure stands and what is read out there ---- */

hub_status hub_page_windows_json(struct hub_office *o, struct hub_html *h, const char *name,
                                 hub_span query)
{
    struct hub_scene s;
    char text_of_cell[16];
    uint64_t cell = 0;

    HUB_TRY(hub_scene_load(o, &s, name, query));
    if (hub_query_find(text_of_cell, sizeof(text_of_cell), query, "cell") == HUB_OK &&
        hub_u64_parse(&cell, hub_span_text(text_of_cell), 0, s.measure.words.n_cells - 1) != HUB_OK)
        return HUB_E_NOT_FOUND;
    double span = (double)(s.view.to - s.view.from);
    hub_html_raw(h, "[");
    for (size_t i = 0; i < s.n_slots; i++) {
        const struct hub_slot *slot = &s.cells[cell][i];
        char when[HUB_MOMENT_MAX];
        char figure[HUB_WORDS_MAX];
        char text[HUB_WORDS_MAX + HUB_MOMENT_MAX + 2];
        hub_moment_span(when, s.view.zone, slot->start, slot->end);
        hub_words_figure(figure, slot, hub_measure_floor(&s.measure));
        (void)snprintf(text, sizeof(text), "%s: %s", when, figure);
        hub_html_format(h, "%s[%.5f,%.5f,", i == 0 ? "" : ",\n",
                        ((double)slot->start - (double)s.view.from) / span,
                        ((double)slot->end - (double)s.view.from) / span);
        json_text(h, text);
        hub_moment_address(when, s.view.zone, slot->start);
        hub_html_format(h, ",\"%s\"", when);
        hub_moment_address(when, s.view.zone, slot->end);
        hub_html_format(h, ",\"%s\"]", when);
    }
    hub_html_raw(h, "]\n");
    return hub_html_finish(h);
}

hub_status hub_page_chart_svg(struct hub_office *o, struct hub_html *h, const char *name,
                              hub_span query)
{
    struct hub_scene s;
    struct hub_chart chart;

    HUB_TRY(hub_scene_load(o, &s, name, query));
    if (s.n_slots == 0)
        return HUB_E_NOT_FOUND;
    HUB_TRY(hub_scene_chart(o, &chart, &s, s.measure.words.n_cells > 1 ? (uint32_t)s.order[0] : 0));
    chart.width = 1200;
    return hub_chart_draw(h, &o->arena, &chart);
}
