/* AES-128 on single blocks (FIPS 197), many at a time. An object keeps its context and one key; it
 * belongs to one thread at a time. */
#ifndef CRYPTO_AES_H
#define CRYPTO_AES_H

#include "base/bytes.h"

enum { HUB_AES128_KEY_LEN = 16, HUB_AES128_BLOCK_LEN = 16 };

struct hub_aes128;

HUB_MUST_USE hub_status hub_aes128_new(struct hub_aes128 **out);
void hub_aes128_free(struct hub_aes128 *a);
/* HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_aes128_set_key(struct hub_aes128 *a,
                                           const uint8_t key[HUB_AES128_KEY_LEN]);
/* Encrypts n blocks, each for itself; out may be in. HUB_E_CRYPTO: out is of no use. */
HUB_MUST_USE hub_status hub_aes128_encrypt(struct hub_aes128 *a, uint8_t *out, const uint8_t *in,
                                           size_t n);

#endif
