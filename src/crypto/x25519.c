/* X25519 key objects. libcrypto makes a provider object for each raw key; here a private key keeps
 * its derivation context and one object for public keys that are used once, whose bytes are
 * replaced for each use. */
#include "crypto/x25519.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct hub_x25519_peer {
    EVP_PKEY *pkey;
    /* for encapsulation, made at its first use: the base point as a public key, and the context
     * that makes private keys */
    EVP_PKEY *base;
    EVP_PKEY_CTX *make;
};

struct hub_x25519_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *derive;
    struct hub_x25519_peer once; /* made at its first use */
    uint8_t public_key[HUB_X25519_LEN];
};

hub_status hub_x25519_key_new(struct hub_x25519_key **out,
                              const uint8_t private_key[HUB_X25519_LEN])
{
    struct hub_x25519_key *const key = calloc(1, sizeof(*key));
    size_t len = HUB_X25519_LEN;

    if (key == NULL)
        return HUB_E_MEMORY;
    key->pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private_key, len);
    if (key->pkey != NULL)
        key->derive = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (key->derive == NULL || EVP_PKEY_derive_init(key->derive) != 1 ||
        EVP_PKEY_get_raw_public_key(key->pkey, key->public_key, &len) != 1) {
        hub_x25519_key_free(key);
        return HUB_E_CRYPTO;
    }
    *out = key;
    return HUB_OK;
}

void hub_x25519_key_free(struct hub_x25519_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->derive);
    EVP_PKEY_free(key->once.pkey);
    EVP_PKEY_free(key->pkey); /* libcrypto wipes the private key */
    free(key);
}

const uint8_t *hub_x25519_public(const struct hub_x25519_key *key)
{
    return key->public_key;
}

static EVP_PKEY *public_pkey(const uint8_t public_key[HUB_X25519_LEN])
{
    return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, public_key, HUB_X25519_LEN);
}

hub_status hub_x25519_peer_new(struct hub_x25519_peer **out,
                               const uint8_t public_key[HUB_X25519_LEN])
{
    struct hub_x25519_peer *const peer = calloc(1, sizeof(*peer));

    if (peer == NULL)
        return HUB_E_MEMORY;
    peer->pkey = public_pkey(public_key);
    if (peer->pkey == NULL) {
        free(peer);
        return HUB_E_CRYPTO;
    }
    *out = peer;
    return HUB_OK;
}

void hub_x25519_peer_free(struct hub_x25519_peer *peer)
{
    if (peer == NULL)
        return;
    EVP_PKEY_CTX_free(peer->make);
    EVP_PKEY_free(peer->base);
    EVP_PKEY_free(peer->pkey);
    free(peer);
}

/* One scalar multiplication. */
static hub_status derive(EVP_PKEY_CTX *ctx, uint8_t out[HUB_X25519_LEN], EVP_PKEY *peer)
{
    size_t len = HUB_X25519_LEN;

    /* any 32 bytes are a public key (RFC 7748 section 5), so there is nothing to validate first */
    if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1)
        return HUB_E_CRYPTO;
    /* libcrypto's one other failure here is the all-zero secret of RFC 7748 section 6.1 */
    if (EVP_PKEY_derive(ctx, out, &len) != 1)
        return HUB_E_VERIFY;
    return HUB_OK;
}

hub_status hub_x25519_agree(struct hub_x25519_key *key, uint8_t out[HUB_X25519_LEN],
                            const struct hub_x25519_peer *peer)
{
    return derive(key->derive, out, peer->pkey);
}

hub_status hub_x25519_agree_once(struct hub_x25519_key *key, uint8_t out[HUB_X25519_LEN],
                                 const uint8_t public_key[HUB_X25519_LEN])
{
    if (key->once.pkey == NULL) {
        key->once.pkey = public_pkey(public_key);
        if (key->once.pkey == NULL)
            return HUB_E_CRYPTO;
    } else if (EVP_PKEY_set1_encoded_public_key(key->once.pkey, public_key, HUB_X25519_LEN) != 1) {
        return HUB_E_CRYPTO;
    }
    return hub_x25519_agree(key, out, &key->once);
}

/* RFC 7748 section 4.1. */
static const uint8_t base_point[HUB_X25519_LEN] = {9};

static bool prepare_encapsulation(struct hub_x25519_peer *peer)
{
    if (peer->base == NULL)
        peer->base = public_pkey(base_point);
    if (peer->make == NULL) {
        peer->make = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
        if (peer->make != NULL && EVP_PKEY_fromdata_init(peer->make) != 1) {
            EVP_PKEY_CTX_free(peer->make);
            peer->make = NULL;
        }
    }
    return peer->base != NULL && peer->make != NULL;
}

/* A private key whose public key stands there unasked for: given one, libcrypto computes none, and
 * derivation does not read it. */
static EVP_PKEY *private_pkey(struct hub_x25519_peer *peer, const uint8_t ephemeral[HUB_X25519_LEN])
{
    EVP_PKEY *pkey = NULL;
    uint8_t bytes[2][HUB_X25519_LEN];

    memcpy(bytes[0], ephemeral, HUB_X25519_LEN);
    memcpy(bytes[1], base_point, HUB_X25519_LEN);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, bytes[0], HUB_X25519_LEN),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes[1], HUB_X25519_LEN),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_PKEY_fromdata(peer->make, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
        pkey = NULL;
    hub_wipe(bytes, sizeof(bytes));
    return pkey;
}

hub_status hub_x25519_encapsulate(struct hub_x25519_peer *peer, uint8_t public_key[HUB_X25519_LEN],
                                  uint8_t secret[HUB_X25519_LEN],
                                  const uint8_t ephemeral[HUB_X25519_LEN])
{
    EVP_PKEY *const pkey = prepare_encapsulation(peer) ? private_pkey(peer, ephemeral) : NULL;
    EVP_PKEY_CTX *const ctx = pkey == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    hub_status status = HUB_E_CRYPTO;

    if (ctx != NULL && EVP_PKEY_derive_init(ctx) == 1)
        status = derive(ctx, public_key, peer->base);
    if (status == HUB_OK)
        status = derive(ctx, secret, peer->pkey);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return status;
}
