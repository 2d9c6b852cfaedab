/* Aggregate shares: sums mod p, signed numbers, totals at the ends of their range. */
#include "vdaf/agg_share.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LENGTH = 3, BYTES_MAX = LENGTH * 16 };

/* One VDAF of each field, with up to LENGTH elements. */
static struct hub_vdaf *make(unsigned bits)
{
    const struct hub_vdaf_params params[] = {
        {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 100},
        {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = LENGTH, .chunk_length = 1},
    };
    struct hub_vdaf *v = NULL;

    assert_int_equal(hub_vdaf_new(&v, &params[bits == 128]), HUB_OK);
    assert_int_equal(hub_vdaf_field_bits(v), bits);
    return v;
}

static hub_span row(const struct hub_vdaf *v, const uint8_t *bytes)
{
    return hub_span_of(bytes, hub_vdaf_agg_share_len(v));
}

/* p as the field's little-endian bytes, less minus. */
static void put_p(const struct hub_vdaf *v, uint8_t *out, uint8_t minus)
{
    static const uint8_t p64[8] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t p128[16] = {1,    0,    0,    0,    0,    0,    0,    0,
                                     0xe4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    size_t n = hub_vdaf_field_bits(v) / 8;

    memcpy(out, n == 8 ? p64 : p128, n);
    for (size_t i = 0; minus != 0 && i < n; i++) {
        uint8_t before = out[i];

        out[i] = (uint8_t)(before - minus);
        minus = before < minus ? 1 : 0;
    }
}

static void rows_that_are_no_elements_are_refused(void **state)
{
    (void)state;
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        struct hub_vdaf *v = make(bits);
        uint8_t acc[BYTES_MAX] = {7};
        uint8_t before[BYTES_MAX];
        uint8_t bad[BYTES_MAX + 1] = {0};
        uint64_t totals[LENGTH] = {99, 99, 99};
        int64_t signed_totals[LENGTH] = {99, 99, 99};
        size_t n = hub_vdaf_output_len(v);
        size_t len = hub_vdaf_agg_share_len(v);

        memcpy(before, acc, sizeof(acc));
        put_p(v, bad + len - bits / 8, 0);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, row(v, bad)), HUB_E_DECODE);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, hub_span_of(acc, len - 1)), HUB_E_DECODE);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, hub_span_of(bad, len + 1)), HUB_E_DECODE);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, HUB_SPAN_EMPTY), HUB_E_DECODE);
        assert_memory_equal(acc, before, sizeof(acc));
        assert_int_equal(hub_vdaf_unshard(v, totals, n, row(v, acc), row(v, bad)), HUB_E_DECODE);
        assert_int_equal(hub_vdaf_unshard(v, totals, n, row(v, bad), row(v, acc)), HUB_E_DECODE);
        assert_int_equal(hub_vdaf_unshard_signed(v, signed_totals, n, row(v, bad), row(v, acc)),
                         HUB_E_DECODE);
        assert_int_equal(hub_vdaf_unshard_signed(v, signed_totals, n, row(v, acc), HUB_SPAN_EMPTY),
                         HUB_E_DECODE);
        assert_int_equal(totals[0], 99);
        assert_int_equal(signed_totals[0], 99);
        hub_vdaf_free(v);
    }
}

static void sums_wrap_at_p(void **state)
{
    (void)state;
    for (unsigned bits = 64; bits <= 128; bits += 64) {
        struct hub_vdaf *v = make(bits);
        uint8_t acc[BYTES_MAX];
        uint8_t minus_one[BYTES_MAX] = {0};
        uint8_t two[BYTES_MAX] = {2};
        uint64_t totals[LENGTH];

        put_p(v, minus_one, 1);
        hub_vdaf_agg_share_init(v, acc);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, row(v, minus_one)), HUB_OK);
        assert_int_equal(hub_vdaf_agg_share_add(v, acc, row(v, two)), HUB_OK);
        assert_int_equal(acc[0], 1);
        for (size_t i = 1; i < hub_vdaf_agg_share_len(v); i++)
            assert_int_equal(acc[i], 0);
        assert_int_equal(
            hub_vdaf_unshard(v, totals, hub_vdaf_output_len(v), row(v, minus_one), row(v, two)),
            HUB_OK);
        assert_int_equal(totals[0], 1);
        hub_vdaf_free(v);
    }
}

static void signed_numbers_come_back(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 307, -307, INT32_MAX, INT32_MIN, INT64_C(1) << 62};

    for (unsigned bits = 64; bits <= 128; bits += 64) {
        struct hub_vdaf *v = make(bits);
        size_t n = hub_vdaf_output_len(v);

        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            uint8_t acc[BYTES_MAX];
            uint8_t other[BYTES_MAX] = {0};
            int64_t add[LENGTH] = {numbers[i], -numbers[i] / 3, 5};
            int64_t totals[LENGTH];

            hub_vdaf_agg_share_init(v, acc);
            hub_vdaf_agg_share_add_signed(v, acc, add, n);
            put_p(v, other, 10); /* minus ten */
            assert_int_equal(hub_vdaf_unshard_signed(v, totals, n, row(v, acc), row(v, other)),
                             HUB_OK);
            assert_true(totals[0] == numbers[i] - 10);
            if (n > 1)
                assert_true(totals[1] == -numbers[i] / 3 && totals[2] == 5);
        }
        hub_vdaf_free(v);
    }
}

/* Totals at the ends of int64 and one beyond; in Field64 they reach p/2 first. */
static void totals_beyond_their_type_are_refused(void **state)
{
    (void)state;
    struct hub_vdaf *v = make(128);
    const int64_t ends[LENGTH] = {INT64_MAX, -INT64_MAX, INT64_MIN};
    int64_t totals[LENGTH];
    uint64_t unsigned_totals[LENGTH];

    for (unsigned k = 0; k < LENGTH; k++) {
        uint8_t acc[BYTES_MAX];
        uint8_t other[BYTES_MAX];
        int64_t add[LENGTH] = {0};
        int64_t push[LENGTH] = {0};

        add[k] = ends[k];
        push[k] = ends[k] > 0 ? 1 : -1;
        hub_vdaf_agg_share_init(v, acc);
        hub_vdaf_agg_share_init(v, other);
        hub_vdaf_agg_share_add_signed(v, acc, add, LENGTH);
        /* INT64_MIN has no positive counterpart and is refused with what lies beyond */
        assert_int_equal(hub_vdaf_unshard_signed(v, totals, LENGTH, row(v, acc), row(v, other)),
                         k == 2 ? HUB_E_DECODE : HUB_OK);
        if (k != 2)
            assert_true(totals[k] == ends[k]);
        hub_vdaf_agg_share_add_signed(v, other, push, LENGTH);
        assert_int_equal(hub_vdaf_unshard_signed(v, totals, LENGTH, row(v, acc), row(v, other)),
                         HUB_E_DECODE);
        assert_int_equal(hub_vdaf_unshard(v, unsigned_totals, LENGTH, row(v, acc), row(v, other)),
                         k == 0 ? HUB_OK : HUB_E_DECODE);
    }
    hub_vdaf_free(v);

    v = make(64);
    uint8_t half[BYTES_MAX] = {0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f}; /* (p - 1) / 2 */
    uint8_t zero[BYTES_MAX] = {0};
    uint8_t one[BYTES_MAX] = {1};
    assert_int_equal(hub_vdaf_unshard_signed(v, totals, 1, row(v, half), row(v, zero)), HUB_OK);
    assert_true(totals[0] == INT64_C(0x7fffffff80000000));
    assert_int_equal(hub_vdaf_unshard_signed(v, totals, 1, row(v, half), row(v, one)), HUB_OK);
    assert_true(totals[0] == -INT64_C(0x7fffffff80000000));
    hub_vdaf_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_no_elements_are_refused),
        cmocka_unit_test(sums_wrap_at_p),
        cmocka_unit_test(signed_numbers_come_back),
        cmocka_unit_test(totals_beyond_their_type_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
