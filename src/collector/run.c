/* The continuous collector. Each window that may be released becomes a job: a POST, which the
 * leader answers at once or with a place to ask at later; then a point or a gap. What came in
 * during a turn is committed together. */
#include "collector/run.h"

#include "collector/chain_internal.h"
#include "http/client.h"
#include "http/problem.h"
#include "http/url.h"
#include "series/series.h"
#include "wire/media_type.h"
#include "wire/problem.h"

#include <stdlib.h>

enum {
    PAUSE_FIRST_MS = 500,
    PAUSE_MAX_MS = 60000,
    POLL_MS = 250,  /* where the leader does not say */
    GROUP = 64,     /* results that are written at once, */
    GROUP_MS = 100, /* or when the first has waited so long */
    ANSWER_MAX = 40 << 20,
    MS = 1000
};

/* Refusals by the privacy rules: with a 503 they may pass, otherwise they are final. */
static const char privacy_urn[] = "urn:hubbub:error:dp";

enum job_state { JOB_WAITS, JOB_FLIES, JOB_HAS_POINT, JOB_HAS_GAP };

struct job {
    struct job *next;
    struct hub_collector *owner;
    struct hub_chain_link *link;
    uint64_t window;
    enum job_state state;
    uint64_t due_ms;   /* JOB_WAITS */
    uint32_t pause_ms; /* before the next try after a failure */
    struct hub_buf request;
    char *location; /* NULL: the request is still to be made */
    struct hub_collection result;
    enum hub_series_gap_reason gap;
};

struct hub_collector {
    struct hub_series *series;
    struct hub_chain chain;
    struct hub_clock clock;
    const struct hub_log *log;
    struct hub_http_crowd *crowd;
    char ca_file[HUB_COLLECTOR_PATH_MAX];
    size_t in_flight_max;
    struct job *jobs;
    size_t n_jobs;
    size_t n_flying;
    size_t n_ready; /* with a point or a gap that is not yet written */
    uint64_t ready_since_ms;
    bool is_stopping;
    struct hub_collector_counts counts;
};

static void job_free(struct job *job)
{
    hub_buf_clear(&job->request);
    free(job->location);
    hub_collection_clear(&job->result);
    free(job);
}

static void wait_for(struct job *job, uint64_t ms)
{
    job->state = JOB_WAITS;
    job->due_ms = hub_monotonic_ms() + ms;
}

/* After something that may pass: try again, each time after a longer pause. */
static void try_later(struct job *job, uint32_t retry_after_s, const char *what)
{
    const uint64_t pause_ms =
        (uint64_t)retry_after_s * MS > job->pause_ms ? (uint64_t)retry_after_s * MS : job->pause_ms;

    hub_log(job->owner->log, HUB_LOG_WARN, "collection.again",
            "task=%s window=%llu why=\"%s\" in_ms=%llu", job->link->collected.task->name,
            (unsigned long long)job->window, what, (unsigned long long)pause_ms);
    job->owner->counts.n_retries++;
    job->pause_ms = job->pause_ms * 2 < PAUSE_MAX_MS ? job->pause_ms * 2 : PAUSE_MAX_MS;
    wait_for(job, pause_ms);
}

static void set_ready(struct job *job, enum job_state state)
{
    struct hub_collector *const c = job->owner;

    job->state = state;
    if (c->n_ready++ == 0)
        c->ready_since_ms = hub_monotonic_ms();
}

static void end_with_gap(struct job *job, enum hub_series_gap_reason gap, const char *what)
{
    hub_log(job->owner->log, gap == HUB_GAP_TOO_FEW ? HUB_LOG_DEBUG : HUB_LOG_WARN,
            "collection.gap", "task=%s window=%llu why=\"%s\"", job->link->collected.task->name,
            (unsigned long long)job->window, what);
    job->gap = gap;
    set_ready(job, JOB_HAS_GAP);
}

/* What a refusal means for the window. A gap is final; everything that someone may mend is asked
 * again. */
static void take_refusal(struct job *job, const struct hub_http_response *r)
{
    struct hub_problem p;

    if (hub_problem_parse(&p, hub_buf_span(&r->body)) != HUB_OK)
        p = hub_problem(r->status, NULL, NULL, NULL);
    const char *const what = p.detail[0] != '\0' ? p.detail : hub_http_status_text(r->status);
    switch (hub_problem_from_urn(hub_span_text(p.type))) {
    case HUB_PROBLEM_INVALID_BATCH_SIZE:
        end_with_gap(job, strstr(what, "more reports") != NULL ? HUB_GAP_REFUSED : HUB_GAP_TOO_FEW,
                     what);
        return;
    case HUB_PROBLEM_BATCH_MISMATCH:
        end_with_gap(job, HUB_GAP_MISMATCH, what);
        return;
    case HUB_PROBLEM_BATCH_INVALID:
    case HUB_PROBLEM_BATCH_OVERLAP:
        end_with_gap(job, strstr(what, "burnt") != NULL ? HUB_GAP_BURNT : HUB_GAP_REFUSED, what);
        return;
    case HUB_PROBLEM_NONE:
    case HUB_PROBLEM_INVALID_MESSAGE:
    case HUB_PROBLEM_UNRECOGNIZED_TASK:
    case HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB:
    case HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER:
    case HUB_PROBLEM_STEP_MISMATCH:
    case HUB_PROBLEM_UNSUPPORTED_EXTENSION:
    case HUB_PROBLEM_INVALID_EXTENSION:
    case HUB_N_PROBLEMS:
        break;
    }
    if (r->status < 500 && strncmp(p.type, privacy_urn, sizeof(privacy_urn) - 1) == 0) {
        end_with_gap(job, HUB_GAP_REFUSED, what);
        return;
    }
    if (r->status == 404 || r->status == 410) { /* the job is forgotten: ask anew */
        free(job->location);
        job->location = NULL;
    }
    try_later(job, r->has_retry_after ? r->retry_after_s : 0, what);
}

static void take_result(struct job *job, const struct hub_http_response *r)
{
    struct hub_why why = {{0}};
    const hub_status status =
        hub_collection_open(&job->result, &job->link->collected, hub_buf_span(&job->request),
                            hub_buf_span(&r->body), &why);

    if (status != HUB_OK) {
        hub_log(job->owner->log, HUB_LOG_ERROR, "collection.unreadable",
                "task=%s window=%llu why=\"%s\"", job->link->collected.task->name,
                (unsigned long long)job->window, why.text);
        end_with_gap(job, HUB_GAP_FAILED, why.text[0] != '\0' ? why.text : hub_status_text(status));
        return;
    }
    set_ready(job, JOB_HAS_POINT);
}

static void take_location(struct job *job, const struct hub_http_response *r)
{
    char url[HUB_HTTP_URL_MAX];
    const char *const asked = job->location != NULL ? job->location : job->link->jobs_url;

    if (r->location[0] != '\0') {
        if (hub_url_resolve(url, asked, r->location) != HUB_OK) {
            try_later(job, 0, "the Location leads elsewhere");
            return;
        }
        char *const copy = strdup(url);
        if (copy != NULL) {
            free(job->location);
            job->location = copy;
        }
    }
    wait_for(job, r->has_retry_after ? (uint64_t)r->retry_after_s * MS : POLL_MS);
}

static void on_answer(void *self, hub_status status, struct hub_http_response *r)
{
    struct job *const job = self;

    job->owner->n_flying--;
    if (job->owner->is_stopping)
        return;
    if (status != HUB_OK)
        try_later(job, 0, hub_status_text(status));
    else if (!hub_http_is_success(r))
        take_refusal(job, r);
    else if (r->body.len != 0 &&
             hub_media_type_is(r->content_type, HUB_MESSAGE_COLLECTION_JOB_RESP))
        take_result(job, r);
    else
        take_location(job, r);
}

static void ask(struct job *job)
{
    struct hub_collector *const c = job->owner;
    const bool is_poll = job->location != NULL;
    const struct hub_http_call call = {
        .method = is_poll ? HUB_HTTP_GET : HUB_HTTP_POST,
        .url = is_poll ? job->location : job->link->jobs_url,
        .content_type = is_poll ? NULL : hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
        .accept = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_RESP),
        .bearer = job->link->collected.token,
        .body = is_poll ? HUB_SPAN_EMPTY : hub_buf_span(&job->request),
    };

    job->state = JOB_FLIES;
    c->n_flying++;
    const hub_status status = hub_http_crowd_submit(c->crowd, &call, on_answer, job);
    if (status != HUB_OK) {
        c->n_flying--;
        try_later(job, 0, hub_status_text(status));
    }
}

static hub_status add_job(struct hub_collector *c, struct hub_chain_link *link, uint64_t window)
{
    struct job *const job = calloc(1, sizeof(*job));

    if (job == NULL)
        return HUB_E_MEMORY;
    job->owner = c;
    job->link = link;
    job->window = window;
    job->pause_ms = PAUSE_FIRST_MS;
    job->request = (struct hub_buf)HUB_BUF_INIT(256);
    const hub_status status =
        hub_collection_request(&job->request, link->collected.task, window, 1);
    if (status != HUB_OK) {
        job_free(job);
        return status;
    }
    wait_for(job, 0);
    job->next = c->jobs;
    c->jobs = job;
    c->n_jobs++;
    return HUB_OK;
}

/* New jobs for windows that may be released by now; at most as many as may be under way. */
static hub_status find_due(struct hub_collector *c, uint64_t now_s)
{
    for (size_t i = 0; i < c->chain.n_links; i++) {
        struct hub_chain_link *const link = &c->chain.links[i];
        while (c->n_jobs - c->n_ready < c->in_flight_max && link->cursor < link->n_windows &&
               hub_task_release_s(link->collected.task, link->first + link->cursor) <= now_s) {
            if (!link->is_done[link->cursor])
                HUB_TRY(add_job(c, link, link->first + link->cursor));
            link->cursor++;
        }
    }
    return HUB_OK;
}

static hub_status put_job(struct hub_series *series, const struct job *job)
{
    const struct hub_task *const t = job->link->collected.task;
    const uint64_t start = job->window * t->window_s;

    if (job->state == JOB_HAS_GAP) {
        const struct hub_series_gap gap = {start, t->window_s, job->gap};
        return hub_series_put_gap(series, job->link->measure, &gap);
    }
    for (size_t i = 0; i < job->result.n_cells; i++) {
        const struct hub_series_point point = {
            .start = start,
            .length_s = t->window_s,
            .cell = (uint32_t)i,
            .total = job->result.totals[i],
            .variance = job->result.variance,
            .n = job->result.n_reports,
        };
        HUB_TRY(hub_series_put_point(series, job->link->measure, &point));
    }
    return HUB_OK;
}

/* The series does not take this job's figures: other ones stand there already. The window keeps
 * what it has, and the others are written without this one. */
static void give_up(struct job *job, hub_status status)
{
    hub_log(job->owner->log, HUB_LOG_ERROR, "series.refused", "task=%s window=%llu why=\"%s\"",
            job->link->collected.task->name, (unsigned long long)job->window,
            hub_status_text(status));
    job->state = JOB_HAS_GAP; /* which changes nothing where a point is known */
    job->gap = HUB_GAP_FAILED;
}

static hub_status write_ready(struct hub_collector *c)
{
    HUB_TRY(hub_series_begin(c->series));
    for (struct job *job = c->jobs; job != NULL; job = job->next) {
        if (job->state != JOB_HAS_POINT && job->state != JOB_HAS_GAP)
            continue;
        const hub_status status = put_job(c->series, job);
        if (status == HUB_E_CONFLICT && job->state == JOB_HAS_POINT)
            give_up(job, status);
        HUB_TRY(status);
    }
    return hub_series_commit(c->series);
}

/* Few commits while many answers come in; none is held back when no other is on its way. */
static bool is_time_to_write(const struct hub_collector *c)
{
    return c->n_ready != 0 && (c->n_ready >= GROUP || c->n_ready == c->n_jobs ||
                               hub_monotonic_ms() - c->ready_since_ms >= GROUP_MS);
}

/* After the commit: counts them, marks their windows and forgets the jobs. */
static void drop_ready(struct hub_collector *c)
{
    for (struct job **at = &c->jobs; *at != NULL;) {
        struct job *const job = *at;
        if (job->state != JOB_HAS_POINT && job->state != JOB_HAS_GAP) {
            at = &job->next;
            continue;
        }
        if (job->state == JOB_HAS_POINT)
            c->counts.n_points++;
        else
            c->counts.n_gaps++;
        job->link->is_done[job->window - job->link->first] = 1;
        *at = job->next;
        c->n_jobs--;
        job_free(job);
    }
    c->n_ready = 0;
}

static void ask_due(struct hub_collector *c, unsigned *wait_ms)
{
    const uint64_t now_ms = hub_monotonic_ms();

    for (struct job *job = c->jobs; job != NULL; job = job->next) {
        if (job->state != JOB_WAITS)
            continue;
        if (job->due_ms <= now_ms)
            ask(job);
        else if (job->due_ms - now_ms < *wait_ms)
            *wait_ms = (unsigned)(job->due_ms - now_ms);
    }
}

hub_status hub_collector_turn(struct hub_collector *c, unsigned wait_ms)
{
    HUB_TRY(find_due(c, hub_now_s(&c->clock)));
    ask_due(c, &wait_ms);
    if (c->n_ready != 0 && wait_ms > GROUP_MS)
        wait_ms = GROUP_MS;
    HUB_TRY(hub_http_crowd_turn(c->crowd, wait_ms));
    if (!is_time_to_write(c))
        return HUB_OK;
    const hub_status status = write_ready(c);
    if (status != HUB_OK) {
        hub_series_rollback(c->series);
        return status == HUB_E_CONFLICT ? HUB_OK : status; /* the next turn writes the others */
    }
    drop_ready(c);
    hub_log(c->log, HUB_LOG_INFO, "collection.written", "points=%llu gaps=%llu under_way=%zu",
            (unsigned long long)c->counts.n_points, (unsigned long long)c->counts.n_gaps,
            c->n_jobs);
    return HUB_OK;
}

void hub_collector_watch(struct hub_collector *c, hub_collection_watch watch, void *self)
{
    for (size_t i = 0; i < c->chain.n_links; i++) {
        c->chain.links[i].collected.watch = watch;
        c->chain.links[i].collected.watch_self = self;
    }
}

struct hub_collector_counts hub_collector_counts(const struct hub_collector *c)
{
    struct hub_collector_counts counts = c->counts;

    counts.n_under_way = c->n_jobs;
    return counts;
}

void hub_collector_wake(struct hub_collector *c)
{
    hub_http_crowd_wake(c->crowd);
}

static void free_at(struct hub_collector **c)
{
    hub_collector_free(*c);
}

hub_status hub_collector_new(struct hub_collector **out, const struct hub_collector_config *config,
                             const struct hub_clock *clock, bool clock_is_demo,
                             const struct hub_log *log, struct hub_why *why)
{
    HUB_CLEANUP(free_at) struct hub_collector *c = calloc(1, sizeof(*c));
    struct hub_http_client_config http = hub_http_client_config();

    if (c == NULL)
        return HUB_E_MEMORY;
    c->clock = *clock;
    c->log = log;
    c->in_flight_max = config->in_flight;
    memcpy(c->ca_file, config->ca_file, sizeof(c->ca_file));
    http.ca_file = c->ca_file;
    http.plain_remote = config->plain_remote;
    http.response_bytes_max = ANSWER_MAX;
    HUB_TRY(hub_series_open(&c->series, config->series, HUB_SERIES_WRITE, why));
    HUB_TRY(hub_chain_load(&c->chain, config, c->series, clock_is_demo, why));
    HUB_TRY(hub_http_crowd_new(&c->crowd, &http));
    *out = c;
    c = NULL;
    return HUB_OK;
}

void hub_collector_free(struct hub_collector *c)
{
    if (c == NULL)
        return;
    c->is_stopping = true;
    hub_http_crowd_free(c->crowd); /* its callbacks still touch the jobs */
    while (c->jobs != NULL) {
        struct job *const job = c->jobs;
        c->jobs = job->next;
        job_free(job);
    }
    hub_chain_clear(&c->chain);
    hub_series_close(c->series);
    free(c);
}
