/* The leader's aggregation jobs. A job owns whole segments; what was sent is told by its verdicts
 * and the hash of its request, from which the same bytes are made again after a crash. */
#include "store/job.h"

#include "db/array.h"
#include "db/query.h"
#include "store/shared_internal.h"

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
static const char select_number[] = "SELECT nextval('leader_job_number')";
static const char select_some_waiting[] =
    "SELECT seq, n_reports, n_bytes, first_window, last_window FROM segment"
    " WHERE task = ? AND job IS NULL ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED";
static const char give_chosen[] = "UPDATE segment SET job = ? WHERE seq = ANY(?::bigint[])";
static const char insert_owned[] =
    "INSERT INTO leader_job (number, task, state, n_reports, n_bytes, first_window, last_window,"
    " owner) VALUES (?, ?, 0, ?, ?, ?, ?, ?)";
static const char insert_segment[] =
    "INSERT INTO segment (task, job, n_reports, n_bytes, first_window, last_window)"
    " VALUES (?, ?, ?, ?, ?, ?) RETURNING seq";
static const char insert_blob[] = "INSERT INTO segment_blob (seq, reports) VALUES (?, ?)";
static const char select_job[] = "SELECT " JOB_COLUMNS " FROM leader_job WHERE number = ?";
static const char select_open[] =
    "SELECT " JOB_COLUMNS " FROM leader_job WHERE number > ? ORDER BY number LIMIT ?";
static const char select_own_job[] =
    "SELECT " JOB_COLUMNS " FROM leader_job WHERE number = ? AND owner = ?";
static const char select_own_open[] = "SELECT " JOB_COLUMNS " FROM leader_job"
                                      " WHERE number > ? AND owner = ? ORDER BY number LIMIT ?";
static const char select_orphans[] = "SELECT " JOB_COLUMNS " FROM leader_job"
                                     " WHERE " HUB_SHARED_IS_ORPHAN " ORDER BY number LIMIT ?";
static const char update_orphan[] =
    "UPDATE leader_job SET owner = ? WHERE number = ? AND " HUB_SHARED_IS_ORPHAN;
static const char select_verdict[] = "SELECT verdict FROM leader_job WHERE number = ?";
static const char select_blobs[] = "SELECT reports FROM segment JOIN segment_blob USING (seq)"
                                   " WHERE job = ? ORDER BY seq";
static const char update_ready[] =
    "UPDATE leader_job SET state = 1, verdict = ?, request_sha256 = ? WHERE number = ?";
static const char delete_blobs[] =
    "DELETE FROM segment_blob WHERE seq IN (SELECT seq FROM segment WHERE job = ?)";
static const char delete_segments[] = "DELETE FROM segment WHERE job = ?";
static const char delete_job[] = "DELETE FROM leader_job WHERE number = ?";
static const char delete_own_job[] = "DELETE FROM leader_job WHERE number = ? AND owner = ?";

hub_status hub_store_jobs_load(struct hub_store *store)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_last_job);
    HUB_TRY(hub_query_first(&q));
    store->next_job = hub_column_u64(&q, 0) + 1;
    return HUB_OK;
}

/* ---- Taking */

enum { SOME_SEGMENTS = 256 }; /* that one look at a shared database holds; a job takes fewer */

/* What a job may take. */
struct limits {
    bool has_batches; /* only segments of one batch */
    uint64_t reports_max;
    uint64_t bytes_max;
};

/* Takes the row's segment into the job; false: it does not fit. */
static bool take_row(struct hub_store_job *job, struct hub_query *q, const struct limits *limits)
{
    const uint64_t n_reports = hub_column_u64(q, 1);
    const uint64_t n_bytes = hub_column_u64(q, 2);
    const uint64_t first = hub_column_u64(q, 3);
    const uint64_t last = hub_column_u64(q, 4);

    if (job->n_reports != 0 && (job->n_reports + n_reports > limits->reports_max ||
                                job->n_bytes + n_bytes > limits->bytes_max ||
                                (limits->has_batches && first != job->first_window)))
        return false;
    job->n_reports += n_reports;
    job->n_bytes += n_bytes;
    job->first_window = first < job->first_window ? first : job->first_window;
    job->last_window = last > job->last_window ? last : job->last_window;
    return true;
}

/* The oldest segments within the limits, told by the last one's seq. */
static hub_status choose(struct hub_store_job *job, uint64_t *last_seq, struct hub_db *db,
                         const struct limits *limits)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_waiting);

    hub_bind_u64(&q, job->task);
    while (hub_query_row(&q) && take_row(job, &q, limits))
        *last_seq = hub_column_u64(&q, 0);
    HUB_TRY(hub_query_finish(&q));
    return job->n_reports == 0 ? HUB_E_NOT_FOUND : HUB_OK;
}

/* The same, of those that no other process is about to take; told by all their seqs. */
static hub_status choose_some(struct hub_store_job *job, uint64_t seqs[SOME_SEGMENTS], size_t *n,
                              struct hub_db *db, const struct limits *limits)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_some_waiting);

    *n = 0;
    hub_bind_u64(&q, job->task);
    hub_bind_u64(&q, SOME_SEGMENTS);
    while (*n < SOME_SEGMENTS && hub_query_row(&q) && take_row(job, &q, limits))
        seqs[(*n)++] = hub_column_u64(&q, 0);
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

static hub_status give_some(struct hub_store *store, const struct hub_store_job *job,
                            const uint64_t *seqs, size_t n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, give_chosen);

    HUB_TRY(hub_array_begin(&store->window_array, HUB_ARRAY_U64, n));
    for (size_t i = 0; i < n; i++)
        hub_array_put_u64(&store->window_array, seqs[i]);
    hub_bind_u64(&q, job->number);
    hub_bind_span(&q, hub_buf_span(&store->window_array));
    return hub_query_run(&q);
}

/* Numbers are never used twice, so that a late worker ends no other job; one that a rollback leaves
 * unused stays so. */
static hub_status next_number(uint64_t *number, struct hub_store *store)
{
    if (!store->is_shared) {
        *number = store->next_job++;
        return HUB_OK;
    }
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, select_number);
    HUB_TRY(hub_query_first(&q));
    *number = hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status insert(const struct hub_store *store, const struct hub_store_job *job)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(store->db, store->is_shared ? insert_owned : insert_job);
    hub_bind_u64(&q, job->number);
    hub_bind_u64(&q, job->task);
    hub_bind_u64(&q, job->n_reports);
    hub_bind_u64(&q, job->n_bytes);
    hub_bind_u64(&q, job->first_window);
    hub_bind_u64(&q, job->last_window);
    if (store->is_shared)
        hub_bind_u64(&q, hub_shared_owner(store));
    return hub_query_run(&q);
}

static hub_status take_segments(struct hub_store *store, struct hub_store_job *job,
                                const struct limits *limits)
{
    uint64_t last_seq = 0;
    HUB_TRY(choose(job, &last_seq, store->db, limits));
    HUB_TRY(next_number(&job->number, store));
    return give(store->db, job, last_seq);
}

static hub_status take_some(struct hub_store *store, struct hub_store_job *job,
                            const struct limits *limits)
{
    uint64_t seqs[SOME_SEGMENTS];
    size_t n;
    HUB_TRY(choose_some(job, seqs, &n, store->db, limits));
    HUB_TRY(next_number(&job->number, store));
    return give_some(store, job, seqs, n);
}

hub_status hub_store_job_take(struct hub_store_tx *tx, struct hub_store_job *out, uint64_t task,
                              uint64_t reports_max, uint64_t bytes_max)
{
    const struct hub_store_task_memory *const t = hub_store_touch(tx, task);
    struct hub_store_job job = {
        .task = task, .state = HUB_STORE_JOB_TAKEN, .first_window = UINT64_MAX};

    if (t == NULL)
        return HUB_E_NOT_FOUND;
    const struct limits limits = {.has_batches = t->row.is_leader_selected,
                                  .reports_max = reports_max,
                                  .bytes_max = bytes_max};
    HUB_TRY(tx->store->is_shared ? take_some(tx->store, &job, &limits)
                                 : take_segments(tx->store, &job, &limits));
    HUB_TRY(insert(tx->store, &job));
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
    HUB_TRY(next_number(&job->number, tx->store));
    job->state = HUB_STORE_JOB_TAKEN;
    job->n_bytes = reports.len;
    HUB_TRY(insert(tx->store, job));
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
    const bool is_shared = view->store->is_shared;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(view->db, is_shared ? select_own_job : select_job);
    hub_bind_u64(&q, number);
    if (is_shared)
        hub_bind_u64(&q, hub_store_process(view->store));
    HUB_TRY(hub_query_first(&q));
    return read_job(out, &q);
}

/* The rows of a query, at most *n. */
static hub_status read_jobs(struct hub_store_job *out, size_t *n, struct hub_query *q)
{
    size_t found = 0;

    hub_bind_u64(q, *n);
    while (hub_query_row(q))
        HUB_TRY(read_job(&out[found++], q));
    HUB_TRY(hub_query_finish(q));
    *n = found;
    return HUB_OK;
}

hub_status hub_store_jobs_open(struct hub_store_view *view, uint64_t after,
                               struct hub_store_job *out, size_t *n)
{
    const bool is_shared = view->store->is_shared;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(view->db, is_shared ? select_own_open : select_open);

    hub_bind_u64(&q, after);
    if (is_shared)
        hub_bind_u64(&q, hub_store_process(view->store));
    return read_jobs(out, n, &q);
}

hub_status hub_store_jobs_orphaned(struct hub_store_view *view, struct hub_store_job *out,
                                   size_t *n)
{
    if (!view->store->is_shared) {
        *n = 0;
        return HUB_OK;
    }
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_orphans);
    hub_bind_u64(&q, hub_store_process(view->store));
    return read_jobs(out, n, &q);
}

hub_status hub_store_job_adopt(struct hub_store_tx *tx, uint64_t number)
{
    return hub_shared_adopt(tx, update_orphan, number);
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

/* Only who owns the job ends it: another process that took it over counts its reports. */
static hub_status delete_own(const struct hub_store *store, uint64_t number, uint64_t *n)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, delete_own_job);
    hub_bind_u64(&q, number);
    hub_bind_u64(&q, hub_shared_owner(store));
    HUB_TRY(hub_query_run(&q));
    *n = hub_query_changes(&q);
    return HUB_OK;
}

hub_status hub_store_job_finish(struct hub_store_tx *tx, uint64_t number)
{
    struct hub_db *const db = tx->store->db;
    uint64_t n;

    HUB_TRY(tx->store->is_shared ? delete_own(tx->store, number, &n)
                                 : delete_by(db, delete_job, number, &n));
    if (n == 0)
        return HUB_E_NOT_FOUND;
    HUB_TRY(delete_by(db, delete_blobs, number, &n));
    return delete_by(db, delete_segments, number, &n);
}
