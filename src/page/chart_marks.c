/* What stands around the data: grid, axes, gaps with their reason, seams. */
#include "page/chart_internal.h"
#include "page/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A gap this wide has its words inside. A narrower one has them beside it if its neighbours leave
 * this much room; otherwise it keeps its mark and tells on hovering and in the table. */
#define GAP_WORD_WIDTH 0.14

/* Of the word "expected", with air; a share of the width. */
#define WORD_HALF_WIDTH 0.04

static double base_y(const struct hub_chart_pen *pen)
{
    return pen->layout->above + pen->layout->plot;
}

static void write_percent(struct hub_html *h, double fraction)
{
    hub_html_number(h, fraction * 100);
    hub_html_char(h, '%');
}

void hub_chart_draw_grid(const struct hub_chart_pen *pen)
{
    struct hub_tick ticks[HUB_TICKS_MAX];
    size_t n = hub_value_ticks(ticks, pen->top, pen->layout->n_value_ticks);

    for (size_t i = 0; i < n; i++) {
        double y = round(base_y(pen) - pen->layout->plot * ticks[i].place / pen->top) + 0.5;
        if (i != 0) {
            hub_html_raw(pen->h, "<line class=\"grid\" x2=\"100%\" y1=\"");
            hub_html_number(pen->h, y);
            hub_html_raw(pen->h, "\" y2=\"");
            hub_html_number(pen->h, y);
            hub_html_raw(pen->h, "\"/>");
        }
        hub_html_raw(pen->h, "<text class=\"value\" y=\"");
        hub_html_number(pen->h, y);
        hub_html_raw(pen->h, "\">");
        hub_html_text(pen->h, ticks[i].label);
        hub_html_raw(pen->h, "</text>");
    }
}

void hub_chart_draw_axis(const struct hub_chart_pen *pen)
{
    struct hub_tick ticks[HUB_TICKS_MAX];
    const struct hub_chart *chart = pen->chart;
    size_t n = hub_time_ticks(ticks, chart->zone, chart->from, chart->to, pen->layout->n_times);
    double y = base_y(pen) + 0.5;

    hub_html_raw(pen->h, "<line class=\"base\" x2=\"100%\" y1=\"");
    hub_html_number(pen->h, y);
    hub_html_raw(pen->h, "\" y2=\"");
    hub_html_number(pen->h, y);
    hub_html_raw(pen->h, "\"/>");
    for (size_t i = 0; i < n; i++) {
        /* A label starts at its moment; near the right edge it would run out of the picture. */
        const char *minor = ticks[i].is_minor ? " minor" : "";
        hub_html_format(pen->h, "<line class=\"mark%s\" x1=\"", minor);
        write_percent(pen->h, ticks[i].place);
        hub_html_raw(pen->h, "\" x2=\"");
        write_percent(pen->h, ticks[i].place);
        hub_html_format(pen->h, "\" y1=\"%d\" y2=\"%d\"/>", (int)base_y(pen), (int)base_y(pen) + 6);
        if (ticks[i].place > 0.93)
            continue;
        hub_html_format(pen->h, "<text class=\"time%s\" x=\"", minor);
        write_percent(pen->h, ticks[i].place);
        hub_html_format(pen->h, "\" y=\"%d\">", (int)base_y(pen) + 20);
        hub_html_text(pen->h, ticks[i].label);
        hub_html_raw(pen->h, "</text>");
    }
}

/* ---- gaps ---- */

static bool is_missing(const struct hub_slot *slot)
{
    return slot->state == HUB_SLOT_GAP || slot->state == HUB_SLOT_PARTIAL ||
           slot->state == HUB_SLOT_WAITING;
}

static bool is_same_gap(const struct hub_slot *a, const struct hub_slot *b)
{
    return a->state == b->state && a->reason == b->reason && a->end == b->start;
}

static double place_of(const struct hub_chart *chart, uint64_t at)
{
    return ((double)at - (double)chart->from) / (double)(chart->to - chart->from);
}

static void draw_gap(const struct hub_chart_pen *pen, const struct hub_slot *slot, uint64_t end,
                     bool is_labelled)
{
    const struct hub_chart *chart = pen->chart;
    double span = (double)(chart->to - chart->from);
    double left = fmax((double)slot->start - (double)chart->from, 0) / span;
    double right = fmin((double)end - (double)chart->from, span) / span;
    char why[HUB_WORDS_MAX];

    hub_words_gap(why, slot, chart->min_batch);
    hub_html_raw(pen->h, "<g>");
    hub_html_raw(pen->h, "<title>");
    hub_html_text(pen->h, why);
    hub_html_raw(pen->h, "</title><rect class=\"hover\" x=\"");
    write_percent(pen->h, left);
    hub_html_raw(pen->h, "\" width=\"");
    write_percent(pen->h, right - left);
    hub_html_format(pen->h, "\" y=\"%d\" height=\"%d\" fill=\"none\" pointer-events=\"all\"/>",
                    (int)pen->layout->above, (int)pen->layout->plot);
    if (slot->state != HUB_SLOT_WAITING) {
        hub_html_raw(pen->h, "<line class=\"gap\" x1=\"");
        write_percent(pen->h, left);
        hub_html_raw(pen->h, "\" x2=\"");
        write_percent(pen->h, right);
        hub_html_format(pen->h, "\" y1=\"%d\" y2=\"%d\"/>", (int)base_y(pen) - 5,
                        (int)base_y(pen) - 5);
    }
    if (is_labelled && chart->size == HUB_CHART_LARGE) {
        bool is_wide = right - left >= GAP_WORD_WIDTH;
        double place = is_wide ? (left + right) / 2 : left < 0.6 ? left : right;
        hub_html_format(pen->h, "<text class=\"wide%s\" x=\"",
                        is_wide      ? " middle"
                        : left < 0.6 ? ""
                                     : " before");
        write_percent(pen->h, place);
        hub_html_format(pen->h, "\" y=\"%d\">", (int)base_y(pen) - 14);
        hub_html_text(pen->h, why);
        hub_html_raw(pen->h, "</text>");
    }
    hub_html_raw(pen->h, "</g>");
}

static void draw_gaps(const struct hub_chart_pen *pen)
{
    const struct hub_slot *slots = pen->chart->slots;
    double labelled_until = 0;
    bool is_dense = pen->n_columns < pen->chart->n_slots;

    for (size_t i = 0; i < pen->chart->n_slots;) {
        size_t end = i + 1;
        if (!is_missing(&slots[i])) {
            i++;
            continue;
        }
        while (end < pen->chart->n_slots && is_same_gap(&slots[end - 1], &slots[end]))
            end++;
        double place = place_of(pen->chart, slots[i].start);
        double width = place_of(pen->chart, slots[end - 1].end) - place;
        bool is_labelled = width >= GAP_WORD_WIDTH ||
                           (slots[i].n_missing != 0 && !is_dense && place >= labelled_until);
        draw_gap(pen, &slots[i], slots[end - 1].end, is_labelled);
        if (is_labelled)
            labelled_until = place + 2.5 * GAP_WORD_WIDTH;
        i = end;
    }
}

/* ---- seams and words ---- */

static void draw_seams(const struct hub_chart_pen *pen)
{
    const struct hub_chart *chart = pen->chart;

    for (size_t i = 0; i < chart->n_seams; i++) {
        if (chart->seams[i] <= chart->from || chart->seams[i] >= chart->to)
            continue;
        double place = (double)(chart->seams[i] - chart->from) / (double)(chart->to - chart->from);
        hub_html_raw(pen->h, "<line class=\"seam\" x1=\"");
        write_percent(pen->h, place);
        hub_html_raw(pen->h, "\" x2=\"");
        write_percent(pen->h, place);
        hub_html_format(pen->h, "\" y1=\"%d\" y2=\"%d\"/>", (int)pen->layout->above,
                        (int)base_y(pen));
        if (chart->size != HUB_CHART_LARGE)
            continue;
        hub_html_format(pen->h, "<text class=\"%s\" x=\"", place > 0.8 ? "before" : "after");
        write_percent(pen->h, place);
        hub_html_format(pen->h, "\" y=\"%d\">noise changed</text>", (int)pen->layout->above + 12);
    }
}

/* The lowest thing drawn near a slot: of the series and of what is expected. */
static double floor_near(const struct hub_chart *chart, size_t at)
{
    double here = place_of(chart, chart->expected[at].start);
    double least = chart->expected[at].low;

    for (size_t i = 0; i < chart->n_expected && i < chart->n_slots; i++) {
        const struct hub_expected *e = &chart->expected[i];
        if (fabs(place_of(chart, e->start) - here) > WORD_HALF_WIDTH)
            continue;
        if (e->is_known)
            least = fmin(least, e->low);
        if (chart->slots[i].state == HUB_SLOT_KNOWN)
            least = fmin(least, (double)chart->slots[i].total);
    }
    return least;
}

/* Under the lower dashed line, where there is most room. */
static void draw_expected_word(const struct hub_chart_pen *pen)
{
    const struct hub_chart *chart = pen->chart;
    const struct hub_expected *best = NULL;
    double most = 0;

    for (size_t i = 0; i < chart->n_expected; i++) {
        const struct hub_expected *e = &chart->expected[i];
        double place = place_of(chart, e->start);
        if (!e->is_known || place < WORD_HALF_WIDTH || place > 1 - WORD_HALF_WIDTH)
            continue;
        double least = floor_near(chart, i);
        if (least > most) {
            most = least;
            best = e;
        }
    }
    if (best == NULL)
        return;
    hub_html_raw(pen->h, "<text class=\"expected-word\" x=\"");
    write_percent(pen->h, place_of(chart, best->start + (best->end - best->start) / 2));
    hub_html_raw(pen->h, "\" y=\"");
    hub_html_number(pen->h, base_y(pen) - pen->layout->plot * most / pen->top + 16);
    hub_html_raw(pen->h, "\">expected</text>");
}

static void draw_line_words(const struct hub_chart_pen *pen)
{
    if (pen->chart->size != HUB_CHART_LARGE)
        return;
    draw_expected_word(pen);
    if (pen->chart->n_truth != 0)
        hub_html_format(pen->h,
                        "<text class=\"truth-word\" x=\"100%%\" y=\"%d\">truth (known only to this"
                        " demo)</text>",
                        (int)pen->layout->above - 3);
}

void hub_chart_draw_marks(const struct hub_chart_pen *pen)
{
    draw_gaps(pen);
    draw_seams(pen);
    draw_line_words(pen);
}
