/* AES-GCM over one EVP context that is kept. */
#include "crypto/aead.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct hub_aead {
    EVP_CIPHER_CTX *ctx;
    enum hub_aead_kind kind;
};

static const char *cipher_name(enum hub_aead_kind kind)
{
    return kind == HUB_AEAD_AES_128_GCM ? "AES-128-GCM" : "AES-256-GCM";
}

hub_status hub_aead_new(struct hub_aead **out, enum hub_aead_kind kind)
{
    struct hub_aead *const a = calloc(1, sizeof(*a));
    EVP_CIPHER *const cipher = EVP_CIPHER_fetch(NULL, cipher_name(kind), NULL);

    if (a != NULL) {
        a->kind = kind;
        a->ctx = EVP_CIPHER_CTX_new();
    }
    /* the context takes its own reference; keys and nonces come with each message */
    const bool ok = a != NULL && cipher != NULL && a->ctx != NULL &&
                    EVP_CipherInit_ex2(a->ctx, cipher, NULL, NULL, 1, NULL) == 1;
    EVP_CIPHER_free(cipher);
    if (!ok) {
        hub_aead_free(a);
        return HUB_E_CRYPTO;
    }
    *out = a;
    return HUB_OK;
}

void hub_aead_free(struct hub_aead *a)
{
    if (a == NULL)
        return;
    EVP_CIPHER_CTX_free(a->ctx);
    free(a);
}

/* Sets direction, key and nonce, takes the additional data and runs over the text. */
static bool run(struct hub_aead *a, int seal, uint8_t *out, const uint8_t *key,
                const uint8_t *nonce, hub_span aad, hub_span text)
{
    int n = 0;

    if (EVP_CipherInit_ex2(a->ctx, NULL, key, nonce, seal, NULL) != 1)
        return false;
    if (aad.len != 0 && EVP_CipherUpdate(a->ctx, NULL, &n, aad.ptr, (int)aad.len) != 1)
        return false;
    if (text.len != 0 && EVP_CipherUpdate(a->ctx, out, &n, text.ptr, (int)text.len) != 1)
        return false;
    return true;
}

hub_status hub_aead_seal(struct hub_aead *a, uint8_t *out, const uint8_t *key,
                         const uint8_t nonce[HUB_AEAD_NONCE_LEN], hub_span aad, hub_span plain)
{
    uint8_t none[HUB_AEAD_TAG_LEN]; /* GCM gives nothing at the end, but asks where to */
    int n = 0;

    if (plain.len > INT_MAX || aad.len > INT_MAX)
        return HUB_E_ARGUMENT;
    if (!run(a, 1, out, key, nonce, aad, plain) || EVP_CipherFinal_ex(a->ctx, none, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, HUB_AEAD_TAG_LEN, out + plain.len) != 1)
        return HUB_E_CRYPTO;
    return HUB_OK;
}

hub_status hub_aead_open(struct hub_aead *a, uint8_t *out, const uint8_t *key,
                         const uint8_t nonce[HUB_AEAD_NONCE_LEN], hub_span aad, hub_span sealed)
{
    uint8_t none[HUB_AEAD_TAG_LEN]; /* GCM gives nothing at the end, but asks where to */
    uint8_t tag[HUB_AEAD_TAG_LEN];
    int n = 0;

    if (sealed.len > INT_MAX || aad.len > INT_MAX)
        return HUB_E_ARGUMENT;
    if (sealed.len < HUB_AEAD_TAG_LEN)
        return HUB_E_OPEN;
    const hub_span text = hub_span_slice(sealed, 0, sealed.len - HUB_AEAD_TAG_LEN);
    memcpy(tag, sealed.ptr + text.len, sizeof(tag));
    if (!run(a, 0, out, key, nonce, aad, text) ||
        EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, HUB_AEAD_TAG_LEN, tag) != 1) {
        hub_wipe(out, text.len);
        return HUB_E_CRYPTO;
    }
    if (EVP_CipherFinal_ex(a->ctx, none, &n) != 1) {
        hub_wipe(out, text.len);
        return HUB_E_OPEN;
    }
    return HUB_OK;
}

hub_status hub_box_seal(struct hub_aead *a, struct hub_buf *out, const uint8_t key[HUB_BOX_KEY_LEN],
                        hub_span aad, hub_span plain, const struct hub_rng *rng)
{
    uint8_t nonce[HUB_AEAD_NONCE_LEN];

    assert(a->kind == HUB_AEAD_AES_256_GCM);
    if (plain.len > INT_MAX)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_rng_fill(rng, nonce, sizeof(nonce)));
    HUB_TRY(hub_buf_reserve(out, plain.len + HUB_BOX_EXTRA));
    uint8_t *const at = out->ptr + out->len;
    memcpy(at, nonce, sizeof(nonce));
    HUB_TRY(hub_aead_seal(a, at + sizeof(nonce), key, nonce, aad, plain));
    out->len += plain.len + HUB_BOX_EXTRA;
    return HUB_OK;
}

hub_status hub_box_open(struct hub_aead *a, struct hub_buf *out, const uint8_t key[HUB_BOX_KEY_LEN],
                        hub_span aad, hub_span box)
{
    assert(a->kind == HUB_AEAD_AES_256_GCM);
    if (box.len < HUB_BOX_EXTRA)
        return HUB_E_OPEN;
    const hub_span sealed = hub_span_slice(box, HUB_AEAD_NONCE_LEN, box.len - HUB_AEAD_NONCE_LEN);
    HUB_TRY(hub_buf_reserve(out, box.len - HUB_BOX_EXTRA));
    HUB_TRY(hub_aead_open(a, out->ptr + out->len, key, box.ptr, aad, sealed));
    out->len += box.len - HUB_BOX_EXTRA;
    return HUB_OK;
}
