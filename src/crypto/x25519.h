/* X25519 (RFC 7748). Key objects keep what libcrypto builds around a key; making them anew for each
 * use costs a fifth of the whole. An object belongs to one thread at a time. */
#ifndef CRYPTO_X25519_H
#define CRYPTO_X25519_H

#include "base/bytes.h"

enum { HUB_X25519_LEN = 32 }; /* private keys, public keys and shared secrets */

struct hub_x25519_key;  /* a private key, ready to agree */
struct hub_x25519_peer; /* somebody's public key */

/* Computes the public key too. */
HUB_MUST_USE hub_status hub_x25519_key_new(struct hub_x25519_key **out,
                                           const uint8_t private_key[HUB_X25519_LEN]);
void hub_x25519_key_free(struct hub_x25519_key *key);
/* HUB_X25519_LEN bytes that live as long as the key. */
const uint8_t *hub_x25519_public(const struct hub_x25519_key *key);

HUB_MUST_USE hub_status hub_x25519_peer_new(struct hub_x25519_peer **out,
                                            const uint8_t public_key[HUB_X25519_LEN]);
void hub_x25519_peer_free(struct hub_x25519_peer *peer);

/* The shared secret. HUB_E_VERIFY if it is all zero: the peer's key is a point of small order. */
HUB_MUST_USE hub_status hub_x25519_agree(struct hub_x25519_key *key, uint8_t out[HUB_X25519_LEN],
                                         const struct hub_x25519_peer *peer);
/* The same, for a public key that is used once. */
HUB_MUST_USE hub_status hub_x25519_agree_once(struct hub_x25519_key *key,
                                              uint8_t out[HUB_X25519_LEN],
                                              const uint8_t public_key[HUB_X25519_LEN]);

/* Both halves of a key encapsulation with an ephemeral private key that is used for nothing else:
 * its public key, and the secret that it shares with peer. Cheaper than a key object for each:
 * libcrypto would compute the public key by another, slower way. HUB_E_VERIFY as above. */
HUB_MUST_USE hub_status hub_x25519_encapsulate(struct hub_x25519_peer *peer,
                                               uint8_t public_key[HUB_X25519_LEN],
                                               uint8_t secret[HUB_X25519_LEN],
                                               const uint8_t ephemeral[HUB_X25519_LEN]);

#endif
