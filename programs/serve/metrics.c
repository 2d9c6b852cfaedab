/* Read from the store's own counters at each request. */
#include "serve/metrics.h"

#include "base/text.h"
#include "store/task.h"

#include <stdio.h>

enum { METRICS_MAX = 1 << 20 };

struct page {
    struct hub_buf text;
    const char *task;
};

/* Reasons in the store: "accepted", an error's name (refused in aggregation), or "upload_" with an
 * error's name (refused at upload). */
static hub_status put_count(void *self, const char *reason, uint64_t n)
{
    static const char upload[] = "upload_";
    struct page *page = self;
    const unsigned long long count = n;

    if (strcmp(reason, "accepted") == 0)
        return hub_buf_print(&page->text, "hubbub_reports_accepted_total{task=\"%s\"} %llu\n",
                             page->task, count);
    if (strncmp(reason, upload, sizeof(upload) - 1) == 0)
        return hub_buf_print(&page->text,
                             "hubbub_uploads_refused_total{task=\"%s\",reason=\"%s\"} %llu\n",
                             page->task, reason + sizeof(upload) - 1, count);
    return hub_buf_print(&page->text,
                         "hubbub_reports_rejected_total{task=\"%s\",reason=\"%s\"} %llu\n",
                         page->task, reason, count);
}

static hub_status write_jobs(struct page *page, struct hub_leader *leader)
{
    struct hub_leader_stats stats;

    if (leader == NULL)
        return HUB_OK;
    hub_leader_stats(leader, &stats);
    return hub_buf_print(&page->text, "hubbub_jobs_waiting %zu\nhubbub_jobs_parked %zu\n",
                         stats.n_waiting, stats.n_parked);
}

static hub_status write_page(struct page *page, struct hub_party *party)
{
    struct hub_store_view view;
    struct hub_store_stats stats;
    const struct hub_party_task *t;
    hub_status status = HUB_OK;

    HUB_TRY(hub_store_reader_open(&view, party->store));
    for (size_t i = 0; status == HUB_OK && (t = hub_party_task_at(party, i)) != NULL; i++) {
        page->task = t->task->has_statement ? t->task->name : t->label;
        status = hub_store_counts(&view, t->number, put_count, page);
        if (status == HUB_OK && t->adds_noise)
            status = hub_buf_print(&page->text, "hubbub_noise_ready{task=\"%s\"} %zu\n", page->task,
                                   hub_noise_pool_ready(party->pool, t->noise_kind));
    }
    hub_store_reader_close(&view);
    HUB_TRY(status);
    hub_store_stats(party->store, &stats);
    HUB_TRY(hub_buf_print(&page->text,
                          "hubbub_store_commits_total %llu\nhubbub_store_units_total %llu\n"
                          "hubbub_store_units_failed_total %llu\nhubbub_store_queue_units %llu\n",
                          (unsigned long long)stats.commits, (unsigned long long)stats.units,
                          (unsigned long long)stats.units_failed,
                          (unsigned long long)stats.queue_units));
    return hub_buf_print(&page->text,
                         "hubbub_ids %llu\nhubbub_ids_bytes %llu\nhubbub_ids_spilled %llu\n"
                         "hubbub_ledger_rows %llu\n",
                         (unsigned long long)stats.ids, (unsigned long long)stats.ids_bytes,
                         (unsigned long long)stats.ids_spilled,
                         (unsigned long long)stats.ledger_rows);
}

static void body(void *self, struct hub_http_request *req)
{
    struct page page = {.text = HUB_BUF_INIT(METRICS_MAX)};

    if (hub_http_method(req) != HUB_HTTP_GET ||
        !hub_span_equal_var(hub_http_path(req), hub_span_text("/metrics"))) {
        hub_http_reply_status(req, 404, "GET /metrics", 0);
        return;
    }
    struct aggregator_serve *serve = self;

    if (write_page(&page, serve->party) != HUB_OK || write_jobs(&page, serve->leader) != HUB_OK) {
        hub_buf_clear(&page.text);
        hub_http_reply_status(req, 503, "the figures cannot be read now", 1);
        return;
    }
    const struct hub_http_reply r = {.status = 200, .content_type = "text/plain; version=0.0.4"};
    hub_http_reply_move(req, &r, &page.text);
}

struct hub_http_handler aggregator_metrics_handler(struct aggregator_serve *serve)
{
    return (struct hub_http_handler){.self = serve, .body = body};
}
