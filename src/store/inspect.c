/* Read-only, in one transaction, so that what is told belongs together. */
#include "store/inspect.h"

#include "db/query.h"
#include "ledger/head_file.h"
#include "store/store_internal.h"

#include <stdio.h>

static hub_status read_number(struct hub_db *db, const char *sql, uint64_t *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    HUB_TRY(hub_query_first(&q));
    *out = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status read_numbers(struct hub_store_inspection *out, struct hub_db *db)
{
    HUB_TRY(hub_db_size(db, &out->bytes));
    HUB_TRY(read_number(db, "SELECT count(*) FROM task", &out->n_tasks));
    HUB_TRY(read_number(db, "SELECT coalesce(sum(n_reports), 0) FROM segment WHERE job IS NULL",
                        &out->n_waiting));
    HUB_TRY(read_number(db, "SELECT count(*) FROM leader_job", &out->n_jobs));
    HUB_TRY(read_number(db, "SELECT count(*) FROM bucket WHERE state < 2", &out->n_open));
    return read_number(db, "SELECT count(*) FROM bucket WHERE state = 3", &out->n_burnt);
}

static hub_status read_text(struct hub_db *db, const char *sql, const char *bound,
                            char out[HUB_STORE_NAME_MAX + 1])
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    if (bound != NULL)
        hub_bind_text(&q, bound);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_OK)
        (void)snprintf(out, HUB_STORE_NAME_MAX + 1, "%s", hub_column_text(&q, 0));
    return status == HUB_E_NOT_FOUND ? HUB_OK : status;
}

static hub_status inspect(struct hub_store_inspection *out, struct hub_db *db, struct hub_why *why)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};

    HUB_TRY(hub_tx_begin(&tx, db));
    HUB_TRY(hub_db_version(db, &out->schema_version));
    HUB_TRY(hub_ledger_verify(db, &out->ledger, why));
    if (out->has_outside)
        HUB_TRY(hub_ledger_holds(db, &out->outside, &out->is_held));
    else
        out->is_held = out->ledger.length == 0;
    if (out->schema_version != out->schema_known)
        return HUB_OK; /* the tables may have other columns */
    HUB_TRY(read_text(db, "SELECT name FROM own_name", NULL, out->name));
    return read_numbers(out, db);
}

hub_status hub_store_inspect(struct hub_store_inspection *out, const char *path,
                             const char *head_path, struct hub_why *why)
{
    HUB_CLEANUP(hub_db_close_at) struct hub_db *db = NULL;
    const struct hub_db_options options = {.read_only = true};
    struct hub_store_inspection found = {.schema_known =
                                             hub_store_schema_version(hub_db_is_url(path))};

    HUB_TRY(hub_head_file_peek(&found.outside, &found.has_outside, head_path, why));
    const hub_status opened = hub_db_open(&db, path, &options, why);
    if (opened == HUB_E_NOT_FOUND) {
        *out = found;
        return HUB_OK;
    }
    HUB_TRY(opened);
    found.exists = true;
    const hub_status status = inspect(&found, db, why);
    if (status != HUB_OK && status != HUB_E_VERIFY)
        return hub_why(why, status, "%s: %s", path, hub_db_message(db));
    HUB_TRY(status);
    *out = found;
    return HUB_OK;
}

hub_status hub_store_inspect_population(bool *is_here, char elsewhere[HUB_STORE_NAME_MAX + 1],
                                        const char *path, const char *population)
{
    HUB_CLEANUP(hub_db_close_at) struct hub_db *db = NULL;
    const struct hub_db_options options = {.read_only = true};
    char found[HUB_STORE_NAME_MAX + 1] = "";
    uint64_t version;

    HUB_TRY(hub_db_open(&db, path, &options, NULL));
    HUB_TRY(hub_db_version(db, &version));
    if (version != hub_store_schema_version(hub_db_is_url(path)))
        return HUB_E_NOT_FOUND;
    elsewhere[0] = '\0';
    HUB_TRY(read_text(db, "SELECT name FROM task WHERE population = ?", population, found));
    *is_here = found[0] != '\0';
    return read_text(db, "SELECT name FROM home WHERE population = ?", population, elsewhere);
}
