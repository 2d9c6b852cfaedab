/* The collector's measures with their chains of tasks, and which of their windows are done. */
#ifndef COLLECTOR_CHAIN_INTERNAL_H
#define COLLECTOR_CHAIN_INTERNAL_H

#include "base/log.h"
#include "collector/config.h"
#include "collector/result.h"
#include "series/series.h"

/* One task of a chain. */
struct hub_chain_link {
    struct hub_collected_task collected;
    char *measure;  /* name */
    char *jobs_url; /* where collection jobs are made */
    uint64_t first; /* windows, by number */
    uint64_t n_windows;
    uint64_t cursor;  /* windows before it have been looked at, relative to first */
    uint8_t *is_done; /* one byte a window: a point or a gap is in the series */
};

struct hub_chain {
    struct hub_chain_link *links;
    size_t n_links;
};

/* Loads tasks, tokens and the key; writes measures and tasks into the series; reads there what is
 * done. */
HUB_MUST_USE hub_status hub_chain_load(struct hub_chain *out,
                                       const struct hub_collector_config *config,
                                       struct hub_series *series, bool clock_is_demo,
                                       struct hub_why *why);
void hub_chain_clear(struct hub_chain *c);

/* Loads NAME.task.ini and NAME.collector.ini beside it; also for a single collection. */
HUB_MUST_USE hub_status hub_collected_task_load(struct hub_collected_task *out, const char *path,
                                                const struct hub_hpke_keypair *key,
                                                struct hub_why *why);
/* {leader}/tasks/{id}/collection_jobs; NULL if memory is out or the URL too long. */
char *hub_collection_jobs_url(const struct hub_task *task);

#endif
