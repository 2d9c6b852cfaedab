/* Clock, keys, tasks, disk. */
#include "doctor/checks.h"

#include "base/file.h"
#include "hpke/key_file.h"
#include "serve/folders.h"
#include "task/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { SECRET_MAX = 1 << 20, MIB = 1 << 20, MIB_FAIL = 100, MIB_WARN = 1024 };

static const time_t release_s = 1767225600; /* 2026-01-01: no clock stands before it */

void doctor_look_at_clock(struct findings *f)
{
    struct timex kept = {0};
    const time_t now = time(NULL);

    if (now < release_s)
        finding_add(f, FINDING_FAIL, "clock", "set it, and let chrony keep it",
                    "it stands before 2026: windows, grace and certificates go by it");
    else if (adjtimex(&kept) == TIME_ERROR)
        finding_add(f, FINDING_WARN, "clock",
                    "install chrony, or see that the host keeps the clock of its containers",
                    "nothing says that it is synchronized");
    else
        finding_add(f, FINDING_OK, "clock", NULL, "synchronized");
}

void doctor_check_clock(struct doctor *d)
{
    doctor_look_at_clock(&d->findings);
}

bool doctor_look_at_secret(struct findings *f, const char *what, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        finding_add(f, FINDING_FAIL, what, "run as the program's user, or put it back", "%s: %s",
                    path, strerror(errno));
        return false;
    }
    if ((st.st_mode & 077) != 0) {
        char advice[DOCTOR_PATH_MAX + 32];
        (void)snprintf(advice, sizeof(advice), "chmod go= %s", path);
        finding_add(f, FINDING_FAIL, what, advice,
                    "%s may be read by others (mode %04o): take its secrets for known", path,
                    st.st_mode & 07777U);
    }
    return true;
}

/* ---- Keys */

static void check_hpke_key(struct doctor *d, const char *name)
{
    char path[DOCTOR_PATH_MAX];
    struct hub_why why = {0};
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair pair = {0};

    (void)snprintf(path, sizeof(path), "%s/%s", d->config.keys, name);
    if (!doctor_look_at_secret(&d->findings, "keys", path))
        return;
    const hub_status status = hub_hpke_key_file_load(&pair, path, hub_file_read, &why);
    if (status == HUB_OK)
        finding_add(&d->findings, FINDING_OK, "keys", NULL, "%s: HPKE configuration %u", name,
                    pair.config.id);
    else
        finding_add(&d->findings, FINDING_FAIL, "keys",
                    "put the key file back from where keys are kept, or rotate to a new one", "%s",
                    why.text);
}

static bool has_database(const struct aggregator_config *config)
{
    for (size_t i = 0; i < config->n_databases; i++) {
        if (access(config->databases[i].database, F_OK) == 0)
            return true;
    }
    return false;
}

static void check_accumulator_key(struct doctor *d)
{
    char path[DOCTOR_PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/accumulator.key", d->config.keys);
    if (access(path, F_OK) == 0) {
        if (doctor_look_at_secret(&d->findings, "keys", path))
            finding_add(&d->findings, FINDING_OK, "keys", NULL, "accumulator.key");
    } else if (has_database(&d->config)) {
        finding_add(&d->findings, FINDING_FAIL, "keys",
                    "put it back: without it no open window can be released",
                    "%s is missing, and the database is there", path);
    } else {
        finding_add(&d->findings, FINDING_OK, "keys", NULL,
                    "accumulator.key will be made at the first start");
    }
}

void doctor_check_keys(struct doctor *d)
{
    struct dirent **names = NULL;
    const int n = scandir(d->config.keys, &names, aggregator_is_older_key, alphasort);

    if (n < 0) {
        finding_add(&d->findings, FINDING_FAIL, "keys", "run as the aggregator's user", "%s: %s",
                    d->config.keys, strerror(errno));
        return;
    }
    check_hpke_key(d, "operator.key");
    for (int i = 0; i < n; i++) {
        check_hpke_key(d, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    check_accumulator_key(d);
}

/* ---- Tasks */

static hub_status load_secret(struct doctor *d, struct hub_task_secret *out, const char *stem,
                              struct hub_why *why)
{
    char path[AGGREGATOR_PATH_MAX];
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);

    HUB_TRY(aggregator_secret_path(path, stem, why));
    (void)doctor_look_at_secret(&d->findings, "tasks", path);
    HUB_TRY(hub_file_read(&text, path, why));
    return hub_task_secret_parse(out, hub_buf_span(&text), path, why);
}

static void tell_task(struct doctor *d, const struct hub_task *task, bool leads)
{
    enum { DAY_S = 86400, DAYS_WARN = 14 };
    const uint64_t now_s = (uint64_t)time(NULL);
    const char *role = leads ? "leader" : "helper";

    if (now_s >= task->end_s)
        finding_add(&d->findings, FINDING_WARN, "tasks",
                    "when its last windows are collected, move its files away", "%s: %s, has ended",
                    task->name, role);
    else if (task->end_s - now_s < (uint64_t)DAYS_WARN * DAY_S)
        finding_add(&d->findings, FINDING_WARN, "tasks", "make the next task of its measure now",
                    "%s: %s, ends in %llu days", task->name, role,
                    (unsigned long long)((task->end_s - now_s) / DAY_S));
    else
        finding_add(&d->findings, FINDING_OK, "tasks", NULL, "%s: %s", task->name, role);
}

static void check_task(struct doctor *d, size_t database, const char *name)
{
    char path[DOCTOR_PATH_MAX];
    char stem[DOCTOR_PATH_MAX];
    struct hub_why why = {0};
    struct hub_task *task = NULL;
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {0};

    (void)snprintf(path, sizeof(path), "%s/%s", d->config.databases[database].tasks, name);
    aggregator_task_stem(stem, path);
    hub_status status = hub_task_load(&task, path, hub_file_read, &why);
    if (status == HUB_OK)
        status = load_secret(d, &secret, stem, &why);
    if (status == HUB_OK && memcmp(secret.task_id.bytes, task->id.bytes, 32) != 0)
        status = hub_why(&why, HUB_E_CONFIG, "%s: the secrets are of another task", stem);
    if (status != HUB_OK || d->n_tasks == DOCTOR_TASKS_MAX) {
        finding_add(&d->findings, FINDING_FAIL, "tasks",
                    "put the task's files side by side as the ceremony made them", "%s: %s", name,
                    why.text);
        hub_task_free(task);
        return;
    }
    const bool leads = secret.role == HUB_ROLE_LEADER;
    tell_task(d, task, leads);
    d->leads[d->n_tasks] = leads;
    d->homes[d->n_tasks] = database;
    d->tasks[d->n_tasks++] = task;
}

static void check_folder_of_tasks(struct doctor *d, size_t database)
{
    const char *const folder = d->config.databases[database].tasks;
    struct dirent **names = NULL;
    const int n = scandir(folder, &names, aggregator_is_task_file, alphasort);

    if (n < 0) {
        finding_add(&d->findings, FINDING_FAIL, "tasks", "make the folder, or correct \"tasks\"",
                    "%s: %s", folder, strerror(errno));
        return;
    }
    if (n == 0)
        finding_add(&d->findings, FINDING_WARN, "tasks",
                    "put NAME.task.ini with its statement and secrets there", "%s holds none",
                    folder);
    for (int i = 0; i < n; i++) {
        check_task(d, database, names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

void doctor_check_tasks(struct doctor *d)
{
    for (size_t i = 0; i < d->config.n_databases; i++)
        check_folder_of_tasks(d, i);
}

/* ---- Disk */

/* HUB_E_IO: a file cannot be made, written, synced and removed there. */
static hub_status try_to_write(const char *folder)
{
    static const char bytes[4096];
    char path[DOCTOR_PATH_MAX + 32];

    (void)snprintf(path, sizeof(path), "%s/.hubbub-doctor-%d", folder, (int)getpid());
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return HUB_E_IO;
    const bool is_written =
        write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) && fsync(fd) == 0;
    const int error = errno;
    (void)close(fd);
    (void)unlink(path);
    errno = error;
    return is_written ? HUB_OK : HUB_E_IO;
}

void doctor_look_at_folder(struct findings *f, const char *name, const char *file)
{
    char folder[DOCTOR_PATH_MAX] = ".";
    struct statvfs room;
    const char *const slash = strrchr(file, '/');

    if (slash == file)
        (void)snprintf(folder, sizeof(folder), "/");
    else if (slash != NULL)
        (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file), file);
    if (statvfs(folder, &room) != 0) {
        finding_add(f, FINDING_FAIL, "disk", "make the folder", "%s: %s: %s", name, folder,
                    strerror(errno));
        return;
    }
    const unsigned long long free_mib = (unsigned long long)room.f_bavail * room.f_frsize / MIB;
    if (try_to_write(folder) != HUB_OK)
        finding_add(f, FINDING_FAIL, "disk",
                    "run as the program's user; see that the file system is not read-only",
                    "%s: %s cannot be written: %s", name, folder, strerror(errno));
    else if (free_mib < MIB_FAIL)
        finding_add(f, FINDING_FAIL, "disk", "make room: soon nothing can be written",
                    "%s: %llu MiB are free in %s", name, free_mib, folder);
    else if (free_mib < MIB_WARN)
        finding_add(f, FINDING_WARN, "disk", "make room", "%s: %llu MiB are free in %s", name,
                    free_mib, folder);
    else
        finding_add(f, FINDING_OK, "disk", NULL, "%s: %llu MiB are free in %s", name, free_mib,
                    folder);
}

void doctor_check_disk(struct doctor *d)
{
    for (size_t i = 0; i < d->config.n_databases; i++) {
        const struct aggregator_database *const b = &d->config.databases[i];
        if (strstr(b->database, "://") == NULL)
            doctor_look_at_folder(&d->findings, "database", b->database);
        doctor_look_at_folder(&d->findings, "head", b->head);
    }
}
