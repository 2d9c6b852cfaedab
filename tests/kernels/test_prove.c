/* Proofs over Field128 by pairs of calls, on every tier, against wire by wire, word by word:
 * measurements of zeros, ones and both, seeds and joint randomness random and extreme, chunks that
 * are cut short, few calls and many. Scratch is full of ones at first; redzones stand behind it and
 * behind the proof.
 */
#include "tiers.h"
#include "vdaf/flp128_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GUARD = 16 };
static const uint64_t ONES = UINT64_MAX;

static const struct hub_vdaf_params params[] = {
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1, .chunk_length = 5},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 2, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 3, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 101, .chunk_length = 10},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 150, .chunk_length = 10},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 255, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 509, .chunk_length = 2},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 256, .chunk_length = 1},
    /* columns of the kernel full to the brim, then a chunk beyond it */
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8192, .chunk_length = 4096},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8192, .chunk_length = 4097},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .length = 30, .max_measurement = 1000, .chunk_length = 9},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 50, .max_weight = 5, .chunk_length = 7},
};

enum fill { RANDOM, ZEROS, LARGEST, N_FILLS };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed ^ *seed >> 29;
}

static uint64_t *vector(size_t n, enum fill fill, uint64_t *seed)
{
    hub_fe128 *v = malloc(n * sizeof(*v) + 1);

    assert_non_null(v);
    for (size_t i = 0; i < n; i++) {
        v[i] = (hub_fe128){next(seed), next(seed) >> 1};
        if (fill != RANDOM && i % 4 != 0)
            v[i] = fill == ZEROS ? HUB_FE128_ZERO : hub_fe128_neg(HUB_FE128_ONE);
    }
    return (uint64_t *)(void *)v;
}

static uint64_t *full_of_ones(size_t words)
{
    uint64_t *v = malloc((words + GUARD) * sizeof(*v));

    assert_non_null(v);
    memset(v, 0xff, (words + GUARD) * sizeof(*v));
    return v;
}

static void guard_stands(const uint64_t *behind)
{
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(behind[i], ONES);
}

/* bits: 0, 1, or 2 for both. */
static void check(const struct hub_vdaf *v, enum fill fill, unsigned bits, uint64_t *seed)
{
    size_t wires_words = hub_flp128_wires_words(v);
    uint64_t *scratch = full_of_ones(v->scratch_words);
    uint64_t *wires = full_of_ones(wires_words);
    uint64_t *proof = full_of_ones(2 * v->proof_len);
    uint64_t *expected = full_of_ones(2 * v->proof_len);
    uint64_t *meas = vector(v->meas_len, RANDOM, seed);
    uint64_t *prove_rand = vector(v->prove_rand_len, fill, seed);
    uint64_t *joint_rand = vector(v->joint_rand_len, fill, seed);

    for (size_t i = 0; i < v->meas_len; i++)
        hub_fe128_view(meas)[i] = HUB_FE128_OF(bits == 2 ? next(seed) >> 40 & 1 : bits);
    hub_flp128_prove(v, scratch, proof, meas, prove_rand, joint_rand);
    hub_flp128_prove_wires(v, wires, expected, meas, prove_rand, joint_rand);
    assert_memory_equal(proof, expected, v->proof_len * sizeof(hub_fe128));
    guard_stands(proof + 2 * v->proof_len);
    guard_stands(scratch + v->scratch_words);
    guard_stands(wires + wires_words);
    free(joint_rand);
    free(prove_rand);
    free(meas);
    free(expected);
    free(proof);
    free(wires);
    free(scratch);
}

static void both_ways_agree(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < N_TIERS * sizeof(params) / sizeof(params[0]); i++) {
        struct hub_vdaf *v = NULL;

        if (!tier_runs_here(i % N_TIERS))
            continue;
        assert_int_equal(hub_vdaf_new_on(&v, &params[i / N_TIERS], tier_flags[i % N_TIERS]),
                         HUB_OK);
        for (unsigned fill = 0; fill < N_FILLS; fill++) {
            for (unsigned bits = 0; bits < 3; bits++)
                check(v, (enum fill)fill, bits, &seed);
        }
        hub_vdaf_free(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways_agree)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
