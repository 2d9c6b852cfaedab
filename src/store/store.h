/* The aggregator's store: one database, one thread that writes, any number of readers. On
 * PostgreSQL other processes have stores on the same database (docs/scale.md): each is as good as
 * the others, and takes over what one leaves that is killed.
 *
 * Writers hand in units. The writing thread takes all units that wait, applies each under its own
 * savepoint, commits once for all, syncs the ledger's head outside if a row was appended, and only
 * then tells each unit what became of it. So one fsync serves many requests, a unit that fails
 * leaves its neighbours, and HUB_OK in done means durable.
 *
 * The tables' functions stand in headers of their own: task.h segment.h ids.h job.h helper_job.h
 * bucket.h collection.h aggregate_share.h home.h. Those that write take a struct hub_store_tx and
 * are called from apply only; those that read take a struct hub_store_view, which a reader or a tx
 * gives. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "db/db.h"
#include "ledger/ledger.h"

struct hub_store;
struct hub_store_tx;

struct hub_store_options {
    const char *path;          /* of the database, or its URL */
    const char *name;          /* of the database among several of one aggregator (store/home.h);
                                  NULL: nobody asks */
    bool is_one_of_several;    /* then the database keeps its name for good */
    const char *head_path;     /* of the ledger's head; elsewhere than the database's backups, and
                                  each process's own */
    struct hub_clock clock;    /* the times in rows */
    struct hub_rng rng;        /* keys the hash of the id sets */
    const struct hub_log *log; /* NULL: silent */
    uint32_t queue_units_max;  /* units that may wait; 0: 4096 */
    size_t queue_bytes_max;    /* and their bytes; 0: 128 MiB */
    size_t commit_bytes_max;   /* bytes of units that one commit takes; 0: 32 MiB */
    size_t ids_bytes_max;      /* memory of the id sets, then they spill to a table; 0: 1 GiB */
    uint32_t segment_reports_max; /* reports after which a new segment begins; 0: 512 */
    size_t segment_bytes_max;     /* and bytes; 0, and at most: 16 MiB */
    uint32_t expiry_every_ms;     /* between two parts of expiry; 0: 1000 */
    uint32_t lease_ms;  /* on a shared database: a process that is silent for so long has lost its
                           jobs to others, and a transaction of it that stands still, for at
                           least five seconds, its rows; 0: 15000 */
    uint32_t pages_max; /* see db.h; for tests of a full disk */
};

/* Opens or makes the database, brings its schema up, checks the whole ledger chain, compares it
 * with the head outside, burns what must be burnt after a rollback (docs/privacy.md), rebuilds
 * the id sets and starts the writing thread. A head that is missing or broken while the ledger has
 * rows counts as a rollback. HUB_E_VERIFY: the chain in the database is broken; nothing is opened
 * then. HUB_E_CONFIG: the schema is newer, or the database has another name; nothing was burnt. */
HUB_MUST_USE hub_status hub_store_open(struct hub_store **out,
                                       const struct hub_store_options *options,
                                       struct hub_why *why);
/* Takes no further units, finishes those that wait, stops the thread. All readers are closed
 * before. Takes NULL. */
void hub_store_close(struct hub_store *store);
/* As the options said; "" for NULL. */
const char *hub_store_name(const struct hub_store *store);
/* Whether other processes may have stores on the same database. */
bool hub_store_is_shared(const struct hub_store *store);
/* True if opening found that the database had been rolled back. */
bool hub_store_was_restored(const struct hub_store *store);

/* ---- Units */

struct hub_unit {
    /* Called in the writing thread: no waiting, no network. Another status than HUB_OK undoes what
     * this unit wrote. It may be undone after HUB_OK too, if the commit fails, and on a shared
     * database be called again: what it leaves in its own memory is void unless done gets HUB_OK.
     */
    hub_status (*apply)(struct hub_unit *unit, struct hub_store_tx *tx);
    /* Called once, in the writing thread, after the commit: HUB_OK is durable. Quick; the unit is
     * the caller's again from here on. HUB_E_DB, HUB_E_IO: the machine's move, may try again. */
    void (*done)(struct hub_unit *unit, hub_status status);
    size_t bytes; /* about what the unit keeps in memory; counted against queue_bytes_max */
    struct hub_unit *next; /* the store's while the unit waits */
    hub_status status;     /* the store's */
    unsigned n_races; /* the store's: how often it was undone because another process was first */
};

/* Hands a unit in. HUB_E_BUSY: the queue is full, nothing was taken, done is not called. */
HUB_MUST_USE hub_status hub_store_submit(struct hub_store *store, struct hub_unit *unit);
/* Hands a unit in, waits for room if the queue is full, and for the unit's end. unit->done is not
 * called. Never from the writing thread. */
HUB_MUST_USE hub_status hub_store_run(struct hub_store *store, struct hub_unit *unit);

/* ---- Reading */

/* What functions that read take. */
struct hub_store_view {
    struct hub_store *store;
    struct hub_db *db;
};

/* A worker's own read-only connection. */
HUB_MUST_USE hub_status hub_store_reader_open(struct hub_store_view *out, struct hub_store *store);
void hub_store_reader_close(struct hub_store_view *reader);
/* The view of a transaction, its own writes included. */
struct hub_store_view *hub_store_tx_view(struct hub_store_tx *tx);
/* The injected clock's seconds. */
uint64_t hub_store_tx_now(const struct hub_store_tx *tx);

/* ---- Ledger rows inside a unit; see ledger/ledger.h for the rows. Admission and release have
 * theirs in task.h and bucket.h. */
HUB_MUST_USE hub_status hub_store_refused(struct hub_store_tx *tx, const uint8_t *task_id,
                                          const char *type, const char *detail);
HUB_MUST_USE hub_status hub_store_incident(struct hub_store_tx *tx, const uint8_t *task_id,
                                           const char *detail);

/* ---- Figures for logs and metrics */
struct hub_store_stats {
    uint64_t commits;
    uint64_t units; /* done with HUB_OK */
    uint64_t units_failed;
    uint64_t queue_units; /* waiting now */
    uint64_t queue_bytes;
    uint64_t ids;         /* known now */
    uint64_t ids_spilled; /* of them, in the table rather than in memory */
    uint64_t ids_bytes;   /* memory of the id sets */
    uint64_t head_syncs;
    uint64_t ledger_rows;
    bool is_failing; /* the last commit has failed, or the head after it */
};
void hub_store_stats(struct hub_store *store, struct hub_store_stats *out);

#endif
