/* The store where several processes share one database (docs/scale.md): what the one process of a
 * file keeps in memory, here by rows and their locks. All but the first of these do nothing, or are
 * not called, where the database is a file.
 *
 * A lock that is waited for is always another process's writing thread between its first statement
 * and its commit: milliseconds. Where two wait for each other one loses, is undone and goes again
 * in the next group (hub_store_lost_race). */
#ifndef STORE_SHARED_INTERNAL_H
#define STORE_SHARED_INTERNAL_H

#include "store/store_internal.h"

enum {
    HUB_STORE_PARTS = 16, /* parts of buckets and counters; two processes may have the same one */
    HUB_STORE_RACES_MAX = 5
};

/* ---- Processes (shared_process.c) */

/* Makes this process known, under a new number. Whatever the old one owned is free. */
HUB_MUST_USE hub_status hub_shared_register(struct hub_store *store);
/* Whether another process is alive on this database. */
HUB_MUST_USE hub_status hub_shared_has_company(bool *out, struct hub_store *store);
/* Begins the transaction of a group. After a lost connection it first looks whether the database is
 * the one that it was, and registers anew. */
HUB_MUST_USE hub_status hub_shared_begin(struct hub_store *store, struct hub_tx *transaction);
bool hub_shared_heartbeat_is_due(const struct hub_store *store);
/* Extends the lease, follows the chain of the ledger, writes the head outside. */
void hub_shared_heartbeat(struct hub_store *store);
/* The number in the columns owner. */
static inline uint64_t hub_shared_owner(const struct hub_store *store)
{
    return store->process;
}
static inline uint64_t hub_shared_part(const struct hub_store *store)
{
    return store->process % HUB_STORE_PARTS;
}
/* SQL for rows whose owner is gone; takes the asking process's number as its one parameter. */
#define HUB_SHARED_IS_ORPHAN                                                                      \
    "owner <> ? AND (owner NOT IN (SELECT number FROM process) OR owner IN (SELECT number"        \
    " FROM process WHERE lease_until_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint" \
    " OR pg_try_advisory_xact_lock_shared(" HUB_SHARED_PROCESS_LOCK ", number::int)))"
#define HUB_SHARED_PROCESS_LOCK                                      \
    "1751475042" /* "hub" and b, so that no other program's is meant \
                  */

/* Makes a row of a process that is gone this one's. sql takes the new owner, the row's number, and
 * the parameter of HUB_SHARED_IS_ORPHAN. HUB_E_NOT_FOUND: it is somebody's, or another was first.
 */
HUB_MUST_USE hub_status hub_shared_adopt(struct hub_store_tx *tx, const char *sql, uint64_t number);

/* ---- The ledger (shared_process.c) */

/* tx->head becomes the end of the chain, for appending: no other process appends before this one's
 * commit. */
HUB_MUST_USE hub_status hub_shared_ledger(struct hub_store_tx *tx);
/* The end of the chain as the last commits left it, so that the head outside follows it. */
HUB_MUST_USE hub_status hub_shared_follow(struct hub_store_tx *tx);

/* ---- Windows and buckets (shared_bucket.c) */

/* Learns a window's state and holds it until the commit: nobody closes or collects it meanwhile. */
HUB_MUST_USE hub_status hub_shared_look(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                                        uint64_t window);
/* The same for a range that is to be closed or collected: nobody uploads for it or adds to it. */
HUB_MUST_USE hub_status hub_shared_hold(struct hub_store_tx *tx, struct hub_store_task_memory *task,
                                        uint64_t first, uint64_t last);
/* All windows that are not open. */
HUB_MUST_USE hub_status hub_shared_look_all(struct hub_store_tx *tx,
                                            struct hub_store_task_memory *task);
void hub_shared_forget(struct hub_store_task_memory *task);
HUB_MUST_USE hub_status hub_shared_bucket_load(struct hub_store_view *view, uint64_t task,
                                               uint64_t window, struct hub_store_bucket *out,
                                               struct hub_buf *sealed);
HUB_MUST_USE hub_status hub_shared_bucket_parts(struct hub_store_view *view, uint64_t task,
                                                uint64_t window, struct hub_store_bucket *out,
                                                hub_store_part_each each, void *self);
HUB_MUST_USE hub_status hub_shared_bucket_part(struct hub_store_tx *tx,
                                               struct hub_store_task_memory *task, uint64_t window,
                                               struct hub_store_bucket *out,
                                               struct hub_buf *sealed);
HUB_MUST_USE hub_status hub_shared_bucket_save(struct hub_store_tx *tx, uint64_t task,
                                               const struct hub_store_bucket *bucket,
                                               hub_span sealed);
HUB_MUST_USE hub_status hub_shared_buckets_drop(struct hub_db *db, uint64_t task, uint64_t first,
                                                uint64_t last);

/* ---- Ids (shared_ids.c) */

HUB_MUST_USE hub_status hub_shared_ids_take(struct hub_store_tx *tx,
                                            const struct hub_store_task_memory *task,
                                            const struct hub_store_ids *ids, uint8_t *verdict);
/* A part of the ids of windows that are over. */
HUB_MUST_USE hub_status hub_shared_ids_expire(struct hub_store_tx *tx, uint64_t task,
                                              bool task_is_over, uint64_t *dropped,
                                              bool *is_through);

#endif
