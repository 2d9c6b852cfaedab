/* The sponge of RFC 9861, section 2.2, in lanes. */
#include "keccak/turboshake128_lanes.h"

#include "keccak/le_words_internal.h"

#include <assert.h>

void hub_turboshake128_lanes_init(struct hub_turboshake128_lanes *s,
                                  const struct hub_keccak_kernels *kernels)
{
    memset(s, 0, sizeof(*s));
    s->kernels = kernels;
}

static inline __attribute__((always_inline)) void fill(uint64_t *state, const uint64_t *one,
                                                       size_t lanes)
{
    for (size_t i = 0; i < HUB_KECCAK_WORDS; i++) {
        for (size_t l = 0; l < lanes; l++)
            state[i * lanes + l] = one[i];
    }
}

void hub_turboshake128_lanes_spread(struct hub_turboshake128_lanes *s,
                                    const struct hub_keccak_kernels *kernels,
                                    const struct hub_turboshake128 *one)
{
    if (kernels->lanes == HUB_KECCAK_LANES_MAX)
        fill(s->state, one->state, HUB_KECCAK_LANES_MAX); /* a constant, for vector stores */
    else if (kernels->lanes == HUB_KECCAK_LANES_MAX / 2)
        fill(s->state, one->state, HUB_KECCAK_LANES_MAX / 2);
    else
        fill(s->state, one->state, kernels->lanes);
    s->kernels = kernels;
    s->at = one->at;
}

/* Permutes if the block is used up; returns the bytes that it still has. */
static size_t next_block(struct hub_turboshake128_lanes *s)
{
    if (s->at == HUB_TURBOSHAKE128_RATE) {
        s->kernels->permute(s->state);
        s->at = 0;
    }
    return HUB_TURBOSHAKE128_RATE - s->at;
}

/* XORs the low n bytes of a word, the rest being zero, into words step apart from byte used of the
 * first on. */
static inline void xor_word(uint64_t *state, size_t step, unsigned used, uint64_t word, size_t n)
{
    *state ^= word << (8 * used);
    if (used + n > 8)
        state[step] ^= word >> (64 - 8 * used);
}

/* XORs n bytes into one lane's rate from position at; at + n <= 168. */
static void xor_bytes(uint64_t *lane, size_t step, unsigned at, const uint8_t *bytes, size_t n)
{
    uint64_t *word = lane + at / 8 * step;

    for (; n >= 8; n -= 8, bytes += 8, word += step)
        xor_word(word, step, at % 8, hub_load_le64(bytes), 8);
    if (n != 0)
        xor_word(word, step, at % 8, hub_load_le_short(bytes, n), n);
}

void hub_turboshake128_lanes_absorb_each(struct hub_turboshake128_lanes *s,
                                         const uint8_t *const *bytes, size_t n)
{
    size_t lanes = s->kernels->lanes;

    for (size_t done = 0; done < n;) {
        size_t m = next_block(s);

        if (m > n - done)
            m = n - done;
        for (size_t l = 0; l < lanes; l++)
            xor_bytes(s->state + l, lanes, s->at, bytes[l] + done, m);
        s->at += (unsigned)m;
        done += m;
    }
}

/* Word by word, as far as each reaches. */
void hub_turboshake128_lanes_absorb(struct hub_turboshake128_lanes *s, hub_span bytes)
{
    size_t lanes = s->kernels->lanes;

    for (size_t done = 0; done < bytes.len;) {
        size_t room = next_block(s); /* before at is read */
        unsigned used = s->at % 8;
        size_t m = 8 - used;

        if (m > room)
            m = room;
        if (m > bytes.len - done)
            m = bytes.len - done;
        uint64_t word =
            m == 8 ? hub_load_le64(bytes.ptr + done) : hub_load_le_short(bytes.ptr + done, m);
        for (size_t l = 0; l < lanes; l++)
            s->state[s->at / 8 * lanes + l] ^= word << (8 * used);
        s->at += (unsigned)m;
        done += m;
    }
}

/* Permutes s, together with another stream that has used up its block, if there is one. */
static void permute_with(struct hub_turboshake128_lanes *s, struct hub_turboshake128_lanes *other)
{
    if (other == NULL || other->at != HUB_TURBOSHAKE128_RATE || s->kernels->permute_two == NULL) {
        s->kernels->permute(s->state);
        return;
    }
    s->kernels->permute_two(s->state, other->state);
    other->at = 0;
}

/* Where words don't begin at words of the state, the last one of a block is cut in two. */
static void absorb_words(struct hub_turboshake128_lanes *s, const uint64_t *words, size_t n,
                         struct hub_turboshake128_lanes *other)
{
    size_t lanes = s->kernels->lanes;
    unsigned shift = 8 * (s->at % 8);

    while (n != 0) {
        if (s->at == HUB_TURBOSHAKE128_RATE) {
            permute_with(s, other);
            s->at = 0;
        }
        size_t whole = (HUB_TURBOSHAKE128_RATE - s->at) / 8;

        if (whole > n)
            whole = n;
        s->kernels->move->absorb(s->state + s->at / 8 * lanes, words, whole, shift);
        s->at += 8 * (unsigned)whole;
        words += whole * lanes;
        n -= whole;
        if (n == 0 || shift == 0 || s->at + 8 <= HUB_TURBOSHAKE128_RATE)
            continue;
        for (size_t l = 0; l < lanes; l++)
            s->state[(HUB_TURBOSHAKE128_WORDS - 1) * lanes + l] ^= words[l] << shift;
        permute_with(s, other);
        for (size_t l = 0; l < lanes; l++)
            s->state[l] ^= words[l] >> (64 - shift);
        s->at = shift / 8;
        words += lanes;
        n--;
    }
}

void hub_turboshake128_lanes_absorb_words(struct hub_turboshake128_lanes *s, const uint64_t *words,
                                          size_t n)
{
    absorb_words(s, words, n, NULL);
}

void hub_turboshake128_lanes_finish(struct hub_turboshake128_lanes *s, uint8_t domain)
{
    size_t lanes = s->kernels->lanes;

    (void)next_block(s);
    for (size_t l = 0; l < lanes; l++) {
        s->state[s->at / 8 * lanes + l] ^= (uint64_t)domain << (8 * (s->at % 8));
        s->state[(HUB_TURBOSHAKE128_WORDS - 1) * lanes + l] ^= (uint64_t)0x80 << 56;
    }
    s->at = HUB_TURBOSHAKE128_RATE; /* the first squeeze permutes */
}

uint64_t hub_turboshake128_lanes_squeeze_below(struct hub_turboshake128_lanes *s, uint64_t *words,
                                               size_t n, uint64_t slack,
                                               struct hub_turboshake128_lanes *to)
{
    size_t lanes = s->kernels->lanes;
    uint64_t over = 0;

    assert(s->at % 8 == 0);
    while (n != 0) {
        size_t m = next_block(s) / 8;

        if (m > n)
            m = n;
        over |= s->kernels->move->squeeze(words, s->state + s->at / 8 * lanes, m, slack);
        s->at += 8 * (unsigned)m;
        n -= m;
        if (to != NULL) /* a next block of s will be needed only if there is more to squeeze */
            absorb_words(to, words, m, n != 0 ? s : NULL);
        words += m * lanes;
    }
    return over;
}

void hub_turboshake128_lanes_squeeze_words(struct hub_turboshake128_lanes *s, uint64_t *words,
                                           size_t n)
{
    (void)hub_turboshake128_lanes_squeeze_below(s, words, n, 0, NULL);
}

void hub_turboshake128_lanes_extract(struct hub_turboshake128 *out,
                                     const struct hub_turboshake128_lanes *s, unsigned lane)
{
    size_t lanes = s->kernels->lanes;

    assert(lane < lanes);
    for (size_t i = 0; i < HUB_KECCAK_WORDS; i++)
        out->state[i] = s->state[i * lanes + lane];
    out->at = s->at;
}
