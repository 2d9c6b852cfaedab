/* Slots become columns. Where a picture has fewer pixels than the range has slots, a column keeps
 * the least and the most of its slots: nothing that stood out disappears, and nothing is averaged.
 */
#include "page/chart.h"

#include <math.h>

#define Z50 0.674489750196082 /* half of a normal's mass lies within */

double hub_chart_top(const struct hub_slot *slots, size_t n)
{
    double top = 1;

    for (size_t i = 0; i < n; i++) {
        if (slots[i].state != HUB_SLOT_KNOWN)
            continue;
        struct hub_estimate e = hub_slot_estimate(&slots[i]);
        double reach = hub_display(e) == HUB_SHOW_TOO_NOISY ? hub_display_bound(e, HUB_Z_SHOWN)
                                                            : e.value + hub_half_width(e.variance);
        top = fmax(top, reach);
    }
    return top;
}

static void include_figure(struct hub_column *c, struct hub_estimate e)
{
    double half95 = hub_half_width(e.variance);
    double half50 = Z50 * sqrt(e.variance);

    if (!c->has_line) {
        c->has_line = true;
        c->least = c->most = e.value;
        c->band95[0] = e.value - half95;
        c->band95[1] = e.value + half95;
        c->band50[0] = e.value - half50;
        c->band50[1] = e.value + half50;
        return;
    }
    c->least = fmin(c->least, e.value);
    c->most = fmax(c->most, e.value);
    c->band95[0] = fmin(c->band95[0], e.value - half95);
    c->band95[1] = fmax(c->band95[1], e.value + half95);
    c->band50[0] = fmin(c->band50[0], e.value - half50);
    c->band50[1] = fmax(c->band50[1], e.value + half50);
}

static void include_slot(struct hub_column *c, const struct hub_slot *slot)
{
    if (slot->state != HUB_SLOT_KNOWN)
        return;
    struct hub_estimate e = hub_slot_estimate(slot);
    enum hub_display show = hub_display(e);
    if (show == HUB_SHOW_TOO_NOISY) {
        c->has_bar = true;
        c->bar = fmax(c->bar, hub_display_bound(e, HUB_Z_SHOWN));
        return;
    }
    c->has_care = c->has_care || show == HUB_SHOW_CARE;
    include_figure(c, e);
}

static double place_of(const struct hub_chart *chart, uint64_t at)
{
    uint64_t inside = at < chart->from ? chart->from : at > chart->to ? chart->to : at;

    return (double)(inside - chart->from) / (double)(chart->to - chart->from);
}

hub_status hub_chart_columns(struct hub_column **out, size_t *n, struct hub_arena *arena,
                             const struct hub_chart *chart, size_t n_max)
{
    size_t group = chart->n_slots <= n_max ? 1 : (chart->n_slots + n_max - 1) / n_max;
    size_t n_columns = (chart->n_slots + group - 1) / group;
    struct hub_column *columns = HUB_ARENA_NEW(arena, struct hub_column, n_columns + 1);

    if (columns == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < chart->n_slots; i++) {
        struct hub_column *c = &columns[i / group];
        if (i % group == 0)
            c->left = place_of(chart, chart->slots[i].start);
        c->right = place_of(chart, chart->slots[i].end);
        include_slot(c, &chart->slots[i]);
    }
    *out = columns;
    *n = n_columns;
    return HUB_OK;
}
