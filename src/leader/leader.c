/* The leader's parts and their lives. */
#include "leader/leader_internal.h"

#include "base/wait.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    COLLECTORS = 16,
    READERS = 2,
    COLLECTIONS_WAITING_MAX = 4096,
    TICK_MS = 100,
    LOOK_TICKS = 10,
    RETRY_MS = 200
};

struct hub_leader_task *hub_leader_task_of(struct hub_leader *leader,
                                           const struct hub_party_task *task)
{
    pthread_mutex_lock(&leader->lock);
    struct hub_leader_task *t = leader->tasks[task->index];
    pthread_mutex_unlock(&leader->lock);
    return t;
}

struct hub_leader_task *hub_leader_task_numbered(struct hub_leader *leader, uint64_t number)
{
    struct hub_leader_task *found = NULL;

    pthread_mutex_lock(&leader->lock);
    for (size_t i = 0; i < leader->n_tasks; i++) {
        if (leader->tasks[i] != NULL && leader->tasks[i]->task->number == number)
            found = leader->tasks[i];
    }
    pthread_mutex_unlock(&leader->lock);
    return found;
}

bool hub_leader_is_stopping(struct hub_leader *leader)
{
    pthread_mutex_lock(&leader->lock);
    const bool stopping = leader->stopping;
    pthread_mutex_unlock(&leader->lock);
    return stopping;
}

hub_status hub_leader_worker_new(struct hub_leader_worker **out, struct hub_leader *leader)
{
    struct hub_leader_worker *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return HUB_E_MEMORY;
    w->leader = leader;
    hub_status status = hub_worker_new(&w->base, leader->party);
    if (status == HUB_OK)
        status = leader->peer.open(leader->peer.self, &w->connection);
    if (status != HUB_OK) {
        hub_leader_worker_free(w);
        return status;
    }
    *out = w;
    return HUB_OK;
}

void hub_leader_worker_free(struct hub_leader_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->connection != NULL)
        worker->leader->peer.close(worker->connection);
    hub_worker_free(worker->base);
    free(worker);
}

static hub_status make_worker(void **out, void *self)
{
    return hub_leader_worker_new((struct hub_leader_worker **)out, self);
}

static void drop_worker(void *worker)
{
    hub_leader_worker_free(worker);
}

static hub_status add_task(struct hub_leader *leader, struct hub_party_task *task,
                           struct hub_leader_task **out)
{
    struct hub_leader_task *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HUB_E_MEMORY;
    t->task = task;
    t->has_slot_rows = task->secret.n_services != 0 && hub_store_is_shared(leader->party->store);
    if (task->secret.n_services != 0 && !t->has_slot_rows &&
        hub_slots_new(&t->slots, task->secret.n_services) != HUB_OK) {
        free(t);
        return HUB_E_MEMORY;
    }
    pthread_mutex_lock(&leader->lock);
    leader->tasks[task->index] = t;
    if (task->index >= leader->n_tasks)
        leader->n_tasks = task->index + 1;
    pthread_mutex_unlock(&leader->lock);
    *out = t;
    return HUB_OK;
}

hub_status hub_leader_task_added(struct hub_leader *leader, struct hub_party_task *task)
{
    struct hub_leader_task *t;
    struct hub_worker *worker;

    HUB_TRY(add_task(leader, task, &t));
    HUB_TRY(hub_worker_new(&worker, leader->party));
    hub_status status = hub_leader_resume_jobs(leader, t, worker);
    hub_worker_free(worker);
    return status;
}

static void *tick(void *arg)
{
    struct hub_leader *leader = arg;
    const struct timespec pause = {.tv_nsec = TICK_MS * 1000000L};

    for (unsigned n = 0; !hub_leader_is_stopping(leader); n++) {
        hub_leader_collections_tick(leader);
        if (leader->looker != NULL && n % LOOK_TICKS == 0)
            hub_leader_adopt(leader, leader->looker);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

static hub_status resume(struct hub_leader *leader)
{
    struct hub_worker *worker;
    struct hub_party_task *task;

    HUB_TRY(hub_worker_new(&worker, leader->party));
    hub_status status = HUB_OK;
    for (size_t i = 0; status == HUB_OK; i++) {
        struct hub_leader_task *t;
        task = hub_party_task_at(leader->party, i);
        if (task == NULL)
            break;
        if (task->role != HUB_ROLE_LEADER)
            continue;
        status = add_task(leader, task, &t);
        if (status == HUB_OK)
            status = hub_leader_resume_jobs(leader, t, worker);
        hub_arena_reset(&worker->arena);
    }
    if (status == HUB_OK)
        status = hub_leader_resume_collections(leader, worker);
    hub_worker_free(worker);
    return status;
}

static hub_status start(struct hub_leader *leader, const struct hub_leader_config *config)
{
    const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned n_workers =
        config->n_workers != 0 ? config->n_workers : (unsigned)(n_cores > 0 ? n_cores + 1 : 2);
    struct hub_workers_config pool = {
        .n_threads = config->n_collectors != 0 ? config->n_collectors : COLLECTORS,
        .n_waiting_max = COLLECTIONS_WAITING_MAX,
        .make = make_worker,
        .drop = drop_worker,
        .self = leader,
    };

    HUB_TRY(resume(leader));
    HUB_TRY(hub_workers_new(&leader->collectors, &pool));
    pool.n_threads = READERS;
    HUB_TRY(hub_workers_new(&leader->readers, &pool));
    HUB_TRY(hub_leader_schedule_start(leader, n_workers));
    if (hub_store_is_shared(leader->party->store))
        HUB_TRY(hub_worker_new(&leader->looker, leader->party));
    if (pthread_create(&leader->ticker, NULL, tick, leader) != 0)
        return HUB_E_MEMORY;
    leader->has_ticker = true;
    return HUB_OK;
}

hub_status hub_leader_new(struct hub_leader **out, struct hub_party *party,
                          const struct hub_leader_config *config, struct hub_why *why)
{
    struct hub_leader *leader = calloc(1, sizeof(*leader));
    if (leader == NULL || hub_cond_init(&leader->more) != HUB_OK ||
        hub_cond_init(&leader->resolved) != HUB_OK) {
        free(leader);
        return HUB_E_MEMORY;
    }
    leader->party = party;
    leader->peer = config->peer;
    leader->retry_ms = config->retry_ms == 0 ? RETRY_MS : config->retry_ms;
    pthread_mutex_init(&leader->lock, NULL);
    hub_status status = start(leader, config);
    if (status != HUB_OK) {
        hub_leader_free(leader);
        return hub_why(why, status, "the leader does not start: %s", hub_status_text(status));
    }
    *out = leader;
    return HUB_OK;
}

void hub_leader_handle(struct hub_leader *leader, struct hub_call *call)
{
    /* The party knows a task that is added while it runs a moment before the leader does. */
    if (call->task != NULL && hub_leader_task_of(leader, call->task) == NULL) {
        hub_call_failed(call, HUB_E_BUSY);
        return;
    }
    switch (call->resource) {
    case HUB_RESOURCE_REPORTS:
        hub_leader_upload(leader, call);
        return;
    case HUB_RESOURCE_COLLECTION_JOBS:
        hub_leader_collect(leader, call);
        return;
    case HUB_RESOURCE_COLLECTION_JOB:
        hub_leader_collection_resource(leader, call);
        return;
    case HUB_RESOURCE_NONE:
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
    case HUB_RESOURCE_AGGREGATION_JOBS:
    case HUB_RESOURCE_AGGREGATION_JOB:
    case HUB_RESOURCE_AGGREGATE_SHARES:
    case HUB_RESOURCE_AGGREGATE_SHARE:
        break;
    }
    hub_call_problem(call, 404, HUB_PROBLEM_NONE, "not a resource of the leader");
}

static bool is_settled(const struct hub_leader *leader)
{
    if (leader->n_running != 0 || leader->retries != NULL)
        return false;
    for (size_t i = 0; i < leader->n_tasks; i++) {
        if (leader->tasks[i] != NULL && leader->tasks[i]->n_waiting != 0)
            return false;
    }
    return true;
}

hub_status hub_leader_settle(struct hub_leader *leader, unsigned wait_ms)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    const uint64_t until_ms = hub_monotonic_ms() + wait_ms;
    bool settled;

    for (;;) {
        pthread_mutex_lock(&leader->lock);
        settled = is_settled(leader);
        for (size_t i = 0; i < leader->n_tasks; i++) {
            if (leader->tasks[i] != NULL)
                leader->tasks[i]->is_urgent = leader->tasks[i]->n_waiting != 0;
        }
        pthread_cond_broadcast(&leader->more);
        pthread_mutex_unlock(&leader->lock);
        if (settled)
            return HUB_OK;
        if (hub_monotonic_ms() >= until_ms)
            return HUB_E_BUSY;
        (void)nanosleep(&pause, NULL);
    }
}

static hub_status nothing(struct hub_unit *unit, struct hub_store_tx *tx)
{
    (void)unit;
    (void)tx;
    return HUB_OK;
}

/* Waits until every unit that was handed in before has ended: its end may still use the pools. */
static void drain_store(struct hub_leader *leader)
{
    struct hub_unit unit = {.apply = nothing};

    if (hub_store_run(leader->party->store, &unit) != HUB_OK)
        hub_log(leader->party->log, HUB_LOG_WARN, "store.failed", "when=stopping");
}

void hub_leader_free(struct hub_leader *leader)
{
    if (leader == NULL)
        return;
    pthread_mutex_lock(&leader->lock);
    leader->stopping = true;
    pthread_cond_broadcast(&leader->more);
    pthread_cond_broadcast(&leader->resolved);
    pthread_mutex_unlock(&leader->lock);
    if (leader->has_ticker)
        pthread_join(leader->ticker, NULL);
    hub_worker_free(leader->looker);
    hub_leader_schedule_stop(leader);
    drain_store(leader);
    hub_workers_free(leader->collectors);
    hub_workers_free(leader->readers);
    hub_leader_collections_drop(leader);
    for (size_t i = 0; i < leader->n_tasks; i++) {
        if (leader->tasks[i] != NULL)
            hub_slots_free(leader->tasks[i]->slots);
        free(leader->tasks[i]);
    }
    pthread_cond_destroy(&leader->resolved);
    pthread_cond_destroy(&leader->more);
    pthread_mutex_destroy(&leader->lock);
    free(leader);
}
