/* What the leader's files share: its tasks, what waits for a job, collections under way. */
#ifndef LEADER_LEADER_INTERNAL_H
#define LEADER_LEADER_INTERNAL_H

#include "aggregator/total.h"
#include "aggregator/worker.h"
#include "aggregator/workers.h"
#include "leader/leader.h"
#include "leader/slots.h"
#include "store/collection.h"
#include "store/job.h"
#include "wire/report.h"

/* Stored reports have their service's tag in front, so that it is known again when the report is
 * counted; zeros for none. */
enum { HUB_LEADER_PREFIX_LEN = HUB_SERVICE_TAG_LEN };

struct hub_leader_task {
    struct hub_party_task *task;
    struct hub_slots *slots; /* NULL: the task has no services */
    /* below: under the leader's lock */
    uint64_t n_waiting;     /* reports that wait for a job; about */
    uint64_t waiting_ms;    /* since when the oldest of them waits */
    bool is_urgent;         /* a collection waits for them */
    uint64_t not_before_ms; /* no new job before: the helper did not answer */
};

/* A worker thread's place: the common one, and its connection to helpers. */
struct hub_leader_worker {
    struct hub_leader *leader;
    struct hub_worker *base;
    void *connection;
};

struct hub_leader_thread {
    pthread_t id;
    struct hub_leader_worker *worker;
};

/* A job that is to be run (again). */
struct hub_leader_retry {
    struct hub_store_job job;
    uint64_t due_ms;
    unsigned n_tries;
    unsigned n_bad; /* answers that were no AggregationJobResp to the request */
    struct hub_leader_retry *next;
};

struct hub_leader_collection;

/* lock guards what changes: tasks' counters, the lists, stopping. */
struct hub_leader {
    struct hub_party *party;
    struct hub_peer peer;
    pthread_mutex_t lock;
    pthread_cond_t more;     /* something for the job threads */
    pthread_cond_t resolved; /* a job has ended, or a collection is wanted */
    bool stopping;
    struct hub_leader_task *tasks[HUB_PARTY_TASKS_MAX]; /* by the party task's index; with holes */
    size_t n_tasks;                                     /* beyond the last of them */
    struct hub_leader_retry *retries;
    unsigned n_running;
    struct hub_leader_thread *threads;
    unsigned n_threads;
    unsigned n_started;
    struct hub_workers *collectors;
    struct hub_workers *readers;               /* for GET and DELETE */
    struct hub_leader_collection *collections; /* under way; under the lock */
    pthread_t ticker;
    bool has_ticker;
};

HUB_MUST_USE hub_status hub_leader_worker_new(struct hub_leader_worker **out,
                                              struct hub_leader *leader);
void hub_leader_worker_free(struct hub_leader_worker *worker);
struct hub_leader_task *hub_leader_task_of(struct hub_leader *leader,
                                           const struct hub_party_task *task);
/* By its number in the store; NULL if there is none now. */
struct hub_leader_task *hub_leader_task_numbered(struct hub_leader *leader, uint64_t number);
bool hub_leader_is_stopping(struct hub_leader *leader);

/* upload.c */
void hub_leader_upload(struct hub_leader *leader, struct hub_call *call);

/* schedule.c */
/* n reports more wait for a job. */
void hub_leader_waiting_add(struct hub_leader *leader, struct hub_leader_task *t, uint64_t n);
/* A collection waits for what is outstanding of this task. */
void hub_leader_urge(struct hub_leader *leader, const struct hub_party_task *task);

HUB_MUST_USE hub_status hub_leader_schedule_start(struct hub_leader *leader, unsigned n_threads);
void hub_leader_schedule_stop(struct hub_leader *leader);
/* Everything that waits becomes jobs, and all open jobs are put up; slots are rebuilt from them. */
HUB_MUST_USE hub_status hub_leader_resume_jobs(struct hub_leader *leader, struct hub_leader_task *t,
                                               struct hub_worker *worker);

/* job.c */
enum hub_job_end {
    HUB_JOB_DONE,     /* finished and counted */
    HUB_JOB_AGAIN,    /* the machine's or the helper's move: later, with the same bytes */
    HUB_JOB_BAD_REPLY /* the helper answered nonsense */
};
/* Runs a job to its end. give_up: if the reply is bad again, ends it without counting any report.
 */
enum hub_job_end hub_leader_job_run(struct hub_leader_worker *worker, struct hub_leader_task *t,
                                    const struct hub_store_job *job, bool give_up);
/* Walks stored reports: the next one, its service's tag (0: none). False at the end. */
bool hub_leader_stored_next(hub_span *rest, struct hub_report *report, uint64_t *service);

/* collect.c */
void hub_leader_collect(struct hub_leader *leader, struct hub_call *call);
HUB_MUST_USE hub_status hub_leader_resume_collections(struct hub_leader *leader,
                                                      struct hub_worker *worker);
/* Every tenth of a second: answers calls that have waited long enough, puts up what is due. */
void hub_leader_collections_tick(struct hub_leader *leader);
/* Answers every call that still waits with its Location, and frees. */
void hub_leader_collections_drop(struct hub_leader *leader);

/* collection_resource.c */
void hub_leader_collection_resource(struct hub_leader *leader, struct hub_call *call);
/* Answers for a stored collection as it stands. */
void hub_leader_answer_stored(struct hub_call *call, struct hub_store_view *view,
                              const uint8_t id[HUB_RESOURCE_ID_LEN], unsigned done_status);
void hub_leader_location(char out[HUB_CALL_LOCATION_MAX], const struct hub_party_task *task,
                         const uint8_t id[HUB_RESOURCE_ID_LEN]);

#endif
