/* What only a server does: several writers, waits and deadlocks, connections that are lost, and
 * URLs. Starts a server that syncs, kills it and looks at what is left. */
#include "db/query.h"
#include "postgres/server.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct postgres_server server;
static char url[POSTGRES_URL_MAX];

static struct hub_db *open_db(bool read_only, uint32_t busy_ms)
{
    struct hub_db *db = NULL;
    struct hub_why why = {0};
    const struct hub_db_options options = {.read_only = read_only, .busy_ms = busy_ms};
    if (hub_db_open(&db, url, &options, &why) != HUB_OK)
        fail_msg("%s", why.text);
    return db;
}

static struct hub_db *open_with_table(void)
{
    struct hub_db *const db = open_db(false, 0);
    assert_int_equal(hub_db_exec(db, "DROP TABLE IF EXISTS t;"
                                     "CREATE TABLE t (k INTEGER PRIMARY KEY, v INTEGER)"),
                     HUB_OK);
    return db;
}

static hub_status put(struct hub_db *db, uint64_t k, uint64_t v)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(db, "INSERT INTO t (k, v) VALUES (?, ?)"
                                       " ON CONFLICT (k) DO UPDATE SET v = excluded.v");
    hub_bind_u64(&q, k);
    hub_bind_u64(&q, v);
    return hub_query_run(&q);
}

static hub_status get(struct hub_db *db, uint64_t k, uint64_t *v)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, "SELECT v FROM t WHERE k = ?");
    hub_bind_u64(&q, k);
    HUB_TRY(hub_query_first(&q));
    *v = hub_column_u64(&q, 0);
    return HUB_OK;
}

static void refuse(const char *bad, hub_status status, const char *word)
{
    struct hub_db *db = NULL;
    struct hub_why why = {0};
    const struct hub_db_options options = {0};
    assert_int_equal(hub_db_open(&db, bad, &options, &why), status);
    assert_null(db);
    assert_non_null(strstr(why.text, word));
    assert_null(strstr(why.text, "secret"));
}

static void test_urls(void **state)
{
    char nowhere[POSTGRES_URL_MAX];
    (void)state;
    refuse("postgresql://hubbub:secret@/t", HUB_E_CONFIG, "passfile");
    refuse("postgresql://hubbub@/t?password=secret", HUB_E_CONFIG, "passfile");
    refuse("postgresql://hubbub@/t?nonsense=secret", HUB_E_CONFIG, "none that libpq");
    refuse("postgresql://hubbub@/t?host=/nowhere", HUB_E_DB, "/nowhere");
    postgres_server_url(&server, nowhere, "nowhere");
    refuse(nowhere, HUB_E_DB, "nowhere");
    assert_true(hub_db_is_url("postgres://x"));
    assert_false(hub_db_is_url("/var/postgresql://x"));
}

/* One waits for another's row, but not for ever. */
static void test_a_lock_is_waited_for(void **state)
{
    struct hub_db *const one = open_with_table();
    struct hub_db *const other = open_db(false, 100);
    struct hub_tx tx = {0};
    struct hub_tx second = {0};
    uint64_t v = 0;
    (void)state;
    assert_int_equal(hub_tx_begin(&tx, one), HUB_OK);
    assert_int_equal(put(one, 1, 10), HUB_OK);
    assert_int_equal(hub_tx_begin(&second, other), HUB_OK);
    assert_int_equal(put(other, 1, 20), HUB_E_BUSY);
    assert_true(hub_db_was_race(other));
    assert_int_equal(hub_tx_commit(&second), HUB_E_DB); /* a part of it had failed */
    assert_false(hub_db_in_transaction(other));
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    assert_int_equal(put(other, 1, 20), HUB_OK);
    assert_int_equal(get(one, 1, &v), HUB_OK);
    assert_int_equal(v, 20);
    hub_db_close(other);
    hub_db_close(one);
}

/* One that stands still in its transaction has its connection ended, and what it wrote undone. */
static void test_a_transaction_does_not_stand_still(void **state)
{
    struct hub_db *const other = open_with_table();
    const struct hub_db_options options = {.idle_tx_ms = 300};
    struct hub_db *one = NULL;
    struct hub_tx tx = {0};
    uint64_t v = 0;
    (void)state;
    assert_int_equal(hub_db_open(&one, url, &options, NULL), HUB_OK);
    assert_int_equal(hub_tx_begin(&tx, one), HUB_OK);
    assert_int_equal(put(one, 1, 10), HUB_OK);
    assert_int_equal(put(other, 1, 20), HUB_OK); /* waits until then */
    assert_int_equal(put(one, 2, 10), HUB_E_DB);
    assert_int_equal(hub_tx_commit(&tx), HUB_E_DB);
    assert_int_equal(hub_tx_begin(&tx, one), HUB_OK);
    assert_int_equal(hub_db_generation(one), 2);
    assert_int_equal(get(one, 1, &v), HUB_OK);
    assert_int_equal(v, 20);
    assert_int_equal(get(one, 2, &v), HUB_E_NOT_FOUND);
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    hub_db_close(one);
    hub_db_close(other);
}

struct crossing {
    pthread_t thread;
    pthread_barrier_t *both;
    uint64_t first;
    uint64_t second;
    hub_status status;
    bool was_race;
};

static void *cross(void *arg)
{
    struct crossing *const c = arg;
    struct hub_db *const db = open_db(false, 0);
    HUB_CLEANUP(hub_tx_rollback) struct hub_tx tx = {0};
    struct hub_savepoint part = {0};
    c->status = hub_tx_begin(&tx, db);
    if (c->status == HUB_OK)
        c->status = hub_savepoint_begin(&part, db);
    if (c->status == HUB_OK)
        c->status = put(db, c->first, 1);
    (void)pthread_barrier_wait(c->both);
    if (c->status == HUB_OK)
        c->status = put(db, c->second, 2);
    c->was_race = hub_db_was_race(db);
    /* its part is undone, its locks are free: the other goes on */
    if (c->status == HUB_E_BUSY && hub_savepoint_rollback(&part) != HUB_OK)
        c->status = HUB_E_DB;
    if (hub_tx_commit(&tx) != HUB_OK)
        c->status = HUB_E_DB;
    hub_db_close(db);
    return NULL;
}

static void test_a_deadlock_costs_one_part(void **state)
{
    struct hub_db *const db = open_with_table();
    pthread_barrier_t both;
    struct crossing c[2] = {{.both = &both, .first = 1, .second = 2},
                            {.both = &both, .first = 2, .second = 1}};
    (void)state;
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&c[i].thread, NULL, cross, &c[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(c[i].thread, NULL), 0);
    const int loser = c[0].status == HUB_OK ? 1 : 0;
    assert_int_equal(c[loser].status, HUB_E_BUSY);
    assert_true(c[loser].was_race);
    assert_int_equal(c[1 - loser].status, HUB_OK);
    (void)pthread_barrier_destroy(&both);
    hub_db_close(db);
}

/* The server dies: what was acknowledged is there, what was under way is not, and the connection
 * comes back by itself. */
static void test_the_server_is_killed(void **state)
{
    struct hub_db *const db = open_with_table();
    struct hub_db *const reader = open_db(true, 0);
    struct hub_why why = {0};
    struct hub_tx tx = {0};
    uint64_t v = 0;
    (void)state;
    assert_int_equal(put(db, 1, 10), HUB_OK);
    assert_int_equal(get(reader, 1, &v), HUB_OK);
    assert_int_equal(hub_tx_begin(&tx, db), HUB_OK);
    assert_int_equal(put(db, 2, 20), HUB_OK);
    postgres_server_kill(&server);
    assert_int_equal(put(db, 3, 30), HUB_E_DB);
    assert_int_equal(put(db, 3, 30), HUB_E_DB); /* not outside a transaction on a new connection */
    assert_int_equal(get(reader, 1, &v), HUB_E_DB);
    if (postgres_server_start(&server, &why) != HUB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(put(db, 3, 30), HUB_E_DB); /* the transaction is still the one that is lost */
    assert_int_equal(hub_tx_commit(&tx), HUB_E_DB);
    assert_int_equal(hub_db_generation(db), 1);
    assert_int_equal(hub_tx_begin(&tx, db), HUB_OK);
    assert_int_equal(hub_db_generation(db), 2);
    assert_int_equal(put(db, 4, 40), HUB_OK);
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    assert_int_equal(get(reader, 1, &v), HUB_OK);
    assert_int_equal(v, 10);
    assert_int_equal(get(reader, 2, &v), HUB_E_NOT_FOUND);
    assert_int_equal(get(reader, 3, &v), HUB_E_NOT_FOUND);
    assert_int_equal(get(reader, 4, &v), HUB_OK);
    hub_db_close(reader);
    hub_db_close(db);
}

/* A reader that is idle while the server restarts doesn't notice. */
static void test_a_reader_outlives_a_restart(void **state)
{
    struct hub_db *const db = open_with_table();
    struct hub_db *const reader = open_db(true, 0);
    struct hub_why why = {0};
    uint64_t v = 0;
    (void)state;
    assert_int_equal(put(db, 1, 10), HUB_OK);
    assert_int_equal(get(reader, 1, &v), HUB_OK);
    postgres_server_kill(&server);
    if (postgres_server_start(&server, &why) != HUB_OK)
        fail_msg("%s", why.text);
    v = 0;
    assert_int_equal(get(reader, 1, &v), HUB_OK);
    assert_int_equal(v, 10);
    struct hub_tx tx = {0}; /* nor does a writer that begins */
    assert_int_equal(hub_tx_begin(&tx, db), HUB_OK);
    assert_int_equal(hub_tx_commit(&tx), HUB_OK);
    hub_db_close(reader);
    hub_db_close(db);
}

static int start_server(void **state)
{
    struct hub_why why = {0};
    (void)state;
    if (postgres_server_open(&server, "/tmp", true, &why) != HUB_OK) {
        print_message("%s\n", why.text);
        return 1;
    }
    postgres_server_url(&server, url, "postgres");
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_close(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_a_lock_is_waited_for),
        cmocka_unit_test(test_a_transaction_does_not_stand_still),
        cmocka_unit_test(test_a_deadlock_costs_one_part),
        cmocka_unit_test(test_the_server_is_killed),
        cmocka_unit_test(test_a_reader_outlives_a_restart),
    };
    if (!postgres_server_is_there()) {
        (void)puts("skipped: there is no PostgreSQL server on this machine");
        return 77;
    }
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
