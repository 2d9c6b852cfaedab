/* The cases of the bench. Each opens a place of its own, prints a line or two, and ends with one
 * collection, whose totals must be right. */
#ifndef PIPELINE_CASES_H
#define PIPELINE_CASES_H

#include "pipeline/phase.h"

struct pipeline_wanted {
    struct pipeline_options place;
    size_t n_reports;  /* 0: each case's own */
    uint64_t n_stored; /* ids, of the case "ids" */
};

struct pipeline_case {
    const char *name;
    hub_status (*run)(const struct pipeline_case *c, const struct pipeline_wanted *w,
                      struct hub_why *why);
    size_t n_reports;
    size_t a_request;
    struct pipeline_shape shape;
    bool by_name_only;    /* takes long */
    bool is_prepared;     /* reports are made beforehand */
    bool is_upload_only;  /* nothing is aggregated meanwhile */
    bool aggregates_then; /* by a leader that starts again */
};

extern const struct pipeline_case pipeline_cases[];
extern const size_t pipeline_n_cases;

static inline size_t pipeline_n_reports(const struct pipeline_case *c,
                                        const struct pipeline_wanted *w)
{
    return w->n_reports == 0 ? c->n_reports : w->n_reports;
}

/* Sends all, and waits until both aggregators have counted all. */
HUB_MUST_USE hub_status pipeline_run_at_once(struct pipeline_cost *cost, struct pipeline_place *p,
                                             struct pipeline_load *l, struct hub_why *why);
/* Waits until both have counted all; HUB_E_BUSY when nothing moves any more. */
HUB_MUST_USE hub_status pipeline_await(struct pipeline_place *p, uint64_t n, struct hub_why *why);

hub_status pipeline_case_ids(const struct pipeline_case *c, const struct pipeline_wanted *w,
                             struct hub_why *why);
hub_status pipeline_case_collect(const struct pipeline_case *c, const struct pipeline_wanted *w,
                                 struct hub_why *why);

#endif
