/* Parameters, lengths, measurements out of range, and the messages of ping-pong. */
#include "fixture.h"

static void parameters_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct hub_vdaf_params bad[] = {
        {.kind = 0},
        {.kind = 6},
        {.kind = -3},
        {.kind = HUB_VDAF_PRIO3_COUNT, .max_measurement = 1},
        {.kind = HUB_VDAF_PRIO3_COUNT, .length = 1, .chunk_length = 1},
        {.kind = HUB_VDAF_PRIO3_SUM},
        {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = UINT64_C(1) << 63},
        {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 5, .length = 3},
        {.kind = HUB_VDAF_PRIO3_SUMVEC, .length = 3, .chunk_length = 2},
        {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 1, .chunk_length = 2},
        {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 1, .length = 2},
        {.kind = HUB_VDAF_PRIO3_SUMVEC,
         .max_measurement = UINT64_MAX,
         .length = UINT32_MAX,
         .chunk_length = 1},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .chunk_length = 4},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4, .chunk_length = UINT32_MAX},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4, .chunk_length = 2, .max_weight = 1},
        {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 4, .chunk_length = 2},
        {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 4, .chunk_length = 2, .max_weight = 5},
        {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
         .max_measurement = 1,
         .length = 1,
         .chunk_length = 1},
        {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
         .max_measurement = 1,
         .length = 1,
         .chunk_length = 1,
         .n_proofs = 256},
        {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
         .max_measurement = UINT64_C(1) << 63,
         .length = 1,
         .chunk_length = 1,
         .n_proofs = 2},
        {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE, .max_measurement = 2},
        {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE, .n_proofs = 1},
        {.kind = HUB_VDAF_PRIO3_COUNT, .n_shares = 1},
        {.kind = HUB_VDAF_PRIO3_COUNT, .n_shares = 256},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hub_vdaf *v = NULL;

        assert_int_equal(hub_vdaf_new(&v, &bad[i]), HUB_E_ARGUMENT);
        assert_null(v);
    }
    hub_vdaf_free(NULL);
}

/* The draft's lengths, worked out by hand for Histogram(100, 10): 20 wires, 10 calls, p = 16. */
static void lengths_are_those_of_the_draft(void **state)
{
    (void)state;
    const struct hub_vdaf_params params = {
        .kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10};
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;

    assert_int_equal(hub_vdaf_new(&v, &params), HUB_OK);
    assert_int_equal(hub_vdaf_rand_len(v), 128);
    assert_int_equal(hub_vdaf_public_share_len(v), 64);
    assert_int_equal(hub_vdaf_input_share_len(v, HUB_VDAF_LEADER), (100 + 20 + 31) * 16 + 32);
    assert_int_equal(hub_vdaf_input_share_len(v, HUB_VDAF_HELPER), 64);
    assert_int_equal(hub_vdaf_verifier_share_len(v), (1 + 20 + 1) * 16 + 32);
    assert_int_equal(hub_vdaf_verifier_message_len(v), 32);
    assert_int_equal(hub_vdaf_out_share_len(v), 1600);
    assert_int_equal(hub_vdaf_output_len(v), 100);
    assert_int_equal(hub_vdaf_n_shares(v), 2);
    assert_memory_equal(hub_vdaf_params_of(v), &params, sizeof(params));
}

static hub_status try_shard(const struct hub_vdaf *v, const struct hub_measurement *m)
{
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares shares = {0};
    uint8_t nonce[HUB_VDAF_NONCE_LEN] = {1};
    uint8_t rand[128] = {2};
    hub_status status = hub_vdaf_shard(v, &shares, m, HUB_SPAN_ARRAY(nonce),
                                       hub_span_of(rand, hub_vdaf_rand_len(v)), HUB_SPAN_EMPTY);

    /* outputs are written only on success */
    assert_int_equal(shares.input_shares[0].len != 0, status == HUB_OK);
    return status;
}

static void measurements_out_of_range_are_refused(void **state)
{
    (void)state;
    for (size_t k = 0; k < FIXTURE_N_PARAMS; k++) {
        const struct hub_vdaf_params *p = &fixture_params[k];
        HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;
        uint64_t vector[FIXTURE_VECTOR_MAX] = {0};
        struct hub_measurement m = {.vector = vector, .n = p->length};

        assert_int_equal(hub_vdaf_new(&v, p), HUB_OK);
        assert_int_equal(try_shard(v, &m), HUB_OK);
        switch (p->kind) {
        case HUB_VDAF_PRIO3_COUNT:
            m.number = 2;
            break;
        case HUB_VDAF_PRIO3_HIGHER_DEGREE:
            m.number = 2;
            assert_int_equal(try_shard(v, &m), HUB_OK);
            m.number++;
            break;
        case HUB_VDAF_PRIO3_SUM:
            m.number = p->max_measurement;
            assert_int_equal(try_shard(v, &m), HUB_OK);
            m.number++;
            break;
        case HUB_VDAF_PRIO3_HISTOGRAM:
            m.number = p->length - 1;
            assert_int_equal(try_shard(v, &m), HUB_OK);
            m.number++;
            break;
        case HUB_VDAF_PRIO3_SUMVEC:
        case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
            m.n--;
            assert_int_equal(try_shard(v, &m), HUB_E_MEASUREMENT);
            m.n++;
            vector[p->length - 1] = p->max_measurement;
            assert_int_equal(try_shard(v, &m), HUB_OK);
            vector[p->length - 1]++;
            break;
        case HUB_VDAF_PRIO3_MULTIHOT:
            vector[3] = 2;
            assert_int_equal(try_shard(v, &m), HUB_E_MEASUREMENT);
            for (size_t i = 0; i < p->max_weight; i++)
                vector[i] = 1;
            assert_int_equal(try_shard(v, &m), HUB_OK);
            vector[p->max_weight] = 1;
            break;
        }
        assert_int_equal(try_shard(v, &m), HUB_E_MEASUREMENT);
        m.number = UINT64_MAX;
        vector[0] = UINT64_MAX;
        assert_int_equal(try_shard(v, &m), HUB_E_MEASUREMENT);
    }
}

static void wrong_lengths_are_arguments(void **state)
{
    (void)state;
    const struct hub_vdaf_params three = {.kind = HUB_VDAF_PRIO3_COUNT, .n_shares = 3};
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v3 = NULL;
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares shares = {0};
    const struct hub_measurement m = {.number = 1};
    uint8_t bytes[200] = {0};

    assert_int_equal(hub_vdaf_new(&v, &fixture_params[0]), HUB_OK);
    assert_int_equal(hub_vdaf_new(&v3, &three), HUB_OK);
    assert_int_equal(hub_vdaf_shard(v, &shares, &m, hub_span_of(bytes, 15), hub_span_of(bytes, 64),
                                    HUB_SPAN_EMPTY),
                     HUB_E_ARGUMENT);
    assert_int_equal(hub_vdaf_shard(v, &shares, &m, hub_span_of(bytes, 16), hub_span_of(bytes, 63),
                                    HUB_SPAN_EMPTY),
                     HUB_E_ARGUMENT);
    assert_int_equal(hub_vdaf_shard(v3, &shares, &m, hub_span_of(bytes, 16), hub_span_of(bytes, 96),
                                    HUB_SPAN_EMPTY),
                     HUB_E_ARGUMENT);
}

static void ping_pong_messages_round_trip(void **state)
{
    (void)state;
    static const uint8_t share[5] = {1, 2, 3, 4, 5};
    static const uint8_t seed[3] = {6, 7, 8};

    for (unsigned type = 0; type < 3; type++) {
        HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(100);
        struct hub_ping_pong_message in = {(enum hub_ping_pong_type)type, HUB_SPAN_ARRAY(seed),
                                           HUB_SPAN_ARRAY(share)};
        struct hub_ping_pong_message out;

        assert_int_equal(hub_ping_pong_encode(&bytes, &in), HUB_OK);
        assert_int_equal(bytes.ptr[0], type);
        assert_int_equal(hub_ping_pong_decode(&out, hub_buf_span(&bytes)), HUB_OK);
        assert_int_equal(out.type, type);
        assert_int_equal(out.verifier_message.len, type == HUB_PING_PONG_INITIALIZE ? 0 : 3);
        assert_int_equal(out.verifier_share.len, type == HUB_PING_PONG_FINISH ? 0 : 5);
        /* no prefix decodes, and nothing may follow */
        for (size_t n = 0; n < bytes.len; n++)
            assert_int_equal(hub_ping_pong_decode(&out, hub_span_of(bytes.ptr, n)), HUB_E_DECODE);
        assert_int_equal(hub_buf_append(&bytes, hub_span_of(seed, 1)), HUB_OK);
        assert_int_equal(hub_ping_pong_decode(&out, hub_buf_span(&bytes)), HUB_E_DECODE);
        bytes.ptr[0] = 3;
        assert_int_equal(hub_ping_pong_decode(&out, hub_span_of(bytes.ptr, bytes.len - 1)),
                         HUB_E_DECODE);
    }
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HUB_VDAF_N_VERDICTS; i++) {
        assert_non_null(hub_vdaf_verdict_name((uint8_t)i));
        assert_string_not_equal(hub_vdaf_verdict_name((uint8_t)i), "unknown");
    }
    assert_string_equal(hub_vdaf_verdict_name(200), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_out_of_range_are_refused),
        cmocka_unit_test(lengths_are_those_of_the_draft),
        cmocka_unit_test(measurements_out_of_range_are_refused),
        cmocka_unit_test(wrong_lengths_are_arguments),
        cmocka_unit_test(ping_pong_messages_round_trip),
        cmocka_unit_test(every_verdict_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
