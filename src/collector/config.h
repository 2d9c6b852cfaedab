/* The collector's configuration: an .ini file with one section a measure.
 *
 *   [collector]
 *   series = ../series/series.db      the database that the office reads
 *   key = keys/collector.key          HPKE key pair that the statements name
 *   ca_file =                         PEM; empty: the system's
 *   plain_remote = no                 http:// to other hosts: only in a closed network
 *   in_flight = 64                    collections under way at once
 *   poll_ms = 1000                    between two looks at the clock
 *   log =                             file; empty: stderr
 *
 *   [measure taxi]                    the name is its address on the page
 *   title = Taxi passengers
 *   unit = passengers
 *   time_zone = America/New_York
 *   note = ...                        note, source and licence may stand in several lines
 *   made_up = no
 *   position = 1
 *   task = tasks/taxi-1.task.ini      one line a task of the chain
 *   task = tasks/taxi-2.task.ini
 *
 * Paths are relative to the file's own folder. The cells' labels are those of the tasks, which must
 * agree. NAME.collector.ini lies beside each NAME.task.ini and holds the token. */
#ifndef COLLECTOR_CONFIG_H
#define COLLECTOR_CONFIG_H

#include "base/bytes.h"

enum { HUB_COLLECTOR_PATH_MAX = 1024, HUB_COLLECTOR_TEXT_MAX = 501, HUB_COLLECTOR_NAME_MAX = 65 };

struct hub_collector_measure {
    char name[HUB_COLLECTOR_NAME_MAX];
    char title[HUB_COLLECTOR_TEXT_MAX];
    char unit[HUB_COLLECTOR_TEXT_MAX];
    char time_zone[HUB_COLLECTOR_NAME_MAX];
    char note[HUB_COLLECTOR_TEXT_MAX];
    char source[HUB_COLLECTOR_TEXT_MAX];
    char licence[HUB_COLLECTOR_TEXT_MAX];
    bool made_up;
    uint32_t position;
    char (*tasks)[HUB_COLLECTOR_PATH_MAX];
    size_t n_tasks;
};

struct hub_collector_config {
    char series[HUB_COLLECTOR_PATH_MAX];
    char key[HUB_COLLECTOR_PATH_MAX];
    char ca_file[HUB_COLLECTOR_PATH_MAX];
    char log[HUB_COLLECTOR_PATH_MAX];
    bool plain_remote;
    uint32_t in_flight;
    uint32_t poll_ms;
    struct hub_collector_measure *measures;
    size_t n_measures;
};

/* HUB_E_CONFIG with the line. path is for messages and for relative paths. */
HUB_MUST_USE hub_status hub_collector_config_parse(struct hub_collector_config *out, hub_span text,
                                                   const char *path, struct hub_why *why);
/* The same from a file. */
HUB_MUST_USE hub_status hub_collector_config_load(struct hub_collector_config *out,
                                                  const char *path, struct hub_why *why);
void hub_collector_config_clear(struct hub_collector_config *c);

#endif
