/* Sharding on every tier against plain C, byte by byte: all kinds, contexts of every length up to
 * two blocks, so that streams begin anywhere in theirs, two aggregators and three, and a stream
 * that holds a word that is no element. Workspaces are full of ones at first. */
#include "../unit/vdaf/fixture.h"
#include "tiers.h"
#include "vdaf/prio3_shard_internal.h"

enum { CTX_MAX = 2 * HUB_TURBOSHAKE128_RATE, N_SHARES_MAX = 3, SEED_MAX = 2 * N_SHARES_MAX };

struct made {
    uint8_t *public_share;
    uint8_t *input_shares[N_SHARES_MAX];
};

static uint8_t *copy_of_twos(size_t n)
{
    uint8_t *p = malloc(n + 1);

    assert_non_null(p);
    memset(p, 2, n + 1);
    return p;
}

static void shard(struct made *out, const struct hub_vdaf_params *params, unsigned cpu,
                  const struct hub_measurement *m, hub_span rand, hub_span ctx)
{
    const uint8_t nonce[HUB_VDAF_NONCE_LEN] = {1, 2, 3};
    struct hub_vdaf *v = NULL;

    assert_int_equal(hub_vdaf_new_on(&v, params, cpu), HUB_OK);
    size_t workspace_len = hub_vdaf_workspace_len(v, 1);
    void *workspace = malloc(workspace_len);
    assert_non_null(workspace);
    memset(workspace, 0xff, workspace_len);
    out->public_share = copy_of_twos(hub_vdaf_public_share_len(v));
    for (unsigned j = 0; j < hub_vdaf_n_shares(v); j++)
        out->input_shares[j] = copy_of_twos(hub_vdaf_input_share_len(v, j));
    assert_int_equal(hub_vdaf_shard_into(v, workspace, out->public_share, out->input_shares, m,
                                         HUB_SPAN_ARRAY(nonce),
                                         hub_span_of(rand.ptr, hub_vdaf_rand_len(v)), ctx),
                     HUB_OK);
    free(workspace);
    hub_vdaf_free(v);
}

static void check(const struct hub_vdaf_params *params, const struct hub_measurement *m,
                  hub_span rand, hub_span ctx)
{
    struct hub_vdaf *v = NULL;
    struct made expected;

    assert_int_equal(hub_vdaf_new_on(&v, params, 0), HUB_OK);
    shard(&expected, params, 0, m, rand, ctx);
    for (size_t t = 1; t < N_TIERS; t++) {
        struct made out;

        if (!tier_runs_here(t))
            continue;
        shard(&out, params, tier_flags[t], m, rand, ctx);
        /* with the byte behind */
        assert_memory_equal(out.public_share, expected.public_share,
                            hub_vdaf_public_share_len(v) + 1);
        free(out.public_share);
        for (unsigned j = 0; j < hub_vdaf_n_shares(v); j++) {
            assert_memory_equal(out.input_shares[j], expected.input_shares[j],
                                hub_vdaf_input_share_len(v, j) + 1);
            free(out.input_shares[j]);
        }
    }
    free(expected.public_share);
    for (unsigned j = 0; j < hub_vdaf_n_shares(v); j++)
        free(expected.input_shares[j]);
    hub_vdaf_free(v);
}

static void check_contexts(struct hub_vdaf_params params, unsigned n_shares, size_t step)
{
    struct fixture f = {0};
    uint8_t ctx[CTX_MAX];
    uint8_t rand[SEED_MAX * HUB_PRIO3_SEED_LEN];

    params.n_shares = n_shares;
    for (size_t i = 0; i < sizeof(ctx); i++)
        ctx[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t i = 0; i < sizeof(rand); i++)
        rand[i] = (uint8_t)(i * 11 + i / 31);
    for (size_t len = 0; len <= CTX_MAX; len += step) {
        fixture_measure(&f, &params, len % FIXTURE_N);
        rand[0] = (uint8_t)len;
        check(&params, &f.measurements[len % FIXTURE_N], HUB_SPAN_ARRAY(rand),
              hub_span_of(ctx, len));
    }
}

static void tiers_agree(void **state)
{
    const struct hub_vdaf_params long_ones[] = {
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 400, .chunk_length = 20},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4, .chunk_length = 100}, /* a long proof */
    };

    (void)state;
    for (size_t i = 0; i < FIXTURE_N_PARAMS; i++) {
        check_contexts(fixture_params[i], 2, 1);
        check_contexts(fixture_params[i], 3, 47);
    }
    check_contexts(long_ones[0], 2, 5);
    check_contexts(long_ones[1], 2, 5);
}

/* Of some ninety million seeds this is the first whose measurement share's first block has a word
 * that is not below p: the seventh. All streams are then made one by one. */
static void a_word_is_skipped(void **state)
{
    const struct hub_vdaf_params params = {.kind = HUB_VDAF_PRIO3_SUM,
                                           .max_measurement = (UINT64_C(1) << 21) - 1};
    const struct hub_measurement m = {.number = 1234567};
    uint8_t rand[SEED_MAX * HUB_PRIO3_SEED_LEN] = {0};
    uint64_t share[21];
    struct hub_vdaf *v = NULL;
    struct hub_xof x;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        rand[i] = (uint8_t)(UINT64_C(94217705) >> (8 * i));
    assert_int_equal(hub_vdaf_new(&v, &params), HUB_OK);
    hub_prio3_meas_share_xof(v, &x, HUB_VDAF_HELPER, hub_span_of(rand, HUB_PRIO3_SEED_LEN),
                             HUB_SPAN_EMPTY);
    hub_xof_squeeze_words(&x, share, 21);
    assert_true(share[6] >= HUB_FIELD64_P);
    assert_false(hub_prio3_are_elements(v, share, 21));
    hub_vdaf_free(v);
    check(&params, &m, HUB_SPAN_ARRAY(rand), HUB_SPAN_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiers_agree),
        cmocka_unit_test(a_word_is_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
