/* What the demo shows: lines on the terminal, and the story that the office's first screen tells.
 */
#ifndef DEMO_SHOW_H
#define DEMO_SHOW_H

#include "demo/books.h"

struct demo_show {
    bool is_terminal;
    uint64_t started_ms;
    uint64_t shown_ms;
    unsigned shown_tenth; /* of the whole, where there is no terminal */
    size_t width;         /* of the progress line on the screen */
};

void demo_show_init(struct demo_show *show);
/* The parties, five lines. */
void demo_show_parties(const struct demo_party *parties, const char *run_folder);
/* The line that changes: part done, what it does now, counts, time left. Now and then only. */
void demo_show_progress(struct demo_show *show, double part, const char *step, uint64_t n_reports,
                        uint64_t n_known);
/* Ends the progress line, so that other lines may follow. */
void demo_show_break(struct demo_show *show);

/* A line a measure, and what was refused for which reason. */
void demo_show_measure(const struct demo_measure *m, const struct demo_measure_book *book,
                       const struct hub_feed_counts *counts, const struct demo_refused *refused,
                       uint64_t busy_ms);

/* What the charts show on a night that mattered, from published totals only. */
void demo_show_night(const struct demo_city *city, struct hub_series *series);

/* Three commands to try, with the path of this build's front as it is typed from here. */
void demo_show_next(void);

/* Replaces the story file. */
struct demo_story {
    uint64_t n_reports;
    uint64_t n_devices;
    double part;
    const char *step;
    const char *holds; /* lines about the first window from the collector's process, or "" */
};
HUB_MUST_USE hub_status demo_story_write(const char *path, const struct demo_story *story,
                                         struct hub_why *why);

#endif
