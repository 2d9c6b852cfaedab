/* What an engine gives: the few calls that connections, statements and transactions are made of.
 * Statuses are the door's; an engine maps its own. */
#ifndef DB_DB_INTERNAL_H
#define DB_DB_INTERNAL_H

#include "db/db.h"

struct hub_db_engine {
    const char *begin;      /* SQL that begins a transaction that writes */
    const char *begin_read; /* and one that only reads */
    const char *size;       /* a query for the bytes of the database */
    bool is_shared;         /* several processes may stand on one database */
    /* Statements around the steps of a schema, so that one process makes them; NULL: none. */
    const char *schema_begin;
    const char *schema_end;

    hub_status (*open)(void **connection, const char *path, const struct hub_db_options *options,
                       struct hub_why *why);
    void (*close)(void *connection);
    const char *(*message)(void *connection);
    bool (*in_transaction)(void *connection);
    hub_status (*exec)(void *connection, const char *sql);
    /* These three may be NULL: a connection that cannot be lost, and nobody to race with. */
    hub_status (*revive)(
        void *connection); /* makes a lost connection again; outside transactions */
    uint64_t (*generation)(void *connection); /* how often it was made */
    bool (*was_race)(void *connection);       /* the last failure was another's lock */

    hub_status (*prepare)(void **prepared, void *connection, const char *sql);
    void (*finalize)(void *prepared);
    void (*reset)(void *prepared);
    hub_status (*bind_i64)(void *prepared, unsigned at, int64_t value); /* at counts from 1 */
    hub_status (*bind_double)(void *prepared, unsigned at, double value);
    hub_status (*bind_blob)(void *prepared, unsigned at, hub_span bytes);
    hub_status (*bind_text)(void *prepared, unsigned at, const char *text);
    hub_status (*bind_null)(void *prepared, unsigned at);
    hub_status (*step)(void *prepared, bool *has_row);
    uint64_t (*changes)(void *connection);
    int64_t (*column_i64)(void *prepared, unsigned column);
    double (*column_double)(void *prepared, unsigned column);
    hub_span (*column_span)(void *prepared, unsigned column);
    const char *(*column_text)(void *prepared, unsigned column);
    bool (*column_is_null)(void *prepared, unsigned column);
};

extern const struct hub_db_engine hub_db_sqlite;
#ifdef HUB_POSTGRES
extern const struct hub_db_engine hub_db_postgres;
#endif

/* A statement in the connection's cache, or on its own when its text was in use. */
struct hub_db_statement {
    struct hub_db_statement *next; /* in its bucket of the cache */
    void *prepared;
    uint64_t hash;
    char *sql; /* NULL: not in the cache */
    bool in_use;
};

enum { HUB_DB_CACHE_BUCKETS = 64 };

struct hub_db {
    const struct hub_db_engine *engine;
    void *connection;
    bool read_only;
    bool has_tx; /* begun and not ended, whatever became of the connection */
    struct hub_db_statement *cache[HUB_DB_CACHE_BUCKETS];
};

/* Before anything is asked: a connection that was lost is made again, unless a transaction was
 * under way on it, which has failed then. */
HUB_MUST_USE hub_status hub_db_ready(struct hub_db *db);

#endif
