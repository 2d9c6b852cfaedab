/* Problem types, media types, HPKE configurations. */
#include "wire/hpke_config.h"
#include "wire/media_type.h"
#include "wire/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_problem_types(void **state)
{
    (void)state;
    for (unsigned p = 1; p < HUB_N_PROBLEMS; p++) {
        const char *const urn = hub_problem_urn((enum hub_problem_type)p);
        assert_int_equal(hub_problem_from_urn(hub_span_text(urn)), p);
        assert_string_equal(urn + strlen("urn:ietf:params:ppm:dap:error:"),
                            hub_problem_name((enum hub_problem_type)p));
        assert_true(strlen(hub_problem_title((enum hub_problem_type)p)) > 10);
    }
    assert_string_equal(hub_problem_name(HUB_PROBLEM_BATCH_OVERLAP), "batchOverlap");
    assert_string_equal(hub_problem_urn(HUB_PROBLEM_NONE), "about:blank");
    assert_int_equal(hub_problem_from_urn(hub_span_text("about:blank")), HUB_PROBLEM_NONE);
    assert_int_equal(hub_problem_from_urn(HUB_SPAN_EMPTY), HUB_PROBLEM_NONE);
}

static bool is_upload(const char *value)
{
    return hub_media_type_is(value, HUB_MESSAGE_UPLOAD_REQ);
}

static void test_media_types(void **state)
{
    (void)state;
    for (unsigned m = 0; m < HUB_N_MESSAGES; m++) {
        for (unsigned other = 0; other < HUB_N_MESSAGES; other++)
            assert_int_equal(
                hub_media_type_is(hub_media_type((enum hub_message)m), (enum hub_message)other),
                m == other);
    }
    assert_true(is_upload("application/ppm-dap;message=upload-req"));
    assert_true(is_upload("Application/PPM-DAP ; Message=\"upload-req\" "));
    assert_true(is_upload("application/ppm-dap; version=18; message=upload-req"));
    assert_true(is_upload("application/ppm-dap;message=upload-req;version=\"a;b\""));
    assert_false(is_upload(""));
    assert_false(is_upload("application/ppm-dap"));
    assert_false(is_upload("application/ppm-dap;"));
    assert_false(is_upload("application/ppm-dapx;message=upload-req"));
    assert_false(is_upload("application/dap-upload-req"));
    assert_false(is_upload("application/ppm-dap;message=upload-reqs"));
    assert_false(is_upload("application/ppm-dap;message=Upload-Req"));
    assert_false(is_upload("application/ppm-dap;message=upload-errors"));
    assert_false(is_upload("application/ppm-dap;message=upload-req;message=upload-errors"));
    assert_false(is_upload("application/ppm-dap;message=upload-req;message=upload-req"));
    assert_false(is_upload("application/ppm-dap;message=\"upload-req"));
    assert_false(is_upload("application/ppm-dap;message=upload-req,text/plain"));
    assert_false(is_upload("application/ppm-dap;message=upload-req;broken"));
    assert_false(is_upload("application/ppm-dap;message =upload-req"));
}

static void test_the_first_fitting_configuration_is_chosen(void **state)
{
    (void)state;
    uint8_t key[3][32] = {{1}, {2}, {3}};
    const struct hub_hpke_config_view configs[] = {
        {1, 0x0021, 1, 1, HUB_SPAN_ARRAY(key[0])}, {2, 0x0020, 1, 1, hub_span_of(key[0], 31)},
        {3, 0x0020, 1, 1, HUB_SPAN_ARRAY(key[1])}, {4, 0x0020, 1, 1, HUB_SPAN_ARRAY(key[2])},
        {5, 0x0020, 1, 3, HUB_SPAN_ARRAY(key[2])},
    };
    struct hub_hpke_config_view out[8];
    struct hub_buf list = HUB_BUF_INIT(1000);
    size_t n = 0;

    assert_int_equal(hub_hpke_config_list_encode(&list, configs, 5), HUB_OK);
    assert_int_equal(hub_hpke_config_list_decode(out, &n, 8, hub_buf_span(&list)), HUB_OK);
    assert_int_equal(n, 5);
    assert_int_equal(out[4].aead_id, 3);
    assert_int_equal(hub_hpke_config_list_decode(out, &n, 4, hub_buf_span(&list)), HUB_E_SPACE);
    assert_int_equal(hub_hpke_config_list_choose(out, hub_buf_span(&list), 0x0020, 1, 1, 32),
                     HUB_OK);
    assert_int_equal(out->id, 3);
    assert_int_equal(out->public_key.ptr[0], 2);
    assert_int_equal(hub_hpke_config_list_choose(out, hub_buf_span(&list), 0x0020, 2, 1, 32),
                     HUB_E_NOT_FOUND);
    list.len--;
    assert_int_equal(hub_hpke_config_list_choose(out, hub_buf_span(&list), 0x0020, 1, 1, 32),
                     HUB_E_DECODE);
    hub_buf_clear(&list);
    assert_int_equal(hub_hpke_config_list_encode(&list, configs, 0), HUB_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problem_types),
        cmocka_unit_test(test_media_types),
        cmocka_unit_test(test_the_first_fitting_configuration_is_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
