/* XofTurboShake128: TurboSHAKE128(len(dst) || dst || len(seed) || seed || binder, 1, L), with the
 * lengths little-endian in two bytes and one (VDAF draft-20, section "XofTurboShake128"). */
#include "xof/turboshake.h"

#include "base/declassify.h"
#include "field/field64.h"

#include <assert.h>

static uint8_t *append(uint8_t *out, hub_span bytes)
{
    if (bytes.len != 0)
        memcpy(out, bytes.ptr, bytes.len);
    return out + bytes.len;
}

/* What comes before the binder is usually less than a block: gathered first, it goes in as whole
 * words. */
static void start(struct hub_xof *x, size_t seed_len, hub_span dst, hub_span context, hub_span seed)
{
    size_t dst_len = dst.len + context.len;
    const uint8_t dst_head[2] = {(uint8_t)dst_len, (uint8_t)(dst_len >> 8)};
    const uint8_t seed_head[1] = {(uint8_t)seed_len};
    const hub_span parts[] = {HUB_SPAN_ARRAY(dst_head), dst, context, HUB_SPAN_ARRAY(seed_head),
                              seed};
    uint8_t block[HUB_TURBOSHAKE128_RATE];
    bool fits = dst_len + seed.len + 3 <= sizeof(block);
    uint8_t *end = block;

    assert(dst_len <= UINT16_MAX && seed_len <= UINT8_MAX);
    hub_turboshake128_init(&x->sponge);
    x->squeezing = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (fits)
            end = append(end, parts[i]);
        else
            hub_turboshake128_absorb(&x->sponge, parts[i]);
    }
    hub_turboshake128_absorb(&x->sponge, hub_span_of(block, (size_t)(end - block)));
    hub_wipe(block, (size_t)(end - block));
}

void hub_xof_init(struct hub_xof *x, hub_span seed, hub_span dst, hub_span context)
{
    start(x, seed.len, dst, context, seed);
}

void hub_xof_begin(struct hub_xof *x, size_t seed_len, hub_span dst, hub_span context)
{
    start(x, seed_len, dst, context, HUB_SPAN_EMPTY);
}

void hub_xof_absorb(struct hub_xof *x, hub_span binder)
{
    assert(!x->squeezing);
    hub_turboshake128_absorb(&x->sponge, binder);
}

static void end_binder(struct hub_xof *x)
{
    if (x->squeezing)
        return;
    hub_turboshake128_finish(&x->sponge, 1);
    x->squeezing = true;
}

void hub_xof_squeeze(struct hub_xof *x, uint8_t *out, size_t n)
{
    end_binder(x);
    hub_turboshake128_squeeze(&x->sponge, out, n);
}

void hub_xof_squeeze_words(struct hub_xof *x, uint64_t *out, size_t n)
{
    end_binder(x);
    hub_turboshake128_squeeze_words(&x->sponge, out, n);
}

/* Moves the elements below p to the front and returns their number. */
static size_t keep_field64(uint64_t *v, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (v[i] < HUB_FIELD64_P)
            v[kept++] = v[i];
    }
    return kept;
}

void hub_xof_next_field64(struct hub_xof *x, uint64_t *out, size_t n)
{
    while (n != 0) {
        uint64_t over = 0;

        hub_xof_squeeze_words(x, out, n);
        for (size_t i = 0; i < n; i++)
            over |= (uint64_t)(out[i] >= HUB_FIELD64_P);
        hub_declassify(&over, sizeof(over));
        if (over == 0)
            return;
        size_t kept = keep_field64(out, n);
        out += kept;
        n -= kept;
    }
}

static inline uint64_t is_over128(hub_fe128 a)
{
    const hub_fe128 p = HUB_FIELD128_P;

    return (uint64_t)(a.hi > p.hi) | ((uint64_t)(a.hi == p.hi) & (uint64_t)(a.lo >= p.lo));
}

static size_t keep_field128(hub_fe128 *v, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_over128(v[i]) == 0)
            v[kept++] = v[i];
    }
    return kept;
}

void hub_xof_next_field128(struct hub_xof *x, hub_fe128 *out, size_t n)
{
    while (n != 0) {
        uint64_t over = 0;

        hub_xof_squeeze_words(x, (uint64_t *)out, 2 * n);
        for (size_t i = 0; i < n; i++)
            over |= (uint64_t)(out[i].hi >= HUB_FIELD128_P.hi); /* then the lower words count too */
        hub_declassify(&over, sizeof(over));
        if (over == 0)
            return;
        size_t kept = keep_field128(out, n);
        out += kept;
        n -= kept;
    }
}

void hub_xof_wipe(struct hub_xof *x)
{
    hub_wipe(x, sizeof(*x));
}
