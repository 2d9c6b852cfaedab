/* Whether an aggregator could take work now: what would otherwise be found out as 503. */
#ifndef SERVE_READY_H
#define SERVE_READY_H

#include "serve/metrics.h"

enum { AGGREGATOR_REASONS_MAX = 1024 };

/* reasons: a line for each thing that is not as it should be, behind "ready" where that hinders
 * only the tasks of some databases of several. False: no task can be worked for. */
bool aggregator_is_ready(const struct aggregator_watch *watch,
                         char reasons[AGGREGATOR_REASONS_MAX]);

#endif
