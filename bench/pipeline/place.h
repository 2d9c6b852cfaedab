/* One run's place: a folder, a task for Histogram(100, chunk 10), leader and helper as processes on
 * a stepped clock, their keys, and the one question that the collector asks at the end. */
#ifndef PIPELINE_PLACE_H
#define PIPELINE_PLACE_H

#include "device/report.h"
#include "pipeline/party.h"
#include "sim/stepped_clock.h"

enum { PIPELINE_LENGTH = 100, PIPELINE_CHUNK = 10 };

struct pipeline_place {
    const char *program; /* hubbub-demo: has the parties' rooms on a stepped clock */
    char folder[PIPELINE_PATH_MAX];
    char clock_path[PIPELINE_PATH_MAX + 16];
    struct hub_stepped_clock clock;
    uint64_t now_s;
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    char reports_url[HUB_TASK_URL_MAX + 128];
    struct pipeline_party leader;
    struct pipeline_party helper;
    struct hub_hpke_config leader_key;
    struct hub_hpke_config helper_key;
    struct hub_http_client *client;
};

/* The ceremony, and both parties started; leader_lines go into the leader's configuration. parent:
 * where the folder is made. */
HUB_MUST_USE hub_status pipeline_place_open(struct pipeline_place *p, const char *parent,
                                            const char *program, const char *leader_lines,
                                            struct hub_why *why);
/* Ends the parties and removes the folder. */
void pipeline_place_close(struct pipeline_place *p);

/* The window that reports carry. */
static inline uint64_t pipeline_window(const struct pipeline_place *p)
{
    return hub_task_window(p->task, p->now_s);
}

/* Moves the clock behind the window's grace and collects it as the collector does. truth: how many
 * reports went into each bucket. HUB_E_VERIFY: the number of reports is not n, or a total is
 * farther from the truth than noise makes it once in 10^13 times. */
HUB_MUST_USE hub_status pipeline_place_check(struct pipeline_place *p, uint64_t n,
                                             const uint64_t truth[PIPELINE_LENGTH],
                                             struct hub_why *why);

#endif
