/* A database behind one door: a file of SQLite, or PostgreSQL by its URL. SQL is written once, with
 * ? for parameters; what only one engine can do is behind hub_db_is_shared.
 *
 * A connection belongs to one thread at a time. Several may stand on one database: on SQLite one
 * that writes and any number that read; on PostgreSQL any number of both, of any processes. Readers
 * see the last commit and never wait for a writer.
 *
 * A connection to a server can be lost. What was under way fails with HUB_E_DB, and the next
 * transaction or statement connects anew. A COMMIT that fails so may have happened. */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/bytes.h"

struct hub_db;

struct hub_db_options {
    bool read_only;
    uint32_t busy_ms; /* wait for another's lock; 0: 5000 */
    /* of a server */
    uint32_t
        idle_tx_ms; /* a transaction in which nothing comes for so long is undone and its
                       connection ended, so that a process that hangs holds no rows; 0: 60000 */
    /* of a file */
    uint32_t cache_kib;      /* page cache; 0: 2048 */
    uint32_t checkpoint_kib; /* log size at which a commit writes back; 0: 65536 */
    uint32_t mode;           /* of a file that is made, as in open(2); 0: 0600 */
    uint32_t pages_max;      /* largest database, in pages of 16 kB; 0: the engine's own limit */
};

/* postgresql://USER@HOST/NAME?..., rather than a path. */
bool hub_db_is_url(const char *path);
/* path names the file, which is made unless read_only, or is the URL of a database, as libpq reads
 * it; a password stands in a file that it names (passfile=FILE). Commits are durable when they
 * return (write-ahead log, full sync). HUB_E_DB, HUB_E_NOT_FOUND (read_only), HUB_E_MEMORY,
 * HUB_E_CONFIG: a URL that is none or holds a password, or a program without PostgreSQL. */
HUB_MUST_USE hub_status hub_db_open(struct hub_db **out, const char *path,
                                    const struct hub_db_options *options, struct hub_why *why);
void hub_db_close(struct hub_db *db);
static inline void hub_db_close_at(struct hub_db **db)
{
    hub_db_close(*db);
}

/* Whether other processes may write too: then nothing but the rows tells what is there. */
bool hub_db_is_shared(const struct hub_db *db);
/* Counts the times that the connection was made: another number than before means that what
 * belonged to the old one (locks of its session) is gone. */
uint64_t hub_db_generation(const struct hub_db *db);
/* Whether the last failure was another writer's lock (a deadlock, a wait that took too long): what
 * was undone may be tried again. */
bool hub_db_was_race(const struct hub_db *db);

/* Runs statements without parameters or results, those of a schema among them: types are written
 * INTEGER, BLOB, REAL, TEXT, and every integer has 64 bits. HUB_E_DB. */
HUB_MUST_USE hub_status hub_db_exec(struct hub_db *db, const char *sql);
/* What the engine said last, for a log line; never holds a parameter's value. */
const char *hub_db_message(const struct hub_db *db);
/* Bytes of the database, its free pages included. */
HUB_MUST_USE hub_status hub_db_size(struct hub_db *db, uint64_t *bytes);

/* The schema as steps: step i takes version i to version i + 1. Each step and its number commit
 * together. HUB_E_CONFIG if the database is newer than the program. */
HUB_MUST_USE hub_status hub_db_migrate(struct hub_db *db, const char *const *steps, size_t n,
                                       struct hub_why *why);

/* The version that the steps have brought it to; 0 for an empty database. */
HUB_MUST_USE hub_status hub_db_version(struct hub_db *db, uint64_t *version);

/* A transaction. Its cleanup rolls back unless it was committed:
 *     HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
 *     HUB_TRY(hub_tx_begin(&tx, db)); ... return hub_tx_commit(&tx);
 * On a read-only connection it is one view of the data for several queries. */
struct hub_tx {
    struct hub_db *db; /* NULL: none open */
};

HUB_MUST_USE hub_status hub_tx_begin(struct hub_tx *tx, struct hub_db *db);
/* HUB_E_DB: nothing of it was kept. */
HUB_MUST_USE hub_status hub_tx_commit(struct hub_tx *tx);
void hub_tx_rollback(struct hub_tx *tx);

/* A part of a transaction that can be undone alone; one at a time. */
struct hub_savepoint {
    struct hub_db *db;
};

HUB_MUST_USE hub_status hub_savepoint_begin(struct hub_savepoint *s, struct hub_db *db);
HUB_MUST_USE hub_status hub_savepoint_release(struct hub_savepoint *s);
/* HUB_E_DB: the engine gave up the whole transaction, not only this part. */
hub_status hub_savepoint_rollback(struct hub_savepoint *s);
/* False after an error that made the engine give up the transaction. */
bool hub_db_in_transaction(struct hub_db *db);

#endif
