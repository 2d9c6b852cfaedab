/* Statements by their text, parameters and rows. */
#include "db/query.h"

#include "db/db_internal.h"

#include <assert.h>
#include <stdlib.h>

/* FNV-1a: texts are the program's own, so nobody chooses collisions. */
static uint64_t hash_text(const char *text)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (; *text != '\0'; text++)
        h = (h ^ (uint8_t)*text) * 0x100000001b3U;
    return h;
}

static struct hub_db_statement *find(struct hub_db *db, uint64_t hash, const char *sql)
{
    for (struct hub_db_statement *s = db->cache[hash % HUB_DB_CACHE_BUCKETS]; s != NULL;
         s = s->next) {
        if (s->hash == hash && strcmp(s->sql, sql) == 0)
            return s;
    }
    return NULL;
}

static hub_status prepare(struct hub_db_statement **out, struct hub_db *db, const char *sql,
                          uint64_t hash, bool keep)
{
    struct hub_db_statement *const s = calloc(1, sizeof(*s));
    char *const text = keep ? strdup(sql) : NULL;
    hub_status status = s == NULL || (keep && text == NULL) ? HUB_E_MEMORY : HUB_OK;
    if (status == HUB_OK)
        status = db->engine->prepare(&s->prepared, db->connection, sql);
    if (status != HUB_OK) {
        free(text);
        free(s);
        return status;
    }
    s->hash = hash;
    s->sql = text;
    if (keep) {
        s->next = db->cache[hash % HUB_DB_CACHE_BUCKETS];
        db->cache[hash % HUB_DB_CACHE_BUCKETS] = s;
    }
    *out = s;
    return HUB_OK;
}

struct hub_query hub_query(struct hub_db *db, const char *sql)
{
    const uint64_t hash = hash_text(sql);
    struct hub_query q = {.db = db, .statement = find(db, hash, sql), .status = hub_db_ready(db)};

    if (q.status != HUB_OK)
        q.statement = NULL;
    else if (q.statement == NULL)
        q.status = prepare(&q.statement, db, sql, hash, true);
    else if (q.statement->in_use)
        q.status = prepare(&q.statement, db, sql, hash, false);
    if (q.status == HUB_OK)
        q.statement->in_use = true;
    else
        q.statement = NULL;
    return q;
}

void hub_query_end(struct hub_query *q)
{
    struct hub_db_statement *const s = q->statement;
    if (s == NULL)
        return;
    q->db->engine->reset(s->prepared);
    s->in_use = false;
    if (s->sql == NULL) {
        q->db->engine->finalize(s->prepared);
        free(s);
    }
    *q = (struct hub_query){0};
}

void hub_query_again(struct hub_query *q)
{
    if (q->statement != NULL)
        q->db->engine->reset(q->statement->prepared);
    q->n_bound = 0;
}

/* ---- Parameters */

void hub_bind_i64(struct hub_query *q, int64_t value)
{
    if (q->status == HUB_OK)
        q->status = q->db->engine->bind_i64(q->statement->prepared, ++q->n_bound, value);
}

void hub_bind_u64(struct hub_query *q, uint64_t value)
{
    if (q->status == HUB_OK && value > INT64_MAX)
        q->status = HUB_E_ARGUMENT;
    hub_bind_i64(q, (int64_t)value);
}

void hub_bind_double(struct hub_query *q, double value)
{
    if (q->status == HUB_OK)
        q->status = q->db->engine->bind_double(q->statement->prepared, ++q->n_bound, value);
}

void hub_bind_span(struct hub_query *q, hub_span bytes)
{
    if (q->status == HUB_OK)
        q->status = q->db->engine->bind_blob(q->statement->prepared, ++q->n_bound, bytes);
}

void hub_bind_text(struct hub_query *q, const char *text)
{
    if (q->status == HUB_OK)
        q->status = q->db->engine->bind_text(q->statement->prepared, ++q->n_bound, text);
}

void hub_bind_null(struct hub_query *q)
{
    if (q->status == HUB_OK)
        q->status = q->db->engine->bind_null(q->statement->prepared, ++q->n_bound);
}

/* ---- Running */

/* A reader that finds its connection lost connects anew and asks again. */
static hub_status step(struct hub_query *q, bool *has_row)
{
    struct hub_db *const db = q->db;
    const uint64_t generation = hub_db_generation(db);
    const hub_status status = db->engine->step(q->statement->prepared, has_row);

    if (status == HUB_OK || !db->read_only || hub_db_ready(db) != HUB_OK ||
        hub_db_generation(db) == generation)
        return status;
    return db->engine->step(q->statement->prepared, has_row);
}

hub_status hub_query_next(struct hub_query *q, bool *has_row)
{
    *has_row = false;
    if (q->status == HUB_OK)
        q->status = step(q, has_row);
    return q->status;
}

bool hub_query_row(struct hub_query *q)
{
    bool has_row;
    return hub_query_next(q, &has_row) == HUB_OK && has_row;
}

hub_status hub_query_run(struct hub_query *q)
{
    bool has_row;
    HUB_TRY(hub_query_next(q, &has_row));
    assert(!has_row);
    return HUB_OK;
}

hub_status hub_query_first(struct hub_query *q)
{
    bool has_row;
    HUB_TRY(hub_query_next(q, &has_row));
    return has_row ? HUB_OK : HUB_E_NOT_FOUND;
}

uint64_t hub_query_changes(const struct hub_query *q)
{
    return q->db->engine->changes(q->db->connection);
}

/* ---- Columns */

int64_t hub_column_i64(struct hub_query *q, unsigned column)
{
    return q->db->engine->column_i64(q->statement->prepared, column);
}

uint64_t hub_column_u64(struct hub_query *q, unsigned column)
{
    const int64_t value = hub_column_i64(q, column);
    return value < 0 ? 0 : (uint64_t)value;
}

double hub_column_double(struct hub_query *q, unsigned column)
{
    return q->db->engine->column_double(q->statement->prepared, column);
}

hub_span hub_column_span(struct hub_query *q, unsigned column)
{
    return q->db->engine->column_span(q->statement->prepared, column);
}

const char *hub_column_text(struct hub_query *q, unsigned column)
{
    return q->db->engine->column_text(q->statement->prepared, column);
}

bool hub_column_is_null(struct hub_query *q, unsigned column)
{
    return q->db->engine->column_is_null(q->statement->prepared, column);
}

hub_status hub_column_exact(struct hub_query *q, unsigned column, uint8_t *out, size_t n)
{
    const hub_span bytes = hub_column_span(q, column);
    if (bytes.len != n)
        return HUB_E_DB;
    if (n != 0)
        memcpy(out, bytes.ptr, n);
    return HUB_OK;
}
