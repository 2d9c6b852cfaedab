/* One level of an IDPF walk with the AES instructions of x86: eight nodes stay in registers from
 * the parents' seeds to their own. */
#include "vdaf/idpf_internal.h"
#include "xof/aesni_x8.h"

enum { LANES = HUB_AESNI_LANES };

static inline __attribute__((always_inline)) void
step_x8(const uint8_t *extend_keys, const uint8_t *convert_keys, __m128i x[LANES],
        uint8_t ctrl[LANES], const uint8_t bits[LANES], const struct hub_idpf_correction *cw)
{
    const __m128i seed_cw = _mm_loadu_si128((const __m128i *)(const void *)cw->seed);
    const __m128i clear_lowest = _mm_set_epi64x(-1, -2);

    _Pragma("GCC unroll 8") for (unsigned i = 0; i < LANES; i++) x[i] =
        _mm_xor_si128(x[i], _mm_cvtsi32_si128(bits[i]));
    hub_aesni_hash_x8(x, extend_keys);
    _Pragma("GCC unroll 8") for (unsigned i = 0; i < LANES; i++)
    {
        const __m128i mask = _mm_set1_epi64x((long long)(0 - (uint64_t)ctrl[i]));
        const unsigned t = (unsigned)_mm_cvtsi128_si32(x[i]) & 1U;

        ctrl[i] = (uint8_t)(t ^ (ctrl[i] & cw->ctrl[bits[i]]));
        x[i] = _mm_xor_si128(_mm_and_si128(x[i], clear_lowest), _mm_and_si128(seed_cw, mask));
    }
    hub_aesni_hash_x8(x, convert_keys);
}

void hub_idpf_step_aesni(struct hub_fixed_key *extend_key, struct hub_fixed_key *convert_key,
                         const struct hub_idpf_nodes *nodes, const struct hub_idpf_correction *cw)
{
    const uint8_t *extend_keys = extend_key->round_keys[0];
    const uint8_t *convert_keys = convert_key->round_keys[0];
    __m128i *seeds = (__m128i *)(void *)nodes->seeds;
    __m128i x[LANES];
    size_t at = 0;

    for (; at + LANES <= nodes->n; at += LANES) {
        for (unsigned i = 0; i < LANES; i++)
            x[i] = _mm_loadu_si128(seeds + at + i);
        step_x8(extend_keys, convert_keys, x, nodes->ctrl + at, nodes->bits + at, cw);
        for (unsigned i = 0; i < LANES; i++)
            _mm_storeu_si128(seeds + at + i, x[i]);
    }
    if (at < nodes->n) {
        size_t m = nodes->n - at;
        uint8_t ctrl[LANES] = {0};
        uint8_t bits[LANES] = {0};

        memcpy(ctrl, nodes->ctrl + at, m);
        memcpy(bits, nodes->bits + at, m);
        for (size_t i = 0; i < LANES; i++)
            x[i] = _mm_loadu_si128(seeds + at + (i < m ? i : 0));
        step_x8(extend_keys, convert_keys, x, ctrl, bits, cw);
        for (size_t i = 0; i < m; i++)
            _mm_storeu_si128(seeds + at + i, x[i]);
        memcpy(nodes->ctrl + at, ctrl, m);
        hub_wipe(ctrl, sizeof(ctrl));
    }
    hub_wipe(x, sizeof(x));
}
