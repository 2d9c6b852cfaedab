/* Reports: views, AADs, streams, limits. */
#include "wire/domain.h"
#include "wire/limits.h"
#include "wire/upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A report whose parts are all different; seed changes each. */
static struct hub_report some_report(uint8_t seed)
{
    static const uint8_t bytes[64] = {
        1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
        23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
        45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64};
    static const uint8_t extensions[] = {0xff, 1, 0, 2, 'a', 'b'};
    struct hub_report r = {
        .metadata = {.time = 488888U + seed, .public_extensions = HUB_SPAN_ARRAY(extensions)},
        .public_share = hub_span_of(bytes + 1, seed % 32),
        .leader_share = {7, hub_span_of(bytes, 32), hub_span_of(bytes + 2, 20)},
        .helper_share = {seed, hub_span_of(bytes + 3, 32), hub_span_of(bytes + 4, 1)},
    };

    memset(r.metadata.id, seed, sizeof(r.metadata.id));
    return r;
}

static void test_views_lie_where_they_say(void **state)
{
    (void)state;
    const struct hub_report report = some_report(9);
    const struct hub_task_id task = {{42}};
    struct hub_buf bytes = HUB_BUF_INIT(1000);
    struct hub_buf aad = HUB_BUF_INIT(1000);
    struct hub_buf spliced = HUB_BUF_INIT(1000);
    struct hub_report back;

    assert_int_equal(hub_report_encode(&bytes, &report), HUB_OK);
    assert_int_equal(hub_report_decode(&back, hub_buf_span(&bytes)), HUB_OK);
    assert_true(hub_span_equal_var(back.encoded, hub_buf_span(&bytes)));
    assert_true(hub_span_equal_var(back.public_share, report.public_share));
    assert_true(hub_span_equal_var(back.helper_share.payload, report.helper_share.payload));

    /* the AAD is task id, configuration, and the report's beginning as it came */
    const hub_span configuration = hub_span_text("configuration");
    assert_int_equal(
        hub_input_share_aad_encode(&aad, &task, configuration, &back.metadata, back.public_share),
        HUB_OK);
    assert_int_equal(hub_buf_append(&spliced, HUB_SPAN_ARRAY(task.bytes)), HUB_OK);
    assert_int_equal(hub_buf_append(&spliced, configuration), HUB_OK);
    assert_int_equal(hub_buf_append(&spliced, back.aad_part), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&aad), hub_buf_span(&spliced)));
    hub_buf_clear(&bytes);
    hub_buf_clear(&aad);
    hub_buf_clear(&spliced);
}

static void test_reports_come_off_a_stream(void **state)
{
    (void)state;
    struct hub_buf body = HUB_BUF_INIT(1000);
    struct hub_report report;
    size_t n = 0;
    size_t len = 1;

    for (uint8_t seed = 1; seed <= 3; seed++) {
        const struct hub_report r = some_report(seed);
        assert_int_equal(hub_report_encode(&body, &r), HUB_OK);
    }
    assert_int_equal(hub_upload_request_count(&n, hub_buf_span(&body)), HUB_OK);
    assert_int_equal(n, 3);
    assert_int_equal(hub_upload_request_next(&report, &len, HUB_SPAN_EMPTY), HUB_OK);
    assert_int_equal(len, 0);

    /* each prefix gives as many reports as it holds whole */
    size_t got = 0;
    size_t taken = 0;
    for (size_t have = 0; have <= body.len; have++) {
        assert_int_equal(
            hub_upload_request_next(&report, &len, hub_span_of(body.ptr + taken, have - taken)),
            HUB_OK);
        if (len != 0) {
            assert_int_equal(len, have - taken);
            taken = have;
            got++;
            assert_int_equal(report.metadata.id[0], got);
        }
    }
    assert_int_equal(got, 3);
    hub_buf_clear(&body);
}

static void test_a_stream_stops_at_the_first_wrong_length(void **state)
{
    (void)state;
    const struct hub_report r = some_report(0);
    struct hub_buf body = HUB_BUF_INIT(1000);
    struct hub_report report;
    size_t len = 0;

    assert_int_equal(hub_report_encode(&body, &r), HUB_OK);
    /* id 16, time 8, extensions 2 + 6, public share 4 + 0, config 1, enc 2 + 32, payload 4 */
    const size_t public_share = 32;
    const size_t leader_enc = 37;
    const size_t leader_payload = 71;

    body.ptr[public_share] = 1; /* 2^24 bytes */
    assert_int_equal(hub_upload_request_next(&report, &len, hub_span_of(body.ptr, 35)), HUB_OK);
    assert_int_equal(len, 0);
    assert_int_equal(hub_upload_request_next(&report, &len, hub_span_of(body.ptr, 36)),
                     HUB_E_DECODE);
    body.ptr[public_share] = 0;

    body.ptr[leader_enc + 1] = 0; /* enc<1..> */
    assert_int_equal(hub_upload_request_next(&report, &len, hub_span_of(body.ptr, 39)),
                     HUB_E_DECODE);
    body.ptr[leader_enc + 1] = 32;

    body.ptr[leader_payload] = 1; /* one more than HUB_WIRE_PAYLOAD_MAX */
    body.ptr[leader_payload + 3] = 1;
    assert_int_equal(hub_upload_request_next(&report, &len, hub_span_of(body.ptr, 75)),
                     HUB_E_DECODE);
    hub_buf_clear(&body);
}

static void test_upload_errors(void **state)
{
    (void)state;
    struct hub_upload_status status[3] = {
        {{1}, HUB_REPORT_REPLAYED}, {{2}, HUB_REPORT_OK}, {{3}, HUB_REPORT_OUTDATED_CONFIG}};
    struct hub_upload_status back[2];
    struct hub_buf bytes = HUB_BUF_INIT(100);
    size_t n = 0;

    assert_int_equal(hub_upload_errors_encode(&bytes, status, 3), HUB_OK);
    assert_int_equal(bytes.len, 34);
    assert_int_equal(hub_upload_errors_count(&n, hub_buf_span(&bytes)), HUB_OK);
    assert_int_equal(n, 2);
    assert_int_equal(hub_upload_errors_decode(back, n, hub_buf_span(&bytes)), HUB_OK);
    assert_int_equal(back[0].error, HUB_REPORT_REPLAYED);
    assert_int_equal(back[1].id[0], 3);
    bytes.ptr[16] = 200; /* a value of a later draft is kept */
    assert_int_equal(hub_upload_errors_decode(back, n, hub_buf_span(&bytes)), HUB_OK);
    assert_string_equal(hub_report_error_name(back[0].error), "unknown");
    bytes.ptr[16] = 0;
    assert_int_equal(hub_upload_errors_count(&n, hub_buf_span(&bytes)), HUB_E_DECODE);
    assert_int_equal(hub_upload_errors_decode(back, n, hub_buf_span(&bytes)), HUB_E_DECODE);
    hub_buf_clear(&bytes);
}

static void test_domains(void **state)
{
    (void)state;
    const struct hub_task_id task = {{0xaa, 0xbb}};
    uint8_t input[HUB_INPUT_SHARE_INFO_LEN];
    uint8_t aggregate[HUB_AGGREGATE_SHARE_INFO_LEN];
    uint8_t context[HUB_VDAF_CONTEXT_LEN];

    hub_input_share_info(input, HUB_ROLE_HELPER);
    assert_memory_equal(input, "dap-18 input share\x01\x03", 20);
    hub_aggregate_share_info(aggregate, HUB_ROLE_LEADER);
    assert_memory_equal(aggregate, "dap-18 aggregate share\x02\x00", 24);
    hub_vdaf_context(context, &task);
    assert_memory_equal(context, "dap-18\xaa\xbb\x00", 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_lie_where_they_say),
        cmocka_unit_test(test_reports_come_off_a_stream),
        cmocka_unit_test(test_a_stream_stops_at_the_first_wrong_length),
        cmocka_unit_test(test_upload_errors),
        cmocka_unit_test(test_domains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
