/* The sums over pairs of calls that flp128_prove.c is made of, for eight calls at once in AVX-512:
 * an addition under a mask is one instruction. Elements are three limbs of 52 bits, whose sums have
 * 12 bits of room before they are carried. */
#include "vdaf/flp128_internal.h"

#include <assert.h>
#include <immintrin.h>

enum { LANES = HUB_FLP128_PAIRS_LANES, LIMBS = 3, BLOCK = 4 /* vectors of lanes in registers */ };

/* masks[j * stride + i]: bit b is set if element j of call 8 i + b is zero. */
static void fill_masks(uint8_t *masks, size_t stride, const uint64_t *is_zero, size_t calls,
                       size_t chunk)
{
    for (size_t i = 0; i < stride; i++) {
        size_t n = calls - LANES * i < LANES ? calls - LANES * i : LANES;

        for (size_t j = 0; j < chunk; j++) {
            uint64_t bits = 0;

            for (size_t b = 0; b < n; b++)
                bits |= is_zero[(LANES * i + b) * chunk + j] & UINT64_C(1) << b;
            masks[j * stride + i] = (uint8_t)bits;
        }
    }
}

static void fill_limbs(uint64_t *limbs, const hub_fe128 *x, size_t chunk)
{
    const uint64_t mask = (UINT64_C(1) << 52) - 1;

    for (size_t j = 0; j < chunk; j++) {
        limbs[LIMBS * j] = x[j].lo & mask;
        limbs[LIMBS * j + 1] = (x[j].lo >> 52 | x[j].hi << 12) & mask;
        limbs[LIMBS * j + 2] = x[j].hi >> 40;
    }
}

/* Carries, and stores as words: the sum is low + high 2^64 + over 2^128. */
static inline void store(uint64_t *row, size_t width, __m512i w0, __m512i w1, __m512i w2)
{
    const __m512i mask = _mm512_set1_epi64(0xfffffffffffff);

    w1 = _mm512_add_epi64(w1, _mm512_srli_epi64(w0, 52));
    w0 = _mm512_and_si512(w0, mask);
    w2 = _mm512_add_epi64(w2, _mm512_srli_epi64(w1, 52));
    w1 = _mm512_and_si512(w1, mask);
    _mm512_storeu_si512(row, _mm512_or_si512(w0, _mm512_slli_epi64(w1, 52)));
    _mm512_storeu_si512(row + width,
                        _mm512_or_si512(_mm512_srli_epi64(w1, 12), _mm512_slli_epi64(w2, 40)));
    _mm512_storeu_si512(row + 2 * width, _mm512_srli_epi64(w2, 24));
}

/* n vectors of other calls, n a constant that is at most BLOCK. */
static inline __attribute__((always_inline)) void add_block(uint64_t *row, size_t width,
                                                            const uint64_t *limbs,
                                                            const uint8_t *masks, size_t chunk,
                                                            size_t n)
{
    __m512i sums[BLOCK][LIMBS];

    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0; l < LIMBS; l++)
            sums[i][l] = _mm512_setzero_si512();
    }
    for (size_t j = 0; j < chunk; j++) {
        __m512i w0 = _mm512_set1_epi64((long long)limbs[LIMBS * j]);
        __m512i w1 = _mm512_set1_epi64((long long)limbs[LIMBS * j + 1]);
        __m512i w2 = _mm512_set1_epi64((long long)limbs[LIMBS * j + 2]);

        for (size_t i = 0; i < n; i++) {
            __mmask8 m = masks[j * (width / LANES) + i];

            sums[i][0] = _mm512_mask_add_epi64(sums[i][0], m, sums[i][0], w0);
            sums[i][1] = _mm512_mask_add_epi64(sums[i][1], m, sums[i][1], w1);
            sums[i][2] = _mm512_mask_add_epi64(sums[i][2], m, sums[i][2], w2);
        }
    }
    for (size_t i = 0; i < n; i++)
        store(row + LANES * i, width, sums[i][0], sums[i][1], sums[i][2]);
}

void hub_flp128_pair_rows_avx512(uint64_t *rows, uint64_t *work, const hub_fe128 *x,
                                 const uint64_t *is_zero, size_t calls, size_t chunk)
{
    size_t width = hub_flp128_pair_width(calls);
    size_t stride = width / LANES;
    uint64_t *limbs = work;
    uint8_t *masks = (uint8_t *)(limbs + LIMBS * chunk);

    assert(chunk <= HUB_FLP128_PAIRS_CHUNK_MAX);
    fill_masks(masks, stride, is_zero, calls, chunk);
    for (size_t k = 0; k < calls; k++) {
        uint64_t *row = rows + LIMBS * width * k;
        size_t i = 0;

        fill_limbs(limbs, x + k * chunk, chunk);
        for (; i + BLOCK <= stride; i += BLOCK)
            add_block(row + LANES * i, width, limbs, masks + i, chunk, BLOCK);
        for (; i + 2 <= stride; i += 2)
            add_block(row + LANES * i, width, limbs, masks + i, chunk, 2);
        if (i < stride)
            add_block(row + LANES * i, width, limbs, masks + i, chunk, 1);
    }
}
