/* What a phase of a run has used, by the kernel's accounts of each process, and its line of JSON.
 */
#ifndef PIPELINE_PHASE_H
#define PIPELINE_PHASE_H

#include "pipeline/load.h"

/* CPU times since the beginning of what is counted, in microseconds. */
struct pipeline_cost {
    double seconds;
    struct pipeline_usage leader; /* all its processes */
    struct pipeline_usage helper;
    double database_us; /* all processes of the server */
    double proxy_us;    /* HAProxy in front */
    double devices_us;  /* this process */
};

struct pipeline_phase {
    uint64_t start_ms;
    struct pipeline_cost before;
};

HUB_MUST_USE hub_status pipeline_phase_begin(struct pipeline_phase *ph,
                                             const struct pipeline_place *p, struct hub_why *why);
/* The leader is not there yet: its start belongs to the phase. */
HUB_MUST_USE hub_status pipeline_phase_begin_without_leader(struct pipeline_phase *ph,
                                                            const struct pipeline_place *p,
                                                            struct hub_why *why);
/* out: what was used since; memory is the largest resident set of the process's life. */
HUB_MUST_USE hub_status pipeline_phase_end(struct pipeline_cost *out,
                                           const struct pipeline_phase *ph,
                                           const struct pipeline_place *p, struct hub_why *why);
/* Both operators, with database and proxy. */
double pipeline_cost_both_us(const struct pipeline_cost *c);

/* One line: what was used, by report. more: further members, each with its comma, or "". */
void pipeline_cost_print(const char *name, const struct pipeline_cost *c,
                         const struct pipeline_load *l, const char *more);
/* The members at each line's end: processor, cores, system, compiler; and the closing brace. */
void pipeline_machine_print(void);

#endif
