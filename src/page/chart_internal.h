/* Shared by the files that draw the chart. */
#ifndef PAGE_CHART_INTERNAL_H
#define PAGE_CHART_INTERNAL_H

#include "page/chart.h"

/* Pixels from top to bottom, and how many labels fit. */
struct hub_chart_layout {
    double above;
    double plot;
    double below;
    size_t n_value_ticks;
    size_t n_times;
};

const struct hub_chart_layout *hub_chart_layout(enum hub_chart_size size);

struct hub_chart_pen {
    struct hub_html *h;
    const struct hub_chart *chart;
    const struct hub_chart_layout *layout;
    struct hub_column *columns;
    size_t n_columns;
    double top; /* value at the plot's upper edge */
};

/* Under the data: horizontal lines with their values. */
void hub_chart_draw_grid(const struct hub_chart_pen *pen);
/* The base line and the times. */
void hub_chart_draw_axis(const struct hub_chart_pen *pen);
/* Gaps that say why, seams, words for the lines. */
void hub_chart_draw_marks(const struct hub_chart_pen *pen);

#endif
