/* What `hubbub doctor` looks at. Each check adds its findings and changes nothing on the machine
 * but for a file that it writes and removes again to see that it can. */
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include "doctor/findings.h"
#include "http/client.h"
#include "serve/config.h"
#include "task/task.h"

enum { DOCTOR_TASKS_MAX = 256, DOCTOR_PATH_MAX = 1024 };

struct doctor {
    struct findings findings;
    struct aggregator_config config;
    struct hub_task *tasks[DOCTOR_TASKS_MAX];
    bool leads[DOCTOR_TASKS_MAX];   /* whether this party is the task's leader */
    size_t homes[DOCTOR_TASKS_MAX]; /* the database in whose folder it lies */
    size_t n_tasks;
};

/* The machine's clock: is it kept by something. Peers' clocks are compared in doctor_check_peers.
 */
void doctor_check_clock(struct doctor *d);
/* Keys that the aggregator needs: there, whole, and for nobody else's eyes. */
void doctor_check_keys(struct doctor *d);
/* Loads the tasks, their secrets with them, and keeps them in d. */
void doctor_check_tasks(struct doctor *d);
/* Room, and whether one can write, where the database and the head stand. */
void doctor_check_disk(struct doctor *d);
/* Of each database: schema, ledger chain, head outside, and whether its tasks are at home: and what
 * the next start would do about it. */
void doctor_check_database(struct doctor *d);
/* Own certificate, and plain HTTP where it must not be. */
void doctor_check_tls(struct doctor *d);
/* The other party of each task: name, connection, certificate, HPKE configuration, clock. And
 * whether the own one answers. */
void doctor_check_peers(struct doctor *d);
/* What the running aggregator says of itself, if it has "metrics" and answers there. */
void doctor_check_running(struct doctor *d);

/* ---- For any program */

void doctor_look_at_clock(struct findings *f);
/* A file that only its owner may read. False if it is not there. */
bool doctor_look_at_secret(struct findings *f, const char *what, const char *path);
/* The folder in which file stands: room, and whether one can write there. */
void doctor_look_at_folder(struct findings *f, const char *name, const char *file);
/* cert_file "": none. */
void doctor_look_at_certificate(struct findings *f, const char *cert_file, const char *key_file,
                                bool behind_proxy);
/* NULL if memory is out. */
struct hub_http_client *doctor_client(const char *ca_file, bool plain_remote);
/* An aggregator at base: its name, connection, certificate, HPKE configuration and clock. */
void doctor_look_at_peer(struct findings *f, struct hub_http_client *client, const char *who,
                         const char *base);

/* ---- The other programs, from their configuration file on */

enum doctor_kind { DOCTOR_AGGREGATOR, DOCTOR_COLLECTOR, DOCTOR_OFFICE };
/* Whose file it is, by its sections; an aggregator's has none. */
enum doctor_kind doctor_kind_of(const char *config);
/* Clock, key, series database, tasks with their tokens, leaders. */
void doctor_examine_collector(struct findings *f, const char *path);
/* Clock, series database, certificate, whether it answers. */
void doctor_examine_office(struct findings *f, const char *path);
/* The series database at path, and what is in it. writes: by the program that is examined. */
void doctor_look_at_series(struct findings *f, const char *path, bool writes);

#endif
