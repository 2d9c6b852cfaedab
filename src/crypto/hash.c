/* SHA-256 and HMAC-SHA-256 over libcrypto's low-level functions. libcrypto 3 marks them deprecated
 * in favour of EVP, whose states live on the heap: a hash of 32 bytes costs twice as much there,
 * and a midstate cannot be copied without a call that may fail. Only this file would change if they
 * went.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hash.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof((struct hub_sha256){0}.opaque), "the state fits");
_Static_assert(_Alignof(SHA256_CTX) <= 8, "and is aligned");

static SHA256_CTX *state(struct hub_sha256 *h)
{
    return (SHA256_CTX *)(void *)h->opaque;
}

void hub_sha256_init(struct hub_sha256 *h)
{
    h->failed = SHA256_Init(state(h)) != 1;
}

void hub_sha256_update(struct hub_sha256 *h, hub_span bytes)
{
    if (bytes.len != 0 && SHA256_Update(state(h), bytes.ptr, bytes.len) != 1)
        h->failed = true;
}

hub_status hub_sha256_finish(struct hub_sha256 *h, uint8_t out[HUB_SHA256_LEN])
{
    uint8_t digest[HUB_SHA256_LEN];
    const bool ok = !h->failed && SHA256_Final(digest, state(h)) == 1;

    if (ok)
        memcpy(out, digest, sizeof(digest));
    hub_wipe(digest, sizeof(digest));
    hub_wipe(h, sizeof(*h));
    return ok ? HUB_OK : HUB_E_CRYPTO;
}

hub_status hub_sha256(uint8_t out[HUB_SHA256_LEN], hub_span bytes)
{
    struct hub_sha256 h;

    hub_sha256_init(&h);
    hub_sha256_update(&h, bytes);
    return hub_sha256_finish(&h, out);
}

/* Starts h with a block of the key, each byte XORed with pad (RFC 2104). */
static void start(struct hub_sha256 *h, const uint8_t key[HUB_SHA256_BLOCK_LEN], uint8_t pad)
{
    uint8_t block[HUB_SHA256_BLOCK_LEN];

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = key[i] ^ pad;
    hub_sha256_init(h);
    hub_sha256_update(h, HUB_SPAN_ARRAY(block));
    hub_wipe(block, sizeof(block));
}

void hub_hmac_sha256_init(struct hub_hmac_sha256 *m, hub_span key)
{
    uint8_t block[HUB_SHA256_BLOCK_LEN] = {0};
    bool failed = false;

    if (key.len > sizeof(block))
        failed = hub_sha256(block, key) != HUB_OK;
    else if (key.len != 0)
        memcpy(block, key.ptr, key.len);
    start(&m->inner, block, 0x36);
    start(&m->outer, block, 0x5c);
    m->inner.failed |= failed;
    hub_wipe(block, sizeof(block));
}

void hub_hmac_sha256_update(struct hub_hmac_sha256 *m, hub_span bytes)
{
    hub_sha256_update(&m->inner, bytes);
}

hub_status hub_hmac_sha256_finish(struct hub_hmac_sha256 *m, uint8_t out[HUB_SHA256_LEN])
{
    uint8_t digest[HUB_SHA256_LEN] = {0};
    hub_status status = hub_sha256_finish(&m->inner, digest);

    hub_sha256_update(&m->outer, HUB_SPAN_ARRAY(digest));
    if (status == HUB_OK)
        status = hub_sha256_finish(&m->outer, out);
    hub_wipe(digest, sizeof(digest));
    hub_hmac_sha256_wipe(m);
    return status;
}

hub_status hub_hmac_sha256(uint8_t out[HUB_SHA256_LEN], hub_span key, hub_span bytes)
{
    struct hub_hmac_sha256 m;

    hub_hmac_sha256_init(&m, key);
    hub_hmac_sha256_update(&m, bytes);
    return hub_hmac_sha256_finish(&m, out);
}

void hub_hmac_sha256_wipe(struct hub_hmac_sha256 *m)
{
    hub_wipe(m, sizeof(*m));
}
