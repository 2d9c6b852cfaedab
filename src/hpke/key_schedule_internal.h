/* From an X25519 secret to a key and a nonce (RFC 9180 sections 4, 4.1, 5.1), with what depends on
 * the suite or on the info alone computed once and kept. */
#ifndef HPKE_KEY_SCHEDULE_INTERNAL_H
#define HPKE_KEY_SCHEDULE_INTERNAL_H

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "hpke/hpke.h"

enum {
    HUB_HPKE_AEAD_KEY_LEN = 16,
    HUB_HPKE_INFO_KEPT_MAX = 64, /* a longer info is hashed for each message */
    HUB_HPKE_CONTEXT_LEN = 1 + 2 * HUB_SHA256_LEN
};

struct hub_hpke_schedule {
    struct hub_hmac_sha256 empty_salt; /* HKDF-Extract after its empty salt */
    /* key_schedule_context for the info below: mode, psk_id_hash, info_hash */
    uint8_t context[HUB_HPKE_CONTEXT_LEN];
    uint8_t info[HUB_HPKE_INFO_KEPT_MAX];
    size_t info_len;
    bool has_info;
};

/* What seals or opens one message. */
struct hub_hpke_message_key {
    uint8_t key[HUB_HPKE_AEAD_KEY_LEN];
    uint8_t nonce[HUB_AEAD_NONCE_LEN];
};

HUB_MUST_USE hub_status hub_hpke_schedule_init(struct hub_hpke_schedule *s);
/* dh: the X25519 secret of enc and public_key, which are HUB_HPKE_KEY_LEN bytes each. */
HUB_MUST_USE hub_status hub_hpke_schedule_derive(struct hub_hpke_schedule *s,
                                                 struct hub_hpke_message_key *out,
                                                 const uint8_t *dh, const uint8_t *enc,
                                                 const uint8_t *public_key, hub_span info);
void hub_hpke_message_key_wipe(struct hub_hpke_message_key *k);

#endif
