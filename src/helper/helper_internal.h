/* What the helper's files share. */
#ifndef HELPER_HELPER_INTERNAL_H
#define HELPER_HELPER_INTERNAL_H

#include "aggregator/worker.h"
#include "aggregator/workers.h"
#include "helper/deferred.h"
#include "helper/helper.h"

struct hub_helper {
    struct hub_party *party;
    struct hub_workers *workers;
    struct hub_deferred *deferred; /* NULL: the helper answers when it is through */
};

/* A call on its way to a worker. */
struct helper_work {
    struct hub_work work;
    struct hub_helper *helper;
    struct hub_call *call;
};

/* Each answers the call. In a worker's thread. */
void hub_helper_aggregate(struct hub_helper *helper, struct hub_worker *worker,
                          struct hub_call *call);
void hub_helper_continue(struct hub_helper *helper, struct hub_worker *worker,
                         struct hub_call *call);
void hub_helper_share(struct hub_helper *helper, struct hub_worker *worker, struct hub_call *call);
/* GET and DELETE of jobs and shares. */
void hub_helper_resource(struct hub_helper *helper, struct hub_worker *worker,
                         struct hub_call *call);

/* Answers with a stored or fresh message, its Location in front: status 200 or 201. */
void hub_helper_answer(struct hub_call *call, unsigned status, enum hub_message message,
                       struct hub_buf *body, const char *collection,
                       const uint8_t id[HUB_RESOURCE_ID_LEN]);

/* The Location of a resource with this id, for the answer that has no representation yet. */
void hub_helper_answer_later(struct hub_call *call, const uint8_t id[HUB_RESOURCE_ID_LEN]);

/* A call that goes on after its answer. */
struct hub_helper_deferral {
    struct hub_call call; /* what to work on: the given call, or one without a client */
    struct hub_buf body;
    uint8_t id[HUB_RESOURCE_ID_LEN];
    struct hub_deferred *deferred; /* NULL: not deferred */
};
/* In an asynchronous helper: answers the call, and out's takes its place. False: somebody works on
 * it, or there is no room, and that was answered. */
bool hub_helper_defer(struct hub_helper *helper, struct hub_call *call,
                      const uint8_t id[HUB_RESOURCE_ID_LEN], struct hub_helper_deferral *out);
void hub_helper_deferral_clear(struct hub_helper_deferral *d);

#endif
