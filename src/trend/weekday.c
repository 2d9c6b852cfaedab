/* The middle of the same weekday's figures, and a range around it from their spread. Medians, so
 * that one odd week (a holiday, a strike) does not become what is expected. */
#include "trend/weekday.h"

#include <math.h>
#include <stdlib.h>

#define Z95          1.959963984540054
#define MAD_TO_SD    1.4826 /* of a normal law */
#define MEDIAN_NOISE 1.5708 /* variance of a median over that of a mean: pi / 2 */

enum { WEEK_S = 7 * 86400, CLOCK_CHANGE_S = 2 * 3600 };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), ascending);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* The slot among the first n that starts at that moment, or as near as a change of clocks puts it.
 * NULL if there is none, or no figure. */
static const struct hub_slot *slot_near(const struct hub_slot *slots, size_t n, uint64_t start)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slots[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    const struct hub_slot *best = NULL;
    for (size_t i = low == 0 ? 0 : low - 1; i < n && i <= low; i++) {
        if (best == NULL || distance(slots[i].start, start) < distance(best->start, start))
            best = &slots[i];
    }
    if (best == NULL || best->state != HUB_SLOT_KNOWN)
        return NULL;
    uint64_t length = best->end - best->start;
    uint64_t slack = length < CLOCK_CHANGE_S ? 0 : CLOCK_CHANGE_S;
    return distance(best->start, start) <= slack ? best : NULL;
}

static void expect_one(struct hub_expected *out, const struct hub_slot *slots, size_t i)
{
    double values[HUB_WEEKDAY_WEEKS];
    double variance = 0;

    *out = (struct hub_expected){.start = slots[i].start, .end = slots[i].end};
    if (slots[i].end - slots[i].start > HUB_WEEKDAY_LENGTH_MAX)
        return;
    for (uint64_t week = 1; week <= HUB_WEEKDAY_WEEKS && week * WEEK_S <= slots[i].start; week++) {
        const struct hub_slot *before = slot_near(slots, i, slots[i].start - week * WEEK_S);
        if (before == NULL)
            continue;
        values[out->n_weeks++] = (double)before->total;
        variance = fmax(variance, (double)before->variance);
    }
    if (out->n_weeks < HUB_WEEKDAY_WEEKS_LEAST)
        return;
    out->middle = median(values, out->n_weeks);
    for (unsigned k = 0; k < out->n_weeks; k++)
        values[k] = fabs(values[k] - out->middle);
    /* Natural spread and noise together; never below the noise, which is known. */
    double sd = fmax(MAD_TO_SD * median(values, out->n_weeks), sqrt(variance));
    double half = Z95 * sd * sqrt(1 + MEDIAN_NOISE / out->n_weeks);
    out->low = out->middle - half;
    out->high = out->middle + half;
    out->is_known = true;
}

void hub_weekday_expect(struct hub_expected *out, const struct hub_slot *slots, size_t n,
                        size_t first)
{
    for (size_t i = first; i < n; i++)
        expect_one(&out[i - first], slots, i);
}
