/* Does everything add up, and do the published totals fit their noise? */
#ifndef DEMO_VERDICT_H
#define DEMO_VERDICT_H

#include "demo/books.h"

/* Prints a line a measure and the sums. *holds: sent = accepted + rejected, every bad report was
 * refused for its own reason, and each measure's residuals fit from both sides. counts and busy_ms
 * have a place for each measure. */
HUB_MUST_USE hub_status demo_verdict(bool *holds, const struct demo_city *city,
                                     const struct demo_tasks *tasks, struct hub_series *series,
                                     const struct hub_feed_counts *counts, const uint64_t *busy_ms,
                                     uint16_t metrics_port, struct hub_why *why);

#endif
