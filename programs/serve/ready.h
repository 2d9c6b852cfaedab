/* Whether an aggregator could take work now: what would otherwise be found out as 503. */
#ifndef SERVE_READY_H
#define SERVE_READY_H

#include "serve/handler.h"

enum { AGGREGATOR_REASONS_MAX = 1024 };

/* False with a line for each reason. */
bool aggregator_is_ready(const struct aggregator_serve *serve,
                         char reasons[AGGREGATOR_REASONS_MAX]);

#endif
