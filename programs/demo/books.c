/* Reads the series database back and judges it. */
#include "demo/books.h"

#include "http/client.h"

#include <stdio.h>
#include <stdlib.h>

enum { METRICS_BYTES_MAX = 4 << 20 };

static hub_status judge_cell(struct demo_measure_book *book, const struct demo_city_measure *cm,
                             const struct hub_series_point *points, size_t n, size_t cell,
                             struct hub_why *why)
{
    uint64_t truth[HUB_CITY_CELLS_MAX];

    for (size_t i = 0; i < n; i++) {
        const uint64_t since_s = points[i].start - cm->start_s;
        const unsigned window = (unsigned)(since_s / cm->m->window_s);
        if (points[i].start < cm->start_s || since_s % cm->m->window_s != 0 ||
            window >= cm->n_windows || points[i].length_s != cm->m->window_s)
            return hub_why(why, HUB_E_VERIFY, "%s: a total was published for no window of this run",
                           cm->m->name);
        demo_city_truth(cm, window, truth);
        hub_fit_add(&book->fit, points[i].total - (int64_t)truth[cell], points[i].variance);
        if (cell == 0) {
            book->n_published++;
            book->reports_published += points[i].n;
        }
    }
    return HUB_OK;
}

static hub_status read_measure(struct demo_measure_book *book, const struct demo_city_measure *cm,
                               struct hub_series *series, struct hub_arena *arena,
                               struct hub_why *why)
{
    struct hub_measure measure;
    struct hub_series_gap *gaps;
    size_t n_gaps;

    *book = (struct demo_measure_book){.n_windows = cm->n_windows};
    const hub_status status = hub_series_measure(series, arena, &measure, cm->m->name);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK; /* nothing yet */
    HUB_TRY(status);
    for (size_t c = 0; c < cm->m->n_cells; c++) {
        struct hub_series_point *points;
        size_t n;
        HUB_TRY(
            hub_series_points(series, arena, &points, &n, measure.id, (uint32_t)c, 0, INT64_MAX));
        HUB_TRY(judge_cell(book, cm, points, n, c, why));
    }
    HUB_TRY(hub_series_gaps(series, arena, &gaps, &n_gaps, measure.id, 0, INT64_MAX));
    book->n_gaps = n_gaps;
    return HUB_OK;
}

hub_status demo_books_read(struct demo_measure_book books[DEMO_N_MEASURES],
                           const struct demo_city *city, struct hub_series *series,
                           struct hub_why *why)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};

    HUB_TRY(hub_series_view_begin(series));
    hub_status status = HUB_OK;
    for (size_t i = 0; i < DEMO_N_MEASURES && status == HUB_OK; i++) {
        status = read_measure(&books[i], &city->measures[i], series, &arena, why);
        hub_arena_reset(&arena);
    }
    hub_series_view_end(series);
    return status;
}

hub_status demo_books_count(uint64_t *n_known, struct hub_series *series)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct hub_measure *measures;
    size_t n;

    *n_known = 0;
    HUB_TRY(hub_series_view_begin(series));
    hub_status status = hub_series_measures(series, &arena, &measures, &n);
    for (size_t i = 0; i < n && status == HUB_OK; i++) {
        struct hub_series_point *points;
        struct hub_series_gap *gaps;
        size_t n_points;
        size_t n_gaps = 0;
        status =
            hub_series_points(series, &arena, &points, &n_points, measures[i].id, 0, 0, INT64_MAX);
        if (status == HUB_OK)
            status = hub_series_gaps(series, &arena, &gaps, &n_gaps, measures[i].id, 0, INT64_MAX);
        *n_known += status == HUB_OK ? n_points + n_gaps : 0;
    }
    hub_series_view_end(series);
    return status;
}

/* The text of label in a line like
 *     hubbub_reports_rejected_total{task="taxi",reason="hpke_decrypt_error"} 12 */
static hub_span label_of(const char *line, const char *label)
{
    char start[32];
    (void)snprintf(start, sizeof(start), "%s=\"", label);
    const char *const at = strstr(line, start);
    const char *const from = at == NULL ? NULL : at + strlen(start);
    const char *const to = from == NULL ? NULL : strchr(from, '"');

    return to == NULL ? HUB_SPAN_EMPTY : hub_span_of(from, (size_t)(to - from));
}

static void take_line(struct demo_refused *out, const struct demo_tasks *tasks, const char *line)
{
    const hub_span name = label_of(line, "task");
    const hub_span reason = label_of(line, "reason");
    const char *const value = strrchr(line, ' ');

    if (strncmp(line, "hubbub_reports_rejected_total{", 30) != 0 || value == NULL)
        return;
    for (size_t t = 0; t < tasks->n; t++) {
        if (!hub_span_equal_var(name, hub_span_text(tasks->list[t].task->name)))
            continue;
        for (int e = 1; e < HUB_N_REPORT_ERRORS; e++) {
            if (hub_span_equal_var(reason,
                                   hub_span_text(hub_report_error_name((enum hub_report_error)e))))
                out[tasks->list[t].measure].by_error[e] += strtoull(value + 1, NULL, 10);
        }
    }
}

hub_status demo_books_refused(struct demo_refused *out, const struct demo_tasks *tasks,
                              uint16_t metrics_port, struct hub_why *why)
{
    const struct hub_http_client_config config = hub_http_client_config();
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};
    struct hub_http_client *client = NULL;
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/metrics", metrics_port);
    const struct hub_http_call call = {
        .method = HUB_HTTP_GET, .url = url, .response_bytes_max = METRICS_BYTES_MAX};
    HUB_TRY(hub_http_client_new(&client, &config));
    hub_status status = hub_http_fetch(client, &response, &call, why);
    hub_http_client_free(client);
    if (status == HUB_OK && response.status != 200)
        status = hub_why(why, HUB_E_REFUSED, "%s: status %u", url, response.status);
    HUB_TRY(status);
    response.body.max = METRICS_BYTES_MAX + 1;
    HUB_TRY(hub_buf_append(&response.body, hub_span_of("", 1)));
    for (char *line = (char *)response.body.ptr; line != NULL && *line != '\0';) {
        char *const next = strchr(line, '\n');
        if (next != NULL)
            *next = '\0';
        take_line(out, tasks, line);
        line = next == NULL ? NULL : next + 1;
    }
    return HUB_OK;
}
