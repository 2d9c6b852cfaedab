/* The office's released figures: measures (chains of tasks), points with their uncertainty, gaps
 * with their reason. This header is the only door through which figures come in; the collector
 * writes here and nobody else. One connection, used by one thread at a time.
 *
 * Nothing in this database is secret or exact: every total carries its noise since birth. */
#ifndef SERIES_SERIES_H
#define SERIES_SERIES_H

#include "base/bytes.h"

enum {
    HUB_SERIES_CELLS_MAX = 1024,
    HUB_SERIES_NAME_MAX = 64, /* [a-z0-9-], of measures and tasks */
    HUB_SERIES_TEXT_MAX = 500 /* octets of a title, label, unit, note; the limit of the statement */
};

struct hub_series;

enum hub_series_access { HUB_SERIES_READ, HUB_SERIES_WRITE };

/* WRITE makes the file and its tables where they are missing; READ opens what is there, also while
 * another process writes. HUB_E_NOT_FOUND, HUB_E_DB. */
HUB_MUST_USE hub_status hub_series_open(struct hub_series **out, const char *path,
                                        enum hub_series_access access, struct hub_why *why);
void hub_series_close(struct hub_series *s); /* takes NULL; rolls back what was not committed */
/* For HUB_CLEANUP. */
void hub_series_close_at(struct hub_series **s);

/* What is counted. All texts are borrowed during the call and copied. */
struct hub_series_measure {
    const char *name;      /* key and part of the address: [a-z0-9-] */
    const char *title;     /* "Taxi passengers" */
    const char *unit;      /* what one count is, in the plural: "passengers" */
    const char *time_zone; /* IANA name, "UTC" */
    const char *note;    /* what a reader must know ("their spread over weeks is made up"), or "" */
    const char *source;  /* where the figures come from, or "" */
    const char *licence; /* of the source, or "" */
    bool made_up;        /* no real figures: said wherever the measure shows */
    uint32_t position;   /* place on the overview, lowest first */
    bool whole;          /* cells are parts of one whole (Histogram): shares make sense */
    const char *const *cells; /* labels in cell order; one cell: its label is not shown */
    size_t n_cells;
};

/* One task of a measure's chain, with the facts of its statement. */
struct hub_series_task {
    const char *name;      /* key within the database */
    const char *task_id;   /* base64url */
    const char *statement; /* the whole canonical text; the register reads its words from here */
    const char *vdaf;      /* as in the statement */
    const char *unit;      /* unit of privacy: "device-day", "resident-day", "visit" */
    const char *population;
    const char *profile;
    const char *leader_name;
    const char *leader_url;
    const char *helper_name;
    const char *helper_url;
    uint64_t sigma2; /* of one aggregator */
    uint64_t
        variance;     /* of one released window in one cell: 2 * sigma2, or sigma2 with one noise */
    uint64_t rho_day; /* in 2^-40 */
    uint64_t window_s;
    uint64_t grace_s;
    uint64_t first_s;   /* start of the first window, POSIX seconds UTC */
    uint64_t end_s;     /* end of the last window */
    uint64_t min_batch; /* floor: fewer reports make a gap */
};

/* One released total of one cell. */
struct hub_series_point {
    uint64_t start; /* POSIX seconds UTC */
    uint64_t length_s;
    uint32_t cell;
    int64_t total;     /* never clamped */
    uint64_t variance; /* of this total: 0 only for imported figures, which are not private */
    uint64_t n;        /* accepted reports, exact */
};

enum hub_series_gap_reason {
    HUB_GAP_TOO_FEW,  /* fewer reports than the floor */
    HUB_GAP_BURNT,    /* dropped after a restore, so that noise cannot cancel */
    HUB_GAP_REFUSED,  /* an aggregator refused; its reason is in the ledger */
    HUB_GAP_MISMATCH, /* the aggregators counted different reports */
    HUB_GAP_FAILED,   /* the figure could not be fetched */
    HUB_N_GAP_REASONS
};

struct hub_series_gap {
    uint64_t start;
    uint64_t length_s;
    enum hub_series_gap_reason reason;
};

/* Writing: begin, any number of puts, commit: all of it is there or nothing. Puts outside a batch
 * are HUB_E_ARGUMENT. rollback and close may be called at any time. */
HUB_MUST_USE hub_status hub_series_begin(struct hub_series *s);
HUB_MUST_USE hub_status hub_series_commit(struct hub_series *s);
void hub_series_rollback(struct hub_series *s);

/* Adds the measure or replaces its words; the number of cells may not shrink (HUB_E_CONFLICT). */
HUB_MUST_USE hub_status hub_series_put_measure(struct hub_series *s,
                                               const struct hub_series_measure *measure);
/* Adds a task to the measure's chain. The same again changes nothing; the same name with another
 * statement is HUB_E_CONFLICT. HUB_E_NOT_FOUND without the measure. */
HUB_MUST_USE hub_status hub_series_put_task(struct hub_series *s, const char *measure,
                                            const struct hub_series_task *task);
/* A window is released once: the same point again changes nothing, the same place with other
 * figures is HUB_E_CONFLICT. A point takes the place of a gap. HUB_E_NOT_FOUND without the measure,
 * HUB_E_ARGUMENT for a cell that it does not have. */
HUB_MUST_USE hub_status hub_series_put_point(struct hub_series *s, const char *measure,
                                             const struct hub_series_point *point);
/* Changes nothing where a point is already known. */
HUB_MUST_USE hub_status hub_series_put_gap(struct hub_series *s, const char *measure,
                                           const struct hub_series_gap *gap);

#endif
