/* Aggregate shares: sums of encoded rows of field elements, and totals from two of them (VDAF
 * draft-20, section "Prio3", aggregation and unsharding). */
#include "vdaf/agg_share.h"

#include "vdaf/prio3_internal.h"

#include <assert.h>

void hub_vdaf_agg_share_init(const struct hub_vdaf *v, uint8_t *acc)
{
    memset(acc, 0, hub_vdaf_agg_share_len(v));
}

/* Elements go through one by one, so that no row needs memory. */
static bool row_is_valid(const struct hub_vdaf *v, hub_span row)
{
    uint64_t element[2];
    bool valid = true;

    if (row.len != hub_vdaf_agg_share_len(v))
        return false;
    for (size_t i = 0; i < row.len; i += hub_vdaf_element_bytes(v))
        valid &= hub_prio3_decode(v, element, row.ptr + i, 1);
    return valid;
}

/* acc += share, n elements below p each. */
static void add_elements(const struct hub_vdaf *v, uint8_t *acc, const uint8_t *share, size_t n)
{
    if (v->element_words == 2)
        hub_field128_add_encoded(acc, share, n);
    else
        hub_field64_add_encoded(acc, share, n);
}

hub_status hub_vdaf_agg_share_add(const struct hub_vdaf *v, uint8_t *acc, hub_span share)
{
    if (!row_is_valid(v, share))
        return HUB_E_DECODE;
    add_elements(v, acc, share.ptr, v->output_len);
    return HUB_OK;
}

static void add_rows(const struct hub_vdaf *v, uint8_t *acc, const uint8_t *const *rows,
                     size_t n_rows)
{
    if (v->element_words == 2)
        hub_field128_add_rows_encoded(acc, rows, n_rows, v->output_len);
    else
        hub_field64_add_rows_encoded(acc, rows, n_rows, v->output_len);
}

/* Many rows at a time: the more, the fewer reductions. */
void hub_vdaf_aggregate(const struct hub_vdaf *v, uint8_t *acc, size_t n, const uint8_t *verdict,
                        const hub_span *out_shares)
{
    const uint8_t *rows[64];
    size_t len = hub_vdaf_out_share_len(v);
    size_t n_rows = 0;

    for (size_t i = 0; i < n; i++) {
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        assert(out_shares[i].len == len);
        rows[n_rows++] = out_shares[i].ptr;
        if (n_rows == sizeof(rows) / sizeof(rows[0])) {
            add_rows(v, acc, rows, n_rows);
            n_rows = 0;
        }
    }
    add_rows(v, acc, rows, n_rows);
}

/* number mod p as words: numbers are far smaller than p. */
static void signed_element(const struct hub_vdaf *v, uint64_t element[2], int64_t number)
{
    uint64_t negative = (uint64_t)number >> 63;
    uint64_t mask = hub_mask64(negative);
    uint64_t size = ((uint64_t)number ^ mask) + negative;

    if (v->element_words == 2) {
        hub_fe128 plus = HUB_FE128_OF(size);
        hub_fe128 minus = hub_fe128_neg(plus);

        element[0] = plus.lo ^ ((plus.lo ^ minus.lo) & mask);
        element[1] = plus.hi ^ ((plus.hi ^ minus.hi) & mask);
    } else {
        element[0] = size ^ ((size ^ hub_fe64_neg(size)) & mask);
        element[1] = 0;
    }
}

void hub_vdaf_agg_share_add_signed(const struct hub_vdaf *v, uint8_t *acc, const int64_t *numbers,
                                   size_t n)
{
    size_t element_bytes = hub_vdaf_element_bytes(v);

    assert(n == v->output_len);
    for (size_t i = 0; i < n; i++) {
        uint64_t element[2];
        uint8_t bytes[HUB_FIELD128_BYTES];

        signed_element(v, element, numbers[i]);
        hub_prio3_encode(v, bytes, element, 1);
        add_elements(v, acc + i * element_bytes, bytes, 1);
        hub_wipe(element, sizeof(element));
        hub_wipe(bytes, sizeof(bytes));
    }
}

/* Element i of the sum of both rows, as an element of Field128 in either case. */
static hub_fe128 total_at(const struct hub_vdaf *v, hub_span a, hub_span b, size_t i)
{
    size_t element_bytes = hub_vdaf_element_bytes(v);
    uint8_t bytes[HUB_FIELD128_BYTES];
    uint64_t element[2] = {0, 0};

    memcpy(bytes, a.ptr + i * element_bytes, element_bytes);
    add_elements(v, bytes, b.ptr + i * element_bytes, 1);
    (void)!hub_prio3_decode(v, element, bytes, 1); /* a sum of elements is one */
    return (hub_fe128){element[0], element[1]};
}

/* Elements above p/2 stand for negative numbers. */
static bool signed_from_element(const struct hub_vdaf *v, int64_t *out, hub_fe128 element)
{
    const hub_fe128 half = HUB_FE128_HALF; /* (p + 1) / 2, the first that is negative */
    bool negative = v->element_words == 2
                        ? element.hi > half.hi || (element.hi == half.hi && element.lo >= half.lo)
                        : element.lo > HUB_FIELD64_P / 2;
    hub_fe128 size = element;

    if (negative && v->element_words == 2)
        size = hub_fe128_neg(element);
    else if (negative)
        size.lo = hub_fe64_neg(element.lo);
    if (size.hi != 0 || size.lo > (uint64_t)INT64_MAX)
        return false;
    *out = negative ? -(int64_t)size.lo : (int64_t)size.lo;
    return true;
}

/* Both variants look at all totals before they write the first. */
hub_status hub_vdaf_unshard(const struct hub_vdaf *v, uint64_t *totals, size_t n,
                            hub_span leader_share, hub_span helper_share)
{
    assert(n == v->output_len);
    if (!row_is_valid(v, leader_share) || !row_is_valid(v, helper_share))
        return HUB_E_DECODE;
    for (size_t i = 0; i < n; i++) {
        if (total_at(v, leader_share, helper_share, i).hi != 0)
            return HUB_E_DECODE;
    }
    for (size_t i = 0; i < n; i++)
        totals[i] = total_at(v, leader_share, helper_share, i).lo;
    return HUB_OK;
}

hub_status hub_vdaf_unshard_signed(const struct hub_vdaf *v, int64_t *totals, size_t n,
                                   hub_span leader_share, hub_span helper_share)
{
    int64_t total;

    assert(n == v->output_len);
    if (!row_is_valid(v, leader_share) || !row_is_valid(v, helper_share))
        return HUB_E_DECODE;
    for (size_t i = 0; i < n; i++) {
        if (!signed_from_element(v, &total, total_at(v, leader_share, helper_share, i)))
            return HUB_E_DECODE;
    }
    for (size_t i = 0; i < n; i++)
        (void)signed_from_element(v, &totals[i], total_at(v, leader_share, helper_share, i));
    return HUB_OK;
}
