/* A PostgreSQL server of its own for tests and benches: a cluster in a folder that is made here,
 * reached by a socket in that folder alone. Run as an unprivileged user when we are root, as the
 * server demands. */
#ifndef TESTS_POSTGRES_SERVER_H
#define TESTS_POSTGRES_SERVER_H

#include "base/bytes.h"

#include <sys/types.h>

enum { POSTGRES_FOLDER_MAX = 64, POSTGRES_URL_MAX = 256 };

struct postgres_server {
    char folder[POSTGRES_FOLDER_MAX];
    char bin[128]; /* where initdb and postgres are */
    bool is_durable;
    pid_t pid; /* 0: not running */
};

/* Whether a server can be started here at all. */
bool postgres_server_is_there(void);
/* Makes a cluster and starts it. is_durable: commits are synced to the disk; else nothing is, for
 * tests that only want speed. parent: "/tmp" or another folder that everybody can enter. */
HUB_MUST_USE hub_status postgres_server_open(struct postgres_server *s, const char *parent,
                                             bool is_durable, struct hub_why *why);
/* Stops it at once and removes its folder. Zeroed is nothing to close. */
void postgres_server_close(struct postgres_server *s);
/* Starts it again after a kill, and waits until it answers. */
HUB_MUST_USE hub_status postgres_server_start(struct postgres_server *s, struct hub_why *why);
/* kill -9 of every process of it: as when the power fails, but for the disk's cache. */
void postgres_server_kill(struct postgres_server *s);
void postgres_server_url(const struct postgres_server *s, char out[POSTGRES_URL_MAX],
                         const char *database);
/* Runs a statement in a database, as its superuser: "postgres" is always there. */
HUB_MUST_USE hub_status postgres_server_sql(const struct postgres_server *s, const char *database,
                                            const char *sql, struct hub_why *why);
/* CPU time that all its processes have used, those that have ended since the start among them, in
 * seconds. */
double postgres_server_cpu_s(const struct postgres_server *s);

#endif
