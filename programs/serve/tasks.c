/* Files of a folder, in the order of their names. */
#include "serve/tasks.h"

#include "aggregator/home.h"
#include "aggregator/tokens.h"
#include "base/file.h"
#include "serve/folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECRET_MAX = 1 << 20 };

static hub_status load_secret(struct hub_task_secret *out, const char *stem, struct hub_why *why)
{
    char path[AGGREGATOR_PATH_MAX];
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);

    HUB_TRY(aggregator_secret_path(path, stem, why));
    HUB_TRY(hub_file_read(&text, path, why));
    return hub_task_secret_parse(out, hub_buf_span(&text), path, why);
}

static enum hub_intake read_intake(const char *stem)
{
    char paused[AGGREGATOR_PATH_MAX + 16];
    char ended[AGGREGATOR_PATH_MAX + 16];

    (void)snprintf(paused, sizeof(paused), "%s.paused", stem);
    (void)snprintf(ended, sizeof(ended), "%s.ended", stem);
    if (access(ended, F_OK) == 0)
        return HUB_INTAKE_ENDED;
    return access(paused, F_OK) == 0 ? HUB_INTAKE_PAUSED : HUB_INTAKE_OPEN;
}

static void set_intake(const struct aggregator_tasks *tasks, struct hub_party_task *t,
                       const char *stem)
{
    static const char *const names[] = {"open", "paused", "ended"};
    const enum hub_intake intake = read_intake(stem);

    if (atomic_exchange(&t->intake, (int)intake) == (int)intake)
        return;
    hub_log(tasks->log, HUB_LOG_INFO, "task.intake", "task=%s intake=%s", t->label, names[intake]);
    if (t->role != HUB_ROLE_LEADER)
        hub_log(tasks->log, HUB_LOG_WARN, "task.intake",
                "task=%s what=\"the leader takes the reports: this has no effect here\"", t->label);
}

/* A task that runs already: its files may bring other tokens. */
static hub_status read_again(struct hub_party_task *t, const struct hub_task *task,
                             struct hub_task_secret *secret, struct hub_why *why)
{
    const hub_span now = hub_buf_span(&t->task->configuration);
    const hub_span then = hub_buf_span(&task->configuration);

    if (now.len != then.len || memcmp(now.ptr, then.ptr, now.len) != 0)
        return hub_why(why, HUB_E_REFUSED, "%s: the task's id with another configuration",
                       task->name);
    return hub_tokens_exchange(t, secret, why);
}

/* A task of another database than the main one has its place there confirmed first. */
static hub_status add(const struct aggregator_tasks *tasks, struct hub_party_task_config *config,
                      struct hub_party_task **out, struct hub_why *why)
{
    struct hub_party *const party = tasks->home->party;
    struct hub_party *const main = atomic_load(&tasks->main->is_open) ? tasks->main->party : NULL;
    struct hub_leader *const leader = atomic_load(&tasks->home->leader);

    if (tasks->home != tasks->main)
        HUB_TRY(hub_home_check(main, party, config->task, why));
    HUB_TRY(hub_party_task_add(party, config, out, why));
    /* without a leader yet: it finds the task when it comes */
    return (*out)->role == HUB_ROLE_LEADER && leader != NULL ? hub_leader_task_added(leader, *out)
                                                             : HUB_OK;
}

static hub_status read_task(const struct aggregator_tasks *tasks, const char *path,
                            struct hub_why *why)
{
    struct hub_party_task_config config = {0};
    struct hub_party_task *t = NULL;
    char stem[AGGREGATOR_PATH_MAX];

    aggregator_task_stem(stem, path);
    hub_status status = hub_task_load(&config.task, path, hub_file_read, why);
    if (status == HUB_OK)
        status = load_secret(&config.secret, stem, why);
    if (status == HUB_OK) {
        t = hub_party_task_find(tasks->home->party, config.task->id.bytes);
        status = t == NULL ? add(tasks, &config, &t, why)
                           : read_again(t, config.task, &config.secret, why);
    }
    if (t != NULL)
        set_intake(tasks, t, stem);
    hub_task_free(config.task);
    hub_task_secret_wipe(&config.secret);
    return status;
}

/* The database's move, not the files'. */
static bool is_for_later(hub_status status)
{
    return status == HUB_E_DB || status == HUB_E_BUSY || status == HUB_E_MEMORY;
}

static void log_refused(const struct aggregator_tasks *tasks, const char *file, hub_status status,
                        const struct hub_why *why)
{
    const char *const text = why->text[0] == '\0' ? hub_status_text(status) : why->text;

    if (is_for_later(status))
        hub_log(tasks->log, HUB_LOG_WARN, "task.waits", "file=%s why=\"%s\"", file, text);
    else
        hub_log(tasks->log, HUB_LOG_ERROR, "task.refused", "file=%s why=\"%s\"", file, text);
}

hub_status aggregator_tasks_read(struct aggregator_tasks *tasks, struct hub_why *why)
{
    struct dirent **names = NULL;
    const int n = scandir(tasks->folder, &names, aggregator_is_task_file, alphasort);

    if (n < 0)
        return hub_why(why, HUB_E_CONFIG, "%s: the folder of the tasks cannot be read",
                       tasks->folder);
    tasks->n_refused = 0;
    tasks->n_waiting = 0;
    for (int i = 0; i < n; i++) {
        char path[AGGREGATOR_PATH_MAX];
        struct hub_why reason = {0};
        (void)snprintf(path, sizeof(path), "%s/%s", tasks->folder, names[i]->d_name);
        const hub_status status = read_task(tasks, path, &reason);
        if (status != HUB_OK) {
            log_refused(tasks, names[i]->d_name, status, &reason);
            tasks->n_refused += is_for_later(status) ? 0 : 1;
            tasks->n_waiting += is_for_later(status) ? 1 : 0;
            (void)hub_why(why, status, "%s: %s", names[i]->d_name, hub_status_text(status));
        }
        free(names[i]);
    }
    free(names);
    return HUB_OK;
}
