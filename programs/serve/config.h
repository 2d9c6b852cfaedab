/* The aggregator's configuration file. */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

#include "base/option.h"

#define AGGREGATOR_MAIN "main"
enum { AGGREGATOR_DATABASES_MAX = 16, AGGREGATOR_NAME_MAX = 32 };

/* A database and the tasks that are at home in it: what the options say without a section for the
 * main one, and a section [database NAME] for each other one. */
struct aggregator_database {
    char name[AGGREGATOR_NAME_MAX + 1];
    char tasks[HUB_OPTION_TEXT_MAX]; /* folder */
    char database[HUB_OPTION_TEXT_MAX];
    char head[HUB_OPTION_TEXT_MAX];
};

/* Paths are absolute or as seen from here after loading. */
struct aggregator_config {
    char listen[HUB_OPTION_TEXT_MAX];
    char url[HUB_OPTION_TEXT_MAX];
    char metrics[HUB_OPTION_TEXT_MAX];
    char keys[HUB_OPTION_TEXT_MAX];
    struct aggregator_database databases[AGGREGATOR_DATABASES_MAX]; /* the main one first */
    size_t n_databases;
    char log[HUB_OPTION_TEXT_MAX]; /* "-": stderr */
    char log_level[HUB_OPTION_TEXT_MAX];
    char tls_cert[HUB_OPTION_TEXT_MAX];
    char tls_key[HUB_OPTION_TEXT_MAX];
    char ca_file[HUB_OPTION_TEXT_MAX];
    bool behind_proxy;
    bool plain_remote;
    bool helper_async;
    uint32_t http_threads;
    uint32_t workers;
    uint32_t collectors;
    uint32_t job_reports_max;
    uint32_t job_linger_ms;
    uint32_t job_bytes_max;
    uint32_t upload_bytes_max;
    uint32_t hpke_max_age_s;
    uint32_t collect_wait_ms;
    uint32_t connections_max;
    uint32_t connections_per_address_max;
    uint32_t idle_s;
    uint32_t receive_s;
    uint32_t send_s;
    uint32_t bodies_bytes_max;
    uint32_t queue_bytes_max;
    uint32_t disk_free_min_mb;
    uint32_t lease_s;
};

/* Reads the file; paths in it are relative to its folder. HUB_E_CONFIG with the line. */
HUB_MUST_USE hub_status aggregator_config_load(struct aggregator_config *out, const char *path,
                                               struct hub_why *why);
/* One line an option, for --help. */
size_t aggregator_config_help(char *out, size_t size);

#endif
