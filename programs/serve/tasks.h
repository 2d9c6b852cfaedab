/* The tasks of an aggregator, from the folder of its tasks:
 *
 *   NAME.task.ini NAME.statement ...   what everybody may read
 *   NAME.leader.ini | NAME.helper.ini  this party's secrets
 *   NAME.paused | NAME.ended           if there: a leader takes no reports for now, or ever again
 *
 * Reading the folder again finds new tasks, new tokens, and tasks that are paused, resumed or
 * ended. What was acknowledged of them is aggregated and collected in any case. */
#ifndef SERVE_TASKS_H
#define SERVE_TASKS_H

#include "serve/handler.h"

struct aggregator_tasks {
    struct aggregator_home *home;
    const struct aggregator_home *main; /* the main database's, open or not; may be home */
    const struct hub_log *log;
    const char *folder;
    size_t n_refused; /* of the last reading */
    size_t n_waiting; /* for a database, which is to be read again for them */
};

/* A task that is refused does not keep the others from running: the log and the ledger say why.
 * HUB_E_CONFIG: the folder cannot be read. */
HUB_MUST_USE hub_status aggregator_tasks_read(struct aggregator_tasks *tasks, struct hub_why *why);

#endif
