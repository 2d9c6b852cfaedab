/* The aggregator's configuration file. */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

#include "base/option.h"

struct aggregator_config {
    char listen[HUB_OPTION_TEXT_MAX];
    char url[HUB_OPTION_TEXT_MAX];
    char metrics[HUB_OPTION_TEXT_MAX];
    char tasks[HUB_OPTION_TEXT_MAX]; /* folder; paths are absolute or as seen from here after
                                        loading */
    char keys[HUB_OPTION_TEXT_MAX];
    char database[HUB_OPTION_TEXT_MAX];
    char head[HUB_OPTION_TEXT_MAX];
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
};

/* Reads the file; paths in it are relative to its folder. HUB_E_CONFIG with the line. */
HUB_MUST_USE hub_status aggregator_config_load(struct aggregator_config *out, const char *path,
                                               struct hub_why *why);
/* One line an option, for --help. */
size_t aggregator_config_help(char *out, size_t size);

#endif
