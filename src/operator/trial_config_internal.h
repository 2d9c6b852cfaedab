/* Configuration files of a trial's programs, ready to run. */
#ifndef OPERATOR_TRIAL_CONFIG_INTERNAL_H
#define OPERATOR_TRIAL_CONFIG_INTERNAL_H

#include "operator/trial.h"

/* Writes leader.ini, helper.ini and collector.ini where they are missing, and adds the task to the
 * collector's measures. */
HUB_MUST_USE hub_status hub_trial_write_configs(const struct hub_trial_parties *parties,
                                                const struct hub_task *task, struct hub_why *why);

#endif
