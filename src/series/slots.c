/* From windows to steps. A step's total exists only if all of its windows do: a sum with windows
 * missing would be too low, and nobody could see it. Noises of windows are independent, so their
 * variances add. */
#include "series/slots.h"

#include <math.h>

enum { SLOTS_MAX = 200000 };

static const char *const step_names[HUB_N_STEPS] = {
    [HUB_STEP_WINDOW] = "window", [HUB_STEP_HOUR] = "hour",   [HUB_STEP_DAY] = "day",
    [HUB_STEP_WEEK] = "week",     [HUB_STEP_MONTH] = "month",
};

const char *hub_step_name(enum hub_step step)
{
    return step < HUB_N_STEPS ? step_names[step] : "";
}

enum hub_step hub_step_parse(const char *name)
{
    for (unsigned i = 0; i < HUB_N_STEPS; i++) {
        if (strcmp(step_names[i], name) == 0)
            return (enum hub_step)i;
    }
    return HUB_N_STEPS;
}

uint64_t hub_step_start(enum hub_step step, const struct hub_zone *zone, uint64_t at)
{
    switch (step) {
    case HUB_STEP_HOUR:
        return at - at % 3600;
    case HUB_STEP_DAY:
        return hub_zone_day_start(zone, at);
    case HUB_STEP_WEEK:
        return hub_zone_week_start(zone, at);
    case HUB_STEP_MONTH:
        return hub_zone_month_start(zone, at);
    case HUB_STEP_WINDOW:
    case HUB_N_STEPS:
        break;
    }
    return at;
}

uint64_t hub_step_next(enum hub_step step, const struct hub_zone *zone, uint64_t at)
{
    switch (step) {
    case HUB_STEP_HOUR:
        return at - at % 3600 + 3600;
    case HUB_STEP_DAY:
        return hub_zone_day_next(zone, at);
    case HUB_STEP_WEEK:
        return hub_zone_week_next(zone, at);
    case HUB_STEP_MONTH:
        return hub_zone_month_next(zone, at);
    case HUB_STEP_WINDOW:
    case HUB_N_STEPS:
        break;
    }
    return at + 1;
}

/* Windows start at multiples of their length since 1970, in UTC. They fill a step if its boundary
 * is one of theirs; the clock changes are covered by looking half a year ahead as well. */
bool hub_step_fits(enum hub_step step, uint64_t window_s, const struct hub_zone *zone,
                   uint64_t near)
{
    enum { HALF_A_YEAR_S = 183 * 86400 };

    if (step == HUB_STEP_WINDOW)
        return true;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t start = hub_step_start(step, zone, near + (uint64_t)i * HALF_A_YEAR_S);
        uint64_t next = hub_step_next(step, zone, start);
        if (start % window_s != 0 || next % window_s != 0 || next - start <= window_s)
            return false;
    }
    return true;
}

double hub_half_width(double variance)
{
    /* Below 9 of one noise the normal law is off; the released total has two of them. */
    if (variance > 0 && variance < 18)
        return hub_noise_quantile(variance / 2, 2, HUB_LEVEL_SHOWN);
    return HUB_Z_SHOWN * sqrt(variance);
}

/* ---- cutting ---- */

struct cutter {
    struct hub_arena *arena;
    struct hub_slot *slots;
    size_t n;
    size_t room;
};

static hub_status add_slot(struct cutter *c, const struct hub_slot *slot)
{
    if (c->n == c->room) {
        size_t larger = c->room == 0 ? 512 : c->room * 2;
        if (c->n >= SLOTS_MAX)
            return HUB_E_SPACE;
        struct hub_slot *grown = HUB_ARENA_NEW(c->arena, struct hub_slot, larger);
        if (grown == NULL)
            return HUB_E_MEMORY;
        if (c->n != 0)
            memcpy(grown, c->slots, c->n * sizeof(*grown));
        c->slots = grown;
        c->room = larger;
    }
    c->slots[c->n++] = *slot;
    return HUB_OK;
}

struct released {
    const struct hub_series_point *points;
    size_t n_points;
    const struct hub_series_gap *gaps;
    size_t n_gaps;
};

/* Nothing stands between from and to: one slot, or two where what is known ends in between. */
static hub_status add_nothing(struct cutter *c, uint64_t from, uint64_t to, uint64_t known_until)
{
    struct hub_slot slot = {.start = from, .end = to, .state = HUB_SLOT_NONE};

    if (from >= to)
        return HUB_OK;
    if (to <= known_until)
        return add_slot(c, &slot);
    if (from < known_until) {
        slot.end = known_until;
        HUB_TRY(add_slot(c, &slot));
        slot.start = known_until;
        slot.end = to;
    }
    slot.state = HUB_SLOT_WAITING;
    return add_slot(c, &slot);
}

static hub_status cut_windows(struct cutter *c, const struct released *r, uint64_t from,
                              uint64_t to, uint64_t known_until)
{
    size_t p = 0;
    size_t g = 0;
    uint64_t at = from;

    while (p < r->n_points || g < r->n_gaps) {
        bool is_gap = p == r->n_points || (g < r->n_gaps && r->gaps[g].start < r->points[p].start);
        struct hub_slot slot = {0};
        if (is_gap) {
            const struct hub_series_gap *gap = &r->gaps[g++];
            slot = (struct hub_slot){.start = gap->start,
                                     .end = gap->start + gap->length_s,
                                     .state = HUB_SLOT_GAP,
                                     .reason = gap->reason,
                                     .n_missing = 1};
        } else {
            const struct hub_series_point *point = &r->points[p++];
            slot = (struct hub_slot){.start = point->start,
                                     .end = point->start + point->length_s,
                                     .state = HUB_SLOT_KNOWN,
                                     .total = point->total,
                                     .variance = point->variance,
                                     .n = point->n,
                                     .n_windows = 1};
        }
        if (slot.start < at)
            continue; /* inside a window that was merged into a wider one */
        HUB_TRY(add_nothing(c, at, slot.start, known_until));
        HUB_TRY(add_slot(c, &slot));
        at = slot.end;
    }
    return add_nothing(c, at, to, known_until);
}

/* Takes the windows inside [slot->start, slot->end) from position *p and *g on. */
static void sum_slot(struct hub_slot *slot, const struct released *r, size_t *p, size_t *g,
                     uint64_t known_until)
{
    uint64_t covered_s = 0;

    for (; *p < r->n_points && r->points[*p].start < slot->end; (*p)++) {
        const struct hub_series_point *point = &r->points[*p];
        if (point->start < slot->start || point->start + point->length_s > slot->end)
            continue;
        slot->total += point->total;
        slot->variance += point->variance;
        slot->n += point->n;
        slot->n_windows++;
        covered_s += point->length_s;
    }
    for (; *g < r->n_gaps && r->gaps[*g].start < slot->end; (*g)++) {
        if (slot->n_missing++ == 0)
            slot->reason = r->gaps[*g].reason;
    }
    if (covered_s == slot->end - slot->start)
        slot->state = HUB_SLOT_KNOWN;
    else if (slot->end > known_until)
        slot->state = HUB_SLOT_WAITING;
    else if (slot->n_windows != 0)
        slot->state = HUB_SLOT_PARTIAL;
    else
        slot->state = slot->n_missing != 0 ? HUB_SLOT_GAP : HUB_SLOT_NONE;
}

static hub_status cut_steps(struct cutter *c, const struct released *r, const struct hub_zone *zone,
                            enum hub_step step, uint64_t from, uint64_t to, uint64_t known_until)
{
    size_t p = 0;
    size_t g = 0;

    for (uint64_t at = hub_step_start(step, zone, from); at < to;) {
        struct hub_slot slot = {.start = at, .end = hub_step_next(step, zone, at)};
        sum_slot(&slot, r, &p, &g, known_until);
        HUB_TRY(add_slot(c, &slot));
        at = slot.end;
    }
    return HUB_OK;
}

hub_status hub_series_slots(struct hub_series *s, struct hub_arena *arena, struct hub_slot **out,
                            size_t *n, const struct hub_measure *m, uint32_t cell,
                            const struct hub_zone *zone, enum hub_step step, uint64_t from,
                            uint64_t to)
{
    struct cutter c = {.arena = arena};
    struct hub_series_point *points;
    struct hub_series_gap *gaps;
    struct released r = {0};
    uint64_t first = step == HUB_STEP_WINDOW ? from : hub_step_start(step, zone, from);

    if (first >= to) {
        *n = 0;
        return HUB_OK;
    }
    /* The last step may reach beyond the range; its windows belong to it. */
    uint64_t last = step == HUB_STEP_WINDOW ? to : hub_step_next(step, zone, to - 1);
    HUB_TRY(hub_series_points(s, arena, &points, &r.n_points, m->id, cell, first, last));
    HUB_TRY(hub_series_gaps(s, arena, &gaps, &r.n_gaps, m->id, first, last));
    r.points = points;
    r.gaps = gaps;
    if (step == HUB_STEP_WINDOW)
        HUB_TRY(cut_windows(&c, &r, from, to, m->known_until));
    else
        HUB_TRY(cut_steps(&c, &r, zone, step, from, to, m->known_until));
    *out = c.slots;
    *n = c.n;
    return HUB_OK;
}
