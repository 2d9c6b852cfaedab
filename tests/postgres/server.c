/* A cluster in a temporary folder: initdb, postgres, and what /proc says of its processes. */
#include "postgres/server.h"

#include "base/clock.h"
#include "db/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_MS_MAX = 30000, CHILDREN_MAX = 1024, ARGUMENTS_MAX = 32 };

/* Where the newest server is; false: nowhere. */
static bool find_bin(char out[128])
{
    glob_t found = {0};
    const bool is_there =
        glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0 && found.gl_pathc != 0;

    if (is_there) {
        const char *const path = found.gl_pathv[found.gl_pathc - 1];
        (void)snprintf(out, 128, "%.*s", (int)(strlen(path) - strlen("/initdb")), path);
    }
    globfree(&found);
    return is_there;
}

bool postgres_server_is_there(void)
{
    char bin[128];
    return find_bin(bin);
}

/* The server's own user where Debian made one. */
static void drop_root(void)
{
    const struct passwd *user = getpwnam("postgres");

    if (geteuid() != 0)
        return;
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL || setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        _exit(125);
}

/* What it says goes to FOLDER/log. */
static pid_t spawn(const struct postgres_server *s, const char *const arguments[ARGUMENTS_MAX])
{
    char *argv[ARGUMENTS_MAX];
    char path[192];
    char log[128];

    (void)snprintf(path, sizeof(path), "%s/%s", s->bin, arguments[0]);
    memcpy(argv, arguments, sizeof(argv)); /* execv promises to change none, and forgot to say so */
    (void)snprintf(log, sizeof(log), "%s/log", s->folder);
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(s->folder) != 0)
        _exit(126);
    for (int i = 3; i < 256; i++)
        (void)close(i); /* nothing of a test's own stays open in a server */
    drop_root();
    (void)execv(path, argv);
    _exit(127);
}

static hub_status init(const struct postgres_server *s, struct hub_why *why)
{
    char data[128];
    int code = 0;

    (void)snprintf(data, sizeof(data), "%s/data", s->folder);
    const char *const arguments[ARGUMENTS_MAX] = {"initdb",      "-D", data,    "-U",
                                                  "hubbub",      "-A", "trust", "--no-sync",
                                                  "--no-locale", "-E", "UTF8",  NULL};
    const pid_t pid = spawn(s, arguments);
    if (pid < 0 || waitpid(pid, &code, 0) != pid || code != 0)
        return hub_why(why, HUB_E_IO, "initdb failed: see %s/log", s->folder);
    return HUB_OK;
}

static void sleep_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

void postgres_server_url(const struct postgres_server *s, char out[POSTGRES_URL_MAX],
                         const char *database)
{
    (void)snprintf(out, POSTGRES_URL_MAX, "postgresql://hubbub@/%s?host=%s", database, s->folder);
}

hub_status postgres_server_sql(const struct postgres_server *s, const char *database,
                               const char *sql, struct hub_why *why)
{
    HUB_CLEANUP(hub_db_close_at) struct hub_db *db = NULL;
    const struct hub_db_options options = {0};
    char url[POSTGRES_URL_MAX];

    postgres_server_url(s, url, database);
    HUB_TRY(hub_db_open(&db, url, &options, why));
    const hub_status status = hub_db_exec(db, sql);
    return status == HUB_OK ? HUB_OK : hub_why(why, status, "%s", hub_db_message(db));
}

hub_status postgres_server_start(struct postgres_server *s, struct hub_why *why)
{
    char data[128];
    const char *const fsync = s->is_durable ? "fsync=on" : "fsync=off";
    const char *const buffers = s->is_durable ? "shared_buffers=1GB" : "shared_buffers=128MB";

    (void)snprintf(data, sizeof(data), "%s/data", s->folder);
    const char *const arguments[ARGUMENTS_MAX] = {"postgres",
                                                  "-D",
                                                  data,
                                                  "-k",
                                                  s->folder,
                                                  "-h",
                                                  "",
                                                  "-c",
                                                  fsync,
                                                  "-c",
                                                  "max_connections=200",
                                                  "-c",
                                                  buffers,
                                                  "-c",
                                                  "max_wal_size=4GB",
                                                  "-c",
                                                  "checkpoint_timeout=30min",
                                                  "-c",
                                                  "wal_compression=lz4",
                                                  "-c",
                                                  "deadlock_timeout=200ms",
                                                  NULL};
    s->pid = spawn(s, arguments);
    if (s->pid < 0)
        return hub_why(why, HUB_E_IO, "postgres: %s", strerror(errno));
    for (uint64_t until_ms = hub_monotonic_ms() + START_MS_MAX;;) {
        if (postgres_server_sql(s, "postgres", "SELECT 1", why) == HUB_OK)
            return HUB_OK;
        if (hub_monotonic_ms() > until_ms || waitpid(s->pid, NULL, WNOHANG) != 0)
            return hub_why(why, HUB_E_IO, "postgres does not answer: see %s/log", s->folder);
        sleep_ms(20);
    }
}

hub_status postgres_server_open(struct postgres_server *s, const char *parent, bool is_durable,
                                struct hub_why *why)
{
    *s = (struct postgres_server){.is_durable = is_durable};
    if (!find_bin(s->bin))
        return hub_why(why, HUB_E_NOT_FOUND, "there is no PostgreSQL server on this machine");
    if ((size_t)snprintf(s->folder, sizeof(s->folder), "%s/hubbub-pg-XXXXXX", parent) >=
            sizeof(s->folder) ||
        mkdtemp(s->folder) == NULL)
        return hub_why(why, HUB_E_IO, "%s: %s", parent, strerror(errno));
    /* the server's user makes its files there, and everybody finds its socket */
    if (chmod(s->folder, 0777) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", s->folder, strerror(errno));
    HUB_TRY(init(s, why));
    return postgres_server_start(s, why);
}

/* ---- Its processes */

/* The parent of a process; 0 if it is gone. */
static pid_t parent_of(pid_t pid)
{
    char path[64];
    char line[256];
    long parent = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *const f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof(line), f) != NULL) {
        const char *const end = strrchr(line, ')'); /* of its name */
        if (end != NULL && strlen(end) > 4)
            parent = strtol(end + 4, NULL, 10);
    }
    (void)fclose(f);
    return (pid_t)parent;
}

static size_t children_of(pid_t parent, pid_t out[CHILDREN_MAX])
{
    DIR *const proc = opendir("/proc");
    size_t n = 0;

    if (proc == NULL)
        return 0;
    for (const struct dirent *e; (e = readdir(proc)) != NULL && n < CHILDREN_MAX;) {
        const pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && parent_of(pid) == parent)
            out[n++] = pid;
    }
    (void)closedir(proc);
    return n;
}

void postgres_server_kill(struct postgres_server *s)
{
    pid_t children[CHILDREN_MAX];

    if (s->pid <= 0)
        return;
    (void)kill(s->pid, SIGSTOP); /* so that it makes no others meanwhile */
    const size_t n = children_of(s->pid, children);
    (void)kill(s->pid, SIGKILL);
    for (size_t i = 0; i < n; i++)
        (void)kill(children[i], SIGKILL);
    (void)waitpid(s->pid, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        while (kill(children[i], 0) == 0 && parent_of(children[i]) != 0)
            sleep_ms(1); /* they hold its shared memory until they are gone */
    }
    s->pid = 0;
}

static double process_cpu_s(pid_t pid)
{
    clockid_t clock;
    struct timespec t;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of those that were waited for, in ticks: cutime and cstime of proc(5). */
static double ended_cpu_s(pid_t pid)
{
    char path[64];
    char line[512];
    unsigned long ticks = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *const f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof(line), f) != NULL) {
        const char *at = strrchr(line, ')');
        for (int field = 2; at != NULL && field < 16; field++)
            at = strchr(at + 1, ' ');
        if (at != NULL) {
            char *end;
            ticks = strtoul(at, &end, 10);
            ticks += strtoul(end, NULL, 10);
        }
    }
    (void)fclose(f);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

double postgres_server_cpu_s(const struct postgres_server *s)
{
    pid_t children[CHILDREN_MAX];
    const size_t n = children_of(s->pid, children);
    double sum = process_cpu_s(s->pid) + ended_cpu_s(s->pid);

    for (size_t i = 0; i < n; i++)
        sum += process_cpu_s(children[i]);
    return sum;
}

/* ---- The end */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void postgres_server_close(struct postgres_server *s)
{
    postgres_server_kill(s);
    if (s->folder[0] != '\0' && getenv("HUBBUB_KEEP") == NULL)
        (void)nftw(s->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    *s = (struct postgres_server){0};
}
