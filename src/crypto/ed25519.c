/* Ed25519 signatures; rare enough to make the objects anew. */
#include "crypto/ed25519.h"

#include <openssl/evp.h>

static void free_pkey(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_ctx(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static EVP_PKEY *private_pkey(const uint8_t private_key[HUB_ED25519_KEY_LEN])
{
    return EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, private_key, HUB_ED25519_KEY_LEN);
}

hub_status hub_ed25519_public(uint8_t public_key[HUB_ED25519_KEY_LEN],
                              const uint8_t private_key[HUB_ED25519_KEY_LEN])
{
    HUB_CLEANUP(free_pkey) EVP_PKEY *key = private_pkey(private_key);
    size_t len = HUB_ED25519_KEY_LEN;

    if (key == NULL || EVP_PKEY_get_raw_public_key(key, public_key, &len) != 1)
        return HUB_E_CRYPTO;
    return HUB_OK;
}

hub_status hub_ed25519_sign(uint8_t signature[HUB_ED25519_SIGNATURE_LEN],
                            const uint8_t private_key[HUB_ED25519_KEY_LEN], hub_span message)
{
    HUB_CLEANUP(free_pkey) EVP_PKEY *key = private_pkey(private_key);
    HUB_CLEANUP(free_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = HUB_ED25519_SIGNATURE_LEN;

    if (key == NULL || ctx == NULL ||
        EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) != 1 ||
        EVP_DigestSign(ctx, signature, &len, message.ptr, message.len) != 1)
        return HUB_E_CRYPTO;
    return HUB_OK;
}

hub_status hub_ed25519_verify(const uint8_t public_key[HUB_ED25519_KEY_LEN], hub_span message,
                              const uint8_t signature[HUB_ED25519_SIGNATURE_LEN])
{
    HUB_CLEANUP(free_pkey)
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public_key, HUB_ED25519_KEY_LEN);
    HUB_CLEANUP(free_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (key == NULL || ctx == NULL ||
        EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) != 1)
        return HUB_E_CRYPTO;
    if (EVP_DigestVerify(ctx, signature, HUB_ED25519_SIGNATURE_LEN, message.ptr, message.len) != 1)
        return HUB_E_VERIFY;
    return HUB_OK;
}
