/* Recipients by configuration id: the newest key and older ones that are still accepted. Belongs to
 * one thread at a time: each worker makes its own from the same key pairs. */
#ifndef HPKE_KEYRING_H
#define HPKE_KEYRING_H

#include "hpke/hpke.h"

struct hub_hpke_keyring {
    struct hub_hpke_recipient *recipients[256]; /* by configuration id; NULL where there is none */
    size_t n;
};

/* HUB_E_CONFLICT: the id is taken. */
HUB_MUST_USE hub_status hub_hpke_keyring_add(struct hub_hpke_keyring *ring,
                                             const struct hub_hpke_keypair *pair);
/* NULL if there is no such configuration. */
struct hub_hpke_recipient *hub_hpke_keyring_find(const struct hub_hpke_keyring *ring, uint8_t id);
/* Forgets one key; nothing happens if it is not there. */
void hub_hpke_keyring_remove(struct hub_hpke_keyring *ring, uint8_t id);
void hub_hpke_keyring_clear(struct hub_hpke_keyring *ring);

#endif
