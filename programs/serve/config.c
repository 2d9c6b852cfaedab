/* Names, fallbacks and bounds of the options. */
#include "serve/config.h"

#include <stdio.h>

#define OPT(field)      offsetof(struct aggregator_config, field)
#define OPT_MAIN(field) offsetof(struct aggregator_config, databases[0].field)

static const struct hub_option options[] = {
    {"listen", HUB_OPT_TEXT, OPT(listen), "127.0.0.1:8080", "address and port", 0, 0},
    {"url", HUB_OPT_TEXT, OPT(url), "", "this aggregator's URL as its tasks name it", 0, 0},
    {"metrics", HUB_OPT_TEXT, OPT(metrics), "", "address and port of the figures, or none", 0, 0},
    {"tasks", HUB_OPT_TEXT, OPT_MAIN(tasks), NULL, "folder with NAME.task.ini and its secrets", 0,
     0},
    {"keys", HUB_OPT_TEXT, OPT(keys), NULL, "folder with operator.key and accumulator.key", 0, 0},
    {"database", HUB_OPT_TEXT, OPT_MAIN(database), NULL,
     "SQLite file, made when missing, or postgresql://...", 0, 0},
    {"head", HUB_OPT_TEXT, OPT_MAIN(head), NULL,
     "the ledger's head, outside the database's backups", 0, 0},
    {"log", HUB_OPT_TEXT, OPT(log), "-", "file to append to; - for stderr", 0, 0},
    {"log_level", HUB_OPT_TEXT, OPT(log_level), "info", "debug, info, warn or error", 0, 0},
    {"tls_cert", HUB_OPT_TEXT, OPT(tls_cert), "", "PEM chain; none: plain HTTP, loopback only", 0,
     0},
    {"tls_key", HUB_OPT_TEXT, OPT(tls_key), "", "PEM key", 0, 0},
    {"ca_file", HUB_OPT_TEXT, OPT(ca_file), "", "PEM, to check the helper; none: the system's", 0,
     0},
    {"behind_proxy", HUB_OPT_BOOL, OPT(behind_proxy), "no", "a proxy in front does TLS", 0, 0},
    {"plain_remote", HUB_OPT_BOOL, OPT(plain_remote), "no", "helpers without TLS beyond loopback",
     0, 0},
    {"http_threads", HUB_OPT_U32, OPT(http_threads), "0", "0: one a core", 0, 256},
    {"workers", HUB_OPT_U32, OPT(workers), "0", "aggregation jobs at once; 0: a core each and one",
     0, 256},
    {"helper_async", HUB_OPT_BOOL, OPT(helper_async), "no",
     "answer aggregation jobs by their Location, and work on them afterwards", 0, 0},
    {"collectors", HUB_OPT_U32, OPT(collectors), "16", "collections at once", 1, 256},
    {"job_reports_max", HUB_OPT_U32, OPT(job_reports_max), "1000", "reports of one job", 1, 100000},
    {"job_linger_ms", HUB_OPT_U32, OPT(job_linger_ms), "60", "wait for a job to fill", 0, 60000},
    {"job_bytes_max", HUB_OPT_U32, OPT(job_bytes_max), "16777216", "of an aggregation job", 65536,
     64 << 20},
    {"upload_bytes_max", HUB_OPT_U32, OPT(upload_bytes_max), "8388608", "of one upload", 4096,
     15 << 20},
    {"hpke_max_age", HUB_OPT_U32, OPT(hpke_max_age_s), "86400", "seconds that clients keep keys", 1,
     0},
    {"collect_wait_ms", HUB_OPT_U32, OPT(collect_wait_ms), "1000",
     "a collection that takes longer is answered by its Location", 0, 60000},
    {"connections_max", HUB_OPT_U32, OPT(connections_max), "2048", "open at once", 8, 65536},
    {"connections_per_address_max", HUB_OPT_U32, OPT(connections_per_address_max), "0",
     "0: no limit, as behind a proxy", 0, 65536},
    {"idle_s", HUB_OPT_U32, OPT(idle_s), "60", "between two requests, and for a request's headers",
     1, 3600},
    {"receive_s", HUB_OPT_U32, OPT(receive_s), "30", "for a request's body", 1, 3600},
    {"send_s", HUB_OPT_U32, OPT(send_s), "30", "for a response", 1, 3600},
    {"bodies_bytes_max", HUB_OPT_U32, OPT(bodies_bytes_max), "67108864",
     "of all requests being received; beyond it 503", 1 << 20, 1 << 30},
    {"queue_bytes_max", HUB_OPT_U32, OPT(queue_bytes_max), "33554432",
     "of requests that wait to be written; beyond it 503", 65536, 1 << 30},
    {"disk_free_min_mb", HUB_OPT_U32, OPT(disk_free_min_mb), "256",
     "with less room for the database nothing is taken", 0, 0},
    {"lease_s", HUB_OPT_U32, OPT(lease_s), "15",
     "on PostgreSQL: a process that is silent for so long loses its work to others", 3, 600},
};

enum { N_OPTIONS = sizeof(options) / sizeof(*options) };

/* A relative path becomes one from where the program stands. */
static hub_status resolve(char path[HUB_OPTION_TEXT_MAX], const char *config_path,
                          struct hub_why *why)
{
    const char *slash = strrchr(config_path, '/');
    char full[2 * HUB_OPTION_TEXT_MAX];

    if (path[0] == '\0' || path[0] == '/' || slash == NULL || strstr(path, "://") != NULL)
        return HUB_OK;
    int n = snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - config_path), config_path, path);
    if (n < 0 || n >= HUB_OPTION_TEXT_MAX)
        return hub_why(why, HUB_E_CONFIG, "%s: the path %s is too long", config_path, path);
    memcpy(path, full, (size_t)n + 1);
    return HUB_OK;
}

/* ---- Sections [database NAME] */

static const char section_word[] = "database ";

static bool is_name(const char *name)
{
    const size_t n = strlen(name);

    return n != 0 && n <= AGGREGATOR_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static struct aggregator_database *find(struct aggregator_config *c, const char *name)
{
    for (size_t i = 0; i < c->n_databases; i++) {
        if (strcmp(c->databases[i].name, name) == 0)
            return &c->databases[i];
    }
    return NULL;
}

static hub_status take_section(struct aggregator_database **out, struct aggregator_config *c,
                               const char *section, unsigned line, struct hub_why *why)
{
    const size_t n = sizeof(section_word) - 1;
    const char *const name = section + n;

    if (strncmp(section, section_word, n) != 0 || !is_name(name))
        return hub_why(why, HUB_E_CONFIG,
                       "line %u: a section is [database NAME], the name of small letters, digits "
                       "and hyphens, at most %d",
                       line, AGGREGATOR_NAME_MAX);
    *out = find(c, name);
    if (*out == &c->databases[0])
        return hub_why(why, HUB_E_CONFIG, "line %u: %s stands before all sections", line, name);
    if (*out != NULL)
        return HUB_OK;
    if (c->n_databases == AGGREGATOR_DATABASES_MAX)
        return hub_why(why, HUB_E_CONFIG, "line %u: more than %d databases", line,
                       AGGREGATOR_DATABASES_MAX);
    *out = &c->databases[c->n_databases++];
    (void)snprintf((*out)->name, sizeof((*out)->name), "%s", name);
    return HUB_OK;
}

static hub_status take_pair(void *self, const char *section, const char *key, const char *value,
                            unsigned line, struct hub_why *why)
{
    struct aggregator_database *d = NULL;

    if (section[0] == '\0')
        return hub_why(why, HUB_E_CONFIG, "line %u: unknown name %s", line, key);
    HUB_TRY(take_section(&d, self, section, line, why));
    char *const field = strcmp(key, "database") == 0 ? d->database
                        : strcmp(key, "head") == 0   ? d->head
                        : strcmp(key, "tasks") == 0  ? d->tasks
                                                     : NULL;
    if (field == NULL)
        return hub_why(why, HUB_E_CONFIG, "line %u: [%s] has database, head and tasks, not %s",
                       line, section, key);
    if (field[0] != '\0' || strlen(value) >= HUB_OPTION_TEXT_MAX)
        return hub_why(why, HUB_E_CONFIG, "line %u: %s is given twice, or too long", line, key);
    (void)snprintf(field, HUB_OPTION_TEXT_MAX, "%s", value);
    return HUB_OK;
}

/* Two of them with one head, or one folder of tasks, is a slip. */
static hub_status check_apart(const struct aggregator_config *c, const char *path,
                              struct hub_why *why)
{
    for (size_t i = 1; i < c->n_databases; i++) {
        const struct aggregator_database *const d = &c->databases[i];
        if (d->database[0] == '\0' || d->head[0] == '\0' || d->tasks[0] == '\0')
            return hub_why(why, HUB_E_CONFIG, "%s: [database %s] needs database, head and tasks",
                           path, d->name);
        for (size_t j = 0; j < i; j++) {
            const struct aggregator_database *const other = &c->databases[j];
            if (strcmp(d->database, other->database) == 0 || strcmp(d->head, other->head) == 0 ||
                strcmp(d->tasks, other->tasks) == 0)
                return hub_why(why, HUB_E_CONFIG,
                               "%s: the databases %s and %s are one, or share a head or a folder "
                               "of tasks",
                               path, other->name, d->name);
        }
    }
    return HUB_OK;
}

static hub_status resolve_all(struct aggregator_config *out, const char *path, struct hub_why *why)
{
    char *const paths[] = {out->keys, out->tls_cert, out->tls_key, out->ca_file};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        HUB_TRY(resolve(paths[i], path, why));
    for (size_t i = 0; i < out->n_databases; i++) {
        HUB_TRY(resolve(out->databases[i].tasks, path, why));
        HUB_TRY(resolve(out->databases[i].database, path, why));
        HUB_TRY(resolve(out->databases[i].head, path, why));
    }
    return strcmp(out->log, "-") == 0 ? HUB_OK : resolve(out->log, path, why);
}

hub_status aggregator_config_load(struct aggregator_config *out, const char *path,
                                  struct hub_why *why)
{
    memset(out, 0, sizeof(*out));
    out->n_databases = 1;
    (void)snprintf(out->databases[0].name, sizeof(out->databases[0].name), "%s", AGGREGATOR_MAIN);
    HUB_TRY(hub_options_load_sections(out, options, N_OPTIONS, path, take_pair, out, why));
    HUB_TRY(resolve_all(out, path, why));
    return check_apart(out, path, why);
}

size_t aggregator_config_help(char *out, size_t size)
{
    const size_t n = hub_options_help(out, size, options, N_OPTIONS);
    const int added =
        snprintf(n < size ? out + n : NULL, n < size ? size - n : 0, "  %-28s %s\n",
                 "[database NAME]", "database, head and tasks of another one (docs/scale.md)");
    return n + (added > 0 ? (size_t)added : 0);
}
