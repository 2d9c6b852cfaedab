/* Starts and stops an aggregator, and reads its accounts from the kernel and from its metrics. */
#include "pipeline/party.h"

#include "base/clock.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    START_MS = 120000,
    STOP_MS = 20000,
    LOOK_US = 5000,
    CONFIG_MAX = 65536,
    FIGURES_MAX = 1 << 20
};

void pipeline_party_init(struct pipeline_party *p, const char *name, const char *folder)
{
    *p = (struct pipeline_party){.name = name, .written = HUB_BUF_INIT(CONFIG_MAX)};
    (void)snprintf(p->folder, sizeof(p->folder), "%s/%s", folder, name);
    (void)snprintf(p->config, sizeof(p->config), "%s/%s.ini", p->folder, name);
}

hub_status pipeline_party_init_second(struct pipeline_party *p, const struct pipeline_party *first)
{
    const uint16_t port = p->port;
    const uint16_t metrics_port = p->metrics_port;

    pipeline_party_init(p, first->name, "");
    p->port = port;
    p->metrics_port = metrics_port;
    p->is_second = true;
    (void)snprintf(p->folder, sizeof(p->folder), "%s", first->folder);
    (void)snprintf(p->config, sizeof(p->config), "%s/%s-2.ini", p->folder, first->name);
    (void)snprintf(p->database, sizeof(p->database), "%s", first->database);
    return hub_buf_append(&p->written, hub_buf_span(&first->written));
}

/* Replaces what stands behind the first NAME = of the text. */
static hub_status set_option(struct hub_buf *text, const char *name, const char *value)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf changed = HUB_BUF_INIT(CONFIG_MAX);
    char key[64];

    (void)snprintf(key, sizeof(key), "\n%s = ", name);
    HUB_TRY(hub_buf_append(text, hub_span_of((const uint8_t *)"", 1)));
    const char *const all = (const char *)text->ptr;
    const char *const at = strstr(all, key);
    if (at == NULL)
        return HUB_E_CONFIG;
    HUB_TRY(hub_buf_append(&changed, hub_span_of(text->ptr, (size_t)(at - all))));
    HUB_TRY(hub_buf_append(&changed, hub_span_text(key)));
    HUB_TRY(hub_buf_append(&changed, hub_span_text(value)));
    HUB_TRY(hub_buf_append(&changed, hub_span_text(at + 1 + strcspn(at + 1, "\n"))));
    hub_buf_move(text, &changed);
    return HUB_OK;
}

static uint16_t listens_on(const struct pipeline_party *p)
{
    return p->plain_port != 0 ? p->plain_port : p->port;
}

/* Where it differs from what the ceremony wrote. */
static hub_status adapt(struct hub_buf *text, const struct pipeline_party *p)
{
    char listen[32];

    if (p->database[0] != '\0')
        HUB_TRY(set_option(text, "database", p->database));
    (void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", listens_on(p));
    HUB_TRY(set_option(text, "listen", listen));
    return p->is_second ? set_option(text, "head", "ledger2.head") : HUB_OK;
}

void pipeline_party_clear(struct pipeline_party *p)
{
    pipeline_party_stop(p);
    hub_buf_clear(&p->written);
}

static hub_status write_config(struct pipeline_party *p, const char *lines, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_MAX);
    char metrics[64];

    if (p->written.len == 0)
        HUB_TRY(hub_file_read(&p->written, p->config, why));
    (void)snprintf(metrics, sizeof(metrics), "metrics = 127.0.0.1:%u\n", p->metrics_port);
    HUB_TRY(hub_buf_append(&text, hub_buf_span(&p->written)));
    HUB_TRY(adapt(&text, p));
    HUB_TRY(hub_buf_append(&text, hub_span_text(metrics)));
    HUB_TRY(hub_buf_append(&text, hub_span_text(p->lines)));
    HUB_TRY(hub_buf_append(&text, hub_span_text(lines)));
    return hub_file_put(p->config, hub_buf_span(&text), 0640, why);
}

/* In the child. Returns only if something failed. */
static void become(const struct pipeline_party *p, const char *program, const char *clock_path)
{
    char log[PIPELINE_PATH_MAX + 16];

    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)snprintf(log, sizeof(log), "%s/log.txt", p->folder);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        return;
    (void)execl(program, program, "aggregator", "--config", p->config, "--clock", clock_path,
                (char *)NULL);
}

bool pipeline_port_answers(uint16_t port)
{
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const bool is_open = s >= 0 && connect(s, (const struct sockaddr *)&at, sizeof(at)) == 0;

    if (s >= 0)
        (void)close(s);
    return is_open;
}

static hub_status await(struct pipeline_party *p, struct hub_why *why)
{
    const uint64_t until_ms = hub_monotonic_ms() + START_MS;

    while (!pipeline_port_answers(listens_on(p))) {
        if (waitpid(p->pid, NULL, WNOHANG) != 0) {
            p->pid = 0;
            return hub_why(why, HUB_E_IO, "the %s has ended: see %s/log.txt", p->name, p->folder);
        }
        if (hub_monotonic_ms() > until_ms)
            return hub_why(why, HUB_E_IO, "the %s does not answer: see %s/log.txt", p->name,
                           p->folder);
        (void)usleep(LOOK_US);
    }
    return HUB_OK;
}

hub_status pipeline_party_start(struct pipeline_party *p, const char *program,
                                const char *clock_path, const char *lines, struct hub_why *why)
{
    HUB_TRY(write_config(p, lines, why));
    p->pid = fork();
    if (p->pid < 0) {
        p->pid = 0;
        return hub_why(why, HUB_E_IO, "the %s: %s", p->name, strerror(errno));
    }
    if (p->pid == 0) {
        become(p, program, clock_path);
        _exit(127);
    }
    (void)fprintf(stderr, "%s: process %d, port %u\n", p->name, (int)p->pid, listens_on(p));
    return await(p, why);
}

void pipeline_party_stop(struct pipeline_party *p)
{
    const uint64_t until_ms = hub_monotonic_ms() + STOP_MS;

    if (p->pid == 0)
        return;
    (void)kill(p->pid, SIGTERM);
    while (waitpid(p->pid, NULL, WNOHANG) == 0) {
        if (hub_monotonic_ms() > until_ms)
            (void)kill(p->pid, SIGKILL);
        (void)usleep(LOOK_US);
    }
    p->pid = 0;
}

/* The number behind name in a file of /proc/PID; 0 if it is not there. */
static uint64_t proc_number(pid_t pid, const char *file, const char *name)
{
    char path[64];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_MAX);

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    if (hub_file_read(&text, path, NULL) != HUB_OK ||
        hub_buf_append(&text, hub_span_of("", 1)) != HUB_OK)
        return 0;
    const char *const at = strstr((const char *)text.ptr, name);
    return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

hub_status pipeline_party_usage(struct pipeline_usage *out, const struct pipeline_party *p,
                                struct hub_why *why)
{
    clockid_t clock;
    struct timespec t;

    /* another process's clock in nanoseconds, where /proc/PID/stat has hundredths of a second */
    if (p->pid == 0 || clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return hub_why(why, HUB_E_IO, "the %s is gone: see %s/log.txt", p->name, p->folder);
    out->cpu_us = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
    out->memory_max_kb = proc_number(p->pid, "status", "VmHWM:");
    out->disk_bytes = proc_number(p->pid, "io", "\nwrite_bytes:");
    return HUB_OK;
}

/* Adds up the values of the lines that begin with name. */
static uint64_t sum_of(const char *figures, const char *name)
{
    uint64_t sum = 0;

    for (const char *at = strstr(figures, name); at != NULL; at = strstr(at + 1, name)) {
        const char *const value = strstr(at, "} ");
        if ((at == figures || at[-1] == '\n') && value != NULL)
            sum += strtoull(value + 2, NULL, 10);
    }
    return sum;
}

hub_status pipeline_party_decided(uint64_t *accepted, uint64_t *rejected,
                                  const struct pipeline_party *p, struct hub_http_client *client,
                                  struct hub_why *why)
{
    char url[64];
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(FIGURES_MAX);

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/metrics", p->metrics_port);
    const struct hub_http_call call = {
        .method = HUB_HTTP_GET, .url = url, .response_bytes_max = FIGURES_MAX};
    HUB_TRY(hub_http_fetch(client, &response, &call, why));
    HUB_TRY(hub_buf_append(&text, hub_buf_span(&response.body)));
    HUB_TRY(hub_buf_append(&text, hub_span_of("", 1)));
    *accepted = sum_of((const char *)text.ptr, "hubbub_reports_accepted_total{");
    *rejected = sum_of((const char *)text.ptr, "hubbub_reports_rejected_total{");
    return HUB_OK;
}
