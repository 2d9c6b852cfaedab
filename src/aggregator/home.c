/* The main database is asked whose a population is, and told. */
#include "aggregator/home.h"

#include "store/home.h"
#include "store/task.h"

struct claim_unit {
    struct hub_unit unit;
    const char *population;
    const char *name;
    char holder[HUB_STORE_NAME_MAX + 1];
};

static hub_status claim_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct claim_unit *u = (struct claim_unit *)unit;

    return hub_store_home_claim(tx, u->holder, u->population, u->name);
}

hub_status hub_home_refuse(const struct hub_task *task, const char *name, struct hub_why *why)
{
    return hub_why(why, HUB_E_CONFIG,
                   "%s: its population \"%s\" is in the database \"%s\" and stays there, with all "
                   "of its tasks: put the task's files into the folder of that database",
                   task->name, task->statement.population, name);
}

/* Whether the task was admitted here before. */
static hub_status find_at_home(bool *is_there, struct hub_party *home, const struct hub_task *task)
{
    struct hub_store_view view;
    struct hub_store_task row;

    HUB_TRY(hub_store_reader_open(&view, home->store));
    const hub_status status = hub_store_task_find(&view, task->id.bytes, &row);
    hub_store_reader_close(&view);
    *is_there = status == HUB_OK;
    return status == HUB_E_NOT_FOUND ? HUB_OK : status;
}

hub_status hub_home_check(struct hub_party *main, struct hub_party *home,
                          const struct hub_task *task, struct hub_why *why)
{
    struct claim_unit u = {.unit = {.apply = claim_apply},
                           .population = task->statement.population,
                           .name = hub_store_name(home->store)};
    const hub_status claimed = main == NULL ? HUB_E_DB : hub_store_run(main->store, &u.unit);
    bool is_there;

    if (claimed == HUB_E_CONFIG)
        return hub_home_refuse(task, u.holder, why);
    if (claimed == HUB_OK)
        return HUB_OK;
    HUB_TRY(find_at_home(&is_there, home, task));
    return is_there ? HUB_OK
                    : hub_why(why, HUB_E_BUSY,
                              "%s: a new task waits for the main database, which knows where its "
                              "population is",
                              task->name);
}
