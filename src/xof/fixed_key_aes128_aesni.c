/* XofFixedKeyAes128 with the AES instructions of x86: eight blocks in flight, so that the unit has
 * work in each cycle of a round's latency. */
#include "xof/aesni_x8.h"
#include "xof/fixed_key_aes128_internal.h"

/* The key schedule (FIPS 197, section 5.2): each word takes the words before it. The round constant
 * is added here, because the instruction takes it as an immediate only. */
void hub_fixed_key_expand_aesni(struct hub_fixed_key *k, const uint8_t bytes[16])
{
    static const int constants[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
    __m128i key = _mm_loadu_si128((const __m128i *)(const void *)bytes);

    _mm_store_si128((__m128i *)(void *)k->round_keys[0], key);
    for (unsigned i = 0; i < 10; i++) {
        __m128i assist = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, 0), 0xff);

        key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
        key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
        key = _mm_xor_si128(key, _mm_xor_si128(assist, _mm_set1_epi32(constants[i])));
        _mm_store_si128((__m128i *)(void *)k->round_keys[i + 1], key);
    }
}

void hub_fixed_key_hash_aesni(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in, size_t n)
{
    const __m128i *from = (const __m128i *)(const void *)in;
    __m128i *to = (__m128i *)(void *)out;
    __m128i x[HUB_AESNI_LANES];

    for (size_t at = 0; at < n; at += HUB_AESNI_LANES) {
        size_t m = n - at < HUB_AESNI_LANES ? n - at : HUB_AESNI_LANES;

        for (size_t i = 0; i < HUB_AESNI_LANES; i++)
            x[i] = _mm_loadu_si128(from + at + (i < m ? i : 0)); /* idle lanes repeat the first */
        hub_aesni_hash_x8(x, k->round_keys[0]);
        for (size_t i = 0; i < m; i++)
            _mm_storeu_si128(to + at + i, x[i]);
    }
    hub_wipe(x, sizeof(x));
}
