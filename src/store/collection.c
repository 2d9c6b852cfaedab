/* The leader's collection jobs: one a request, found again by its bytes. */
#include "store/collection.h"

#include "db/query.h"
#include "store/shared_internal.h"
#include "wire/problem.h"

#include <stdio.h>

#define COLLECTION_COLUMNS \
    "number, task, id, request_sha256, first_window, last_window, state, problem, detail"
static const char select_by_request[] = "SELECT " COLLECTION_COLUMNS " FROM collection"
                                        " WHERE task = ? AND request_sha256 = ?";
static const char select_by_id[] = "SELECT " COLLECTION_COLUMNS ", request, response"
                                   " FROM collection WHERE task = ? AND id = ?";
static const char select_waiting[] = "SELECT " COLLECTION_COLUMNS " FROM collection"
                                     " WHERE state = 0 AND number > ? ORDER BY number LIMIT ?";
static const char select_orphans[] =
    "SELECT " COLLECTION_COLUMNS " FROM collection WHERE state = 0 AND number > ?"
    " AND " HUB_SHARED_IS_ORPHAN " ORDER BY number LIMIT ?";
static const char update_owner[] = "UPDATE collection SET owner = ? WHERE number = ?";
static const char update_orphan[] =
    "UPDATE collection SET owner = ? WHERE number = ? AND state = 0 AND " HUB_SHARED_IS_ORPHAN;
static const char insert_collection[] =
    "INSERT INTO collection (task, id, request_sha256, first_window, last_window, state, problem,"
    " request) VALUES (?, ?, ?, ?, ?, 0, '', ?) RETURNING number";
static const char update_again[] =
    "UPDATE collection SET state = 0, request = ?, first_window = ?, last_window = ?"
    " WHERE number = ?";
static const char select_failure[] =
    "SELECT problem, (SELECT count(*) FROM (SELECT 1 FROM collection AS other"
    " WHERE other.task = collection.task AND other.problem <> '' LIMIT ?) AS failed)"
    " FROM collection WHERE number = ?";
static const char update_done[] =
    "UPDATE collection SET state = 1, response = ? WHERE number = ? AND state = 0";
static const char update_failed[] =
    "UPDATE collection SET state = 2, problem = ?, detail = ? WHERE number = ? AND state = 0";
static const char update_deleted[] = "UPDATE collection SET state = 3, request = ?, response = NULL"
                                     " WHERE task = ? AND id = ? AND state < 3";

static const char select_batch[] =
    "SELECT task, first_window FROM collection WHERE number = ? AND state = 0";
static const char update_batch[] =
    "UPDATE bucket SET state = ? WHERE task = ? AND window_number = ? AND state = 1";

static hub_status read_collection(struct hub_store_collection *out, struct hub_query *q)
{
    struct hub_store_collection c = {.number = hub_column_u64(q, 0),
                                     .task = hub_column_u64(q, 1),
                                     .first_window = hub_column_u64(q, 4),
                                     .last_window = hub_column_u64(q, 5),
                                     .state =
                                         (enum hub_store_collection_state)hub_column_u64(q, 6)};
    HUB_TRY(hub_column_exact(q, 2, c.id, sizeof(c.id)));
    HUB_TRY(hub_column_exact(q, 3, c.request_sha256, sizeof(c.request_sha256)));
    (void)snprintf(c.problem, sizeof(c.problem), "%s", hub_column_text(q, 7));
    (void)snprintf(c.detail, sizeof(c.detail), "%s", hub_column_text(q, 8));
    *out = c;
    return HUB_OK;
}

static hub_status find_by_request(struct hub_store_collection *out, struct hub_db *db,
                                  const struct hub_store_collection *c)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_by_request);
    hub_bind_u64(&q, c->task);
    hub_bind_span(&q, HUB_SPAN_ARRAY(c->request_sha256));
    HUB_TRY(hub_query_first(&q));
    return read_collection(out, &q);
}

static hub_status insert(uint64_t *number, struct hub_db *db, const struct hub_store_collection *c,
                         hub_span request)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_collection);
    hub_bind_u64(&q, c->task);
    hub_bind_span(&q, HUB_SPAN_ARRAY(c->id));
    hub_bind_span(&q, HUB_SPAN_ARRAY(c->request_sha256));
    hub_bind_u64(&q, c->first_window);
    hub_bind_u64(&q, c->last_window);
    hub_bind_span(&q, request);
    HUB_TRY(hub_query_first(&q));
    *number = hub_column_u64(&q, 0);
    return HUB_OK;
}

/* It is this process that works on it. */
static hub_status own(const struct hub_store *store, uint64_t number)
{
    if (!store->is_shared)
        return HUB_OK;
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(store->db, update_owner);
    hub_bind_u64(&q, hub_shared_owner(store));
    hub_bind_u64(&q, number);
    return hub_query_run(&q);
}

static hub_status begin_again(struct hub_db *db, const struct hub_store_collection *c,
                              hub_span request)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, update_again);
    hub_bind_span(&q, request);
    hub_bind_u64(&q, c->first_window);
    hub_bind_u64(&q, c->last_window);
    hub_bind_u64(&q, c->number);
    return hub_query_run(&q);
}

hub_status hub_store_collection_add(struct hub_store_tx *tx,
                                    struct hub_store_collection *collection, hub_span request,
                                    bool *existed)
{
    struct hub_store_collection c;

    const hub_status found = find_by_request(&c, tx->store->db, collection);
    if (found == HUB_E_NOT_FOUND) {
        c = *collection;
        c.state = HUB_STORE_COLLECTION_WAITING;
        c.problem[0] = '\0';
        c.detail[0] = '\0';
        const hub_status status = insert(&c.number, tx->store->db, &c, request);
        tx->lost_race = status == HUB_E_CONFLICT; /* the same request at another process */
        HUB_TRY(status);
        HUB_TRY(own(tx->store, c.number));
    } else {
        HUB_TRY(found);
    }
    *existed = found == HUB_OK &&
               (c.state == HUB_STORE_COLLECTION_WAITING || c.state == HUB_STORE_COLLECTION_DONE);
    if (found == HUB_OK && !*existed) {
        c.state = HUB_STORE_COLLECTION_WAITING;
        c.first_window = collection->first_window;
        c.last_window = collection->last_window;
        HUB_TRY(begin_again(tx->store->db, &c, request));
        HUB_TRY(own(tx->store, c.number));
    }
    *collection = c;
    return HUB_OK;
}

hub_status hub_store_collection_find(struct hub_store_view *view, uint64_t task,
                                     const uint8_t id[HUB_STORE_COLLECTION_ID_LEN],
                                     struct hub_store_collection *out, struct hub_buf *request,
                                     struct hub_buf *response)
{
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx snapshot = {0};
    HUB_TRY(hub_store_snapshot(&snapshot, view));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(view->db, select_by_id);
    struct hub_store_collection c;

    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_COLLECTION_ID_LEN));
    HUB_TRY(hub_query_first(&q));
    HUB_TRY(read_collection(&c, &q));
    if (c.state == HUB_STORE_COLLECTION_DONE)
        HUB_TRY(hub_store_wait_for_head(view));
    if (request != NULL)
        HUB_TRY(hub_buf_append(request, hub_column_span(&q, 9)));
    if (response != NULL)
        HUB_TRY(hub_buf_append(response, hub_column_span(&q, 10)));
    *out = c;
    return HUB_OK;
}

hub_status hub_store_collections_waiting(struct hub_store_view *view, uint64_t after,
                                         struct hub_store_collection *out, size_t *n)
{
    const bool is_shared = view->store->is_shared;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(view->db, is_shared ? select_orphans : select_waiting);
    size_t found = 0;

    hub_bind_u64(&q, after);
    if (is_shared)
        hub_bind_u64(&q, hub_store_process(view->store));
    hub_bind_u64(&q, *n);
    while (hub_query_row(&q))
        HUB_TRY(read_collection(&out[found++], &q));
    HUB_TRY(hub_query_finish(&q));
    *n = found;
    return HUB_OK;
}

hub_status hub_store_collection_adopt(struct hub_store_tx *tx, uint64_t number)
{
    if (!tx->store->is_shared)
        return HUB_OK;
    return hub_shared_adopt(tx, update_orphan, number);
}

hub_status hub_store_collection_finish(struct hub_store_tx *tx, uint64_t number, hub_span response)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, update_done);
    hub_bind_span(&q, response);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_CONFLICT;
}

/* A batch that was too small fills on. After any other problem the two aggregators would not come
 * to agree on it: it is never asked for again, and the next one fills. */
static hub_status give_batch_back(struct hub_store_tx *tx, uint64_t number, const char *problem)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, select_batch);
    hub_bind_u64(&q, number);
    const hub_status found = hub_query_first(&q);
    if (found == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(found);
    struct hub_store_task_memory *const t = hub_store_touch(tx, hub_column_u64(&q, 0));
    const uint64_t window = hub_column_u64(&q, 1);
    if (t == NULL || !t->row.is_leader_selected)
        return HUB_OK;
    HUB_TRY(hub_shared_hold(tx, t, window, window));
    if (hub_store_window_state(t, window) != HUB_STORE_BUCKET_CLOSED)
        return HUB_OK;
    const bool is_small = strcmp(problem, hub_problem_name(HUB_PROBLEM_INVALID_BATCH_SIZE)) == 0;
    const enum hub_store_bucket_state state =
        is_small ? HUB_STORE_BUCKET_OPEN : HUB_STORE_BUCKET_BURNT;
    HUB_CLEANUP(hub_query_end) struct hub_query update = hub_query(tx->store->db, update_batch);
    hub_bind_u64(&update, state);
    hub_bind_u64(&update, t->row.number);
    hub_bind_u64(&update, window);
    HUB_TRY(hub_query_run(&update));
    return hub_store_window_set(tx, t, window, state);
}

/* Whether this failure is one that the ledger has not been told. */
static hub_status look_back(bool *is_news, struct hub_db *db, uint64_t number, const char *problem)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_failure);
    hub_bind_u64(&q, HUB_STORE_FAILURES_TOLD);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_first(&q));
    *is_news = strcmp(hub_column_text(&q, 0), problem) != 0 &&
               hub_column_u64(&q, 1) < HUB_STORE_FAILURES_TOLD;
    return HUB_OK;
}

hub_status hub_store_collection_fail(struct hub_store_tx *tx, uint64_t number, const char *problem,
                                     const char *detail, bool *is_news)
{
    char cut[HUB_STORE_DETAIL_MAX + 1];

    HUB_TRY(give_batch_back(tx, number, problem));
    if (strlen(problem) > HUB_STORE_PROBLEM_MAX)
        return HUB_E_ARGUMENT;
    (void)snprintf(cut, sizeof(cut), "%s", detail == NULL ? "" : detail);
    HUB_TRY(look_back(is_news, tx->store->db, number, problem));
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, update_failed);
    hub_bind_text(&q, problem);
    hub_bind_text(&q, cut);
    hub_bind_u64(&q, number);
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_CONFLICT;
}

hub_status hub_store_collection_delete(struct hub_store_tx *tx, uint64_t task,
                                       const uint8_t id[HUB_STORE_COLLECTION_ID_LEN])
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(tx->store->db, update_deleted);
    hub_bind_span(&q, HUB_SPAN_EMPTY);
    hub_bind_u64(&q, task);
    hub_bind_span(&q, hub_span_of(id, HUB_STORE_COLLECTION_ID_LEN));
    HUB_TRY(hub_query_run(&q));
    return hub_query_changes(&q) == 1 ? HUB_OK : HUB_E_NOT_FOUND;
}
