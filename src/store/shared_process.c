/* Who is on the database, and what they know of each other. A process is alive while its lease
 * lasts and its session holds the lock of its number, which a server gives up when the connection
 * ends: so the work of one that is killed is free at once, and that of one that hangs after its
 * lease.
 *
 * Each process keeps a ledger's head of its own outside, compares it at its start, after each loss
 * of the connection and at each heartbeat, and follows the chain with it; so a database that is put
 * back is found out by whoever looks first (docs/privacy.md, docs/scale.md). */
#include "store/shared_internal.h"

#include "db/query.h"

#include <stdlib.h>

static const char select_number[] = "SELECT nextval('process_number')";
static const char take_lock[] =
    "SELECT pg_advisory_lock(" HUB_SHARED_PROCESS_LOCK ", ?::bigint::int)";
static const char insert_process[] =
    "INSERT INTO process (number, lease_until_ms)"
    " VALUES (?, (extract(epoch FROM clock_timestamp()) * 1000)::bigint + ?)";
static const char extend_lease[] =
    "UPDATE process SET lease_until_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + ?"
    " WHERE number = ?";
static const char drop_dead[] =
    "DELETE FROM process WHERE lease_until_ms < (extract(epoch FROM clock_timestamp()) * 1000"
    " - 86400000)::bigint AND number <> ?";
static const char select_alive[] =
    "SELECT 1 FROM process WHERE number <> ? AND lease_until_ms >="
    " (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    " AND NOT pg_try_advisory_xact_lock_shared(" HUB_SHARED_PROCESS_LOCK ", number::int) LIMIT 1";

/* ---- This process */

static hub_status next_number(uint64_t *number, struct hub_db *db)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_number);
    HUB_TRY(hub_query_first(&q));
    *number = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status hold_number(struct hub_db *db, uint64_t number)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, take_lock);
    hub_bind_u64(&q, number);
    return hub_query_first(&q);
}

static hub_status write_process(struct hub_store *store, uint64_t number)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, insert_process);
    hub_bind_u64(&q, number);
    hub_bind_u64(&q, store->options.lease_ms);
    return hub_query_run(&q);
}

static hub_status forget_dead(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, drop_dead);
    hub_bind_u64(&q, store->process);
    return hub_query_run(&q);
}

hub_status hub_shared_register(struct hub_store *store)
{
    uint64_t number;

    HUB_TRY(next_number(&number, store->db));
    HUB_TRY(hold_number(store->db, number)); /* before anybody can see the row */
    HUB_TRY(write_process(store, number));
    (void)pthread_mutex_lock(&store->mutex);
    store->process = number;
    (void)pthread_mutex_unlock(&store->mutex);
    store->generation = hub_db_generation(store->db);
    store->heartbeat_next_ms = hub_monotonic_ms() + store->options.lease_ms / 3;
    return forget_dead(store);
}

hub_status hub_shared_has_company(bool *out, struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_alive);
    hub_bind_u64(&q, store->process);
    const hub_status status = hub_query_first(&q);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    *out = status == HUB_OK;
    return HUB_OK;
}

/* ---- The connection was lost, or it is time to look */

/* Whether the database still holds what this process knows, else everything is burnt. */
static hub_status check_chain(struct hub_store *store)
{
    struct hub_ledger_head head;
    bool holds;

    HUB_TRY(hub_ledger_holds(store->db, &store->head, &holds));
    if (!holds)
        return hub_store_burn(store, &store->head);
    HUB_TRY(hub_ledger_load_head(&head, store->db));
    if (head.length != store->head.length)
        hub_store_set_head_behind(store);
    store->head = head;
    return HUB_OK;
}

static hub_status extend(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, extend_lease);
    hub_bind_u64(&q, store->options.lease_ms);
    hub_bind_u64(&q, store->process);
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_NOT_FOUND;
}

static hub_status look_again(struct hub_store *store)
{
    HUB_TRY(check_chain(store));
    hub_log(store->options.log, HUB_LOG_INFO, "store.again", "what=registered");
    return hub_shared_register(store);
}

hub_status hub_shared_begin(struct hub_store *store, struct hub_tx *transaction)
{
    HUB_TRY(hub_tx_begin(transaction, store->db));
    if (hub_db_generation(store->db) == store->generation)
        return HUB_OK;
    hub_tx_rollback(transaction);
    HUB_TRY(look_again(store));
    return hub_tx_begin(transaction, store->db);
}

bool hub_shared_heartbeat_is_due(const struct hub_store *store)
{
    return store->is_shared && hub_monotonic_ms() >= store->heartbeat_next_ms;
}

static hub_status beat(struct hub_store *store)
{
    const hub_status status = extend(store);
    if (status == HUB_E_NOT_FOUND || hub_db_generation(store->db) != store->generation)
        return look_again(store);
    HUB_TRY(status);
    return check_chain(store);
}

void hub_shared_heartbeat(struct hub_store *store)
{
    const hub_status status = beat(store);
    if (status != HUB_OK)
        hub_log(store->options.log, HUB_LOG_WARN, "store.heartbeat", "what=failed reason=\"%s\"",
                hub_status_text(status));
    else
        (void)hub_store_sync_head(store);
    store->heartbeat_next_ms = hub_monotonic_ms() + store->options.lease_ms / 3;
}

hub_status hub_shared_adopt(struct hub_store_tx *tx, const char *sql, uint64_t number)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, sql);
    hub_bind_u64(&q, hub_shared_owner(tx->store));
    hub_bind_u64(&q, number);
    hub_bind_u64(&q, hub_shared_owner(tx->store));
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_NOT_FOUND;
}

/* ---- The ledger */

static hub_status run(struct hub_db *db, const char *sql)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    return hub_query_run(&q);
}

hub_status hub_shared_ledger(struct hub_store_tx *tx)
{
    if (!tx->store->is_shared || tx->has_ledger)
        return HUB_OK;
    HUB_TRY(run(tx->store->db, "LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE"));
    HUB_TRY(hub_ledger_load_head(&tx->head, tx->store->db));
    tx->has_ledger = true;
    return HUB_OK;
}

hub_status hub_shared_follow(struct hub_store_tx *tx)
{
    return tx->has_ledger ? HUB_OK : hub_ledger_load_head(&tx->head, tx->store->db);
}
