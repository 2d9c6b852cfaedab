/* The sponge of RFC 9861, section 2.2: 168 bytes of rate, one permutation a block. */
#include "keccak/turboshake128.h"

#include "keccak/le_words_internal.h"

void hub_turboshake128_init(struct hub_turboshake128 *s)
{
    memset(s, 0, sizeof(*s));
}

/* XORs n bytes into the rate from position at; at + n <= 168. A first and a last piece may fill
 * only part of a word. */
static void xor_bytes(uint64_t *state, unsigned at, const uint8_t *bytes, size_t n)
{
    uint64_t *word = state + at / 8;
    unsigned used = at % 8;

    if (used != 0) {
        size_t first = 8 - used < n ? 8 - used : n;

        *word++ ^= hub_load_le_short(bytes, first) << (8 * used);
        bytes += first;
        n -= first;
    }
    for (; n >= 8; n -= 8, bytes += 8)
        *word++ ^= hub_load_le64(bytes);
    if (n != 0)
        *word ^= hub_load_le_short(bytes, n);
}

void hub_turboshake128_absorb(struct hub_turboshake128 *s, hub_span bytes)
{
    const uint8_t *p = bytes.ptr;
    size_t left = bytes.len;

    while (left != 0) {
        size_t n = HUB_TURBOSHAKE128_RATE - s->at;

        if (n == 0) {
            hub_keccak_p1600_12_c(s->state);
            s->at = 0;
            continue;
        }
        if (n > left)
            n = left;
        xor_bytes(s->state, s->at, p, n);
        s->at += (unsigned)n;
        p += n;
        left -= n;
    }
}

void hub_turboshake128_finish(struct hub_turboshake128 *s, uint8_t domain)
{
    if (s->at == HUB_TURBOSHAKE128_RATE) {
        hub_keccak_p1600_12_c(s->state);
        s->at = 0;
    }
    s->state[s->at / 8] ^= (uint64_t)domain << (8 * (s->at % 8));
    s->state[HUB_TURBOSHAKE128_WORDS - 1] ^= (uint64_t)0x80 << 56;
    s->at = HUB_TURBOSHAKE128_RATE; /* the first squeeze permutes */
}

/* Permutes if the block is used up; returns the bytes that it still has. */
static size_t next_block(struct hub_turboshake128 *s)
{
    if (s->at == HUB_TURBOSHAKE128_RATE) {
        hub_keccak_p1600_12_c(s->state);
        s->at = 0;
    }
    return HUB_TURBOSHAKE128_RATE - s->at;
}

void hub_turboshake128_squeeze(struct hub_turboshake128 *s, uint8_t *out, size_t n)
{
    while (n != 0) {
        size_t m = next_block(s);

        if (m > n)
            m = n;
        n -= m;
        for (; m >= 8 && s->at % 8 == 0; m -= 8, out += 8, s->at += 8)
            hub_store_le64(out, s->state[s->at / 8]);
        for (; m > 0; m--, s->at++)
            *out++ = (uint8_t)(s->state[s->at / 8] >> (8 * (s->at % 8)));
    }
}

/* One word that may straddle two blocks. */
static uint64_t squeeze_word(struct hub_turboshake128 *s)
{
    uint8_t bytes[8];

    hub_turboshake128_squeeze(s, bytes, sizeof(bytes));
    return hub_load_le64(bytes);
}

void hub_turboshake128_squeeze_words(struct hub_turboshake128 *s, uint64_t *out, size_t n)
{
    if (s->at % 8 != 0) {
        for (size_t i = 0; i < n; i++)
            out[i] = squeeze_word(s);
        return;
    }
    while (n != 0) {
        size_t m = next_block(s) / 8;

        if (m > n)
            m = n;
        memcpy(out, s->state + s->at / 8, 8 * m);
        s->at += 8 * (unsigned)m;
        out += m;
        n -= m;
    }
}
