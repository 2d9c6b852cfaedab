/* What to expect of a slot: the range that its own weekday and time had in the weeks before. A
 * plain rule that anybody can redo from the table; it learns nothing from the slot itself. */
#ifndef TREND_WEEKDAY_H
#define TREND_WEEKDAY_H

#include "series/slots.h"

enum {
    HUB_WEEKDAY_WEEKS = 8,             /* looked back at most */
    HUB_WEEKDAY_WEEKS_LEAST = 4,       /* fewer are no range: still learning */
    HUB_WEEKDAY_LENGTH_MAX = 2 * 86400 /* longer slots have no weekday */
};

struct hub_expected {
    uint64_t start;
    uint64_t end;
    unsigned n_weeks; /* found before it */
    bool is_known;    /* n_weeks is enough */
    double middle;
    double low; /* 95 % of what is published, its noise included */
    double high;
};

/* One for each of the n slots from slots[first] on; out has room for n - first. slots: in time
 * order, with the weeks before first in front. */
void hub_weekday_expect(struct hub_expected *out, const struct hub_slot *slots, size_t n,
                        size_t first);

#endif
