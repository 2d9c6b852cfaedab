/* A series database in a folder of its own, with one measure and one task. */
#ifndef SERIES_FIXTURE_H
#define SERIES_FIXTURE_H

#include "series/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char folder[64];
    char path[96];
    struct hub_series *s;
    struct hub_arena arena;
    struct hub_zone *utc;
};

static inline struct hub_series_measure fixture_measure(void)
{
    static const char *const cells[] = {"first", "second"};

    return (struct hub_series_measure){.name = "walks",
                                       .title = "Walks",
                                       .unit = "walks",
                                       .time_zone = "UTC",
                                       .note = "",
                                       .source = "",
                                       .licence = "",
                                       .cells = cells,
                                       .n_cells = 2};
}

static inline struct hub_series_task fixture_task(void)
{
    return (struct hub_series_task){.name = "walks-1",
                                    .task_id = "AAAA",
                                    .statement = "hubbub-statement: 1\n",
                                    .vdaf = "prio3sum",
                                    .unit = "visit",
                                    .population = "walkers",
                                    .profile = "standard",
                                    .leader_name = "L",
                                    .leader_url = "http://127.0.0.1:1/",
                                    .helper_name = "H",
                                    .helper_url = "http://127.0.0.1:2/",
                                    .sigma2 = 50,
                                    .variance = 100,
                                    .rho_day = 1,
                                    .window_s = 3600,
                                    .grace_s = 600,
                                    .first_s = 0,
                                    .end_s = 366 * 86400,
                                    .min_batch = 3};
}

static inline int make_place(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    struct hub_series_measure measure = fixture_measure();
    struct hub_series_task task = fixture_task();

    (void)snprintf(p->folder, sizeof(p->folder), "/tmp/hubbub-series-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof(p->path), "%s/s.db", p->folder);
    assert_int_equal(hub_series_open(&p->s, p->path, HUB_SERIES_WRITE, NULL), HUB_OK);
    assert_int_equal(hub_zone_open(&p->utc, "UTC", NULL), HUB_OK);
    assert_int_equal(hub_series_begin(p->s), HUB_OK);
    assert_int_equal(hub_series_put_measure(p->s, &measure), HUB_OK);
    assert_int_equal(hub_series_put_task(p->s, "walks", &task), HUB_OK);
    assert_int_equal(hub_series_commit(p->s), HUB_OK);
    *state = p;
    return 0;
}

static inline int drop_place(void **state)
{
    struct place *p = *state;
    static const char *const files[] = {"s.db", "s.db-wal", "s.db-shm"};

    hub_series_close(p->s);
    hub_zone_free(p->utc);
    hub_arena_clear(&p->arena);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", p->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(p->folder);
    free(p);
    return 0;
}

static inline hub_status put_point(struct place *p, uint64_t start, uint32_t cell, int64_t total)
{
    struct hub_series_point point = {start, 3600, cell, total, 100, 12};

    return hub_series_put_point(p->s, "walks", &point);
}

#endif
