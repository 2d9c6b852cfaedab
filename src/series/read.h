/* Reading the series database: measures with their chains of tasks, and what is known of a range.
 * Everything that is returned lives in the caller's arena. */
#ifndef SERIES_READ_H
#define SERIES_READ_H

#include "base/arena.h"
#include "series/series.h"

/* A task as the database holds it; the names are those of struct hub_series_task. */
struct hub_chain_task {
    struct hub_series_task facts;
    uint64_t measure_id;
};

struct hub_measure {
    uint64_t id;
    struct hub_series_measure words;
    struct hub_chain_task *tasks; /* by their first window */
    size_t n_tasks;
    uint64_t known_from; /* start of the first and end of the last point or gap; 0, 0 if none */
    uint64_t known_until;
};

/* All reads between the two see one state of the database. end may follow a failure. */
HUB_MUST_USE hub_status hub_series_view_begin(struct hub_series *s);
void hub_series_view_end(struct hub_series *s);

/* A number that moves with every batch that changed something. */
HUB_MUST_USE hub_status hub_series_revision(struct hub_series *s, uint64_t *revision);

/* In the order of the overview. */
HUB_MUST_USE hub_status hub_series_measures(struct hub_series *s, struct hub_arena *arena,
                                            struct hub_measure **out, size_t *n);
/* HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_series_measure(struct hub_series *s, struct hub_arena *arena,
                                           struct hub_measure *out, const char *name);

/* The points of one cell that lie within [from, to), in time order. */
HUB_MUST_USE hub_status hub_series_points(struct hub_series *s, struct hub_arena *arena,
                                          struct hub_series_point **out, size_t *n,
                                          uint64_t measure_id, uint32_t cell, uint64_t from,
                                          uint64_t to);
HUB_MUST_USE hub_status hub_series_gaps(struct hub_series *s, struct hub_arena *arena,
                                        struct hub_series_gap **out, size_t *n, uint64_t measure_id,
                                        uint64_t from, uint64_t to);

#endif
