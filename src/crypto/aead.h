/* AES-GCM (NIST SP 800-38D) with 12 byte nonces and 16 byte tags. An object keeps its context, so
 * that a message costs no allocation; it belongs to one thread at a time and holds the last key
 * that it was given until it is freed. */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/bytes.h"
#include "base/rng.h"

enum hub_aead_kind {
    HUB_AEAD_AES_128_GCM, /* 16 byte keys */
    HUB_AEAD_AES_256_GCM  /* 32 byte keys */
};

enum { HUB_AEAD_NONCE_LEN = 12, HUB_AEAD_TAG_LEN = 16, HUB_AEAD_KEY_MAX = 32 };

struct hub_aead;

HUB_MUST_USE hub_status hub_aead_new(struct hub_aead **out, enum hub_aead_kind kind);
void hub_aead_free(struct hub_aead *a);

/* Writes plain.len + HUB_AEAD_TAG_LEN bytes; out may be plain.ptr. key: as long as the kind says.
 * HUB_E_ARGUMENT beyond 2^31 - 1 bytes, HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_aead_seal(struct hub_aead *a, uint8_t *out, const uint8_t *key,
                                      const uint8_t nonce[HUB_AEAD_NONCE_LEN], hub_span aad,
                                      hub_span plain);
/* Writes sealed.len - HUB_AEAD_TAG_LEN bytes; out may be sealed.ptr. HUB_E_OPEN if it was not
 * sealed like this; out is zeroed then. */
HUB_MUST_USE hub_status hub_aead_open(struct hub_aead *a, uint8_t *out, const uint8_t *key,
                                      const uint8_t nonce[HUB_AEAD_NONCE_LEN], hub_span aad,
                                      hub_span sealed);

/* What is kept at rest: a random nonce, then AES-256-GCM under a 32 byte key. One key is good for
 * 2^32 boxes. a is of kind HUB_AEAD_AES_256_GCM. */
enum { HUB_BOX_KEY_LEN = 32, HUB_BOX_EXTRA = HUB_AEAD_NONCE_LEN + HUB_AEAD_TAG_LEN };

/* Appends plain.len + HUB_BOX_EXTRA bytes to out. */
HUB_MUST_USE hub_status hub_box_seal(struct hub_aead *a, struct hub_buf *out,
                                     const uint8_t key[HUB_BOX_KEY_LEN], hub_span aad,
                                     hub_span plain, const struct hub_rng *rng);
/* Appends the plain bytes to out. HUB_E_OPEN. */
HUB_MUST_USE hub_status hub_box_open(struct hub_aead *a, struct hub_buf *out,
                                     const uint8_t key[HUB_BOX_KEY_LEN], hub_span aad,
                                     hub_span box);

#endif
