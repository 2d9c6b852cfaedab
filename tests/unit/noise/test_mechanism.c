/* The mechanism that is passed in: a fresh seed for each vector, and no noise without randomness.
 */
#include "noise/mechanism.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct chance {
    unsigned calls;
    unsigned fails_at; /* the call that fails; 0: none */
    size_t bytes;
};

static hub_status fill(void *self, uint8_t *out, size_t n)
{
    struct chance *const c = self;

    c->calls++;
    c->bytes += n;
    if (c->calls == c->fails_at)
        return HUB_E_RANDOM;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(c->calls * 31 + i);
    return HUB_OK;
}

static void one_seed_a_vector(void **state)
{
    (void)state;
    const struct hub_mechanism *const m = hub_mechanism_discrete_gaussian();
    struct chance chance = {0};
    const struct hub_rng rng = {fill, &chance};
    int64_t first[100];
    int64_t second[100];
    int64_t want[100];
    uint8_t seed[HUB_NOISE_SEED_LEN];

    assert_string_equal(m->name, "discrete-gaussian");
    assert_int_equal(hub_mechanism_sample(m, first, 100, 1024, &rng), HUB_OK);
    assert_int_equal(hub_mechanism_sample(m, second, 100, 1024, &rng), HUB_OK);
    assert_int_equal(chance.calls, 2);
    assert_int_equal(chance.bytes, 2 * HUB_NOISE_SEED_LEN);
    assert_memory_not_equal(first, second, sizeof(first));
    chance = (struct chance){0};
    assert_int_equal(fill(&chance, seed, sizeof(seed)), HUB_OK);
    assert_int_equal(hub_discrete_gaussian(want, 100, 1024, seed, NULL), HUB_OK);
    assert_memory_equal(first, want, sizeof(want));
}

static void no_randomness_no_noise(void **state)
{
    (void)state;
    const struct hub_mechanism *const m = hub_mechanism_discrete_gaussian();
    struct chance chance = {.fails_at = 1};
    const struct hub_rng rng = {fill, &chance};
    int64_t out[3] = {11, 12, 13};
    const int64_t before[3] = {11, 12, 13};

    assert_int_equal(hub_mechanism_sample(m, out, 3, 1024, &rng), HUB_E_RANDOM);
    assert_memory_equal(out, before, sizeof(out));
}

static void arguments(void **state)
{
    (void)state;
    const struct hub_mechanism *const m = hub_mechanism_discrete_gaussian();
    struct chance chance = {0};
    const struct hub_rng rng = {fill, &chance};
    int64_t out[1];

    assert_int_equal(hub_mechanism_sample(m, out, 0, 1024, &rng), HUB_E_ARGUMENT);
    assert_int_equal(hub_mechanism_sample(m, out, 1, 0, &rng), HUB_E_ARGUMENT);
    assert_int_equal(hub_mechanism_sample(m, out, 1, HUB_NOISE_SIGMA2_MAX + 1, &rng),
                     HUB_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_a_vector),
        cmocka_unit_test(no_randomness_no_noise),
        cmocka_unit_test(arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
