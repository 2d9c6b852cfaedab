/* From HTTP requests to calls and back: the only place where an aggregator meets a socket, and
 * where a request finds the database that its task is at home in. Behind that each database has
 * rooms of its own (aggregator/home.h). */
#ifndef SERVE_HANDLER_H
#define SERVE_HANDLER_H

#include "helper/helper.h"
#include "http/server.h"
#include "leader/leader.h"

#include <stdatomic.h>

/* The rooms on one database. They may come while requests do: is_open says that party is there and
 * stays, the others come with the first task of their role. */
struct aggregator_home {
    atomic_bool is_open;
    struct hub_party *party;
    _Atomic(struct hub_leader *) leader; /* NULL: no task as leader */
    _Atomic(struct hub_helper *) helper; /* NULL: none as helper */
    atomic_size_t bodies_bytes;          /* of requests that are in these rooms */
};

struct aggregator_serve {
    struct aggregator_home *homes; /* at least one is open */
    size_t n_homes;
    size_t bodies_of_one_max; /* of several: what one that hangs may hold; 0: no limit */
    atomic_bool is_waiting;   /* for a database, or for tasks: what is not known may come */
};

/* NULL: not open. */
static inline struct aggregator_home *aggregator_home_at(const struct aggregator_serve *serve,
                                                         size_t index)
{
    struct aggregator_home *const home = &serve->homes[index];
    return atomic_load(&home->is_open) ? home : NULL;
}

/* The handler for hub_http_server_new; serve outlives the server. */
struct hub_http_handler aggregator_handler(struct aggregator_serve *serve);

#endif
