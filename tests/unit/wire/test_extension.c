/* Extension lists: structure, order, support. */
#include "wire/extension.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LIST(...) HUB_SPAN_ARRAY(((const uint8_t[]){__VA_ARGS__}))

static const uint16_t known[] = {1, 5};

static unsigned faults(hub_span list)
{
    return hub_extensions_faults(list, known, 2);
}

static void test_items_come_in_order(void **state)
{
    (void)state;
    hub_span list = LIST(0, 1, 0, 2, 0xaa, 0xbb, 0xff, 0, 0, 0);
    struct hub_extension e;
    hub_span data;

    assert_true(hub_extension_find(list, 0xff00, &data));
    assert_int_equal(data.len, 0);
    assert_true(hub_extension_find(list, 1, &data));
    assert_int_equal(data.len, 2);
    assert_int_equal(data.ptr[1], 0xbb);
    assert_false(hub_extension_find(list, 2, &data));

    assert_true(hub_extension_next(&list, &e));
    assert_int_equal(e.type, 1);
    assert_int_equal(e.data.ptr[0], 0xaa);
    assert_true(hub_extension_next(&list, &e));
    assert_int_equal(e.type, 0xff00);
    assert_false(hub_extension_next(&list, &e));
    assert_false(hub_extension_next(&list, &e));
}

static void test_order_and_support_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(faults(HUB_SPAN_EMPTY), 0);
    assert_int_equal(faults(LIST(0, 1, 0, 0)), 0);
    assert_int_equal(faults(LIST(0, 1, 0, 0, 0, 5, 0, 0)), 0);
    assert_int_equal(faults(LIST(0, 2, 0, 0)), HUB_EXTENSIONS_UNSUPPORTED);
    assert_int_equal(faults(LIST(0, 5, 0, 0, 0, 1, 0, 0)), HUB_EXTENSIONS_UNSORTED);
    assert_int_equal(faults(LIST(0, 5, 0, 0, 0, 5, 0, 0)), HUB_EXTENSIONS_UNSORTED);
    assert_int_equal(faults(LIST(0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0)),
                     HUB_EXTENSIONS_UNSUPPORTED | HUB_EXTENSIONS_UNSORTED);
    assert_int_equal(faults(LIST(0, 0, 0, 0)), HUB_EXTENSIONS_UNSUPPORTED);
}

static void test_unsupported_types_are_listed(void **state)
{
    (void)state;
    const hub_span list = LIST(0, 1, 0, 0, 0, 23, 0, 1, 9, 0, 5, 0, 0, 0, 42, 0, 0);
    uint16_t types[4] = {0};

    assert_int_equal(hub_extensions_unsupported(types, 4, list, known, 2), 2);
    assert_int_equal(types[0], 23);
    assert_int_equal(types[1], 42);
    assert_int_equal(hub_extensions_unsupported(types, 1, list, known, 2), 1);
}

static void test_the_same_type_in_two_lists(void **state)
{
    (void)state;
    const hub_span a = LIST(0, 1, 0, 0, 0, 3, 0, 0);
    const hub_span b = LIST(0, 2, 0, 0, 0, 3, 0, 1, 7);

    assert_true(hub_extensions_share_type(a, b));
    assert_true(hub_extensions_share_type(b, a));
    assert_false(hub_extensions_share_type(a, LIST(0, 2, 0, 0)));
    assert_false(hub_extensions_share_type(a, HUB_SPAN_EMPTY));
    assert_false(hub_extensions_share_type(HUB_SPAN_EMPTY, HUB_SPAN_EMPTY));
}

static hub_status read_list(hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);

    (void)hub_read_extensions(&r);
    return hub_reader_finish(&r);
}

static void test_items_must_fill_the_list(void **state)
{
    (void)state;
    assert_int_equal(read_list(LIST(0, 0)), HUB_OK);
    assert_int_equal(read_list(LIST(0, 4, 0, 9, 0, 0)), HUB_OK);
    assert_int_equal(read_list(LIST(0, 5, 0, 9, 0, 1, 7)), HUB_OK);
    assert_int_equal(read_list(LIST(0)), HUB_E_DECODE);
    assert_int_equal(read_list(LIST(0, 5, 0, 9, 0, 0)), HUB_E_DECODE);
    assert_int_equal(read_list(LIST(0, 4, 0, 9, 0, 1)), HUB_E_DECODE);
    assert_int_equal(read_list(LIST(0, 4, 0, 9, 0, 1, 7)), HUB_E_DECODE);
    assert_int_equal(read_list(LIST(0, 3, 0, 9, 0)), HUB_E_DECODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_come_in_order),
        cmocka_unit_test(test_order_and_support_are_told_apart),
        cmocka_unit_test(test_unsupported_types_are_listed),
        cmocka_unit_test(test_the_same_type_in_two_lists),
        cmocka_unit_test(test_items_must_fill_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
