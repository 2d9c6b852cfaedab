/* The one chart: steps with their noise as a filled band, drawn as SVG by the server. It stretches
 * to the width of its place without distorting text or strokes: horizontal places are fractions of
 * the width, vertical ones are pixels. */
#ifndef PAGE_CHART_H
#define PAGE_CHART_H

#include "base/arena.h"
#include "page/html.h"
#include "series/slots.h"
#include "trend/weekday.h"

/* A true total of a demonstration, at the chart's own steps. */
struct hub_truth_step {
    uint64_t start;
    uint64_t end;
    double total;
};

enum hub_chart_size {
    HUB_CHART_LARGE, /* a measure's page */
    HUB_CHART_CELL,  /* one of the small multiples */
    HUB_CHART_SPARK  /* a row of the overview */
};

struct hub_chart {
    const char *id;    /* [a-z0-9-], unique on the page: pattern and title are referred to by it */
    const char *title; /* for those who do not see it */
    const char *unit;
    const struct hub_zone *zone;
    enum hub_chart_size size;
    uint64_t from;
    uint64_t to;
    const struct hub_slot *slots; /* in time order, inside [from, to) */
    size_t n_slots;
    const struct hub_truth_step *truth;
    size_t n_truth;
    const struct hub_expected *expected; /* or NULL */
    size_t n_expected;
    const uint64_t *seams; /* moments at which the noise changed */
    size_t n_seams;
    uint64_t min_batch; /* for gaps: "fewer than 100 reports" */
    double top;         /* of the scale; 0: hub_chart_top of the slots */
    double width;       /* pixels of a picture that stands alone; 0: stretches inside a page */
};

/* What a vertical scale must reach for these slots: the upper end of each interval shown, the q of
 * each bar. At least 1. */
double hub_chart_top(const struct hub_slot *slots, size_t n);
/* Slots that a large chart draws one by one; of more, a column shows several. */
enum { HUB_CHART_COLUMNS_MAX = 800 };

/* Draws it. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_chart_draw(struct hub_html *h, struct hub_arena *arena,
                                       const struct hub_chart *chart);
/* Pixels of height that a chart of this size takes, its axis included. */
double hub_chart_height(enum hub_chart_size size);

/* --- the scales --- */

enum { HUB_TICKS_MAX = 24 };

struct hub_tick {
    double place; /* fraction of the width, or value */
    char label[32];
    bool is_minor; /* left out on narrow screens */
};

/* Round numbers from 0 on, at most n_max of them, all at most top. */
size_t hub_value_ticks(struct hub_tick ticks[HUB_TICKS_MAX], double top, size_t n_max);
/* Hours, days, Mondays, months or years, as the range asks for; at most n_max. */
size_t hub_time_ticks(struct hub_tick ticks[HUB_TICKS_MAX], const struct hub_zone *z, uint64_t from,
                      uint64_t to, size_t n_max);

/* --- what pixels can show --- */

/* One column of the picture: one slot, or the extremes of several. */
struct hub_column {
    double left; /* fractions of the width */
    double right;
    bool has_line; /* a figure stands here: plain, or hatched */
    bool has_care;
    bool has_bar; /* a figure is too noisy: grey from 0 to bar */
    double least; /* of the totals; both are the total where the column is one slot */
    double most;
    double band95[2];
    double band50[2];
    double bar;
};

/* Slots as at most n_max columns. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_chart_columns(struct hub_column **out, size_t *n,
                                          struct hub_arena *arena, const struct hub_chart *chart,
                                          size_t n_max);

#endif
