/* Querying several reports at once over Field128 against one by one, on every tier: another report
 * in each lane, of random elements and of extremes; so many calls that columns overflow unless they
 * are settled (a build with -Dverify=true says where); query points that are roots of unity in some
 * lanes; a redzone behind the verifier. */
#include "tiers.h"
#include "vdaf/flp128_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GUARD = 16 };

static const struct hub_vdaf_params params[] = {
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 101, .chunk_length = 10},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1100, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1030, .chunk_length = 33},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 3, .chunk_length = 7},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 5, .chunk_length = 2, .n_shares = 5},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .length = 30, .max_measurement = 1000, .chunk_length = 9},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .length = 40, .max_measurement = 255, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 50, .max_weight = 5, .chunk_length = 7},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 9, .max_weight = 9, .chunk_length = 3},
};

enum fill { RANDOM, ZEROS, ONES, LARGEST, MIXED, N_FILLS };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed ^ *seed >> 29;
}

static hub_fe128 element(enum fill fill, uint64_t *seed)
{
    hub_fe128 random = {next(seed), next(seed) >> 1};

    if (fill == MIXED)
        fill = (enum fill)(next(seed) >> 40) % MIXED;
    switch (fill) {
    case ZEROS:
        return HUB_FE128_ZERO;
    case ONES:
        return HUB_FE128_ONE;
    case LARGEST:
        return hub_fe128_neg(HUB_FE128_ONE);
    case RANDOM:
    case MIXED:
    case N_FILLS:
        break;
    }
    return random;
}

struct vectors {
    hub_fe128 *rows[HUB_KECCAK_LANES_MAX];
    uint64_t *lanes;
};

static void fill_vectors(struct vectors *s, size_t n_lanes, size_t n, enum fill fill,
                         uint64_t *seed)
{
    s->lanes = malloc(n * n_lanes * sizeof(hub_fe128) + 1);
    assert_non_null(s->lanes);
    for (size_t l = 0; l < n_lanes; l++) {
        s->rows[l] = malloc(n * sizeof(hub_fe128) + 1);
        assert_non_null(s->rows[l]);
        for (size_t i = 0; i < n; i++)
            s->rows[l][i] = element(fill, seed);
    }
}

static void transpose(struct vectors *s, size_t n_lanes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t l = 0; l < n_lanes; l++) {
            s->lanes[2 * i * n_lanes + l] = s->rows[l][i].lo;
            s->lanes[(2 * i + 1) * n_lanes + l] = s->rows[l][i].hi;
        }
    }
}

static void free_vectors(struct vectors *s, size_t n_lanes)
{
    for (size_t l = 0; l < n_lanes; l++)
        free(s->rows[l]);
    free(s->lanes);
}

/* Lanes of roots get a point that is one: a different one each. */
static void check(const struct hub_vdaf *v, enum fill fill, unsigned roots, uint64_t *seed)
{
    size_t n_lanes = v->keccak.lanes;
    size_t n_out = 2 * n_lanes * v->verifier_len;
    size_t scratch_words =
        v->scratch_words > v->lanes_scratch_words ? v->scratch_words : v->lanes_scratch_words;
    uint64_t *scratch = aligned_alloc(64, (scratch_words / 8 + 1) * 64);
    uint64_t *out = malloc(sizeof(uint64_t) * (n_out + GUARD));
    hub_fe128 *expected = malloc(v->verifier_len * sizeof(hub_fe128));
    struct vectors meas;
    struct vectors proof;
    struct vectors query_rand;
    struct vectors joint_rand;

    assert_true(scratch != NULL && out != NULL && expected != NULL);
    fill_vectors(&meas, n_lanes, v->meas_len, fill, seed);
    fill_vectors(&proof, n_lanes, v->proof_len, fill, seed);
    fill_vectors(&query_rand, n_lanes, v->query_rand_len, RANDOM, seed);
    fill_vectors(&joint_rand, n_lanes, v->joint_rand_len, fill, seed);
    for (size_t l = 0; l < n_lanes; l++) {
        if ((roots >> l & 1) != 0)
            query_rand.rows[l][v->query_rand_len - 1] =
                hub_fe128_scale(HUB_FE128_ONE, v->domain128.roots[2 * (l % v->domain128.p)]);
    }
    transpose(&meas, n_lanes, v->meas_len);
    transpose(&proof, n_lanes, v->proof_len);
    transpose(&query_rand, n_lanes, v->query_rand_len);
    transpose(&joint_rand, n_lanes, v->joint_rand_len);
    memset(out, 0xa5, sizeof(uint64_t) * (n_out + GUARD));
    assert_int_equal(v->query_lanes(v, scratch, out, meas.lanes, proof.lanes, query_rand.lanes,
                                    joint_rand.lanes),
                     roots);
    for (size_t l = 0; l < n_lanes; l++) {
        bool is_good = hub_flp128_query(
            v, scratch, (uint64_t *)(void *)expected, (const uint64_t *)(void *)meas.rows[l],
            (const uint64_t *)(void *)proof.rows[l], (const uint64_t *)(void *)query_rand.rows[l],
            (const uint64_t *)(void *)joint_rand.rows[l]);

        assert_int_equal(is_good, (roots >> l & 1) == 0);
        for (size_t i = 0; i < v->verifier_len; i++) {
            assert_int_equal(out[2 * i * n_lanes + l], expected[i].lo);
            assert_int_equal(out[(2 * i + 1) * n_lanes + l], expected[i].hi);
        }
    }
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(out[n_out + i], 0xa5a5a5a5a5a5a5a5U);
    free_vectors(&meas, n_lanes);
    free_vectors(&proof, n_lanes);
    free_vectors(&query_rand, n_lanes);
    free_vectors(&joint_rand, n_lanes);
    free(scratch);
    free(out);
    free(expected);
}

static void lanes_are_reports(void **state)
{
    (void)state;
    uint64_t seed = 20;

    for (size_t t = 0; t < N_TIERS; t++) {
        for (size_t k = 0; k < sizeof(params) / sizeof(params[0]); k++) {
            HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;

            if (!tier_runs_here(t))
                continue;
            assert_int_equal(hub_vdaf_new_on(&v, &params[k], tier_flags[t]), HUB_OK);
            if (v->query_lanes == NULL) {
                assert_int_equal(v->keccak.lanes, 1); /* plain C */
                continue;
            }
            const unsigned all = (1U << v->keccak.lanes) - 1;
            for (unsigned fill = 0; fill < N_FILLS; fill++) {
                check(v, (enum fill)fill, 0, &seed);
                check(v, (enum fill)fill, all, &seed);
                check(v, (enum fill)fill, (1U << fill | 0x80) & all, &seed);
            }
            for (unsigned i = 0; i < 20; i++)
                check(v, RANDOM, 0, &seed);
        }
    }
}

/* What twenty thousand calls add to a column has more than 64 bits. */
static void long_sums_are_settled(void **state)
{
    (void)state;
    const struct hub_vdaf_params many = {
        .kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 20000, .chunk_length = 1};
    uint64_t seed = 21;

    for (size_t t = 1; t < N_TIERS; t++) {
        HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;

        if (!tier_runs_here(t))
            continue;
        assert_int_equal(hub_vdaf_new_on(&v, &many, tier_flags[t]), HUB_OK);
        check(v, LARGEST, 0, &seed);
        check(v, RANDOM, 0, &seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_reports),
        cmocka_unit_test(long_sums_are_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
