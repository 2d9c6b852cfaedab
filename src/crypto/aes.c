/* AES-128 in ECB mode over one EVP context that is kept. */
#include "crypto/aes.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* libcrypto takes lengths as int. */
enum { BLOCKS_MAX = 1 << 20 };

struct hub_aes128 {
    EVP_CIPHER_CTX *ctx;
};

hub_status hub_aes128_new(struct hub_aes128 **out)
{
    struct hub_aes128 *const a = calloc(1, sizeof(*a));
    EVP_CIPHER *const cipher = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);

    if (a != NULL)
        a->ctx = EVP_CIPHER_CTX_new();
    /* the context takes its own reference */
    const bool ok = a != NULL && cipher != NULL && a->ctx != NULL &&
                    EVP_EncryptInit_ex2(a->ctx, cipher, NULL, NULL, NULL) == 1 &&
                    EVP_CIPHER_CTX_set_padding(a->ctx, 0) == 1;
    EVP_CIPHER_free(cipher);
    if (!ok) {
        hub_aes128_free(a);
        return HUB_E_CRYPTO;
    }
    *out = a;
    return HUB_OK;
}

void hub_aes128_free(struct hub_aes128 *a)
{
    if (a == NULL)
        return;
    EVP_CIPHER_CTX_free(a->ctx);
    free(a);
}

hub_status hub_aes128_set_key(struct hub_aes128 *a, const uint8_t key[HUB_AES128_KEY_LEN])
{
    return EVP_EncryptInit_ex2(a->ctx, NULL, key, NULL, NULL) == 1 ? HUB_OK : HUB_E_CRYPTO;
}

hub_status hub_aes128_encrypt(struct hub_aes128 *a, uint8_t *out, const uint8_t *in, size_t n)
{
    while (n != 0) {
        size_t m = n < BLOCKS_MAX ? n : BLOCKS_MAX;
        size_t len = m * HUB_AES128_BLOCK_LEN;
        int written = 0;

        if (EVP_EncryptUpdate(a->ctx, out, &written, in, (int)len) != 1 || (size_t)written != len)
            return HUB_E_CRYPTO;
        out += len;
        in += len;
        n -= m;
    }
    return HUB_OK;
}
