/* Aggregation jobs, collections and aggregate shares: the values that have rules of their own. The
 * structure of these messages is tested with the vectors and the fuzz corpus. */
#include "wire/aggregation_job.h"
#include "wire/collection.h"
#include "wire/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_verify_resps(void **state)
{
    (void)state;
    const struct hub_verify_resp resps[] = {
        {.id = {1}, .type = HUB_VERIFY_RESP_CONTINUE, .payload = hub_span_text("payload")},
        {.id = {2}, .type = HUB_VERIFY_RESP_FINISH},
        {.id = {3}, .type = HUB_VERIFY_RESP_REJECT, .error = HUB_REPORT_VDAF_VERIFY_ERROR},
    };
    struct hub_verify_resp back[3];
    struct hub_buf body = HUB_BUF_INIT(200);
    size_t n = 0;

    assert_int_equal(hub_aggregation_job_resp_encode(&body, resps, 3), HUB_OK);
    assert_int_equal(body.len, 17 + 4 + 7 + 17 + 18);
    assert_int_equal(hub_aggregation_job_resp_count(&n, hub_buf_span(&body)), HUB_OK);
    assert_int_equal(n, 3);
    assert_int_equal(hub_aggregation_job_resp_decode(back, n, hub_buf_span(&body)), HUB_OK);
    assert_true(hub_span_equal_var(back[0].payload, resps[0].payload));
    assert_int_equal(back[1].type, HUB_VERIFY_RESP_FINISH);
    assert_int_equal(back[2].error, HUB_REPORT_VDAF_VERIFY_ERROR);

    body.ptr[body.len - 1] = 0; /* the reserved error */
    assert_int_equal(hub_aggregation_job_resp_count(&n, hub_buf_span(&body)), HUB_E_DECODE);
    body.len = 0;
    const struct hub_verify_resp empty = {.type = HUB_VERIFY_RESP_CONTINUE};
    assert_int_equal(hub_aggregation_job_resp_encode(&body, &empty, 1), HUB_E_ARGUMENT);
    hub_buf_clear(&body);
}

static void test_a_list_is_cut_to_its_items(void **state)
{
    (void)state;
    const struct hub_aggregation_job_init_req req = {.verification_key_id = 3};
    const struct hub_verify_init init = {
        .metadata = {.id = {9}, .time = 5},
        .encrypted_input_share = {1, hub_span_text("enc"), hub_span_text("payload")},
        .payload = hub_span_text("message"),
    };
    struct hub_aggregation_job_init_req back;
    struct hub_verify_init item;
    struct hub_buf body = HUB_BUF_INIT(200);

    assert_int_equal(hub_aggregation_job_init_req_encode(&body, &req, NULL, 0), HUB_OK);
    assert_int_equal(hub_aggregation_job_init_req_decode(&back, hub_buf_span(&body)), HUB_OK);
    assert_int_equal(back.n_verify_inits, 0);
    body.len = 0;
    assert_int_equal(hub_aggregation_job_init_req_encode(&body, &req, &init, 1), HUB_OK);
    assert_int_equal(hub_aggregation_job_init_req_decode(&back, hub_buf_span(&body)), HUB_OK);
    assert_int_equal(back.verification_key_id, 3);
    assert_int_equal(back.n_verify_inits, 1);
    assert_int_equal(hub_verify_inits_decode(&item, &back), HUB_OK);
    assert_int_equal(item.metadata.id[0], 9);
    assert_int_equal(item.aad_part.len, 16 + 8 + 2 + 4);
    assert_true(hub_span_equal_var(item.payload, init.payload));
    hub_buf_clear(&body);
}

static void test_intervals(void **state)
{
    (void)state;
    const struct hub_time_interval day = {100, 24};

    assert_true(hub_time_interval_is_valid(day));
    assert_false(hub_time_interval_is_valid((struct hub_time_interval){100, 0}));
    assert_true(hub_time_interval_is_valid((struct hub_time_interval){UINT64_MAX - 1, 1}));
    assert_false(hub_time_interval_is_valid((struct hub_time_interval){UINT64_MAX, 1}));
    assert_true(hub_time_interval_is_within((struct hub_time_interval){100, 24}, day));
    assert_true(hub_time_interval_is_within((struct hub_time_interval){123, 1}, day));
    assert_false(hub_time_interval_is_within((struct hub_time_interval){99, 2}, day));
    assert_false(hub_time_interval_is_within((struct hub_time_interval){123, 2}, day));
    assert_false(hub_time_interval_has(day, 99));
    assert_true(hub_time_interval_has(day, 100));
    assert_true(hub_time_interval_has(day, 123));
    assert_false(hub_time_interval_has(day, 124));
}

/* An interval that is none is well-formed: the server answers batchInvalid, not invalidMessage. */
static void test_an_invalid_interval_decodes(void **state)
{
    (void)state;
    const struct hub_collection_job_req req = {
        .query = {HUB_BATCH_TIME_INTERVAL, {7, 0}},
    };
    struct hub_collection_job_req back;
    struct hub_buf body = HUB_BUF_INIT(100);

    assert_int_equal(hub_collection_job_req_encode(&body, &req), HUB_OK);
    assert_int_equal(hub_collection_job_req_decode(&back, hub_buf_span(&body)), HUB_OK);
    assert_int_equal(back.query.interval.start, 7);
    assert_true(hub_span_equal_var(back.encoded, hub_buf_span(&body)));
    assert_false(hub_time_interval_is_valid(back.query.interval));
    hub_buf_clear(&body);
}

/* A share request's inner CollectionJobReq is kept as it came, for the AAD. */
static void test_the_inner_request_keeps_its_bytes(void **state)
{
    (void)state;
    const struct hub_aggregate_share_req req = {
        .collection_job_req = {.query = {HUB_BATCH_LEADER_SELECTED, {0, 0}},
                               .agg_param = hub_span_text("param")},
        .batch_selector = {.mode = HUB_BATCH_LEADER_SELECTED, .batch_id = {1, 2, 3}},
        .report_count = 77,
        .checksum = {4, 5, 6},
    };
    struct hub_aggregate_share_req back;
    struct hub_buf inner = HUB_BUF_INIT(100);
    struct hub_buf body = HUB_BUF_INIT(200);

    assert_int_equal(hub_collection_job_req_encode(&inner, &req.collection_job_req), HUB_OK);
    assert_int_equal(hub_aggregate_share_req_encode(&body, &req), HUB_OK);
    assert_int_equal(hub_aggregate_share_req_decode(&back, hub_buf_span(&body)), HUB_OK);
    assert_true(hub_span_equal_var(back.collection_job_req.encoded, hub_buf_span(&inner)));
    assert_memory_equal(back.batch_selector.batch_id, req.batch_selector.batch_id, 32);
    assert_int_equal(back.report_count, 77);
    assert_memory_equal(back.checksum, req.checksum, 32);
    hub_buf_clear(&inner);
    hub_buf_clear(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_resps),
        cmocka_unit_test(test_a_list_is_cut_to_its_items),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_an_invalid_interval_decodes),
        cmocka_unit_test(test_the_inner_request_keeps_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
