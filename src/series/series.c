/* The series database: its tables, opening, batches. Written by the collector, read by the office.
 */
#include "series/series_internal.h"

#include <stdlib.h>

/* revision counts the batches that changed something, so that a page asks one number instead of
 * everything. Points stand in the order in which they are read. */
static const char *const schema[] = {
    "CREATE TABLE revision (n INTEGER NOT NULL);"
    "INSERT INTO revision VALUES (0);"
    "CREATE TABLE measure ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, unit TEXT NOT NULL,"
    " time_zone TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL, licence TEXT NOT NULL,"
    " made_up INTEGER NOT NULL, position INTEGER NOT NULL, whole INTEGER NOT NULL,"
    " n_cells INTEGER NOT NULL);"
    "CREATE TABLE cell ("
    " measure INTEGER NOT NULL REFERENCES measure, cell INTEGER NOT NULL, label TEXT NOT NULL,"
    " PRIMARY KEY (measure, cell)) WITHOUT ROWID;"
    "CREATE TABLE task ("
    " id INTEGER PRIMARY KEY, measure INTEGER NOT NULL REFERENCES measure,"
    " name TEXT NOT NULL UNIQUE, task_id TEXT NOT NULL, statement TEXT NOT NULL,"
    " vdaf TEXT NOT NULL, unit TEXT NOT NULL, population TEXT NOT NULL, profile TEXT NOT NULL,"
    " leader_name TEXT NOT NULL, leader_url TEXT NOT NULL, helper_name TEXT NOT NULL,"
    " helper_url TEXT NOT NULL, sigma2 INTEGER NOT NULL, variance INTEGER NOT NULL,"
    " rho_day INTEGER NOT NULL, window_s INTEGER NOT NULL, grace_s INTEGER NOT NULL,"
    " first_s INTEGER NOT NULL, end_s INTEGER NOT NULL, min_batch INTEGER NOT NULL);"
    "CREATE INDEX task_of_measure ON task (measure, first_s);"
    "CREATE TABLE point ("
    " measure INTEGER NOT NULL REFERENCES measure, start INTEGER NOT NULL,"
    " length_s INTEGER NOT NULL, cell INTEGER NOT NULL, total INTEGER NOT NULL,"
    " variance INTEGER NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (measure, start, length_s, cell)) WITHOUT ROWID;"
    "CREATE TABLE gap ("
    " measure INTEGER NOT NULL REFERENCES measure, start INTEGER NOT NULL,"
    " length_s INTEGER NOT NULL, reason INTEGER NOT NULL,"
    " PRIMARY KEY (measure, start, length_s)) WITHOUT ROWID;",
};

hub_status hub_series_open(struct hub_series **out, const char *path, enum hub_series_access access,
                           struct hub_why *why)
{
    struct hub_db_options options = {.read_only = access == HUB_SERIES_READ};
    HUB_CLEANUP(hub_series_close_at) struct hub_series *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_db_open(&s->db, path, &options, why));
    if (access == HUB_SERIES_WRITE)
        HUB_TRY(hub_db_migrate(s->db, schema, sizeof(schema) / sizeof(schema[0]), why));
    *out = s;
    s = NULL;
    return HUB_OK;
}

void hub_series_close(struct hub_series *s)
{
    if (s == NULL)
        return;
    hub_tx_rollback(&s->tx);
    if (s->db != NULL)
        hub_db_close(s->db);
    free(s);
}

void hub_series_close_at(struct hub_series **s)
{
    hub_series_close(*s);
    *s = NULL;
}

hub_status hub_series_begin(struct hub_series *s)
{
    if (s->tx.db != NULL)
        return HUB_E_ARGUMENT;
    s->has_changed = false;
    return hub_tx_begin(&s->tx, s->db);
}

hub_status hub_series_commit(struct hub_series *s)
{
    if (s->tx.db == NULL)
        return HUB_E_ARGUMENT;
    if (s->has_changed) {
        hub_status status = hub_db_exec(s->db, "UPDATE revision SET n = n + 1");
        if (status != HUB_OK) {
            hub_series_rollback(s);
            return status;
        }
    }
    hub_status status = hub_tx_commit(&s->tx);
    if (status != HUB_OK)
        hub_series_rollback(s);
    return status;
}

void hub_series_rollback(struct hub_series *s)
{
    hub_tx_rollback(&s->tx);
    s->n_known = 0; /* a measure that was put in this batch is not there any more */
}
