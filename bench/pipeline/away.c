/* Reports for aggregators that somebody else has started, of whatever implementation: prepared by
 * the devices' own code, sent when a line comes on stdin. For benches beside other implementations
 * (bench/peers), whose tasks have no statement.
 *
 *   bench_away --leader URL --helper URL --task ID --precision SECONDS --min-batch N
 *              --length N --chunk N --reports N --a-request N
 *
 * Prints "ready" when all are made, and at the end a line of JSON with the time that sending took
 * and how many reports went into each bucket. */
#include "base/clock.h"
#include "base/text.h"
#include "pipeline/load.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

struct options {
    const char *leader;
    const char *helper;
    const char *task;
    uint64_t precision_s;
    uint64_t min_batch;
    uint64_t length;
    uint64_t chunk;
    uint64_t n_reports;
    uint64_t a_request;
};

static bool read_options(struct options *o, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **text;
        uint64_t *number;
        uint64_t most;
    } all[] = {
        {"--leader", &o->leader, NULL, 0},
        {"--helper", &o->helper, NULL, 0},
        {"--task", &o->task, NULL, 0},
        {"--precision", NULL, &o->precision_s, 86400},
        {"--min-batch", NULL, &o->min_batch, 1000000},
        {"--length", NULL, &o->length, PIPELINE_LENGTH_MAX},
        {"--chunk", NULL, &o->chunk, PIPELINE_LENGTH_MAX},
        {"--reports", NULL, &o->n_reports, 1000000},
        {"--a-request", NULL, &o->a_request, 1000},
    };
    const size_t n = sizeof(all) / sizeof(all[0]);
    size_t n_read = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        for (size_t k = 0; k < n; k++) {
            if (strcmp(argv[i], all[k].name) != 0)
                continue;
            n_read++;
            if (all[k].text != NULL)
                *all[k].text = argv[i + 1];
            else if (hub_u64_parse(all[k].number, hub_span_text(argv[i + 1]), 1, all[k].most) !=
                     HUB_OK)
                return false;
        }
    }
    return n_read == n && argc == 1 + 2 * (int)n; /* each of them once */
}

static hub_status make_task(struct pipeline_place *p, const struct options *o, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf id = HUB_BUF_INIT(HUB_TASK_ID_LEN);
    struct hub_task_plain plain = {
        .task_info = hub_span_text("task-info"),
        .leader_url = o->leader,
        .helper_url = o->helper,
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_HISTOGRAM,
                 .length = (uint32_t)o->length,
                 .chunk_length = (uint32_t)o->chunk},
        .time_precision = o->precision_s,
        .min_batch = o->min_batch,
        .batch_mode = HUB_BATCH_TIME_INTERVAL,
    };

    if (hub_base64url_decode(&id, hub_span_text(o->task)) != HUB_OK || id.len != HUB_TASK_ID_LEN)
        return hub_why(why, HUB_E_CONFIG, "--task is no id of a task");
    memcpy(plain.id.bytes, id.ptr, HUB_TASK_ID_LEN);
    HUB_TRY(hub_task_new_plain(&p->task, &plain, why));
    HUB_TRY(hub_device_vdaf_new(&p->vdaf, p->task));
    return pipeline_place_meet(p, why);
}

static double own_cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static hub_status run(struct pipeline_place *p, struct pipeline_load *l, const struct options *o,
                      struct hub_why *why)
{
    HUB_TRY(make_task(p, o, why));
    HUB_TRY(pipeline_load_init(l, p, (size_t)o->n_reports, (size_t)o->a_request));
    HUB_TRY(pipeline_load_prepare(l));
    (void)puts("ready");
    (void)fflush(stdout);
    if (getchar() == EOF)
        return hub_why(why, HUB_E_IO, "nobody said when to send");
    const uint64_t start_ms = hub_monotonic_ms();
    const double start_us = own_cpu_us();
    HUB_TRY(pipeline_load_send(l, why));
    (void)printf("{\"seconds\":%.3f,\"devices_cpu_us\":%.2f,\"truth\":[",
                 (double)(hub_monotonic_ms() - start_ms) / 1e3,
                 (own_cpu_us() - start_us) / (double)l->n_reports);
    for (size_t i = 0; i < o->length; i++)
        (void)printf("%s%llu", i == 0 ? "" : ",", (unsigned long long)l->truth[i]);
    (void)puts("]}");
    return HUB_OK;
}

int main(int argc, char **argv)
{
    struct options o = {.leader = NULL};
    struct pipeline_load load = {.place = NULL};
    struct hub_why why = {{0}};

    (void)signal(SIGPIPE, SIG_IGN);
    if (!read_options(&o, argc, argv)) {
        (void)fputs("usage: bench_away --leader URL --helper URL --task ID --precision SECONDS\n"
                    "                  --min-batch N --length N --chunk N --reports N\n"
                    "                  --a-request N\n",
                    stderr);
        return 2;
    }
    struct pipeline_place place = {
        .now_s = (uint64_t)time(NULL),
        .shape = {.length = (unsigned)o.length, .chunk = (unsigned)o.chunk},
    };
    const hub_status status = run(&place, &load, &o, &why);
    pipeline_load_clear(&load);
    pipeline_place_close(&place);
    if (status == HUB_OK)
        return 0;
    (void)fprintf(stderr, "bench_away: %s\n",
                  why.text[0] != '\0' ? why.text : hub_status_text(status));
    return 1;
}
