/* A leader and a helper in one process, each with a party, database and keys of its own, joined by
 * a peer that hands calls over. The clock stands where the test puts it. */
#ifndef TESTS_PARTIES_PAIR_H
#define TESTS_PARTIES_PAIR_H

#include "aggregator/gate.h"
#include "collector/result.h"
#include "helper/helper.h"
#include "leader/leader.h"
#include "sim/maker.h"
#include "wire/upload.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PAIR_SERVICES_MAX = 8 };

struct pair_options {
    struct hub_vdaf_configuration vdaf; /* zeroed: Prio3Count */
    uint64_t time_precision;            /* 0: 3600 */
    uint64_t min_batch;                 /* 0: 1 */
    enum hub_batch_mode batch_mode;     /* 0: time interval */
    unsigned n_services;
    uint32_t linger_ms;                    /* 0: 5 */
    const struct hub_mechanism *mechanism; /* NULL: none */
    bool helper_is_async;
    size_t helper_job_bytes_max; /* 0: as usual */
    unsigned retry_ms;           /* 0: as usual */
    uint64_t disk_free_min;      /* 0: none, whatever the disk has */
    const struct hub_rng *rng;   /* NULL: the system's */
    const char *root;            /* where its folder goes; NULL: /tmp */
    uint64_t first_s;            /* the task's interval; both 0: none */
    uint64_t end_s;
};

struct pair {
    struct pair_options options;
    char folder[64];
    char databases[2][256]; /* of leader and helper: files, or URLs where with_server says so */
    _Atomic uint64_t now_s;
    _Atomic int64_t helper_ahead_s; /* of the helper's clock before the leader's */
    pthread_rwlock_t helper_lock;   /* read-locked by each call, write-locked by a restart */
    atomic_bool helper_is_down;
    atomic_uint n_exchanges;   /* requests that reached the helper */
    atomic_uint defer_replies; /* so many answers come as a Location first */
    atomic_uint spoil_replies; /* so many lose their last byte */
    atomic_uint refuse_status; /* the helper's answer to everything; 0: its own */
    atomic_uint drop_replies;  /* so many answers of the helper are lost on their way */
    struct hub_rng rng;
    /* Called around each exchange with the helper, from the leader's threads; NULL: not. The reply
     * may be changed. */
    void (*on_request)(void *self, const struct hub_peer_request *request);
    void (*on_reply)(void *self, struct hub_peer_reply *reply);
    void *hook_self;
    struct hub_hpke_keypair leader_key;
    struct hub_hpke_keypair older_leader_key; /* id 0: there is none */
    struct hub_hpke_keypair helper_key;
    struct hub_hpke_keypair collector_key;
    struct hub_task_id task_id;
    char leader_url[64];
    char helper_url[64];
    struct hub_party *leader_party;
    struct hub_party *helper_party;
    struct hub_leader *leader;
    struct hub_helper *helper;
    struct hub_party_task *task; /* the leader's */
    struct hub_party_task *helper_task;
    struct hub_vdaf *vdaf;
    struct hub_maker *maker;
    struct hub_collected_task collected;
};

/* Ends the test that calls if anything fails. */
void pair_open(struct pair *p, const struct pair_options *options);
void pair_close(struct pair *p);
/* Stops and starts, as a program does that was asked to end. */
void pair_restart_leader(struct pair *p);
void pair_restart_helper(struct pair *p);
uint64_t pair_window(const struct pair *p);

/* One call to the leader or the helper, through the gate; the answer is the caller's. */
struct hub_answer pair_call(struct pair *p, bool to_leader, enum hub_call_method method,
                            const char *path, const char *content_type, const char *token,
                            hub_span body);
/* Report errors of an upload; status 200 expected. Returns how many there are. */
size_t pair_upload(struct pair *p, hub_span body, const char *token,
                   struct hub_upload_status *errors, size_t max);
/* Appends a report of the current window. */
void pair_report(struct pair *p, struct hub_parcel *parcel, enum hub_parcel_kind kind,
                 uint64_t measurement);
void pair_settle(struct pair *p);
/* Asks for windows; polls until there is an answer. *status is the last status. */
struct hub_answer pair_collect(struct pair *p, uint64_t start, uint64_t duration);
/* The totals of an answer. */
void pair_open_totals(struct pair *p, struct hub_collection *out, uint64_t start, uint64_t duration,
                      hub_span response);
const char *pair_service_token(unsigned service);

#endif
