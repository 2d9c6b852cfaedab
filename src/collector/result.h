/* One collection: the request that asks, and the totals out of its answer (DAP-18, "Collecting
 * Results"). Pure. */
#ifndef COLLECTOR_RESULT_H
#define COLLECTOR_RESULT_H

#include "base/bytes.h"
#include "hpke/hpke.h"
#include "task/task.h"
#include "vdaf/vdaf.h"

struct hub_collection;
/* Told of both shares of a collection before they are forgotten, encoded. For demonstrations: no
 * installed program asks for it. */
typedef void (*hub_collection_watch)(void *self, const struct hub_task *task,
                                     const struct hub_collection *collection, hub_span leader_share,
                                     hub_span helper_share);

/* A task as the collector works with it; const after init, but for the recipient, which belongs to
 * one thread at a time. */
struct hub_collected_task {
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    struct hub_hpke_recipient *recipient;
    char *token;                /* for the leader */
    bool dap_header;            /* send it as DAP-Auth-Token */
    hub_collection_watch watch; /* NULL: nobody is told */
    void *watch_self;
};

/* Takes over task on success. */
HUB_MUST_USE hub_status hub_collected_task_init(struct hub_collected_task *out,
                                                struct hub_task *task,
                                                const struct hub_hpke_keypair *key,
                                                const char *token);
void hub_collected_task_clear(struct hub_collected_task *t);

/* What became of the windows start to start + duration. */
struct hub_collection {
    struct hub_time_interval query; /* as asked, in windows */
    struct hub_time_interval seen;  /* of the reports that were counted */
    uint64_t n_reports;
    int64_t *totals; /* n_cells of them, never clamped */
    size_t n_cells;
    uint64_t variance; /* of each total: noises * sigma2 * duration; 0 without a statement */
};
void hub_collection_clear(struct hub_collection *c);

/* Appends the encoded CollectionJobReq for a time-interval query; or leader-selected, for a plain
 * task in that mode. The same windows give the same bytes. */
HUB_MUST_USE hub_status hub_collection_request(struct hub_buf *out, const struct hub_task *task,
                                               uint64_t start, uint64_t duration);
/* From the answer to that request: opens both shares, unshards. HUB_E_DECODE, HUB_E_OPEN;
 * HUB_E_REFUSED: fewer reports than the floor, or an interval outside the one asked for: the leader
 * broke a rule. */
HUB_MUST_USE hub_status hub_collection_open(struct hub_collection *out,
                                            const struct hub_collected_task *t, hub_span request,
                                            hub_span response, struct hub_why *why);

#endif
