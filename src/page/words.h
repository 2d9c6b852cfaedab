/* Sentences of the pages, from templates in one place: claims, figures, gaps, captions, promises. A
 * second language is a second set of these. */
#ifndef PAGE_WORDS_H
#define PAGE_WORDS_H

#include "page/moment.h"
#include "statement/statement.h"
#include "trend/weekday.h"

enum { HUB_WORDS_MAX = 768, HUB_CLAIM_WORDS_MAX = 10 };

/* Why there is no figure: "no figure: fewer than 100 reports". */
void hub_words_gap(char out[HUB_WORDS_MAX], const struct hub_slot *slot, uint64_t min_batch);

/* A slot's figure by the display rule: "15,100 ± 310", "620 ± 180, use with care", "between 0 and
 * 400, too noisy for a number", or why there is none. */
void hub_words_figure(char out[HUB_WORDS_MAX], const struct hub_slot *slot, uint64_t min_batch);
/* The same in little room: "620 ± 180, use with care", "0 to 400, too noisy". */
void hub_words_brief(char out[HUB_WORDS_MAX], const struct hub_slot *slot);
/* Only the number and its interval, for a table's cell: "15,100 ± 310", "0 to 400", "-". */
void hub_words_cell(char out[HUB_WORDS_MAX], const struct hub_slot *slot);

/* How a total compares with an earlier one. */
enum hub_comparison {
    HUB_MORE,
    HUB_FEWER,
    HUB_CANNOT_TELL,
    HUB_NOTHING_BEFORE, /* no earlier figure */
    HUB_TOO_NOISY,      /* one of the two has no number */
    HUB_NO_FIGURE
};
enum hub_comparison hub_compare(const struct hub_slot *now, const struct hub_slot *before);
/* "More passengers than the Saturday before". At most ten words. */
void hub_words_claim(char out[HUB_WORDS_MAX], enum hub_comparison comparison, const char *unit,
                     const struct hub_zone *zone, const struct hub_slot *now, enum hub_step step);

/* "Fewer passengers than expected of a Saturday", "Fewer passengers than expected since Mon 26
 * Jan", "As expected of a Saturday". since: the first of the slots up to now that are all on this
 * side of what was expected of them; now itself if there is none before. At most ten words. */
void hub_words_expected(char out[HUB_WORDS_MAX], const struct hub_expected *expected,
                        const char *unit, const struct hub_zone *zone, const struct hub_slot *now,
                        const struct hub_slot *since);

/* Which of several cells is the largest: those that can't be told apart from it lead together.
 * order: cells by falling total; returns how many lead, 0 if nothing can be ranked. */
size_t hub_rank_cells(size_t *order, const struct hub_slot *cells, size_t n);
/* "Overdue is the largest of 5", "Car and bus lead, too close to rank", ... */
void hub_words_rank(char out[HUB_WORDS_MAX], const char *const *labels, const size_t *order,
                    size_t n_leading, size_t n);

/* "protects one resident's day, up to 3 counts a window" */
void hub_words_promise(char out[HUB_WORDS_MAX], const struct hub_statement *s);
/* What happened to a claim's limit; for the tests. */
size_t hub_count_words(const char *text);

#endif
