/* The ledger's head outside, and what follows when the database doesn't hold it (docs/privacy.md,
 * "Admission and the ledger"): a database that was rolled back keeps the noise of its buckets while
 * their reports change, and may have forgotten windows that were released. So every window that
 * began before this start is burnt, those of tasks admitted again later too, and no share that the
 * database holds leaves any more. */
#include "store/shared_internal.h"

#include "db/query.h"

static const char burnt_setting[] = "burnt_before_s";

static const char select_setting[] = "SELECT value FROM setting WHERE name = ?";
static const char upsert_setting[] = "INSERT INTO setting (name, value) VALUES (?, ?)"
                                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
static const char select_open[] =
    "SELECT task.id, (SELECT count(*) FROM bucket WHERE task = task.number AND state < 2)"
    " FROM task ORDER BY number";
static const char burn_buckets[] =
    "UPDATE bucket SET state = 3, accumulator = NULL WHERE state < 2";
/* Whoever holds a window is waited for; whoever comes later finds it burnt. */
static const char lock_buckets[] = "LOCK TABLE bucket IN EXCLUSIVE MODE";
static const char drop_parts[] = "DELETE FROM bucket_part";
static const char burn_shared[] = "UPDATE bucket SET state = 3 WHERE state < 2";
static const char fail_collections[] =
    "UPDATE collection SET state = 2, problem = 'batchInvalid', detail = 'a window of the batch was"
    " burnt when a restored database was found' WHERE state = 0";
/* Perhaps the answer never left, because a crash came before the head, and another image of this
 * database then released the window with another noise. */
static const char drop_responses[] =
    "UPDATE collection SET state = 2, problem = 'batchInvalid', response = NULL, detail = 'a"
    " restored database does not answer what it released before' WHERE state = 1";
static const char drop_shares[] = "DELETE FROM aggregate_share";

static hub_status read_burnt_before(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_setting);
    hub_bind_text(&q, burnt_setting);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(status);
    store->burnt_before_s = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status write_burnt_before(struct hub_db *db, uint64_t burnt_before_s)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, upsert_setting);
    hub_bind_text(&q, burnt_setting);
    hub_bind_u64(&q, burnt_before_s);
    return hub_query_run(&q);
}

static hub_status run(struct hub_db *db, const char *sql)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    return hub_query_run(&q);
}

static hub_status write_burnt_rows(struct hub_ledger_head *head, struct hub_db *db, uint64_t now_s)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_open);
    while (hub_query_row(&q)) {
        uint8_t id[32];
        HUB_TRY(hub_column_exact(&q, 0, id, sizeof(id)));
        HUB_TRY(hub_ledger_burnt(head, db, now_s, id, hub_column_u64(&q, 1)));
    }
    return hub_query_finish(&q);
}

static hub_status burn_all(struct hub_store *store)
{
    if (!store->is_shared)
        return run(store->db, burn_buckets);
    HUB_TRY(run(store->db, burn_shared));
    return run(store->db, drop_parts);
}

static hub_status lock_all(struct hub_store *store, struct hub_ledger_head *head)
{
    if (!store->is_shared)
        return HUB_OK;
    HUB_TRY(run(store->db, lock_buckets));
    HUB_TRY(run(store->db, "LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE"));
    return hub_ledger_load_head(head, store->db);
}

static uint64_t latest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What was released before the head outside was written began before that, whatever the clock says
 * now: it may have been put back too. */
hub_status hub_store_burn(struct hub_store *store, const struct hub_ledger_head *outside)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    const uint64_t now_s = hub_now_s(&store->options.clock);
    const uint64_t before = latest(latest(now_s, store->head_file.time_s), store->burnt_before_s);
    const struct hub_ledger_head lost = *outside;
    struct hub_ledger_head head = store->head;

    HUB_TRY(hub_tx_begin(&tx, store->db));
    HUB_TRY(lock_all(store, &head));
    HUB_TRY(hub_ledger_restored(&head, store->db, now_s, &lost));
    HUB_TRY(write_burnt_rows(&head, store->db, now_s));
    HUB_TRY(burn_all(store));
    HUB_TRY(run(store->db, fail_collections));
    HUB_TRY(run(store->db, drop_responses));
    HUB_TRY(run(store->db, drop_shares));
    HUB_TRY(write_burnt_before(store->db, before));
    HUB_TRY(hub_tx_commit(&tx));
    store->head = head;
    store->burnt_before_s = before;
    store->was_restored = true;
    hub_log(store->options.log, HUB_LOG_WARN, "store.restored", "outside_rows=%llu rows=%llu",
            (unsigned long long)lost.length, (unsigned long long)head.length);
    hub_store_set_head_behind(store);
    return HUB_OK;
}

/* A head that is missing while there are rows proves nothing, and counts as one that isn't held;
 * but where another process is alive that looked, a new one beside it may begin without. */
static hub_status is_sound(struct hub_store *store, const struct hub_ledger_head *outside,
                           bool found, bool *sound)
{
    if (!found) {
        *sound = store->head.length == 0;
        return *sound || !store->is_shared ? HUB_OK : hub_shared_has_company(sound, store);
    }
    return hub_ledger_holds(store->db, outside, sound);
}

hub_status hub_store_head_open(struct hub_store *store, struct hub_why *why)
{
    struct hub_ledger_head outside = {0};
    bool found = false;
    bool sound = false;

    HUB_TRY(hub_head_file_open(&store->head_file, &outside, &found, store->options.head_path, why));
    HUB_TRY(hub_ledger_verify(store->db, &store->head, why));
    hub_status status = read_burnt_before(store);
    if (status == HUB_OK)
        status = is_sound(store, &outside, found, &sound);
    if (status == HUB_OK && !sound)
        status = hub_store_burn(store, &outside);
    if (status != HUB_OK)
        return hub_why(why, status, "the database: %s", hub_db_message(store->db));
    store->head_outside = outside;
    if (found && outside.length == store->head.length && sound)
        return HUB_OK;
    hub_store_set_head_behind(store);
    status = hub_store_sync_head(store);
    return status == HUB_OK ? HUB_OK
                            : hub_why(why, status, "%s: not written", store->options.head_path);
}

static hub_status follow_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    (void)unit;
    return hub_shared_follow(tx);
}

static bool is_outside(struct hub_store *store, const struct hub_ledger_head *head)
{
    (void)pthread_mutex_lock(&store->mutex);
    const struct hub_ledger_head outside = store->head_outside;
    (void)pthread_mutex_unlock(&store->mutex);
    return outside.length == head->length &&
           memcmp(outside.hash, head->hash, sizeof(outside.hash)) == 0;
}

/* What is read may be another process's, which has yet to write its head, or never will: it is in
 * this one's before it leaves from here. Or the reader's connection was made anew and found an
 * older image of the database, which the writing thread has yet to find out about. So the chain of
 * the moment that was read must be the one that the head outside tells of. HUB_E_BUSY: it is not,
 * or a row has come since; whoever asks again reads anew. */
static hub_status follow(struct hub_store_view *view)
{
    struct hub_unit unit = {.apply = follow_apply};
    struct hub_ledger_head head;

    HUB_TRY(hub_ledger_load_head(&head, view->db));
    if (is_outside(view->store, &head))
        return HUB_OK;
    HUB_TRY(hub_store_run(view->store, &unit));
    return is_outside(view->store, &head) ? HUB_OK : HUB_E_BUSY;
}

hub_status hub_store_snapshot(struct hub_tx *snapshot, struct hub_store_view *view)
{
    const bool is_reader = view->db != view->store->db;
    return view->store->is_shared && is_reader ? hub_tx_begin(snapshot, view->db) : HUB_OK;
}

hub_status hub_store_wait_for_head(struct hub_store_view *view)
{
    struct hub_store *const store = view->store;

    if (view->db == store->db) /* in a unit: its done comes after the head */
        return store->is_shared ? hub_shared_follow(&store->tx) : HUB_OK;
    if (store->is_shared)
        return follow(view);
    (void)pthread_mutex_lock(&store->mutex);
    while (store->head_is_behind && !store->head_has_failed)
        (void)pthread_cond_wait(&store->head_done, &store->mutex);
    const bool failed = store->head_is_behind;
    (void)pthread_mutex_unlock(&store->mutex);
    return failed ? HUB_E_IO : HUB_OK;
}

uint64_t hub_store_windows_before(uint64_t time_s, uint64_t window_s)
{
    return time_s / window_s + (time_s % window_s != 0 ? 1 : 0);
}

uint64_t hub_store_burnt_before(const struct hub_store *store, uint64_t window_s)
{
    return hub_store_windows_before(store->burnt_before_s, window_s);
}
