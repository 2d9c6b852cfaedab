/* What a report costs from the device to both operators' buckets: real leader and helper processes,
 * SQLite or PostgreSQL on a disk, every upload durable before it is acknowledged. Each case begins
 * with empty folders and ends with one collection, whose totals must be right.
 *
 *   bench_pipeline [--case NAME] [--reports N] [--dir DIR] [--program FILE]
 *                  [--database sqlite|postgresql] [--leaders 1|2]
 *
 * With postgresql a server is started, on which each party has a database; the CPU time of all its
 * processes is in the figures. With two leaders the uploads go to two processes in turn.
 *
 * Cases: live (devices make the reports meanwhile, on the same cores), prepared (reports made
 * beforehand, upload and aggregation at once), upload (100 a request, nothing aggregated),
 * aggregate (what upload left), upload-one (one a request over kept connections). One JSON line
 * each; CPU time is the aggregators' own by the kernel's accounts. */
#include "base/clock.h"
#include "base/text.h"
#include "pipeline/load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { A_REQUEST = 100, REPORTS = 40000, REPORTS_ONE = 10000, WAIT_MS = 120000, LOOK_US = 100000 };

/* Holds aggregation back for a minute, which no upload phase here reaches. */
static const char no_jobs[] = "job_linger_ms = 60000\njob_reports_max = 100000\n";

struct options {
    const char *only; /* a case's name, or NULL */
    struct pipeline_options place;
    char program[PIPELINE_PATH_MAX];
    size_t n_reports; /* 0: each case's own */
};

/* What a phase used. */
struct phase {
    uint64_t start_ms;
    double devices_us;            /* CPU time of this process */
    struct pipeline_usage leader; /* all its processes */
    struct pipeline_usage helper;
    double database_us; /* CPU time of the server's processes */
};

static hub_status usage(struct pipeline_usage *leader, struct pipeline_usage *helper,
                        const struct pipeline_place *p, struct hub_why *why)
{
    struct pipeline_usage second = {0};

    HUB_TRY(pipeline_party_usage(leader, &p->leader, why));
    if (p->second.pid != 0)
        HUB_TRY(pipeline_party_usage(&second, &p->second, why));
    leader->cpu_us += second.cpu_us;
    leader->disk_bytes += second.disk_bytes;
    return pipeline_party_usage(helper, &p->helper, why);
}

static double own_cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double database_cpu_us(const struct pipeline_place *p)
{
    return p->server.pid == 0 ? 0 : postgres_server_cpu_s(&p->server) * 1e6;
}

static hub_status phase_begin(struct phase *ph, const struct pipeline_place *p, struct hub_why *why)
{
    ph->start_ms = hub_monotonic_ms();
    ph->devices_us = own_cpu_us();
    ph->database_us = database_cpu_us(p);
    return usage(&ph->leader, &ph->helper, p, why);
}

static void machine_text(char *out, size_t size)
{
    char line[256];
    FILE *const f = fopen("/proc/cpuinfo", "re");

    (void)snprintf(out, size, "unknown");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        const char *const value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) == 0 && value != NULL) {
            (void)snprintf(out, size, "%.*s", (int)strcspn(value + 2, "\n\""), value + 2);
            break;
        }
    }
    if (f != NULL)
        (void)fclose(f);
}

static hub_status phase_end(const struct phase *ph, const char *name,
                            const struct pipeline_place *p, const struct pipeline_load *l,
                            struct hub_why *why)
{
    const double seconds = (double)(hub_monotonic_ms() - ph->start_ms) / 1e3;
    const double n = (double)l->n_reports;
    struct pipeline_usage leader;
    struct pipeline_usage helper;
    struct utsname system;
    char machine[128];

    HUB_TRY(usage(&leader, &helper, p, why));
    const double devices_us = own_cpu_us() - ph->devices_us;
    const double leader_us = leader.cpu_us - ph->leader.cpu_us;
    const double helper_us = helper.cpu_us - ph->helper.cpu_us;
    const double database_us = database_cpu_us(p) - ph->database_us;
    machine_text(machine, sizeof(machine));
    (void)uname(&system);
    (void)printf("{\"bench\":\"pipeline\",\"case\":\"%s\",\"database\":\"%s\",\"leaders\":%d,"
                 "\"vdaf\":\"Prio3Histogram\",\"length\":%d,"
                 "\"chunk\":%d,\"reports\":%zu,\"a_request\":%zu,\"seconds\":%.2f,"
                 "\"reports_per_s\":%.0f,\"leader_cpu_us\":%.1f,\"helper_cpu_us\":%.1f,"
                 "\"database_cpu_us\":%.1f,\"both_cpu_us\":%.1f,\"devices_cpu_us\":%.1f,\"leader_"
                 "memory_kb\":%llu,\"helper_memory_"
                 "kb\":%llu,"
                 "\"leader_disk_bytes\":%.0f,\"helper_disk_bytes\":%.0f,",
                 name, p->server.pid == 0 ? "sqlite" : "postgresql", p->second.pid == 0 ? 1 : 2,
                 PIPELINE_LENGTH, PIPELINE_CHUNK, l->n_reports, l->a_request, seconds, n / seconds,
                 leader_us / n, helper_us / n, database_us / n,
                 (leader_us + helper_us + database_us) / n, devices_us / n,
                 (unsigned long long)leader.memory_max_kb, (unsigned long long)helper.memory_max_kb,
                 (double)(leader.disk_bytes - ph->leader.disk_bytes) / n,
                 (double)(helper.disk_bytes - ph->helper.disk_bytes) / n);
    if (l->body_bytes != 0)
        (void)printf("\"upload_bytes\":%.0f,", (double)l->body_bytes / n);
    (void)printf("\"machine\":\"%s\",\"cores\":%ld,\"system\":\"%s %s\",\"compiler\":\"%s\"}\n",
                 machine, sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.machine,
                 __VERSION__);
    (void)fflush(stdout);
    return HUB_OK;
}

/* Until both aggregators have counted all reports. */
static hub_status await_aggregation(struct pipeline_place *p, uint64_t n, struct hub_why *why)
{
    const uint64_t until_ms = hub_monotonic_ms() + WAIT_MS;

    for (;;) {
        uint64_t accepted[2];
        uint64_t rejected[2];
        HUB_TRY(pipeline_party_decided(&accepted[0], &rejected[0], &p->leader, p->client, why));
        HUB_TRY(pipeline_party_decided(&accepted[1], &rejected[1], &p->helper, p->client, why));
        if (rejected[0] != 0 || rejected[1] != 0)
            return hub_why(why, HUB_E_VERIFY, "a good report was rejected");
        if (accepted[0] == n && accepted[1] == n)
            return HUB_OK;
        if (hub_monotonic_ms() > until_ms)
            return hub_why(why, HUB_E_BUSY, "%llu of %llu reports are aggregated",
                           (unsigned long long)accepted[0], (unsigned long long)n);
        (void)usleep(LOOK_US);
    }
}

static hub_status run_at_once(struct pipeline_place *p, struct pipeline_load *l, const char *name,
                              struct hub_why *why)
{
    struct phase ph;

    HUB_TRY(phase_begin(&ph, p, why));
    HUB_TRY(pipeline_load_send(l, why));
    HUB_TRY(await_aggregation(p, l->n_reports, why));
    return phase_end(&ph, name, p, l, why);
}

/* The leader starts again with its usual configuration and finds what waits. */
static hub_status run_aggregation(struct pipeline_place *p, struct pipeline_load *l,
                                  struct hub_why *why)
{
    struct phase ph;

    pipeline_party_stop(&p->leader);
    HUB_TRY(pipeline_party_usage(&ph.helper, &p->helper, why));
    ph.start_ms = hub_monotonic_ms();
    ph.devices_us = own_cpu_us();
    ph.database_us = database_cpu_us(p);
    ph.leader = (struct pipeline_usage){0}; /* its start belongs to it */
    HUB_TRY(pipeline_party_start(&p->leader, p->program, p->clock_path, "", why));
    HUB_TRY(await_aggregation(p, l->n_reports, why));
    return phase_end(&ph, "aggregate", p, l, why);
}

struct bench_case {
    const char *name;
    size_t n_reports;
    size_t a_request;
    bool is_prepared;
    bool is_upload_only;
    bool aggregates_then;
};

static const struct bench_case cases[] = {
    {"live", REPORTS, A_REQUEST, false, false, false},
    {"prepared", REPORTS, A_REQUEST, true, false, false},
    {"upload", REPORTS, A_REQUEST, true, true, true},
    {"upload-one", REPORTS_ONE, 1, true, true, false},
};

enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

static hub_status run_in(struct pipeline_place *p, struct pipeline_load *l,
                         const struct bench_case *c, size_t n_reports, struct hub_why *why)
{
    struct phase ph;

    HUB_TRY(pipeline_load_init(l, p, n_reports, c->a_request));
    if (c->is_prepared)
        HUB_TRY(pipeline_load_prepare(l));
    if (!c->is_upload_only) {
        HUB_TRY(run_at_once(p, l, c->name, why));
    } else {
        HUB_TRY(phase_begin(&ph, p, why));
        HUB_TRY(pipeline_load_send(l, why));
        HUB_TRY(phase_end(&ph, c->name, p, l, why));
    }
    if (c->aggregates_then)
        HUB_TRY(run_aggregation(p, l, why));
    return pipeline_place_check(p, l->n_reports, l->truth, why);
}

static hub_status run_case(const struct bench_case *c, const struct options *o, struct hub_why *why)
{
    struct pipeline_place place;
    struct pipeline_load load = {.place = NULL};

    hub_status status =
        pipeline_place_open(&place, &o->place, c->is_upload_only ? no_jobs : "", why);
    if (status == HUB_OK)
        status = run_in(&place, &load, c, o->n_reports == 0 ? c->n_reports : o->n_reports, why);
    pipeline_load_clear(&load);
    pipeline_place_close(&place);
    return status;
}

/* Beside this program, as the build leaves it: ../programs/hubbub-demo. */
static bool find_program(char out[PIPELINE_PATH_MAX])
{
    static const char beside[] = "../programs/hubbub-demo";
    const ssize_t n = readlink("/proc/self/exe", out, PIPELINE_PATH_MAX - sizeof(beside));

    if (n <= 0)
        return false;
    out[n] = '\0';
    char *const slash = strrchr(out, '/');
    if (slash == NULL)
        return false;
    memcpy(slash + 1, beside, sizeof(beside));
    return true;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        uint64_t n;
        if (strcmp(argv[i], "--json") == 0) /* it is what is printed anyway */
            continue;
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--case") == 0)
            o->only = argv[++i];
        else if (strcmp(argv[i], "--dir") == 0)
            o->place.parent = argv[++i];
        else if (strcmp(argv[i], "--database") == 0 && strcmp(argv[i + 1], "sqlite") == 0)
            i++;
        else if (strcmp(argv[i], "--database") == 0 && strcmp(argv[i + 1], "postgresql") == 0)
            o->place.on_postgres = true, i++;
        else if (strcmp(argv[i], "--leaders") == 0 && strlen(argv[i + 1]) == 1 &&
                 (argv[i + 1][0] == '1' || argv[i + 1][0] == '2'))
            o->place.n_leaders = (unsigned)(argv[++i][0] - '0');
        else if (strcmp(argv[i], "--program") == 0)
            (void)snprintf(o->program, sizeof(o->program), "%s", argv[++i]);
        else if (strcmp(argv[i], "--reports") == 0 &&
                 hub_u64_parse(&n, hub_span_text(argv[i + 1]), 100, 100000) == HUB_OK)
            o->n_reports = (size_t)n, i++;
        else
            return false;
    }
    o->place.program = o->program;
    /* one file has one process; and what the first leader left is not looked for among two */
    return o->place.n_leaders < 2 ||
           (o->place.on_postgres && o->only != NULL && strcmp(o->only, "prepared") == 0);
}

int main(int argc, char **argv)
{
    struct options o = {
        .place = {.parent = "/var/tmp", .n_leaders = 1}}; /* on a disk, where /tmp may be memory */
    size_t n_run = 0;

    (void)signal(SIGPIPE, SIG_IGN);
    if (!find_program(o.program) || !read_options(&o, argc, argv)) {
        (void)fputs("usage: bench_pipeline [--case live|prepared|upload|upload-one]\n"
                    "                      [--reports 100..100000] [--dir DIR] [--program FILE]\n"
                    "                      [--database sqlite|postgresql]\n"
                    "       bench_pipeline --case prepared --database postgresql --leaders 2\n",
                    stderr);
        return 2;
    }
    for (size_t i = 0; i < N_CASES; i++) {
        struct hub_why why = {{0}};
        if (o.only != NULL && strcmp(o.only, cases[i].name) != 0)
            continue;
        n_run++;
        const hub_status status = run_case(&cases[i], &o, &why);
        if (status != HUB_OK) {
            (void)fprintf(stderr, "bench_pipeline: %s: %s\n", cases[i].name,
                          why.text[0] != '\0' ? why.text : hub_status_text(status));
            return 1;
        }
    }
    return n_run == 0 ? 2 : 0;
}
