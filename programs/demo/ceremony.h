/* Makes the demo's tasks and the parties' configurations in the run's folder. */
#ifndef DEMO_CEREMONY_H
#define DEMO_CEREMONY_H

#include "demo/city.h"
#include "demo/parties.h"
#include "task/secret.h"
#include "task/task.h"

/* One task as the devices know it. */
struct demo_task {
    struct hub_task *task;
    unsigned measure;
    unsigned first_window; /* of the measure's windows in this run */
    unsigned n_windows;
    char (*tokens)[HUB_TOKEN_LEN + 1]; /* one a service; the last one belongs to the service that is
                                          broken on purpose */
    size_t n_tokens;
};

struct demo_tasks {
    struct demo_task list[DEMO_N_MEASURES * DEMO_TASKS_MAX];
    size_t n;
};

/* Runs the ceremony for all tasks of the city, writes collector.ini and office.ini, and sets folder
 * and config of each party. The parties' ports are set beforehand; the leader tells its figures on
 * metrics_port. */
HUB_MUST_USE hub_status demo_ceremony(struct demo_tasks *tasks, struct demo_party *parties,
                                      const struct demo_city *city, const char *run_folder,
                                      uint16_t metrics_port, struct hub_why *why);
void demo_tasks_clear(struct demo_tasks *tasks);

#endif
