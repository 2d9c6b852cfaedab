/* A series cut into steps: its own windows, or local hours, days, weeks and months as sums of them.
 * Every slot carries its total with the variance of the sum, or says why it has none. */
#ifndef SERIES_SLOTS_H
#define SERIES_SLOTS_H

#include "interval/interval.h"
#include "series/read.h"
#include "series/zone.h"

enum hub_step {
    HUB_STEP_WINDOW,
    HUB_STEP_HOUR,
    HUB_STEP_DAY,
    HUB_STEP_WEEK,
    HUB_STEP_MONTH,
    HUB_N_STEPS
};

enum hub_slot_state {
    HUB_SLOT_KNOWN,
    HUB_SLOT_PARTIAL, /* some of its windows are missing: no total, since it would be too low */
    HUB_SLOT_GAP,     /* none of it was released, for the reason given */
    HUB_SLOT_WAITING, /* after the last figure: not published yet */
    HUB_SLOT_NONE     /* nothing was counted then */
};

struct hub_slot {
    uint64_t start;
    uint64_t end;
    enum hub_slot_state state;
    enum hub_series_gap_reason reason; /* of GAP, and of the first gap in PARTIAL */
    int64_t total;
    uint64_t variance;
    uint64_t n;
    uint32_t n_windows; /* released ones within */
    uint32_t n_missing; /* gaps within */
};

/* "window", "hour", "day", "week", "month"; parse gives HUB_N_STEPS for another word. */
const char *hub_step_name(enum hub_step step);
enum hub_step hub_step_parse(const char *name);
/* Whether whole windows of that length add up to the step in this zone, near that moment. */
bool hub_step_fits(enum hub_step step, uint64_t window_s, const struct hub_zone *zone,
                   uint64_t near);
/* The start of the step that holds the moment, and of the next; not for HUB_STEP_WINDOW. */
uint64_t hub_step_start(enum hub_step step, const struct hub_zone *zone, uint64_t at);
uint64_t hub_step_next(enum hub_step step, const struct hub_zone *zone, uint64_t at);

/* One cell's range as slots, in the arena. from and to should be on the step's boundaries; slots
 * reach over the whole range, with WAITING behind m->known_until. HUB_E_SPACE for a range of more
 * than 200,000 slots. */
HUB_MUST_USE hub_status hub_series_slots(struct hub_series *s, struct hub_arena *arena,
                                         struct hub_slot **out, size_t *n,
                                         const struct hub_measure *m, uint32_t cell,
                                         const struct hub_zone *zone, enum hub_step step,
                                         uint64_t from, uint64_t to);

/* hub_z(HUB_LEVEL_SHOWN), which is asked for at every slot. */
#define HUB_Z_SHOWN 1.959963984540054

static inline struct hub_estimate hub_slot_estimate(const struct hub_slot *slot)
{
    return (struct hub_estimate){(double)slot->total, (double)slot->variance};
}
/* Half of the 95 % interval of a total: exact for small noise, else 1.96 sqrt(v). */
double hub_half_width(double variance);

#endif
