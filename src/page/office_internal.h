/* What the pages share: one worker's connection and memory, and the frame around a page. */
#ifndef PAGE_OFFICE_INTERNAL_H
#define PAGE_OFFICE_INTERNAL_H

#include "page/html.h"
#include "page/office.h"
#include "page/story.h"
#include "page/view.h"
#include "page/words.h"
#include "trend/weekday.h"

enum { HUB_OFFICE_ZONES_MAX = 16, HUB_OFFICE_TEXTS = 4 };

struct hub_office {
    struct hub_office_config config;
    char *texts[HUB_OFFICE_TEXTS]; /* what config points to */
    struct hub_clock clock;
    struct hub_series *series;
    struct hub_arena arena; /* of the current request */
    struct {
        char name[HUB_SERIES_NAME_MAX + 1];
        struct hub_zone *zone;
    } zones[HUB_OFFICE_ZONES_MAX];
    size_t n_zones;
    char file_name[HUB_SERIES_NAME_MAX + 16];
};

/* The zone by its name, opened once a worker; UTC where the system does not know it. */
HUB_MUST_USE hub_status hub_office_zone(struct hub_office *o, const struct hub_zone **out,
                                        const char *name);

/* --- the frame --- */

struct hub_frame {
    const char *title;   /* of the window */
    const char *section; /* "overview" or "register": marked in the head */
    uint64_t revision;
    bool is_live; /* the page asks for news every other second */
};

void hub_frame_begin(struct hub_html *h, const struct hub_office *o, const struct hub_frame *f);
void hub_frame_end(struct hub_html *h);

/* --- the pages: each writes a whole document --- */

HUB_MUST_USE hub_status hub_page_overview(struct hub_office *o, struct hub_html *h);
/* HUB_E_NOT_FOUND without the measure; so the following. */
HUB_MUST_USE hub_status hub_page_measure(struct hub_office *o, struct hub_html *h, const char *name,
                                         hub_span query);
HUB_MUST_USE hub_status hub_page_chart_svg(struct hub_office *o, struct hub_html *h,
                                           const char *name, hub_span query);
HUB_MUST_USE hub_status hub_page_windows_json(struct hub_office *o, struct hub_html *h,
                                              const char *name, hub_span query);
HUB_MUST_USE hub_status hub_page_csv(struct hub_office *o, struct hub_html *h, const char *name,
                                     hub_span query);
HUB_MUST_USE hub_status hub_page_json(struct hub_office *o, struct hub_html *h, const char *name,
                                      hub_span query);
HUB_MUST_USE hub_status hub_page_measures_json(struct hub_office *o, struct hub_html *h);
HUB_MUST_USE hub_status hub_page_register(struct hub_office *o, struct hub_html *h);
HUB_MUST_USE hub_status hub_page_register_task(struct hub_office *o, struct hub_html *h,
                                               const char *task);
HUB_MUST_USE hub_status hub_page_statement(struct hub_office *o, struct hub_html *h,
                                           const char *task);
void hub_page_problem(const struct hub_office *o, struct hub_html *h, unsigned status);

/* --- parts of pages --- */

struct hub_truth_step;

/* True totals of one cell at the steps of these slots; none without a truth file. */
HUB_MUST_USE hub_status hub_office_truth(struct hub_office *o, struct hub_truth_step **out,
                                         size_t *n, const char *measure, uint32_t cell,
                                         const struct hub_slot *slots, size_t n_slots);
/* What to expect of the first cell's slots from from on, and the slots; none where a slot has no
 * weekday. */
HUB_MUST_USE hub_status hub_office_expected(struct hub_office *o, struct hub_expected **out,
                                            const struct hub_slot **slots, size_t *n,
                                            const struct hub_view *v, uint64_t from, uint64_t to);
/* The claim about the latest slot of each cell (NULL: there is none); order is filled for parts. */
HUB_MUST_USE hub_status hub_office_claim(struct hub_office *o, char out[HUB_WORDS_MAX],
                                         const struct hub_view *v, const struct hub_slot *latest,
                                         size_t *order);
/* The four sentences of a demonstration; nothing where there is none. */
void hub_part_story(struct hub_html *h, const struct hub_story *story,
                    const struct hub_measure *measures, size_t n);
/* The figure in large: number, interval, unit, time. */
void hub_part_figure(struct hub_html *h, const struct hub_view *v, const struct hub_slot *slot,
                     const char *label);
/* "passengers a half hour": what the height of a step is. */
void hub_part_axis(struct hub_html *h, const struct hub_view *v);
/* "known until ..., next figure at ..." */
void hub_part_known_until(struct hub_html *h, const struct hub_view *v);
/* What hatching and grey mean, where these slots show any. */
void hub_part_rule(struct hub_html *h, const struct hub_slot *const *cells, size_t n_cells,
                   size_t n_slots);
/* The bars of one slot's cells, the largest first. */
HUB_MUST_USE hub_status hub_part_bars(struct hub_html *h, const struct hub_view *v,
                                      const struct hub_slot *cells, const size_t *order,
                                      const char *id);
/* The table behind a chart: the last slots first. cells[c] holds n_slots slots. */
void hub_part_table(struct hub_html *h, const struct hub_view *v,
                    const struct hub_slot *const *cells, size_t n_slots);
/* "How this was made", from the last task of the chain. */
void hub_part_made(struct hub_html *h, const struct hub_view *v);
/* Twenty drawings of one total. */
void hub_part_noise(struct hub_html *h, const char *id, double total, double variance,
                    const char *unit);
/* A hundred dots: a coin's half, and what a best guess adds. */
void hub_part_odds(struct hub_html *h, double percent, const char *label);

#endif
