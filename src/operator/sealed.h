/* What parties send each other before a task runs: seeds and tokens, each sealed with HPKE to whom
 * it is for. Whoever will check a token makes it. */
#ifndef OPERATOR_SEALED_H
#define OPERATOR_SEALED_H

#include "hpke/hpke.h"
#include "task/secret.h"

enum { HUB_SEALED_NAME_MAX = 80, HUB_SEALED_FILE_MAX = 4096, HUB_SEALED_SECRET_MAX = 64 };

/* What is in the envelope, for which task, from whom and to whom: bound into the seal. */
struct hub_sealed_label {
    const char *what; /* "token", "seed" */
    struct hub_task_id task;
    const char *from; /* "leader", "helper", "collector", "service-07" */
    const char *to;
};

/* Appends the envelope's text. secret: at most HUB_SEALED_SECRET_MAX bytes. */
HUB_MUST_USE hub_status hub_sealed_write(struct hub_buf *out, const struct hub_sealed_label *label,
                                         const struct hub_hpke_config *to, hub_span secret,
                                         const struct hub_rng *rng);
/* Opens an envelope that must have this label; appends the secret. HUB_E_CONFIG with the line,
 * HUB_E_OPEN. */
HUB_MUST_USE hub_status hub_sealed_read(struct hub_buf *out, hub_span text, const char *name,
                                        const struct hub_sealed_label *label,
                                        const struct hub_hpke_keypair *own, struct hub_why *why);

/* A new token: HUB_TOKEN_LEN characters and a NUL. */
HUB_MUST_USE hub_status hub_token_new(char out[HUB_TOKEN_LEN + 1], const struct hub_rng *rng);
/* The VDAF verification key from the two aggregators' seeds (DAP-18, "VDAF Verification Key
 * Requirements"): HKDF-SHA-256 of both, bound to the task. Neither alone decides it. */
HUB_MUST_USE hub_status hub_verify_key_derive(uint8_t out[32], const uint8_t leader_seed[32],
                                              const uint8_t helper_seed[32],
                                              const struct hub_task_id *task);

#endif
