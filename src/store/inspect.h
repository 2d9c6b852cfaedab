/* A look at a store from outside, beside the process that may have it open: nothing is changed,
 * brought up or burnt. For people who ask what is wrong before they start anything. */
#ifndef STORE_INSPECT_H
#define STORE_INSPECT_H

#include "ledger/ledger.h"
#include "store/home.h"

struct hub_store_inspection {
    bool exists;
    uint64_t bytes;          /* of the database */
    uint64_t schema_version; /* of the database */
    uint64_t schema_known;   /* of this program */
    uint64_t n_tasks;
    uint64_t n_waiting; /* reports that no job has taken */
    uint64_t n_jobs;    /* of a leader, not finished */
    uint64_t n_open;    /* buckets that may still be released */
    uint64_t n_burnt;
    struct hub_ledger_head ledger; /* the end of the chain, whose every line holds */
    bool has_outside;
    struct hub_ledger_head outside;    /* the head outside */
    char name[HUB_STORE_NAME_MAX + 1]; /* among several of one aggregator; "": none was given */
    bool is_held; /* the chain has the head outside: the next start burns nothing */
};

/* HUB_OK with exists false where there is no database. HUB_E_VERIFY: the chain is broken, why names
 * the row; HUB_E_DB, HUB_E_IO. */
HUB_MUST_USE hub_status hub_store_inspect(struct hub_store_inspection *out, const char *path,
                                          const char *head_path, struct hub_why *why);

/* Whether the database has tasks of the population, and which other one has, as it knows ("":
 * none). HUB_E_NOT_FOUND: there is no database, or one of another schema. */
HUB_MUST_USE hub_status hub_store_inspect_population(bool *is_here,
                                                     char elsewhere[HUB_STORE_NAME_MAX + 1],
                                                     const char *path, const char *population);

#endif
