/* A store in a folder of its own, and units made of a function. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "crypto/random.h"
#include "store/store.h"
#include "store/task.h"
#include "wire/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_S = 86400, START_S = 20000 * DAY_S };

struct fixture {
    char folder[64];
    char path[96];
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

static inline struct fixture *fixture_new(void)
{
    struct fixture *const f = calloc(1, sizeof(*f));
    assert_non_null(f);
    /* In memory where there is such a folder: syncing costs nothing there. */
    (void)snprintf(f->folder, sizeof(f->folder), "%s/hubbub-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
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
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm",
                                        "head",     "copy.db",      "copy.db-wal"};
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

enum { FIRST_WINDOW = START_S / 3600 };

#endif
