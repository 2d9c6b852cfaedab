/* Sections of text, each under a line "== NAME". */
#include "doctor/bundle.h"

#include "base/file.h"
#include "http/client.h"
#include "hubbub/version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { LOG_BYTES = 256 << 10, METRICS_MS = 5000, CONFIG_MAX = 1 << 20 };

static void write_machine(FILE *out)
{
    struct utsname u = {0};
    char now[32] = "";
    const time_t seconds = time(NULL);
    struct tm utc;

    (void)gmtime_r(&seconds, &utc);
    (void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
    (void)uname(&u);
    (void)fprintf(out, "== machine\nhubbub %s (DAP draft-%d, VDAF draft-%d)\n%s %s %s\n%s\n",
                  HUB_VERSION, HUB_DAP_DRAFT, HUB_VDAF_DRAFT, u.sysname, u.release, u.machine, now);
}

/* Names of the options that could be a secret by mistake: a URL of a database may name a user. */
static bool is_told(const char *line)
{
    return strstr(line, "://") == NULL || strchr(line, '@') == NULL;
}

static void write_config(FILE *out, const char *config)
{
    char line[1024];
    FILE *in = fopen(config, "re");

    (void)fputs("== configuration\n", out);
    while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
        if (is_told(line))
            (void)fputs(line, out);
        else
            (void)fprintf(out, "%.*s = (left out)\n", (int)strcspn(line, " ="), line);
    }
    if (in != NULL)
        (void)fclose(in);
}

static void write_folder(FILE *out, const char *folder)
{
    struct dirent **names = NULL;
    const int n = scandir(folder, &names, NULL, alphasort);

    (void)fprintf(out, "== files in %s\n", folder);
    for (int i = 0; i < n; i++) {
        char path[DOCTOR_PATH_MAX];
        struct stat st;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            (void)fprintf(out, "%04o %5u %10lld %s\n", st.st_mode & 07777U, st.st_uid,
                          (long long)st.st_size, names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

/* Statements are public; secrets stand in other files. */
static void write_tasks(FILE *out, const struct doctor *d)
{
    for (size_t i = 0; i < d->n_tasks; i++)
        (void)fprintf(out, "== statement of %s\n%.*s", d->tasks[i]->name,
                      (int)d->tasks[i]->statement_text.len,
                      (const char *)d->tasks[i]->statement_text.ptr);
}

static void write_metrics(FILE *out, const struct doctor *d)
{
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_http_client *client;
    struct hub_http_response answer = {0};
    char url[HUB_OPTION_TEXT_MAX + 32];

    (void)fputs("== figures\n", out);
    config.total_ms_max = METRICS_MS;
    if (d->config.metrics[0] == '\0' || hub_http_client_new(&client, &config) != HUB_OK)
        return;
    (void)snprintf(url, sizeof(url), "http://%s/metrics", d->config.metrics);
    const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
    if (hub_http_fetch(client, &answer, &call, NULL) == HUB_OK && answer.status == 200)
        (void)fprintf(out, "%.*s", (int)answer.body.len, (const char *)answer.body.ptr);
    hub_http_response_clear(&answer);
    hub_http_client_free(client);
}

static void write_log(FILE *out, const struct doctor *d)
{
    FILE *in = strcmp(d->config.log, "-") == 0 ? NULL : fopen(d->config.log, "re");
    char line[2048];

    (void)fputs("== the log's end\n", out);
    if (in == NULL) {
        (void)fputs("on stderr: see journalctl -u hubbub-aggregator\n", out);
        return;
    }
    bool is_whole = fseek(in, 0, SEEK_END) != 0 || ftell(in) <= LOG_BYTES ||
                    fseek(in, -LOG_BYTES, SEEK_END) != 0;
    if (is_whole)
        rewind(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        if (is_whole)
            (void)fputs(line, out);
        is_whole = true; /* what comes behind the rest of a line */
    }
    (void)fclose(in);
}

static void write_findings(FILE *out, const struct doctor *d)
{
    struct doctor *const again = calloc(1, sizeof(*again));

    (void)fputs("== findings\n", out);
    if (again == NULL)
        return;
    again->findings.out = out;
    again->config = d->config;
    doctor_check_clock(again);
    doctor_check_keys(again);
    doctor_check_tasks(again);
    doctor_check_disk(again);
    doctor_check_database(again);
    doctor_check_tls(again);
    doctor_check_peers(again);
    for (size_t i = 0; i < again->n_tasks; i++)
        hub_task_free(again->tasks[i]);
    free(again);
}

hub_status doctor_write_bundle(struct doctor *d, const char *config, const char *path,
                               struct hub_why *why)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (out == NULL)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    write_machine(out);
    write_config(out, config);
    write_findings(out, d);
    write_folder(out, d->config.keys);
    for (size_t i = 0; i < d->config.n_databases; i++)
        write_folder(out, d->config.databases[i].tasks);
    write_tasks(out, d);
    write_metrics(out, d);
    write_log(out, d);
    const bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed)
        return hub_why(why, HUB_E_IO, "%s: not written", path);
    return HUB_OK;
}
