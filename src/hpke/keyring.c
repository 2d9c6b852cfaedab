/* Recipients by configuration id. */
#include "hpke/keyring.h"

hub_status hub_hpke_keyring_add(struct hub_hpke_keyring *ring, const struct hub_hpke_keypair *pair)
{
    struct hub_hpke_recipient **const slot = &ring->recipients[pair->config.id];

    if (*slot != NULL)
        return HUB_E_CONFLICT;
    HUB_TRY(hub_hpke_recipient_new(slot, pair));
    ring->n++;
    return HUB_OK;
}

struct hub_hpke_recipient *hub_hpke_keyring_find(const struct hub_hpke_keyring *ring, uint8_t id)
{
    return ring->recipients[id];
}

void hub_hpke_keyring_remove(struct hub_hpke_keyring *ring, uint8_t id)
{
    if (ring->recipients[id] == NULL)
        return;
    hub_hpke_recipient_free(ring->recipients[id]);
    ring->recipients[id] = NULL;
    ring->n--;
}

void hub_hpke_keyring_clear(struct hub_hpke_keyring *ring)
{
    for (unsigned id = 0; id < 256; id++)
        hub_hpke_keyring_remove(ring, (uint8_t)id);
}
