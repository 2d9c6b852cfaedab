/* A batch of honest reports of one kind, each with its own measurement, nonce and randomness, and
 * the memory for verifying it at both aggregators. */
#ifndef UNIT_VDAF_FIXTURE_H
#define UNIT_VDAF_FIXTURE_H

#include "vdaf/agg_share.h"
#include "vdaf/ping_pong.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FIXTURE_N = 9, FIXTURE_VECTOR_MAX = 40 };

static const struct hub_vdaf_params fixture_params[] = {
    {.kind = HUB_VDAF_PRIO3_COUNT},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1000},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 6, .length = 5, .chunk_length = 4},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 37, .chunk_length = 6},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 11, .chunk_length = 3, .max_weight = 5},
    {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 6,
     .length = 5,
     .chunk_length = 4,
     .n_proofs = 3},
};
enum { FIXTURE_N_PARAMS = sizeof(fixture_params) / sizeof(fixture_params[0]) };

struct fixture {
    struct hub_vdaf *v;
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t ctx[38];
    uint64_t vectors[FIXTURE_N][FIXTURE_VECTOR_MAX];
    struct hub_measurement measurements[FIXTURE_N];
    uint8_t nonces[FIXTURE_N][HUB_VDAF_NONCE_LEN];
    struct hub_shares shares[FIXTURE_N];
    void *workspace;
    struct hub_verify_in in[HUB_VDAF_N_SHARES][FIXTURE_N];
    uint8_t verdict[HUB_VDAF_N_SHARES][FIXTURE_N];
    uint8_t *states[HUB_VDAF_N_SHARES];
    uint8_t *outbound[HUB_VDAF_N_SHARES]; /* ping-pong messages */
    hub_span inbound[HUB_VDAF_N_SHARES][FIXTURE_N];
    hub_span out_shares[HUB_VDAF_N_SHARES][FIXTURE_N];
};

/* Report i's measurement, in range and different from its neighbours'. */
static inline void fixture_measure(struct fixture *f, const struct hub_vdaf_params *p, size_t i)
{
    uint64_t *vector = f->vectors[i];

    f->measurements[i] = (struct hub_measurement){.vector = vector, .n = p->length};
    switch (p->kind) {
    case HUB_VDAF_PRIO3_COUNT:
        f->measurements[i].number = i % 2;
        break;
    case HUB_VDAF_PRIO3_SUM:
        f->measurements[i].number = i == 1 ? p->max_measurement : i * 31 % (p->max_measurement + 1);
        break;
    case HUB_VDAF_PRIO3_HIGHER_DEGREE:
        f->measurements[i].number = i % 3;
        break;
    case HUB_VDAF_PRIO3_SUMVEC:
    case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
        for (size_t k = 0; k < p->length; k++)
            vector[k] = (i * 3 + k) % (p->max_measurement + 1);
        break;
    case HUB_VDAF_PRIO3_HISTOGRAM:
        f->measurements[i].number = (i * 7 + p->length - 1) % p->length;
        break;
    case HUB_VDAF_PRIO3_MULTIHOT:
        for (size_t k = 0; k < i % (p->max_weight + 1); k++)
            vector[(i + 2 * k) % p->length] = 1;
        break;
    }
}

static inline void fixture_open(struct fixture *f, const struct hub_vdaf_params *params)
{
    memset(f, 0, sizeof(*f));
    assert_int_equal(hub_vdaf_new(&f->v, params), HUB_OK);
    for (size_t i = 0; i < sizeof(f->verify_key); i++)
        f->verify_key[i] = (uint8_t)(i * 5 + 1);
    for (size_t i = 0; i < sizeof(f->ctx); i++)
        f->ctx[i] = (uint8_t)(i * 3 + 2);
    f->workspace = malloc(hub_ping_pong_workspace_len(f->v, FIXTURE_N));
    assert_non_null(f->workspace);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        f->states[j] = calloc(FIXTURE_N, hub_vdaf_verify_state_len(f->v));
        f->outbound[j] = calloc(FIXTURE_N, hub_ping_pong_initialize_len(f->v));
        assert_non_null(f->states[j]);
        assert_non_null(f->outbound[j]);
    }
    for (size_t i = 0; i < FIXTURE_N; i++) {
        uint8_t rand[4 * 32];

        for (size_t k = 0; k < sizeof(rand); k++)
            rand[k] = (uint8_t)(k * 11 + i * 17);
        memset(f->nonces[i], (int)(i + 100), HUB_VDAF_NONCE_LEN);
        fixture_measure(f, params, i);
        assert_int_equal(hub_vdaf_shard(f->v, &f->shares[i], &f->measurements[i],
                                        hub_span_of(f->nonces[i], HUB_VDAF_NONCE_LEN),
                                        hub_span_of(rand, hub_vdaf_rand_len(f->v)),
                                        HUB_SPAN_ARRAY(f->ctx)),
                         HUB_OK);
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++)
            f->in[j][i] =
                (struct hub_verify_in){f->nonces[i], hub_buf_span(&f->shares[i].public_share),
                                       hub_buf_span(&f->shares[i].input_shares[j])};
    }
}

static inline void fixture_close(struct fixture *f)
{
    for (size_t i = 0; i < FIXTURE_N; i++)
        hub_shares_wipe(&f->shares[i]);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        free(f->states[j]);
        free(f->outbound[j]);
    }
    free(f->workspace);
    hub_vdaf_free(f->v);
}

static inline void fixture_leader_init(struct fixture *f)
{
    size_t len = hub_ping_pong_initialize_len(f->v);

    hub_ping_pong_leader_init(f->v, f->workspace, FIXTURE_N, HUB_SPAN_ARRAY(f->verify_key),
                              HUB_SPAN_ARRAY(f->ctx), f->in[0], f->verdict[0], f->states[0],
                              f->outbound[0]);
    for (size_t i = 0; i < FIXTURE_N; i++)
        f->inbound[1][i] = hub_span_of(f->outbound[0] + i * len, len);
}

static inline void fixture_helper_init(struct fixture *f)
{
    size_t len = hub_ping_pong_finish_len(f->v);

    hub_ping_pong_helper_init(f->v, f->workspace, FIXTURE_N, HUB_SPAN_ARRAY(f->verify_key),
                              HUB_SPAN_ARRAY(f->ctx), f->in[1], f->inbound[1], f->verdict[1],
                              f->states[1], f->outbound[1], f->out_shares[1]);
    for (size_t i = 0; i < FIXTURE_N; i++)
        f->inbound[0][i] = hub_span_of(f->outbound[1] + i * len, len);
}

static inline void fixture_leader_continued(struct fixture *f)
{
    hub_ping_pong_leader_continued(f->v, FIXTURE_N, f->states[0], f->inbound[0], f->verdict[0],
                                   f->out_shares[0]);
}

/* What the reports in use add up to, by element. */
static inline void fixture_expect(const struct fixture *f, const bool *in_use, uint64_t *totals)
{
    const struct hub_vdaf_params *p = hub_vdaf_params_of(f->v);

    memset(totals, 0, hub_vdaf_output_len(f->v) * sizeof(*totals));
    for (size_t i = 0; i < FIXTURE_N; i++) {
        if (!in_use[i])
            continue;
        if (p->kind == HUB_VDAF_PRIO3_HISTOGRAM)
            totals[f->measurements[i].number]++;
        else if (p->length == 0)
            totals[0] += f->measurements[i].number;
        for (size_t k = 0; p->kind != HUB_VDAF_PRIO3_HISTOGRAM && k < p->length; k++)
            totals[k] += f->vectors[i][k];
    }
}

/* Both aggregators' out shares of the accepted reports add up to those measurements. */
static inline void fixture_check_totals(const struct fixture *f, const bool *in_use)
{
    size_t n = hub_vdaf_output_len(f->v);
    size_t len = hub_vdaf_agg_share_len(f->v);
    uint64_t expected[FIXTURE_VECTOR_MAX];
    uint64_t totals[FIXTURE_VECTOR_MAX];
    uint8_t *acc[HUB_VDAF_N_SHARES];

    fixture_expect(f, in_use, expected);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        acc[j] = malloc(len);
        assert_non_null(acc[j]);
        hub_vdaf_agg_share_init(f->v, acc[j]);
        hub_vdaf_aggregate(f->v, acc[j], FIXTURE_N, f->verdict[j], f->out_shares[j]);
    }
    assert_int_equal(
        hub_vdaf_unshard(f->v, totals, n, hub_span_of(acc[0], len), hub_span_of(acc[1], len)),
        HUB_OK);
    assert_memory_equal(totals, expected, n * sizeof(*totals));
    free(acc[0]);
    free(acc[1]);
}

#endif
