/* Figures in Prometheus' text form, on a listener of their own: counts a task and reason, commits,
 * memory of the id sets. Nothing about who sent what. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "serve/handler.h"

/* GET /metrics. party outlives the server. */
struct hub_http_handler aggregator_metrics_handler(struct aggregator_serve *serve);

#endif
