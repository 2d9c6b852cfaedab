/* A leader and a helper as processes in folders of their own, made by the trial ceremony, on a
 * clock that the test steps. They can be killed and started again. */
#ifndef TESTS_PARTIES_PLACE_H
#define TESTS_PARTIES_PLACE_H

#include "collector/result.h"
#include "device/report.h"
#include "http/client.h"
#include "operator/trial.h"
#include "sim/maker.h"
#include "sim/stepped_clock.h"

#include <sys/types.h>

enum { PLACE_LEADER, PLACE_HELPER, PLACE_N_PARTIES, PLACE_PATH_MAX = 256, PLACE_FILE_MAX = 128 };

/* With HUBBUB_DOUBLED set, on a server (with_server): two processes of each party on its database,
 * behind a listener that hands connections to both. Their indexes are PLACE_N_PARTIES more. */
enum { PLACE_N_PROCESSES_MAX = 2 * PLACE_N_PARTIES };

struct place_party {
    const char *name;
    uint16_t port;   /* of the URL */
    uint16_t listen; /* of this process, the same where it is not doubled */
    char url[64];
    char config[PLACE_FILE_MAX];
    char log[PLACE_FILE_MAX];
    pid_t pid; /* 0: not running */
};

struct place {
    const char *program; /* stepped_aggregator */
    const char *mechanism;
    char folder[64];
    bool is_tls;
    char ca_file[PLACE_PATH_MAX];
    char clock_path[PLACE_PATH_MAX];
    struct hub_stepped_clock clock;
    struct hub_rng rng;
    struct place_party parties[PLACE_N_PROCESSES_MAX];
    int n_processes;
    struct balance *balances[PLACE_N_PARTIES]; /* doubled: in front of both */
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    struct hub_hpke_config configs[PLACE_N_PARTIES]; /* of clients' reports */
    struct hub_collected_task collected;
};

/* A count by day of devices, "yes", for 30 days. */
struct hub_statement place_count_statement(uint32_t first_day);
/* Makes folders, keys and the task, and starts both. statement: as for the ceremony. is_tls: they
 * speak HTTPS with certificates of an authority made here. Ends the test if anything fails, with
 * the party's log. */
void place_open(struct place *p, const char *program, const char *mechanism,
                const struct hub_statement *statement, uint64_t now_s, unsigned n_services,
                bool is_tls);
void place_close(struct place *p);

void place_start(struct place *p, int which);
/* Starts and waits until it answers. */
void place_start_await(struct place *p, int which);
/* Waits until this very process listens, not the other one of its party. */
void place_await_listening(const struct place *p, int which);
void place_kill(struct place *p, int which);
/* SIGTERM, and waits; returns the exit code. */
int place_stop(struct place *p, int which);

/* A client that trusts the place's authority. */
struct hub_http_client *place_client(const struct place *p);
/* One exchange with the party; HUB_E_NETWORK as it comes. path begins with a slash. */
hub_status place_fetch(struct place *p, struct hub_http_client *client, int which,
                       struct hub_http_response *out, enum hub_http_method method, const char *path,
                       const char *content_type, const char *token, hub_span body);
/* "/tasks/ID/WHAT" */
void place_path(const struct place *p, char out[PLACE_PATH_MAX], const char *what);
/* Asks until the answer is there, whatever happens in between; at most wait_ms. The body is the
 * caller's; *problem gets a problem's type. Returns the last status. */
unsigned place_collect(struct place *p, struct hub_http_client *client, uint64_t start,
                       uint64_t duration, struct hub_buf *body, char problem[128],
                       unsigned wait_ms);
uint64_t place_memory_kb(const struct place *p, int which);

#endif
