/* Opening and closing: the database with its schema, the ledger's chain and head, what is held in
 * memory, the writing thread; and the readers' connections. */
#include "base/wait.h"
#include "store/shared_internal.h"

#include "store/store_schema.h"

#include <stdlib.h>

enum {
    DEFAULT_QUEUE_UNITS = 4096,
    DEFAULT_SEGMENT_REPORTS = 512,
    DEFAULT_EXPIRY_MS = 1000,
    DEFAULT_LEASE_MS = 15000,
    WRITER_CACHE_KIB = 16384,
    READER_CACHE_KIB = 1024,
    IDLE_TX_MS_LEAST = 5000 /* a short lease must not end commits of a machine that is busy */
};

static const size_t default_queue_bytes = (size_t)128 << 20;
static const size_t default_commit_bytes = (size_t)32 << 20;
static const size_t default_ids_bytes = (size_t)1 << 30;
static const struct hub_log silent = {0};

static void fill_defaults(struct hub_store_options *o)
{
    if (o->log == NULL)
        o->log = &silent;
    if (o->queue_units_max == 0)
        o->queue_units_max = DEFAULT_QUEUE_UNITS;
    if (o->queue_bytes_max == 0)
        o->queue_bytes_max = default_queue_bytes;
    if (o->commit_bytes_max == 0)
        o->commit_bytes_max = default_commit_bytes;
    if (o->ids_bytes_max == 0)
        o->ids_bytes_max = default_ids_bytes;
    if (o->segment_reports_max == 0)
        o->segment_reports_max = DEFAULT_SEGMENT_REPORTS;
    if (o->expiry_every_ms == 0)
        o->expiry_every_ms = DEFAULT_EXPIRY_MS;
    if (o->lease_ms == 0)
        o->lease_ms = DEFAULT_LEASE_MS;
    if (o->segment_bytes_max == 0 || o->segment_bytes_max > HUB_STORE_SEGMENT_BYTES_MAX)
        o->segment_bytes_max = HUB_STORE_SEGMENT_BYTES_MAX;
}

/* The queue's waits are timed by the clock that only grows. */
static hub_status init_locks(struct hub_store *store)
{
    if (pthread_mutex_init(&store->mutex, NULL) != 0 ||
        pthread_cond_init(&store->room, NULL) != 0 ||
        pthread_cond_init(&store->head_done, NULL) != 0)
        return HUB_E_MEMORY;
    return hub_cond_init(&store->work);
}

static const char *const steps[] = {hub_ledger_schema,  HUB_STORE_SCHEMA_1, HUB_STORE_SCHEMA_2,
                                    HUB_STORE_SCHEMA_3, HUB_STORE_SCHEMA_4, HUB_STORE_SCHEMA_5};

static const char *const shared_steps[] = {hub_ledger_schema, HUB_STORE_SCHEMA_SHARED_1,
                                           HUB_STORE_SCHEMA_SHARED_2, HUB_STORE_SCHEMA_SHARED_3,
                                           HUB_STORE_SCHEMA_SHARED_4};

uint64_t hub_store_schema_version(bool is_shared)
{
    return is_shared ? sizeof(shared_steps) / sizeof(shared_steps[0])
                     : sizeof(steps) / sizeof(steps[0]);
}

static hub_status open_database(struct hub_store *store, struct hub_why *why)
{
    const struct hub_db_options options = {.cache_kib = WRITER_CACHE_KIB,
                                           .idle_tx_ms = store->options.lease_ms > IDLE_TX_MS_LEAST
                                                             ? store->options.lease_ms
                                                             : IDLE_TX_MS_LEAST,
                                           .pages_max = store->options.pages_max};

    HUB_TRY(hub_db_open(&store->db, store->options.path, &options, why));
    store->is_shared = hub_db_is_shared(store->db);
    store->generation = hub_db_generation(store->db);
    if (store->is_shared)
        return hub_db_migrate(store->db, shared_steps,
                              sizeof(shared_steps) / sizeof(shared_steps[0]), why);
    return hub_db_migrate(store->db, steps, sizeof(steps) / sizeof(steps[0]), why);
}

static hub_status load_memory(struct hub_store *store)
{
    HUB_TRY(hub_store_tasks_load(store));
    if (store->is_shared)
        return hub_shared_register(store);
    HUB_TRY(hub_store_windows_load(store));
    HUB_TRY(hub_store_ids_load(store));
    return hub_store_jobs_load(store);
}

static hub_status open_store(struct hub_store *store, struct hub_why *why)
{
    uint8_t key[sizeof(store->id_key)];

    HUB_TRY(init_locks(store));
    HUB_TRY(hub_rng_fill(&store->options.rng, key, sizeof(key)));
    memcpy(&store->id_key, key, sizeof(key));
    hub_wipe(key, sizeof(key));
    store->id_array.max = store->window_array.max = SIZE_MAX; /* bounded by what a unit holds */
    HUB_TRY(open_database(store, why));
    HUB_TRY(hub_store_check_name(store, why)); /* before another's head burns it */
    HUB_TRY(hub_store_head_open(store, why));
    const hub_status status = load_memory(store);
    if (status != HUB_OK)
        return hub_why(why, status, "the database: %s", hub_db_message(store->db));
    hub_store_count_memory(store);
    return hub_store_thread_start(store);
}

static void close_store(struct hub_store **at)
{
    hub_store_close(*at);
}

hub_status hub_store_open(struct hub_store **out, const struct hub_store_options *options,
                          struct hub_why *why)
{
    HUB_CLEANUP(close_store) struct hub_store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return hub_why(why, HUB_E_MEMORY, "%s: no memory", options->path);
    store->options = *options;
    fill_defaults(&store->options);
    store->last = &store->first;
    store->options.path = store->path = strdup(options->path);
    store->options.head_path = store->head_path = strdup(options->head_path);
    if (options->name != NULL)
        store->options.name = store->name = strdup(options->name);
    if (store->path == NULL || store->head_path == NULL ||
        (options->name != NULL && store->name == NULL))
        return hub_why(why, HUB_E_MEMORY, "%s: no memory", options->path);
    HUB_TRY(open_store(store, why));
    hub_log(store->options.log, HUB_LOG_INFO, "store.open",
            "tasks=%zu ids_bytes=%zu ledger_rows=%llu restored=%s", store->n_tasks,
            store->ids_bytes, (unsigned long long)store->head.length,
            store->was_restored ? "yes" : "no");
    *out = store;
    store = NULL;
    return HUB_OK;
}

void hub_store_close(struct hub_store *store)
{
    if (store == NULL)
        return;
    hub_store_thread_stop(store);
    while (store->n_tasks != 0)
        hub_store_task_forget_last(store);
    free(store->tasks);
    free(store->tx.undo);
    hub_buf_clear(&store->id_array);
    hub_buf_clear(&store->window_array);
    free(store->path);
    free(store->head_path);
    free(store->name);
    hub_db_close(store->db);
    hub_head_file_close(&store->head_file);
    hub_wipe(&store->id_key, sizeof(store->id_key));
    (void)pthread_cond_destroy(&store->head_done);
    (void)pthread_cond_destroy(&store->room);
    (void)pthread_cond_destroy(&store->work);
    (void)pthread_mutex_destroy(&store->mutex);
    free(store);
}

const char *hub_store_name(const struct hub_store *store)
{
    return store->name == NULL ? "" : store->name;
}

bool hub_store_is_shared(const struct hub_store *store)
{
    return store->is_shared;
}

bool hub_store_was_restored(const struct hub_store *store)
{
    return store->was_restored;
}

/* ---- Readers */

hub_status hub_store_reader_open(struct hub_store_view *out, struct hub_store *store)
{
    const struct hub_db_options options = {.read_only = true, .cache_kib = READER_CACHE_KIB};
    struct hub_store_view view = {.store = store};

    HUB_TRY(hub_db_open(&view.db, store->options.path, &options, NULL));
    *out = view;
    return HUB_OK;
}

void hub_store_reader_close(struct hub_store_view *reader)
{
    hub_db_close(reader->db);
    *reader = (struct hub_store_view){0};
}

struct hub_store_view *hub_store_tx_view(struct hub_store_tx *tx)
{
    return &tx->view;
}

uint64_t hub_store_tx_now(const struct hub_store_tx *tx)
{
    return tx->now_s;
}

/* ---- Ledger rows without a table of their own */

hub_status hub_store_refused(struct hub_store_tx *tx, const uint8_t *task_id, const char *type,
                             const char *detail)
{
    HUB_TRY(hub_shared_ledger(tx));
    return hub_ledger_refused(&tx->head, tx->store->db, tx->now_s, task_id, type, detail);
}

hub_status hub_store_incident(struct hub_store_tx *tx, const uint8_t *task_id, const char *detail)
{
    HUB_TRY(hub_shared_ledger(tx));
    return hub_ledger_incident(&tx->head, tx->store->db, tx->now_s, task_id, detail);
}
