/* Which claim a view deserves: parts are ranked; a weekday is held against what is expected of it,
 * or, while that is being learnt, against the week before. */
#include "page/office_internal.h"
#include "page/words.h"

enum {
    DAY_S = 86400,
    HISTORY_S = HUB_WEEKDAY_WEEKS * 7 * DAY_S,
    SINCE_SLOTS = 60 /* how far back "since when" looks */
};

hub_status hub_office_expected(struct hub_office *o, struct hub_expected **out,
                               const struct hub_slot **slots_out, size_t *n,
                               const struct hub_view *v, uint64_t from, uint64_t to)
{
    struct hub_slot *slots;
    size_t n_slots = 0;
    size_t first = 0;
    uint64_t back = from > HISTORY_S ? from - HISTORY_S : 0;

    *n = 0;
    if (v->is_empty || v->step > HUB_STEP_DAY || hub_measure_window_s(v->m) > DAY_S)
        return HUB_OK;
    if (back < v->whole_from)
        back = v->whole_from;
    if (back > from)
        back = from;
    HUB_TRY(hub_series_slots(o->series, &o->arena, &slots, &n_slots, v->m, 0, v->zone, v->step,
                             back, to));
    while (first < n_slots && slots[first].start < from)
        first++;
    struct hub_expected *expected =
        HUB_ARENA_NEW(&o->arena, struct hub_expected, n_slots - first + 1);
    if (expected == NULL)
        return HUB_E_MEMORY;
    hub_weekday_expect(expected, slots, n_slots, first);
    *out = expected;
    *slots_out = n_slots == first ? NULL : &slots[first];
    *n = n_slots - first;
    return HUB_OK;
}

/* -1 below what is expected, 1 above, 0 within or not known. */
static int side_of(const struct hub_slot *slot, const struct hub_expected *expected)
{
    if (slot->state != HUB_SLOT_KNOWN || !expected->is_known)
        return 0;
    if ((double)slot->total < expected->low)
        return -1;
    return (double)slot->total > expected->high ? 1 : 0;
}

static hub_status claim_of_parts(char out[HUB_WORDS_MAX], const struct hub_measure *m,
                                 const struct hub_slot *latest, size_t *order)
{
    size_t n_leading = hub_rank_cells(order, latest, m->words.n_cells);

    hub_words_rank(out, m->words.cells, order, n_leading, m->words.n_cells);
    return HUB_OK;
}

/* Against what is expected of the weekday, and since when. False while that is being learnt. */
static hub_status claim_of_weekday(struct hub_office *o, bool *is_made, char out[HUB_WORDS_MAX],
                                   const struct hub_view *v, const struct hub_slot *now)
{
    struct hub_expected *expected = NULL;
    const struct hub_slot *slots = NULL;
    uint64_t back = SINCE_SLOTS * (now->end - now->start);
    uint64_t from = now->start > v->whole_from + back ? now->start - back : v->whole_from;
    size_t n;

    *is_made = false;
    HUB_TRY(hub_office_expected(o, &expected, &slots, &n, v, from, now->end));
    if (n == 0 || !expected[n - 1].is_known || slots[n - 1].start != now->start ||
        hub_display(hub_slot_estimate(now)) == HUB_SHOW_TOO_NOISY)
        return HUB_OK;
    size_t since = n - 1;
    int side = side_of(&slots[since], &expected[since]);
    while (side != 0 && since > 0 && side_of(&slots[since - 1], &expected[since - 1]) == side)
        since--;
    hub_words_expected(out, &expected[n - 1], v->m->words.unit, v->zone, now, &slots[since]);
    *is_made = true;
    return HUB_OK;
}

static hub_status claim_of_total(struct hub_office *o, char out[HUB_WORDS_MAX],
                                 const struct hub_view *v, const struct hub_slot *now)
{
    struct hub_slot before;
    bool is_made;

    HUB_TRY(claim_of_weekday(o, &is_made, out, v, now));
    if (is_made)
        return HUB_OK;
    hub_status found = hub_slot_before(o->series, &o->arena, &before, v, now, 0);
    if (found != HUB_OK && found != HUB_E_NOT_FOUND)
        return found;
    hub_words_claim(out, hub_compare(now, found == HUB_OK ? &before : NULL), v->m->words.unit,
                    v->zone, now, v->step);
    return HUB_OK;
}

hub_status hub_office_claim(struct hub_office *o, char out[HUB_WORDS_MAX], const struct hub_view *v,
                            const struct hub_slot *latest, size_t *order)
{
    if (latest == NULL) {
        hub_words_claim(out, HUB_NO_FIGURE, v->m->words.unit, v->zone, NULL, v->step);
        return HUB_OK;
    }
    if (v->m->words.n_cells > 1)
        return claim_of_parts(out, v->m, latest, order);
    return claim_of_total(o, out, v, &latest[0]);
}
