/* The leader of its party's tasks: takes uploads, drives aggregation with the helper, answers the
 * collector. DAP-18, "Uploading Reports", "Verifying and Aggregating Reports", "Collecting
 * Results". */
#ifndef LEADER_LEADER_H
#define LEADER_LEADER_H

#include "aggregator/call.h"
#include "aggregator/party.h"
#include "leader/peer.h"

struct hub_leader;

struct hub_leader_config {
    unsigned n_workers;    /* aggregation jobs at once; 0: one a core and one more */
    unsigned n_collectors; /* collections at once; 0: 16 */
    struct hub_peer peer;  /* how helpers are reached; copied */
    unsigned retry_ms;     /* first pause before a job is sent again; 0: 200 */
};

/* Starts the threads and goes on with what a stop or a crash left: jobs are sent again with the
 * same bytes, collections are finished. */
HUB_MUST_USE hub_status hub_leader_new(struct hub_leader **out, struct hub_party *party,
                                       const struct hub_leader_config *config, struct hub_why *why);
/* A task was added to the party after the leader started. */
HUB_MUST_USE hub_status hub_leader_task_added(struct hub_leader *leader,
                                              struct hub_party_task *task);
/* A call that passed the gate, for a resource of the leader. Does not wait; the answer may come
 * later and from another thread. */
void hub_leader_handle(struct hub_leader *leader, struct hub_call *call);
/* Waits until nothing is waiting for aggregation and no job is under way, at most wait_ms.
 * HUB_E_BUSY: the time is over. For tests. */
HUB_MUST_USE hub_status hub_leader_settle(struct hub_leader *leader, unsigned wait_ms);
/* For metrics: jobs that wait to be run again, and of them those that are parked, because the
 * helper does not answer them as it should; and how often since the start a report was put off,
 * because it came from a window that had not begun by the helper's clock. */
struct hub_leader_stats {
    size_t n_waiting;
    size_t n_parked;
    uint64_t n_deferred;
};
void hub_leader_stats(struct hub_leader *leader, struct hub_leader_stats *out);
/* Takes no new work and ends its threads; what is unfinished is found again at the next start.
 * Collections that wait are answered by their Location. Takes NULL. */
void hub_leader_free(struct hub_leader *leader);

#endif
