/* One run's place: a folder, a task for a Histogram, leader and helper as processes on a stepped
 * clock, their keys, and the one question that the collector asks at the end. */
#ifndef PIPELINE_PLACE_H
#define PIPELINE_PLACE_H

#include "collector/once.h"
#include "device/report.h"
#include "pipeline/front.h"
#include "postgres/server.h"
#include "sim/stepped_clock.h"

enum { PIPELINE_LENGTH_MAX = 1000 };

/* Of the task. */
struct pipeline_shape {
    unsigned length; /* buckets, at most PIPELINE_LENGTH_MAX */
    unsigned chunk;
    unsigned n_windows_before; /* days of the task before the one that reports carry */
};

struct pipeline_place {
    const char *program; /* hubbub-demo: has the parties' rooms on a stepped clock */
    char folder[PIPELINE_PATH_MAX];
    char clock_path[PIPELINE_PATH_MAX + 16];
    struct hub_stepped_clock clock;
    uint64_t now_s;
    struct pipeline_shape shape;
    struct pipeline_front front;
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    char reports_url[HUB_TASK_URL_MAX + 128];
    char second_url[HUB_TASK_URL_MAX + 128]; /* of the second leader process; "": there is none */
    struct postgres_server server;           /* of both databases; zeroed: they are files */
    struct pipeline_party leader;
    struct pipeline_party helper;
    struct pipeline_party second;
    struct hub_hpke_config leader_key;
    struct hub_hpke_config helper_key;
    struct hub_http_client *client;
};

struct pipeline_options {
    const char *parent; /* where the folder is made */
    const char *program;
    bool on_postgres;   /* a server is started, on which each party has a database */
    unsigned n_leaders; /* processes of the leader on its database; 1, or 2 on PostgreSQL */
    enum pipeline_tls tls;
};

/* The ceremony, and both parties started; leader_lines go into the leader's configuration. */
HUB_MUST_USE hub_status pipeline_place_open(struct pipeline_place *p,
                                            const struct pipeline_options *options,
                                            const struct pipeline_shape *shape,
                                            const char *leader_lines, struct hub_why *why);
/* A part of it, for a task whose aggregators run already: fetches their keys. */
HUB_MUST_USE hub_status pipeline_place_meet(struct pipeline_place *p, struct hub_why *why);
/* Ends the parties and removes the folder. */
void pipeline_place_close(struct pipeline_place *p);

/* The window that reports carry. */
static inline uint64_t pipeline_window(const struct pipeline_place *p)
{
    return hub_task_window(p->task, p->now_s);
}

/* Moves the clock behind the window's grace and collects it as the collector does. *took_us: from
 * the request to the total. */
HUB_MUST_USE hub_status pipeline_place_collect(struct pipeline_place *p, struct hub_collection *out,
                                               double *took_us, struct hub_why *why);
/* truth: how many reports went into each bucket. HUB_E_VERIFY: the number of reports is not n, or a
 * total is farther from the truth than noise makes it once in 10^12 times. */
HUB_MUST_USE hub_status pipeline_place_judge(const struct pipeline_place *p,
                                             const struct hub_collection *c, uint64_t n,
                                             const uint64_t *truth, struct hub_why *why);
/* Both. */
HUB_MUST_USE hub_status pipeline_place_check(struct pipeline_place *p, uint64_t n,
                                             const uint64_t *truth, struct hub_why *why);

#endif
