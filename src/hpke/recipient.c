/* OpenBase for one key pair (RFC 9180 sections 4.1 Decap, 5.1, 6.1). */
#include "crypto/x25519.h"
#include "hpke/key_schedule_internal.h"

#include <stdlib.h>

struct hub_hpke_recipient {
    struct hub_hpke_config config;
    struct hub_x25519_key *key;
    struct hub_aead *aead;
    struct hub_hpke_schedule schedule;
};

hub_status hub_hpke_recipient_new(struct hub_hpke_recipient **out,
                                  const struct hub_hpke_keypair *pair)
{
    struct hub_hpke_recipient *const r = calloc(1, sizeof(*r));

    if (r == NULL)
        return HUB_E_MEMORY;
    r->config = pair->config;
    hub_status status = hub_x25519_key_new(&r->key, pair->private_key);
    if (status == HUB_OK)
        status = hub_aead_new(&r->aead, HUB_AEAD_AES_128_GCM);
    if (status == HUB_OK)
        status = hub_hpke_schedule_init(&r->schedule);
    /* the public key enters the key schedule: a pair that is none would open nothing */
    if (status == HUB_OK &&
        memcmp(hub_x25519_public(r->key), pair->config.public_key, HUB_HPKE_KEY_LEN) != 0)
        status = HUB_E_ARGUMENT;
    if (status != HUB_OK) {
        hub_hpke_recipient_free(r);
        return status;
    }
    *out = r;
    return HUB_OK;
}

void hub_hpke_recipient_free(struct hub_hpke_recipient *r)
{
    if (r == NULL)
        return;
    hub_x25519_key_free(r->key);
    hub_aead_free(r->aead);
    free(r);
}

const struct hub_hpke_config *hub_hpke_recipient_config(const struct hub_hpke_recipient *r)
{
    return &r->config;
}

static hub_status message_key(struct hub_hpke_recipient *r, struct hub_hpke_message_key *out,
                              hub_span info, hub_span enc)
{
    uint8_t dh[HUB_X25519_LEN];
    const hub_status status = hub_x25519_agree_once(r->key, dh, enc.ptr);

    if (status == HUB_E_VERIFY)
        return HUB_E_OPEN;
    HUB_TRY(status);
    const hub_status derived =
        hub_hpke_schedule_derive(&r->schedule, out, dh, enc.ptr, r->config.public_key, info);
    hub_wipe(dh, sizeof(dh));
    return derived;
}

hub_status hub_hpke_open_to(struct hub_hpke_recipient *r, uint8_t *out, hub_span info, hub_span aad,
                            hub_span enc, hub_span payload)
{
    HUB_CLEANUP(hub_hpke_message_key_wipe) struct hub_hpke_message_key key;

    if (enc.len != HUB_HPKE_ENC_LEN || payload.len < HUB_HPKE_TAG_LEN)
        return HUB_E_OPEN;
    const hub_status status = message_key(r, &key, info, enc);
    if (status != HUB_OK) {
        hub_wipe(out, payload.len - HUB_HPKE_TAG_LEN);
        return status;
    }
    return hub_aead_open(r->aead, out, key.key, key.nonce, aad, payload);
}

hub_status hub_hpke_open(struct hub_hpke_recipient *r, struct hub_buf *out, hub_span info,
                         hub_span aad, hub_span enc, hub_span payload)
{
    if (payload.len < HUB_HPKE_TAG_LEN)
        return HUB_E_OPEN;
    HUB_TRY(hub_buf_resize(out, payload.len - HUB_HPKE_TAG_LEN));
    const hub_status status = hub_hpke_open_to(r, out->ptr, info, aad, enc, payload);
    if (status != HUB_OK)
        out->len = 0;
    return status;
}
