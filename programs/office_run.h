/* The office program: from a configuration file to a site. hubbub-office runs it with the system's
 * clock; hubbub-demo with its stepped one. */
#ifndef OFFICE_RUN_H
#define OFFICE_RUN_H

#include "base/clock.h"

/* `office`: serves until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 1 failed, 2 a
 * configuration that does not say what it must. */
int hub_office_run(const char *config_path, const struct hub_clock *clock);

/* The configuration's help, for --help. */
void hub_office_help(void);

#endif
