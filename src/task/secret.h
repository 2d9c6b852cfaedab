/* What one party holds for one task and shows nobody: NAME.leader.ini, NAME.helper.ini,
 * NAME.collector.ini, NAME.service.ini, each written with mode 0600 by the ceremony.
 *
 * Whoever receives a token made it and keeps its SHA-256 only; the sender keeps the token itself.
 * So a file stolen from a receiver opens no door. */
#ifndef TASK_SECRET_H
#define TASK_SECRET_H

#include "base/bytes.h"
#include "wire/types.h"

enum {
    HUB_TOKEN_LEN = 43, /* 32 random bytes as base64url */
    HUB_SERVICE_NAME_MAX = 64,
    HUB_SERVICES_MAX = 4096 /* registered services of one task */
};

struct hub_service {
    char name[HUB_SERVICE_NAME_MAX + 1];
    uint8_t token_sha256[32];
};

/* By role: the leader has everything; the helper verify_key and the hash of the leader's token
 * (peer_sha256); the collector and a service (role client) their token for the leader. */
struct hub_task_secret {
    enum hub_role role;
    struct hub_task_id task_id;
    uint8_t verification_key_id;
    uint8_t verify_key[32];        /* leader, helper */
    char token[HUB_TOKEN_LEN + 1]; /* what this party sends: leader to helper, others to leader */
    uint8_t peer_sha256[32];       /* leader: of the collector's token; helper: of the leader's */
    struct hub_service *services;  /* leader; in the order of their names */
    size_t n_services;             /* 0: the task's devices need no token */
};

/* HUB_E_CONFIG with the line. name is for messages. */
HUB_MUST_USE hub_status hub_task_secret_parse(struct hub_task_secret *out, hub_span text,
                                              const char *name, struct hub_why *why);
/* The file's text, appended. */
HUB_MUST_USE hub_status hub_task_secret_write(struct hub_buf *out,
                                              const struct hub_task_secret *secret);
/* Zeroes and frees. */
void hub_task_secret_wipe(struct hub_task_secret *secret);

/* Whether token is the one whose SHA-256 the receiver holds. Constant time in the hash; the time
 * depends on the length of what was sent, which the sender knows. */
bool hub_task_token_is(const uint8_t sha256[32], hub_span token);
/* The number of the service whose token this is, or -1. Goes through all of them. */
long hub_task_service_find(const struct hub_task_secret *secret, hub_span token);

#endif
