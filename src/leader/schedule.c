/* Which job is run next. Small jobs are what costs, so reports wait a moment for others of their
 * task, unless a collection wants them; while a helper does not answer, its task's reports gather
 * into few large jobs. Leases and delays are real time. */
#include "leader/leader_internal.h"

#include "base/wait.h"
#include "store/bucket.h"

#include <stdlib.h>

enum {
    IDLE_MS = 1000,
    URGENT_MS = 10,
    RETRY_MS_MAX = 5000,
    PARKED_MS_MAX = 600000,
    WAIT_S_MAX = 300,          /* an asynchronous helper is asked at least so often */
    JOB_BYTES_LEAST = 64 << 10 /* no 413 makes jobs smaller than this */
};

/* Wakes a thread only where this changes when the next job is due: waking one for every upload of a
 * single report would cost more than the report. */
void hub_leader_waiting_add(struct hub_leader *leader, struct hub_leader_task *t, uint64_t n)
{
    const uint64_t n_full = leader->party->limits.job_reports_max;

    if (n == 0)
        return;
    pthread_mutex_lock(&leader->lock);
    const bool was_empty = t->n_waiting == 0;
    const bool was_full = t->n_waiting >= n_full;
    if (was_empty)
        t->waiting_ms = hub_monotonic_ms();
    t->n_waiting += n;
    if (was_empty || (!was_full && t->n_waiting >= n_full))
        pthread_cond_signal(&leader->more);
    pthread_mutex_unlock(&leader->lock);
}

void hub_leader_urge(struct hub_leader *leader, const struct hub_party_task *task)
{
    pthread_mutex_lock(&leader->lock);
    struct hub_leader_task *t = leader->tasks[task->index];
    if (!t->is_urgent && t->n_waiting > 0) {
        t->is_urgent = true;
        pthread_cond_signal(&leader->more);
    }
    pthread_mutex_unlock(&leader->lock);
}

static bool is_parked_for(const struct hub_leader_retry *r, uint64_t task, uint64_t first,
                          uint64_t last)
{
    return r->is_parked && r->job.task == task && r->job.first_window <= last &&
           r->job.last_window >= first;
}

bool hub_leader_is_parked(struct hub_leader *leader, const struct hub_party_task *task,
                          uint64_t first, uint64_t last)
{
    bool found = false;

    pthread_mutex_lock(&leader->lock);
    for (const struct hub_leader_retry *r = leader->retries; r != NULL && !found; r = r->next)
        found = is_parked_for(r, task->number, first, last);
    for (unsigned i = 0; i < leader->n_threads && !found; i++)
        found = leader->threads[i].worker != NULL && leader->threads[i].worker->running != NULL &&
                is_parked_for(leader->threads[i].worker->running, task->number, first, last);
    pthread_mutex_unlock(&leader->lock);
    return found;
}

void hub_leader_stats(struct hub_leader *leader, struct hub_leader_stats *out)
{
    *out = (struct hub_leader_stats){0};
    pthread_mutex_lock(&leader->lock);
    out->n_deferred = leader->n_deferred;
    for (const struct hub_leader_retry *r = leader->retries; r != NULL; r = r->next)
        out->n_waiting++;
    for (size_t i = 0; i < leader->n_tasks; i++)
        out->n_parked += leader->tasks[i] == NULL ? 0 : leader->tasks[i]->n_parked;
    pthread_mutex_unlock(&leader->lock);
}

uint64_t hub_leader_job_bytes_max(struct hub_leader *leader, const struct hub_leader_task *t)
{
    pthread_mutex_lock(&leader->lock);
    const uint64_t learnt = t->job_bytes_max;
    pthread_mutex_unlock(&leader->lock);
    return learnt == 0 ? UINT64_MAX : learnt;
}

void hub_leader_note_too_large(struct hub_leader *leader, struct hub_leader_task *t,
                               uint64_t n_bytes)
{
    const uint64_t half = n_bytes / 2 > JOB_BYTES_LEAST ? n_bytes / 2 : JOB_BYTES_LEAST;

    pthread_mutex_lock(&leader->lock);
    if (t->job_bytes_max == 0 || half < t->job_bytes_max)
        t->job_bytes_max = half;
    pthread_mutex_unlock(&leader->lock);
}

void hub_leader_put_up(struct hub_leader *leader, struct hub_leader_retry *r, unsigned delay_ms)
{
    r->due_ms = hub_monotonic_ms() + delay_ms;
    r->next = NULL;
    pthread_mutex_lock(&leader->lock);
    struct hub_leader_retry **end = &leader->retries;
    while (*end != NULL)
        end = &(*end)->next;
    *end = r;
    pthread_cond_signal(&leader->more);
    pthread_mutex_unlock(&leader->lock);
}

/* When this task's reports become a job; UINT64_MAX: nothing waits. */
static uint64_t due_of(const struct hub_leader *leader, const struct hub_leader_task *t)
{
    const uint32_t linger_ms = leader->party->limits.job_linger_ms;
    uint64_t due_ms = t->waiting_ms + linger_ms;

    if (t->n_waiting == 0)
        return UINT64_MAX;
    if (t->n_waiting >= leader->party->limits.job_reports_max)
        due_ms = t->waiting_ms;
    else if (t->is_urgent && linger_ms > URGENT_MS)
        due_ms = t->waiting_ms + URGENT_MS; /* other windows are wanted at about the same time */
    return due_ms > t->not_before_ms ? due_ms : t->not_before_ms;
}

/* What a thread is to do. Under the lock. */
struct choice {
    struct hub_leader_retry *retry; /* taken off the list */
    struct hub_leader_task *task;   /* a new job of this one */
    uint64_t due_ms;                /* if neither: when to look again */
};

static struct choice choose(struct hub_leader *leader, uint64_t now_ms)
{
    struct choice c = {.due_ms = now_ms + IDLE_MS};

    for (struct hub_leader_retry **r = &leader->retries; *r != NULL; r = &(*r)->next) {
        if ((*r)->due_ms <= now_ms) {
            c.retry = *r;
            *r = c.retry->next;
            return c;
        }
        if ((*r)->due_ms < c.due_ms)
            c.due_ms = (*r)->due_ms;
    }
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; i < leader->n_tasks; i++) {
        if (leader->tasks[i] == NULL)
            continue;
        const uint64_t due_ms = due_of(leader, leader->tasks[i]);
        if (due_ms <= now_ms && due_ms < oldest) {
            oldest = due_ms;
            c.task = leader->tasks[i];
        } else if (due_ms < c.due_ms) {
            c.due_ms = due_ms;
        }
    }
    return c;
}

static void wait_until(struct hub_leader *leader, uint64_t due_ms, uint64_t now_ms)
{
    const struct timespec until = hub_in_us(due_ms > now_ms ? (due_ms - now_ms) * 1000 : 1000);
    (void)pthread_cond_timedwait(&leader->more, &leader->lock, &until);
}

struct take_unit {
    struct hub_unit unit;
    uint64_t reports_max;
    uint64_t bytes_max;
    uint64_t task;
    struct hub_store_job job;
};

static hub_status take_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct take_unit *u = (struct take_unit *)unit;
    return hub_store_job_take(tx, &u->job, u->task, u->reports_max, u->bytes_max);
}

static hub_status take_job(struct hub_leader *leader, struct hub_leader_task *t,
                           struct hub_store_job *out)
{
    struct take_unit u = {.unit = {.apply = take_apply},
                          .reports_max = leader->party->limits.job_reports_max,
                          .bytes_max = leader->party->limits.job_bytes_max,
                          .task = t->task->number};

    const uint64_t learnt = hub_leader_job_bytes_max(leader, t);
    if (learnt < u.bytes_max)
        u.bytes_max = learnt;
    HUB_TRY(hub_store_run(leader->party->store, &u.unit));
    *out = u.job;
    return HUB_OK;
}

static void note_taken(struct hub_leader *leader, struct hub_leader_task *t, hub_status status,
                       const struct hub_store_job *job)
{
    pthread_mutex_lock(&leader->lock);
    if (status == HUB_OK)
        t->n_waiting -= job->n_reports < t->n_waiting ? job->n_reports : t->n_waiting;
    else if (status == HUB_E_NOT_FOUND)
        t->n_waiting = 0;
    else
        t->not_before_ms = hub_monotonic_ms() + leader->retry_ms;
    t->waiting_ms = hub_monotonic_ms();
    if (t->n_waiting == 0)
        t->is_urgent = false;
    else
        pthread_cond_signal(&leader->more);
    pthread_mutex_unlock(&leader->lock);
}

static unsigned delay_of(unsigned delay_ms, unsigned n_tries, unsigned delay_ms_max)
{

    while (n_tries-- > 0 && delay_ms < delay_ms_max)
        delay_ms *= 2;
    return delay_ms < delay_ms_max ? delay_ms : delay_ms_max;
}

static void park(struct hub_leader *leader, struct hub_leader_task *t, struct hub_leader_retry *r,
                 const char *why)
{
    if (r->is_parked)
        return;
    pthread_mutex_lock(&leader->lock);
    r->is_parked = true;
    t->n_parked++;
    pthread_mutex_unlock(&leader->lock);
    hub_log(leader->party->log, HUB_LOG_ERROR, "job.parked",
            "task=%s job=%llu reports=%llu why=\"%s\"", t->task->label,
            (unsigned long long)r->job.number, (unsigned long long)r->job.n_reports, why);
}

/* Ready for the next run; returns when. */
static unsigned prepare_retry(struct hub_leader *leader, struct hub_leader_task *t,
                              struct hub_leader_retry *r, enum hub_job_end end)
{
    if (end == HUB_JOB_WAITING) {
        const uint32_t wait_s = r->wait_s == 0 ? 1 : r->wait_s;
        return 1000 * (wait_s < WAIT_S_MAX ? wait_s : WAIT_S_MAX);
    }
    r->n_bad += end == HUB_JOB_BAD_REPLY;
    if (end == HUB_JOB_STUCK)
        park(leader, t, r, "its request cannot be made again: put the old key or program back");
    else if (r->n_bad > HUB_LEADER_BAD_REPLIES_MAX)
        park(leader, t, r, "the helper's answers are none; the log of both says more");
    return delay_of(leader->retry_ms, r->n_tries++, r->is_parked ? PARKED_MS_MAX : RETRY_MS_MAX);
}

static void unpark(struct hub_leader *leader, struct hub_leader_task *t,
                   const struct hub_leader_retry *r)
{
    if (!r->is_parked)
        return;
    pthread_mutex_lock(&leader->lock);
    t->n_parked--;
    pthread_mutex_unlock(&leader->lock);
    hub_log(leader->party->log, HUB_LOG_INFO, "job.unparked", "task=%s job=%llu", t->task->label,
            (unsigned long long)r->job.number);
}

/* r is the job's place on the list of retries: it is there before the job is taken, so that no
 * failure can lose a job until the next start. */
static void run_job(struct hub_leader_worker *worker, struct hub_leader_task *t,
                    struct hub_leader_retry *r)
{
    struct hub_leader *leader = worker->leader;
    const enum hub_job_end end = hub_leader_job_run(worker, t, r);
    const unsigned delay_ms = end == HUB_JOB_DONE ? 0 : prepare_retry(leader, t, r, end);

    hub_arena_reset(&worker->base->arena);
    pthread_mutex_lock(&leader->lock);
    worker->running = NULL;
    if (end == HUB_JOB_DONE)
        t->not_before_ms = 0;
    else if (end == HUB_JOB_AGAIN) /* a silent helper: what comes meanwhile gathers */
        t->not_before_ms = hub_monotonic_ms() + delay_ms;
    pthread_cond_broadcast(&leader->resolved);
    pthread_mutex_unlock(&leader->lock);
    if (end == HUB_JOB_DONE) {
        unpark(leader, t, r);
        free(r);
        return;
    }
    hub_leader_put_up(leader, r, delay_ms);
}

static void rerun_job(struct hub_leader_worker *worker, struct hub_leader_task *t,
                      struct hub_leader_retry *r)
{
    pthread_mutex_lock(&worker->leader->lock);
    worker->running = r;
    pthread_mutex_unlock(&worker->leader->lock);
    run_job(worker, t, r);
}

static void run_new_job(struct hub_leader_worker *worker, struct hub_leader_task *t)
{
    struct hub_leader_retry *r = calloc(1, sizeof(*r));
    struct hub_store_job none = {0};
    hub_status status = r == NULL ? HUB_E_MEMORY : take_job(worker->leader, t, &r->job);

    note_taken(worker->leader, t, status, r == NULL ? &none : &r->job);
    if (status == HUB_OK)
        run_job(worker, t, r);
    else
        free(r);
}

/* Called and returns with the lock. */
static void do_choice(struct hub_leader_worker *worker, const struct choice *c)
{
    struct hub_leader *leader = worker->leader;
    struct hub_leader_task *t = NULL;

    if (c->task != NULL) /* no other thread takes of this task until this one has taken */
        c->task->waiting_ms = hub_monotonic_ms() + IDLE_MS;
    leader->n_running++;
    pthread_mutex_unlock(&leader->lock);
    if (c->retry != NULL)
        t = hub_leader_task_numbered(leader, c->retry->job.task);
    if (t != NULL)
        rerun_job(worker, t, c->retry);
    else if (c->retry != NULL)
        free(c->retry);
    else
        run_new_job(worker, c->task);
    pthread_mutex_lock(&leader->lock);
    leader->n_running--;
    pthread_cond_broadcast(&leader->resolved);
}

static void *serve(void *arg)
{
    struct hub_leader_worker *worker = arg;
    struct hub_leader *leader = worker->leader;

    pthread_mutex_lock(&leader->lock);
    while (!leader->stopping) {
        const uint64_t now_ms = hub_monotonic_ms();
        const struct choice c = choose(leader, now_ms);
        if (c.retry != NULL || c.task != NULL)
            do_choice(worker, &c);
        else
            wait_until(leader, c.due_ms, now_ms);
    }
    pthread_mutex_unlock(&leader->lock);
    return NULL;
}

hub_status hub_leader_schedule_start(struct hub_leader *leader, unsigned n_threads)
{
    leader->threads = calloc(n_threads, sizeof(*leader->threads));
    if (leader->threads == NULL)
        return HUB_E_MEMORY;
    leader->n_threads = n_threads;
    for (unsigned i = 0; i < n_threads; i++) {
        struct hub_leader_thread *t = &leader->threads[i];
        HUB_TRY(hub_leader_worker_new(&t->worker, leader));
        if (pthread_create(&t->id, NULL, serve, t->worker) != 0)
            return HUB_E_MEMORY;
        leader->n_started++;
    }
    return HUB_OK;
}

void hub_leader_schedule_stop(struct hub_leader *leader)
{
    for (unsigned i = 0; i < leader->n_started; i++)
        pthread_join(leader->threads[i].id, NULL);
    pthread_mutex_lock(&leader->lock); /* collections still look */
    struct hub_leader_thread *const threads = leader->threads;
    const unsigned n_threads = leader->n_threads;
    struct hub_leader_retry *retries = leader->retries;
    leader->threads = NULL;
    leader->n_threads = 0;
    leader->retries = NULL;
    pthread_mutex_unlock(&leader->lock);
    for (unsigned i = 0; i < n_threads; i++)
        hub_leader_worker_free(threads[i].worker);
    free(threads);
    while (retries != NULL) {
        struct hub_leader_retry *r = retries;
        retries = r->next;
        free(r);
    }
}

/* Slots of an open job's reports. */
static hub_status claim_of_job(struct hub_leader_task *t, struct hub_worker *worker,
                               const struct hub_store_job *job)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(SIZE_MAX);
    uint8_t *verdict = HUB_ARENA_NEW(&worker->arena, uint8_t, job->n_reports);
    struct hub_report report;
    uint64_t tag;
    size_t i = 0;

    if (verdict == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_store_job_load(&worker->reader, job, &bytes, verdict));
    hub_span rest = hub_buf_span(&bytes);
    for (; hub_leader_stored_next(&rest, &report, &tag); i++) {
        const long service = hub_party_task_service(t->task, tag);
        enum hub_slot slot;
        if (service >= 0 && i < job->n_reports && verdict[i] == HUB_REPORT_OK)
            HUB_TRY(hub_slots_claim(t->slots, &slot, report.metadata.time, (size_t)service,
                                    report.metadata.id));
    }
    return HUB_OK;
}

struct counted {
    struct hub_leader_task *t;
    struct hub_worker *worker;
    struct hub_buf plain;
};

static hub_status mark_part(void *self, const struct hub_store_bucket *part, hub_span sealed)
{
    struct counted *c = self;

    if (!part->is_opened)
        return HUB_OK;
    HUB_TRY(hub_accumulator_open(c->worker->box, c->worker->party, c->t->task, &c->plain, part,
                                 sealed));
    const hub_span tags = hub_accumulator_services(c->t->task, hub_buf_span(&c->plain));
    for (size_t k = 0; k < tags.len / HUB_SERVICE_TAG_LEN; k++) {
        const long service = hub_party_task_service(c->t->task, hub_service_tag_read(tags, k));
        if (service >= 0)
            HUB_TRY(hub_slots_mark(c->t->slots, part->window, (size_t)service));
    }
    return HUB_OK;
}

/* Services that are counted in the buckets of windows that still take uploads. */
static hub_status mark_counted(struct hub_leader_task *t, struct hub_worker *worker)
{
    const struct hub_task *task = t->task->task;
    const uint64_t now_s = hub_party_now_s(worker->party);
    const uint64_t back_s = task->grace_s + task->window_s;
    struct counted c = {.t = t, .worker = worker, .plain = HUB_BUF_INIT(SIZE_MAX)};
    hub_status status = HUB_OK;

    for (uint64_t w = (now_s > back_s ? now_s - back_s : 0) / task->window_s;
         status == HUB_OK && w <= (now_s + HUB_TASK_CLOCK_SKEW_S) / task->window_s; w++) {
        struct hub_store_bucket bucket;
        status =
            hub_store_bucket_parts(&worker->reader, t->task->number, w, &bucket, mark_part, &c);
    }
    hub_buf_wipe(&c.plain);
    return status;
}

hub_status hub_leader_put_up_job(struct hub_leader *leader, const struct hub_store_job *job)
{
    struct hub_leader_retry *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return HUB_E_MEMORY;
    r->job = *job;
    hub_leader_put_up(leader, r, 0);
    return HUB_OK;
}

hub_status hub_leader_resume_jobs(struct hub_leader *leader, struct hub_leader_task *t,
                                  struct hub_worker *worker)
{
    enum { PAGE = 64 };
    struct hub_store_job job;
    struct hub_store_job page[PAGE];
    size_t n = PAGE;
    uint64_t after = 0;
    hub_status status;

    while ((status = take_job(leader, t, &job)) == HUB_OK)
        continue;
    if (status != HUB_E_NOT_FOUND)
        return status;
    while (n == PAGE) {
        HUB_TRY(hub_store_jobs_open(&worker->reader, after, page, &n));
        for (size_t i = 0; i < n; i++) {
            after = page[i].number;
            if (page[i].task != t->task->number)
                continue;
            if (t->slots != NULL)
                HUB_TRY(claim_of_job(t, worker, &page[i]));
            HUB_TRY(hub_leader_put_up_job(leader, &page[i]));
        }
        hub_arena_reset(&worker->arena);
    }
    return t->slots == NULL ? HUB_OK : mark_counted(t, worker);
}
