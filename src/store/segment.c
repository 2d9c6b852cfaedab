/* Uploads: reports gather in segments of the commit that is being made, which become rows at its
 * end. A request's reports may lie in two segments; the commit keeps them together. */
#include "store/segment.h"

#include "db/query.h"
#include "store/store_internal.h"
#include "wire/types.h"

#include <stdlib.h>

static const char insert_segment[] =
    "INSERT INTO segment (task, n_reports, n_bytes, first_window, last_window)"
    " VALUES (?, ?, ?, ?, ?) RETURNING seq";
static const char insert_blob[] = "INSERT INTO segment_blob (seq, reports) VALUES (?, ?)";
static const char select_waiting[] = "SELECT coalesce(sum(n_reports), 0), coalesce(sum(n_bytes), 0)"
                                     " FROM segment WHERE task = ? AND job IS NULL";
static const char select_outstanding[] =
    "SELECT 1 FROM segment WHERE task = ? AND first_window <= ? AND last_window >= ? LIMIT 1";

/* ---- Segments of this commit */

static hub_status new_segment(struct hub_store_task_memory *t)
{
    if (t->segments == NULL || t->n_segments == t->cap_segments) {
        const size_t cap = t->cap_segments == 0 ? 4 : t->cap_segments * 2;
        struct hub_store_open_segment *const segments =
            reallocarray(t->segments, cap, sizeof(*segments));
        if (segments == NULL)
            return HUB_E_MEMORY;
        t->segments = segments;
        t->cap_segments = cap;
    }
    t->segments[t->n_segments++] = (struct hub_store_open_segment){
        .reports = HUB_BUF_INIT(HUB_STORE_SEGMENT_BYTES_MAX), .first_window = UINT64_MAX};
    return HUB_OK;
}

/* The segment that takes len more bytes for this window, which is the last one or a new one. */
static hub_status segment_for(struct hub_store_open_segment **out, struct hub_store *store,
                              struct hub_store_task_memory *t, uint64_t window, size_t len)
{
    const struct hub_store_options *const o = &store->options;
    const struct hub_store_open_segment *const last =
        t->n_segments == 0 ? NULL : &t->segments[t->n_segments - 1];

    if (len > o->segment_bytes_max)
        return HUB_E_ARGUMENT;
    if (last == NULL || last->n_reports >= o->segment_reports_max ||
        last->reports.len > o->segment_bytes_max - len ||
        (t->row.is_leader_selected && last->first_window != window))
        HUB_TRY(new_segment(t));
    *out = &t->segments[t->n_segments - 1];
    return HUB_OK;
}

static hub_status append(struct hub_store *store, struct hub_store_task_memory *t,
                         const struct hub_store_report *report)
{
    struct hub_store_open_segment *s;
    HUB_TRY(segment_for(&s, store, t, report->id.window, report->encoded.len));
    HUB_TRY(hub_buf_append(&s->reports, report->encoded));
    s->n_reports++;
    s->first_window = report->id.window < s->first_window ? report->id.window : s->first_window;
    s->last_window = report->id.window > s->last_window ? report->id.window : s->last_window;
    return HUB_OK;
}

void hub_store_segments_undo(struct hub_store_task_memory *task,
                             const struct hub_store_task_mark *mark)
{
    while (task->n_segments > mark->n_segments)
        hub_buf_clear(&task->segments[--task->n_segments].reports);
    if (task->n_segments != 0) {
        struct hub_store_open_segment *const s = &task->segments[task->n_segments - 1];
        s->reports.len = mark->segment_len;
        s->n_reports = mark->segment_reports;
        s->first_window = mark->segment_first_window;
        s->last_window = mark->segment_last_window;
    }
}

hub_status hub_store_segment_add(struct hub_store_tx *tx, uint64_t task,
                                 const struct hub_store_report *reports, size_t n, uint8_t *verdict)
{
    struct hub_store_task_memory *const t = hub_store_touch(tx, task);
    const struct hub_store_ids ids = {.first = &reports->id, .stride = sizeof(*reports), .n = n};

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    HUB_TRY(hub_store_ids_check(tx, t, &ids, HUB_STORE_BUCKET_CLOSED, verdict));
    HUB_TRY(hub_store_ids_take(tx, t, &ids, verdict));
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            HUB_TRY(append(tx->store, t, &reports[i]));
    }
    return HUB_OK;
}

static hub_status write_segment(struct hub_db *db, uint64_t task,
                                const struct hub_store_open_segment *s)
{
    HUB_CLEANUP(hub_query_end) struct hub_query row = hub_query(db, insert_segment);
    HUB_CLEANUP(hub_query_end) struct hub_query blob = hub_query(db, insert_blob);

    hub_bind_u64(&row, task);
    hub_bind_u64(&row, s->n_reports);
    hub_bind_u64(&row, s->reports.len);
    hub_bind_u64(&row, s->first_window);
    hub_bind_u64(&row, s->last_window);
    HUB_TRY(hub_query_first(&row));
    hub_bind_u64(&blob, hub_column_u64(&row, 0));
    hub_bind_span(&blob, hub_buf_span(&s->reports));
    return hub_query_run(&blob);
}

hub_status hub_store_segments_flush(struct hub_store *store, struct hub_store_task_memory *task)
{
    for (size_t i = 0; i < task->n_segments; i++) {
        if (task->segments[i].n_reports != 0)
            HUB_TRY(write_segment(store->db, task->row.number, &task->segments[i]));
    }
    return HUB_OK;
}

/* ---- What waits */

hub_status hub_store_pending(struct hub_store_view *view, uint64_t task,
                             struct hub_store_pending *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_waiting);
    hub_bind_u64(&q, task);
    HUB_TRY(hub_query_first(&q));
    *out = (struct hub_store_pending){hub_column_u64(&q, 0), hub_column_u64(&q, 1)};
    return HUB_OK;
}

static const char select_waiting_tasks[] =
    "SELECT task, sum(n_reports) FROM segment WHERE job IS NULL GROUP BY task";

hub_status hub_store_waiting(struct hub_store_view *view, hub_store_waiting_each each, void *self)
{
    if (!view->store->is_shared)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_waiting_tasks);
    while (hub_query_row(&q))
        HUB_TRY(each(self, hub_column_u64(&q, 0), hub_column_u64(&q, 1)));
    return hub_query_finish(&q);
}

/* In a unit the segments of its own commit count too, which are no rows yet. */
static bool is_in_commit(const struct hub_store_view *view, uint64_t task, uint64_t first,
                         uint64_t last)
{
    if (view->db != view->store->db || task == 0 || task > view->store->n_tasks)
        return false;
    const struct hub_store_task_memory *const t = view->store->tasks[task - 1];
    for (size_t i = 0; i < t->n_segments; i++) {
        const struct hub_store_open_segment *const s = &t->segments[i];
        if (s->n_reports != 0 && s->first_window <= last && s->last_window >= first)
            return true;
    }
    return false;
}

hub_status hub_store_outstanding(struct hub_store_view *view, uint64_t task, uint64_t first,
                                 uint64_t last, bool *out)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_outstanding);
    hub_bind_u64(&q, task);
    hub_bind_u64(&q, last);
    hub_bind_u64(&q, first);
    const hub_status status = hub_query_first(&q);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    *out = status == HUB_OK || is_in_commit(view, task, first, last);
    return HUB_OK;
}
