/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). States are plain values in the caller's
 * storage: a copy of a state is a midstate, so that a key which is used often is absorbed once. */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/bytes.h"

enum { HUB_SHA256_LEN = 32, HUB_SHA256_BLOCK_LEN = 64 };

struct hub_sha256 {
    _Alignas(8) unsigned char opaque[112]; /* libcrypto's state */
    bool failed;
};

void hub_sha256_init(struct hub_sha256 *h);
void hub_sha256_update(struct hub_sha256 *h, hub_span bytes);
/* Writes the digest and wipes the state. HUB_E_CRYPTO if any step has failed. */
HUB_MUST_USE hub_status hub_sha256_finish(struct hub_sha256 *h, uint8_t out[HUB_SHA256_LEN]);
/* All at once. */
HUB_MUST_USE hub_status hub_sha256(uint8_t out[HUB_SHA256_LEN], hub_span bytes);

/* An HMAC after its key and part of its message. */
struct hub_hmac_sha256 {
    struct hub_sha256 inner;
    struct hub_sha256 outer;
};

void hub_hmac_sha256_init(struct hub_hmac_sha256 *m, hub_span key);
void hub_hmac_sha256_update(struct hub_hmac_sha256 *m, hub_span bytes);
/* Writes the tag and wipes the state. */
HUB_MUST_USE hub_status hub_hmac_sha256_finish(struct hub_hmac_sha256 *m,
                                               uint8_t out[HUB_SHA256_LEN]);
HUB_MUST_USE hub_status hub_hmac_sha256(uint8_t out[HUB_SHA256_LEN], hub_span key, hub_span bytes);
void hub_hmac_sha256_wipe(struct hub_hmac_sha256 *m);

#endif
