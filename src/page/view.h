/* What of a measure is looked at: its range, its step, the truth or not. A view is written as an
 * address and read back from it, so that every picture has a permanent link. */
#ifndef PAGE_VIEW_H
#define PAGE_VIEW_H

#include "page/html.h"
#include "page/moment.h"
#include "series/slots.h"

struct hub_view {
    const struct hub_measure *m;
    const struct hub_zone *zone;
    uint64_t whole_from; /* of everything that is known, on the window's boundaries */
    uint64_t whole_to;
    uint64_t from;
    uint64_t to;
    enum hub_step step;
    bool is_empty; /* nothing is known yet */
    bool has_truth;
};

enum hub_span_kind { HUB_SPAN_WHOLE, HUB_SPAN_MONTH, HUB_SPAN_WEEK, HUB_SPAN_DAY, HUB_N_SPANS };

/* Length of the windows of the chain's last task; a day without one. */
uint64_t hub_measure_window_s(const struct hub_measure *m);
/* The floor of the last task. */
uint64_t hub_measure_floor(const struct hub_measure *m);

/* The whole, at the finest step with at most n_slots_max slots. */
void hub_view_whole(struct hub_view *out, const struct hub_measure *m, const struct hub_zone *zone,
                    size_t n_slots_max);
/* From a query string: from and to, or from and until (a last day inside), step, truth. What can't
 * be read is as if it were not there. */
void hub_view_read(struct hub_view *out, const struct hub_measure *m, const struct hub_zone *zone,
                   hub_span query);
bool hub_step_is_offered(const struct hub_view *v, enum hub_step step);

/* The month, week or day around the end of what the view shows. */
struct hub_view hub_view_span(const struct hub_view *v, enum hub_span_kind kind);
enum hub_span_kind hub_view_kind(const struct hub_view *v); /* HUB_N_SPANS: chosen by hand */
/* The range before or after, of the same kind. False where nothing is known there. */
bool hub_view_shift(struct hub_view *out, const struct hub_view *v, int direction);
struct hub_view hub_view_with_step(const struct hub_view *v, enum hub_step step);

/* A step as a reader calls it: "half hour" for the window, "day", ... */
void hub_step_words(char out[HUB_MOMENT_MAX], const struct hub_view *v, enum hub_step step);
/* "/measure/taxi?from=...&to=...&step=...", escaped for an attribute; tail goes before the "?". */
void hub_view_address(struct hub_html *h, const struct hub_view *v, const char *tail);

HUB_MUST_USE hub_status hub_view_slots(struct hub_series *s, struct hub_arena *arena,
                                       struct hub_slot **out, size_t *n, const struct hub_view *v,
                                       uint32_t cell);
/* Moments inside the range at which the chain's noise changed. */
HUB_MUST_USE hub_status hub_view_seams(struct hub_arena *arena, uint64_t **out, size_t *n,
                                       const struct hub_view *v);
/* The last slot with a figure, or NULL. */
const struct hub_slot *hub_last_known(const struct hub_slot *slots, size_t n);
/* The slot that a claim compares this one with: the same weekday before, or the one before. May be
 * outside the range. HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_slot_before(struct hub_series *s, struct hub_arena *arena,
                                        struct hub_slot *out, const struct hub_view *v,
                                        const struct hub_slot *slot, uint32_t cell);

#endif
