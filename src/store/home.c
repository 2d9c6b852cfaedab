/* Names of databases, and the list of what is elsewhere. */
#include "store/home.h"

#include "db/query.h"
#include "store/shared_internal.h"

#include <stdio.h>

static const char insert_name[] =
    "INSERT INTO own_name (one, name) VALUES (1, ?) ON CONFLICT (one) DO NOTHING";
static const char select_name[] = "SELECT name FROM own_name";
static const char insert_home[] =
    "INSERT INTO home (population, name) VALUES (?, ?) ON CONFLICT (population) DO NOTHING";
static const char select_home[] = "SELECT name FROM home WHERE population = ?";

/* ---- The own name */

static hub_status keep_name(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, insert_name);
    hub_bind_text(&q, store->options.name);
    return hub_query_run(&q);
}

static hub_status read_name(struct hub_store *store, char out[HUB_STORE_NAME_MAX + 1])
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_name);
    HUB_TRY(hub_query_first(&q));
    (void)snprintf(out, HUB_STORE_NAME_MAX + 1, "%s", hub_column_text(&q, 0));
    return HUB_OK;
}

hub_status hub_store_check_name(struct hub_store *store, struct hub_why *why)
{
    char name[HUB_STORE_NAME_MAX + 1];

    if (store->options.name == NULL)
        return HUB_OK;
    hub_status status = store->options.is_one_of_several ? keep_name(store) : HUB_OK;
    if (status == HUB_OK)
        status = read_name(store, name);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK;
    if (status != HUB_OK)
        return hub_why(why, status, "the database: %s", hub_db_message(store->db));
    if (strcmp(name, store->options.name) != 0)
        return hub_why(why, HUB_E_CONFIG,
                       "this is the database \"%s\" of the aggregator, and the configuration calls "
                       "it \"%s\"",
                       name, store->options.name);
    return HUB_OK;
}

/* ---- Homes of populations */

static hub_status find_one(void *self, const struct hub_store_task *task)
{
    (void)task;
    *(bool *)self = true;
    return HUB_OK;
}

static hub_status insert(struct hub_db *db, const char *population, const char *name)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_home);
    hub_bind_text(&q, population);
    hub_bind_text(&q, name);
    return hub_query_run(&q);
}

hub_status hub_store_home_find(struct hub_store_view *view, char out[HUB_STORE_NAME_MAX + 1],
                               const char *population)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_home);
    hub_bind_text(&q, population);
    HUB_TRY(hub_query_first(&q));
    (void)snprintf(out, HUB_STORE_NAME_MAX + 1, "%s", hub_column_text(&q, 0));
    return HUB_OK;
}

hub_status hub_store_home_claim(struct hub_store_tx *tx, char out[HUB_STORE_NAME_MAX + 1],
                                const char *population, const char *name)
{
    struct hub_store_view *const view = hub_store_tx_view(tx);
    bool is_here = false;

    HUB_TRY(hub_store_tasks_lock(tx)); /* nobody admits a task of the population here meanwhile */
    HUB_TRY(hub_store_tasks(view, population, find_one, &is_here));
    if (is_here) {
        (void)snprintf(out, HUB_STORE_NAME_MAX + 1, "%s", HUB_STORE_MAIN);
        return HUB_E_CONFIG;
    }
    HUB_TRY(insert(view->db, population, name));
    HUB_TRY(hub_store_home_find(view, out, population));
    return strcmp(out, name) == 0 ? HUB_OK : HUB_E_CONFIG;
}
