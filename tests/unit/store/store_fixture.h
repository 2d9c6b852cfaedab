/* A store in a folder of its own, or on a database of its own where with_server says so, and units
 * made of a function. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "base/file.h"
#include "crypto/random.h"
#include "db/query.h"
#include "postgres/database.h"
#include "store/job.h"
#include "store/store.h"
#include "store/task.h"
#include "wire/types.h"

enum { DAY_S = 86400, START_S = 20000 * DAY_S };

struct fixture {
    char folder[64];
    char path[TEST_DATABASE_MAX]; /* or its URL */
    char database[64];            /* its name on the server */
    char head_path[96];
    uint64_t now_s;
    struct hub_store_options options;
    struct hub_store *store;
};

static inline uint64_t fixture_now(void *self)
{
    return ((const struct fixture *)self)->now_s;
}

static inline void fixture_open(struct fixture *f)
{
    struct hub_why why = {0};
    if (hub_store_open(&f->store, &f->options, &why) != HUB_OK)
        fail_msg("%s", why.text);
}

static inline void fixture_close(struct fixture *f)
{
    hub_store_close(f->store);
    f->store = NULL;
}

__attribute__((format(printf, 1, 2))) static inline void fixture_server_exec(const char *format,
                                                                             ...)
{
    char sql[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    test_server_exec(sql);
}

/* The whole database, as a backup would take it and bring it back; the store is closed. */
static inline void fixture_copy(struct fixture *f, struct hub_buf *copy)
{
    assert_null(f->store);
    copy->len = 0;
    if (!test_is_on_server()) {
        assert_int_equal(hub_file_read(copy, f->path, NULL), HUB_OK);
        return;
    }
    fixture_server_exec("DROP DATABASE IF EXISTS %s_copy", f->database);
    fixture_server_exec("CREATE DATABASE %s_copy TEMPLATE %s", f->database, f->database);
}

static inline void fixture_put_back(struct fixture *f, const struct hub_buf *copy)
{
    assert_null(f->store);
    if (!test_is_on_server()) {
        assert_int_equal(hub_file_write(f->path, hub_buf_span(copy), 0600, NULL), HUB_OK);
        return;
    }
    fixture_server_exec("DROP DATABASE %s WITH (FORCE)", f->database);
    fixture_server_exec("CREATE DATABASE %s TEMPLATE %s_copy", f->database, f->database);
}

/* The next opening makes a new one. */
static inline void fixture_lose(struct fixture *f)
{
    assert_null(f->store);
    if (!test_is_on_server()) {
        assert_int_equal(unlink(f->path), 0);
        return;
    }
    fixture_server_exec("DROP DATABASE %s WITH (FORCE)", f->database);
    fixture_server_exec("CREATE DATABASE %s", f->database);
}

static inline struct fixture *fixture_new(void)
{
    struct fixture *const f = calloc(1, sizeof(*f));
    assert_non_null(f);
    /* In memory where there is such a folder: syncing costs nothing there. */
    (void)snprintf(f->folder, sizeof(f->folder), "%s/hubbub-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    if (test_is_on_server()) {
        test_database_name(f->database);
        fixture_server_exec("CREATE DATABASE %s", f->database);
        test_database_url(f->path, f->database);
    } else {
        (void)snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
    }
    (void)snprintf(f->head_path, sizeof(f->head_path), "%s/head", f->folder);
    f->now_s = START_S;
    f->options = (struct hub_store_options){.path = f->path,
                                            .head_path = f->head_path,
                                            .clock = {fixture_now, f},
                                            .rng = hub_system_rng(),
                                            .expiry_every_ms = 3600000};
    return f;
}

static inline int fixture_setup(void **state)
{
    struct fixture *const f = fixture_new();
    fixture_open(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *const f = *state;
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "head",
                                        "head2",    "copy.db",      "copy.db-wal"};
    fixture_close(f);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[160];
        (void)snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

/* A unit that calls a function. */
struct call {
    struct hub_unit unit;
    hub_status (*function)(void *self, struct hub_store_tx *tx);
    void *self;
};

static inline hub_status call_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct call *const c = (struct call *)unit;
    return c->function(c->self, tx);
}

static inline hub_status run(struct hub_store *store,
                             hub_status (*function)(void *self, struct hub_store_tx *tx),
                             void *self)
{
    struct call c = {.unit = {.apply = call_apply}, .function = function, .self = self};
    return hub_store_run(store, &c.unit);
}

static inline hub_status admit_apply(void *self, struct hub_store_tx *tx)
{
    return hub_store_task_admit(tx, self, hub_span_text("configuration"));
}

/* A task with windows of an hour from START_S on; n makes the id. */
static inline struct hub_store_task task_of(uint8_t n, enum hub_role role)
{
    struct hub_store_task t = {.id = {n},
                               .role = (uint8_t)role,
                               .statement_hash = {n, n},
                               .name = "steps",
                               .population = "people",
                               .window_s = 3600,
                               .first_s = START_S,
                               .end_s = START_S + (uint64_t)30 * DAY_S,
                               .charge = 536870912,
                               .sigma2 = 1024};
    return t;
}

/* Returns its number. */
static inline uint64_t admit(struct hub_store *store, uint8_t n, enum hub_role role)
{
    struct hub_store_task t = task_of(n, role);
    assert_int_equal(run(store, admit_apply, &t), HUB_OK);
    return t.number;
}

/* Ids that are known, in memory or as rows. */
static inline uint64_t fixture_ids(struct fixture *f)
{
    HUB_CLEANUP(hub_db_close_at) struct hub_db *db = NULL;
    const struct hub_db_options options = {0};
    struct hub_store_stats stats;
    hub_store_stats(f->store, &stats);
    if (!test_is_on_server())
        return stats.ids;
    assert_int_equal(hub_db_open(&db, f->path, &options, NULL), HUB_OK);
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, "SELECT count(*) FROM report_id");
    assert_int_equal(hub_query_first(&q), HUB_OK);
    return hub_column_u64(&q, 0);
}

static inline hub_status adopt_job_apply(void *self, struct hub_store_tx *tx)
{
    return hub_store_job_adopt(tx, ((const struct hub_store_job *)self)->number);
}

/* Takes over n jobs of the process that was closed before. On a server its session ends a moment
 * after its connection. */
static inline void fixture_adopt(struct fixture *f, size_t n)
{
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    struct hub_store_job jobs[8];
    if (!test_is_on_server())
        return;
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    for (unsigned ms = 0; n != 0 && ms < 20000; ms += 10) {
        size_t found = 8;
        assert_int_equal(hub_store_jobs_orphaned(&reader, jobs, &found), HUB_OK);
        for (size_t i = 0; i < found; i++)
            assert_int_equal(run(f->store, adopt_job_apply, &jobs[i]), HUB_OK);
        n -= found;
        (void)usleep(10000);
    }
    assert_int_equal(n, 0);
}

enum { FIRST_WINDOW = START_S / 3600 };

#endif
