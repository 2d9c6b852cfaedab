/* A fresh database for one test: on the server that HUBBUB_TEST_DATABASE names (with_server sets
 * it), or a file's path if it names none, so that one test runs on both engines. */
#ifndef TESTS_POSTGRES_DATABASE_H
#define TESTS_POSTGRES_DATABASE_H

#include "db/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEST_DATABASE_MAX = 256 };

static inline bool test_is_on_server(void)
{
    return getenv("HUBBUB_TEST_DATABASE") != NULL;
}

static inline void test_server_exec(const char *sql)
{
    HUB_CLEANUP(hub_db_close_at) struct hub_db *db = NULL;
    struct hub_why why = {0};
    const struct hub_db_options options = {0};
    if (hub_db_open(&db, getenv("HUBBUB_TEST_DATABASE"), &options, &why) != HUB_OK)
        fail_msg("%s", why.text);
    if (hub_db_exec(db, sql) != HUB_OK)
        fail_msg("%s: %s", sql, hub_db_message(db));
}

/* Puts the name in the place of "postgres" in the server's URL. */
static inline void test_database_url(char out[TEST_DATABASE_MAX], const char *name)
{
    const char *const server = getenv("HUBBUB_TEST_DATABASE");
    const char *const at = strstr(server, "/postgres?");
    assert_non_null(at);
    (void)snprintf(out, TEST_DATABASE_MAX, "%.*s/%s%s", (int)(at - server), server, name,
                   at + strlen("/postgres"));
}

static inline void test_database_name(char out[64])
{
    static unsigned n;
    (void)snprintf(out, 64, "t%d_%u", (int)getpid(), ++n);
}

/* Its URL; it goes with the server. */
static inline void test_database_make(char out[TEST_DATABASE_MAX])
{
    char name[64];
    char sql[128];
    test_database_name(name);
    (void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
    test_server_exec(sql);
    test_database_url(out, name);
}

#endif
