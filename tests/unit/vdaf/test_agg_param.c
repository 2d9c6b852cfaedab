/* Aggregation parameters: encodings that are one and some that are not, the rules, and which bits
 * prefixes have in common. */
#include "vdaf/agg_param.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void decodes_what_it_encodes(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 9, 0, 0, 0, 2, 0x12, 0x40, 0xff, 0xc0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf again = HUB_BUF_INIT(100);
    struct hub_agg_param p;

    assert_int_equal(hub_agg_param_decode(&p, HUB_SPAN_ARRAY(bytes)), HUB_OK);
    assert_int_equal(p.level, 9);
    assert_int_equal(p.n_prefixes, 2);
    assert_int_equal(p.prefix_bytes, 2);
    assert_int_equal(hub_prefix_bit(hub_agg_param_prefix(&p, 0), 3), 1);
    assert_int_equal(hub_prefix_bit(hub_agg_param_prefix(&p, 0), 4), 0);
    assert_int_equal(hub_prefix_bit(hub_agg_param_prefix(&p, 0), 9), 1);
    assert_int_equal(hub_agg_param_encode(&again, &p), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&again), HUB_SPAN_ARRAY(bytes)));
    for (size_t n = 0; n < sizeof(bytes); n++)
        assert_int_equal(hub_agg_param_decode(&p, hub_span_of(bytes, n)), HUB_E_DECODE);
}

static void refuses_bits_behind_a_prefix(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 9, 0, 0, 0, 1, 0, 0};
    struct hub_agg_param p;

    for (unsigned bit = 0; bit < 8; bit++) {
        bytes[7] = (uint8_t)(1U << bit);
        assert_int_equal(hub_agg_param_decode(&p, HUB_SPAN_ARRAY(bytes)),
                         bit < 6 ? HUB_E_DECODE : HUB_OK);
    }
    memset(bytes + 2, 0xff, 4); /* the length of as many prefixes is more than is there */
    assert_int_equal(hub_agg_param_decode(&p, HUB_SPAN_ARRAY(bytes)), HUB_E_DECODE);
}

static void common_bits(void **state)
{
    (void)state;
    uint8_t a[3] = {0x5a, 0xc3, 0x80};

    assert_int_equal(hub_prefix_common_bits(a, a, 17), 17);
    assert_int_equal(hub_prefix_common_bits(a, a, 24), 24);
    for (size_t bit = 0; bit < 24; bit++) {
        uint8_t b[3];

        memcpy(b, a, sizeof(b));
        b[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
        assert_int_equal(hub_prefix_common_bits(a, b, 24), bit);
        assert_int_equal(hub_prefix_common_bits(a, b, 11), bit < 11 ? bit : 11);
    }
}

static void order_and_levels(void **state)
{
    (void)state;
    static const uint8_t in_order[] = {0x00, 0x40, 0x80};
    static const uint8_t repeated[] = {0x00, 0x40, 0x40};
    static const uint8_t unordered[] = {0x00, 0x80, 0x40};
    struct hub_agg_param p = {1, 3, 1, in_order};

    assert_true(hub_agg_param_is_valid(&p, 2, NULL));
    assert_false(hub_agg_param_is_valid(&p, 1, NULL));
    p.prefixes = repeated;
    assert_false(hub_agg_param_is_valid(&p, 2, NULL));
    p.prefixes = unordered;
    assert_false(hub_agg_param_is_valid(&p, 2, NULL));
}

static void prefixes_continue_the_previous(void **state)
{
    (void)state;
    static const uint8_t earlier[] = {0x20, 0x80, 0xe0};               /* 001 100 111 */
    static const uint8_t later[] = {0x20, 0x30, 0x98, 0xe0, 0xf8};     /* five bits each */
    static const uint8_t strangers[] = {0x20, 0x30, 0x40, 0xe0, 0xf8}; /* 01000 has no ancestor */
    static const uint8_t behind[] = {0x20, 0x30, 0x98, 0xc0, 0xf8};    /* nor has 11000 */
    const struct hub_agg_param previous = {2, 3, 1, earlier};
    struct hub_agg_param p = {4, 5, 1, later};
    struct hub_agg_param same = previous;

    assert_true(hub_agg_param_is_valid(&p, 5, &previous));
    assert_false(hub_agg_param_is_valid(&same, 5, &previous));
    assert_false(hub_agg_param_is_valid(&previous, 5, &p));
    p.prefixes = strangers;
    assert_false(hub_agg_param_is_valid(&p, 5, &previous));
    p.prefixes = behind;
    assert_false(hub_agg_param_is_valid(&p, 5, &previous));
    p.n_prefixes = 0;
    assert_true(hub_agg_param_is_valid(&p, 5, &previous));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_what_it_encodes),
        cmocka_unit_test(refuses_bits_behind_a_prefix),
        cmocka_unit_test(common_bits),
        cmocka_unit_test(order_and_levels),
        cmocka_unit_test(prefixes_continue_the_previous),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
