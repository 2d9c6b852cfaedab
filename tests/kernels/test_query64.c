/* Querying over Field64 in lanes, on every tier, against one report after the other: another report
 * in each lane, of random elements and of extremes, query points that are roots of unity in some
 * lanes, and a redzone behind the verifier. */
#include "tiers.h"
#include "vdaf/flp64_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GUARD = 16 };

static const struct hub_vdaf_params params[] = {
    {.kind = HUB_VDAF_PRIO3_COUNT},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 255},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = (UINT64_C(1) << 63) - 1},
    {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 1,
     .length = 1,
     .chunk_length = 1,
     .n_proofs = 1},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 100,
     .length = 11,
     .chunk_length = 4,
     .n_shares = 5,
     .n_proofs = 1},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 3,
     .length = 2,
     .chunk_length = 9,
     .n_proofs = 1},
};

enum fill { RANDOM, ZEROS, ONES, LARGEST, MIXED, N_FILLS };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed ^ *seed >> 29;
}

static hub_fe64 element(enum fill fill, uint64_t *seed)
{
    if (fill == MIXED)
        fill = (enum fill)(next(seed) >> 40) % MIXED;
    return fill == ZEROS     ? 0
           : fill == ONES    ? 1
           : fill == LARGEST ? HUB_FIELD64_P - 1
                             : next(seed) % HUB_FIELD64_P;
}

static uint64_t *fill_lanes(size_t n, unsigned lanes, enum fill fill, uint64_t *seed)
{
    uint64_t *v = malloc((n * lanes + 1) * sizeof(*v));

    assert_non_null(v);
    for (size_t i = 0; i < n * lanes; i++)
        v[i] = element(fill, seed);
    return v;
}

static uint64_t *row_of(const uint64_t *lanes_of, size_t n, unsigned lanes, unsigned lane)
{
    uint64_t *row = malloc((n + 1) * sizeof(*row));

    assert_non_null(row);
    for (size_t i = 0; i < n; i++)
        row[i] = lanes_of[i * lanes + lane];
    return row;
}

/* Lanes of roots get a point that is one: a different one each. */
static void check(const struct hub_vdaf *v, enum fill fill, unsigned roots, uint64_t *seed)
{
    unsigned lanes = v->field64.lanes;
    size_t n_out = v->verifier_len * lanes;
    uint64_t *meas = fill_lanes(v->meas_len, lanes, fill, seed);
    uint64_t *proof = fill_lanes(v->proof_len, lanes, fill, seed);
    uint64_t *query_rand = fill_lanes(v->query_rand_len, lanes, RANDOM, seed);
    uint64_t *joint_rand = fill_lanes(v->joint_rand_len, lanes, fill, seed);
    uint64_t *out = malloc((n_out + GUARD) * sizeof(*out));
    uint64_t *scratch = malloc(hub_flp64_lanes_scratch_words(v) * sizeof(*scratch));
    uint64_t *scratch_one = malloc(v->scratch_words * sizeof(*scratch_one));
    uint64_t *expected = malloc(v->verifier_len * sizeof(*expected));

    assert_true(out != NULL && scratch != NULL && scratch_one != NULL && expected != NULL);
    roots &= (1U << lanes) - 1;
    for (unsigned l = 0; l < lanes; l++) {
        if ((roots >> l & 1) != 0)
            query_rand[v->point_at * lanes + l] = v->domain64.roots[2 * (l % v->domain64.p)];
    }
    memset(out, 0xa5, (n_out + GUARD) * sizeof(*out));
    assert_int_equal(hub_flp64_query_lanes(v, scratch, out, meas, proof, query_rand, joint_rand),
                     roots);
    for (unsigned l = 0; l < lanes; l++) {
        uint64_t *meas_row = row_of(meas, v->meas_len, lanes, l);
        uint64_t *proof_row = row_of(proof, v->proof_len, lanes, l);
        uint64_t *query_row = row_of(query_rand, v->query_rand_len, lanes, l);
        uint64_t *joint_row = row_of(joint_rand, v->joint_rand_len, lanes, l);

        assert_int_equal(
            hub_flp64_query(v, scratch_one, expected, meas_row, proof_row, query_row, joint_row),
            (roots >> l & 1) == 0);
        for (size_t i = 0; i < v->verifier_len; i++)
            assert_int_equal(out[i * lanes + l], expected[i]);
        free(meas_row);
        free(proof_row);
        free(query_row);
        free(joint_row);
    }
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(out[n_out + i], 0xa5a5a5a5a5a5a5a5U);
    free(meas);
    free(proof);
    free(query_rand);
    free(joint_rand);
    free(out);
    free(scratch);
    free(scratch_one);
    free(expected);
}

static void lanes_are_reports(void **state)
{
    (void)state;
    uint64_t seed = 64;

    for (size_t tier = 0; tier < N_TIERS; tier++) {
        for (size_t k = 0; tier_runs_here(tier) && k < sizeof(params) / sizeof(params[0]); k++) {
            HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;

            assert_int_equal(hub_vdaf_new_on(&v, &params[k], tier_flags[tier]), HUB_OK);
            for (unsigned fill = 0; fill < N_FILLS; fill++) {
                check(v, (enum fill)fill, 0, &seed);
                check(v, (enum fill)fill, 0xff, &seed);
                check(v, (enum fill)fill, 1U << fill | 0x80, &seed);
            }
            for (unsigned i = 0; i < 10; i++)
                check(v, RANDOM, 0, &seed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_reports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
