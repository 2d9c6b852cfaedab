/* The party's HPKE keys: the one that clients are given and older ones that still open reports.
 * They may be exchanged while the party runs; every worker makes its own recipients from them. */
#ifndef AGGREGATOR_KEYS_H
#define AGGREGATOR_KEYS_H

#include "hpke/key_file.h"
#include "hpke/keyring.h"

#include <pthread.h>
#include <stdatomic.h>

enum { HUB_PARTY_CONFIG_LIST_MAX = 4096 };

struct hub_party_keys {
    atomic_uint generation;                           /* 1 more with each exchange */
    pthread_rwlock_t lock;                            /* guards what follows */
    struct hub_hpke_keypair pairs[HUB_HPKE_KEYS_MAX]; /* newest first */
    size_t n;
    struct hub_buf config_list; /* encoded */
};

void hub_party_keys_init(struct hub_party_keys *keys);
void hub_party_keys_clear(struct hub_party_keys *keys);
/* Takes these keys, newest first, instead of those before. HUB_E_ARGUMENT: none, or too many, or
 * two with one id; then nothing has changed. */
HUB_MUST_USE hub_status hub_party_keys_set(struct hub_party_keys *keys,
                                           const struct hub_hpke_keypair *pairs, size_t n,
                                           struct hub_why *why);
bool hub_party_keys_have(struct hub_party_keys *keys, uint8_t id);
/* Appends the encoded HpkeConfigList. */
HUB_MUST_USE hub_status hub_party_keys_list(struct hub_party_keys *keys, struct hub_buf *out);
/* Makes the ring that of the keys of now, if *generation, which begins at 0, says that it is of
 * others. */
HUB_MUST_USE hub_status hub_party_keys_ring(struct hub_party_keys *keys,
                                            struct hub_hpke_keyring *ring, unsigned *generation);

#endif
