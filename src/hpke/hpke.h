/* HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM; one
 * message a context, as DAP uses it. Pure: keys come as bytes, messages go as spans.
 *
 * Senders and recipients keep key objects, contexts and the parts of the key schedule that depend
 * on nothing but the algorithms, so that a message costs little beyond its X25519. They belong to
 * one thread at a time. */
#ifndef HPKE_HPKE_H
#define HPKE_HPKE_H

#include "base/bytes.h"
#include "base/rng.h"

enum {
    HUB_HPKE_KEM_X25519 = 0x0020,
    HUB_HPKE_KDF_SHA256 = 0x0001,
    HUB_HPKE_AEAD_AES_128_GCM = 0x0001,
    HUB_HPKE_KEY_LEN = 32, /* private and public keys */
    HUB_HPKE_ENC_LEN = 32,
    HUB_HPKE_TAG_LEN = 16 /* payload.len - plaintext.len */
};

/* A configuration of the one suite that is spoken here. */
struct hub_hpke_config {
    uint8_t id;
    uint8_t public_key[HUB_HPKE_KEY_LEN];
};

struct hub_hpke_keypair {
    struct hub_hpke_config config;
    uint8_t private_key[HUB_HPKE_KEY_LEN];
};

/* A new pair from 32 random bytes. */
HUB_MUST_USE hub_status hub_hpke_keypair_generate(struct hub_hpke_keypair *out, uint8_t id,
                                                  const struct hub_rng *rng);
/* The pair of a private key. */
HUB_MUST_USE hub_status hub_hpke_keypair_init(struct hub_hpke_keypair *out, uint8_t id,
                                              const uint8_t private_key[HUB_HPKE_KEY_LEN]);
void hub_hpke_keypair_wipe(struct hub_hpke_keypair *pair);

/* Opens what was sealed to one key pair. */
struct hub_hpke_recipient;

HUB_MUST_USE hub_status hub_hpke_recipient_new(struct hub_hpke_recipient **out,
                                               const struct hub_hpke_keypair *pair);
void hub_hpke_recipient_free(struct hub_hpke_recipient *r);
const struct hub_hpke_config *hub_hpke_recipient_config(const struct hub_hpke_recipient *r);

/* Writes payload.len - HUB_HPKE_TAG_LEN bytes to out, which may not overlap payload. HUB_E_OPEN:
 * not sealed for this key with this info and aad (a wrong length of enc or payload is that too);
 * out is zeroed then. The info of the last call is remembered: repeating it costs nothing. */
HUB_MUST_USE hub_status hub_hpke_open_to(struct hub_hpke_recipient *r, uint8_t *out, hub_span info,
                                         hub_span aad, hub_span enc, hub_span payload);
/* The same into a buffer, whose bytes it replaces. HUB_E_SPACE beyond the buffer's limit. */
HUB_MUST_USE hub_status hub_hpke_open(struct hub_hpke_recipient *r, struct hub_buf *out,
                                      hub_span info, hub_span aad, hub_span enc, hub_span payload);

/* Seals to one public key. */
struct hub_hpke_sender;

/* HUB_E_ARGUMENT: the public key has small order. */
HUB_MUST_USE hub_status hub_hpke_sender_new(struct hub_hpke_sender **out,
                                            const struct hub_hpke_config *config);
void hub_hpke_sender_free(struct hub_hpke_sender *s);
const struct hub_hpke_config *hub_hpke_sender_config(const struct hub_hpke_sender *s);

/* Writes the encapsulated key and plaintext.len + HUB_HPKE_TAG_LEN bytes of payload. */
HUB_MUST_USE hub_status hub_hpke_sender_seal(struct hub_hpke_sender *s,
                                             uint8_t enc[HUB_HPKE_ENC_LEN], uint8_t *payload,
                                             hub_span info, hub_span aad, hub_span plaintext,
                                             const struct hub_rng *rng);
/* The same with a given ephemeral private key, which is used for this one message only: for
 * vectors, and for callers that have drawn it themselves. */
HUB_MUST_USE hub_status hub_hpke_sender_seal_with(struct hub_hpke_sender *s,
                                                  uint8_t enc[HUB_HPKE_ENC_LEN], uint8_t *payload,
                                                  hub_span info, hub_span aad, hub_span plaintext,
                                                  const uint8_t ephemeral[HUB_HPKE_KEY_LEN]);

/* One sealed message with its own memory. */
struct hub_hpke_sealed {
    uint8_t config_id;
    uint8_t enc[HUB_HPKE_ENC_LEN];
    struct hub_buf payload;
};

/* Seals once, without a sender that is kept. payload keeps its limit and its bytes are replaced. */
HUB_MUST_USE hub_status hub_hpke_seal(struct hub_hpke_sealed *out,
                                      const struct hub_hpke_config *config, hub_span info,
                                      hub_span aad, hub_span plaintext, const struct hub_rng *rng);
void hub_hpke_sealed_clear(struct hub_hpke_sealed *sealed);

#endif
