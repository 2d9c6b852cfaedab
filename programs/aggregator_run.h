/* The aggregator program: from a configuration file to a serving leader or helper.
 * hubbub-aggregator runs it with the system's clock; hubbub-demo with its stepped one. */
#ifndef AGGREGATOR_RUN_H
#define AGGREGATOR_RUN_H

#include "base/clock.h"
#include "noise/mechanism.h"

#include <stdbool.h>

struct hub_aggregator_env {
    struct hub_clock clock;
    bool clock_is_demo; /* tasks whose statement says "clock: demo" are admitted */
    const struct hub_mechanism *mechanism;
    const char *party; /* name in the log lines, or NULL: leader, helper or aggregator, by tasks */
};

/* Serves until SIGTERM or SIGINT, then stops gracefully. Returns the exit code: 0 stopped, 1
 * failed, 2 a configuration that does not say what it must. Messages go to stderr, the log to the
 * file that the configuration names. */
int hub_aggregator_run(const char *config_path, const struct hub_aggregator_env *env);
/* The configuration's help, for --help. */
void hub_aggregator_help(void);

#endif
