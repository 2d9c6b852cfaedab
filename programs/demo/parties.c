/* Starts, watches and stops the parties' processes. */
#include "demo/parties.h"

#include "base/clock.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIRST_USER = 61801, /* of the parties: numbers that no Debian package uses */
    SERIES_GROUP = 61800,
    STOP_MS = 10000,
    LOG_TAIL = 200
};

static uid_t user_of(enum demo_party_id id)
{
    return (uid_t)(FIRST_USER + (int)id);
}

/* nftw has no argument for its callback. */
static __thread uid_t owner;

static int give(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return lchown(path, owner, (gid_t)owner);
}

hub_status demo_party_own(enum demo_party_id id, const char *folder, struct hub_why *why)
{
    if (chmod(folder, 0700) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", folder, strerror(errno));
    if (geteuid() != 0)
        return HUB_OK;
    owner = user_of(id);
    if (nftw(folder, give, 16, FTW_PHYS) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", folder, strerror(errno));
    return HUB_OK;
}

hub_status demo_party_share_series(const char *folder, const char *database, struct hub_why *why)
{
    HUB_TRY(hub_file_make_dir(folder, 0770, why));
    /* The engine gives its side files the mode and group of the database itself. */
    const int fd = open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (fd < 0 || fchmod(fd, 0660) != 0 || close(fd) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", database, strerror(errno));
    if (geteuid() != 0)
        return HUB_OK;
    const uid_t collector = user_of(DEMO_COLLECTOR);
    if (chown(folder, collector, SERIES_GROUP) != 0 || chmod(folder, 02770) != 0 ||
        chown(database, collector, SERIES_GROUP) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", folder, strerror(errno));
    return HUB_OK;
}

/* In the child: becomes the party. Returns only if something failed. The program is this one, by
 * its file and not by its path: a clone may lie where the party's user cannot go. */
static void become(const struct demo_party *party, enum demo_party_id id, const char *clock_path)
{
    char program[] = "hubbub-demo";
    char config_option[] = "--config";
    char clock_option[] = "--clock";
    char word[32];
    char config[DEMO_PATH_MAX];
    char clock[DEMO_PATH_MAX + 16];
    char *const arguments[] = {program, word, config_option, config, clock_option, clock, NULL};
    char log[DEMO_PATH_MAX + 16];
    const gid_t series[] = {SERIES_GROUP};
    const bool shares_series = id == DEMO_COLLECTOR || id == DEMO_OFFICE;

    (void)snprintf(word, sizeof(word), "%s", party->word);
    (void)snprintf(config, sizeof(config), "%s", party->config);
    (void)snprintf(clock, sizeof(clock), "%s", clock_path);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)snprintf(log, sizeof(log), "%s/log.txt", party->folder);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int in = open("/dev/null", O_RDONLY);
    const int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (out < 0 || in < 0 || exe < 0 || chdir(party->folder) != 0 || dup2(in, 0) < 0 ||
        dup2(out, 1) < 0 || dup2(out, 2) < 0)
        return;
    if (geteuid() == 0) {
        const uid_t user = user_of(id);
        if (setgroups(shares_series ? 1 : 0, series) != 0 || setgid((gid_t)user) != 0 ||
            setuid(user) != 0)
            return;
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of user clears it */
    }
    (void)umask(0027);
    (void)fexecve(exe, arguments, environ);
}

hub_status demo_party_start(struct demo_party *party, enum demo_party_id id, const char *clock_path,
                            struct hub_why *why)
{
    const pid_t pid = fork();

    if (pid < 0)
        return hub_why(why, HUB_E_IO, "%s: %s", party->name, strerror(errno));
    if (pid == 0) {
        become(party, id, clock_path);
        _exit(127);
    }
    party->pid = pid;
    return HUB_OK;
}

static void last_line(char *out, size_t size, const struct demo_party *party)
{
    char path[DEMO_PATH_MAX + 16];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(64 << 20);

    out[0] = '\0';
    (void)snprintf(path, sizeof(path), "%s/log.txt", party->folder);
    if (hub_file_read(&text, path, NULL) != HUB_OK || text.len == 0)
        return;
    size_t end = text.len;
    while (end != 0 && text.ptr[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start != 0 && text.ptr[start - 1] != '\n' && end - start < size - 1)
        start--;
    memcpy(out, text.ptr + start, end - start);
    out[end - start] = '\0';
}

hub_status demo_party_check(struct demo_party *party, struct hub_why *why)
{
    char line[LOG_TAIL];
    int how;

    if (party->pid == 0 || waitpid(party->pid, &how, WNOHANG) == 0)
        return HUB_OK;
    party->pid = 0;
    last_line(line, sizeof(line), party);
    return hub_why(why, HUB_E_IO, "the %s has ended (%s %d): %s", party->name,
                   WIFSIGNALED(how) ? "signal" : "exit code",
                   WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how), line);
}

static bool answers(uint16_t port)
{
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const bool is_open = s >= 0 && connect(s, (const struct sockaddr *)&at, sizeof(at)) == 0;
    if (s >= 0)
        (void)close(s);
    return is_open;
}

hub_status demo_party_await(struct demo_party *party, unsigned wait_ms_max, struct hub_why *why)
{
    const uint64_t until_ms = hub_monotonic_ms() + wait_ms_max;

    while (party->port != 0 && !answers(party->port)) {
        HUB_TRY(demo_party_check(party, why));
        if (hub_monotonic_ms() > until_ms)
            return hub_why(why, HUB_E_IO, "the %s does not answer on port %u; see %s/log.txt",
                           party->name, party->port, party->folder);
        (void)usleep(20000);
    }
    return demo_party_check(party, why);
}

void demo_parties_stop(struct demo_party *parties)
{
    const uint64_t until_ms = hub_monotonic_ms() + STOP_MS;

    for (int i = 0; i < DEMO_N_PARTIES; i++) {
        if (parties[i].pid != 0)
            (void)kill(parties[i].pid, SIGTERM);
    }
    for (int i = 0; i < DEMO_N_PARTIES; i++) {
        while (parties[i].pid != 0 && waitpid(parties[i].pid, NULL, WNOHANG) == 0) {
            if (hub_monotonic_ms() > until_ms)
                (void)kill(parties[i].pid, SIGKILL);
            (void)usleep(10000);
        }
        parties[i].pid = 0;
    }
}

uint64_t demo_party_memory_kb(const struct demo_party *party)
{
    char path[64];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)party->pid);
    if (party->pid == 0 || hub_file_read(&text, path, NULL) != HUB_OK ||
        hub_buf_append(&text, hub_span_of("", 1)) != HUB_OK)
        return 0;
    const char *const line = strstr((const char *)text.ptr, "VmHWM:");
    return line == NULL ? 0 : strtoull(line + 6, NULL, 10);
}
