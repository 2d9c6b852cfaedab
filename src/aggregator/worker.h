/* What one worker thread keeps from job to job: keys ready to open, a reading connection, memory.
 * Workers share nothing but the party. */
#ifndef AGGREGATOR_WORKER_H
#define AGGREGATOR_WORKER_H

#include "aggregator/party.h"
#include "base/arena.h"

struct hub_worker {
    struct hub_party *party;
    struct hub_hpke_keyring ring; /* of the party's keys of this generation */
    unsigned generation;
    struct hub_aead *box;
    struct hub_store_view reader;
    struct hub_arena arena; /* of the current job */
    struct hub_hpke_sender
        *senders[HUB_PARTY_TASKS_MAX]; /* to collectors, by task; made when used */
};

HUB_MUST_USE hub_status hub_worker_new(struct hub_worker **out, struct hub_party *party);
void hub_worker_free(struct hub_worker *worker); /* takes NULL */
/* The sender to this task's collector. */
HUB_MUST_USE hub_status hub_worker_sender(struct hub_worker *worker,
                                          const struct hub_party_task *task,
                                          struct hub_hpke_sender **out);

#endif
