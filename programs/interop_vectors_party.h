/* Both aggregators' own code, in this process, each with an empty store: what the later steps of
 * `hubbub interop vectors` put messages to. They run on a clock after all reports, without noise.
 */
#ifndef PROGRAMS_INTEROP_VECTORS_PARTY_H
#define PROGRAMS_INTEROP_VECTORS_PARTY_H

#include "interop_vectors.h"

#include "aggregator/call.h"
#include "aggregator/party.h"
#include "helper/helper.h"
#include "leader/leader.h"
#include "wire/media_type.h"

#include <pthread.h>

/* Randomness of a party: the machine's, but for draws of 32 octets while a key is set: then the
 * party seals with the ephemeral key that the file gives. */
struct hub_vectors_chance {
    pthread_mutex_t lock;
    bool has_key;
    uint8_t key[HUB_HPKE_KEY_LEN];
};

/* One aggregator. */
struct hub_vectors_party {
    struct hub_vectors *v;
    enum hub_role role;
    char folder[64];
    char db_path[80];
    char head_path[80];
    struct hub_vectors_chance chance;
    struct hub_party *party;
    struct hub_party_task *task;
    struct hub_helper *helper; /* of a helper */
    struct hub_leader *leader; /* of a leader */
};

/* What a leader's requests to its helper meet. */
struct hub_vectors_link {
    struct hub_vectors_party *helper; /* NULL: reply stands for the helper */
    hub_span reply;                   /* the body of every answer, with the media type of a job's */
    pthread_mutex_t lock;
    pthread_cond_t asked;
    size_t n_asked;
    struct hub_buf last_request;
};

/* An answer, with its body kept as long as v. */
struct hub_vectors_answer {
    unsigned status;
    const char *problem; /* the problem type's name; "" for none */
    hub_span body;
    bool has_message;
    enum hub_message message;
};

/* Opens the store in a folder of its own. Failures go to v. */
void hub_vectors_helper_start(struct hub_vectors *v, struct hub_vectors_party *p);
void hub_vectors_leader_start(struct hub_vectors *v, struct hub_vectors_party *p,
                              struct hub_vectors_link *link);
/* The leader's room alone ends and begins again, as after a stop of the program. */
void hub_vectors_leader_restart(struct hub_vectors *v, struct hub_vectors_party *p,
                                struct hub_vectors_link *link);
/* Ends it, and removes its folder. Takes what was never started. */
void hub_vectors_party_stop(struct hub_vectors_party *p);
/* Seals with this key from now on; NULL: with the machine's randomness. */
void hub_vectors_party_set_key(struct hub_vectors_party *p, const uint8_t *key);

void hub_vectors_link_init(struct hub_vectors_link *link, struct hub_vectors_party *helper);
void hub_vectors_link_clear(struct hub_vectors_link *link);
/* Waits until the helper's end was asked n times in all; false after ten seconds. */
bool hub_vectors_link_wait(struct hub_vectors_link *link, size_t n);

/* POST of a message to a resource of the task ("reports", "aggregation_jobs", ...), with the token
 * of whoever may do that. A leader that defers is asked again until it is ready. */
struct hub_vectors_answer hub_vectors_post(struct hub_vectors_party *p, const char *resource,
                                           enum hub_message message, hub_span body);
/* "accepted", "discarded" (some report of an upload), or the problem's name. */
const char *hub_vectors_outcome_of(const struct hub_vectors_answer *answer);

/* The reports of a job as one UploadRequest. */
hub_span hub_vectors_upload_of(struct hub_vectors *v, const json_t *job);
/* Uploads, twice: the second time nothing may change. */
void hub_vectors_upload(struct hub_vectors_party *leader, hub_span body);
/* aggregation.all by uploads, with the requests that the leader makes compared. */
void hub_vectors_run_all(struct hub_vectors_party *leader, struct hub_vectors_link *link);

/* Compares one window's bucket: count, checksum, aggregate share. key is the share's member. */
void hub_vectors_expect_bucket(struct hub_vectors_party *p, const json_t *bucket, const char *key);
/* Reports in all buckets of the windows that reports of the file name. */
uint64_t hub_vectors_count(struct hub_vectors_party *p);

#endif
