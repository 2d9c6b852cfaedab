/* What `hubbub doctor` looks at. Each check adds its findings and changes nothing on the machine
 * but for a file that it writes and removes again to see that it can. */
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include "doctor/findings.h"
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

#endif
