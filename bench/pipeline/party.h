/* An aggregator as a process of its own, and what it has used so far by the kernel's accounts. */
#ifndef PIPELINE_PARTY_H
#define PIPELINE_PARTY_H

#include "base/bytes.h"
#include "http/client.h"

#include <sys/types.h>

enum { PIPELINE_PATH_MAX = 512, PIPELINE_LINES_MAX = 128 };

struct pipeline_party {
    const char *name; /* "leader" or "helper" */
    char folder[PIPELINE_PATH_MAX];
    char config[PIPELINE_PATH_MAX + 16];
    struct hub_buf written; /* the configuration as the ceremony wrote it */
    char database[256];     /* its URL; "": the file that the ceremony named */
    bool is_second;         /* another process of the leader on its database */
    uint16_t port;          /* that its URL names */
    uint16_t plain_port;    /* behind a proxy: its own; 0: there is none in front */
    uint16_t metrics_port;
    char lines[PIPELINE_LINES_MAX]; /* of its configuration, at each start */
    pid_t pid;                      /* 0: not running */
};

struct pipeline_usage {
    double cpu_us;          /* of all its threads, ended ones too */
    uint64_t memory_max_kb; /* largest resident set */
    uint64_t disk_bytes;    /* handed to the disk for writing */
};

void pipeline_party_init(struct pipeline_party *p, const char *name, const char *folder);
/* Another process beside the first, with a port, a head and a log of its own. */
HUB_MUST_USE hub_status pipeline_party_init_second(struct pipeline_party *p,
                                                   const struct pipeline_party *first);
/* Writes the configuration with these lines more, starts the program's word "aggregator" on the
 * stepped clock and waits until it answers. */
HUB_MUST_USE hub_status pipeline_party_start(struct pipeline_party *p, const char *program,
                                             const char *clock_path, const char *lines,
                                             struct hub_why *why);
/* Asks it to end and waits. Does nothing if it does not run. */
void pipeline_party_stop(struct pipeline_party *p);
void pipeline_party_clear(struct pipeline_party *p);

/* Whether somebody listens on a port of 127.0.0.1. */
bool pipeline_port_answers(uint16_t port);

/* HUB_E_IO: the process is gone. */
HUB_MUST_USE hub_status pipeline_party_usage(struct pipeline_usage *out,
                                             const struct pipeline_party *p, struct hub_why *why);
/* Reports that are decided: accepted, and refused in aggregation; from its metrics. */
HUB_MUST_USE hub_status pipeline_party_decided(uint64_t *accepted, uint64_t *rejected,
                                               const struct pipeline_party *p,
                                               struct hub_http_client *client, struct hub_why *why);

#endif
