/* Batches of every tier against plain C, byte by byte: whole batches and batches of all lengths,
 * and with one report that does not decode at each place. */
#include "../unit/vdaf/fixture.h"
#include "tiers.h"

static void set_tier(struct fixture *f, size_t tier)
{
    const struct hub_vdaf_params params = *hub_vdaf_params_of(f->v);

    hub_vdaf_free(f->v);
    free(f->workspace);
    assert_int_equal(hub_vdaf_new_on(&f->v, &params, tier_flags[tier]), HUB_OK);
    f->workspace = NULL;
}

/* Both first steps over n reports, in a workspace of just the length that is asked for. */
static void run(struct fixture *f, size_t n, uint8_t *const verifier_shares[HUB_VDAF_N_SHARES],
                uint8_t *messages)
{
    size_t share_len = hub_vdaf_verifier_share_len(f->v);
    hub_span spans[HUB_VDAF_N_SHARES][FIXTURE_N];
    const hub_span *const shares[HUB_VDAF_N_SHARES] = {spans[0], spans[1]};
    void *workspace = malloc(hub_vdaf_workspace_len(f->v, n));

    assert_non_null(workspace);
    memset(f->verdict, 0, sizeof(f->verdict));
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        memset(f->states[j], 0xee, FIXTURE_N * hub_vdaf_verify_state_len(f->v));
        memset(verifier_shares[j], 0xee, FIXTURE_N * share_len);
        hub_vdaf_verify_init(f->v, workspace, n, j, HUB_SPAN_ARRAY(f->verify_key),
                             HUB_SPAN_ARRAY(f->ctx), f->in[j], f->verdict[j], verifier_shares[j],
                             f->states[j]);
        for (size_t i = 0; i < n; i++)
            spans[j][i] = hub_span_of(verifier_shares[j] + i * share_len, share_len);
    }
    for (size_t i = 0; i < n; i++) {
        if (f->verdict[0][i] != HUB_VDAF_ACCEPTED)
            f->verdict[1][i] = f->verdict[0][i];
    }
    memset(messages, 0xee, FIXTURE_N * HUB_VDAF_VERIFY_KEY_LEN);
    hub_vdaf_verifier_shares_to_message(f->v, workspace, n, HUB_SPAN_ARRAY(f->ctx), shares,
                                        f->verdict[1], messages);
    free(workspace);
}

static void check_tier(const struct hub_vdaf_params *params, size_t tier, size_t n, size_t spoiled)
{
    struct fixture c;
    struct fixture f;
    uint8_t *shares[2][HUB_VDAF_N_SHARES];
    uint8_t messages[2][FIXTURE_N * HUB_VDAF_VERIFY_KEY_LEN];

    fixture_open(&c, params);
    fixture_open(&f, params);
    set_tier(&c, 0);
    set_tier(&f, tier);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        size_t state_len = FIXTURE_N * hub_vdaf_verify_state_len(c.v);
        size_t share_len = FIXTURE_N * hub_vdaf_verifier_share_len(c.v);

        for (unsigned k = 0; k < 2; k++) {
            shares[k][j] = malloc(share_len);
            assert_non_null(shares[k][j]);
        }
        assert_true(state_len != 0);
        if (spoiled < n && spoiled < FIXTURE_N) {
            c.in[j][spoiled].input_share.len--;
            f.in[j][spoiled].input_share.len--;
        }
    }
    run(&c, n, shares[0], messages[0]);
    run(&f, n, shares[1], messages[1]);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        assert_memory_equal(c.states[j], f.states[j], FIXTURE_N * hub_vdaf_verify_state_len(c.v));
        assert_memory_equal(shares[0][j], shares[1][j],
                            FIXTURE_N * hub_vdaf_verifier_share_len(c.v));
        assert_memory_equal(c.verdict[j], f.verdict[j], n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(f.verdict[j][i] != HUB_VDAF_ACCEPTED, i == spoiled);
        free(shares[0][j]);
        free(shares[1][j]);
    }
    assert_memory_equal(messages[0], messages[1], sizeof(messages[0]));
    fixture_close(&c);
    fixture_close(&f);
}

static void tiers_give_the_same_bytes(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TIERS; t++) {
        if (!tier_runs_here(t))
            continue;
        for (size_t k = 0; k < FIXTURE_N_PARAMS; k++) {
            for (size_t n = 1; n <= FIXTURE_N; n++)
                check_tier(&fixture_params[k], t, n, FIXTURE_N);
            for (size_t spoiled = 0; spoiled < FIXTURE_N; spoiled++)
                check_tier(&fixture_params[k], t, FIXTURE_N, spoiled);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiers_give_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
