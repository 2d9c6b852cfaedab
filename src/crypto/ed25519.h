/* Ed25519 (RFC 8032). */
#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

#include "base/bytes.h"

enum { HUB_ED25519_KEY_LEN = 32, HUB_ED25519_SIGNATURE_LEN = 64 };

HUB_MUST_USE hub_status hub_ed25519_public(uint8_t public_key[HUB_ED25519_KEY_LEN],
                                           const uint8_t private_key[HUB_ED25519_KEY_LEN]);
HUB_MUST_USE hub_status hub_ed25519_sign(uint8_t signature[HUB_ED25519_SIGNATURE_LEN],
                                         const uint8_t private_key[HUB_ED25519_KEY_LEN],
                                         hub_span message);
/* HUB_OK, or HUB_E_VERIFY. */
HUB_MUST_USE hub_status hub_ed25519_verify(const uint8_t public_key[HUB_ED25519_KEY_LEN],
                                           hub_span message,
                                           const uint8_t signature[HUB_ED25519_SIGNATURE_LEN]);

#endif
