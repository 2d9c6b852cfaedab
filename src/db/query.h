/* One statement with its parameters and rows. Statements are prepared once a connection and kept by
 * their text. Sticky like a writer: after the first failure nothing is bound, and running tells.
 *
 *     HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_task);
 *     hub_bind_span(&q, id);
 *     hub_bind_u64(&q, role);
 *     HUB_TRY(hub_query_run(&q));
 *
 *     HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_tasks);
 *     while (hub_query_row(&q))
 *         ... hub_column_u64(&q, 0) ...
 *     return hub_query_finish(&q);
 */
#ifndef DB_QUERY_H
#define DB_QUERY_H

#include "db/db.h"

struct hub_db_statement;

struct hub_query {
    struct hub_db *db;
    struct hub_db_statement *statement; /* NULL if preparing failed */
    unsigned n_bound;
    hub_status status; /* the first failure */
};

/* A text that is in use already on this connection is prepared once more. */
struct hub_query hub_query(struct hub_db *db, const char *sql);
/* Gives the statement back; views of its columns end here. */
void hub_query_end(struct hub_query *q);

/* Parameters, from the first on. Bytes are borrowed until the query ends. Numbers beyond 2^63 - 1
 * are HUB_E_ARGUMENT: no engine stores them. */
void hub_bind_u64(struct hub_query *q, uint64_t value);
void hub_bind_i64(struct hub_query *q, int64_t value);
void hub_bind_double(struct hub_query *q, double value);
void hub_bind_span(struct hub_query *q,
                   hub_span bytes); /* a NULL pointer of length 0 is an empty blob */
void hub_bind_text(struct hub_query *q, const char *text);
void hub_bind_null(struct hub_query *q);

/* Runs a statement that gives no rows. HUB_E_CONFLICT: a unique key is taken. HUB_E_DB. */
HUB_MUST_USE hub_status hub_query_run(struct hub_query *q);
/* Steps to the next row: the condition of a loop over rows. False after the last and after a
 * failure; hub_query_finish tells which. */
bool hub_query_row(struct hub_query *q);
HUB_MUST_USE static inline hub_status hub_query_finish(const struct hub_query *q)
{
    return q->status;
}
/* The same in one step. */
HUB_MUST_USE hub_status hub_query_next(struct hub_query *q, bool *has_row);
/* The only row, or the first: HUB_E_NOT_FOUND if there is none. */
HUB_MUST_USE hub_status hub_query_first(struct hub_query *q);
/* Starts over with nothing bound, for the next row to insert. */
void hub_query_again(struct hub_query *q);
/* Rows that the last run inserted, changed or deleted. */
uint64_t hub_query_changes(const struct hub_query *q);

/* Columns of the current row, counted from 0. Views live until the next row or the end. */
uint64_t hub_column_u64(struct hub_query *q, unsigned column); /* a negative number reads as 0 */
int64_t hub_column_i64(struct hub_query *q, unsigned column);
double hub_column_double(struct hub_query *q, unsigned column);
hub_span hub_column_span(struct hub_query *q, unsigned column);
const char *hub_column_text(struct hub_query *q, unsigned column); /* never NULL */
bool hub_column_is_null(struct hub_query *q, unsigned column);
/* Copies a blob of exactly n bytes; HUB_E_DB if the row holds another length. */
HUB_MUST_USE hub_status hub_column_exact(struct hub_query *q, unsigned column, uint8_t *out,
                                         size_t n);

#endif
