/* Whether a task may run here (docs/privacy.md, "Admission and the ledger"): its statement's
 * numbers are recomputed, its noise is one that this program has, and on every day its population
 * stays within the cap. Nothing about data enters. */
#ifndef AGGREGATOR_ADMISSION_H
#define AGGREGATOR_ADMISSION_H

#include "aggregator/party.h"

/* Checks the task, writes it to the store with its ledger row, and sets task->number. HUB_E_REFUSED
 * with the reason; then the refusal is in the ledger. */
HUB_MUST_USE hub_status hub_task_admit(struct hub_party *party, struct hub_party_task *task,
                                       struct hub_why *why);

#endif
