/* Which claim a view deserves: parts are ranked; a weekday is held against what is expected of it,
 * or, while that is being learnt, against the week before. */
#include "page/office_internal.h"
#include "page/words.h"

enum { HISTORY_S = HUB_WEEKDAY_WEEKS * 7 * 86400 };

hub_status hub_office_expected(struct hub_office *o, struct hub_expected **out, size_t *n,
                               const struct hub_view *v, uint64_t from, uint64_t to)
{
    struct hub_slot *slots;
    size_t n_slots = 0;
    size_t first = 0;
    uint64_t back = from > HISTORY_S ? from - HISTORY_S : 0;

    *n = 0;
    if (v->is_empty || v->step > HUB_STEP_DAY || hub_measure_window_s(v->m) > 86400)
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
    *n = n_slots - first;
    return HUB_OK;
}

static hub_status claim_of_parts(char out[HUB_WORDS_MAX], const struct hub_measure *m,
                                 const struct hub_slot *latest, size_t *order)
{
    size_t n_leading = hub_rank_cells(order, latest, m->words.n_cells);

    hub_words_rank(out, m->words.cells, order, n_leading, m->words.n_cells);
    return HUB_OK;
}

static hub_status claim_of_total(struct hub_office *o, char out[HUB_WORDS_MAX],
                                 const struct hub_view *v, const struct hub_slot *now)
{
    struct hub_expected *expected = NULL;
    struct hub_slot before;
    size_t n;

    HUB_TRY(hub_office_expected(o, &expected, &n, v, now->start, now->end));
    if (n != 0 && expected[0].is_known && hub_compare(now, now) == HUB_CANNOT_TELL) {
        hub_words_expected(out, &expected[0], v->m->words.unit, v->zone, now);
        return HUB_OK;
    }
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
