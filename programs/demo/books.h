/* The demo's books: what was sent, what was published, and whether the published totals fit the
 * announced noise. Only the simulator knows the truth, so only it can judge. */
#ifndef DEMO_BOOKS_H
#define DEMO_BOOKS_H

#include "demo/sender.h"
#include "interval/fit.h"
#include "series/read.h"

/* A judgement fails by chance once in fifty thousand. */
#define DEMO_P_LEAST 1e-5

struct demo_measure_book {
    uint64_t n_windows; /* due in this run */
    uint64_t n_published;
    uint64_t n_gaps;
    uint64_t reports_published; /* accepted reports in the published windows */
    struct hub_fit fit;
};

/* Reads what is published so far and compares it with the truth. */
HUB_MUST_USE hub_status demo_books_read(struct demo_measure_book books[DEMO_N_MEASURES],
                                        const struct demo_city *city, struct hub_series *series,
                                        struct hub_why *why);
/* How many windows are published or explained as gaps, over all measures. */
HUB_MUST_USE hub_status demo_books_count(uint64_t *n_known, struct hub_series *series);

/* Refused in aggregation, told by the leader's metrics: one place a measure. */
struct demo_refused {
    uint64_t by_error[HUB_N_REPORT_ERRORS];
};
HUB_MUST_USE hub_status demo_books_refused(struct demo_refused *out, const struct demo_tasks *tasks,
                                           uint16_t metrics_port, struct hub_why *why);

#endif
