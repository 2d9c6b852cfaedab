/* Round numbers and round moments for the axes. */
#include "page/chart.h"

#include "interval/figure.h"
#include "page/moment.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The smallest of 1, 2, 2.5, 5 times a power of ten, whole, with which at most n_max ticks fit. */
static double value_step(double top, size_t n_max)
{
    static const double factors[] = {1, 2, 2.5, 5};
    double power = pow(10, floor(log10(fmax(top, 1) / (double)n_max)));

    for (;;) {
        for (unsigned i = 0; i < 4; i++) {
            double step = factors[i] * power;
            bool is_whole = step >= 1 && step == round(step);
            if (is_whole && floor(top / step) + 1 <= (double)n_max)
                return step;
        }
        power *= 10;
    }
}

size_t hub_value_ticks(struct hub_tick ticks[HUB_TICKS_MAX], double top, size_t n_max)
{
    double step = value_step(top, n_max);
    size_t n = 0;

    for (; n < n_max && n < HUB_TICKS_MAX && (double)n * step <= top; n++) {
        char text[HUB_FIGURE_TEXT_MAX];
        ticks[n] = (struct hub_tick){.place = (double)n * step};
        (void)hub_number_format(text, ticks[n].place, 0, &hub_number_english);
        (void)snprintf(ticks[n].label, sizeof(ticks[n].label), "%.31s", text);
    }
    return n;
}

/* ---- time ---- */

#define HOUR_S UINT64_C(3600)
#define DAY_S  UINT64_C(86400)
#define YEAR_S UINT64_C(31557600) /* of 365.25 days */

enum tick_unit { TICK_HOUR, TICK_DAY, TICK_WEEK, TICK_MONTH, TICK_YEAR };

struct tick_plan {
    enum tick_unit unit;
    unsigned every;
};

/* The finest plan that gives at most n_max ticks. */
static struct tick_plan plan_ticks(uint64_t span_s, size_t n_max)
{
    static const struct {
        struct tick_plan plan;
        uint64_t length_s;
    } plans[] = {
        {{TICK_HOUR, 1}, HOUR_S},       {{TICK_HOUR, 3}, 3 * HOUR_S},
        {{TICK_HOUR, 6}, 6 * HOUR_S},   {{TICK_DAY, 1}, DAY_S},
        {{TICK_DAY, 2}, 2 * DAY_S},     {{TICK_DAY, 3}, 3 * DAY_S},
        {{TICK_WEEK, 1}, 7 * DAY_S},    {{TICK_MONTH, 1}, YEAR_S / 12},
        {{TICK_MONTH, 2}, YEAR_S / 6},  {{TICK_MONTH, 3}, YEAR_S / 4},
        {{TICK_MONTH, 6}, YEAR_S / 2},  {{TICK_YEAR, 1}, YEAR_S},
        {{TICK_YEAR, 2}, 2 * YEAR_S},   {{TICK_YEAR, 5}, 5 * YEAR_S},
        {{TICK_YEAR, 10}, 10 * YEAR_S}, {{TICK_YEAR, 25}, 25 * YEAR_S},
    };
    size_t n = sizeof(plans) / sizeof(plans[0]);

    for (size_t i = 0; i + 1 < n; i++) {
        if (span_s / plans[i].length_s <= n_max)
            return plans[i].plan;
    }
    return plans[n - 1].plan;
}

/* The first tick at or after the moment. */
static uint64_t first_tick(struct tick_plan plan, const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);
    uint64_t day = hub_zone_day_start(z, at);
    uint64_t start;

    switch (plan.unit) {
    case TICK_HOUR:
        start = day;
        while (start < at)
            start += plan.every * 3600ULL;
        return start;
    case TICK_DAY:
        return day == at ? day : hub_zone_day_next(z, at);
    case TICK_WEEK:
        start = hub_zone_week_start(z, at);
        return start == at ? start : hub_zone_week_next(z, at);
    case TICK_MONTH: {
        int64_t months = (int64_t)t.month - 1;
        int64_t even = months - months % plan.every;
        start = hub_zone_midnight(z, t.year, even + 1, 1);
        return start >= at ? start : hub_zone_midnight(z, t.year, even + 1 + plan.every, 1);
    }
    case TICK_YEAR:
        break;
    }
    int64_t year = t.year - t.year % plan.every;
    start = hub_zone_midnight(z, year, 1, 1);
    return start >= at ? start : hub_zone_midnight(z, year + plan.every, 1, 1);
}

static uint64_t next_tick(struct tick_plan plan, const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);

    switch (plan.unit) {
    case TICK_HOUR: {
        /* Midnight is always one, also on a day of 23 or 25 hours. */
        uint64_t next = at + plan.every * 3600ULL;
        uint64_t midnight = hub_zone_day_next(z, at);
        return next > midnight ? midnight : next;
    }
    case TICK_DAY:
        return hub_zone_midnight(z, t.year, t.month, (int64_t)t.day + plan.every);
    case TICK_WEEK:
        return hub_zone_week_next(z, at);
    case TICK_MONTH:
        return hub_zone_midnight(z, t.year, (int64_t)t.month + plan.every, 1);
    case TICK_YEAR:
        break;
    }
    return hub_zone_midnight(z, t.year + plan.every, 1, 1);
}

static void label_tick(struct hub_tick *tick, struct tick_plan plan, const struct hub_local_time *t,
                       bool is_first)
{
    size_t size = sizeof(tick->label);

    switch (plan.unit) {
    case TICK_HOUR:
        if (t->hour == 0 && t->minute == 0)
            (void)snprintf(tick->label, size, "%s %u %s", hub_weekday_short(t->weekday), t->day,
                           hub_month_short(t->month));
        else
            (void)snprintf(tick->label, size, "%02u:%02u", t->hour, t->minute);
        return;
    case TICK_DAY:
        if (is_first || t->day == 1)
            (void)snprintf(tick->label, size, "%s %u %s", hub_weekday_short(t->weekday), t->day,
                           hub_month_short(t->month));
        else
            (void)snprintf(tick->label, size, "%s %u", hub_weekday_short(t->weekday), t->day);
        return;
    case TICK_WEEK:
        (void)snprintf(tick->label, size, "%u %s", t->day, hub_month_short(t->month));
        return;
    case TICK_MONTH:
        if (is_first || t->month == 1 || plan.every >= 6)
            (void)snprintf(tick->label, size, "%s %" PRId64, hub_month_short(t->month), t->year);
        else
            (void)snprintf(tick->label, size, "%s", hub_month_short(t->month));
        return;
    case TICK_YEAR:
        break;
    }
    (void)snprintf(tick->label, size, "%" PRId64, t->year);
}

size_t hub_time_ticks(struct hub_tick ticks[HUB_TICKS_MAX], const struct hub_zone *z, uint64_t from,
                      uint64_t to, size_t n_max)
{
    size_t n = 0;

    if (to <= from)
        return 0;
    struct tick_plan plan = plan_ticks(to - from, n_max);
    for (uint64_t at = first_tick(plan, z, from); at < to && n < HUB_TICKS_MAX;
         at = next_tick(plan, z, at)) {
        struct hub_local_time t = hub_zone_local(z, at);
        ticks[n] = (struct hub_tick){.place = (double)(at - from) / (double)(to - from),
                                     .is_minor = n % 2 == 1};
        if (plan.unit == TICK_MONTH) /* January carries the year */
            ticks[n].is_minor = (t.month - 1) / plan.every % 2 == 1;
        label_tick(&ticks[n], plan, &t, n == 0);
        n++;
    }
    return n;
}
