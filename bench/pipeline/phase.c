/* Reads the accounts before and after, and prints the difference. */
#include "pipeline/phase.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static double own_cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What needs no leader. */
static hub_status read_others(struct pipeline_cost *c, const struct pipeline_place *p,
                              struct hub_why *why)
{
    *c = (struct pipeline_cost){.devices_us = own_cpu_us()};
    if (p->server.pid != 0)
        c->database_us = postgres_server_cpu_s(&p->server) * 1e6;
    HUB_TRY(pipeline_front_cpu_us(&c->proxy_us, &p->front, why));
    return pipeline_party_usage(&c->helper, &p->helper, why);
}

static hub_status read_all(struct pipeline_cost *c, const struct pipeline_place *p,
                           struct hub_why *why)
{
    struct pipeline_usage second = {0};

    HUB_TRY(read_others(c, p, why));
    HUB_TRY(pipeline_party_usage(&c->leader, &p->leader, why));
    if (p->second.pid != 0)
        HUB_TRY(pipeline_party_usage(&second, &p->second, why));
    c->leader.cpu_us += second.cpu_us;
    c->leader.disk_bytes += second.disk_bytes;
    return HUB_OK;
}

hub_status pipeline_phase_begin(struct pipeline_phase *ph, const struct pipeline_place *p,
                                struct hub_why *why)
{
    ph->start_ms = hub_monotonic_ms();
    return read_all(&ph->before, p, why);
}

hub_status pipeline_phase_begin_without_leader(struct pipeline_phase *ph,
                                               const struct pipeline_place *p, struct hub_why *why)
{
    ph->start_ms = hub_monotonic_ms();
    return read_others(&ph->before, p, why);
}

static void subtract(struct pipeline_usage *u, const struct pipeline_usage *before)
{
    u->cpu_us -= before->cpu_us;
    u->disk_bytes -= before->disk_bytes;
}

hub_status pipeline_phase_end(struct pipeline_cost *out, const struct pipeline_phase *ph,
                              const struct pipeline_place *p, struct hub_why *why)
{
    struct pipeline_cost c;

    HUB_TRY(read_all(&c, p, why));
    c.seconds = (double)(hub_monotonic_ms() - ph->start_ms) / 1e3;
    subtract(&c.leader, &ph->before.leader);
    subtract(&c.helper, &ph->before.helper);
    c.database_us -= ph->before.database_us;
    c.proxy_us -= ph->before.proxy_us;
    c.devices_us -= ph->before.devices_us;
    *out = c;
    return HUB_OK;
}

double pipeline_cost_both_us(const struct pipeline_cost *c)
{
    return c->leader.cpu_us + c->helper.cpu_us + c->database_us + c->proxy_us;
}

void pipeline_cost_print(const char *name, const struct pipeline_cost *c,
                         const struct pipeline_load *l, const char *more)
{
    const struct pipeline_place *const p = l->place;
    const double n = (double)l->n_reports;

    (void)printf("{\"bench\":\"pipeline\",\"case\":\"%s\",\"database\":\"%s\",\"leaders\":%d,"
                 "\"tls\":\"%s\",\"vdaf\":\"Prio3Histogram\",\"length\":%u,\"chunk\":%u,"
                 "\"reports\":%zu,\"a_request\":%zu,\"seconds\":%.2f,\"reports_per_s\":%.0f,",
                 name, p->server.pid == 0 ? "sqlite" : "postgresql", p->second.pid == 0 ? 1 : 2,
                 pipeline_tls_name(p->front.tls), p->shape.length, p->shape.chunk, l->n_reports,
                 l->a_request, c->seconds, n / c->seconds);
    (void)printf("\"leader_cpu_us\":%.1f,\"helper_cpu_us\":%.1f,\"database_cpu_us\":%.1f,"
                 "\"proxy_cpu_us\":%.1f,\"both_cpu_us\":%.1f,\"devices_cpu_us\":%.1f,",
                 c->leader.cpu_us / n, c->helper.cpu_us / n, c->database_us / n, c->proxy_us / n,
                 pipeline_cost_both_us(c) / n, c->devices_us / n);
    (void)printf("\"leader_memory_kb\":%llu,\"helper_memory_kb\":%llu,"
                 "\"leader_disk_bytes\":%.0f,\"helper_disk_bytes\":%.0f,",
                 (unsigned long long)c->leader.memory_max_kb,
                 (unsigned long long)c->helper.memory_max_kb, (double)c->leader.disk_bytes / n,
                 (double)c->helper.disk_bytes / n);
    if (l->body_bytes != 0)
        (void)printf("\"upload_bytes\":%.0f,", (double)l->body_bytes / n);
    (void)fputs(more, stdout);
    pipeline_machine_print();
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

void pipeline_machine_print(void)
{
    struct utsname system;
    char machine[128];

    machine_text(machine, sizeof(machine));
    (void)uname(&system);
    (void)printf("\"machine\":\"%s\",\"cores\":%ld,\"system\":\"%s %s\",\"compiler\":\"%s\"}\n",
                 machine, sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.machine,
                 __VERSION__);
    (void)fflush(stdout);
}
