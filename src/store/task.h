/* Tasks of this aggregator. A task has a small number in this database, by which the other tables
 * and functions name it. */
#ifndef STORE_TASK_H
#define STORE_TASK_H

#include "store/store.h"

enum { HUB_STORE_POPULATION_MAX = 64, HUB_STORE_TASK_NAME_MAX = 64 };

struct hub_store_task {
    uint64_t number; /* given by the store */
    uint8_t id[32];
    uint8_t role;               /* enum hub_role: leader or helper */
    uint8_t statement_hash[32]; /* zeroed for a task of the interop tests */
    char name[HUB_STORE_TASK_NAME_MAX + 1];
    char population[HUB_STORE_POPULATION_MAX + 1];
    uint64_t
        window_s;     /* time_precision: a window is named by its start divided by it, as Time is */
    uint64_t first_s; /* the task's interval, POSIX seconds */
    uint64_t end_s;
    bool is_leader_selected; /* then its windows are batches: store/batch.h */
    uint64_t charge;         /* of a day, in units of 2^-40 */
    uint64_t sigma2;
    uint64_t admitted_s;   /* given by the store */
    uint64_t burnt_before; /* given by the store: windows below are burnt, for a restore; 0: none */
};

/* Admits a task and writes its ledger row (none if charge is 0: a task without a statement). The
 * caller has made the sums over hub_store_tasks, after hub_store_tasks_lock. The same task again,
 * with the same role and hash, is HUB_OK and writes nothing; with others HUB_E_CONFLICT.
 * configuration: the encoded TaskConfiguration. task->number is set. */
HUB_MUST_USE hub_status hub_store_task_admit(struct hub_store_tx *tx, struct hub_store_task *task,
                                             hub_span configuration);
/* Before the sums are made in the unit that admits: no other process admits meanwhile. */
HUB_MUST_USE hub_status hub_store_tasks_lock(struct hub_store_tx *tx);
/* HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_store_task_find(struct hub_store_view *view, const uint8_t id[32],
                                            struct hub_store_task *out);
/* Every task in the order of admission; all that are admitted in a population if that is not NULL.
 * Stops at another status. */
typedef hub_status (*hub_store_task_each)(void *self, const struct hub_store_task *task);
HUB_MUST_USE hub_status hub_store_tasks(struct hub_store_view *view, const char *population,
                                        hub_store_task_each each, void *self);

/* Adds n to a task's counter: reasons are short words ("accepted", "report_replayed", ...), for the
 * operator's figures; they never go into the ledger. */
HUB_MUST_USE hub_status hub_store_count(struct hub_store_tx *tx, uint64_t task, const char *reason,
                                        uint64_t n);
typedef hub_status (*hub_store_count_each)(void *self, const char *reason, uint64_t n);
HUB_MUST_USE hub_status hub_store_counts(struct hub_store_view *view, uint64_t task,
                                         hub_store_count_each each, void *self);

/* Drops what no rule needs any more: ids and helper jobs of which every window is collected or
 * burnt (their reports are refused by the window), and a task's tombstones a year after its end. A
 * part of the work a call. The writing thread does this by itself after releases, a part at a time.
 * dropped: how many rows went; is_through: nothing is left to look at. */
HUB_MUST_USE hub_status hub_store_expire(struct hub_store_tx *tx, uint64_t task, uint64_t *dropped,
                                         bool *is_through);

#endif
