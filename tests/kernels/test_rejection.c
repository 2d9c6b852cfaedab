/* Seeds in whose stream a word is no element of Field64, which by chance one word in 2^32 is: the
 * lane that skips it gets its next word, the others stay in step. On every tier, with such a seed
 * in each place of a batch, against plain C one by one; and the reports verify. */
#include "tiers.h"

#include "field/field64.h"
#include "vdaf/vdaf.h"
#include "xof/turboshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 17, BITS = 63, PROOF_LEN = 128, RAND_LEN = 64, MEASUREMENT = 1000003 };

static const struct hub_vdaf_params params = {.kind = HUB_VDAF_PRIO3_SUM,
                                              .max_measurement = INT64_MAX};
static const char ctx[] = "hubbub";

/* Found by trying: the seed is this number, little-endian, and zeros. */
struct rejecting {
    uint64_t seed;
    uint8_t usage; /* of the helper's stream: 1 its measurement share, 2 its proof share */
    size_t element;
};
static const struct rejecting rejecting[] = {
    {274677794, 1, 25}, {420751415, 1, 28}, {243226, 2, 47}};
enum { N_REJECTING = sizeof(rejecting) / sizeof(rejecting[0]) };

static void write_seed(uint8_t out[32], uint64_t number)
{
    memset(out, 0, 32);
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> 8 * i);
}

/* That the seeds are what they are said to be. */
static void the_word_is_no_element(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_REJECTING; k++) {
        const uint8_t tag[8] = {18, 0, 0, 0, 0, 2, 0, rejecting[k].usage};
        const uint8_t binder[2] = {1, 1};
        struct hub_xof x;
        uint8_t seed[32];
        uint64_t words[PROOF_LEN];

        write_seed(seed, rejecting[k].seed);
        hub_xof_init(&x, HUB_SPAN_ARRAY(seed), HUB_SPAN_ARRAY(tag), hub_span_text(ctx));
        hub_xof_absorb(&x, hub_span_of(binder, rejecting[k].usage));
        hub_xof_squeeze_words(&x, words, PROOF_LEN);
        for (size_t i = 0; i < (rejecting[k].usage == 1 ? BITS : PROOF_LEN); i++)
            assert_int_equal(words[i] >= HUB_FIELD64_P, i == rejecting[k].element);
    }
}

struct batch {
    struct hub_vdaf *v;
    uint8_t nonces[N][HUB_VDAF_NONCE_LEN];
    struct hub_shares shares[N];
    struct hub_verify_in in[HUB_VDAF_N_SHARES][N];
    uint8_t *rows[HUB_VDAF_N_SHARES];
    uint8_t *states[HUB_VDAF_N_SHARES];
};

/* Report at has a seed with a rejection, the others have none; at N: all have. */
static void open_batch(struct batch *b, unsigned cpu, size_t at, size_t k)
{
    memset(b, 0, sizeof(*b));
    assert_int_equal(hub_vdaf_new_on(&b->v, &params, cpu), HUB_OK);
    for (size_t i = 0; i < N; i++) {
        const struct hub_measurement m = {.number = MEASUREMENT * (i + 1)};
        uint8_t rand[RAND_LEN];
        bool rejects = at == N || i == at;

        assert_int_equal(hub_vdaf_rand_len(b->v), RAND_LEN);
        memset(rand, (int)(i + 3), sizeof(rand));
        if (rejects)
            write_seed(rand, rejecting[at == N ? i % N_REJECTING : k].seed);
        memset(b->nonces[i], (int)(i + 90), HUB_VDAF_NONCE_LEN);
        assert_int_equal(hub_vdaf_shard(b->v, &b->shares[i], &m, HUB_SPAN_ARRAY(b->nonces[i]),
                                        HUB_SPAN_ARRAY(rand), hub_span_text(ctx)),
                         HUB_OK);
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
            b->in[j][i] = (struct hub_verify_in){b->nonces[i], HUB_SPAN_EMPTY,
                                                 hub_buf_span(&b->shares[i].input_shares[j])};
    }
}

/* In groups of size: all at once, or each alone. */
static void verify(struct batch *b, size_t size)
{
    static const uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN] = {77};
    size_t share_len = hub_vdaf_verifier_share_len(b->v);
    size_t state_len = hub_vdaf_verify_state_len(b->v);
    uint8_t *workspace = malloc(hub_vdaf_workspace_len(b->v, size));
    uint8_t verdict[N] = {0};
    hub_span spans[HUB_VDAF_N_SHARES][N];
    const hub_span *const shares[HUB_VDAF_N_SHARES] = {spans[0], spans[1]};

    assert_non_null(workspace);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        b->rows[j] = calloc(N, share_len);
        b->states[j] = calloc(N, state_len);
        assert_true(b->rows[j] != NULL && b->states[j] != NULL);
        for (size_t i = 0; i < N; i += size)
            hub_vdaf_verify_init(b->v, workspace, size, j, HUB_SPAN_ARRAY(verify_key),
                                 hub_span_text(ctx), b->in[j] + i, verdict + i,
                                 b->rows[j] + i * share_len, b->states[j] + i * state_len);
        for (size_t i = 0; i < N; i++)
            spans[j][i] = hub_span_of(b->rows[j] + i * share_len, share_len);
    }
    hub_vdaf_verifier_shares_to_message(b->v, workspace, size, hub_span_text(ctx), shares, verdict,
                                        NULL);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(verdict[i], HUB_VDAF_ACCEPTED);
    free(workspace);
}

static void close_batch(struct batch *b)
{
    for (size_t i = 0; i < N; i++)
        hub_shares_wipe(&b->shares[i]);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        free(b->rows[j]);
        free(b->states[j]);
    }
    hub_vdaf_free(b->v);
}

static void check_batch(unsigned cpu, size_t at, size_t k)
{
    struct batch plain;
    struct batch lanes;

    open_batch(&plain, 0, at, k);
    open_batch(&lanes, cpu, at, k);
    verify(&plain, 1);
    verify(&lanes, N);
    for (size_t i = 0; i < N; i++) {
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
            assert_true(hub_span_equal_var(plain.in[j][i].input_share, lanes.in[j][i].input_share));
    }
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        assert_memory_equal(plain.rows[j], lanes.rows[j], N * hub_vdaf_verifier_share_len(plain.v));
        assert_memory_equal(plain.states[j], lanes.states[j],
                            N * hub_vdaf_verify_state_len(plain.v));
    }
    close_batch(&plain);
    close_batch(&lanes);
}

static void lanes_do_not_drift(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TIERS; t++) {
        if (!tier_runs_here(t))
            continue;
        for (size_t at = 0; at <= N; at++) {
            for (size_t k = 0; k < N_REJECTING; k++)
                check_batch(tier_flags[t], at, k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_is_no_element),
        cmocka_unit_test(lanes_do_not_drift),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
