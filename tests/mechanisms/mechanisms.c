/* Mechanisms that no installed program may have. */
#include "mechanisms.h"

#include <string.h>

#define NAME_PREFIX "test mechanism: "

static hub_status draw(int64_t *out, size_t n, uint64_t sigma2, const struct hub_rng *rng)
{
    return hub_mechanism_sample(hub_mechanism_discrete_gaussian(), out, n, sigma2, rng);
}

static hub_status none(const struct hub_mechanism *self, int64_t *out, size_t n, uint64_t sigma2,
                       const struct hub_rng *rng)
{
    (void)self;
    (void)sigma2;
    (void)rng;
    memset(out, 0, n * sizeof(*out));
    return HUB_OK;
}

static hub_status half_variance(const struct hub_mechanism *self, int64_t *out, size_t n,
                                uint64_t sigma2, const struct hub_rng *rng)
{
    (void)self;
    return draw(out, n, sigma2 / 2 + sigma2 % 2, rng);
}

static hub_status double_variance(const struct hub_mechanism *self, int64_t *out, size_t n,
                                  uint64_t sigma2, const struct hub_rng *rng)
{
    (void)self;
    return draw(out, n, 2 * sigma2, rng);
}

static hub_status root(const struct hub_mechanism *self, int64_t *out, size_t n, uint64_t sigma2,
                       const struct hub_rng *rng)
{
    uint64_t sigma = 1;

    (void)self;
    while ((sigma + 1) * (sigma + 1) <= sigma2)
        sigma++;
    return draw(out, n, sigma, rng);
}

static hub_status one_draw(const struct hub_mechanism *self, int64_t *out, size_t n,
                           uint64_t sigma2, const struct hub_rng *rng)
{
    (void)self;
    HUB_TRY(draw(out, 1, sigma2, rng));
    for (size_t i = 1; i < n; i++)
        out[i] = out[0];
    return HUB_OK;
}

static hub_status first_cell(const struct hub_mechanism *self, int64_t *out, size_t n,
                             uint64_t sigma2, const struct hub_rng *rng)
{
    (void)self;
    HUB_TRY(draw(out, 1, sigma2, rng));
    memset(out + 1, 0, (n - 1) * sizeof(*out));
    return HUB_OK;
}

static hub_status failing(const struct hub_mechanism *self, int64_t *out, size_t n, uint64_t sigma2,
                          const struct hub_rng *rng)
{
    (void)self;
    (void)out;
    (void)n;
    (void)sigma2;
    (void)rng;
    return HUB_E_RANDOM;
}

enum { NONE, HALF, DOUBLE, ROOT, ONE_DRAW, FIRST_CELL, FAILING, N_MECHANISMS };

static const struct hub_mechanism mechanisms[N_MECHANISMS] = {
    [NONE] = {NAME_PREFIX "none", none},
    [HALF] = {NAME_PREFIX "half-variance", half_variance},
    [DOUBLE] = {NAME_PREFIX "double-variance", double_variance},
    [ROOT] = {NAME_PREFIX "root", root},
    [ONE_DRAW] = {NAME_PREFIX "one-draw", one_draw},
    [FIRST_CELL] = {NAME_PREFIX "first-cell", first_cell},
    [FAILING] = {NAME_PREFIX "failing", failing},
};

const struct hub_mechanism *hub_test_mechanism_none(void)
{
    return &mechanisms[NONE];
}

const struct hub_mechanism *hub_test_mechanism_half_variance(void)
{
    return &mechanisms[HALF];
}

const struct hub_mechanism *hub_test_mechanism_double_variance(void)
{
    return &mechanisms[DOUBLE];
}

const struct hub_mechanism *hub_test_mechanism_root(void)
{
    return &mechanisms[ROOT];
}

const struct hub_mechanism *hub_test_mechanism_one_draw(void)
{
    return &mechanisms[ONE_DRAW];
}

const struct hub_mechanism *hub_test_mechanism_first_cell(void)
{
    return &mechanisms[FIRST_CELL];
}

const struct hub_mechanism *hub_test_mechanism_failing(void)
{
    return &mechanisms[FAILING];
}

const struct hub_mechanism *hub_test_mechanism_by_name(const char *name)
{
    const struct hub_mechanism *const right = hub_mechanism_discrete_gaussian();

    if (strcmp(name, right->name) == 0)
        return right;
    for (size_t i = 0; i < N_MECHANISMS; i++) {
        if (strcmp(name, mechanisms[i].name + strlen(NAME_PREFIX)) == 0)
            return &mechanisms[i];
    }
    return NULL;
}
