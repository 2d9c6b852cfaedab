/* The leader's aggregation jobs. A job owns whole segments; what was sent is told by its verdicts
 * and the hash of its request, from which the same bytes are made again after a crash. */
#include "store/job.h"

#include "db/query.h"
#include "store/store_internal.h"

static const char select_last_job[] = "SELECT coalesce(max(number), 0) FROM leader_job";
static const char select_waiting[] = "SELECT seq, n_reports, n_bytes, first_window, last_window"
                                     " FROM segment WHERE task = ? AND job IS NULL ORDER BY seq";
static const char give_segments[] =
    "UPDATE segment SET job = ? WHERE task = ? AND job IS NULL AND seq <= ?";
#define JOB_COLUMNS \
    "number, task, state, n_reports, n_bytes, first_window, last_window, request_sha256"
static const char insert_job[] =
    "INSERT INTO leader_job (number, task, state, n_reports, n_bytes, first_window, last_window)"
    " VALUES (?, ?, 0, ?, ?, ?, ?)";
static const char insert_segment[] =
    "INSERT INTO segment (task, job, n_reports, n_bytes, first_window, last_window)"
    " VALUES (?, ?, ?, ?, ?, ?) RETURNING seq";
static const char insert_blob[] = "INSERT INTO segment_blob (seq, reports) VALUES (?, ?)";
static const char select_job[] = "SELECT " JOB_COLUMNS " FROM leader_job WHERE number = ?";
static const char select_open[] =
    "SELECT " JOB_COLUMNS " FROM leader_job WHERE number > ? ORDER BY number LIMIT ?";
static const char select_verdict[] = "SELECT verdict FROM leader_job WHERE number = ?";
static const char select_blobs[] = "SELECT reports FROM segment JOIN segment_blob USING (seq)"
                                   " WHERE job = ? ORDER BY seq";
static const char update_ready[] =
    "UPDATE leader_job SET state = 1, verdict = ?, request_sha256 = ? WHERE number = ?";
static const char delete_blobs[] =
    "DELETE FROM segment_blob WHERE seq IN (SELECT seq FROM segment WHERE job = ?)";
static const char delete_segments[] = "DELETE FROM segment WHERE job = ?";
static const char delete_job[] = "DELETE FROM leader_job WHERE number = ?";

hub_status hub_store_jobs_load(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_last_job);
    HUB_TRY(hub_query_first(&q));
    store->next_job = hub_column_u64(&q, 0) + 1;
    return HUB_OK;
}

/* ---- Taking */

/* The oldest segments within the limits, told by the last one's seq; only those of one batch if
 * the task has batches. */
static hub_status choose(struct hub_store_job *job, uint64_t *last_seq, struct hub_db *db,
                         bool has_batches, uint64_t reports_max, uint64_t bytes_max)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_waiting);

    hub_bind_u64(&q, job->task);
    while (hub_query_row(&q)) {
        const uint64_t n_reports = hub_column_u64(&q, 1);
        const uint64_t n_bytes = hub_column_u64(&q, 2);
        const uint64_t first = hub_column_u64(&q, 3);
        const uint64_t last = hub_column_u64(&q, 4);
        if (job->n_reports != 0 &&
            (job->n_reports + n_reports > reports_max || job->n_bytes + n_bytes > bytes_max ||
             (has_batches && first != job->first_window)))
            break;
        job->n_reports += n_reports;
        job->n_bytes += n_bytes;
        job->first_window = first < job->first_window ? first : job->first_window;
        job->last_window = last > job->last_window ? last : job->last_window;
        *last_seq = hub_column_u64(&q, 0);
    }
    HUB_TRY(hub_query_finish(&q));
    return job->n_reports == 0 ? HUB_E_NOT_FOUND : HUB_OK;
}

static hub_status give(struct hub_db *db, const struct hub_store_job *job, uint64_t last_seq)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, give_segments);
    hub_bind_u64(&q, job->number);
    hub_bind_u64(&q, job->task);
    hub_bind_u64(&q, last_seq);
    return hub_query_run(&q);
}

static hub_status insert(struct hub_db *db, const struct hub_store_job *job)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_job);
    hub_bind_u64(&q, job->number);
    hub_bind_u64(&q, job->task);
    hub_bind_u64(&q, job->n_reports);
    hub_bind_u64(&q, job->n_bytes);
    hub_bind_u64(&q, job->first_window);
    hub_bind_u64(&q, job->last_window);
    return hub_query_run(&q);
}

hub_status hub_store_job_take(struct hub_store_tx *tx, struct hub_store_job *out, uint64_t task,
                              uint64_t reports_max, uint64_t bytes_max)
{
    struct hub_db *const db = tx->store->db;
    struct hub_store_job job = {.number = tx->store->next_job,
                                .task = task,
                                .state = HUB_STORE_JOB_TAKEN,
                                .first_window = UINT64_MAX};
    uint64_t last_seq = 0;

    if (task == 0 || task > tx->store->n_tasks)
        return HUB_E_NOT_FOUND;
    HUB_TRY(choose(&job, &last_seq, db, tx->store->tasks[task - 1]->row.is_leader_selected,
                   reports_max, bytes_max));
    HUB_TRY(give(db, &job, last_seq));
    HUB_TRY(insert(db, &job));
    tx->store->next_job++; /* a number that a rollback leaves unused stays so */
    *out = job;
    return HUB_OK;
}

static hub_status insert_own_segment(struct hub_db *db, const struct hub_store_job *job,
                                     hub_span reports)
{
    HUB_CLEANUP(hub_query_end) struct hub_query row = hub_query(db, insert_segment);
    HUB_CLEANUP(hub_query_end) struct hub_query blob = hub_query(db, insert_blob);

    hub_bind_u64(&row, job->task);
    hub_bind_u64(&row, job->number);
    hub_bind_u64(&row, job->n_reports);
    hub_bind_u64(&row, job->n_bytes);
    hub_bind_u64(&row, job->first_window);
    hub_bind_u64(&row, job->last_window);
    HUB_TRY(hub_query_first(&row));
    hub_bind_u64(&blob, hub_column_u64(&row, 0));
    hub_bind_span(&blob, reports);
    return hub_query_run(&blob);
}

hub_status hub_store_job_put(struct hub_store_tx *tx, struct hub_store_job *job, hub_span reports)
{
    job->number = tx->store->next_job++;
    job->state = HUB_STORE_JOB_TAKEN;
    job->n_bytes = reports.len;
    HUB_TRY(insert(tx->store->db, job));
    return insert_own_segment(tx->store->db, job, reports);
}

/* ---- Reading */

static hub_status read_job(struct hub_store_job *out, struct hub_query *q)
{
    struct hub_store_job job = {.number = hub_column_u64(q, 0),
                                .task = hub_column_u64(q, 1),
                                .state = (enum hub_store_job_state)hub_column_u64(q, 2),
                                .n_reports = hub_column_u64(q, 3),
                                .n_bytes = hub_column_u64(q, 4),
                                .first_window = hub_column_u64(q, 5),
                                .last_window = hub_column_u64(q, 6)};
    if (job.state == HUB_STORE_JOB_READY)
        HUB_TRY(hub_column_exact(q, 7, job.request_sha256, sizeof(job.request_sha256)));
    *out = job;
    return HUB_OK;
}

hub_status hub_store_job_find(struct hub_store_view *view, struct hub_store_job *out,
                              uint64_t number)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_job);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_first(&q));
    return read_job(out, &q);
}

hub_status hub_store_jobs_open(struct hub_store_view *view, uint64_t after,
                               struct hub_store_job *out, size_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_open);
    size_t found = 0;

    hub_bind_u64(&q, after);
    hub_bind_u64(&q, *n);
    while (hub_query_row(&q))
        HUB_TRY(read_job(&out[found++], &q));
    HUB_TRY(hub_query_finish(&q));
    *n = found;
    return HUB_OK;
}

static hub_status load_verdict(struct hub_db *db, const struct hub_store_job *job, uint8_t *verdict)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_verdict);
    hub_bind_u64(&q, job->number);
    HUB_TRY(hub_query_first(&q));
    if (hub_column_is_null(&q, 0)) {
        memset(verdict, 0, (size_t)job->n_reports);
        return HUB_OK;
    }
    return hub_column_exact(&q, 0, verdict, (size_t)job->n_reports);
}

hub_status hub_store_job_load(struct hub_store_view *view, const struct hub_store_job *job,
                              struct hub_buf *reports, uint8_t *verdict)
{
    HUB_TRY(load_verdict(view->db, job, verdict));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_blobs);
    HUB_TRY(hub_buf_reserve(reports, (size_t)job->n_bytes));
    hub_bind_u64(&q, job->number);
    while (hub_query_row(&q))
        HUB_TRY(hub_buf_append(reports, hub_column_span(&q, 0)));
    return hub_query_finish(&q);
}

/* ---- Ready, finished */

static hub_status is_same(struct hub_db *db, const struct hub_store_job *job,
                          const uint8_t *verdict, size_t n, const uint8_t *request_sha256)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_verdict);
    hub_bind_u64(&q, job->number);
    HUB_TRY(hub_query_first(&q));
    const bool same = hub_span_equal_var(hub_column_span(&q, 0), hub_span_of(verdict, n)) &&
                      memcmp(job->request_sha256, request_sha256, sizeof(job->request_sha256)) == 0;
    return same ? HUB_OK : HUB_E_CONFLICT;
}

hub_status hub_store_job_ready(struct hub_store_tx *tx, uint64_t number, const uint8_t *verdict,
                               size_t n, const uint8_t request_sha256[32])
{
    struct hub_db *const db = tx->store->db;
    struct hub_store_job job;

    HUB_TRY(hub_store_job_find(&tx->view, &job, number));
    if (n != job.n_reports)
        return HUB_E_ARGUMENT;
    if (job.state == HUB_STORE_JOB_READY)
        return is_same(db, &job, verdict, n, request_sha256);
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, update_ready);
    hub_bind_span(&q, hub_span_of(verdict, n));
    hub_bind_span(&q, hub_span_of(request_sha256, 32));
    hub_bind_u64(&q, number);
    return hub_query_run(&q);
}

static hub_status delete_by(struct hub_db *db, const char *sql, uint64_t number, uint64_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, sql);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_run(&q));
    *n = hub_query_changes(&q);
    return HUB_OK;
}

hub_status hub_store_job_finish(struct hub_store_tx *tx, uint64_t number)
{
    struct hub_db *const db = tx->store->db;
    uint64_t n;

    HUB_TRY(delete_by(db, delete_job, number, &n));
    if (n == 0)
        return HUB_E_NOT_FOUND;
    HUB_TRY(delete_by(db, delete_blobs, number, &n));
    return delete_by(db, delete_segments, number, &n);
}
