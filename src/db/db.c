/* Connections, transactions and the steps of a schema, over whichever engine the path names. */
#include "db/db.h"

#include "db/db_internal.h"
#include "db/query.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

bool hub_db_is_url(const char *path)
{
    return strncmp(path, "postgresql://", 13) == 0 || strncmp(path, "postgres://", 11) == 0;
}

static const struct hub_db_engine *engine_of(const char *path)
{
    if (!hub_db_is_url(path))
        return &hub_db_sqlite;
#ifdef HUB_POSTGRES
    return &hub_db_postgres;
#else
    return NULL;
#endif
}

hub_status hub_db_open(struct hub_db **out, const char *path, const struct hub_db_options *options,
                       struct hub_why *why)
{
    const struct hub_db_engine *const engine = engine_of(path);
    if (engine == NULL)
        return hub_why(why, HUB_E_CONFIG,
                       "the database is a URL: this program was built without "
                       "PostgreSQL");
    struct hub_db *const db = calloc(1, sizeof(*db));
    if (db == NULL)
        return hub_why(why, HUB_E_MEMORY, "the database: no memory");
    db->engine = engine;
    db->read_only = options->read_only;
    const hub_status status = db->engine->open(&db->connection, path, options, why);
    if (status != HUB_OK) {
        free(db);
        return status;
    }
    *out = db;
    return HUB_OK;
}

void hub_db_close(struct hub_db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < HUB_DB_CACHE_BUCKETS; i++) {
        struct hub_db_statement *next;
        for (struct hub_db_statement *s = db->cache[i]; s != NULL; s = next) {
            assert(!s->in_use);
            next = s->next;
            db->engine->finalize(s->prepared);
            free(s->sql);
            free(s);
        }
    }
    db->engine->close(db->connection);
    free(db);
}

hub_status hub_db_ready(struct hub_db *db)
{
    return db->has_tx || db->engine->revive == NULL ? HUB_OK : db->engine->revive(db->connection);
}

hub_status hub_db_exec(struct hub_db *db, const char *sql)
{
    HUB_TRY(hub_db_ready(db));
    return db->engine->exec(db->connection, sql);
}

bool hub_db_is_shared(const struct hub_db *db)
{
    return db->engine->is_shared;
}

uint64_t hub_db_generation(const struct hub_db *db)
{
    return db->engine->generation == NULL ? 1 : db->engine->generation(db->connection);
}

bool hub_db_was_race(const struct hub_db *db)
{
    return db->engine->was_race != NULL && db->engine->was_race(db->connection);
}

const char *hub_db_message(const struct hub_db *db)
{
    return db->engine->message(db->connection);
}

hub_status hub_db_size(struct hub_db *db, uint64_t *bytes)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, db->engine->size);
    HUB_TRY(hub_query_first(&q));
    *bytes = hub_column_u64(&q, 0);
    return HUB_OK;
}

bool hub_db_in_transaction(struct hub_db *db)
{
    return db->engine->in_transaction(db->connection);
}

/* ---- Transactions */

static hub_status run(struct hub_db *db, const char *sql)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    return hub_query_run(&q);
}

hub_status hub_tx_begin(struct hub_tx *tx, struct hub_db *db)
{
    assert(tx->db == NULL && !db->has_tx);
    const char *const begin = db->read_only ? db->engine->begin_read : db->engine->begin;
    const uint64_t generation = hub_db_generation(db);
    hub_status status = run(db, begin);
    if (status != HUB_OK && hub_db_ready(db) == HUB_OK && hub_db_generation(db) != generation)
        status = run(db, begin); /* this was where the loss was noticed: nothing was done yet */
    HUB_TRY(status);
    db->has_tx = true;
    tx->db = db;
    return HUB_OK;
}

hub_status hub_tx_commit(struct hub_tx *tx)
{
    assert(tx->db != NULL);
    const hub_status status = run(tx->db, "COMMIT");
    if (status != HUB_OK) {
        hub_tx_rollback(tx);
        return status;
    }
    tx->db->has_tx = false;
    tx->db = NULL;
    return HUB_OK;
}

void hub_tx_rollback(struct hub_tx *tx)
{
    if (tx->db == NULL)
        return;
    if (hub_db_in_transaction(tx->db))
        (void)run(tx->db, "ROLLBACK"); /* its own failures leave no transaction either */
    tx->db->has_tx = false;
    tx->db = NULL;
}

hub_status hub_savepoint_begin(struct hub_savepoint *s, struct hub_db *db)
{
    assert(s->db == NULL);
    HUB_TRY(run(db, "SAVEPOINT part"));
    s->db = db;
    return HUB_OK;
}

hub_status hub_savepoint_release(struct hub_savepoint *s)
{
    assert(s->db != NULL);
    HUB_TRY(run(s->db, "RELEASE part"));
    s->db = NULL;
    return HUB_OK;
}

hub_status hub_savepoint_rollback(struct hub_savepoint *s)
{
    if (s->db == NULL)
        return HUB_OK;
    struct hub_db *const db = s->db;
    s->db = NULL;
    if (!hub_db_in_transaction(db))
        return HUB_E_DB;
    HUB_TRY(run(db, "ROLLBACK TO part"));
    return run(db, "RELEASE part");
}

/* ---- The schema's version */

static const char version_table[] =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
static const char select_version[] = "SELECT coalesce(max(version), 0) FROM schema_version";
static const char insert_version[] = "INSERT INTO schema_version (version) VALUES (?)";

hub_status hub_db_version(struct hub_db *db, uint64_t *version)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_version);
    HUB_TRY(hub_query_first(&q));
    *version = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status write_version(struct hub_db *db, uint64_t version)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_version);
    hub_bind_u64(&q, version);
    return hub_query_run(&q);
}

static hub_status migrate_step(struct hub_db *db, const char *step, uint64_t version)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    HUB_TRY(hub_tx_begin(&tx, db));
    HUB_TRY(hub_db_exec(db, step));
    HUB_TRY(write_version(db, version));
    return hub_tx_commit(&tx);
}

static hub_status migrate(struct hub_db *db, const char *const *steps, size_t n,
                          struct hub_why *why)
{
    hub_status status = hub_db_exec(db, version_table);
    if (status != HUB_OK)
        return hub_why(why, status, "schema: %s", hub_db_message(db));
    uint64_t version = 0;
    HUB_TRY(hub_db_version(db, &version));
    if (version > n)
        return hub_why(why, HUB_E_CONFIG,
                       "the database has schema version %llu, this program knows up to %zu",
                       (unsigned long long)version, n);
    for (; version < n; version++) {
        status = migrate_step(db, steps[version], version + 1);
        if (status != HUB_OK)
            return hub_why(why, status, "schema step %llu: %s", (unsigned long long)version + 1,
                           hub_db_message(db));
    }
    return HUB_OK;
}

hub_status hub_db_migrate(struct hub_db *db, const char *const *steps, size_t n,
                          struct hub_why *why)
{
    if (db->engine->schema_begin == NULL)
        return migrate(db, steps, n, why);
    hub_status status = hub_db_exec(db, db->engine->schema_begin);
    if (status != HUB_OK)
        return hub_why(why, status, "schema: %s", hub_db_message(db));
    status = migrate(db, steps, n, why);
    const hub_status unlocked = hub_db_exec(db, db->engine->schema_end);
    return status == HUB_OK ? unlocked : status;
}
