/* The demo's parties as processes: each in a folder of its own and, where the demo runs as root,
 * under a user of its own. */
#ifndef DEMO_PARTIES_H
#define DEMO_PARTIES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { DEMO_PATH_MAX = 400, DEMO_PARTY_ARGS_MAX = 8 };

enum demo_party_id { DEMO_LEADER, DEMO_HELPER, DEMO_COLLECTOR, DEMO_OFFICE, DEMO_N_PARTIES };

struct demo_party {
    const char *name;
    const char *word; /* of hubbub-demo: "aggregator", "collector", "office" */
    char folder[DEMO_PATH_MAX];
    char config[DEMO_PATH_MAX]; /* the configuration file in it */
    uint16_t port;              /* 0: listens nowhere */
    pid_t pid;                  /* 0: not running */
};

/* Closes folder to others and, if the demo runs as root, gives all that is in it to the party's
 * user. */
HUB_MUST_USE hub_status demo_party_own(enum demo_party_id id, const char *folder,
                                       struct hub_why *why);
/* Makes the folder of the series database, which the collector writes and the office reads. */
HUB_MUST_USE hub_status demo_party_share_series(const char *folder, const char *database,
                                                struct hub_why *why);
/* Starts the process on the stepped clock; what it logs goes to log.txt in its folder. */
HUB_MUST_USE hub_status demo_party_start(struct demo_party *party, enum demo_party_id id,
                                         const char *clock_path, struct hub_why *why);
/* Waits until the party answers on its port. HUB_E_IO with the end of its log if it has died. */
HUB_MUST_USE hub_status demo_party_await(struct demo_party *party, unsigned wait_ms_max,
                                         struct hub_why *why);
/* HUB_E_IO with the end of the log of a party that has died. */
HUB_MUST_USE hub_status demo_party_check(struct demo_party *party, struct hub_why *why);
/* Asks them to end, waits, and ends those that did not. */
void demo_parties_stop(struct demo_party *parties);
/* Largest resident memory so far, in kB; 0 if it cannot be told. */
uint64_t demo_party_memory_kb(const struct demo_party *party);

#endif
