/* One aggregator on several databases: a party on each, with all that follows (store, writing
 * thread, ledger, noise, rooms), so that one database that is away or slow is nobody else's matter.
 * What they share is this: a task has one home. Noise, ids, accumulators, ledger rows and marks of
 * its buckets commit there, and so does the sum of its population's budget; so a population has one
 * home too, which the main database keeps (store/home.h). */
#ifndef AGGREGATOR_HOME_H
#define AGGREGATOR_HOME_H

#include "aggregator/party.h"

/* Before hub_party_task_add on home, which is not the main party. main: NULL while its database is
 * away; then a task that home has admitted before is at home, and another one waits. HUB_E_CONFIG:
 * the population is in another database, why says in which; HUB_E_BUSY, HUB_E_DB: not now. */
HUB_MUST_USE hub_status hub_home_check(struct hub_party *main, struct hub_party *home,
                                       const struct hub_task *task, struct hub_why *why);
/* HUB_E_CONFIG, for the operator: in the database of this name the task would be at home. */
HUB_MUST_USE hub_status hub_home_refuse(const struct hub_task *task, const char *name,
                                        struct hub_why *why);

#endif
