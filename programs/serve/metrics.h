/* The listener for machines that watch: figures in Prometheus' text form, and whether the program
 * lives and whether it could take work now. Nothing about who sent what.
 *
 *   GET /metrics
 *   GET /live     200 while the program answers at all: else start it anew
 *   GET /ready    200, or 503 with a line for each reason why work would be refused now. Of several
 *                 databases one that takes work is enough for 200: what the others lack is said
 *                 too */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "serve/config.h"
#include "serve/handler.h"

struct aggregator_watch {
    const struct aggregator_serve *serve;
    const struct aggregator_config *config;
};

/* watch outlives the server. */
struct hub_http_handler aggregator_watch_handler(struct aggregator_watch *watch);

#endif
