/* Draws the chart. Two coordinate systems lie over each other: an inner picture of 10,000 units
 * across, stretched to any width, holds bands and lines; around it text, hatching and bars stand at
 * percentages of the width, so that stretching leaves their shapes alone. */
#include "page/chart.h"

#include "interval/figure.h"
#include "page/chart_internal.h"

#include <math.h>
#include <stdio.h>

/* What is expected may stretch the scale this far; beyond it the series would shrink. */
#define EXPECTED_REACH 1.25

enum { INNER_WIDTH = 10000, SPARK_COLUMNS_MAX = 320 };

static const struct hub_chart_layout layouts[] = {
    [HUB_CHART_LARGE] = {.above = 16, .plot = 344, .below = 32, .n_value_ticks = 5, .n_times = 13},
    [HUB_CHART_CELL] = {.above = 12, .plot = 116, .below = 24, .n_value_ticks = 4, .n_times = 5},
    [HUB_CHART_SPARK] = {.above = 12, .plot = 96, .below = 24, .n_value_ticks = 2, .n_times = 6},
};

const struct hub_chart_layout *hub_chart_layout(enum hub_chart_size size)
{
    return &layouts[size];
}

double hub_chart_height(enum hub_chart_size size)
{
    return layouts[size].above + layouts[size].plot + layouts[size].below;
}

/* ---- places ---- */

static double y_of(const struct hub_chart_pen *pen, double value)
{
    double inside = fmin(fmax(value, 0), pen->top);

    return pen->layout->above + pen->layout->plot * (1 - inside / pen->top);
}

static void write_x(struct hub_html *h, double fraction)
{
    hub_html_format(h, "%d", (int)lround(fraction * INNER_WIDTH));
}

static void write_percent(struct hub_html *h, double fraction)
{
    hub_html_number(h, fraction * 100);
    hub_html_char(h, '%');
}

static void write_y(const struct hub_chart_pen *pen, double value)
{
    hub_html_number(pen->h, round(y_of(pen, value) * 10) / 10);
}

/* ---- runs of columns ---- */

/* Columns next to each other that the test holds for make one shape. */
typedef bool (*column_test)(const struct hub_column *c);

static bool has_line(const struct hub_column *c)
{
    return c->has_line;
}

static bool has_bar(const struct hub_column *c)
{
    return c->has_bar;
}

static bool touches(const struct hub_column *a, const struct hub_column *b)
{
    return fabs(a->right - b->left) < 1e-9;
}

/* The first column after the run that begins at i. */
static size_t run_end(const struct hub_chart_pen *pen, size_t i, column_test is_in)
{
    size_t end = i + 1;

    while (end < pen->n_columns && is_in(&pen->columns[end]) &&
           touches(&pen->columns[end - 1], &pen->columns[end]))
        end++;
    return end;
}

/* What a column's lower and upper edge are, for each of the shapes. */
typedef double (*column_edge)(const struct hub_column *c);

static double low95(const struct hub_column *c)
{
    return c->band95[0];
}

static double high95(const struct hub_column *c)
{
    return c->band95[1];
}

static double low50(const struct hub_column *c)
{
    return c->band50[0];
}

static double high50(const struct hub_column *c)
{
    return c->band50[1];
}

static double least(const struct hub_column *c)
{
    return c->least;
}

static double most(const struct hub_column *c)
{
    return c->most;
}

static double bar(const struct hub_column *c)
{
    return c->bar;
}

static double zero(const struct hub_column *c)
{
    (void)c;
    return 0;
}

/* One run as a closed shape: its upper edge to the right, its lower edge back. */
static void draw_run(const struct hub_chart_pen *pen, size_t begin, size_t end, column_edge low,
                     column_edge high)
{
    hub_html_char(pen->h, 'M');
    write_x(pen->h, pen->columns[begin].left);
    hub_html_char(pen->h, ' ');
    write_y(pen, high(&pen->columns[begin]));
    for (size_t i = begin; i < end; i++) {
        if (i > begin) {
            hub_html_char(pen->h, 'V');
            write_y(pen, high(&pen->columns[i]));
        }
        hub_html_char(pen->h, 'H');
        write_x(pen->h, pen->columns[i].right);
    }
    for (size_t i = end; i-- > begin;) {
        hub_html_char(pen->h, 'V');
        write_y(pen, low(&pen->columns[i]));
        hub_html_char(pen->h, 'H');
        write_x(pen->h, pen->columns[i].left);
    }
    hub_html_char(pen->h, 'Z');
}

static void draw_shapes(const struct hub_chart_pen *pen, const char *class, column_test is_in,
                        column_edge low, column_edge high)
{
    bool is_open = false;

    for (size_t i = 0; i < pen->n_columns;) {
        if (!is_in(&pen->columns[i])) {
            i++;
            continue;
        }
        if (!is_open)
            hub_html_format(pen->h, "<path class=\"%s\" d=\"", class);
        is_open = true;
        size_t end = run_end(pen, i, is_in);
        draw_run(pen, i, end, low, high);
        i = end;
    }
    if (is_open)
        hub_html_raw(pen->h, "\"/>");
}

/* The line: steps, broken where there is no figure. */
static void draw_line(const struct hub_chart_pen *pen)
{
    bool is_open = false;

    for (size_t i = 0; i < pen->n_columns;) {
        if (!has_line(&pen->columns[i])) {
            i++;
            continue;
        }
        if (!is_open)
            hub_html_raw(pen->h, "<path class=\"line\" d=\"");
        is_open = true;
        size_t end = run_end(pen, i, has_line);
        hub_html_char(pen->h, 'M');
        write_x(pen->h, pen->columns[i].left);
        hub_html_char(pen->h, ' ');
        write_y(pen, pen->columns[i].most);
        for (size_t k = i; k < end; k++) {
            if (k > i) {
                hub_html_char(pen->h, 'V');
                write_y(pen, pen->columns[k].most);
            }
            hub_html_char(pen->h, 'H');
            write_x(pen->h, pen->columns[k].right);
        }
        i = end;
    }
    if (is_open)
        hub_html_raw(pen->h, "\"/>");
}

/* Hatching is drawn outside the stretched picture, or its 45 degrees would not stay 45. */
static void draw_care(const struct hub_chart_pen *pen)
{
    for (size_t i = 0; i < pen->n_columns; i++) {
        const struct hub_column *c = &pen->columns[i];
        if (!c->has_line || !c->has_care)
            continue;
        double upper = y_of(pen, c->band95[1]);
        hub_html_raw(pen->h, "<rect x=\"");
        write_percent(pen->h, c->left);
        hub_html_raw(pen->h, "\" width=\"");
        write_percent(pen->h, c->right - c->left);
        hub_html_raw(pen->h, "\" y=\"");
        hub_html_number(pen->h, upper);
        hub_html_raw(pen->h, "\" height=\"");
        hub_html_number(pen->h, y_of(pen, c->band95[0]) - upper);
        hub_html_format(pen->h, "\" fill=\"url(#%s-care)\"/>", pen->chart->id);
    }
}

static bool is_grouped(const struct hub_chart_pen *pen)
{
    return pen->n_columns < pen->chart->n_slots;
}

static void draw_truth(const struct hub_chart_pen *pen)
{
    const struct hub_chart *chart = pen->chart;
    double span = (double)(chart->to - chart->from);
    uint64_t at = 0;

    if (chart->n_truth == 0)
        return;
    hub_html_raw(pen->h, "<path class=\"truth\" d=\"");
    for (size_t i = 0; i < chart->n_truth; i++) {
        const struct hub_truth_step *t = &chart->truth[i];
        if (t->start < chart->from || t->end > chart->to)
            continue;
        if (at == t->start) {
            hub_html_char(pen->h, 'V');
        } else {
            hub_html_char(pen->h, 'M');
            write_x(pen->h, (double)(t->start - chart->from) / span);
            hub_html_char(pen->h, ' ');
        }
        write_y(pen, t->total);
        hub_html_char(pen->h, 'H');
        write_x(pen->h, (double)(t->end - chart->from) / span);
        at = t->end;
    }
    hub_html_raw(pen->h, "\"/>");
}

static double expected_low(const struct hub_expected *e)
{
    return e->low;
}

static double expected_high(const struct hub_expected *e)
{
    return e->high;
}

/* One of the two dashed grey lines, never filled. */
static void draw_expected(const struct hub_chart_pen *pen,
                          double (*edge)(const struct hub_expected *))
{
    const struct hub_chart *chart = pen->chart;
    double span = (double)(chart->to - chart->from);
    uint64_t at = 0;

    if (chart->n_expected == 0)
        return;
    hub_html_raw(pen->h, "<path class=\"expected\" d=\"");
    for (size_t i = 0; i < chart->n_expected; i++) {
        const struct hub_expected *e = &chart->expected[i];
        if (!e->is_known || e->start < chart->from || e->end > chart->to)
            continue;
        if (at == e->start) {
            hub_html_char(pen->h, 'V');
        } else {
            hub_html_char(pen->h, 'M');
            write_x(pen->h, (double)(e->start - chart->from) / span);
            hub_html_char(pen->h, ' ');
        }
        write_y(pen, edge(e));
        hub_html_char(pen->h, 'H');
        write_x(pen->h, (double)(e->end - chart->from) / span);
        at = e->end;
    }
    hub_html_raw(pen->h, "\"/>");
}

static void draw_inner(const struct hub_chart_pen *pen)
{
    hub_html_format(pen->h,
                    "<svg class=\"inner\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\""
                    " preserveAspectRatio=\"none\" overflow=\"visible\">",
                    (int)hub_chart_height(pen->chart->size), INNER_WIDTH,
                    (int)hub_chart_height(pen->chart->size));
    draw_shapes(pen, "noisy", has_bar, zero, bar);
    draw_shapes(pen, "band95", has_line, low95, high95);
    draw_shapes(pen, "band50", has_line, low50, high50);
    draw_expected(pen, expected_low);
    draw_expected(pen, expected_high);
    if (is_grouped(pen))
        draw_shapes(pen, "extent", has_line, least, most);
    else
        draw_line(pen);
    draw_truth(pen);
    hub_html_raw(pen->h, "</svg>");
}

/* ---- the whole ---- */

/* A picture that stands alone brings the light theme along. */
static const char style_alone[] =
    "<style>text{font:13px 'Source Sans 3','Source Sans Pro',sans-serif;fill:#4f5d6b;"
    "font-variant-numeric:tabular-nums}.value{text-anchor:end;transform:translate(-8px,4px)}"
    ".grid{stroke:#dde3e8}.base,.mark{stroke:#7d8995}.line{fill:none;stroke:#12436d;"
    "stroke-width:1.75;vector-effect:non-scaling-stroke}.band95{fill:#12436d;fill-opacity:.17}"
    ".band50{fill:#12436d;fill-opacity:.3}.extent{fill:#12436d;stroke:#12436d;"
    "vector-effect:non-scaling-stroke}.noisy{fill:#8a96a1;fill-opacity:.35}"
    ".care{stroke:#12436d;stroke-width:1.5}.truth{fill:none;stroke:#801650;stroke-width:1.5;"
    "vector-effect:non-scaling-stroke}.truth-word{fill:#801650;text-anchor:end}.expected{fill:none;"
    "stroke:#7d8995;stroke-dasharray:4 3;vector-effect:non-scaling-stroke}.seam{stroke:#4f5d6b;"
    "stroke-dasharray:1 3}.gap{stroke:#7d8995;stroke-dasharray:2 4}.middle{text-anchor:middle}"
    "</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";

/* Letters of the widest value beside the picture: the page leaves room for so many. */
static size_t label_width(const struct hub_chart_pen *pen)
{
    struct hub_tick ticks[HUB_TICKS_MAX];
    size_t n = hub_value_ticks(ticks, pen->top, pen->layout->n_value_ticks);

    return n == 0 ? 1 : strlen(ticks[n - 1].label);
}

static void open_picture(const struct hub_chart_pen *pen)
{
    struct hub_html *h = pen->h;
    const struct hub_chart *chart = pen->chart;
    int height = (int)hub_chart_height(chart->size);

    if (chart->width > 0)
        hub_html_format(h,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                        " role=\"img\" aria-labelledby=\"%s-title\">",
                        (int)chart->width, height, chart->id);
    else
        hub_html_format(h,
                        "<svg class=\"chart w%zu\" width=\"100%%\" height=\"%d\" role=\"img\""
                        " aria-labelledby=\"%s-title\">",
                        label_width(pen), height, chart->id);
    hub_html_format(h, "<title id=\"%s-title\">", chart->id);
    hub_html_text(h, chart->title);
    hub_html_raw(h, "</title>");
    if (chart->width > 0) {
        hub_html_raw(h, style_alone);
        hub_html_format(h, "<svg x=\"64\" width=\"%d\" height=\"%d\" overflow=\"visible\">",
                        (int)chart->width - 80, height);
    }
    hub_html_format(h,
                    "<defs><pattern id=\"%s-care\" width=\"6\" height=\"6\""
                    " patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                    "<path class=\"care\" d=\"M0 0V6\"/></pattern></defs>",
                    chart->id);
}

static void close_picture(struct hub_html *h, const struct hub_chart *chart)
{
    hub_html_raw(h, chart->width > 0 ? "</svg></svg>" : "</svg>");
}

hub_status hub_chart_draw(struct hub_html *h, struct hub_arena *arena,
                          const struct hub_chart *chart)
{
    struct hub_chart_pen pen = {.h = h, .chart = chart, .layout = &layouts[chart->size]};
    double top = chart->top > 0 ? chart->top : hub_chart_top(chart->slots, chart->n_slots);
    double limit = top * EXPECTED_REACH;

    for (size_t i = 0; i < chart->n_expected; i++) {
        if (chart->expected[i].is_known)
            top = fmin(fmax(top, chart->expected[i].high), limit);
    }

    if (chart->to <= chart->from)
        return HUB_E_ARGUMENT;
    pen.top = top * 1.04; /* air above the highest step */
    HUB_TRY(hub_chart_columns(&pen.columns, &pen.n_columns, arena, chart,
                              chart->size == HUB_CHART_LARGE ? HUB_CHART_COLUMNS_MAX
                                                             : SPARK_COLUMNS_MAX));
    open_picture(&pen);
    hub_chart_draw_grid(&pen);
    draw_inner(&pen);
    draw_care(&pen);
    hub_chart_draw_axis(&pen);
    hub_chart_draw_marks(&pen);
    close_picture(h, chart);
    return hub_html_finish(h);
}
