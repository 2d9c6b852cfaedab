/* Ranges and steps, from addresses and back. */
#include "page/view.h"

#include "http/query.h"

#include <stdio.h>

#define DAY_S  UINT64_C(86400)
#define WEEK_S (7 * DAY_S)

enum { SLOTS_SHOWN_MAX = 800 /* beyond it the whole view takes a wider step */ };

uint64_t hub_measure_window_s(const struct hub_measure *m)
{
    return m->n_tasks == 0 ? DAY_S : m->tasks[m->n_tasks - 1].facts.window_s;
}

uint64_t hub_measure_floor(const struct hub_measure *m)
{
    return m->n_tasks == 0 ? 0 : m->tasks[m->n_tasks - 1].facts.min_batch;
}

/* ---- steps ---- */

static uint64_t step_length_s(const struct hub_view *v, enum hub_step step)
{
    switch (step) {
    case HUB_STEP_HOUR:
        return 3600;
    case HUB_STEP_DAY:
        return DAY_S;
    case HUB_STEP_WEEK:
        return WEEK_S;
    case HUB_STEP_MONTH:
        return 30 * DAY_S;
    case HUB_STEP_WINDOW:
    case HUB_N_STEPS:
        break;
    }
    return hub_measure_window_s(v->m);
}

bool hub_step_is_offered(const struct hub_view *v, enum hub_step step)
{
    uint64_t window_s = hub_measure_window_s(v->m);

    if (!hub_step_fits(step, window_s, v->zone, v->whole_from))
        return false;
    return step == HUB_STEP_WINDOW || step_length_s(v, step) <= v->to - v->from;
}

static enum hub_step finest_step(const struct hub_view *v, size_t n_slots_max)
{
    enum hub_step widest = HUB_STEP_WINDOW;

    for (unsigned i = 0; i < HUB_N_STEPS; i++) {
        enum hub_step step = (enum hub_step)i;
        if (!hub_step_is_offered(v, step))
            continue;
        widest = step;
        if ((v->to - v->from) / step_length_s(v, step) <= n_slots_max)
            break;
    }
    return widest;
}

void hub_step_words(char out[HUB_MOMENT_MAX], const struct hub_view *v, enum hub_step step)
{
    if (step == HUB_STEP_WINDOW)
        hub_length_words(out, hub_measure_window_s(v->m));
    else
        (void)snprintf(out, HUB_MOMENT_MAX, "%s", hub_step_name(step));
}

/* A range holds whole steps, so that no step at its edge is a part of one. */
static void align(struct hub_view *v)
{
    if (v->step == HUB_STEP_WINDOW)
        return;
    v->from = hub_step_start(v->step, v->zone, v->from);
    v->to = hub_step_next(v->step, v->zone, v->to - 1);
}

/* ---- ranges ---- */

void hub_view_whole(struct hub_view *out, const struct hub_measure *m, const struct hub_zone *zone,
                    size_t n_slots_max)
{
    struct hub_view v = {.m = m, .zone = zone};

    if (m->known_until > m->known_from) {
        v.whole_from = m->known_from;
        v.whole_to = m->known_until;
    } else {
        v.is_empty = true;
        v.whole_from = m->n_tasks == 0 ? 0 : m->tasks[0].facts.first_s;
        v.whole_to = v.whole_from + 30 * DAY_S;
    }
    v.from = v.whole_from;
    v.to = v.whole_to;
    v.step = finest_step(&v, n_slots_max);
    align(&v);
    *out = v;
}

static bool read_moment(uint64_t *out, const struct hub_view *v, hub_span query, const char *name)
{
    char text[32];

    return hub_query_find(text, sizeof(text), query, name) == HUB_OK &&
           hub_moment_parse(out, v->zone, text) == HUB_OK;
}

/* Ranges far outside of what is known would only cost time. */
static void clamp_range(struct hub_view *v)
{
    uint64_t window_s = hub_measure_window_s(v->m);
    uint64_t least = v->whole_from > 400 * DAY_S ? v->whole_from - 400 * DAY_S : 0;
    uint64_t most = v->whole_to + 400 * DAY_S;

    if (v->from < least)
        v->from = least;
    if (v->to > most)
        v->to = most;
    v->from -= v->from % window_s;
    if (v->to < v->from + window_s)
        v->to = v->from + window_s;
    v->to += (window_s - v->to % window_s) % window_s;
}

void hub_view_read(struct hub_view *out, const struct hub_measure *m, const struct hub_zone *zone,
                   hub_span query)
{
    struct hub_view v;
    char text[16];
    uint64_t last_day;
    bool has_range = false;

    hub_view_whole(&v, m, zone, SLOTS_SHOWN_MAX);
    v.from = v.whole_from;
    v.to = v.whole_to;
    has_range = read_moment(&v.from, &v, query, "from") || has_range;
    has_range = read_moment(&v.to, &v, query, "to") || has_range;
    if (read_moment(&last_day, &v, query, "until")) {
        v.to = hub_zone_day_next(zone, last_day);
        has_range = true;
    }
    if (has_range)
        clamp_range(&v);
    v.step = finest_step(&v, SLOTS_SHOWN_MAX);
    if (hub_query_find(text, sizeof(text), query, "step") == HUB_OK) {
        enum hub_step asked = hub_step_parse(text);
        if (asked != HUB_N_STEPS && hub_step_is_offered(&v, asked))
            v.step = asked;
    }
    align(&v);
    v.has_truth =
        hub_query_find(text, sizeof(text), query, "truth") == HUB_OK && strcmp(text, "1") == 0;
    *out = v;
}

struct hub_view hub_view_span(const struct hub_view *v, enum hub_span_kind kind)
{
    struct hub_view out = *v;
    uint64_t end = v->to < v->whole_to ? v->to : v->whole_to;
    uint64_t inside = end > 0 ? end - 1 : 0;

    switch (kind) {
    case HUB_SPAN_MONTH:
        out.from = hub_zone_month_start(v->zone, inside);
        out.to = hub_zone_month_next(v->zone, inside);
        break;
    case HUB_SPAN_WEEK:
        out.from = hub_zone_week_start(v->zone, inside);
        out.to = hub_zone_week_next(v->zone, inside);
        break;
    case HUB_SPAN_DAY:
        out.from = hub_zone_day_start(v->zone, inside);
        out.to = hub_zone_day_next(v->zone, inside);
        break;
    case HUB_SPAN_WHOLE:
    case HUB_N_SPANS:
        out.from = v->whole_from;
        out.to = v->whole_to;
        break;
    }
    out.step = finest_step(&out, SLOTS_SHOWN_MAX);
    align(&out);
    return out;
}

enum hub_span_kind hub_view_kind(const struct hub_view *v)
{
    if (v->from <= v->whole_from && v->to >= v->whole_to)
        return HUB_SPAN_WHOLE;
    if (v->from == hub_zone_day_start(v->zone, v->from) &&
        v->to == hub_zone_day_next(v->zone, v->from))
        return HUB_SPAN_DAY;
    if (v->from == hub_zone_week_start(v->zone, v->from) &&
        v->to == hub_zone_week_next(v->zone, v->from))
        return HUB_SPAN_WEEK;
    if (v->from == hub_zone_month_start(v->zone, v->from) &&
        v->to == hub_zone_month_next(v->zone, v->from))
        return HUB_SPAN_MONTH;
    return HUB_N_SPANS;
}

bool hub_view_shift(struct hub_view *out, const struct hub_view *v, int direction)
{
    struct hub_view moved = *v;
    uint64_t length = v->to - v->from;
    bool is_back = direction < 0;

    if (is_back ? v->from <= v->whole_from : v->to >= v->whole_to)
        return false;
    switch (hub_view_kind(v)) {
    case HUB_SPAN_MONTH:
        moved.from = is_back ? hub_zone_month_start(v->zone, v->from - 1) : v->to;
        moved.to = is_back ? v->from : hub_zone_month_next(v->zone, v->to);
        break;
    case HUB_SPAN_WEEK:
        moved.from = is_back ? hub_zone_week_start(v->zone, v->from - 1) : v->to;
        moved.to = is_back ? v->from : hub_zone_week_next(v->zone, v->to);
        break;
    case HUB_SPAN_DAY:
        moved.from = is_back ? hub_zone_day_start(v->zone, v->from - 1) : v->to;
        moved.to = is_back ? v->from : hub_zone_day_next(v->zone, v->to);
        break;
    case HUB_SPAN_WHOLE:
        return false;
    case HUB_N_SPANS:
        moved.from = is_back ? (v->from > length ? v->from - length : 0) : v->to;
        moved.to = is_back ? v->from : v->to + length;
        break;
    }
    *out = moved;
    return true;
}

struct hub_view hub_view_with_step(const struct hub_view *v, enum hub_step step)
{
    struct hub_view out = *v;

    out.step = step;
    align(&out);
    return out;
}

void hub_view_address(struct hub_html *h, const struct hub_view *v, const char *tail)
{
    char from[HUB_MOMENT_MAX];
    char to[HUB_MOMENT_MAX];

    hub_moment_address(from, v->zone, v->from);
    hub_moment_address(to, v->zone, v->to);
    hub_html_print(h, "/measure/%s%s?from=%s&to=%s&step=%s%s", v->m->words.name, tail, from, to,
                   hub_step_name(v->step), v->has_truth ? "&truth=1" : "");
}

/* ---- what is in it ---- */

hub_status hub_view_slots(struct hub_series *s, struct hub_arena *arena, struct hub_slot **out,
                          size_t *n, const struct hub_view *v, uint32_t cell)
{
    return hub_series_slots(s, arena, out, n, v->m, cell, v->zone, v->step, v->from, v->to);
}

hub_status hub_view_seams(struct hub_arena *arena, uint64_t **out, size_t *n,
                          const struct hub_view *v)
{
    uint64_t *seams = HUB_ARENA_NEW(arena, uint64_t, v->m->n_tasks + 1);
    size_t n_seams = 0;

    if (seams == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 1; i < v->m->n_tasks; i++) {
        const struct hub_series_task *before = &v->m->tasks[i - 1].facts;
        const struct hub_series_task *t = &v->m->tasks[i].facts;
        bool has_changed = t->variance != before->variance || strcmp(t->vdaf, before->vdaf) != 0;
        if (has_changed && t->first_s > v->from && t->first_s < v->to)
            seams[n_seams++] = t->first_s;
    }
    *out = seams;
    *n = n_seams;
    return HUB_OK;
}

const struct hub_slot *hub_last_known(const struct hub_slot *slots, size_t n)
{
    while (n-- > 0) {
        if (slots[n].state == HUB_SLOT_KNOWN)
            return &slots[n];
    }
    return NULL;
}

hub_status hub_slot_before(struct hub_series *s, struct hub_arena *arena, struct hub_slot *out,
                           const struct hub_view *v, const struct hub_slot *slot, uint32_t cell)
{
    struct hub_slot *slots = NULL;
    size_t n = 0;
    uint64_t from;
    uint64_t length = slot->end - slot->start;

    if (slot->start < WEEK_S + length)
        return HUB_E_NOT_FOUND;
    if (v->step == HUB_STEP_MONTH) {
        from = hub_zone_month_start(v->zone, slot->start - 1);
    } else if (length >= WEEK_S) {
        from = slot->start - length;
    } else {
        /* The same local time a week before, also when the clocks changed in between. */
        from = slot->start - WEEK_S;
        from = (uint64_t)((int64_t)from + hub_zone_offset(v->zone, slot->start) -
                          hub_zone_offset(v->zone, from));
    }
    HUB_TRY(hub_series_slots(s, arena, &slots, &n, v->m, cell, v->zone, v->step, from,
                             v->step == HUB_STEP_WINDOW ? from + length : from + 1));
    if (n != 1 || slots[0].state != HUB_SLOT_KNOWN)
        return HUB_E_NOT_FOUND;
    *out = slots[0];
    return HUB_OK;
}
