/* The store, the noise, the tasks. */
#include "serve/ready.h"

#include "aggregator/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char reasons[AGGREGATOR_REASONS_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char reasons[AGGREGATOR_REASONS_MAX], const char *format, ...)
{
    const size_t len = strlen(reasons);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reasons + len, AGGREGATOR_REASONS_MAX - len, format, args);
    va_end(args);
}

bool aggregator_is_ready(const struct aggregator_serve *serve, char reasons[AGGREGATOR_REASONS_MAX])
{
    struct hub_store_stats stats;
    const struct hub_party_task *t;

    reasons[0] = '\0';
    hub_store_stats(serve->party->store, &stats);
    if (stats.is_failing)
        add(reasons, "the last commit failed: see the log, and the disk's room\n");
    if (hub_party_task_at(serve->party, 0) == NULL)
        add(reasons, "no task\n");
    for (size_t i = 0; (t = hub_party_task_at(serve->party, i)) != NULL; i++) {
        if (t->adds_noise && hub_noise_pool_ready(serve->party->pool, t->noise_kind) == 0)
            add(reasons, "no noise is ready for task %s\n", t->label);
    }
    return reasons[0] == '\0';
}
