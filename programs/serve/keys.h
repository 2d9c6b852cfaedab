/* Keys of an aggregator, from its keys folder. */
#ifndef SERVE_KEYS_H
#define SERVE_KEYS_H

#include "crypto/aead.h"
#include "hpke/key_file.h"
#include "serve/config.h"

struct aggregator_keys {
    struct hub_hpke_keypair hpke[HUB_HPKE_KEYS_MAX]; /* newest first */
    size_t n_hpke;
    uint8_t accumulator[HUB_BOX_KEY_LEN];
};

/* operator.key is the HPKE key that clients are given; operator-*.key are older ones that still
 * open reports. accumulator.key is made, with mode 0600, if there is no database yet; it may not be
 * missing beside one. */
HUB_MUST_USE hub_status aggregator_keys_load(struct aggregator_keys *out,
                                             const struct aggregator_config *config,
                                             const struct hub_rng *rng, struct hub_why *why);
void aggregator_keys_wipe(struct aggregator_keys *keys);

#endif
