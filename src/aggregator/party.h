/* One aggregator on one database: what its rooms share. One that has several databases is a party
 * on each (aggregator/home.h). A party runs tasks, each as leader or as helper. Everything here is
 * set before the first call and const afterwards, but for the list of tasks, which grows, and for
 * what an operator may exchange meanwhile: HPKE keys, tokens, whether a task takes reports.
 */
#ifndef AGGREGATOR_PARTY_H
#define AGGREGATOR_PARTY_H

#include "aggregator/keys.h"
#include "aggregator/pool.h"
#include "crypto/aead.h"
#include "store/store.h"
#include "task/secret.h"
#include "task/task.h"
#include "vdaf/vdaf.h"
#include "wire/domain.h"

enum {
    HUB_PARTY_TOKEN_MAX = 512,
    HUB_PARTY_TASKS_MAX = 1024,
    HUB_TASK_LABEL_LEN = 43 /* a task id as base64url */
};

/* The usual values: hub_party_limits(). */
struct hub_party_limits {
    size_t upload_bytes_max;  /* body of an upload */
    size_t job_bytes_max;     /* body of an aggregation job, and the reports of one */
    uint32_t job_reports_max; /* reports the leader puts into one job */
    uint32_t job_linger_ms;   /* the leader waits this long for a job to fill */
    uint32_t hpke_max_age_s;  /* cache lifetime of hpke_config */
    uint32_t collect_wait_ms; /* a collection that takes longer is answered by a Location */
    size_t queue_bytes_max;   /* of requests that wait for the writing thread; beyond it 503 */
    uint32_t lease_ms;        /* of a process on a shared database; see store/store.h */
    uint64_t disk_free_min;   /* with less room for the database: no uploads, no jobs, but shares */
};
struct hub_party_limits hub_party_limits(void);

struct hub_party_config {
    struct hub_clock clock;
    bool clock_is_demo; /* statements with "clock: demo" are admitted */
    bool allow_plain;   /* tasks without a statement are admitted: test programs only */
    struct hub_rng rng; /* for any thread */
    const struct hub_mechanism *mechanism;
    const struct hub_log *log;
    const struct hub_hpke_keypair *keys; /* newest first; copied */
    size_t n_keys;
    uint8_t accumulator_key[HUB_BOX_KEY_LEN];
    const char *db_name; /* among several; NULL: nobody asks */
    bool db_is_one_of_several;
    const char *db_path;
    const char *head_path;   /* of the ledger's head outside the database */
    const char *path_prefix; /* of all resources, "" or "/api/dap" */
    struct hub_party_limits limits;
};

struct hub_party {
    struct hub_clock clock;
    bool clock_is_demo;
    bool allow_plain;
    struct hub_rng rng;
    const struct hub_log *log;
    struct hub_party_limits limits;
    char path_prefix[128];
    struct hub_party_keys keys;
    uint8_t accumulator_key[HUB_BOX_KEY_LEN];
    char *db_path; /* the store borrows both */
    char *head_path;
    struct hub_store *store;
    struct hub_noise_pool *pool;
    struct hub_aead *writer_box;   /* used in the store's writing thread only */
    _Atomic uint64_t disk_seen_ms; /* when it was looked at last */
    atomic_bool disk_is_low;
    pthread_rwlock_t tasks_lock;
    struct hub_party_task *tasks[HUB_PARTY_TASKS_MAX];
    size_t n_tasks;
};

/* Whether a leader takes a task's reports: from all, from nobody for now, from nobody any more.
 * What was acknowledged is aggregated and collected in any case. */
enum hub_intake { HUB_INTAKE_OPEN, HUB_INTAKE_PAUSED, HUB_INTAKE_ENDED };

/* A task as this party runs it. */
struct hub_party_task {
    size_t index;    /* in the party's list */
    uint64_t number; /* in the store */
    enum hub_role role;
    struct hub_task *task;
    struct hub_task_secret secret; /* the tokens of now: aggregator/tokens.h */
    struct hub_tokens *tokens;
    bool peer_dap_header; /* send it as DAP-Auth-Token */
    atomic_int intake;    /* enum hub_intake */
    struct hub_vdaf *vdaf;
    uint8_t context[HUB_VDAF_CONTEXT_LEN];
    struct hub_hpke_config collector;
    bool adds_noise;     /* false where the statement says that the other aggregator does */
    unsigned noise_kind; /* in the pool */
    uint64_t sigma2;
    uint64_t window_charge;  /* of one window's release, in units of 2^-40 */
    uint64_t *service_tags;  /* of secret.services; see hub_service_tag */
    struct hub_buf aad_head; /* task id and configuration: where both AADs begin */
    char base_path[512];     /* path of this aggregator's URL, without a slash at its end */
    char label[HUB_TASK_LABEL_LEN + 1];
};

/* Opens the store and starts the pool. */
HUB_MUST_USE hub_status hub_party_new(struct hub_party **out, const struct hub_party_config *config,
                                      struct hub_why *why);
/* Leader and helper rooms on it are freed before. Takes NULL. */
void hub_party_free(struct hub_party *party);

struct hub_party_task_config {
    struct hub_task *task;         /* goes over on success */
    struct hub_task_secret secret; /* goes over on success */
    const char *peer_token;        /* leader: NULL: the secret's */
    bool peer_dap_header;
    struct hub_hpke_config collector; /* for a task without a statement; else the statement's */
};

/* Admits a task (aggregator/admission.h) and makes it known. HUB_E_REFUSED: a rule of privacy
 * forbids it, and why says which; HUB_E_CONFLICT: the task is there already. */
HUB_MUST_USE hub_status hub_party_task_add(struct hub_party *party,
                                           struct hub_party_task_config *config,
                                           struct hub_party_task **out, struct hub_why *why);
/* What a service is known by at rest: from its name, so that it stays when others come or go. Never
 * 0, which stands for no service. */
HUB_MUST_USE hub_status hub_service_tag(uint64_t *tag, const char *name);
/* Its number among the task's services now, or -1. */
long hub_party_task_service(const struct hub_party_task *task, uint64_t tag);
/* Whether the database's disk has less than limits.disk_free_min left, as of the last second: then
 * what would make it grow is refused, so that what is there can still be finished and released. */
bool hub_party_disk_is_low(struct hub_party *party);
/* NULL if there is none with this id. */
struct hub_party_task *hub_party_task_find(struct hub_party *party, const uint8_t id[32]);
/* The index-th task, or NULL beyond the last. */
struct hub_party_task *hub_party_task_at(struct hub_party *party, size_t index);

static inline uint64_t hub_party_now_s(const struct hub_party *party)
{
    return hub_now_s(&party->clock);
}

#endif
