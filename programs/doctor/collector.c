/* The collector: its key, its tasks, the leaders that it asks, and where it writes. */
#include "doctor/checks.h"

#include "base/arena.h"
#include "base/text.h"
#include "collector/config.h"
#include "collector/once.h"
#include "http/url.h"
#include "series/read.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 86400, DAYS_WARN = 14, MEASURES_BYTES_MAX = 64 << 20 };

/* ---- The series database, the office's too */

static void tell_measures(struct findings *f, struct hub_series *series, const char *path)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct hub_measure *measures;
    size_t n = 0;
    uint64_t until_s = 0;

    if (hub_series_measures(series, &arena, &measures, &n) != HUB_OK) {
        finding_add(f, FINDING_FAIL, "series", "restore a backup, or ask for help",
                    "%s cannot be "
                    "read",
                    path);
        return;
    }
    for (size_t i = 0; i < n; i++)
        until_s = measures[i].known_until > until_s ? measures[i].known_until : until_s;
    if (n == 0)
        finding_add(f, FINDING_WARN, "series", "start the collector", "%s holds no measure yet",
                    path);
    else if (until_s == 0)
        finding_add(f, FINDING_OK, "series", NULL, "%s: %zu measures, no window yet", path, n);
    else
        finding_add(f, FINDING_OK, "series", NULL, "%s: %zu measures, known up to %lld seconds ago",
                    path, n, (long long)time(NULL) - (long long)until_s);
}

void doctor_look_at_series(struct findings *f, const char *path, bool writes)
{
    HUB_CLEANUP(hub_series_close_at) struct hub_series *series = NULL;
    struct hub_why why = {0};

    if (access(path, F_OK) != 0 && writes) {
        finding_add(f, FINDING_OK, "series", NULL, "%s will be made at the first start", path);
        return;
    }
    const hub_status status = hub_series_open(&series, path, HUB_SERIES_READ, &why);
    if (status != HUB_OK) {
        finding_add(f, FINDING_FAIL, "series",
                    "run as the program's user, who is of the group that owns file and folder; the "
                    "collector makes the file",
                    "%s: %s", path, why.text[0] == '\0' ? hub_status_text(status) : why.text);
        return;
    }
    if (writes && access(path, W_OK) != 0)
        finding_add(f, FINDING_FAIL, "series", "run as the collector's user", "%s: %s", path,
                    strerror(errno));
    tell_measures(f, series, path);
}

/* ---- Tasks and their leaders */

/* A question about a collection that is none: whoever takes the token says 404. */
static void check_token(struct findings *f, struct hub_http_client *client,
                        const struct hub_collected_task *t)
{
    char id[HUB_BASE64URL_LEN(HUB_TASK_ID_LEN) + 1];
    char path[160];
    char url[HUB_HTTP_URL_MAX];
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response answer = {0};

    hub_base64url_encode(id, HUB_SPAN_ARRAY(t->task->id.bytes));
    (void)snprintf(path, sizeof(path), "tasks/%s/collection_jobs/AAAAAAAAAAAAAAAAAAAAAA", id);
    if (hub_url_join(url, t->task->leader_url, path) != HUB_OK)
        return;
    const struct hub_http_call call = {.method = HUB_HTTP_GET,
                                       .url = url,
                                       .bearer = t->dap_header ? NULL : t->token,
                                       .dap_auth_token = t->dap_header ? t->token : NULL};
    if (hub_http_fetch(client, &answer, &call, NULL) != HUB_OK)
        return; /* which doctor_look_at_peer has told */
    if (answer.status == 401 || answer.status == 403)
        finding_add(
            f, FINDING_FAIL, "token",
            "ask the leader's operator for the token in use, then hubbub operator use-token",
            "%s: the leader does not take our token (%u)", t->task->name, answer.status);
    else if (answer.status == 404)
        finding_add(f, FINDING_OK, "token", NULL, "%s: the leader takes it", t->task->name);
    else
        finding_add(f, FINDING_WARN, "token", "ask its operator whether the task is there",
                    "%s: the leader answers %u", t->task->name, answer.status);
}

static void tell_task(struct findings *f, const struct hub_task *t)
{
    const uint64_t now_s = (uint64_t)time(NULL);

    if (t->statement.clock == HUB_STATEMENT_CLOCK_DEMO)
        finding_add(f, FINDING_FAIL, "tasks", "take it out of the configuration",
                    "%s: 'clock: demo' is for the demo only", t->name);
    else if (now_s >= t->end_s)
        finding_add(f, FINDING_OK, "tasks", NULL, "%s has ended", t->name);
    else if (t->end_s - now_s < (uint64_t)DAYS_WARN * DAY_S)
        finding_add(f, FINDING_WARN, "tasks", "make the next task of its measure now",
                    "%s ends in %llu days", t->name,
                    (unsigned long long)((t->end_s - now_s) / DAY_S));
    else
        finding_add(f, FINDING_OK, "tasks", NULL, "%s", t->name);
}

/* NAME.collector.ini beside NAME.task.ini. */
static void check_secret(struct findings *f, const char *task_path)
{
    static const char ending[] = ".task.ini";
    char path[DOCTOR_PATH_MAX + 16];
    const size_t len = strlen(task_path);

    if (len < sizeof(ending) || strcmp(task_path + len - (sizeof(ending) - 1), ending) != 0)
        return; /* which loading it tells */
    (void)snprintf(path, sizeof(path), "%.*s.collector.ini", (int)(len - (sizeof(ending) - 1)),
                   task_path);
    (void)doctor_look_at_secret(f, "tasks", path);
}

static void check_task(struct findings *f, struct hub_http_client *client, const char *path,
                       const char *key)
{
    HUB_CLEANUP(hub_collected_task_clear) struct hub_collected_task t = {.task = NULL};
    struct hub_why why = {0};

    check_secret(f, path);
    if (hub_collect_load(&t, path, key, &why) != HUB_OK) {
        finding_add(f, FINDING_FAIL, "tasks",
                    "put the task's files side by side as the ceremony made them, and the key that "
                    "the statement names",
                    "%s", why.text);
        return;
    }
    tell_task(f, t.task);
    doctor_look_at_peer(f, client, "leader", t.task->leader_url);
    check_token(f, client, &t);
}

void doctor_examine_collector(struct findings *f, const char *path)
{
    HUB_CLEANUP(hub_collector_config_clear)
    struct hub_collector_config config = {.measures = NULL};
    struct hub_why why = {0};

    if (hub_collector_config_load(&config, path, &why) != HUB_OK) {
        finding_add(f, FINDING_FAIL, "config", "hubbub collector --help lists the names", "%s",
                    why.text);
        return;
    }
    finding_add(f, FINDING_OK, "config", NULL, "%s", path);
    doctor_look_at_clock(f);
    if (doctor_look_at_secret(f, "keys", config.key))
        finding_add(f, FINDING_OK, "keys", NULL, "%s", config.key);
    doctor_look_at_folder(f, "series", config.series);
    doctor_look_at_series(f, config.series, true);
    struct hub_http_client *const client = doctor_client(config.ca_file, config.plain_remote);
    for (size_t i = 0; i < config.n_measures && client != NULL; i++) {
        for (size_t j = 0; j < config.measures[i].n_tasks; j++)
            check_task(f, client, config.measures[i].tasks[j], config.key);
    }
    hub_http_client_free(client);
}
