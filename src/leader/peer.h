/* How a leader talks to a helper: one exchange at a time over a connection that a worker keeps. The
 * usual peer speaks HTTP (leader/peer_http.h); a test may hand calls to a helper in its own
 * process.
 */
#ifndef LEADER_PEER_H
#define LEADER_PEER_H

#include "aggregator/call.h"
#include "aggregator/party.h"

struct hub_peer_request {
    enum hub_call_method method;
    const struct hub_party_task *task;
    const char *path;         /* "/tasks/..."; or a Location that came back, with is_location */
    bool is_location;         /* relative to base_path: where it came from */
    const char *base_path;    /* the path of the request that was answered by the Location */
    const char *content_type; /* NULL without a body */
    hub_span body;
};

struct hub_peer_reply {
    unsigned status;
    char content_type[128];
    char location[HUB_CALL_LOCATION_MAX];
    uint32_t retry_after_s;        /* 0: none */
    struct hub_buf body;           /* limit as the peer sets it */
    enum hub_problem_type problem; /* of a problem document, if it is one */
};

void hub_peer_reply_clear(struct hub_peer_reply *reply);

struct hub_peer {
    void *self;
    /* A connection for one thread. */
    hub_status (*open)(void *self, void **connection);
    void (*close)(void *connection);
    /* HUB_OK with any status code; HUB_E_NETWORK, HUB_E_SPACE: try again. */
    hub_status (*exchange)(void *connection, const struct hub_peer_request *request,
                           struct hub_peer_reply *reply);
};

#endif
