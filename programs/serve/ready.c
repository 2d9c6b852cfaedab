/* The store, the noise, the tasks. */
#include "serve/ready.h"

#include "aggregator/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct report {
    char text[AGGREGATOR_REASONS_MAX];
    const char *database; /* that the next reason is of; NULL: there is one alone */
};

static void add(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct report *r, const char *format, ...)
{
    va_list args;

    if (r->database != NULL) {
        const size_t at = strlen(r->text);
        (void)snprintf(r->text + at, sizeof(r->text) - at, "database %s: ", r->database);
    }
    const size_t len = strlen(r->text);
    va_start(args, format);
    (void)vsnprintf(r->text + len, sizeof(r->text) - len, format, args);
    va_end(args);
}

/* Whether the tasks of this database can be worked for. */
static bool look(struct report *r, const struct aggregator_home *home)
{
    struct hub_store_stats stats;
    const struct hub_party_task *t;
    const size_t before = strlen(r->text);

    if (home == NULL) {
        add(r, "away since the start\n");
        return false;
    }
    hub_store_stats(home->party->store, &stats);
    if (stats.is_failing)
        add(r, "the last commit failed: see the log, and the disk's room\n");
    if (hub_party_task_at(home->party, 0) == NULL)
        add(r, "no task\n");
    for (size_t i = 0; (t = hub_party_task_at(home->party, i)) != NULL; i++) {
        if (t->adds_noise && hub_noise_pool_ready(home->party->pool, t->noise_kind) == 0)
            add(r, "no noise is ready for task %s\n", t->label);
    }
    return strlen(r->text) == before;
}

bool aggregator_is_ready(const struct aggregator_watch *watch, char reasons[AGGREGATOR_REASONS_MAX])
{
    struct report r = {.text = ""};
    bool is_ready = false;

    for (size_t i = 0; i < watch->serve->n_homes; i++) {
        if (watch->serve->n_homes > 1)
            r.database = watch->config->databases[i].name;
        is_ready = look(&r, aggregator_home_at(watch->serve, i)) || is_ready;
    }
    (void)snprintf(reasons, AGGREGATOR_REASONS_MAX, "%s%.*s", is_ready ? "ready\n" : "",
                   AGGREGATOR_REASONS_MAX - 16, r.text);
    return is_ready;
}
