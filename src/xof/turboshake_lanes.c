/* XofTurboShake128 in lanes (VDAF draft-20, section "XofTurboShake128"). */
#include "xof/turboshake_lanes.h"

#include "base/declassify.h"
#include "field/field64.h"

#include <assert.h>

void hub_xof_lanes_begin(struct hub_xof_lanes *x, const struct hub_keccak_kernels *kernels,
                         const struct hub_xof *beginning)
{
    assert(!beginning->squeezing);
    hub_turboshake128_lanes_spread(&x->sponge, kernels, &beginning->sponge);
    x->squeezing = false;
}

void hub_xof_lanes_init(struct hub_xof_lanes *x, const struct hub_keccak_kernels *kernels,
                        const uint8_t *const *seeds, size_t seed_len, hub_span dst,
                        hub_span context)
{
    struct hub_xof beginning;

    hub_xof_begin(&beginning, seed_len, dst, context);
    hub_xof_lanes_begin(x, kernels, &beginning);
    hub_turboshake128_lanes_absorb_each(&x->sponge, seeds, seed_len);
}

void hub_xof_lanes_absorb(struct hub_xof_lanes *x, hub_span binder)
{
    assert(!x->squeezing);
    hub_turboshake128_lanes_absorb(&x->sponge, binder);
}

void hub_xof_lanes_absorb_each(struct hub_xof_lanes *x, const uint8_t *const *bytes, size_t n)
{
    assert(!x->squeezing);
    hub_turboshake128_lanes_absorb_each(&x->sponge, bytes, n);
}

void hub_xof_lanes_absorb_words(struct hub_xof_lanes *x, const uint64_t *words, size_t n)
{
    assert(!x->squeezing);
    hub_turboshake128_lanes_absorb_words(&x->sponge, words, n);
}

void hub_xof_lanes_squeeze_words(struct hub_xof_lanes *x, uint64_t *words, size_t n)
{
    if (!x->squeezing)
        hub_turboshake128_lanes_finish(&x->sponge, 1);
    x->squeezing = true;
    hub_turboshake128_lanes_squeeze_words(&x->sponge, words, n);
}

/* Moves the elements of one lane that are below p to its front and takes the missing ones from the
 * stream, which goes on for this lane alone. words: of an element. */
static void refill(const struct hub_xof_lanes *x, uint64_t *out, size_t n, unsigned lane,
                   size_t words)
{
    HUB_CLEANUP(hub_xof_wipe) struct hub_xof rest = {.squeezing = true};
    size_t step = words * x->sponge.kernels->lanes;
    size_t high = step - x->sponge.kernels->lanes; /* from the first word to the last one */
    uint64_t *to = out + lane;

    hub_turboshake128_lanes_extract(&rest.sponge, &x->sponge, lane);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *from = out + lane + i * step;
        bool over = words == 1 ? *from >= HUB_FIELD64_P
                               : hub_fe128_u128((hub_fe128){from[0], from[high]}) >=
                                     hub_fe128_u128(HUB_FIELD128_P);

        if (over)
            continue;
        to[high] = from[high];
        to[0] = from[0];
        to += step;
    }
    for (; to != out + lane + n * step; to += step) {
        if (words == 1) {
            hub_xof_next_field64(&rest, to, 1);
        } else {
            hub_fe128 element;

            hub_xof_next_field128(&rest, &element, 1);
            to[0] = element.lo;
            to[high] = element.hi;
        }
    }
}

static void refill_all(const struct hub_xof_lanes *x, uint64_t *out, size_t n, size_t words)
{
    for (unsigned l = 0; l < x->sponge.kernels->lanes; l++)
        refill(x, out, n, l, words);
}

/* The words of elements. An element that is not below p has its last word at 2^64 - slack or above:
 * not 0 if there is such a word. What else has one, refilling finds to be good. */
static uint64_t squeeze_elements(struct hub_xof_lanes *x, uint64_t *out, size_t n_words,
                                 uint64_t slack, struct hub_xof_lanes *to)
{
    uint64_t over;

    if (!x->squeezing)
        hub_turboshake128_lanes_finish(&x->sponge, 1);
    x->squeezing = true;
    over = hub_turboshake128_lanes_squeeze_below(&x->sponge, out, n_words, slack,
                                                 to != NULL ? &to->sponge : NULL);
    hub_declassify(&over, sizeof(over));
    return over;
}

/* The copy of to is made, and wiped, only where there is one: it is as large as many a vector. */
static void last_vec_absorbed(struct hub_xof_lanes *x, uint64_t *out, size_t n, size_t words,
                              uint64_t slack, struct hub_xof_lanes *to)
{
    HUB_CLEANUP(hub_xof_lanes_wipe) struct hub_xof_lanes before = *to;

    if (squeeze_elements(x, out, n * words, slack, to) == 0)
        return;
    refill_all(x, out, n, words);
    *to = before;
    hub_xof_lanes_absorb_words(to, out, n * words);
}

/* The last n elements, of words words each. */
static void last_vec(struct hub_xof_lanes *x, uint64_t *out, size_t n, size_t words, uint64_t slack,
                     struct hub_xof_lanes *to)
{
    if (to != NULL)
        last_vec_absorbed(x, out, n, words, slack, to);
    else if (squeeze_elements(x, out, n * words, slack, NULL) != 0)
        refill_all(x, out, n, words);
}

void hub_xof_lanes_last_field64(struct hub_xof_lanes *x, uint64_t *out, size_t n,
                                struct hub_xof_lanes *to)
{
    last_vec(x, out, n, 1, -HUB_FIELD64_P, to);
}

void hub_xof_lanes_last_field128(struct hub_xof_lanes *x, uint64_t *out, size_t n,
                                 struct hub_xof_lanes *to)
{
    last_vec(x, out, n, 2, -HUB_FIELD128_P.hi, to);
}

void hub_xof_lanes_wipe(struct hub_xof_lanes *x)
{
    hub_wipe(x, sizeof(*x));
}
