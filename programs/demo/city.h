/* The demo's city: its measures, who reports them, and the tasks under which they do. All of it is
 * one table; what is real and what is made up is said in it. */
#ifndef DEMO_CITY_H
#define DEMO_CITY_H

#include "hubbub/vdaf.h"
#include "sim/city_series.h"
#include "statement/statement.h"

enum {
    DEMO_N_MEASURES = 5,
    DEMO_LABELS_MAX = 8,
    DEMO_TASKS_MAX = 5 /* in one measure's chain */
};

enum demo_measure_id {
    DEMO_TAXI,
    DEMO_FOOTFALL_DAILY,
    DEMO_FOOTFALL_HOURLY,
    DEMO_LIBRARY,
    DEMO_TRAVEL
};

/* One line of the table. */
struct demo_measure {
    const char *name;
    const char *title;
    const char *counted; /* what one count is, in the plural */
    const char *purpose;
    const char *note;
    const char *source;
    const char *licence;
    const char *data_file; /* under data/; NULL: made up */
    bool is_made_up;
    const char *labels[DEMO_LABELS_MAX]; /* in cell order; NULL where there is one cell */
    size_t n_cells;
    unsigned n_devices; /* that report in each window */
    bool are_services;  /* registered, each with its token; otherwise residents' devices */
    unsigned n_tasks;   /* of the chain */
    struct hub_statement_vdaf vdaf;
    enum hub_privacy_unit unit;
    uint64_t resident_c; /* 0: a report's whole range */
    unsigned rho_log2;   /* the charge of a day is 2^-rho_log2 */
    uint32_t window_s;
    uint32_t grace_s;
    int32_t release_minute;
    uint64_t min_batch;
    uint64_t n_max;
    uint64_t start_s;    /* of the first window, where there is no file */
    unsigned n_windows;  /* where there is no file, or where the file is not a series */
    unsigned fast_first; /* with --fast: the first window and how many */
    unsigned fast_windows;
};

extern const struct demo_measure demo_measures[DEMO_N_MEASURES];

/* A measure with its data in memory, cut to what this run shows. */
struct demo_city_measure {
    const struct demo_measure *m;
    struct hub_city_series series; /* empty for what is made up */
    uint64_t start_s;
    unsigned first; /* window of the series that is shown first */
    unsigned n_windows;
};

struct demo_city {
    struct demo_city_measure measures[DEMO_N_MEASURES];
};

/* Loads data/ from folder. HUB_E_NOT_FOUND, HUB_E_DECODE with file and line. */
HUB_MUST_USE hub_status demo_city_load(struct demo_city *city, const char *folder, bool fast,
                                       struct hub_why *why);
void demo_city_clear(struct demo_city *city);

/* What each of a measure's devices measured in a window, n_cells numbers a device; for a histogram
 * one number, the bucket. out has room for n_devices * n_cells. */
void demo_city_measure_window(const struct demo_city_measure *cm, unsigned window, uint64_t *out);
/* The true total of each cell in a window: n_cells numbers. */
void demo_city_truth(const struct demo_city_measure *cm, unsigned window, uint64_t *out);

static inline uint64_t demo_window_start_s(const struct demo_city_measure *cm, unsigned window)
{
    return cm->start_s + (uint64_t)window * cm->m->window_s;
}

/* Windows first to first + n of the chain's part: the chain is cut into equal parts. */
void demo_city_task_windows(const struct demo_city_measure *cm, unsigned task, unsigned *first,
                            unsigned *n);

#endif
