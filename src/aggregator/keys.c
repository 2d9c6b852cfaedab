/* Readers hold the lock for a copy or a search; the generation tells workers, without the lock,
 * that nothing has changed. */
#include "aggregator/keys.h"

#include "wire/hpke_config.h"

void hub_party_keys_init(struct hub_party_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    atomic_init(&keys->generation, 0);
    pthread_rwlock_init(&keys->lock, NULL);
}

void hub_party_keys_clear(struct hub_party_keys *keys)
{
    hub_buf_clear(&keys->config_list);
    pthread_rwlock_destroy(&keys->lock);
    hub_wipe(keys, sizeof(*keys));
}

static hub_status encode(struct hub_buf *out, const struct hub_hpke_keypair *pairs, size_t n)
{
    struct hub_hpke_config_view views[HUB_HPKE_KEYS_MAX];

    for (size_t i = 0; i < n; i++)
        views[i] = (struct hub_hpke_config_view){
            .id = pairs[i].config.id,
            .kem_id = HUB_HPKE_KEM_X25519,
            .kdf_id = HUB_HPKE_KDF_SHA256,
            .aead_id = HUB_HPKE_AEAD_AES_128_GCM,
            .public_key = HUB_SPAN_ARRAY(pairs[i].config.public_key),
        };
    return hub_hpke_config_list_encode(out, views, n);
}

static bool ids_differ(const struct hub_hpke_keypair *pairs, size_t n)
{
    bool seen[256] = {false};

    for (size_t i = 0; i < n; i++) {
        if (seen[pairs[i].config.id])
            return false;
        seen[pairs[i].config.id] = true;
    }
    return true;
}

hub_status hub_party_keys_set(struct hub_party_keys *keys, const struct hub_hpke_keypair *pairs,
                              size_t n, struct hub_why *why)
{
    struct hub_buf list = HUB_BUF_INIT(HUB_PARTY_CONFIG_LIST_MAX);

    if (n == 0 || n > HUB_HPKE_KEYS_MAX)
        return hub_why(why, HUB_E_ARGUMENT, "an aggregator has from 1 to %d HPKE keys",
                       HUB_HPKE_KEYS_MAX);
    if (!ids_differ(pairs, n))
        return hub_why(why, HUB_E_ARGUMENT, "two HPKE keys have the same configuration id");
    hub_status status = encode(&list, pairs, n);
    if (status != HUB_OK) {
        hub_buf_clear(&list);
        return status;
    }
    pthread_rwlock_wrlock(&keys->lock);
    hub_wipe(keys->pairs, sizeof(keys->pairs));
    memcpy(keys->pairs, pairs, n * sizeof(*pairs));
    keys->n = n;
    hub_buf_clear(&keys->config_list);
    keys->config_list = list;
    atomic_fetch_add(&keys->generation, 1);
    pthread_rwlock_unlock(&keys->lock);
    return HUB_OK;
}

bool hub_party_keys_have(struct hub_party_keys *keys, uint8_t id)
{
    bool found = false;

    pthread_rwlock_rdlock(&keys->lock);
    for (size_t i = 0; i < keys->n && !found; i++)
        found = keys->pairs[i].config.id == id;
    pthread_rwlock_unlock(&keys->lock);
    return found;
}

hub_status hub_party_keys_list(struct hub_party_keys *keys, struct hub_buf *out)
{
    pthread_rwlock_rdlock(&keys->lock);
    const hub_status status = hub_buf_append(out, hub_buf_span(&keys->config_list));
    pthread_rwlock_unlock(&keys->lock);
    return status;
}

hub_status hub_party_keys_ring(struct hub_party_keys *keys, struct hub_hpke_keyring *ring,
                               unsigned *generation)
{
    hub_status status = HUB_OK;

    if (atomic_load(&keys->generation) == *generation)
        return HUB_OK;
    hub_hpke_keyring_clear(ring);
    *generation = 0; /* until the ring is whole */
    pthread_rwlock_rdlock(&keys->lock);
    for (size_t i = 0; i < keys->n && status == HUB_OK; i++)
        status = hub_hpke_keyring_add(ring, &keys->pairs[i]);
    if (status == HUB_OK)
        *generation = atomic_load(&keys->generation);
    pthread_rwlock_unlock(&keys->lock);
    return status;
}
