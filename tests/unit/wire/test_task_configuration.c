/* TaskConfiguration and the VDAF configurations in it: what is encoded comes back, what a party
 * must not take part in is refused. */
#include "wire/task_configuration.h"

#include "wire/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct hub_task_configuration some_task(void)
{
    return (struct hub_task_configuration){
        .task_info = hub_span_text("info"),
        .leader_url = hub_span_text("https://leader.example/a"),
        .helper_url = hub_span_text("https://helper.example"),
        .time_precision = 1800,
        .min_batch_size = 12,
        .batch_mode = HUB_BATCH_TIME_INTERVAL,
        .vdaf = {.type = HUB_VDAF_TYPE_PRIO3_SUM, .max_measurement = 39197},
    };
}

static void assert_comes_back(const struct hub_task_configuration *c)
{
    struct hub_buf bytes = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);
    struct hub_task_configuration back = {0};

    assert_int_equal(hub_task_configuration_encode(&bytes, c), HUB_OK);
    assert_int_equal(hub_task_configuration_decode(&back, hub_buf_span(&bytes)), HUB_OK);
    assert_true(hub_span_equal_var(back.task_info, c->task_info));
    assert_true(hub_span_equal_var(back.leader_url, c->leader_url));
    assert_true(hub_span_equal_var(back.helper_url, c->helper_url));
    assert_int_equal(back.time_precision, c->time_precision);
    assert_int_equal(back.min_batch_size, c->min_batch_size);
    assert_int_equal(back.batch_mode, c->batch_mode);
    assert_int_equal(back.vdaf.type, c->vdaf.type);
    assert_int_equal(back.vdaf.max_measurement, c->vdaf.max_measurement);
    assert_int_equal(back.vdaf.length, c->vdaf.length);
    assert_int_equal(back.vdaf.chunk_length, c->vdaf.chunk_length);
    assert_int_equal(back.vdaf.max_weight, c->vdaf.max_weight);
    assert_int_equal(back.vdaf.bits, c->vdaf.bits);
    assert_int_equal(back.has_task_interval, c->has_task_interval);
    assert_int_equal(back.task_interval.start, c->task_interval.start);
    assert_int_equal(back.task_interval.duration, c->task_interval.duration);
    hub_buf_clear(&bytes);
}

static void test_all_vdafs_come_back(void **state)
{
    (void)state;
    static const struct hub_vdaf_configuration vdafs[] = {
        {.type = HUB_VDAF_TYPE_PRIO3_COUNT},
        {.type = HUB_VDAF_TYPE_PRIO3_SUM, .max_measurement = UINT64_MAX},
        {.type = HUB_VDAF_TYPE_PRIO3_SUMVEC, .length = 5, .max_measurement = 7, .chunk_length = 3},
        {.type = HUB_VDAF_TYPE_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10},
        {.type = HUB_VDAF_TYPE_PRIO3_MULTIHOT, .length = 10, .chunk_length = 4, .max_weight = 6},
        {.type = HUB_VDAF_TYPE_POPLAR1, .bits = 256},
    };

    for (size_t i = 0; i < sizeof(vdafs) / sizeof(vdafs[0]); i++) {
        struct hub_task_configuration c = some_task();
        c.vdaf = vdafs[i];
        c.batch_mode = i % 2 == 0 ? HUB_BATCH_TIME_INTERVAL : HUB_BATCH_LEADER_SELECTED;
        assert_comes_back(&c);
        c.has_task_interval = true;
        c.task_interval = (struct hub_time_interval){1000 + i, 48};
        assert_comes_back(&c);
        assert_non_null(hub_vdaf_type_name(c.vdaf.type));
    }
    assert_null(hub_vdaf_type_name(7));
    assert_null(hub_vdaf_type_name(0xffff1003));
}

static void refuse(const struct hub_task_configuration *c)
{
    struct hub_buf bytes = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);

    assert_int_equal(hub_task_configuration_encode(&bytes, c), HUB_E_ARGUMENT);
    hub_buf_clear(&bytes);
}

static void test_the_encoder_refuses_what_no_type_holds(void **state)
{
    (void)state;
    static char url[HUB_WIRE_URL_MAX + 2];
    struct hub_task_configuration c = some_task();

    memset(url, 'u', sizeof(url) - 1);
    c.task_info = HUB_SPAN_EMPTY;
    refuse(&c);
    c.task_info = hub_span_of(url, 256);
    refuse(&c);
    c = some_task();
    c.leader_url = HUB_SPAN_EMPTY;
    refuse(&c);
    c.leader_url = hub_span_text(url);
    refuse(&c);
    c.leader_url.len--;
    assert_comes_back(&c);
    c = some_task();
    c.time_precision = 0;
    refuse(&c);
    c = some_task();
    c.vdaf.type = 99;
    refuse(&c);
    c = some_task();
    c.has_task_interval = true;
    refuse(&c);
    c.task_interval = (struct hub_time_interval){UINT64_MAX, 1};
    refuse(&c);
}

/* Bytes of a good configuration with one of them changed. */
static hub_status decode_changed(size_t from_end, uint8_t value)
{
    const struct hub_task_configuration c = some_task();
    struct hub_buf bytes = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);
    struct hub_task_configuration back;

    assert_int_equal(hub_task_configuration_encode(&bytes, &c), HUB_OK);
    bytes.ptr[bytes.len - from_end] = value;
    const hub_status status = hub_task_configuration_decode(&back, hub_buf_span(&bytes));
    hub_buf_clear(&bytes);
    return status;
}

static void test_the_decoder_refuses_what_it_does_not_know(void **state)
{
    (void)state;
    /* from the end: extensions 2, parameter 8, its length 2, type 4, batch_config 2, mode 1 */
    assert_int_equal(decode_changed(1, 0), HUB_OK);
    assert_int_equal(decode_changed(1, 1), HUB_E_DECODE);
    assert_int_equal(decode_changed(11, 7), HUB_E_DECODE);
    assert_int_equal(decode_changed(13, 7), HUB_E_DECODE);
    assert_int_equal(decode_changed(13, HUB_VDAF_TYPE_PRIO3_HISTOGRAM), HUB_OK);
    assert_int_equal(decode_changed(13, HUB_VDAF_TYPE_PRIO3_COUNT), HUB_E_DECODE);
    assert_int_equal(decode_changed(17, 1), HUB_E_DECODE);
    assert_int_equal(decode_changed(19, 0), HUB_E_DECODE);
    assert_int_equal(decode_changed(19, 3), HUB_E_DECODE);
    assert_int_equal(decode_changed(19, 2), HUB_OK);
    /* the last byte of the helper's URL: min_batch_size 8, time_precision 8 before */
    assert_int_equal(decode_changed(36, '/'), HUB_OK);
    assert_int_equal(decode_changed(36, 0xc3), HUB_E_DECODE);
    assert_int_equal(decode_changed(36, '\n'), HUB_E_DECODE);
}

/* A good configuration with its list of extensions replaced. */
static hub_status decode_with_extensions(const uint8_t *list, size_t n)
{
    const struct hub_task_configuration c = some_task();
    struct hub_buf bytes = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);
    struct hub_task_configuration back;
    const uint8_t len[2] = {0, (uint8_t)n};

    assert_int_equal(hub_task_configuration_encode(&bytes, &c), HUB_OK);
    bytes.len -= 2; /* the empty list */
    assert_int_equal(hub_buf_append(&bytes, HUB_SPAN_ARRAY(len)), HUB_OK);
    assert_int_equal(hub_buf_append(&bytes, hub_span_of(list, n)), HUB_OK);
    const hub_status status = hub_task_configuration_decode(&back, hub_buf_span(&bytes));
    hub_buf_clear(&bytes);
    return status;
}

/* "MUST NOT participate in tasks containing unrecognized extensions", and each type once, in
 * order. */
static void test_only_the_known_extension_is_taken(void **state)
{
    (void)state;
    enum { LEN = 20 }; /* type 2, length 2, an interval */
    uint8_t list[2 * LEN] = {[1] = 1,       [3] = 16,       [11] = 100,       [19] = 48,
                             [LEN + 1] = 1, [LEN + 3] = 16, [LEN + 11] = 100, [LEN + 19] = 48};

    assert_int_equal(decode_with_extensions(list, LEN), HUB_OK);
    assert_int_equal(decode_with_extensions(list, (size_t)2 * LEN), HUB_E_DECODE); /* 1, 1 */
    list[LEN + 1] = 2;
    assert_int_equal(decode_with_extensions(list, (size_t)2 * LEN), HUB_E_DECODE); /* 1, 2 */
    list[1] = 2;
    list[LEN + 1] = 1;
    assert_int_equal(decode_with_extensions(list, (size_t)2 * LEN), HUB_E_DECODE); /* 2, 1 */
    assert_int_equal(decode_with_extensions(list, LEN), HUB_E_DECODE);             /* 2 alone */
    list[1] = 0;
    assert_int_equal(decode_with_extensions(list, LEN), HUB_E_DECODE); /* reserved */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_vdafs_come_back),
        cmocka_unit_test(test_the_encoder_refuses_what_no_type_holds),
        cmocka_unit_test(test_the_decoder_refuses_what_it_does_not_know),
        cmocka_unit_test(test_only_the_known_extension_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
