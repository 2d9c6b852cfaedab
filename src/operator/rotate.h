/* New keys and tokens for a party that runs: the files change here, the program reads them when it
 * is told to. */
#ifndef OPERATOR_ROTATE_H
#define OPERATOR_ROTATE_H

#include "hpke/hpke.h"
#include "task/secret.h"

/* A new operator.key in this folder; the old one stays beside it as operator-NNN.key, NNN being its
 * configuration id, and still opens reports. *id is the new key's, the next one that no key of the
 * folder has. A crash leaves the old key in place, or the new one. HUB_E_SPACE: the folder has as
 * many keys as an aggregator takes. */
HUB_MUST_USE hub_status hub_rotate_hpke_key(uint8_t *id, const char *folder,
                                            const struct hub_rng *rng, struct hub_why *why);

/* A new token that others will show the party of this secret file: at a leader the service's with
 * this name, or the collector's for NULL; at a helper the leader's. The file keeps its hash. */
HUB_MUST_USE hub_status hub_rotate_token(char token[HUB_TOKEN_LEN + 1], const char *secret_path,
                                         const char *service, const struct hub_rng *rng,
                                         struct hub_why *why);
/* The party of this secret file shows this token from now on. HUB_E_CONFIG: it is no token, or the
 * party shows none. */
HUB_MUST_USE hub_status hub_take_token(const char *secret_path, hub_span token,
                                       struct hub_why *why);

#endif
