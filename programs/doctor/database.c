/* The store, looked at from outside. */
#include "doctor/checks.h"

#include "store/inspect.h"

static void tell_versions(struct doctor *d, const struct hub_store_inspection *s)
{
    if (s->schema_version > s->schema_known)
        finding_add(&d->findings, FINDING_FAIL, "database",
                    "install the version that wrote it, or a later one: there is no way back",
                    "schema version %llu, this program knows up to %llu",
                    (unsigned long long)s->schema_version, (unsigned long long)s->schema_known);
    else if (s->schema_version < s->schema_known)
        finding_add(&d->findings, FINDING_WARN, "database",
                    "take a backup before the first start of the new version",
                    "schema version %llu will be brought to %llu at the next start",
                    (unsigned long long)s->schema_version, (unsigned long long)s->schema_known);
    else
        finding_add(&d->findings, FINDING_OK, "database", NULL,
                    "schema %llu, %llu MiB, %llu tasks, %llu reports and %llu jobs wait, "
                    "%llu windows are open, %llu burnt",
                    (unsigned long long)s->schema_version, (unsigned long long)(s->bytes >> 20),
                    (unsigned long long)s->n_tasks, (unsigned long long)s->n_waiting,
                    (unsigned long long)s->n_jobs, (unsigned long long)s->n_open,
                    (unsigned long long)s->n_burnt);
}

static void tell_ledger(struct doctor *d, const struct hub_store_inspection *s)
{
    const unsigned long long rows = s->ledger.length;

    if (s->is_held)
        finding_add(&d->findings, FINDING_OK, "ledger", NULL,
                    "%llu rows, the chain holds, and it has the head outside", rows);
    else if (!s->has_outside)
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "put the head's file back before you start; without it every open window is "
                    "burnt",
                    "%llu rows, but %s holds no head", rows, d->config.head);
    else
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "if you put back the wrong image, put back the right one BEFORE you start: at "
                    "the next start every open window is burnt for good",
                    "the database was rolled back: its chain has %llu rows and not the head "
                    "outside, which is row %llu",
                    rows, (unsigned long long)s->outside.length);
}

void doctor_check_database(struct doctor *d)
{
    struct hub_store_inspection found;
    struct hub_why why = {0};

    const hub_status status = hub_store_inspect(&found, d->config.database, d->config.head, &why);
    if (status == HUB_E_VERIFY)
        finding_add(&d->findings, FINDING_FAIL, "ledger",
                    "do not start; keep the file for examination and restore a backup",
                    "the chain is broken: %s", why.text);
    else if (status != HUB_OK)
        finding_add(&d->findings, FINDING_FAIL, "database",
                    "run as the aggregator's user; see that the file or server is sound", "%s",
                    why.text);
    else if (!found.exists && found.has_outside)
        finding_add(&d->findings, FINDING_FAIL, "database",
                    "put the database back: an empty one beside this head burns every window that "
                    "has begun",
                    "%s is missing, and %s tells of %llu rows", d->config.database, d->config.head,
                    (unsigned long long)found.outside.length);
    else if (!found.exists)
        finding_add(&d->findings, FINDING_OK, "database", NULL, "will be made at the first start");
    else {
        tell_versions(d, &found);
        tell_ledger(d, &found);
    }
}
