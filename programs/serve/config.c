/* Names, fallbacks and bounds of the options. */
#include "serve/config.h"

#include <stdio.h>

#define OPT(field) offsetof(struct aggregator_config, field)

static const struct hub_option options[] = {
    {"listen", HUB_OPT_TEXT, OPT(listen), "127.0.0.1:8080", "address and port", 0, 0},
    {"url", HUB_OPT_TEXT, OPT(url), "", "this aggregator's URL as its tasks name it", 0, 0},
    {"metrics", HUB_OPT_TEXT, OPT(metrics), "", "address and port of the figures, or none", 0, 0},
    {"tasks", HUB_OPT_TEXT, OPT(tasks), NULL, "folder with NAME.task.ini and its secrets", 0, 0},
    {"keys", HUB_OPT_TEXT, OPT(keys), NULL, "folder with operator.key and accumulator.key", 0, 0},
    {"database", HUB_OPT_TEXT, OPT(database), NULL,
     "SQLite file, made when missing, or postgresql://...", 0, 0},
    {"head", HUB_OPT_TEXT, OPT(head), NULL, "the ledger's head, outside the database's backups", 0,
     0},
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

hub_status aggregator_config_load(struct aggregator_config *out, const char *path,
                                  struct hub_why *why)
{
    char *const paths[] = {out->tasks,    out->keys,    out->database, out->head,
                           out->tls_cert, out->tls_key, out->ca_file};

    HUB_TRY(hub_options_load(out, options, N_OPTIONS, path, why));
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        HUB_TRY(resolve(paths[i], path, why));
    if (strcmp(out->log, "-") != 0)
        HUB_TRY(resolve(out->log, path, why));
    return HUB_OK;
}

size_t aggregator_config_help(char *out, size_t size)
{
    return hub_options_help(out, size, options, N_OPTIONS);
}
