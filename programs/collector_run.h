/* The collector program: from a configuration file to released windows in the series database.
 * hubbub-collector runs it with the system's clock; hubbub-demo with its stepped one. */
#ifndef COLLECTOR_RUN_H
#define COLLECTOR_RUN_H

#include "base/clock.h"
#include "collector/result.h"

#include <stdbool.h>

struct hub_collector_env {
    struct hub_clock clock;
    bool clock_is_demo;         /* tasks whose statement says "clock: demo" are collected */
    hub_collection_watch watch; /* NULL but in the demo */
    void *watch_self;
};

/* `collector run`: collects each window when it may be released, until SIGTERM or SIGINT. Returns
 * the exit code: 0 stopped, 1 failed, 2 a configuration that does not say what it must. */
int hub_collector_run(const char *config_path, const struct hub_collector_env *env);

/* The configuration's help, for --help. */
void hub_collector_help(void);

#endif
