/* One event a line, keys and values: time, level, event, then what the caller adds. Never a share,
 * seed, key, measurement, report id or client address: counts, task ids and reasons are enough. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"

#include <stdio.h>

enum hub_log_level { HUB_LOG_DEBUG, HUB_LOG_INFO, HUB_LOG_WARN, HUB_LOG_ERROR };

struct hub_log {
    FILE *file; /* NULL: silent */
    enum hub_log_level least;
    const char *party; /* "leader", "helper", ...; in each line */
};

void hub_log(const struct hub_log *log, enum hub_log_level level, const char *event,
             const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
