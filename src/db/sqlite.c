/* SQLite as an engine: write-ahead log with a full sync at each commit, pages of 16 kB, freed pages
 * not overwritten (they hold ciphertext under keys that are destroyed). */
#include "base/file.h"
#include "db/db_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PAGE_BYTES = 16384,
    DEFAULT_CACHE_KIB = 2048,
    DEFAULT_BUSY_MS = 5000,
    DEFAULT_CHECKPOINT_KIB = 65536
};

static hub_status status_of(int code)
{
    switch (code & 0xff) { /* the primary code; the rest refines it */
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return HUB_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HUB_E_BUSY;
    case SQLITE_NOMEM:
        return HUB_E_MEMORY;
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
        return HUB_E_ARGUMENT;
    case SQLITE_CONSTRAINT:
        return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       code == SQLITE_CONSTRAINT_ROWID
                   ? HUB_E_CONFLICT
                   : HUB_E_DB;
    default:
        return HUB_E_DB;
    }
}

/* ---- The connection */

static void close_connection(sqlite3 **connection)
{
    if (*connection != NULL)
        (void)sqlite3_close_v2(*connection);
}

static hub_status engine_exec(void *connection, const char *sql)
{
    return status_of(sqlite3_exec(connection, sql, NULL, NULL, NULL));
}

static hub_status pragma(sqlite3 *connection, const char *name, const char *value)
{
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "PRAGMA %s = %s", name, value);
    return engine_exec(connection, sql);
}

static hub_status pragma_number(sqlite3 *connection, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    return pragma(connection, name, text);
}

/* Makes the file before SQLite does, so that its mode is ours; log and index take the same mode. */
static hub_status make_file(const char *path, unsigned mode, struct hub_why *why)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST)
        return HUB_OK;
    if (fd < 0)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    (void)close(fd);
    const hub_status status = hub_file_sync_folder(path);
    return status == HUB_OK ? HUB_OK
                            : hub_why(why, status, "%s: the folder: %s", path, strerror(errno));
}

static hub_status configure(sqlite3 *connection, const struct hub_db_options *options)
{
    const uint32_t cache = options->cache_kib == 0 ? DEFAULT_CACHE_KIB : options->cache_kib;
    const uint32_t busy = options->busy_ms == 0 ? DEFAULT_BUSY_MS : options->busy_ms;
    const uint32_t log =
        options->checkpoint_kib == 0 ? DEFAULT_CHECKPOINT_KIB : options->checkpoint_kib;

    (void)sqlite3_extended_result_codes(connection, 1);
    HUB_TRY(status_of(sqlite3_busy_timeout(connection, (int)busy)));
    HUB_TRY(pragma(connection, "trusted_schema", "OFF"));
    HUB_TRY(pragma(connection, "temp_store", "MEMORY"));
    HUB_TRY(pragma_number(connection, "cache_size", -(int64_t)cache));
    if (options->read_only)
        return HUB_OK;
    HUB_TRY(pragma_number(connection, "page_size", PAGE_BYTES));
    HUB_TRY(pragma(connection, "journal_mode", "WAL"));
    HUB_TRY(pragma(connection, "synchronous", "FULL"));
    HUB_TRY(pragma(connection, "secure_delete", "OFF"));
    HUB_TRY(pragma_number(connection, "wal_autocheckpoint", log / (PAGE_BYTES / 1024)));
    HUB_TRY(pragma_number(connection, "journal_size_limit", (int64_t)log * 1024));
    if (options->pages_max != 0)
        HUB_TRY(pragma_number(connection, "max_page_count", options->pages_max));
    return HUB_OK;
}

static hub_status engine_open(void **out, const char *path, const struct hub_db_options *options,
                              struct hub_why *why)
{
    HUB_CLEANUP(close_connection) sqlite3 *connection = NULL;

    if (options->read_only && access(path, F_OK) != 0)
        return hub_why(why, HUB_E_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (!options->read_only)
        HUB_TRY(make_file(path, options->mode == 0 ? 0600 : options->mode, why));
    const int flags =
        (options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
    hub_status status = status_of(sqlite3_open_v2(path, &connection, flags, NULL));
    if (status == HUB_OK)
        status = configure(connection, options);
    if (status != HUB_OK)
        return hub_why(why, status, "%s: %s", path, sqlite3_errmsg(connection));
    *out = connection;
    connection = NULL;
    return HUB_OK;
}

static void engine_close(void *connection)
{
    (void)sqlite3_close_v2(connection);
}

static const char *engine_message(void *connection)
{
    return sqlite3_errmsg(connection);
}

static bool engine_in_transaction(void *connection)
{
    return sqlite3_get_autocommit(connection) == 0;
}

static uint64_t engine_changes(void *connection)
{
    return (uint64_t)sqlite3_changes64(connection);
}

/* ---- Statements */

static hub_status engine_prepare(void **out, void *connection, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    const int code =
        sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK)
        return status_of(code);
    *out = statement;
    return HUB_OK;
}

static void engine_finalize(void *prepared)
{
    (void)sqlite3_finalize(prepared);
}

static void engine_reset(void *prepared)
{
    (void)sqlite3_reset(prepared); /* says again what step said */
    (void)sqlite3_clear_bindings(prepared);
}

static hub_status engine_bind_i64(void *prepared, unsigned at, int64_t value)
{
    return status_of(sqlite3_bind_int64(prepared, (int)at, value));
}

static hub_status engine_bind_double(void *prepared, unsigned at, double value)
{
    return status_of(sqlite3_bind_double(prepared, (int)at, value));
}

static hub_status engine_bind_blob(void *prepared, unsigned at, hub_span bytes)
{
    const void *const ptr = bytes.len == 0 ? "" : (const void *)bytes.ptr; /* NULL would be null */
    return status_of(sqlite3_bind_blob64(prepared, (int)at, ptr, bytes.len, SQLITE_STATIC));
}

static hub_status engine_bind_text(void *prepared, unsigned at, const char *text)
{
    return status_of(
        sqlite3_bind_text64(prepared, (int)at, text, strlen(text), SQLITE_STATIC, SQLITE_UTF8));
}

static hub_status engine_bind_null(void *prepared, unsigned at)
{
    return status_of(sqlite3_bind_null(prepared, (int)at));
}

static hub_status engine_step(void *prepared, bool *has_row)
{
    const int code = sqlite3_step(prepared);
    *has_row = code == SQLITE_ROW;
    return status_of(code);
}

static int64_t engine_column_i64(void *prepared, unsigned column)
{
    return sqlite3_column_int64(prepared, (int)column);
}

static double engine_column_double(void *prepared, unsigned column)
{
    return sqlite3_column_double(prepared, (int)column);
}

static hub_span engine_column_span(void *prepared, unsigned column)
{
    const void *const ptr = sqlite3_column_blob(prepared, (int)column);
    const int len = sqlite3_column_bytes(prepared, (int)column);
    return ptr == NULL ? HUB_SPAN_EMPTY : hub_span_of(ptr, (size_t)len);
}

static const char *engine_column_text(void *prepared, unsigned column)
{
    const unsigned char *const text = sqlite3_column_text(prepared, (int)column);
    return text == NULL ? "" : (const char *)text;
}

static bool engine_column_is_null(void *prepared, unsigned column)
{
    return sqlite3_column_type(prepared, (int)column) == SQLITE_NULL;
}

const struct hub_db_engine hub_db_sqlite = {
    .begin = "BEGIN IMMEDIATE",
    .begin_read = "BEGIN",
    .size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    .open = engine_open,
    .close = engine_close,
    .message = engine_message,
    .in_transaction = engine_in_transaction,
    .exec = engine_exec,
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
