/* Figures rounded to their interval: digits that the noise decides are not shown. */
#include "interval/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct hub_number_style hub_number_english = {",", "."};

/* Beyond this a double has no units any more. */
static const double plain_max = 1e15;

/* 10^exponent is exact from 10^0 to 10^22; below, callers divide. */
static double power_of_ten(int exponent)
{
    return pow(10, exponent);
}

static double round_to(double value, int exponent)
{
    if (exponent >= 0)
        return round(value / power_of_ten(exponent)) * power_of_ten(exponent);
    return round(value * power_of_ten(-exponent)) / power_of_ten(-exponent);
}

/* The exponent of the last digit shown: the first significant one of the half-width, or the second
 * if the first is 1, where one digit would be off by up to a half. */
static int last_digit(double half_width)
{
    const int first = (int)floor(log10(half_width));

    return half_width < 2 * pow(10, first) ? first - 1 : first;
}

static int step_exponent(double half_width, double min_step)
{
    const int least = min_step > 0 ? (int)lround(log10(min_step)) : -9;
    const int last = half_width > 0 ? last_digit(half_width) : least;

    return last > least ? last : least;
}

struct hub_figure hub_figure_round(double value, double half_width, double min_step)
{
    const int exponent = step_exponent(half_width, min_step);
    const double step = power_of_ten(exponent);
    const double rounded = round_to(half_width, exponent);

    return (struct hub_figure){.value = round_to(value, exponent),
                               .half_width = half_width > 0 && rounded <= 0 ? step : rounded,
                               .step = step};
}

double hub_figure_ceil(double x)
{
    if (!(x > 0))
        return 0;
    const int exponent = (int)floor(log10(x)) - 1;
    const double step = exponent > 0 ? power_of_ten(exponent) : 1;

    return ceil(x / step) * step;
}

struct text {
    char *out;
    size_t len;
};

static void add(struct text *t, const char *piece, size_t len)
{
    if (len >= HUB_FIGURE_TEXT_MAX - t->len)
        len = HUB_FIGURE_TEXT_MAX - 1 - t->len;
    memcpy(t->out + t->len, piece, len);
    t->len += len;
    t->out[t->len] = '\0';
}

static void add_text(struct text *t, const char *piece)
{
    add(t, piece, strlen(piece));
}

static void add_number(struct text *t, double value, unsigned decimals,
                       const struct hub_number_style *style)
{
    char digits[48];
    const double size = fabs(value);

    if (!(size < plain_max)) {
        (void)snprintf(digits, sizeof(digits), "%.6g", value);
        add_text(t, digits);
        return;
    }
    (void)snprintf(digits, sizeof(digits), "%.*f", (int)(decimals < 9 ? decimals : 9), size);
    const size_t n_whole = strcspn(digits, ".");

    if (value < 0 && strspn(digits, "0.") != strlen(digits))
        add_text(t, "\xe2\x88\x92"); /* minus; a rounded zero has none */
    for (size_t i = 0; i < n_whole; i++) {
        if (i != 0 && (n_whole - i) % 3 == 0)
            add_text(t, style->group);
        add(t, digits + i, 1);
    }
    if (digits[n_whole] != '\0') {
        add_text(t, style->decimal);
        add_text(t, digits + n_whole + 1);
    }
}

static unsigned decimals_of(double step)
{
    return step < 1 ? (unsigned)lround(-log10(step)) : 0;
}

size_t hub_number_format(char out[HUB_FIGURE_TEXT_MAX], double value, unsigned decimals,
                         const struct hub_number_style *style)
{
    struct text t = {out, 0};

    out[0] = '\0';
    add_number(&t, value, decimals, style);
    return t.len;
}

static size_t format_pair(char out[HUB_FIGURE_TEXT_MAX], struct hub_figure figure,
                          const struct hub_number_style *style, const char *unit)
{
    const unsigned decimals = decimals_of(figure.step);
    struct text t = {out, 0};

    out[0] = '\0';
    add_number(&t, figure.value, decimals, style);
    if (figure.half_width > 0) {
        add_text(&t, " \xc2\xb1 ");
        add_number(&t, figure.half_width, decimals, style);
    }
    add_text(&t, unit);
    return t.len;
}

size_t hub_figure_format(char out[HUB_FIGURE_TEXT_MAX], double value, double half_width,
                         const struct hub_number_style *style)
{
    return format_pair(out, hub_figure_round(value, half_width, 1), style, "");
}

size_t hub_percent_format(char out[HUB_FIGURE_TEXT_MAX], double share, double half_width,
                          const struct hub_number_style *style)
{
    return format_pair(out, hub_figure_round(100 * share, 100 * half_width, 0.01), style, " %");
}

size_t hub_percent_range_format(char out[HUB_FIGURE_TEXT_MAX], struct hub_interval share,
                                const struct hub_number_style *style)
{
    /* One digit finer than the half-width's last, since rounding outwards widens. */
    const int exponent = step_exponent(50 * (share.high - share.low), 0.1) - 1;
    const double fine = power_of_ten(exponent < 0 ? -exponent : 0);
    const unsigned decimals = exponent < 0 ? (unsigned)-exponent : 0;
    struct text t = {out, 0};

    out[0] = '\0';
    add_number(&t, floor(100 * share.low * fine) / fine, decimals, style);
    add_text(&t, " % to ");
    add_number(&t, ceil(100 * share.high * fine) / fine, decimals, style);
    add_text(&t, " %");
    return t.len;
}
