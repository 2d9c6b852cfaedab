/* Field128: what is longer than a line, and its encoding. */
#include "field/field128.h"

#include "field/le_words_internal.h"

#include <assert.h>

/* a^(p - 2); the exponent is public. */
hub_fe128 hub_fe128_inv(hub_fe128 a)
{
    const hub_u128 exponent = hub_fe128_u128(HUB_FIELD128_P) - 2;
    hub_fe128 result = HUB_FE128_ONE;

    for (unsigned bit = 128; bit-- > 0;) {
        result = hub_fe128_mul(result, result);
        if ((exponent >> bit & 1) != 0)
            result = hub_fe128_mul(result, a);
    }
    return result;
}

hub_fe128 hub_fe128_root(unsigned log_n)
{
    /* 7^(2^62 - 7), of order 2^66 */
    hub_fe128 root = {0x1f9b2759c5109f06U, 0x6d278fbf4f60228bU};

    assert(log_n <= HUB_FIELD128_LOG_ROOTS);
    for (unsigned i = log_n; i < HUB_FIELD128_LOG_ROOTS; i++)
        root = hub_fe128_mul(root, root);
    return root;
}

hub_fe128 hub_field128_dot_c(const hub_fe128 *x, size_t x_stride, const hub_fe128 *y, size_t n)
{
    hub_acc128 acc = {0};

    for (size_t i = 0; i < n; i++)
        hub_acc128_add_product(&acc, x[i * x_stride], y[i]);
    return hub_acc128_reduce(acc);
}

void hub_field128_add_dot_c(hub_acc128 *acc, const hub_fe128 *x, size_t x_stride,
                            const hub_fe128 *y, size_t n)
{
    hub_acc128 sum = *acc;

    for (size_t i = 0; i < n; i++)
        hub_acc128_add_product(&sum, x[i * x_stride], y[i]);
    *acc = sum;
}

/* The two words add up apart; n is far below 2^32. */
hub_fe128 hub_field128_sum_c(const hub_fe128 *v, size_t n)
{
    hub_u128 lo = 0;
    hub_u128 hi = 0;

    for (size_t i = 0; i < n; i++) {
        lo += v[i].lo;
        hi += v[i].hi;
    }
    hi += (uint64_t)(lo >> 64);
    return hub_fe128_reduce((uint64_t)lo, (uint64_t)hi, (uint64_t)(hi >> 64), 0);
}

void hub_field128_add_vec_c(hub_fe128 *out, const hub_fe128 *a, const hub_fe128 *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = hub_fe128_add(a[i], b[i]);
}

void hub_field128_sub_vec_c(hub_fe128 *out, const hub_fe128 *a, const hub_fe128 *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = hub_fe128_sub(a[i], b[i]);
}

void hub_field128_encode(uint8_t *out, const hub_fe128 *v, size_t n)
{
    hub_store_le64_array(out, (const uint64_t *)v, 2 * n);
}

bool hub_field128_decode(hub_fe128 *out, const uint8_t *bytes, size_t n)
{
    const hub_u128 p = hub_fe128_u128(HUB_FIELD128_P);
    uint64_t over = 0;

    hub_load_le64_array((uint64_t *)out, bytes, 2 * n);
    for (size_t i = 0; i < n; i++)
        over |= (uint64_t)(hub_fe128_u128(out[i]) >= p);
    return over == 0;
}
