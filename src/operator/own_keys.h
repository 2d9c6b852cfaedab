/* A party's own long-lived keys: made at the first need, read ever after. */
#ifndef OPERATOR_OWN_KEYS_H
#define OPERATOR_OWN_KEYS_H

#include "hpke/hpke.h"

/* The HPKE key pair in this file. *is_new: it was made now, with mode 0600. */
HUB_MUST_USE hub_status hub_own_hpke_key(struct hub_hpke_keypair *out, bool *is_new,
                                         const char *path, const struct hub_rng *rng,
                                         struct hub_why *why);
/* The public half of the Ed25519 key in this file, which will sign the party's ledger. The file is
 * two lines, "hubbub-ledger-key 1" and "private_key = BASE64URL". */
HUB_MUST_USE hub_status hub_own_ledger_key(uint8_t public_key[32], const char *path,
                                           const struct hub_rng *rng, struct hub_why *why);

#endif
