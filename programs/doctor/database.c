/* The store, looked at from outside. */
#include "doctor/checks.h"

#include "store/inspect.h"

#include <string.h>

enum { WHAT_MAX = 64 };

static void tell_versions(struct doctor *d, const char *what, const struct hub_store_inspection *s)
{
    if (s->schema_version > s->schema_known)
        finding_add(&d->findings, FINDING_FAIL, what,
                    "install the version that wrote it, or a later one: there is no way back",
                    "schema version %llu, this program knows up to %llu",
                    (unsigned long long)s->schema_version, (unsigned long long)s->schema_known);
    else if (s->schema_version < s->schema_known)
        finding_add(&d->findings, FINDING_WARN, what,
                    "take a backup before the first start of the new version",
                    "schema version %llu will be brought to %llu at the next start",
                    (unsigned long long)s->schema_version, (unsigned long long)s->schema_known);
    else
        finding_add(&d->findings, FINDING_OK, what, NULL,
                    "schema %llu, %llu MiB, %llu tasks, %llu reports and %llu jobs wait, "
                    "%llu windows are open, %llu burnt",
                    (unsigned long long)s->schema_version, (unsigned long long)(s->bytes >> 20),
                    (unsigned long long)s->n_tasks, (unsigned long long)s->n_waiting,
                    (unsigned long long)s->n_jobs, (unsigned long long)s->n_open,
                    (unsigned long long)s->n_burnt);
}

static void tell_ledger(struct doctor *d, const struct aggregator_database *b,
                        const struct hub_store_inspection *s)
{
    const unsigned long long rows = s->ledger.length;

    if (s->is_held)
        finding_add(&d->findings, FINDING_OK, "ledger", NULL,
                    "%llu rows, the chain holds, and it has the head outside", rows);
    else if (!s->has_outside)
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "put the head's file back before you start; without it every open window is "
                    "burnt",
                    "%llu rows, but %s holds no head", rows, b->head);
    else
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "if you put back the wrong image, put back the right one BEFORE you start: at "
                    "the next start every open window is burnt for good",
                    "the database was rolled back: its chain has %llu rows and not the head "
                    "outside, which is row %llu",
                    rows, (unsigned long long)s->outside.length);
}

/* The start would find that this is another one, and refuse it. */
static void tell_name(struct doctor *d, const char *what, const struct aggregator_database *b,
                      const struct hub_store_inspection *s)
{
    if (s->name[0] != '\0' && strcmp(s->name, b->name) != 0)
        finding_add(&d->findings, FINDING_FAIL, what,
                    "correct the URLs in the configuration, before anything is burnt",
                    "this is the database \"%s\", and the configuration calls it \"%s\"", s->name,
                    b->name);
}

static void check_database(struct doctor *d, const char *what, const struct aggregator_database *b)
{
    struct hub_store_inspection found;
    struct hub_why why = {0};

    const hub_status status = hub_store_inspect(&found, b->database, b->head, &why);
    if (status == HUB_E_VERIFY)
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "do not start; keep the file for examination and restore a backup",
                    "the chain is broken: %s", why.text);
    else if (status != HUB_OK)
        finding_add(&d->findings, FINDING_FAIL, what,
                    "run as the aggregator's user; see that the file or server is sound", "%s",
                    why.text);
    else if (!found.exists && found.has_outside)
        finding_add(&d->findings, FINDING_FAIL, what,
                    "put the database back: an empty one beside this head burns every window that "
                    "has begun",
                    "%s is missing, and %s tells of %llu rows", b->database, b->head,
                    (unsigned long long)found.outside.length);
    else if (!found.exists)
        finding_add(&d->findings, FINDING_OK, what, NULL, "will be made at the first start");
    else {
        tell_versions(d, what, &found);
        tell_name(d, what, b, &found);
        tell_ledger(d, b, &found);
    }
}

/* ---- Tasks at home */

static void tell_home(struct doctor *d, const struct hub_task *task, const char *name)
{
    finding_add(&d->findings, FINDING_FAIL, "tasks",
                "put the task's files into the folder of that database",
                "%s: its population \"%s\" is in the database %s", task->name,
                task->statement.population, name);
}

/* Where a task's population is known to be, but in the database of its folder. */
static void check_home(struct doctor *d, const struct hub_task *task, size_t home)
{
    for (size_t k = 0; k < d->config.n_databases; k++) {
        char elsewhere[HUB_STORE_NAME_MAX + 1];
        bool is_here = false;
        if (hub_store_inspect_population(&is_here, elsewhere, d->config.databases[k].database,
                                         task->statement.population) != HUB_OK)
            continue; /* told by its own check */
        if (is_here && k != home)
            tell_home(d, task, d->config.databases[k].name);
        if (elsewhere[0] != '\0' && strcmp(elsewhere, d->config.databases[home].name) != 0)
            tell_home(d, task, elsewhere);
    }
}

void doctor_check_database(struct doctor *d)
{
    char what[WHAT_MAX] = "database";

    for (size_t i = 0; i < d->config.n_databases; i++) {
        if (d->config.n_databases > 1)
            (void)snprintf(what, sizeof(what), "database %s", d->config.databases[i].name);
        check_database(d, what, &d->config.databases[i]);
    }
    for (size_t i = 0; i < d->n_tasks; i++)
        check_home(d, d->tasks[i], d->homes[i]);
}
