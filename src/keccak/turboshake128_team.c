/* The sponge of RFC 9861, section 2.2, in lanes that go each at its own pace. */
#include "keccak/turboshake128_team.h"

#include "keccak/le_words_internal.h"

#include <assert.h>

void hub_turboshake128_team_init(struct hub_turboshake128_team *t,
                                 const struct hub_keccak_kernels *kernels)
{
    memset(t->state, 0, sizeof(t->state));
    t->kernels = kernels;
    t->joined = 0;
}

void hub_turboshake128_team_join(struct hub_turboshake128_team *t, unsigned lane,
                                 const struct hub_turboshake128 *s)
{
    assert(lane < t->kernels->lanes && (t->joined >> lane & 1) == 0);
    for (size_t i = 0; i < HUB_KECCAK_WORDS; i++)
        t->state[i * t->kernels->lanes + lane] = s->state[i];
    t->at[lane] = s->at;
    t->joined |= 1U << lane;
}

void hub_turboshake128_team_leave(struct hub_turboshake128_team *t, unsigned lane)
{
    t->joined &= ~(1U << lane);
}

size_t hub_turboshake128_team_absorb(struct hub_turboshake128_team *t, unsigned lane,
                                     hub_span bytes)
{
    size_t lanes = t->kernels->lanes;
    size_t n = HUB_TURBOSHAKE128_RATE - t->at[lane];
    uint64_t *word = t->state + t->at[lane] / 8 * lanes + lane;
    unsigned shift = 8 * (t->at[lane] % 8);
    const uint8_t *p = bytes.ptr;
    uint64_t carried = 0; /* what the word before had no room for */

    if (n > bytes.len)
        n = bytes.len;
    t->at[lane] += (unsigned)n;
    for (size_t left = n; left >= 8; left -= 8, p += 8, word += lanes) {
        uint64_t bits = hub_load_le64(p);

        *word ^= bits << shift | carried;
        carried = bits >> 1 >> (63 - shift);
    }
    uint64_t bits = hub_load_le_short(p, n % 8);
    *word ^= bits << shift | carried;
    if (shift + 8 * (n % 8) > 64)
        word[lanes] ^= bits >> (64 - shift);
    return n;
}

bool hub_turboshake128_team_finish(struct hub_turboshake128_team *t, unsigned lane, uint8_t domain)
{
    size_t lanes = t->kernels->lanes;
    unsigned at = t->at[lane];

    if (at == HUB_TURBOSHAKE128_RATE)
        return false;
    t->state[at / 8 * lanes + lane] ^= (uint64_t)domain << (8 * (at % 8));
    t->state[(HUB_TURBOSHAKE128_WORDS - 1) * lanes + lane] ^= (uint64_t)0x80 << 56;
    t->at[lane] = HUB_TURBOSHAKE128_RATE;
    return true;
}

size_t hub_turboshake128_team_squeeze_words(struct hub_turboshake128_team *t, unsigned lane,
                                            uint64_t *words, size_t n)
{
    size_t lanes = t->kernels->lanes;
    const uint64_t *from = t->state + t->at[lane] / 8 * lanes + lane;
    size_t left = (HUB_TURBOSHAKE128_RATE - t->at[lane]) / 8;

    assert(t->at[lane] % 8 == 0);
    if (n > left)
        n = left;
    for (size_t i = 0; i < n; i++)
        words[i] = from[i * lanes];
    t->at[lane] += 8 * (unsigned)n;
    return n;
}

void hub_turboshake128_team_permute(struct hub_turboshake128_team *t)
{
    for (unsigned l = 0; l < t->kernels->lanes; l++) {
        assert((t->joined >> l & 1) == 0 || t->at[l] == HUB_TURBOSHAKE128_RATE);
        t->at[l] = 0;
    }
    t->kernels->permute(t->state);
}
