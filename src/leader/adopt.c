/* What processes that are gone have left on a shared database: jobs under way, reports that wait,
 * collections. Looked for once a second; nothing where this process has the database alone. */
#include "leader/leader_internal.h"

#include "store/segment.h"

enum { ORPHANS = 16 }; /* jobs that one look takes over; the next look takes more */

struct adopt_unit {
    struct hub_unit unit;
    uint64_t number;
};

static hub_status adopt_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    return hub_store_job_adopt(tx, ((struct adopt_unit *)unit)->number);
}

/* HUB_E_NOT_FOUND: another process was first. */
static hub_status adopt_job(struct hub_leader *leader, const struct hub_store_job *job)
{
    struct adopt_unit u = {.unit = {.apply = adopt_apply}, .number = job->number};

    if (hub_leader_task_numbered(leader, job->task) == NULL)
        return HUB_E_NOT_FOUND; /* its task is not configured here */
    HUB_TRY(hub_store_run(leader->party->store, &u.unit));
    hub_log(leader->party->log, HUB_LOG_INFO, "job.adopted", "job=%llu reports=%llu",
            (unsigned long long)job->number, (unsigned long long)job->n_reports);
    return hub_leader_put_up_job(leader, job);
}

static hub_status adopt_jobs(struct hub_leader *leader, struct hub_worker *worker)
{
    struct hub_store_job page[ORPHANS];
    size_t n = ORPHANS;

    HUB_TRY(hub_store_jobs_orphaned(&worker->reader, page, &n));
    for (size_t i = 0; i < n; i++) {
        const hub_status status = adopt_job(leader, &page[i]);
        if (status != HUB_OK && status != HUB_E_NOT_FOUND)
            return status;
    }
    return HUB_OK;
}

/* Reports that this process counts itself are not counted twice: only where it knows of none. */
static hub_status note_waiting(void *self, uint64_t task, uint64_t n)
{
    struct hub_leader *leader = self;
    struct hub_leader_task *t = hub_leader_task_numbered(leader, task);

    if (t == NULL)
        return HUB_OK;
    pthread_mutex_lock(&leader->lock);
    const bool is_known = t->n_waiting != 0;
    pthread_mutex_unlock(&leader->lock);
    if (!is_known)
        hub_leader_waiting_add(leader, t, n);
    return HUB_OK;
}

void hub_leader_adopt(struct hub_leader *leader, struct hub_worker *worker)
{
    hub_status status = adopt_jobs(leader, worker);

    if (status == HUB_OK)
        status = hub_store_waiting(&worker->reader, note_waiting, leader);
    if (status == HUB_OK)
        status = hub_leader_resume_collections(leader, worker);
    if (status != HUB_OK)
        hub_log(leader->party->log, HUB_LOG_WARN, "leader.adopt", "what=failed reason=\"%s\"",
                hub_status_text(status));
    hub_arena_reset(&worker->arena);
}
