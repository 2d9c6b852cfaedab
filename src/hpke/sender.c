/* SealBase to one public key (RFC 9180 sections 4.1 Encap, 5.1, 6.1). */
#include "crypto/x25519.h"
#include "hpke/key_schedule_internal.h"

#include <stdlib.h>

struct hub_hpke_sender {
    struct hub_hpke_config config;
    struct hub_x25519_peer *peer;
    struct hub_aead *aead;
    struct hub_hpke_schedule schedule;
};

/* HUB_E_ARGUMENT for a public key of small order: with it every ephemeral key gives the secret 0.
 */
static hub_status check_peer(const struct hub_x25519_peer *peer)
{
    static const uint8_t some_private_key[HUB_X25519_LEN] = {1};
    uint8_t secret[HUB_X25519_LEN];
    struct hub_x25519_key *key = NULL;

    HUB_TRY(hub_x25519_key_new(&key, some_private_key));
    const hub_status status = hub_x25519_agree(key, secret, peer);
    hub_x25519_key_free(key);
    return status == HUB_E_VERIFY ? HUB_E_ARGUMENT : status;
}

hub_status hub_hpke_sender_new(struct hub_hpke_sender **out, const struct hub_hpke_config *config)
{
    struct hub_hpke_sender *const s = calloc(1, sizeof(*s));

    if (s == NULL)
        return HUB_E_MEMORY;
    s->config = *config;
    hub_status status = hub_x25519_peer_new(&s->peer, config->public_key);
    if (status == HUB_OK)
        status = check_peer(s->peer);
    if (status == HUB_OK)
        status = hub_aead_new(&s->aead, HUB_AEAD_AES_128_GCM);
    if (status == HUB_OK)
        status = hub_hpke_schedule_init(&s->schedule);
    if (status != HUB_OK) {
        hub_hpke_sender_free(s);
        return status;
    }
    *out = s;
    return HUB_OK;
}

void hub_hpke_sender_free(struct hub_hpke_sender *s)
{
    if (s == NULL)
        return;
    hub_x25519_peer_free(s->peer);
    hub_aead_free(s->aead);
    free(s);
}

const struct hub_hpke_config *hub_hpke_sender_config(const struct hub_hpke_sender *s)
{
    return &s->config;
}

static hub_status message_key(struct hub_hpke_sender *s, struct hub_hpke_message_key *out,
                              uint8_t enc[HUB_HPKE_ENC_LEN], hub_span info,
                              const uint8_t ephemeral[HUB_HPKE_KEY_LEN])
{
    uint8_t dh[HUB_X25519_LEN];

    hub_status status = hub_x25519_encapsulate(s->peer, enc, dh, ephemeral);
    if (status == HUB_OK)
        status = hub_hpke_schedule_derive(&s->schedule, out, dh, enc, s->config.public_key, info);
    hub_wipe(dh, sizeof(dh));
    return status;
}

hub_status hub_hpke_sender_seal_with(struct hub_hpke_sender *s, uint8_t enc[HUB_HPKE_ENC_LEN],
                                     uint8_t *payload, hub_span info, hub_span aad,
                                     hub_span plaintext, const uint8_t ephemeral[HUB_HPKE_KEY_LEN])
{
    HUB_CLEANUP(hub_hpke_message_key_wipe) struct hub_hpke_message_key key;

    HUB_TRY(message_key(s, &key, enc, info, ephemeral));
    return hub_aead_seal(s->aead, payload, key.key, key.nonce, aad, plaintext);
}

hub_status hub_hpke_sender_seal(struct hub_hpke_sender *s, uint8_t enc[HUB_HPKE_ENC_LEN],
                                uint8_t *payload, hub_span info, hub_span aad, hub_span plaintext,
                                const struct hub_rng *rng)
{
    uint8_t ephemeral[HUB_HPKE_KEY_LEN];

    HUB_TRY(hub_rng_fill(rng, ephemeral, sizeof(ephemeral)));
    const hub_status status =
        hub_hpke_sender_seal_with(s, enc, payload, info, aad, plaintext, ephemeral);
    hub_wipe(ephemeral, sizeof(ephemeral));
    return status;
}

static void free_sender(struct hub_hpke_sender **s)
{
    hub_hpke_sender_free(*s);
}

hub_status hub_hpke_seal(struct hub_hpke_sealed *out, const struct hub_hpke_config *config,
                         hub_span info, hub_span aad, hub_span plaintext, const struct hub_rng *rng)
{
    HUB_CLEANUP(free_sender) struct hub_hpke_sender *s = NULL;

    if (plaintext.len > SIZE_MAX - HUB_HPKE_TAG_LEN)
        return HUB_E_SPACE;
    HUB_TRY(hub_buf_resize(&out->payload, plaintext.len + HUB_HPKE_TAG_LEN));
    HUB_TRY(hub_hpke_sender_new(&s, config));
    HUB_TRY(hub_hpke_sender_seal(s, out->enc, out->payload.ptr, info, aad, plaintext, rng));
    out->config_id = config->id;
    return HUB_OK;
}

void hub_hpke_sealed_clear(struct hub_hpke_sealed *sealed)
{
    hub_buf_clear(&sealed->payload);
}
