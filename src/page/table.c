/* The table behind a chart: the same slots, the last first, with what the chart can't write. */
#include "interval/figure.h"
#include "page/office_internal.h"
#include "page/words.h"

#include <inttypes.h>

enum { ROWS_SHOWN = 12, ROWS_MAX = 400 };

static void write_note(struct hub_html *h, const struct hub_slot *slot, uint64_t min_batch)
{
    char why[HUB_WORDS_MAX];

    if (slot->state != HUB_SLOT_KNOWN) {
        hub_words_gap(why, slot, min_batch);
        hub_html_text(h, why);
        return;
    }
    switch (hub_display(hub_slot_estimate(slot))) {
    case HUB_SHOW_CARE:
        hub_html_raw(h, "use with care");
        return;
    case HUB_SHOW_TOO_NOISY:
        hub_html_raw(h, "too noisy for a number");
        return;
    case HUB_SHOW_PLAIN:
    case HUB_N_DISPLAY:
        break;
    }
    if (slot->variance == 0)
        hub_html_raw(h, "imported: not private, exact");
}

static void write_figure(struct hub_html *h, const char *label, const struct hub_slot *slot)
{
    char text[HUB_WORDS_MAX];

    hub_html_raw(h, "<td class=\"number\" data-label=\"");
    hub_html_text(h, label);
    hub_html_raw(h, "\">");
    hub_words_cell(text, slot);
    hub_html_text(h, text);
    hub_html_raw(h, "</td>");
}

static void write_row(struct hub_html *h, const struct hub_view *v,
                      const struct hub_slot *const *cells, size_t i)
{
    char when[HUB_MOMENT_MAX];
    const struct hub_slot *first = &cells[0][i];
    const struct hub_series_measure *words = &v->m->words;

    hub_moment_span(when, v->zone, first->start, first->end);
    hub_html_raw(h, "<tr><th scope=\"row\">");
    hub_html_text(h, when);
    hub_html_raw(h, "</th>");
    for (size_t c = 0; c < words->n_cells; c++)
        write_figure(h, words->n_cells == 1 ? words->unit : words->cells[c], &cells[c][i]);
    hub_html_raw(h, "<td class=\"number reports\" data-label=\"reports\">");
    if (first->state == HUB_SLOT_KNOWN) {
        char n[HUB_FIGURE_TEXT_MAX];
        hub_number_format(n, (double)first->n, 0, &hub_number_english);
        hub_html_text(h, n);
    } else {
        hub_html_raw(h, "–");
    }
    hub_html_raw(h, "</td><td class=\"note\">");
    if (words->n_cells == 1 || first->state != HUB_SLOT_KNOWN)
        write_note(h, first, hub_measure_floor(v->m));
    hub_html_raw(h, "</td></tr>");
}

static void write_rows(struct hub_html *h, const struct hub_view *v,
                       const struct hub_slot *const *cells, size_t end, size_t n_rows)
{
    hub_html_format(h, "<table class=\"figures%s\">", v->m->words.n_cells == 1 ? " one" : "");
    hub_html_raw(h, "<thead><tr><th scope=\"col\">when</th>");
    for (size_t c = 0; c < v->m->words.n_cells; c++) {
        hub_html_raw(h, "<th scope=\"col\" class=\"number\">");
        hub_html_text(h, v->m->words.n_cells == 1 ? v->m->words.unit : v->m->words.cells[c]);
        hub_html_raw(h, "</th>");
    }
    hub_html_raw(h, "<th scope=\"col\" class=\"number\">reports</th><th scope=\"col\">"
                    "<span class=\"hidden\">note</span></th></tr></thead><tbody>");
    for (size_t i = end; i > 0 && end - i < n_rows; i--)
        write_row(h, v, cells, i - 1);
    hub_html_raw(h, "</tbody></table>");
}

void hub_part_table(struct hub_html *h, const struct hub_view *v,
                    const struct hub_slot *const *cells, size_t n_slots)
{
    size_t end = n_slots;

    while (end > 0 && cells[0][end - 1].state == HUB_SLOT_WAITING)
        end--;
    hub_html_raw(h, "<section class=\"data\"><h2>The figures</h2>");
    write_rows(h, v, cells, end, ROWS_SHOWN);
    if (end > ROWS_SHOWN) {
        size_t more = end - ROWS_SHOWN < ROWS_MAX ? end - ROWS_SHOWN : ROWS_MAX;
        hub_html_format(h, "<details><summary>%zu earlier</summary>", more);
        write_rows(h, v, cells, end - ROWS_SHOWN, ROWS_MAX);
        hub_html_raw(h, "</details>");
    }
    hub_html_raw(h, "</section>");
}
