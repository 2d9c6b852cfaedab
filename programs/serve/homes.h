/* The databases of an aggregator, each with its party, its rooms and its folder of tasks, from the
 * start to the end. One that is away keeps nobody from the others: it is tried again until it
 * comes. Everything here is called by the program's first thread. */
#ifndef SERVE_HOMES_H
#define SERVE_HOMES_H

#include "aggregator_run.h"
#include "http/url.h"
#include "leader/peer_http.h"
#include "serve/config.h"
#include "serve/keys.h"
#include "serve/tasks.h"

enum { AGGREGATOR_LABEL_MAX = 64, AGGREGATOR_AWAY_RETRY_S = 2 };

struct aggregator_homes {
    const struct aggregator_config *config;
    const struct hub_aggregator_env *env;
    const struct hub_log *log;
    struct hub_rng rng;
    char path_prefix[HUB_HTTP_URL_MAX];
    struct aggregator_serve serve; /* of what follows */
    struct aggregator_home list[AGGREGATOR_DATABASES_MAX];
    struct hub_log logs[AGGREGATOR_DATABASES_MAX]; /* of several: lines say which */
    char labels[AGGREGATOR_DATABASES_MAX][AGGREGATOR_LABEL_MAX];
    struct aggregator_tasks tasks[AGGREGATOR_DATABASES_MAX];
    struct hub_peer peers[AGGREGATOR_DATABASES_MAX];
    bool is_away[AGGREGATOR_DATABASES_MAX]; /* was when it was last tried, which is in the log */
};

/* Opens the databases, reads the tasks, starts the rooms. homes: zeroed; config, env and log
 * outlive it. Fails if a database is not what it should be (another's name, a newer schema, a chain
 * that is broken), if none can be opened, or if the only one cannot take its tasks. */
HUB_MUST_USE hub_status aggregator_homes_open(struct aggregator_homes *homes,
                                              const struct aggregator_config *config,
                                              const struct hub_aggregator_env *env,
                                              const struct hub_rng *rng, const struct hub_log *log,
                                              struct hub_why *why);
void aggregator_homes_close(struct aggregator_homes *homes);
/* Keys and tasks as their files are now; what is wrong is in the log, and stays as it was. */
void aggregator_homes_reload(struct aggregator_homes *homes);
/* Whether a database or a task is waited for: then aggregator_homes_retry from time to time. */
bool aggregator_homes_wait(const struct aggregator_homes *homes);
void aggregator_homes_retry(struct aggregator_homes *homes);
size_t aggregator_homes_refused(const struct aggregator_homes *homes);

#endif
