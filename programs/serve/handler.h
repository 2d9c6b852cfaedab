/* From HTTP requests to calls and back: the only place where an aggregator meets a socket. */
#ifndef SERVE_HANDLER_H
#define SERVE_HANDLER_H

#include "helper/helper.h"
#include "http/server.h"
#include "leader/leader.h"

struct aggregator_serve {
    struct hub_party *party;
    struct hub_leader *leader; /* NULL: no task as leader */
    struct hub_helper *helper; /* NULL: none as helper */
};

/* The handler for hub_http_server_new; serve outlives the server. */
struct hub_http_handler aggregator_handler(struct aggregator_serve *serve);

#endif
