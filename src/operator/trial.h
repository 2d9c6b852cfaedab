/* The whole ceremony of a task on one machine, for trying: every party's keys, seeds and tokens are
 * made here, each as that party would make it and sealed to whom it is for, but by one person who
 * could read them all. Between real operators each does its part on its own machine.
 *
 * What it leaves under a folder:
 *
 *   public/NAME.task.ini NAME.statement NAME.labels      for everybody
 *   leader/leader.ini                                    configuration of `hubbub aggregator`
 *   leader/keys/operator.key ledger.key                  HPKE, Ed25519: made once, kept
 *   leader/tasks/NAME.task.ini ... NAME.leader.ini       public files, and the leader's secrets
 *   helper/                                              the same
 *   collector/collector.ini keys/collector.key tasks/NAME.task.ini ... NAME.collector.ini
 *   services/NN/NAME.task.ini ... NAME.service.ini       one a registered service
 *   exchange/NAME-...                                    what went between parties, sealed
 *
 * A second task under the same folder keeps the parties and their keys. */
#ifndef OPERATOR_TRIAL_H
#define OPERATOR_TRIAL_H

#include "base/rng.h"
#include "task/task.h"

struct hub_trial_parties {
    const char *folder;
    const char *leader_name;
    const char *leader_url;
    const char *helper_name;
    const char *helper_url;
    const char *collector_name;
};

struct hub_trial_task {
    /* As hub_statement_defaults made it, with what is special about this task; leader, helper,
     * collector, labels, delta2, sigma2 and rho_day are filled in by the ceremony. */
    struct hub_statement statement;
    uint64_t rho_day; /* wanted charge of a day, units of 2^-40 */
    hub_span labels;  /* text of the label file; empty for none */
    const char *time_zone;
    unsigned n_services; /* registered services: services/01, 02, ...; 0: devices need no token */
};

/* Makes the task and writes all files. *out is the task as it was written. HUB_E_REFUSED,
 * HUB_E_CONFIG with the reason; HUB_E_CONFLICT: there is a task of this name in the folder. */
HUB_MUST_USE hub_status hub_trial_task_new(struct hub_task **out,
                                           const struct hub_trial_parties *parties,
                                           const struct hub_trial_task *task,
                                           const struct hub_rng *rng, struct hub_why *why);

#endif
