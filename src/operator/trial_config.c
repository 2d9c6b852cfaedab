/* What each program of a trial needs to start. */
#include "base/file.h"
#include "operator/trial_config_internal.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 1024, CONFIG_MAX = 1 << 20, LISTEN_MAX = 300 };

/* host:port of a URL, with the scheme's port where it names none. */
static hub_status listen_of(char out[LISTEN_MAX], const char *url, struct hub_why *why)
{
    const bool is_tls = strncmp(url, "https://", 8) == 0;
    const char *const host = url + (is_tls ? 8 : 7);
    const size_t len = strcspn(host, "/");
    const bool has_port = len != 0 && memchr(host, ']', len) == NULL
                              ? memchr(host, ':', len) != NULL
                              : len != 0 && host[len - 1] != ']';

    if ((!is_tls && strncmp(url, "http://", 7) != 0) || len == 0 || len > 250)
        return hub_why(why, HUB_E_CONFIG, "%.100s is no URL like http://127.0.0.1:9001/", url);
    (void)snprintf(out, LISTEN_MAX, "%.*s%s", (int)len, host,
                   has_port ? "" : (is_tls ? ":443" : ":80"));
    return HUB_OK;
}

static hub_status write_if_missing(const char *path, const char *text, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf old = HUB_BUF_INIT(CONFIG_MAX);
    const hub_status found = hub_file_read(&old, path, NULL);

    if (found != HUB_E_NOT_FOUND)
        return found == HUB_OK ? HUB_OK : hub_why(why, found, "%.200s cannot be read", path);
    return hub_file_put(path, hub_span_text(text), 0644, why);
}

static hub_status write_aggregator(const char *folder, const char *role, const char *url,
                                   struct hub_why *why)
{
    char path[PATH_BYTES];
    char text[2048];
    char listen[LISTEN_MAX];

    HUB_TRY(listen_of(listen, url, why));
    (void)snprintf(path, sizeof(path), "%s/%s/%s.ini", folder, role, role);
    (void)snprintf(text, sizeof(text),
                   "; hubbub aggregator --config %s.ini\n"
                   "; Paths are relative to this file.\n"
                   "listen = %s\n"
                   "url = %s\n"
                   "tasks = tasks\n"
                   "keys = keys\n"
                   "database = %s.db\n"
                   "head = ledger.head\n",
                   role, listen, url, role);
    return write_if_missing(path, text, why);
}

/* A first measure for each task; people who chain tasks edit the file. */
static hub_status write_collector(const char *folder, const struct hub_task *task,
                                  struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_MAX);
    char path[PATH_BYTES];
    char section[1024];

    (void)snprintf(path, sizeof(path), "%s/collector/collector.ini", folder);
    const hub_status found = hub_file_read(&text, path, NULL);
    if (found == HUB_E_NOT_FOUND)
        HUB_TRY(
            hub_buf_append(&text, hub_span_text("; hubbub collector run --config collector.ini\n"
                                                "; Paths are relative to this file.\n"
                                                "[collector]\n"
                                                "series = series.db\n"
                                                "key = keys/collector.key\n")));
    else if (found != HUB_OK)
        return hub_why(why, found, "%.200s cannot be read", path);
    (void)snprintf(section, sizeof(section),
                   "\n[measure %s]\ntitle = %.150s\nunit = counts\ntime_zone = %s\n"
                   "task = tasks/%s.task.ini\n",
                   task->name, task->statement.title, task->time_zone, task->name);
    HUB_TRY(hub_buf_append(&text, hub_span_text(section)));
    return hub_file_put(path, hub_buf_span(&text), 0644, why);
}

hub_status hub_trial_write_configs(const struct hub_trial_parties *parties,
                                   const struct hub_task *task, struct hub_why *why)
{
    HUB_TRY(write_aggregator(parties->folder, "leader", parties->leader_url, why));
    HUB_TRY(write_aggregator(parties->folder, "helper", parties->helper_url, why));
    return write_collector(parties->folder, task, why);
}
