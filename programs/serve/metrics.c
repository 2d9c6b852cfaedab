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

struct page {
    struct hub_buf text;
    hub_status status; /* the first that was not HUB_OK */
    struct hub_store_view view;
    const struct aggregator_serve *serve;
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

/* prefix: which of the reasons. */
static void put_counts(struct page *page, const char *name, const char *help, const char *prefix)
{
    const struct hub_party_task *t;

    put_head(page, name, "counter", help);
    page->name = name;
    page->prefix = prefix;
    for (size_t i = 0; (t = hub_party_task_at(page->serve->party, i)) != NULL; i++) {
        page->task = name_of(t);
        put(page, hub_store_counts(&page->view, t->number, put_count, page));
    }
}

static void put_tasks(struct page *page)
{
    const struct hub_party_task *t;

    put_counts(page, "hubbub_reports_accepted_total", "Reports counted in a batch.", accepted);
    put_counts(page, "hubbub_reports_rejected_total", "Reports refused in aggregation.", "");
    put_counts(page, "hubbub_uploads_refused_total", "Reports refused at upload.", upload);
    put_head(page, "hubbub_noise_ready", "gauge", "Noise vectors made beforehand.");
    for (size_t i = 0; (t = hub_party_task_at(page->serve->party, i)) != NULL; i++) {
        if (t->adds_noise)
            put(page,
                hub_buf_print(&page->text, "hubbub_noise_ready{task=\"%s\"} %zu\n", name_of(t),
                              hub_noise_pool_ready(page->serve->party->pool, t->noise_kind)));
    }
    put_head(page, "hubbub_reports_waiting", "gauge", "Reports that no job has taken.");
    for (size_t i = 0; (t = hub_party_task_at(page->serve->party, i)) != NULL; i++) {
        struct hub_store_pending pending = {0};
        put(page, hub_store_pending(&page->view, t->number, &pending));
        put(page, hub_buf_print(&page->text, "hubbub_reports_waiting{task=\"%s\"} %" PRIu64 "\n",
                                name_of(t), pending.n_reports));
    }
    put_head(page, "hubbub_task_end_seconds", "gauge", "When the task's last window ends.");
    for (size_t i = 0; (t = hub_party_task_at(page->serve->party, i)) != NULL; i++) {
        if (t->task->has_interval)
            put(page,
                hub_buf_print(&page->text, "hubbub_task_end_seconds{task=\"%s\"} %" PRIu64 "\n",
                              name_of(t), t->task->end_s));
    }
}

/* ---- The program */

static void put_store(struct page *page)
{
    struct hub_store_stats s;
    uint64_t burnt = 0;

    hub_store_stats(page->serve->party->store, &s);
    put(page, hub_store_count_burnt(&page->view, &burnt));
    put_one(page, "hubbub_store_commits_total", "counter", "Commits.", s.commits);
    put_one(page, "hubbub_store_units_total", "counter", "Units of work committed.", s.units);
    put_one(page, "hubbub_store_units_failed_total", "counter", "Units undone.", s.units_failed);
    put_one(page, "hubbub_store_queue_units", "gauge", "Units that wait.", s.queue_units);
    put_one(page, "hubbub_store_failing", "gauge", "1 while the last commit has failed.",
            s.is_failing);
    put_one(page, "hubbub_store_restored", "gauge",
            "1 if this start found a database that was rolled back.",
            hub_store_was_restored(page->serve->party->store));
    put_one(page, "hubbub_windows_burnt", "gauge", "Windows burnt by restores.", burnt);
    put_one(page, "hubbub_ids", "gauge", "Report ids known.", s.ids);
    put_one(page, "hubbub_ids_bytes", "gauge", "Memory of the id sets.", s.ids_bytes);
    put_one(page, "hubbub_ids_spilled", "gauge", "Ids in the table for want of memory.",
            s.ids_spilled);
    put_one(page, "hubbub_ledger_rows", "counter", "Rows of the ledger.", s.ledger_rows);
}

static void put_jobs(struct page *page)
{
    struct hub_leader_stats stats;

    if (page->serve->leader == NULL)
        return;
    hub_leader_stats(page->serve->leader, &stats);
    put_one(page, "hubbub_jobs_waiting", "gauge", "Jobs that wait to be sent again.",
            stats.n_waiting);
    put_one(page, "hubbub_jobs_parked", "gauge", "Jobs that the helper does not answer rightly.",
            stats.n_parked);
    put_one(page, "hubbub_reports_deferred_total", "counter",
            "Times that a report was put off: too early by the helper's clock.", stats.n_deferred);
}

/* Of the file system where path stands. */
static void put_disk(struct page *page, const char *of, const char *path)
{
    struct statvfs room;

    if (statvfs(path, &room) == 0)
        put(page, hub_buf_print(&page->text, "hubbub_disk_free_bytes{of=\"%s\"} %" PRIu64 "\n", of,
                                (uint64_t)room.f_bavail * room.f_frsize));
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

static hub_status write_page(struct page *page, const struct aggregator_config *config)
{
    HUB_TRY(hub_store_reader_open(&page->view, page->serve->party->store));
    put_head(page, "hubbub_build_info", "gauge", "What runs.");
    put(page, hub_buf_print(&page->text, "hubbub_build_info{version=\"%s\",dap=\"%d\"} 1\n",
                            HUB_VERSION, HUB_DAP_DRAFT));
    put_tasks(page);
    put_store(page);
    put_jobs(page);
    put_head(page, "hubbub_disk_free_bytes", "gauge", "Room where the store stands.");
    put_disk(page, "database", config->database);
    put_disk(page, "head", config->head);
    put_process(page);
    hub_store_reader_close(&page->view);
    return page->status;
}

static void reply_metrics(struct aggregator_watch *watch, struct hub_http_request *req)
{
    struct page page = {.text = HUB_BUF_INIT(METRICS_MAX), .serve = watch->serve};

    if (write_page(&page, watch->config) != HUB_OK) {
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
    const bool is_ready = aggregator_is_ready(watch->serve, reasons);
    const struct hub_http_reply r = {.status = is_ready ? 200 : 503,
                                     .content_type = "text/plain",
                                     .body = hub_span_text(is_ready ? "ready\n" : reasons),
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
