/* The templates. A sentence with a number in it carries that number's interval. */
#include "page/words.h"

#include "interval/figure.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void put(char out[HUB_WORDS_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(char out[HUB_WORDS_MAX], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(out, HUB_WORDS_MAX, format, arguments);
    va_end(arguments);
}

/* ---- gaps and figures ---- */

void hub_words_gap(char out[HUB_WORDS_MAX], const struct hub_slot *slot, uint64_t min_batch)
{
    if (slot->state == HUB_SLOT_WAITING) {
        put(out, "not published yet");
        return;
    }
    if (slot->state == HUB_SLOT_PARTIAL && slot->n_missing == 0) {
        put(out, "no total: only a part of it was counted");
        return;
    }
    if (slot->state == HUB_SLOT_PARTIAL) {
        put(out, "no total: %" PRIu32 " of %" PRIu32 " windows have no figure", slot->n_missing,
            slot->n_missing + slot->n_windows);
        return;
    }
    if (slot->state == HUB_SLOT_NONE) {
        put(out, "nothing was counted");
        return;
    }
    switch (slot->reason) {
    case HUB_GAP_TOO_FEW:
        if (min_batch != 0)
            put(out, "no figure: fewer than %" PRIu64 " reports", min_batch);
        else
            put(out, "no figure: too few reports");
        return;
    case HUB_GAP_BURNT:
        put(out, "no figure: dropped after a restore, to keep the noise safe");
        return;
    case HUB_GAP_REFUSED:
        put(out, "no figure: an operator refused it");
        return;
    case HUB_GAP_MISMATCH:
        put(out, "no figure: the operators counted different reports");
        return;
    case HUB_GAP_FAILED:
    case HUB_N_GAP_REASONS:
        break;
    }
    put(out, "no figure: it could not be fetched");
}

static void format_pair(char out[HUB_FIGURE_TEXT_MAX], const struct hub_slot *slot)
{
    double half = hub_half_width((double)slot->variance);

    if (slot->variance == 0)
        hub_number_format(out, (double)slot->total, 0, &hub_number_english);
    else
        hub_figure_format(out, (double)slot->total, half, &hub_number_english);
}

static void format_bound(char out[HUB_FIGURE_TEXT_MAX], const struct hub_slot *slot)
{
    hub_number_format(out, hub_display_bound(hub_slot_estimate(slot), HUB_Z_SHOWN), 0,
                      &hub_number_english);
}

void hub_words_figure(char out[HUB_WORDS_MAX], const struct hub_slot *slot, uint64_t min_batch)
{
    char text[HUB_FIGURE_TEXT_MAX];

    if (slot->state != HUB_SLOT_KNOWN) {
        hub_words_gap(out, slot, min_batch);
        return;
    }
    switch (hub_display(hub_slot_estimate(slot))) {
    case HUB_SHOW_PLAIN:
        format_pair(text, slot);
        put(out, "%s", text);
        return;
    case HUB_SHOW_CARE:
        format_pair(text, slot);
        put(out, "%s, use with care", text);
        return;
    case HUB_SHOW_TOO_NOISY:
    case HUB_N_DISPLAY:
        break;
    }
    format_bound(text, slot);
    put(out, "between 0 and %s, too noisy for a number", text);
}

void hub_words_cell(char out[HUB_WORDS_MAX], const struct hub_slot *slot)
{
    char text[HUB_FIGURE_TEXT_MAX];

    if (slot->state != HUB_SLOT_KNOWN) {
        put(out, "–");
        return;
    }
    if (hub_display(hub_slot_estimate(slot)) == HUB_SHOW_TOO_NOISY) {
        format_bound(text, slot);
        put(out, "0 to %s", text);
        return;
    }
    format_pair(text, slot);
    put(out, "%s", text);
}

void hub_words_brief(char out[HUB_WORDS_MAX], const struct hub_slot *slot)
{
    hub_words_cell(out, slot);
    size_t n = strlen(out);
    if (slot->state != HUB_SLOT_KNOWN)
        return;
    enum hub_display show = hub_display(hub_slot_estimate(slot));
    if (show != HUB_SHOW_PLAIN)
        (void)snprintf(out + n, HUB_WORDS_MAX - n, "%s",
                       show == HUB_SHOW_CARE ? ", use with care" : ", too noisy");
}

/* ---- one total against an earlier one ---- */

enum hub_comparison hub_compare(const struct hub_slot *now, const struct hub_slot *before)
{
    if (now == NULL || now->state != HUB_SLOT_KNOWN)
        return HUB_NO_FIGURE;
    if (hub_display(hub_slot_estimate(now)) == HUB_SHOW_TOO_NOISY)
        return HUB_TOO_NOISY;
    if (before == NULL || before->state != HUB_SLOT_KNOWN)
        return HUB_NOTHING_BEFORE;
    if (hub_display(hub_slot_estimate(before)) == HUB_SHOW_TOO_NOISY)
        return HUB_TOO_NOISY;
    int rank = hub_rank(hub_slot_estimate(now), hub_slot_estimate(before), HUB_Z_SHOWN);
    return rank > 0 ? HUB_MORE : rank < 0 ? HUB_FEWER : HUB_CANNOT_TELL;
}

/* "the Saturday before", "the week before", "the month before" */
static void before_words(char out[HUB_MOMENT_MAX], const struct hub_zone *zone,
                         const struct hub_slot *now, enum hub_step step)
{
    bool is_long = now->end - now->start > UINT64_C(2) * 86400;

    if (step == HUB_STEP_MONTH)
        (void)snprintf(out, HUB_MOMENT_MAX, "the month before");
    else if (step == HUB_STEP_WEEK || is_long)
        (void)snprintf(out, HUB_MOMENT_MAX, "the week before");
    else
        (void)snprintf(out, HUB_MOMENT_MAX, "the %s before",
                       hub_weekday_name(hub_zone_local(zone, now->start).weekday));
}

size_t hub_count_words(const char *text)
{
    size_t n = 0;
    bool is_inside = false;

    for (; *text != '\0'; text++) {
        bool is_space = *text == ' ';
        n += !is_space && !is_inside;
        is_inside = !is_space;
    }
    return n;
}

void hub_words_claim(char out[HUB_WORDS_MAX], enum hub_comparison comparison, const char *unit,
                     const struct hub_zone *zone, const struct hub_slot *now, enum hub_step step)
{
    char before[HUB_MOMENT_MAX] = "";
    /* "More", "than" and three words of time leave five for the unit. */
    const char *counted = hub_count_words(unit) <= 5 ? unit : "";
    const char *space = counted[0] == '\0' ? "" : " ";

    if (now != NULL)
        before_words(before, zone, now, step);
    switch (comparison) {
    case HUB_MORE:
        put(out, "More%s%s than %s", space, counted, before);
        return;
    case HUB_FEWER:
        put(out, "Fewer%s%s than %s", space, counted, before);
        return;
    case HUB_CANNOT_TELL:
        put(out, "No change from %s can be told", before);
        return;
    case HUB_NOTHING_BEFORE:
        put(out, "A first figure, with none before it");
        return;
    case HUB_TOO_NOISY:
        put(out, "Too noisy to say how many");
        return;
    case HUB_NO_FIGURE:
        break;
    }
    put(out, "No figure yet");
}

/* "since Mon 26 Jan", "since Sat 18:00" */
static void since_words(char out[HUB_MOMENT_MAX], const struct hub_zone *zone,
                        const struct hub_slot *since, bool is_day)
{
    struct hub_local_time t = hub_zone_local(zone, since->start);

    if (is_day)
        (void)snprintf(out, HUB_MOMENT_MAX, "since %s %u %s", hub_weekday_short(t.weekday), t.day,
                       hub_month_short(t.month));
    else
        (void)snprintf(out, HUB_MOMENT_MAX, "since %s %02u:%02u", hub_weekday_short(t.weekday),
                       t.hour, t.minute);
}

void hub_words_expected(char out[HUB_WORDS_MAX], const struct hub_expected *expected,
                        const char *unit, const struct hub_zone *zone, const struct hub_slot *now,
                        const struct hub_slot *since)
{
    double total = (double)now->total;
    bool is_day = now->end - now->start >= UINT64_C(23) * 3600;
    bool is_outside = total > expected->high || total < expected->low;
    char when[HUB_MOMENT_MAX];

    if (is_outside && since->start < now->start)
        since_words(when, zone, since, is_day);
    else
        (void)snprintf(when, sizeof(when), "%s %s", is_day ? "of a" : "at this hour of a",
                       hub_weekday_name(hub_zone_local(zone, now->start).weekday));
    if (!is_outside) {
        put(out, "As expected %s", when);
        return;
    }
    /* "More than expected" and the words of time; what is left is for the unit. */
    size_t room = HUB_CLAIM_WORDS_MAX - 3 - hub_count_words(when);
    const char *counted = hub_count_words(unit) <= room ? unit : "";
    put(out, "%s%s%s than expected %s", total > expected->high ? "More" : "Fewer",
        counted[0] == '\0' ? "" : " ", counted, when);
}

/* ---- the largest of several ---- */

static bool has_number(const struct hub_slot *slot)
{
    return slot->state == HUB_SLOT_KNOWN &&
           hub_display(hub_slot_estimate(slot)) != HUB_SHOW_TOO_NOISY;
}

static bool comes_before(const struct hub_slot *a, const struct hub_slot *b)
{
    if (has_number(a) != has_number(b))
        return has_number(a);
    return a->total > b->total;
}

size_t hub_rank_cells(size_t *order, const struct hub_slot *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(&cells[i], &cells[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    if (n < 2 || !has_number(&cells[order[0]]))
        return 0;
    double z = hub_z_simultaneous(HUB_LEVEL_SHOWN, n - 1);
    size_t n_leading = 1;
    struct hub_estimate first = hub_slot_estimate(&cells[order[0]]);
    /* A cell too noisy for a number may still be the largest, if its interval says so. */
    while (n_leading < n && cells[order[n_leading]].state == HUB_SLOT_KNOWN &&
           hub_rank(first, hub_slot_estimate(&cells[order[n_leading]]), z) <= 0)
        n_leading++;
    return n_leading;
}

static void capitalise(char *text)
{
    /* ASCII only: a label in another script keeps its own first letter. */
    text[0] = (char)toupper((unsigned char)text[0]);
}

void hub_words_rank(char out[HUB_WORDS_MAX], const char *const *labels, const size_t *order,
                    size_t n_leading, size_t n)
{
    if (n_leading == 0) {
        put(out, "Too noisy to rank the %zu parts", n);
        return;
    }
    if (n_leading == 1 && n == 2)
        put(out, "%s counts more than %s", labels[order[0]], labels[order[1]]);
    else if (n_leading == 1)
        put(out, "%s is the largest of %zu", labels[order[0]], n);
    else if (n_leading == 2)
        put(out, "%s and %s lead, too close to rank", labels[order[0]], labels[order[1]]);
    else
        put(out, "%zu of %zu lead, too close to rank", n_leading, n);
    if (hub_count_words(out) > HUB_CLAIM_WORDS_MAX) {
        if (n_leading == 1)
            put(out, "One part is the largest of %zu", n);
        else
            put(out, "%zu of %zu lead, too close to rank", n_leading, n);
    }
    capitalise(out);
}

/* ---- the promise ---- */

void hub_words_promise(char out[HUB_WORDS_MAX], const struct hub_statement *s)
{
    switch (s->unit) {
    case HUB_UNIT_DEVICE_DAY:
        put(out, "protects your day");
        return;
    case HUB_UNIT_RESIDENT_DAY:
        put(out, "protects one resident’s day, up to %" PRIu64 " count%s a window", s->resident_c,
            s->resident_c == 1 ? "" : "s");
        return;
    case HUB_UNIT_VISIT:
    case HUB_N_UNITS:
        break;
    }
    put(out, "protects one visit");
}
