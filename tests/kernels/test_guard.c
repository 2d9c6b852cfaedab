/* Every step of Prio3 on every tier, with every buffer that it is given against a page that is
 * closed: inputs and outputs to the byte, the workspace of just the length that is asked for,
 * behind one and before one; batches of 0 to 17, at odd addresses, with reports that are to be
 * skipped. What comes out is what plain C makes of each report alone. */
#include "fence.h"
#include "tiers.h"

#include "vdaf/agg_share.h"
#include "vdaf/ping_pong.h"

#include <stdlib.h>

enum { N_MAX = 17, ELEMENTS_MAX = 64, CTX_LEN = 38, SHIFT_MAX = 16 };

static const struct hub_vdaf_params params[] = {
    {.kind = HUB_VDAF_PRIO3_COUNT},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1000},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = INT64_MAX},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 6, .length = 5, .chunk_length = 4},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = UINT64_MAX, .length = 2, .chunk_length = 11},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1, .chunk_length = 1},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 37, .chunk_length = 6},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 30, .chunk_length = 40},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 11, .chunk_length = 3, .max_weight = 5},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 6,
     .length = 4,
     .chunk_length = 5,
     .n_proofs = 3},
    {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE},
};
enum { N_PARAMS = sizeof(params) / sizeof(params[0]) };

/* The reports of one VDAF, each message of each of them against a closed page. */
struct reports {
    struct hub_vdaf *plain;
    struct fence nonces[N_MAX];
    struct fence public_shares[N_MAX];
    struct fence input_shares[HUB_VDAF_N_SHARES][N_MAX];
    struct hub_verify_in in[HUB_VDAF_N_SHARES][N_MAX];
    struct fence verify_key;
    struct fence ctx;
    hub_span key_span;
    hub_span ctx_span;
    /* what plain C makes of each report, alone */
    uint8_t *verifier_shares[HUB_VDAF_N_SHARES];
    uint8_t *states[HUB_VDAF_N_SHARES];
    uint8_t *messages;
};

static uint8_t *allocate(size_t n)
{
    uint8_t *p = calloc(n + 1, 1);

    assert_non_null(p);
    return p;
}

static void fill(uint8_t *out, size_t n, size_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 29 + seed * 101 + i / 7);
}

static void measure(const struct hub_vdaf_params *p, struct hub_measurement *m, uint64_t *vector,
                    size_t i)
{
    memset(vector, 0, ELEMENTS_MAX * sizeof(*vector));
    *m = (struct hub_measurement){.vector = vector, .n = p->length};
    switch (p->kind) {
    case HUB_VDAF_PRIO3_COUNT:
        m->number = i % 2;
        break;
    case HUB_VDAF_PRIO3_HIGHER_DEGREE:
        m->number = i % 3;
        break;
    case HUB_VDAF_PRIO3_SUM:
        m->number = p->max_measurement - i;
        break;
    case HUB_VDAF_PRIO3_SUMVEC:
    case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
        for (size_t k = 0; k < p->length; k++)
            vector[k] = p->max_measurement - (i + k) % 5;
        break;
    case HUB_VDAF_PRIO3_HISTOGRAM:
        m->number = i % p->length;
        break;
    case HUB_VDAF_PRIO3_MULTIHOT:
        vector[i % p->length] = 1;
        break;
    }
}

/* At the end of its fence, or shift bytes before it: most lengths are multiples of 16. */
static hub_span copy_shifted(struct fence *f, hub_span bytes, size_t shift)
{
    uint8_t *p;

    fence_open(f, bytes.len + shift);
    p = fence_end(f, bytes.len + shift, 1);
    if (bytes.len != 0)
        memcpy(p, bytes.ptr, bytes.len);
    return hub_span_of(p, bytes.len);
}

static hub_span copy_behind(struct fence *f, hub_span bytes)
{
    return copy_shifted(f, bytes, 0);
}

/* Shards on one tier, everything fenced, and compares with what r holds, if it holds anything. */
static void shard_fenced(struct reports *r, const struct hub_vdaf_params *p, struct hub_vdaf *v,
                         size_t i, bool keep)
{
    struct fence rand = {0};
    struct fence workspace = {0};
    struct fence out[1 + HUB_VDAF_N_SHARES] = {{0}};
    uint8_t *shares[1 + HUB_VDAF_N_SHARES];
    size_t lens[1 + HUB_VDAF_N_SHARES] = {hub_vdaf_public_share_len(v),
                                          hub_vdaf_input_share_len(v, 0),
                                          hub_vdaf_input_share_len(v, 1)};
    uint64_t vector[ELEMENTS_MAX];
    struct hub_measurement m;
    uint8_t *random = allocate(hub_vdaf_rand_len(v));

    measure(p, &m, vector, i);
    fill(random, hub_vdaf_rand_len(v), i);
    hub_span rand_span = copy_behind(&rand, hub_span_of(random, hub_vdaf_rand_len(v)));
    free(random);
    fence_open(&workspace, hub_vdaf_workspace_len(v, 1));
    for (size_t k = 0; k < 3; k++) {
        fence_open(&out[k], lens[k]);
        shares[k] = fence_end(&out[k], lens[k], 1);
    }
    assert_int_equal(hub_vdaf_shard_into(v, fence_end(&workspace, hub_vdaf_workspace_len(v, 1), 16),
                                         shares[0], shares + 1, &m,
                                         hub_span_of(r->in[0][i].nonce, HUB_VDAF_NONCE_LEN),
                                         rand_span, r->ctx_span),
                     HUB_OK);
    if (keep) {
        size_t shift = i % 2 == 0 ? 0 : i % 16;
        hub_span public_share =
            copy_shifted(&r->public_shares[i], hub_span_of(shares[0], lens[0]), shift);

        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            r->in[j][i].public_share = public_share;
            r->in[j][i].input_share = copy_shifted(&r->input_shares[j][i],
                                                   hub_span_of(shares[1 + j], lens[1 + j]), shift);
        }
    }
    assert_true(hub_span_equal_var(r->in[0][i].public_share, hub_span_of(shares[0], lens[0])));
    assert_memory_equal(r->in[0][i].input_share.ptr, shares[1], lens[1]);
    assert_memory_equal(r->in[1][i].input_share.ptr, shares[2], lens[2]);
    fence_close(&rand);
    fence_close(&workspace);
    for (size_t k = 0; k < 3; k++)
        fence_close(&out[k]);
}

/* What each report alone comes to. */
static void verify_alone(struct reports *r)
{
    const struct hub_vdaf *v = r->plain;
    size_t share_len = hub_vdaf_verifier_share_len(v);
    uint8_t *workspace = allocate(hub_vdaf_workspace_len(v, 1));

    r->messages = allocate(N_MAX * hub_vdaf_verifier_message_len(v));
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        r->verifier_shares[j] = allocate(N_MAX * share_len);
        r->states[j] = allocate(N_MAX * hub_vdaf_verify_state_len(v));
    }
    for (size_t i = 0; i < N_MAX; i++) {
        uint8_t verdict = HUB_VDAF_ACCEPTED;
        hub_span spans[HUB_VDAF_N_SHARES];
        const hub_span *const shares[HUB_VDAF_N_SHARES] = {&spans[0], &spans[1]};

        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            uint8_t *row = r->verifier_shares[j] + i * share_len;

            hub_vdaf_verify_init(v, workspace, 1, j, r->key_span, r->ctx_span, &r->in[j][i],
                                 &verdict, row, r->states[j] + i * hub_vdaf_verify_state_len(v));
            spans[j] = hub_span_of(row, share_len);
        }
        hub_vdaf_verifier_shares_to_message(v, workspace, 1, r->ctx_span, shares, &verdict,
                                            r->messages + i * hub_vdaf_verifier_message_len(v));
        assert_int_equal(verdict, HUB_VDAF_ACCEPTED);
    }
    free(workspace);
}

static void open_reports(struct reports *r, const struct hub_vdaf_params *p)
{
    uint8_t bytes[CTX_LEN];

    memset(r, 0, sizeof(*r));
    assert_int_equal(hub_vdaf_new_on(&r->plain, p, 0), HUB_OK);
    fill(bytes, sizeof(bytes), 5);
    r->key_span = copy_behind(&r->verify_key, hub_span_of(bytes, HUB_VDAF_VERIFY_KEY_LEN));
    r->ctx_span = copy_behind(&r->ctx, HUB_SPAN_ARRAY(bytes));
    for (size_t i = 0; i < N_MAX; i++) {
        fill(bytes, HUB_VDAF_NONCE_LEN, 50 + i);
        const uint8_t *nonce =
            copy_shifted(&r->nonces[i], hub_span_of(bytes, HUB_VDAF_NONCE_LEN), i % 3).ptr;
        r->in[0][i].nonce = nonce;
        r->in[1][i].nonce = nonce;
        shard_fenced(r, p, r->plain, i, true);
    }
    verify_alone(r);
}

static void close_reports(struct reports *r)
{
    for (size_t i = 0; i < N_MAX; i++) {
        fence_close(&r->nonces[i]);
        fence_close(&r->public_shares[i]);
        fence_close(&r->input_shares[0][i]);
        fence_close(&r->input_shares[1][i]);
    }
    fence_close(&r->verify_key);
    fence_close(&r->ctx);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        free(r->verifier_shares[j]);
        free(r->states[j]);
    }
    free(r->messages);
    hub_vdaf_free(r->plain);
}

/* The fences of a batch on one tier. */
struct batch {
    struct fence workspace;
    struct fence verdict;
    struct fence verifier_shares[HUB_VDAF_N_SHARES];
    struct fence states[HUB_VDAF_N_SHARES];
    struct fence messages;
};

static void open_batch(struct batch *b, const struct hub_vdaf *v)
{
    fence_open(&b->workspace, hub_vdaf_workspace_len(v, N_MAX) + 16);
    fence_open(&b->verdict, N_MAX);
    fence_open(&b->messages, N_MAX * hub_vdaf_verifier_message_len(v) + SHIFT_MAX);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        fence_open(&b->verifier_shares[j], N_MAX * hub_vdaf_verifier_share_len(v) + SHIFT_MAX);
        fence_open(&b->states[j], N_MAX * hub_vdaf_verify_state_len(v) + SHIFT_MAX);
    }
}

static void close_batch(struct batch *b)
{
    fence_close(&b->workspace);
    fence_close(&b->verdict);
    fence_close(&b->messages);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        fence_close(&b->verifier_shares[j]);
        fence_close(&b->states[j]);
    }
}

/* Report i's row is that of the report alone; a skipped one's is untouched. */
static void check_rows(const uint8_t *rows, const uint8_t *alone, size_t row_len, size_t n,
                       size_t skipped)
{
    for (size_t i = 0; i < n; i++) {
        if (i != skipped) {
            assert_memory_equal(rows + i * row_len, alone + i * row_len, row_len);
            continue;
        }
        for (size_t k = 0; k < row_len; k++)
            assert_int_equal(rows[i * row_len + k], 0xee);
    }
}

/* A batch of n; skipped: a report that is not for this call, or n. shift 0: outputs and workspace
 * stand against the page behind them; else outputs so far before it, and the workspace against the
 * page before it. */
static void run_batch(const struct reports *r, struct batch *b, const struct hub_vdaf *v, size_t n,
                      size_t skipped, size_t shift)
{
    bool at_end = shift == 0;
    size_t share_len = hub_vdaf_verifier_share_len(v);
    size_t state_len = hub_vdaf_verify_state_len(v);
    size_t message_len = hub_vdaf_verifier_message_len(v);
    size_t workspace_len = hub_vdaf_workspace_len(v, n == 0 ? 1 : n);
    uint8_t *workspace = at_end ? fence_end(&b->workspace, workspace_len, 16)
                                : fence_start(&b->workspace, workspace_len);
    uint8_t *verdict = fence_end(&b->verdict, n, 1);
    uint8_t *rows[HUB_VDAF_N_SHARES];
    uint8_t *states[HUB_VDAF_N_SHARES];
    hub_span spans[HUB_VDAF_N_SHARES][N_MAX];
    const hub_span *const shares[HUB_VDAF_N_SHARES] = {spans[0], spans[1]};
    hub_span messages[N_MAX];
    hub_span out_shares[N_MAX];

    memset(verdict, HUB_VDAF_ACCEPTED, n);
    if (skipped < n)
        verdict[skipped] = HUB_VDAF_BAD_JOINT_RAND;
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        rows[j] = fence_end(&b->verifier_shares[j], n * share_len + shift, 1);
        states[j] = fence_end(&b->states[j], n * state_len + shift, 1);
        hub_vdaf_verify_init(v, workspace, n, j, r->key_span, r->ctx_span, r->in[j], verdict,
                             rows[j], states[j]);
        check_rows(rows[j], r->verifier_shares[j], share_len, n, skipped);
        check_rows(states[j], r->states[j], state_len, n, skipped);
        for (size_t i = 0; i < n; i++)
            spans[j][i] = hub_span_of(rows[j] + i * share_len, share_len);
    }
    uint8_t *message_rows = fence_end(&b->messages, n * message_len + shift, 1);
    hub_vdaf_verifier_shares_to_message(v, workspace, n, r->ctx_span, shares, verdict,
                                        message_rows);
    check_rows(message_rows, r->messages, message_len, n, skipped);
    for (size_t i = 0; i < n; i++)
        messages[i] = hub_span_of(message_rows + i * message_len, message_len);
    hub_vdaf_verify_next(v, n, states[0], messages, verdict, out_shares);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(verdict[i], i == skipped ? HUB_VDAF_BAD_JOINT_RAND : HUB_VDAF_ACCEPTED);
    if (at_end)
        fence_check(&b->workspace, workspace, workspace_len);
}

/* Both parties' steps in the workspace of just the ping-pong's length. */
static void run_ping_pong(const struct reports *r, const struct hub_vdaf *v, size_t n)
{
    size_t lens[2] = {n * hub_ping_pong_initialize_len(v), n * hub_ping_pong_finish_len(v)};
    struct fence outbound[2] = {{0}};
    struct fence states[2] = {{0}};
    struct fence workspace = {0};
    uint8_t *messages[2];
    uint8_t *rows[2];
    hub_span inbound[N_MAX];
    hub_span out_shares[N_MAX];
    uint8_t verdict[N_MAX] = {0};

    fence_open(&workspace, hub_ping_pong_workspace_len(v, n));
    for (unsigned j = 0; j < 2; j++) {
        fence_open(&outbound[j], lens[j]);
        fence_open(&states[j], n * hub_vdaf_verify_state_len(v));
        messages[j] = fence_end(&outbound[j], lens[j], 1);
        rows[j] = fence_end(&states[j], n * hub_vdaf_verify_state_len(v), 1);
    }
    uint8_t *space = fence_end(&workspace, hub_ping_pong_workspace_len(v, n), 16);
    hub_ping_pong_leader_init(v, space, n, r->key_span, r->ctx_span, r->in[0], verdict, rows[0],
                              messages[0]);
    for (size_t i = 0; i < n; i++)
        inbound[i] = hub_span_of(messages[0] + i * (lens[0] / n), lens[0] / n);
    hub_ping_pong_helper_init(v, space, n, r->key_span, r->ctx_span, r->in[1], inbound, verdict,
                              rows[1], messages[1], out_shares);
    for (size_t i = 0; i < n; i++)
        inbound[i] = hub_span_of(messages[1] + i * (lens[1] / n), lens[1] / n);
    hub_ping_pong_leader_continued(v, n, rows[0], inbound, verdict, out_shares);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(verdict[i], HUB_VDAF_ACCEPTED);
    fence_check(&workspace, space, hub_ping_pong_workspace_len(v, n));
    fence_close(&workspace);
    for (unsigned j = 0; j < 2; j++) {
        fence_close(&outbound[j]);
        fence_close(&states[j]);
    }
}

static void run_tier(struct reports *r, const struct hub_vdaf_params *p, unsigned cpu)
{
    struct hub_vdaf *v = NULL;
    struct batch b = {0};

    assert_int_equal(hub_vdaf_new_on(&v, p, cpu), HUB_OK);
    for (size_t i = 0; i < 3; i++)
        shard_fenced(r, p, v, i, false);
    open_batch(&b, v);
    for (size_t n = 0; n <= N_MAX; n++) {
        run_batch(r, &b, v, n, n, 0);
        run_batch(r, &b, v, n, n, 1 + n % (SHIFT_MAX - 1));
        run_batch(r, &b, v, n, 0, 0);
        run_batch(r, &b, v, n, n / 2, 3);
        run_batch(r, &b, v, n, n == 0 ? 0 : n - 1, 0);
        if (n != 0)
            run_ping_pong(r, v, n);
    }
    close_batch(&b);
    hub_vdaf_free(v);
}

static void nothing_is_touched_beyond_a_buffer(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_PARAMS; k++) {
        struct reports *r = (struct reports *)(void *)allocate(sizeof(*r));

        open_reports(r, &params[k]);
        for (size_t t = 0; t < N_TIERS; t++) {
            if (tier_runs_here(t))
                run_tier(r, &params[k], tier_flags[t]);
        }
        close_reports(r);
        free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_touched_beyond_a_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
