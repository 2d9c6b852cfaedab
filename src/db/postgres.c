/* PostgreSQL as an engine, through libpq. Parameters and results are binary; a statement is
 * prepared once a connection and its rows come all at once, so that others may run between them. A
 * connection that is lost is made again where no transaction was under way; one that was has
 * failed, or, if the loss fell on its COMMIT, may have happened: callers of the door must stand
 * either. */
#include "db/db_internal.h"
#include "db/postgres_sql_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DEFAULT_LOCK_MS = 5000,
    DEFAULT_IDLE_TX_MS = 60000,
    NAME_MAX_LEN = 16,
    SCRATCH_LEN = 8,
    MESSAGE_MAX = 256
};

#define CONNECT_S  "5"
#define SILENCE_MS "30000" /* of a host that acknowledges nothing */

/* Types of columns (catalog/pg_type.dat). */
enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_FLOAT8 = 701,
    OID_NUMERIC = 1700
};

struct connection {
    PGconn *conn;
    char *info; /* what it was opened with */
    bool read_only;
    uint32_t lock_ms;
    uint32_t idle_tx_ms;
    uint64_t generation; /* counts the times that it was made */
    uint64_t n_named;    /* statements that got a name */
    uint64_t changes;
    bool was_race;
    char message[MESSAGE_MAX]; /* of the last failure; without a line end */
};

struct statement {
    struct connection *c;
    char name[NAME_MAX_LEN];
    char *sql;
    uint64_t generation; /* of the connection that knows the name */
    unsigned n_params;
    const char **values;
    int *lengths;
    int *formats;
    uint8_t (*scratch)[SCRATCH_LEN]; /* numbers in their binary form */
    PGresult *result;                /* NULL: not run since the last reset */
    int row;
};

/* ---- Failures */

static hub_status status_of_state(struct connection *c, const char *state)
{
    c->was_race = false;
    if (state == NULL)
        return HUB_E_DB;
    if (strcmp(state, "23505") == 0) /* unique_violation */
        return HUB_E_CONFLICT;
    /* serialization_failure, deadlock_detected, lock_not_available */
    if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strcmp(state, "55P03") == 0) {
        c->was_race = true;
        return HUB_E_BUSY;
    }
    if (strncmp(state, "22", 2) == 0 || strcmp(state, "54000") == 0)
        return HUB_E_ARGUMENT; /* data_exception, program_limit_exceeded */
    return HUB_E_DB;
}

static void keep_message(struct connection *c, const char *message)
{
    (void)snprintf(c->message, sizeof(c->message), "%.*s", (int)strcspn(message, "\n"), message);
}

/* Takes the result in; on success it is the caller's. */
static hub_status check(struct connection *c, PGresult **result)
{
    const ExecStatusType status = PQresultStatus(*result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return HUB_OK;
    keep_message(c, PQerrorMessage(c->conn));
    const hub_status failure = status_of_state(c, PQresultErrorField(*result, PG_DIAG_SQLSTATE));
    PQclear(*result);
    *result = NULL;
    return failure;
}

static hub_status run(struct connection *c, const char *sql)
{
    PGresult *result = PQexec(c->conn, sql);
    HUB_TRY(check(c, &result));
    PQclear(result);
    return HUB_OK;
}

/* ---- The connection */

/* What no server's configuration may take away (a commit is durable when it returns), and what
 * many small statements over tables that are now empty, now large, want: plans that are made once
 * and don't walk whole tables. And how long a transaction may stand still: what it holds is others'
 * to wait for. */
static hub_status configure(struct connection *c)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "SELECT set_config('synchronous_commit', 'on', false)"
                   " WHERE current_setting('synchronous_commit') IN ('off', 'local');"
                   "SET lock_timeout = %lu;"
                   "SET idle_in_transaction_session_timeout = %lu;"
                   "SET plan_cache_mode = force_generic_plan;"
                   "SET enable_seqscan = off;"
                   "SET jit = off;"
                   "SET default_transaction_read_only = %s",
                   (unsigned long)c->lock_ms, (unsigned long)c->idle_tx_ms,
                   c->read_only ? "on" : "off");
    (void)PQsetErrorVerbosity(c->conn, PQERRORS_TERSE); /* details would hold values */
    (void)PQsetErrorContextVisibility(c->conn, PQSHOW_CONTEXT_NEVER);
    return run(c, sql);
}

/* Notices go nowhere: what matters comes back as a status. */
static void ignore_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

static hub_status connect_to(struct connection *c)
{
    /* dbname is expanded to all that the URL holds, which goes before what stands ahead of it; what
     * stands behind it goes for all. A host that is silent is not waited for without end. */
    const char *const keys[] = {"fallback_application_name", "connect_timeout",
                                "tcp_user_timeout",          "dbname",
                                "client_encoding",           NULL};
    const char *const values[] = {"hubbub", CONNECT_S, SILENCE_MS, c->info, "UTF8", NULL};

    c->conn = PQconnectdbParams(keys, values, 1);
    if (c->conn == NULL)
        return HUB_E_MEMORY;
    (void)PQsetNoticeReceiver(c->conn, ignore_notice, NULL);
    if (PQstatus(c->conn) != CONNECTION_OK) {
        keep_message(c, PQerrorMessage(c->conn));
        return HUB_E_DB;
    }
    c->generation = 1;
    return configure(c);
}

static void close_connection(struct connection *c)
{
    if (c == NULL)
        return;
    PQfinish(c->conn);
    free(c->info);
    free(c);
}

static void close_connection_at(struct connection **c)
{
    close_connection(*c);
}

static void engine_close(void *connection)
{
    close_connection(connection);
}

/* A password stands in a file (passfile=FILE, or ~/.pgpass), never in a configuration. */
static hub_status check_info(const char *info, struct hub_why *why)
{
    PQconninfoOption *const options = PQconninfoParse(info, NULL);
    bool has_password = false;

    if (options == NULL) /* the parser's message would hold the text */
        return hub_why(why, HUB_E_CONFIG, "the database's URL is none that libpq can read");
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        has_password = has_password || (strcmp(o->keyword, "password") == 0 && o->val != NULL);
    PQconninfoFree(options);
    return has_password ? hub_why(why, HUB_E_CONFIG,
                                  "the database's URL holds a password: put it into a file and say "
                                  "?passfile=FILE")
                        : HUB_OK;
}

static hub_status engine_open(void **out, const char *path, const struct hub_db_options *options,
                              struct hub_why *why)
{
    HUB_CLEANUP(close_connection_at) struct connection *c = NULL;

    HUB_TRY(check_info(path, why));
    c = calloc(1, sizeof(*c));
    if (c == NULL || (c->info = strdup(path)) == NULL)
        return hub_why(why, HUB_E_MEMORY, "the database: no memory");
    c->read_only = options->read_only;
    c->lock_ms = options->busy_ms == 0 ? DEFAULT_LOCK_MS : options->busy_ms;
    c->idle_tx_ms = options->idle_tx_ms == 0 ? DEFAULT_IDLE_TX_MS : options->idle_tx_ms;
    const hub_status status = connect_to(c);
    if (status != HUB_OK)
        return hub_why(why, status, "the database: %s", c->message);
    *out = c;
    c = NULL;
    return HUB_OK;
}

static const char *engine_message(void *connection)
{
    return ((struct connection *)connection)->message;
}

static bool engine_in_transaction(void *connection)
{
    const struct connection *const c = connection;
    const PGTransactionStatusType status = PQtransactionStatus(c->conn);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static hub_status engine_revive(void *connection)
{
    struct connection *const c = connection;

    if (PQstatus(c->conn) == CONNECTION_OK)
        return HUB_OK;
    PQreset(c->conn);
    if (PQstatus(c->conn) != CONNECTION_OK) {
        keep_message(c, PQerrorMessage(c->conn));
        return HUB_E_DB;
    }
    c->generation++;
    return configure(c);
}

static uint64_t engine_generation(void *connection)
{
    return ((const struct connection *)connection)->generation;
}

static bool engine_was_race(void *connection)
{
    return ((const struct connection *)connection)->was_race;
}

static hub_status engine_exec(void *connection, const char *sql)
{
    char *text;
    HUB_TRY(hub_postgres_schema(&text, sql));
    const hub_status status = run(connection, text);
    free(text);
    return status;
}

static uint64_t engine_changes(void *connection)
{
    return ((const struct connection *)connection)->changes;
}

/* ---- Statements */

static void free_statement(struct statement *s)
{
    PQclear(s->result);
    free(s->sql);
    free(s->values);
    free(s->lengths);
    free(s->formats);
    free(s->scratch);
    free(s);
}

static hub_status allocate_params(struct statement *s)
{
    const size_t n = s->n_params == 0 ? 1 : s->n_params;
    s->values = calloc(n, sizeof(*s->values));
    s->lengths = calloc(n, sizeof(*s->lengths));
    s->formats = calloc(n, sizeof(*s->formats));
    s->scratch = calloc(n, sizeof(*s->scratch));
    if (s->values == NULL || s->lengths == NULL || s->formats == NULL || s->scratch == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        s->formats[i] = 1;
    return HUB_OK;
}

/* Types of parameters follow from where they stand. */
static hub_status name_statement(struct statement *s)
{
    PGresult *result = PQprepare(s->c->conn, s->name, s->sql, 0, NULL);
    HUB_TRY(check(s->c, &result));
    PQclear(result);
    s->generation = s->c->generation;
    return HUB_OK;
}

static hub_status engine_prepare(void **out, void *connection, const char *sql)
{
    struct connection *const c = connection;
    struct statement *const s = calloc(1, sizeof(*s));

    if (s == NULL)
        return HUB_E_MEMORY;
    s->c = c;
    (void)snprintf(s->name, sizeof(s->name), "h%llu", (unsigned long long)++c->n_named % 1000000);
    hub_status status = hub_postgres_statement(&s->sql, &s->n_params, sql);
    if (status == HUB_OK)
        status = allocate_params(s);
    if (status == HUB_OK)
        status = name_statement(s);
    if (status != HUB_OK) {
        free_statement(s);
        return status;
    }
    *out = s;
    return HUB_OK;
}

/* In a transaction that has failed the name stays, until the connection ends. */
static void engine_finalize(void *prepared)
{
    struct statement *const s = prepared;
    char sql[32];

    if (s->generation == s->c->generation && PQstatus(s->c->conn) == CONNECTION_OK &&
        PQtransactionStatus(s->c->conn) != PQTRANS_INERROR) {
        (void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->name);
        (void)run(s->c, sql);
    }
    free_statement(s);
}

static void engine_reset(void *prepared)
{
    struct statement *const s = prepared;
    PQclear(s->result);
    s->result = NULL;
    s->row = 0;
    for (unsigned i = 0; i < s->n_params; i++)
        s->values[i] = NULL;
}

static hub_status bind_bytes(struct statement *s, unsigned at, const void *bytes, size_t len)
{
    if (at > s->n_params || len > INT32_MAX)
        return HUB_E_ARGUMENT;
    s->values[at - 1] = bytes;
    s->lengths[at - 1] = (int)len;
    return HUB_OK;
}

static hub_status engine_bind_i64(void *prepared, unsigned at, int64_t value)
{
    struct statement *const s = prepared;
    if (at > s->n_params)
        return HUB_E_ARGUMENT;
    hub_postgres_put_i64(s->scratch[at - 1], value);
    return bind_bytes(s, at, s->scratch[at - 1], SCRATCH_LEN);
}

static hub_status engine_bind_double(void *prepared, unsigned at, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return engine_bind_i64(prepared, at, bits);
}

static hub_status engine_bind_blob(void *prepared, unsigned at, hub_span bytes)
{
    const void *const ptr = bytes.len == 0 ? "" : (const void *)bytes.ptr; /* NULL would be null */
    return bind_bytes(prepared, at, ptr, bytes.len);
}

static hub_status engine_bind_text(void *prepared, unsigned at, const char *text)
{
    return bind_bytes(prepared, at, text, strlen(text));
}

static hub_status engine_bind_null(void *prepared, unsigned at)
{
    return bind_bytes(prepared, at, NULL, 0);
}

/* A COMMIT of a transaction in which something failed rolls back and says so in its tag alone. */
static hub_status check_tag(struct connection *c, const struct statement *s)
{
    if (strcmp(s->sql, "COMMIT") == 0 && strcmp(PQcmdStatus(s->result), "COMMIT") != 0) {
        keep_message(c, "a part of the transaction had failed");
        return HUB_E_DB;
    }
    c->changes = strtoull(PQcmdTuples(s->result), NULL, 10);
    return HUB_OK;
}

static hub_status execute(struct statement *s)
{
    struct connection *const c = s->c;

    if (s->generation != c->generation)
        HUB_TRY(name_statement(s));
    s->result =
        PQexecPrepared(c->conn, s->name, (int)s->n_params, s->values, s->lengths, s->formats, 1);
    HUB_TRY(check(c, &s->result));
    s->row = -1;
    return check_tag(c, s);
}

static hub_status engine_step(void *prepared, bool *has_row)
{
    struct statement *const s = prepared;
    if (s->result == NULL)
        HUB_TRY(execute(s));
    *has_row = s->row + 1 < PQntuples(s->result);
    s->row += *has_row ? 1 : 0;
    return HUB_OK;
}

/* ---- Columns */

static hub_span value(const struct statement *s, unsigned column)
{
    if (s->result == NULL || PQgetisnull(s->result, s->row, (int)column) != 0)
        return HUB_SPAN_EMPTY;
    return hub_span_of((const uint8_t *)PQgetvalue(s->result, s->row, (int)column),
                       (size_t)PQgetlength(s->result, s->row, (int)column));
}

/* Big-endian in two's complement, of any of the widths. */
static int64_t read_int(hub_span bytes)
{
    uint64_t v = bytes.len != 0 && bytes.ptr[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.len; i++)
        v = v << 8 | bytes.ptr[i];
    return (int64_t)v;
}

static int64_t engine_column_i64(void *prepared, unsigned column)
{
    const struct statement *const s = prepared;
    const hub_span bytes = value(s, column);

    if (bytes.len == 0)
        return 0;
    switch (PQftype(s->result, (int)column)) {
    case OID_INT8:
    case OID_INT4:
    case OID_INT2:
    case OID_BOOL:
        return read_int(bytes);
    case OID_NUMERIC:
        return hub_postgres_numeric(bytes);
    default:
        return 0;
    }
}

static double engine_column_double(void *prepared, unsigned column)
{
    const struct statement *const s = prepared;
    const hub_span bytes = value(s, column);
    double d;

    if (bytes.len == 0 || PQftype(s->result, (int)column) != OID_FLOAT8)
        return (double)engine_column_i64(prepared, column);
    const int64_t bits = read_int(bytes);
    memcpy(&d, &bits, sizeof(d));
    return d;
}

static hub_span engine_column_span(void *prepared, unsigned column)
{
    return value(prepared, column);
}

static const char *engine_column_text(void *prepared, unsigned column)
{
    const hub_span text = value(prepared, column); /* libpq puts a NUL behind it */
    return text.ptr == NULL ? "" : (const char *)text.ptr;
}

static bool engine_column_is_null(void *prepared, unsigned column)
{
    const struct statement *const s = prepared;
    return s->result == NULL || PQgetisnull(s->result, s->row, (int)column) != 0;
}

const struct hub_db_engine hub_db_postgres = {
    .begin = "BEGIN",
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    .size = "SELECT pg_database_size(current_database())",
    .is_shared = true,
    .schema_begin = "SELECT pg_advisory_lock(1751475042)", /* the session's; any number of ours */
    .schema_end = "SELECT pg_advisory_unlock(1751475042)",
    .open = engine_open,
    .close = engine_close,
    .message = engine_message,
    .in_transaction = engine_in_transaction,
    .exec = engine_exec,
    .revive = engine_revive,
    .generation = engine_generation,
    .was_race = engine_was_race,
    .prepare = engine_prepare,
    .finalize = engine_finalize,
    .reset = engine_reset,
    .bind_i64 = engine_bind_i64,
    .bind_double = engine_bind_double,
    .bind_blob = engine_bind_blob,
    .bind_text = engine_bind_text,
    .bind_null = engine_bind_null,
    .step = engine_step,
    .changes = engine_changes,
    .column_i64 = engine_column_i64,
    .column_double = engine_column_double,
    .column_span = engine_column_span,
    .column_text = engine_column_text,
    .column_is_null = engine_column_is_null,
};
