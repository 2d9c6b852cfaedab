/* Small parts that several pages show: a figure in large, what is known until when, the bars of a
 * slot's cells. */
#include "interval/figure.h"
#include "page/chart_internal.h"
#include "page/office_internal.h"
#include "page/words.h"

#include <math.h>
#include <stdio.h>

/* ---- the figure ---- */

static void write_number(struct hub_html *h, const struct hub_slot *slot)
{
    char text[HUB_FIGURE_TEXT_MAX];
    double half = hub_half_width((double)slot->variance);
    struct hub_figure figure = hub_figure_round((double)slot->total, half, 1);

    hub_number_format(text, slot->variance == 0 ? (double)slot->total : figure.value, 0,
                      &hub_number_english);
    hub_html_raw(h, "<strong>");
    hub_html_text(h, text);
    hub_html_raw(h, "</strong>");
    if (slot->variance != 0) {
        hub_number_format(text, figure.half_width, 0, &hub_number_english);
        hub_html_raw(h, " <span class=\"half\">± ");
        hub_html_text(h, text);
        hub_html_raw(h, "</span>");
    }
}

static void write_bound(struct hub_html *h, const struct hub_slot *slot)
{
    char text[HUB_FIGURE_TEXT_MAX];

    hub_number_format(text, hub_display_bound(hub_slot_estimate(slot), HUB_Z_SHOWN), 0,
                      &hub_number_english);
    hub_html_raw(h, "<span class=\"half\">between 0 and </span><strong>");
    hub_html_text(h, text);
    hub_html_raw(h, "</strong>");
}

void hub_part_figure(struct hub_html *h, const struct hub_view *v, const struct hub_slot *slot,
                     const char *label)
{
    char when[HUB_MOMENT_MAX];

    if (slot == NULL) {
        hub_html_raw(h, "<p class=\"figure none\">No figure yet</p>");
        return;
    }
    enum hub_display show = hub_display(hub_slot_estimate(slot));
    hub_html_raw(h, "<p class=\"figure\">");
    if (show == HUB_SHOW_TOO_NOISY)
        write_bound(h, slot);
    else
        write_number(h, slot);
    hub_moment_span(when, v->zone, slot->start, slot->end);
    hub_html_raw(h, " <span class=\"what\">");
    hub_html_text(h, v->m->words.unit);
    if (label[0] != '\0')
        hub_html_print(h, ", %s", label);
    hub_html_print(h, ", %s", when);
    if (show == HUB_SHOW_CARE)
        hub_html_raw(h, ". <em>Use with care</em>");
    hub_html_raw(h, "</span></p>");
}

void hub_part_axis(struct hub_html *h, const struct hub_view *v)
{
    char step[HUB_MOMENT_MAX];

    hub_step_words(step, v, v->step);
    hub_html_print(h, "%s %s %s", v->m->words.unit, strcmp(step, "hour") == 0 ? "an" : "a", step);
}

/* ---- known until ---- */

/* When a window that ends then is published: after its grace, at the statement's hour if it has
 * one.
 */
static uint64_t release_of(const struct hub_series_task *t, uint64_t window_end)
{
    enum { DAY_S = 86400 };
    struct hub_statement s;
    uint64_t ready = window_end + t->grace_s;

    if (hub_statement_parse(&s, hub_span_text(t->statement), NULL) != HUB_OK ||
        s.release_minute < 0)
        return ready;
    uint64_t at_hour = ready - ready % DAY_S + (uint64_t)s.release_minute * 60;
    return at_hour >= ready ? at_hour : at_hour + DAY_S;
}

void hub_part_known_until(struct hub_html *h, const struct hub_view *v)
{
    char when[HUB_MOMENT_MAX];
    const struct hub_series_task *last =
        v->m->n_tasks == 0 ? NULL : &v->m->tasks[v->m->n_tasks - 1].facts;

    hub_html_raw(h, "<span class=\"known\">");
    if (v->is_empty) {
        hub_html_raw(h, "Nothing is published yet.");
    } else {
        hub_moment_until(when, v->zone, v->m->known_until);
        hub_html_print(h, "Known until %s", when);
    }
    if (last != NULL && v->m->known_until < last->end_s) {
        uint64_t window_end = (v->is_empty ? last->first_s : v->m->known_until) + last->window_s;
        hub_moment_minute(when, v->zone, release_of(last, window_end));
        hub_html_print(h, "%s next figure at %s.", v->is_empty ? "" : ";", when);
    } else if (!v->is_empty) {
        hub_html_raw(h, "; the count has ended.");
    }
    hub_html_raw(h, "</span>");
}

/* ---- the display rule in words ---- */

void hub_part_rule(struct hub_html *h, const struct hub_slot *const *cells, size_t n_cells,
                   size_t n_slots)
{
    bool has_care = false;
    bool has_noisy = false;

    for (size_t i = 0; i < n_cells * n_slots; i++) {
        const struct hub_slot *slot = &cells[i / n_slots][i % n_slots];
        if (slot->state != HUB_SLOT_KNOWN)
            continue;
        enum hub_display show = hub_display(hub_slot_estimate(slot));
        has_care = has_care || show == HUB_SHOW_CARE;
        has_noisy = has_noisy || show == HUB_SHOW_TOO_NOISY;
    }
    if (has_care)
        hub_html_raw(h, "Hatched: use with care. ");
    if (has_noisy)
        hub_html_raw(h, "Grey: too noisy for a number, somewhere between 0 and its end. ");
}

/* ---- bars ---- */

static double bar_reach(const struct hub_slot *slot)
{
    return slot->state == HUB_SLOT_KNOWN ? hub_chart_top(slot, 1) : 0;
}

static void write_share(struct hub_html *h, double part, double top)
{
    hub_html_number(h, fmin(fmax(part, 0), top) / top * 100);
    hub_html_char(h, '%');
}

static void draw_rect(struct hub_html *h, const char *class, double from, double to, double top)
{
    hub_html_format(h, "<rect class=\"%s\" y=\"4\" height=\"16\" x=\"", class);
    write_share(h, from, top);
    hub_html_raw(h, "\" width=\"");
    write_share(h, fmax(to, 0) - fmax(from, 0), top);
    hub_html_raw(h, "\"/>");
}

/* A full bar to the lower end of the interval, the band across it, a mark at the total. */
static void draw_bar(struct hub_html *h, const struct hub_slot *slot, double top, const char *id)
{
    if (slot->state != HUB_SLOT_KNOWN)
        return;
    struct hub_estimate e = hub_slot_estimate(slot);
    double half = hub_half_width(e.variance);
    enum hub_display show = hub_display(e);
    if (show == HUB_SHOW_TOO_NOISY) {
        draw_rect(h, "noisy", 0, hub_display_bound(e, HUB_Z_SHOWN), top);
        return;
    }
    draw_rect(h, "full", 0, e.value - half, top);
    draw_rect(h, "band95", e.value - half, e.value + half, top);
    if (show == HUB_SHOW_CARE) {
        hub_html_format(h, "<rect y=\"4\" height=\"16\" fill=\"url(#%s-care)\" width=\"", id);
        write_share(h, e.value + half, top);
        hub_html_raw(h, "\"/>");
    }
    hub_html_raw(h, "<line class=\"total\" y1=\"2\" y2=\"22\" x1=\"");
    write_share(h, e.value, top);
    hub_html_raw(h, "\" x2=\"");
    write_share(h, e.value, top);
    hub_html_raw(h, "\"/>");
}

/* Ranks come as groups: a cell opens a new one if it is below the group's first beyond the noise.
 */
static bool starts_group(const struct hub_slot **leader, const struct hub_slot *slot, double z)
{
    bool is_first = *leader == NULL;

    if (!is_first && ((*leader)->state != HUB_SLOT_KNOWN || slot->state != HUB_SLOT_KNOWN ||
                      hub_rank(hub_slot_estimate(*leader), hub_slot_estimate(slot), z) <= 0))
        return false;
    *leader = slot;
    return true;
}

hub_status hub_part_bars(struct hub_html *h, const struct hub_view *v, const struct hub_slot *cells,
                         const size_t *order, const char *id)
{
    double top = 1;
    char text[HUB_WORDS_MAX];
    const struct hub_slot *leader = NULL; /* the first of the current group */
    double z = hub_z_simultaneous(HUB_LEVEL_SHOWN, v->m->words.n_cells);
    unsigned n_groups = 0;

    for (size_t i = 0; i < v->m->words.n_cells; i++)
        top = fmax(top, bar_reach(&cells[i]));
    hub_html_raw(h, "<div class=\"parts\"><table class=\"bars\"><tbody>");
    for (size_t i = 0; i < v->m->words.n_cells; i++) {
        const struct hub_slot *slot = &cells[order[i]];
        bool is_noisy = slot->state == HUB_SLOT_KNOWN &&
                        hub_display(hub_slot_estimate(slot)) == HUB_SHOW_TOO_NOISY;
        bool is_apart = starts_group(&leader, slot, z);
        n_groups += is_apart;
        hub_html_format(h, "<tr%s><th scope=\"row\">", i > 0 && is_apart ? " class=\"apart\"" : "");
        hub_html_text(h, v->m->words.cells[order[i]]);
        hub_html_raw(h, "</th><td class=\"bar\"><svg width=\"100%\" height=\"24\""
                        " aria-hidden=\"true\">");
        if (i == 0)
            hub_html_format(h,
                            "<defs><pattern id=\"%s-care\" width=\"6\" height=\"6\""
                            " patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                            "<path class=\"care\" d=\"M0 0V6\"/></pattern></defs>",
                            id);
        draw_bar(h, slot, top * 1.02, id);
        hub_words_cell(text, slot);
        hub_html_format(h, "</svg></td><td class=\"%s\">", is_noisy ? "number noisy" : "number");
        hub_html_text(h, text);
        hub_html_raw(h, "</td></tr>");
    }
    hub_html_raw(h, "</tbody></table><p class=\"rule\">");
    if (n_groups > 1)
        hub_html_raw(h, "A line parts groups that can be told apart. ");
    hub_part_rule(h, &cells, 1, v->m->words.n_cells);
    hub_html_raw(h, "</p></div>");
    return hub_html_finish(h);
}
