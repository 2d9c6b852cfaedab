/* Figures as people read them: rounded to their interval, with thousands separated. */
#ifndef INTERVAL_FIGURE_H
#define INTERVAL_FIGURE_H

#include "interval/interval.h"

/* How numbers are written in a language. */
struct hub_number_style {
    const char *group;   /* between thousands: "," */
    const char *decimal; /* "." */
};
extern const struct hub_number_style hub_number_english;

struct hub_figure {
    double value;      /* a multiple of step */
    double half_width; /* one significant digit, two if the first is 1 */
    double step;       /* a power of ten */
};

enum { HUB_FIGURE_TEXT_MAX = 96 };

/* Rounds a value to its half-width: 15137, 614 -> 15100, 600, 100. Never to less than min_step
 * (1 for counts, 0 for none). */
struct hub_figure hub_figure_round(double value, double half_width, double min_step);
/* All of these write a NUL-terminated UTF-8 text and return its length. The minus is U+2212. */
size_t hub_number_format(char out[HUB_FIGURE_TEXT_MAX], double value, unsigned decimals,
                         const struct hub_number_style *style);
/* "15,100 ± 600" */
size_t hub_figure_format(char out[HUB_FIGURE_TEXT_MAX], double value, double half_width,
                         const struct hub_number_style *style);
/* "40 ± 3 %" from shares (0.4, 0.032); at most two decimals. */
size_t hub_percent_format(char out[HUB_FIGURE_TEXT_MAX], double share, double half_width,
                          const struct hub_number_style *style);
/* "36.8 % to 43.3 %" from an interval of shares: Fieller's is not symmetric. Rounded outwards. */
size_t hub_percent_range_format(char out[HUB_FIGURE_TEXT_MAX], struct hub_interval share,
                                const struct hub_number_style *style);
/* x rounded up to two significant digits and a whole number: the q of "between 0 and q". */
double hub_figure_ceil(double x);

#endif
