/* Which of several databases of one aggregator a task is in: its home, for good (docs/scale.md).
 * The budget of a population is one sum, made in one transaction, so all tasks of a population have
 * one home. The main database knows the populations that another one has; what it does not know and
 * does not have itself is nowhere yet. */
#ifndef STORE_HOME_H
#define STORE_HOME_H

#include "store/store.h"

#define HUB_STORE_MAIN "main"
enum { HUB_STORE_NAME_MAX = 32 };

/* In a unit of the main database: gives the population to the database of this name, once and for
 * good. out: who has it now; HUB_E_CONFIG if that is another one, by its rows in this database
 * or by what was given before. */
HUB_MUST_USE hub_status hub_store_home_claim(struct hub_store_tx *tx,
                                             char out[HUB_STORE_NAME_MAX + 1],
                                             const char *population, const char *name);
/* The other database that has the population, as this one, the main one, knows. HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_store_home_find(struct hub_store_view *view,
                                            char out[HUB_STORE_NAME_MAX + 1],
                                            const char *population);

#endif
