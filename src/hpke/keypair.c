/* Key pairs. */
#include "crypto/x25519.h"
#include "hpke/hpke.h"

hub_status hub_hpke_keypair_init(struct hub_hpke_keypair *out, uint8_t id,
                                 const uint8_t private_key[HUB_HPKE_KEY_LEN])
{
    struct hub_x25519_key *key = NULL;

    HUB_TRY(hub_x25519_key_new(&key, private_key));
    out->config.id = id;
    memcpy(out->config.public_key, hub_x25519_public(key), HUB_HPKE_KEY_LEN);
    memcpy(out->private_key, private_key, HUB_HPKE_KEY_LEN);
    hub_x25519_key_free(key);
    return HUB_OK;
}

hub_status hub_hpke_keypair_generate(struct hub_hpke_keypair *out, uint8_t id,
                                     const struct hub_rng *rng)
{
    uint8_t private_key[HUB_HPKE_KEY_LEN];

    HUB_TRY(hub_rng_fill(rng, private_key, sizeof(private_key)));
    const hub_status status = hub_hpke_keypair_init(out, id, private_key);
    hub_wipe(private_key, sizeof(private_key));
    return status;
}

void hub_hpke_keypair_wipe(struct hub_hpke_keypair *pair)
{
    hub_wipe(pair, sizeof(*pair));
}
