/* While commits fail: one small row is written every second, so that the store knows by itself when
 * disk or server are back. Whoever looks at hub_store_stats, and keeps uploads away because of it,
 * would otherwise wait for a commit that nobody brings. */
#include "db/query.h"
#include "store/store_internal.h"

/* A row that changes: an engine may leave out what writes the same. */
static const char upsert_probe[] = "INSERT INTO setting (name, value) VALUES ('probe', 1)"
                                   " ON CONFLICT (name) DO UPDATE SET value = setting.value + 1";

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    (void)unit;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, upsert_probe);
    return hub_query_run(&q);
}

/* A group may be committed without a unit of it that failed: then this one says how it is. */
static void done(struct hub_unit *unit, hub_status status)
{
    struct hub_store *const store = ((struct hub_store_probe *)unit)->store;

    if (status == HUB_OK) {
        hub_log(store->options.log, HUB_LOG_INFO, "store.commit", "what=works_again");
        return;
    }
    (void)pthread_mutex_lock(&store->mutex);
    store->stats.is_failing = true;
    (void)pthread_mutex_unlock(&store->mutex);
}

struct hub_unit *hub_store_probe_unit(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const bool is_failing = store->stats.is_failing;
    (void)pthread_mutex_unlock(&store->mutex);
    if (!is_failing)
        return NULL;
    store->probe = (struct hub_store_probe){.unit = {.apply = apply, .done = done}, .store = store};
    return &store->probe.unit;
}
