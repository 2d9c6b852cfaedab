/* What the leader's files share: its tasks, what waits for a job, collections under way. */
#ifndef LEADER_LEADER_INTERNAL_H
#define LEADER_LEADER_INTERNAL_H

#include "aggregator/total.h"
#include "aggregator/trace.h"
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
    struct hub_slots *slots; /* NULL: the task has no services, or their places are rows */
    bool has_slot_rows;      /* on a database that several processes share: store/slot.h */
    /* below: under the leader's lock */
    uint64_t n_waiting;     /* reports that wait for a job; about */
    uint64_t waiting_ms;    /* since when the oldest of them waits */
    bool is_urgent;         /* a collection waits for them */
    uint64_t not_before_ms; /* no new job before: the helper did not answer */
    uint64_t job_bytes_max; /* stored bytes of a job that the helper takes, as its 413 taught; 0 */
    unsigned n_parked;      /* jobs that the helper does not answer as it should, for metrics */
};

/* A worker thread's place: the common one, and its connection to helpers. */
struct hub_leader_worker {
    struct hub_leader *leader;
    struct hub_worker *base;
    void *connection;
    const struct hub_leader_retry *running; /* tried again now; under the leader's lock */
};

struct hub_leader_thread {
    pthread_t id;
    struct hub_leader_worker *worker;
};

enum { HUB_LEADER_BAD_REPLIES_MAX = 5 }; /* with one more a job is parked */

/* A job that is to be run (again). No job is given up: its reports were acknowledged, and the
 * helper may have counted them. One that the helper answers with nonsense, or whose request cannot
 * be made again, is parked: it is tried ever more seldom, the log and the metrics say so, and so
 * does the answer to a collection of its windows. */
struct hub_leader_retry {
    struct hub_store_job job;
    uint64_t due_ms;
    unsigned n_tries;
    unsigned n_bad;      /* answers that were no AggregationJobResp to the request */
    unsigned n_deferred; /* times that its reports were too early */
    bool is_parked;
    char location[HUB_CALL_LOCATION_MAX]; /* where the helper works on it; "": nowhere known */
    uint32_t wait_s;                      /* as long as the helper said */
    char trace[HUB_TRACE_LEN + 1];        /* of the last answer */
    struct hub_leader_retry *next;
};

struct hub_leader_collection;

/* lock guards what changes: tasks' counters, the lists, stopping. */
struct hub_leader {
    struct hub_party *party;
    struct hub_peer peer;
    unsigned retry_ms;
    pthread_mutex_t lock;
    pthread_cond_t more;     /* something for the job threads */
    pthread_cond_t resolved; /* a job has ended, or a collection is wanted */
    bool stopping;
    struct hub_leader_task *tasks[HUB_PARTY_TASKS_MAX]; /* by the party task's index; with holes */
    size_t n_tasks;                                     /* beyond the last of them */
    struct hub_leader_retry *retries;
    unsigned n_running;
    uint64_t n_deferred; /* reports, each time that they were put off */
    struct hub_leader_thread *threads;
    unsigned n_threads;
    unsigned n_started;
    struct hub_workers *collectors;
    struct hub_workers *readers;               /* for GET and DELETE */
    struct hub_leader_collection *collections; /* under way; under the lock */
    pthread_t ticker;
    bool has_ticker;
    struct hub_worker *looker; /* of the ticker, to look for what others have left; NULL: nobody is
                                  there but this process */
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
/* Whether a parked job has reports of windows from first to last; one that is just being tried
 * again counts. */
bool hub_leader_is_parked(struct hub_leader *leader, const struct hub_party_task *task,
                          uint64_t first, uint64_t last);
/* Puts a job up for its (next) run after delay_ms. */
void hub_leader_put_up(struct hub_leader *leader, struct hub_leader_retry *r, unsigned delay_ms);
/* Stored bytes of the largest job that the helper takes, as far as is known. */
uint64_t hub_leader_job_bytes_max(struct hub_leader *leader, const struct hub_leader_task *t);
/* The helper refused a job of so many stored bytes as too large. */
void hub_leader_note_too_large(struct hub_leader *leader, struct hub_leader_task *t,
                               uint64_t n_bytes);
/* A collection waits for what is outstanding of this task. */
void hub_leader_urge(struct hub_leader *leader, const struct hub_party_task *task);

HUB_MUST_USE hub_status hub_leader_schedule_start(struct hub_leader *leader, unsigned n_threads);
void hub_leader_schedule_stop(struct hub_leader *leader);
/* Everything that waits becomes jobs, and all open jobs are put up; slots are rebuilt from them. */
HUB_MUST_USE hub_status hub_leader_resume_jobs(struct hub_leader *leader, struct hub_leader_task *t,
                                               struct hub_worker *worker);

/* Puts a stored job up for its run in this process. */
HUB_MUST_USE hub_status hub_leader_put_up_job(struct hub_leader *leader,
                                              const struct hub_store_job *job);

/* adopt.c */
void hub_leader_adopt(struct hub_leader *leader, struct hub_worker *worker);

/* job.c */
enum hub_job_end {
    HUB_JOB_DONE,      /* finished: counted, or others stand in its place */
    HUB_JOB_AGAIN,     /* the machine's or the helper's move: later, with the same bytes */
    HUB_JOB_WAITING,   /* the helper works on it: ask again after wait_s */
    HUB_JOB_BAD_REPLY, /* the helper answered nonsense */
    HUB_JOB_STUCK      /* its request cannot be made again */
};
/* Runs a job to its end. */
enum hub_job_end hub_leader_job_run(struct hub_leader_worker *worker, struct hub_leader_task *t,
                                    struct hub_leader_retry *r);
/* Walks stored reports: the next one, its service's tag (0: none). False at the end. */
bool hub_leader_stored_next(hub_span *rest, struct hub_report *report, uint64_t *service);

/* job_exchange.c */
struct hub_job_exchange {
    struct hub_leader_worker *worker;
    const struct hub_party_task *task;
    struct hub_leader_retry *retry;
};
/* Sends the job and, if the helper says that it is still working, asks a few times more. HUB_OK:
 * reply has an AggregationJobResp. HUB_E_BUSY: the helper works on; retry knows where and how long.
 * HUB_E_SPACE: 413, the helper has not looked at it. HUB_E_NETWORK: try later. HUB_E_DECODE: an
 * answer that none can be made of. */
HUB_MUST_USE hub_status hub_job_send(const struct hub_job_exchange *x, hub_span body,
                                     struct hub_peer_reply *reply);
/* Asks for a job where the helper said that it works on it. HUB_E_NOT_FOUND: it knows of none
 * there: send it again. */
HUB_MUST_USE hub_status hub_job_poll(const struct hub_job_exchange *x,
                                     struct hub_peer_reply *reply);

/* job_divide.c: two jobs of half the bytes each in the place of one, in one transaction; both are
 * put up at once. HUB_E_NOT_FOUND: the job was ended before. */
HUB_MUST_USE hub_status hub_job_divide(struct hub_leader_worker *worker,
                                       const struct hub_store_job *job, hub_span stored);

/* job_defer.c */
struct hub_job_defer {
    struct hub_leader_retry *retry; /* NULL: no report is too early */
};
HUB_MUST_USE hub_status hub_job_defer_init(struct hub_job_defer *d, const uint8_t *verdict,
                                           size_t n);
/* In the unit that finishes the job. */
HUB_MUST_USE hub_status hub_job_defer_apply(struct hub_job_defer *d, struct hub_store_tx *tx,
                                            const struct hub_store_job *job,
                                            const struct hub_report *reports,
                                            const uint64_t *windows, const uint8_t *verdict);
/* After its commit. */
void hub_job_defer_put_up(struct hub_job_defer *d, struct hub_leader *leader, unsigned n_deferred);
void hub_job_defer_clear(struct hub_job_defer *d);

/* collect.c */
void hub_leader_collect(struct hub_leader *leader, struct hub_call *call);
HUB_MUST_USE hub_status hub_leader_resume_collections(struct hub_leader *leader,
                                                      struct hub_worker *worker);
/* Every tenth of a second: answers calls that have waited long enough, puts up what is due. */
void hub_leader_collections_tick(struct hub_leader *leader);
/* Whether the collection with this number waits for a job that is parked. */
bool hub_leader_collection_is_stuck(struct hub_leader *leader, uint64_t number);
/* Answers every call that still waits with its Location, and frees. */
void hub_leader_collections_drop(struct hub_leader *leader);

/* collection_resource.c */
void hub_leader_collection_resource(struct hub_leader *leader, struct hub_call *call);
/* Answers for a stored collection as it stands. */
void hub_leader_answer_stored(struct hub_leader *leader, struct hub_call *call,
                              struct hub_store_view *view, const uint8_t id[HUB_RESOURCE_ID_LEN],
                              unsigned done_status);
void hub_leader_location(char out[HUB_CALL_LOCATION_MAX], const struct hub_party_task *task,
                         const uint8_t id[HUB_RESOURCE_ID_LEN]);

#endif
