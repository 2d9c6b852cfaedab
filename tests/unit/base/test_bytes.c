/* Buffers, readers, writers: limits, stickiness, round trips. */
#include "base/reader.h"
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void buffer_stops_at_its_limit(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf b = HUB_BUF_INIT(100);
    uint8_t bytes[60] = {7};

    assert_int_equal(hub_buf_append(&b, HUB_SPAN_ARRAY(bytes)), HUB_OK);
    assert_int_equal(hub_buf_append(&b, HUB_SPAN_ARRAY(bytes)), HUB_E_SPACE);
    assert_int_equal(b.len, 60);
    assert_int_equal(hub_buf_append(&b, hub_span_of(bytes, 40)), HUB_OK);
    assert_int_equal(hub_buf_append(&b, hub_span_of(bytes, 1)), HUB_E_SPACE);
    assert_int_equal(hub_buf_append(&b, HUB_SPAN_EMPTY), HUB_OK);
}

static void zeroed_buffer_takes_nothing(void **state)
{
    (void)state;
    struct hub_buf b = {0};
    const uint8_t byte = 1;

    assert_int_equal(hub_buf_append(&b, hub_span_of(&byte, 1)), HUB_E_SPACE);
    hub_buf_wipe(&b);
    hub_buf_clear(&b);
}

static void move_leaves_the_source_empty(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf a = HUB_BUF_INIT(10);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf b = HUB_BUF_INIT(10);

    assert_int_equal(hub_buf_append(&a, hub_span_text("abc")), HUB_OK);
    hub_buf_move(&b, &a);
    assert_int_equal(a.len, 0);
    assert_null(a.ptr);
    assert_true(hub_span_equal_var(hub_buf_span(&b), hub_span_text("abc")));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf b = HUB_BUF_INIT(1000);
    struct hub_writer w = hub_writer(&b);

    hub_write_u8(&w, 0xfe);
    hub_write_u16(&w, 0xfedc);
    hub_write_u32(&w, 0xfedcba98);
    hub_write_u64(&w, 0xfedcba9876543210);
    hub_write_vec8(&w, hub_span_text("eight"));
    hub_write_vec16(&w, HUB_SPAN_EMPTY);
    const size_t at = hub_write_vec_begin(&w, 4);
    hub_write_u8(&w, 1);
    hub_write_u8(&w, 2);
    hub_write_vec_end(&w, at, 4);
    assert_int_equal(hub_writer_finish(&w), HUB_OK);
    assert_int_equal(b.len, 1 + 2 + 4 + 8 + 6 + 2 + 6);
    assert_int_equal(b.ptr[1], 0xfe); /* big-endian */
    assert_int_equal(b.ptr[2], 0xdc);

    struct hub_reader r = hub_reader(hub_buf_span(&b));
    assert_int_equal(hub_read_u8(&r), 0xfe);
    assert_int_equal(hub_read_u16(&r), 0xfedc);
    assert_int_equal(hub_read_u32(&r), 0xfedcba98);
    assert_true(hub_read_u64(&r) == 0xfedcba9876543210);
    assert_true(hub_span_equal_var(hub_read_vec8(&r, 1), hub_span_text("eight")));
    assert_int_equal(hub_read_vec16(&r, 0).len, 0);
    assert_int_equal(hub_read_vec32(&r, 2).len, 2);
    assert_int_equal(hub_reader_finish(&r), HUB_OK);
}

static void every_short_input_fails(void **state)
{
    (void)state;
    static const uint8_t whole[] = {1, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'};

    for (size_t n = 0; n < sizeof(whole); n++) {
        struct hub_reader r = hub_reader(hub_span_of(whole, n));
        (void)hub_read_u8(&r);
        (void)hub_read_vec16(&r, 0);
        (void)hub_read_vec32(&r, 0);
        assert_int_equal(hub_reader_finish(&r), HUB_E_DECODE);
    }
}

static void reader_stays_failed(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 9, 1, 2, 3};
    struct hub_reader r = hub_reader(HUB_SPAN_ARRAY(bytes));
    uint8_t out[2] = {5, 5};

    assert_int_equal(hub_read_vec16(&r, 0).len, 0); /* says 9, has 3 */
    assert_int_equal(hub_read_u8(&r), 0);
    hub_read_bytes(&r, out, 2);
    assert_int_equal(out[0], 0);
    assert_false(hub_reader_has_more(&r));
    assert_int_equal(hub_reader_finish(&r), HUB_E_DECODE);
}

static void too_short_vectors_and_leftovers_fail(void **state)
{
    (void)state;
    static const uint8_t empty_vec[] = {0};
    struct hub_reader r = hub_reader(HUB_SPAN_ARRAY(empty_vec));

    (void)hub_read_vec8(&r, 1);
    assert_int_equal(hub_reader_finish(&r), HUB_E_DECODE);
    r = hub_reader(HUB_SPAN_ARRAY(empty_vec));
    assert_int_equal(hub_reader_finish(&r), HUB_E_DECODE);
}

static void writer_keeps_the_first_failure(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf small = HUB_BUF_INIT(3);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf large = HUB_BUF_INIT(1000);
    static const uint8_t bytes[300] = {0};
    struct hub_writer w = hub_writer(&small);

    hub_write_u32(&w, 1);
    hub_write_u8(&w, 1);
    assert_int_equal(hub_writer_finish(&w), HUB_E_SPACE);
    w = hub_writer(&large);
    hub_write_vec8(&w, HUB_SPAN_ARRAY(bytes)); /* 300 does not fit in one byte */
    assert_int_equal(hub_writer_finish(&w), HUB_E_SPACE);
    assert_int_equal(large.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_stops_at_its_limit),
        cmocka_unit_test(zeroed_buffer_takes_nothing),
        cmocka_unit_test(move_leaves_the_source_empty),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_short_input_fails),
        cmocka_unit_test(reader_stays_failed),
        cmocka_unit_test(too_short_vectors_and_leftovers_fail),
        cmocka_unit_test(writer_keeps_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
