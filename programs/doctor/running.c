/* A look at the figures of an aggregator that runs. */
#include "doctor/checks.h"

#include "base/text.h"

#include <string.h>

enum { URL_MAX = HUB_OPTION_TEXT_MAX + 32 };

static hub_status fetch(struct hub_http_response *answer, const struct doctor *d,
                        struct hub_http_client *client, const char *path)
{
    char url[URL_MAX];

    (void)snprintf(url, sizeof(url), "http://%s%s", d->config.metrics, path);
    const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
    return hub_http_fetch(client, answer, &call, NULL);
}

static void tell_ready(struct doctor *d, const struct hub_http_response *answer)
{
    const hub_span text = hub_buf_span(&answer->body);

    if (answer->status == 200)
        finding_add(&d->findings, FINDING_OK, "running", NULL, "ready");
    else
        finding_add(&d->findings, FINDING_FAIL, "running",
                    "see the log; uploads are refused until it is ready", "not ready: %.*s",
                    (int)strcspn((const char *)text.ptr, "\n"), (const char *)text.ptr);
}

/* The sum of a figure's values, of one database or of each; 0 if it is not there. */
static uint64_t figure(const char *text, const char *name)
{
    const size_t len = strlen(name);
    uint64_t sum = 0;

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, name, len) != 0 || (line[len] != ' ' && line[len] != '{'))
            continue;
        const size_t line_len = strcspn(line, "\n");
        const char *const space = memrchr(line, ' ', line_len); /* there is one behind the name */
        uint64_t value = 0;
        if (space != NULL && hub_u64_parse(&value,
                                           hub_span_of((const uint8_t *)space + 1,
                                                       line_len - (size_t)(space + 1 - line)),
                                           0, UINT32_MAX) == HUB_OK)
            sum += value;
    }
    return sum;
}

static void tell_figures(struct doctor *d, const char *text)
{
    const uint64_t n_parked = figure(text, "hubbub_jobs_parked");
    const uint64_t n_deferred = figure(text, "hubbub_reports_deferred_total");

    if (n_parked != 0)
        finding_add(&d->findings, FINDING_WARN, "running",
                    "look for job.parked in the log, and send its trace to the helper's operator",
                    "%llu jobs are parked: the helper does not answer them as it should",
                    (unsigned long long)n_parked);
    if (n_deferred != 0)
        finding_add(&d->findings, FINDING_WARN, "running",
                    "if it still grows, a clock is wrong: see \"clock\" here, and ask the helper's "
                    "operator",
                    "reports were put off %llu times since the start, as too early by the helper's "
                    "clock",
                    (unsigned long long)n_deferred);
}

void doctor_check_running(struct doctor *d)
{
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response ready = {0};
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response metrics = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 20);

    if (d->config.metrics[0] == '\0')
        return;
    struct hub_http_client *const client = doctor_client(NULL, true);
    /* that it does not answer at all is told by doctor_check_peers */
    if (client != NULL && fetch(&ready, d, client, "/ready") == HUB_OK &&
        hub_buf_append(&ready.body, hub_span_of("", 1)) == HUB_OK)
        tell_ready(d, &ready);
    if (client != NULL && fetch(&metrics, d, client, "/metrics") == HUB_OK &&
        metrics.status == 200 && hub_buf_append(&text, hub_buf_span(&metrics.body)) == HUB_OK &&
        hub_buf_append(&text, hub_span_of("", 1)) == HUB_OK)
        tell_figures(d, (const char *)text.ptr);
    hub_http_client_free(client);
}
