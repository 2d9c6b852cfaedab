/* A collection job under way: what its beginning, its rounds and its end share. */
#ifndef LEADER_COLLECTION_INTERNAL_H
#define LEADER_COLLECTION_INTERNAL_H

#include "leader/leader_internal.h"
#include "store/batch.h"
#include "wire/collection.h"

enum {
    HUB_COLLECTION_CALLS_MAX = 8, /* that wait for one collection */
    HUB_COLLECTION_LOOK_MS = 100  /* until a collection that made room is looked at again */
};

struct hub_leader_collection {
    struct hub_unit unit; /* adds the job, later ends it */
    struct hub_work work;
    struct hub_leader *leader;
    const struct hub_party_task *task;
    struct hub_store_collection row;
    struct hub_buf request;
    struct hub_collection_job_req req;     /* views into request */
    uint8_t fresh_batch[HUB_BATCH_ID_LEN]; /* leader-selected: if there is no batch yet */
    struct hub_store_batch batch;          /* leader-selected: the one that was chosen */
    bool existed;
    bool is_burnt;
    bool is_listed;
    struct hub_total total;
    struct hub_buf response;
    const char *problem; /* the end with a problem: its name */
    const char *refusal; /* with it, for the ledger */
    const char *detail;
    unsigned n_tries;
    char trace[HUB_TRACE_LEN + 1]; /* of the helper's share */
    /* under the leader's lock */
    struct hub_call *calls[HUB_COLLECTION_CALLS_MAX];
    size_t n_calls;
    uint64_t since_ms; /* of the oldest call */
    uint64_t due_ms;   /* put aside until then; 0: queued or running */
    bool is_stuck;     /* reports of its windows are in a job that is parked */
    struct hub_leader_collection *next;
};

/* Of its row; the batch of a leader-selected task is one window. */
static inline struct hub_time_interval hub_collection_windows(const struct hub_leader_collection *c)
{
    return (struct hub_time_interval){c->row.first_window,
                                      c->row.last_window - c->row.first_window + 1};
}

void hub_leader_collection_free(struct hub_leader_collection *c);
/* Puts the collection aside; the ticker brings it back. */
void hub_leader_collection_put_aside(struct hub_leader_collection *c, unsigned delay_ms);

/* collection_end.c. Each of the ends answers every call that waits, and frees the collection. */
extern const char hub_collection_overlap_text[];
extern const char hub_collection_burnt_text[];
void hub_collection_answer_problem(struct hub_call *call, const struct hub_leader_collection *c);
void hub_collection_answer_later(struct hub_call *call, const struct hub_leader_collection *c);
/* 503: acknowledged reports of the batch wait in a job that is parked. */
void hub_collection_answer_stuck(struct hub_call *call);
/* Notes it, and says it once in the log. */
void hub_collection_set_stuck(struct hub_leader_collection *c, bool is_stuck);
/* With c->problem, or as stored if it has ended otherwise meanwhile. Another status than HUB_OK: it
 * could not be written, and nothing has ended. */
HUB_MUST_USE hub_status hub_collection_end_with_problem(struct hub_leader_collection *c,
                                                        struct hub_store_view *view);
HUB_MUST_USE hub_status hub_collection_refuse(struct hub_leader_collection *c,
                                              struct hub_store_view *view,
                                              enum hub_problem_type problem, const char *refusal,
                                              const char *detail);
/* Commits response and release. HUB_E_BUSY, HUB_E_CONFLICT: reports came in between. */
HUB_MUST_USE hub_status hub_collection_release(struct hub_leader_collection *c);
/* The collector deleted it meanwhile, or it has ended otherwise: answers as the store has it.
 * False: it still waits, and nothing has ended. */
bool hub_collection_end_as_stored(struct hub_leader_collection *c, struct hub_store_view *view);

/* collection_run.c: the work function, on a collector's thread. */
void hub_collection_run(struct hub_work *work, void *arg);

#endif
