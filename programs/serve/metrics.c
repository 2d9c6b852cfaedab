/* Read at each request from the store's counters and tables, and from what the system knows of this
 * process. Each figure is one row of a table: its name, kind and help stand where it is written. */
#include "serve/metrics.h"

#include "base/text.h"
#include "hubbub/version.h"
#include "serve/ready.h"
#include "store/bucket.h"
#include "store/segment.h"
#include "store/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { METRICS_MAX = 1 << 20 };

/* What one database has to tell. */
struct part {
    const char *name;
    const struct aggregator_home *home; /* NULL: its database was away from the start */
    struct hub_store_view view;
    bool is_read; /* its tables can be; after a failure no more */
    struct hub_store_stats store;
    uint64_t is_up;
    uint64_t is_failing;
    uint64_t was_restored;
    uint64_t burnt;
    uint64_t jobs_waiting;
    uint64_t jobs_parked;
    uint64_t reports_deferred;
};

struct page {
    struct hub_buf text;
    hub_status status; /* the first that was not HUB_OK */
    struct part parts[AGGREGATOR_DATABASES_MAX];
    size_t n_parts;
    /* while a task's counters are read */
    const char *task;
    const char *name; /* of the figure */
    const char *prefix;
};

static void put(struct page *page, hub_status status)
{
    if (page->status == HUB_OK)
        page->status = status;
}

static void put_head(struct page *page, const char *name, const char *kind, const char *help)
{
    put(page, hub_buf_print(&page->text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind));
}

static void put_one(struct page *page, const char *name, const char *kind, const char *help,
                    uint64_t value)
{
    put_head(page, name, kind, help);
    put(page, hub_buf_print(&page->text, "%s %" PRIu64 "\n", name, value));
}

static const char *name_of(const struct hub_party_task *t)
{
    return t->task->has_statement ? t->task->name : t->label;
}

/* ---- Counters of tasks. Reasons in the store: "accepted", an error's name (refused in
 * aggregation), or "upload_" with an error's name (refused at upload). */

static const char accepted[] = "accepted";
static const char upload[] = "upload_";

static hub_status put_count(void *self, const char *reason, uint64_t n)
{
    struct page *page = self;
    const bool is_accepted = strcmp(reason, accepted) == 0;
    const bool is_upload = strncmp(reason, upload, sizeof(upload) - 1) == 0;

    if (page->prefix == accepted)
        return is_accepted ? hub_buf_print(&page->text, "%s{task=\"%s\"} %" PRIu64 "\n", page->name,
                                           page->task, n)
                           : HUB_OK;
    if (is_accepted || is_upload != (page->prefix == upload))
        return HUB_OK;
    return hub_buf_print(&page->text, "%s{task=\"%s\",reason=\"%s\"} %" PRIu64 "\n", page->name,
                         page->task, reason + (is_upload ? sizeof(upload) - 1 : 0), n);
}

/* What a database does not tell now is left out; what the others tell is not. */
static void put_read(struct page *page, struct part *part, hub_status status)
{
    if (status == HUB_E_DB || status == HUB_E_BUSY)
        part->is_read = false;
    else
        put(page, status);
}

typedef hub_status (*put_task)(struct page *page, const struct part *part,
                               const struct hub_party_task *t);

static void put_each_task(struct page *page, put_task put_one_task)
{
    const struct hub_party_task *t;

    for (size_t k = 0; k < page->n_parts; k++) {
        struct part *const part = &page->parts[k];
        for (size_t i = 0; part->is_read && (t = hub_party_task_at(part->home->party, i)) != NULL;
             i++)
            put_read(page, part, put_one_task(page, part, t));
    }
}

static hub_status put_counts_of(struct page *page, const struct part *part,
                                const struct hub_party_task *t)
{
    struct hub_store_view view = part->view;

    page->task = name_of(t);
    return hub_store_counts(&view, t->number, put_count, page);
}

/* prefix: which of the reasons. */
static void put_counts(struct page *page, const char *name, const char *help, const char *prefix)
{
    put_head(page, name, "counter", help);
    page->name = name;
    page->prefix = prefix;
    put_each_task(page, put_counts_of);
}

static hub_status put_noise(struct page *page, const struct part *part,
                            const struct hub_party_task *t)
{
    if (!t->adds_noise)
        return HUB_OK;
    return hub_buf_print(&page->text, "hubbub_noise_ready{task=\"%s\"} %zu\n", name_of(t),
                         hub_noise_pool_ready(part->home->party->pool, t->noise_kind));
}

static hub_status put_waiting(struct page *page, const struct part *part,
                              const struct hub_party_task *t)
{
    struct hub_store_view view = part->view;
    struct hub_store_pending pending = {0};

    HUB_TRY(hub_store_pending(&view, t->number, &pending));
    return hub_buf_print(&page->text, "hubbub_reports_waiting{task=\"%s\"} %" PRIu64 "\n",
                         name_of(t), pending.n_reports);
}

static hub_status put_end(struct page *page, const struct part *part,
                          const struct hub_party_task *t)
{
    (void)part;
    if (!t->task->has_interval)
        return HUB_OK;
    return hub_buf_print(&page->text, "hubbub_task_end_seconds{task=\"%s\"} %" PRIu64 "\n",
                         name_of(t), t->task->end_s);
}

static void put_tasks(struct page *page)
{
    put_counts(page, "hubbub_reports_accepted_total", "Reports counted in a batch.", accepted);
    put_counts(page, "hubbub_reports_rejected_total", "Reports refused in aggregation.", "");
    put_counts(page, "hubbub_uploads_refused_total", "Reports refused at upload.", upload);
    put_head(page, "hubbub_noise_ready", "gauge", "Noise vectors made beforehand.");
    put_each_task(page, put_noise);
    put_head(page, "hubbub_reports_waiting", "gauge", "Reports that no job has taken.");
    put_each_task(page, put_waiting);
    put_head(page, "hubbub_task_end_seconds", "gauge", "When the task's last window ends.");
    put_each_task(page, put_end);
}

/* ---- Each database */

static const struct figure {
    const char *name;
    const char *kind;
    const char *help;
    size_t offset; /* of a number of struct part */
} figures[] = {
    {"hubbub_database_up", "gauge", "1 while the database answers.", offsetof(struct part, is_up)},
    {"hubbub_store_commits_total", "counter", "Commits.", offsetof(struct part, store.commits)},
    {"hubbub_store_units_total", "counter", "Units of work committed.",
     offsetof(struct part, store.units)},
    {"hubbub_store_units_failed_total", "counter", "Units undone.",
     offsetof(struct part, store.units_failed)},
    {"hubbub_store_queue_units", "gauge", "Units that wait.",
     offsetof(struct part, store.queue_units)},
    {"hubbub_store_failing", "gauge", "1 while the last commit has failed.",
     offsetof(struct part, is_failing)},
    {"hubbub_store_restored", "gauge", "1 if this start found a database that was rolled back.",
     offsetof(struct part, was_restored)},
    {"hubbub_windows_burnt", "gauge", "Windows burnt by restores.", offsetof(struct part, burnt)},
    {"hubbub_ids", "gauge", "Report ids known.", offsetof(struct part, store.ids)},
    {"hubbub_ids_bytes", "gauge", "Memory of the id sets.", offsetof(struct part, store.ids_bytes)},
    {"hubbub_ids_spilled", "gauge", "Ids in the table for want of memory.",
     offsetof(struct part, store.ids_spilled)},
    {"hubbub_ledger_rows", "counter", "Rows of the ledger.",
     offsetof(struct part, store.ledger_rows)},
    {"hubbub_jobs_waiting", "gauge", "Jobs that wait to be sent again.",
     offsetof(struct part, jobs_waiting)},
    {"hubbub_jobs_parked", "gauge", "Jobs that the helper does not answer rightly.",
     offsetof(struct part, jobs_parked)},
    {"hubbub_reports_deferred_total", "counter",
     "Times that a report was put off: too early by the helper's clock.",
     offsetof(struct part, reports_deferred)},
};

static uint64_t number_at(const struct part *part, size_t offset)
{
    uint64_t n;

    memcpy(&n, (const uint8_t *)part + offset, sizeof(n));
    return n;
}

/* Of one that was away from the start only that is known. */
static void put_databases(struct page *page)
{
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        const struct figure *const f = &figures[i];
        put_head(page, f->name, f->kind, f->help);
        for (size_t k = 0; k < page->n_parts; k++) {
            const struct part *const part = &page->parts[k];
            if (part->home != NULL || i == 0)
                put(page, hub_buf_print(&page->text, "%s{database=\"%s\"} %" PRIu64 "\n", f->name,
                                        part->name, number_at(part, f->offset)));
        }
    }
}

static void fill_part(struct part *part)
{
    struct hub_party *const party = part->home->party;
    struct hub_leader *const leader = atomic_load(&part->home->leader);
    struct hub_leader_stats jobs = {0};

    hub_store_stats(party->store, &part->store);
    part->is_failing = part->store.is_failing;
    part->was_restored = hub_store_was_restored(party->store);
    if (leader != NULL)
        hub_leader_stats(leader, &jobs);
    part->jobs_waiting = jobs.n_waiting;
    part->jobs_parked = jobs.n_parked;
    part->reports_deferred = jobs.n_deferred;
    part->is_read = hub_store_reader_open(&part->view, party->store) == HUB_OK;
    if (part->is_read)
        part->is_up = hub_store_count_burnt(&part->view, &part->burnt) == HUB_OK;
}

static void open_parts(struct page *page, const struct aggregator_watch *watch)
{
    page->n_parts = watch->serve->n_homes;
    for (size_t k = 0; k < page->n_parts; k++) {
        struct part *const part = &page->parts[k];
        part->name = watch->config->databases[k].name;
        part->home = aggregator_home_at(watch->serve, k);
        if (part->home != NULL)
            fill_part(part);
    }
}

static void close_parts(struct page *page)
{
    for (size_t k = 0; k < page->n_parts; k++) {
        if (page->parts[k].view.db != NULL)
            hub_store_reader_close(&page->parts[k].view);
    }
}

/* ---- The program */

/* Of the file system where path stands. */
static void put_disk(struct page *page, const char *of, const char *database, const char *path)
{
    struct statvfs room;

    if (statvfs(path, &room) == 0)
        put(page, hub_buf_print(&page->text,
                                "hubbub_disk_free_bytes{of=\"%s\",database=\"%s\"} %" PRIu64 "\n",
                                of, database, (uint64_t)room.f_bavail * room.f_frsize));
}

/* Names as in Prometheus' own client libraries. */
static void put_process(struct page *page)
{
    struct rusage used = {0};
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f != NULL) {
        if (fscanf(f, "%*u %lu", &pages) != 1) /* NOLINT(cert-err34-c): the kernel's own number */
            pages = 0;
        (void)fclose(f);
    }
    (void)getrusage(RUSAGE_SELF, &used);
    put_one(page, "process_resident_memory_bytes", "gauge", "Memory.",
            (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE));
    put_head(page, "process_cpu_seconds_total", "counter", "Processor time.");
    put(page, hub_buf_print(&page->text, "process_cpu_seconds_total %ld.%06ld\n",
                            used.ru_utime.tv_sec + used.ru_stime.tv_sec +
                                (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000000,
                            (used.ru_utime.tv_usec + used.ru_stime.tv_usec) % 1000000));
}

static void write_page(struct page *page, const struct aggregator_config *config)
{
    put_head(page, "hubbub_build_info", "gauge", "What runs.");
    put(page, hub_buf_print(&page->text, "hubbub_build_info{version=\"%s\",dap=\"%d\"} 1\n",
                            HUB_VERSION, HUB_DAP_DRAFT));
    put_tasks(page);
    put_databases(page);
    put_head(page, "hubbub_disk_free_bytes", "gauge", "Room where the store stands.");
    for (size_t k = 0; k < config->n_databases; k++) {
        put_disk(page, "database", config->databases[k].name, config->databases[k].database);
        put_disk(page, "head", config->databases[k].name, config->databases[k].head);
    }
    put_process(page);
}

static void reply_metrics(const struct aggregator_watch *watch, struct hub_http_request *req)
{
    struct page page = {.text = HUB_BUF_INIT(METRICS_MAX)};

    open_parts(&page, watch);
    write_page(&page, watch->config);
    close_parts(&page);
    if (page.status != HUB_OK) {
        hub_buf_clear(&page.text);
        hub_http_reply_status(req, 503, "the figures cannot be read now", 1);
        return;
    }
    const struct hub_http_reply r = {.status = 200, .content_type = "text/plain; version=0.0.4"};
    hub_http_reply_move(req, &r, &page.text);
}

static void reply_ready(const struct aggregator_watch *watch, struct hub_http_request *req)
{
    char reasons[AGGREGATOR_REASONS_MAX];
    const bool is_ready = aggregator_is_ready(watch, reasons);
    const struct hub_http_reply r = {.status = is_ready ? 200 : 503,
                                     .content_type = "text/plain",
                                     .body = hub_span_text(reasons),
                                     .has_retry_after = !is_ready,
                                     .retry_after_s = 1};
    hub_http_reply(req, &r);
}

static void body(void *self, struct hub_http_request *req)
{
    struct aggregator_watch *watch = self;
    const hub_span path = hub_http_path(req);
    const struct hub_http_reply live = {
        .status = 200, .content_type = "text/plain", .body = hub_span_text("live\n")};

    if (hub_http_method(req) != HUB_HTTP_GET)
        hub_http_reply_status(req, 405, "GET", 0);
    else if (hub_span_equal_var(path, hub_span_text("/metrics")))
        reply_metrics(watch, req);
    else if (hub_span_equal_var(path, hub_span_text("/live")))
        hub_http_reply(req, &live);
    else if (hub_span_equal_var(path, hub_span_text("/ready")))
        reply_ready(watch, req);
    else
        hub_http_reply_status(req, 404, "GET /metrics, /live or /ready", 0);
}

struct hub_http_handler aggregator_watch_handler(struct aggregator_watch *watch)
{
    return (struct hub_http_handler){.self = watch, .body = body};
}
