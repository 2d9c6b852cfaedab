/* Keys and streams of XofFixedKeyAes128, and its tier over libcrypto's AES. */
#include "xof/fixed_key_aes128.h"

#include "base/cpu.h"
#include "base/declassify.h"
#include "crypto/aes.h"
#include "field/field64.h"
#include "keccak/turboshake128.h"
#include "xof/fixed_key_aes128_internal.h"

#include <assert.h>

enum { BLOCK = HUB_FIXED_KEY_BLOCK_LEN, AT_ONCE = 8 };

void hub_fixed_key_expand_c(struct hub_fixed_key *k, const uint8_t key[16])
{
    if (hub_aes128_set_key(k->aes, key) != HUB_OK)
        k->has_failed = true;
}

static void sigma(uint8_t *out, const uint8_t *in)
{
    uint8_t low[8];

    memcpy(low, in, 8);
    memcpy(out, in + 8, 8);
    for (size_t i = 0; i < 8; i++)
        out[8 + i] = (uint8_t)(out[i] ^ low[i]);
}

void hub_fixed_key_hash_c(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in, size_t n)
{
    uint8_t mixed[AT_ONCE * BLOCK];
    uint8_t sealed[AT_ONCE * BLOCK];

    for (size_t at = 0; at < n; at += AT_ONCE) {
        size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;

        for (size_t i = 0; i < m; i++)
            sigma(mixed + BLOCK * i, in + BLOCK * (at + i));
        if (hub_aes128_encrypt(k->aes, sealed, mixed, m) != HUB_OK)
            k->has_failed = true;
        for (size_t i = 0; i < BLOCK * m; i++)
            out[BLOCK * at + i] = mixed[i] ^ sealed[i];
    }
    hub_wipe(mixed, sizeof(mixed));
    hub_wipe(sealed, sizeof(sealed));
}

void hub_fixed_key_kernels_init(struct hub_fixed_key_kernels *k, unsigned cpu)
{
    *k = (struct hub_fixed_key_kernels){"c", true, hub_fixed_key_expand_c, hub_fixed_key_hash_c};
#ifdef HUB_HAS_AESNI
    if ((cpu & HUB_CPU_AES) != 0)
        *k = (struct hub_fixed_key_kernels){"aesni", false, hub_fixed_key_expand_aesni,
                                            hub_fixed_key_hash_aesni};
#endif
    (void)cpu;
}

hub_status hub_fixed_key_init(struct hub_fixed_key *k, unsigned cpu)
{
    memset(k, 0, sizeof(*k));
    hub_fixed_key_kernels_init(&k->kernels, cpu);
    return k->kernels.needs_crypto ? hub_aes128_new(&k->aes) : HUB_OK;
}

void hub_fixed_key_clear(struct hub_fixed_key *k)
{
    hub_aes128_free(k->aes);
    memset(k, 0, sizeof(*k)); /* the key is public */
}

void hub_fixed_key_derive(struct hub_fixed_key *k, hub_span dst, hub_span context, hub_span binder)
{
    size_t dst_len = dst.len + context.len;
    const uint8_t head[2] = {(uint8_t)dst_len, (uint8_t)(dst_len >> 8)};
    struct hub_turboshake128 sponge;
    uint8_t key[HUB_AES128_KEY_LEN];

    assert(dst_len <= UINT16_MAX);
    hub_turboshake128_init(&sponge);
    hub_turboshake128_absorb(&sponge, HUB_SPAN_ARRAY(head));
    hub_turboshake128_absorb(&sponge, dst);
    hub_turboshake128_absorb(&sponge, context);
    hub_turboshake128_absorb(&sponge, binder);
    hub_turboshake128_finish(&sponge, 2);
    hub_turboshake128_squeeze(&sponge, key, sizeof(key));
    k->kernels.expand(k, key);
}

void hub_fixed_key_stream_init(struct hub_fixed_key_stream *s, struct hub_fixed_key *key,
                               const uint8_t seed[HUB_FIXED_KEY_SEED_LEN], uint64_t first)
{
    s->key = key;
    memcpy(s->seed, seed, sizeof(s->seed));
    s->next = first;
    s->at = sizeof(s->block);
}

/* hash(seed ^ number), the number little-endian. */
static void next_block(struct hub_fixed_key_stream *s)
{
    memcpy(s->block, s->seed, sizeof(s->block));
    for (unsigned i = 0; i < 8; i++)
        s->block[i] ^= (uint8_t)(s->next >> (8 * i));
    hub_fixed_key_hash(s->key, s->block, s->block, 1);
    s->next++;
    s->at = 0;
}

void hub_fixed_key_squeeze(struct hub_fixed_key_stream *s, uint8_t *out, size_t n)
{
    while (n != 0) {
        if (s->at == sizeof(s->block))
            next_block(s);
        size_t m = sizeof(s->block) - s->at;
        if (m > n)
            m = n;
        memcpy(out, s->block + s->at, m);
        s->at += m;
        out += m;
        n -= m;
    }
}

void hub_fixed_key_next_field64(struct hub_fixed_key_stream *s, uint64_t *out, size_t n)
{
    while (n != 0) {
        uint8_t bytes[HUB_FIELD64_BYTES];

        hub_fixed_key_squeeze(s, bytes, sizeof(bytes));
        bool is_element = hub_field64_decode(out, bytes, 1);
        hub_declassify(&is_element, sizeof(is_element)); /* tells nothing of those that are kept */
        if (!is_element)
            continue;
        out++;
        n--;
    }
}

void hub_fixed_key_stream_wipe(struct hub_fixed_key_stream *s)
{
    hub_wipe(s, sizeof(*s));
}
