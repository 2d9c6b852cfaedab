/* Tasks: admission with its ledger row, and what operators count. */
#include "store/task.h"

#include "db/query.h"
#include "store/shared_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY_S = 86400 };

#define TASK_COLUMNS                                                                         \
    "number, id, role, statement_hash, name, population, window_s, first_s, end_s, charge, " \
    "sigma2, admitted_s, is_leader_selected"

static const char insert_task[] =
    "INSERT INTO task (" TASK_COLUMNS
    ", configuration) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char select_task[] = "SELECT " TASK_COLUMNS " FROM task WHERE id = ?";
static const char select_tasks[] = "SELECT " TASK_COLUMNS " FROM task ORDER BY number";
static const char select_new[] =
    "SELECT " TASK_COLUMNS " FROM task WHERE number > ? ORDER BY number";
static const char lock_tasks[] = "LOCK TABLE task IN SHARE ROW EXCLUSIVE MODE";
static const char select_population[] =
    "SELECT " TASK_COLUMNS " FROM task WHERE population = ? ORDER BY number";
static const char add_count[] =
    "INSERT INTO counter (task, reason, n) VALUES (?, ?, ?)"
    " ON CONFLICT (task, reason) DO UPDATE SET n = counter.n + excluded.n";
static const char add_part_count[] =
    "INSERT INTO counter (task, reason, n, part) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (task, reason, part) DO UPDATE SET n = counter.n + excluded.n";
static const char select_counts[] =
    "SELECT reason, sum(n) FROM counter WHERE task = ? GROUP BY reason ORDER BY reason";

/* ---- Rows */

static hub_status read_task(struct hub_store_task *out, struct hub_query *q,
                            const struct hub_store *store)
{
    struct hub_store_task t = {.number = hub_column_u64(q, 0),
                               .role = (uint8_t)hub_column_u64(q, 2),
                               .window_s = hub_column_u64(q, 6),
                               .first_s = hub_column_u64(q, 7),
                               .end_s = hub_column_u64(q, 8),
                               .charge = hub_column_u64(q, 9),
                               .sigma2 = hub_column_u64(q, 10),
                               .admitted_s = hub_column_u64(q, 11),
                               .is_leader_selected = hub_column_u64(q, 12) != 0};
    HUB_TRY(hub_column_exact(q, 1, t.id, sizeof(t.id)));
    HUB_TRY(hub_column_exact(q, 3, t.statement_hash, sizeof(t.statement_hash)));
    (void)snprintf(t.name, sizeof(t.name), "%s", hub_column_text(q, 4));
    (void)snprintf(t.population, sizeof(t.population), "%s", hub_column_text(q, 5));
    if (t.window_s == 0)
        return HUB_E_DB;
    t.burnt_before = hub_store_burnt_before(store, t.window_s);
    *out = t;
    return HUB_OK;
}

hub_status hub_store_task_find(struct hub_store_view *view, const uint8_t id[32],
                               struct hub_store_task *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_task);
    hub_bind_span(&q, hub_span_of(id, 32));
    HUB_TRY(hub_query_first(&q));
    return read_task(out, &q, view->store);
}

hub_status hub_store_tasks(struct hub_store_view *view, const char *population,
                           hub_store_task_each each, void *self)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(view->db, population == NULL ? select_tasks : select_population);
    if (population != NULL)
        hub_bind_text(&q, population);
    while (hub_query_row(&q)) {
        struct hub_store_task task;
        HUB_TRY(read_task(&task, &q, view->store));
        HUB_TRY(each(self, &task));
    }
    return hub_query_finish(&q);
}

static hub_status insert(struct hub_db *db, const struct hub_store_task *task,
                         hub_span configuration)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_task);
    hub_bind_u64(&q, task->number);
    hub_bind_span(&q, HUB_SPAN_ARRAY(task->id));
    hub_bind_u64(&q, task->role);
    hub_bind_span(&q, HUB_SPAN_ARRAY(task->statement_hash));
    hub_bind_text(&q, task->name);
    hub_bind_text(&q, task->population);
    hub_bind_u64(&q, task->window_s);
    hub_bind_u64(&q, task->first_s);
    hub_bind_u64(&q, task->end_s);
    hub_bind_u64(&q, task->charge);
    hub_bind_u64(&q, task->sigma2);
    hub_bind_u64(&q, task->admitted_s);
    hub_bind_u64(&q, task->is_leader_selected);
    hub_bind_span(&q, configuration);
    return hub_query_run(&q);
}

/* ---- Admission */

static hub_status write_row(struct hub_store_tx *tx, const struct hub_store_task *task)
{
    const uint64_t first_day = task->first_s / DAY_S;
    const uint64_t end_day = task->end_s / DAY_S + (task->end_s % DAY_S != 0 ? 1 : 0);
    const struct hub_ledger_admitted row = {.task = task->id,
                                            .statement_hash = task->statement_hash,
                                            .name = task->name,
                                            .population = task->population,
                                            .charge = task->charge,
                                            .first_day = first_day,
                                            .days = end_day - first_day};
    HUB_TRY(hub_shared_ledger(tx));
    return hub_ledger_admitted(&tx->head, tx->store->db, tx->now_s, &row);
}

hub_status hub_store_tasks_lock(struct hub_store_tx *tx)
{
    if (!tx->store->is_shared)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, lock_tasks);
    HUB_TRY(hub_query_run(&q));
    return hub_store_tasks_refresh(tx->store);
}

hub_status hub_store_task_admit(struct hub_store_tx *tx, struct hub_store_task *task,
                                hub_span configuration)
{
    struct hub_store_task row;

    if (task->window_s == 0 || task->end_s <= task->first_s)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_store_tasks_lock(tx));
    const hub_status found = hub_store_task_find(&tx->view, task->id, &row);
    if (found == HUB_OK) {
        const bool same = row.role == task->role && memcmp(row.statement_hash, task->statement_hash,
                                                           sizeof(row.statement_hash)) == 0;
        if (same)
            *task = row;
        return same ? HUB_OK : HUB_E_CONFLICT;
    }
    if (found != HUB_E_NOT_FOUND)
        return found;
    row = *task;
    row.number = tx->store->n_tasks + 1;
    row.admitted_s = tx->now_s;
    row.burnt_before = hub_store_burnt_before(tx->store, row.window_s);
    HUB_TRY(insert(tx->store->db, &row, configuration));
    if (row.charge != 0)
        HUB_TRY(write_row(tx, &row));
    HUB_TRY(hub_store_task_remember(tx->store, &row));
    *task = row;
    return HUB_OK;
}

/* ---- Memory */

hub_status hub_store_task_remember(struct hub_store *store, const struct hub_store_task *row)
{
    if (row->number != store->n_tasks + 1)
        return HUB_E_DB; /* numbers have no gaps: tasks are never deleted */
    if (store->n_tasks == store->cap_tasks) {
        const size_t cap = store->cap_tasks == 0 ? 16 : store->cap_tasks * 2;
        struct hub_store_task_memory **const tasks =
            reallocarray(store->tasks, cap, sizeof(struct hub_store_task_memory *));
        if (tasks == NULL)
            return HUB_E_MEMORY;
        store->tasks = tasks;
        store->cap_tasks = cap;
    }
    struct hub_store_task_memory *const t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HUB_E_MEMORY;
    t->row = *row;
    t->is_expiry_due = true; /* a whole look after each start */
    t->ids.max = SIZE_MAX;   /* bounded by what one commit takes */
    t->dropped.max = SIZE_MAX;
    store->tasks[store->n_tasks++] = t;
    return HUB_OK;
}

void hub_store_task_forget_last(struct hub_store *store)
{
    struct hub_store_task_memory *const t = store->tasks[--store->n_tasks];
    const struct hub_store_task_mark nothing = {0};

    store->ids_bytes -= hub_id_set_bytes(&t->seen);
    hub_id_set_clear(&t->seen);
    hub_window_states_clear(&t->windows);
    hub_store_segments_undo(t, &nothing);
    free(t->segments);
    free(t->looked);
    hub_buf_clear(&t->ids);
    hub_buf_clear(&t->dropped);
    free(t);
}

static hub_status remember_each(void *self, const struct hub_store_task *task)
{
    return hub_store_task_remember(self, task);
}

hub_status hub_store_tasks_load(struct hub_store *store)
{
    store->tx.store = store;
    store->tx.view = (struct hub_store_view){.store = store, .db = store->db};
    return hub_store_tasks(&store->tx.view, NULL, remember_each, store);
}

hub_status hub_store_tasks_refresh(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_new);
    hub_bind_u64(&q, store->n_tasks);
    while (hub_query_row(&q)) {
        struct hub_store_task task;
        HUB_TRY(read_task(&task, &q, store));
        HUB_TRY(hub_store_task_remember(store, &task));
    }
    return hub_query_finish(&q);
}

/* ---- Counters */

hub_status hub_store_count(struct hub_store_tx *tx, uint64_t task, const char *reason, uint64_t n)
{
    const bool is_shared = tx->store->is_shared;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(tx->store->db, is_shared ? add_part_count : add_count);
    hub_bind_u64(&q, task);
    hub_bind_text(&q, reason);
    hub_bind_u64(&q, n);
    if (is_shared)
        hub_bind_u64(&q, hub_shared_part(tx->store));
    return hub_query_run(&q);
}

hub_status hub_store_counts(struct hub_store_view *view, uint64_t task, hub_store_count_each each,
                            void *self)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_counts);
    hub_bind_u64(&q, task);
    while (hub_query_row(&q))
        HUB_TRY(each(self, hub_column_text(&q, 0), hub_column_u64(&q, 1)));
    return hub_query_finish(&q);
}
