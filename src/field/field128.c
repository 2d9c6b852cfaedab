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

/* Sums of whole products with a counter of their overflows: the products of equal words in one
 * pass, those across in another, so that each pass stays in registers. */
void hub_field128_add_dot_c(hub_acc128 *acc, const hub_fe128 *x, size_t x_stride,
                            const hub_fe128 *y, size_t n)
{
    hub_u128 low = 0;
    hub_u128 mid = 0;
    hub_u128 high = 0;
    uint64_t low_over = 0;
    uint64_t mid_over = 0;
    uint64_t high_over = 0;

    for (size_t i = 0; i < n; i++) {
        hub_fe128 a = x[i * x_stride];

        low_over += __builtin_add_overflow(low, (hub_u128)a.lo * y[i].lo, &low);
        high_over += __builtin_add_overflow(high, (hub_u128)a.hi * y[i].hi, &high);
    }
    for (size_t i = 0; i < n; i++) {
        hub_fe128 a = x[i * x_stride];

        mid_over += __builtin_add_overflow(mid, (hub_u128)a.lo * y[i].hi, &mid);
        mid_over += __builtin_add_overflow(mid, (hub_u128)a.hi * y[i].lo, &mid);
    }
    acc->c0 += (uint64_t)low;
    acc->c1 += (low >> 64) + (uint64_t)mid;
    acc->c2 += (hub_u128)low_over + (mid >> 64) + (uint64_t)high;
    acc->c3 += (hub_u128)mid_over + (high >> 64) + ((hub_u128)high_over << 64);
}

hub_fe128 hub_field128_dot_c(const hub_fe128 *x, size_t x_stride, const hub_fe128 *y, size_t n)
{
    hub_acc128 acc = {0};

    hub_field128_add_dot_c(&acc, x, x_stride, y, n);
    return hub_acc128_reduce(acc);
}

/* Factors are words mod p as elements are. */
hub_factor128 hub_field128_dot_factors_c(const hub_fe128 *x, size_t x_stride,
                                         const hub_factor128 *y, size_t n)
{
    hub_fe128 sum = hub_field128_dot_c(x, x_stride, (const hub_fe128 *)(const void *)y, n);

    return (hub_factor128){sum.lo, sum.hi};
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

void hub_field128_add_encoded(uint8_t *acc, const uint8_t *share, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t a[2];
        uint64_t b[2];

        hub_load_le64_array(a, acc + 16 * i, 2);
        hub_load_le64_array(b, share + 16 * i, 2);
        hub_fe128 sum = hub_fe128_add((hub_fe128){a[0], a[1]}, (hub_fe128){b[0], b[1]});
        a[0] = sum.lo;
        a[1] = sum.hi;
        hub_store_le64_array(acc + 16 * i, a, 2);
    }
}

enum { ADD_AT_ONCE = 4 }; /* elements: a cache line of each row */

/* An element's words. */
typedef uint64_t two_words __attribute__((vector_size(16)));

/* The lower and the upper halves of the words of element at + i of all rows. */
struct halves {
    two_words low[ADD_AT_ONCE];
    two_words high[ADD_AT_ONCE];
};

static inline two_words load_two(const uint8_t *bytes)
{
    uint64_t words[2];

    hub_load_le64_array(words, bytes, 2);
    return (two_words){words[0], words[1]};
}

/* Sums stay in registers, which compilers do not see for arrays. */
static void sum_halves(struct halves *out, const uint8_t *const *rows, size_t n_rows, size_t at)
{
    two_words low0 = {0};
    two_words low1 = {0};
    two_words low2 = {0};
    two_words low3 = {0};
    two_words high0 = {0};
    two_words high1 = {0};
    two_words high2 = {0};
    two_words high3 = {0};

    for (size_t s = 0; s < n_rows; s++) {
        const uint8_t *bytes = rows[s] + HUB_FIELD128_BYTES * at;
        two_words a0 = load_two(bytes);
        two_words a1 = load_two(bytes + HUB_FIELD128_BYTES);
        two_words a2 = load_two(bytes + (size_t)2 * HUB_FIELD128_BYTES);
        two_words a3 = load_two(bytes + (size_t)3 * HUB_FIELD128_BYTES);

        low0 += a0 & UINT32_MAX;
        low1 += a1 & UINT32_MAX;
        low2 += a2 & UINT32_MAX;
        low3 += a3 & UINT32_MAX;
        high0 += a0 >> 32;
        high1 += a1 >> 32;
        high2 += a2 >> 32;
        high3 += a3 >> 32;
    }
    *out = (struct halves){{low0, low1, low2, low3}, {high0, high1, high2, high3}};
}

/* acc += an element's words as sums of their halves. */
static void add_halves(uint8_t *acc, two_words low, two_words high)
{
    hub_u128 lo = low[0] + ((hub_u128)high[0] << 32);
    hub_u128 hi = low[1] + ((hub_u128)high[1] << 32) + (uint64_t)(lo >> 64);
    hub_fe128 sum = hub_fe128_reduce((uint64_t)lo, (uint64_t)hi, (uint64_t)(hi >> 64), 0);
    uint64_t words[2] = {sum.lo, sum.hi};
    uint8_t bytes[HUB_FIELD128_BYTES];

    hub_store_le64_array(bytes, words, 2);
    hub_field128_add_encoded(acc, bytes, 1);
}

/* Halves of words add up apart, so that nothing carries. */
void hub_field128_add_rows_encoded(uint8_t *acc, const uint8_t *const *rows, size_t n_rows,
                                   size_t n)
{
    size_t at = 0;

    for (; n - at >= ADD_AT_ONCE; at += ADD_AT_ONCE) {
        struct halves sums;

        sum_halves(&sums, rows, n_rows, at);
        for (size_t i = 0; i < ADD_AT_ONCE; i++)
            add_halves(acc + HUB_FIELD128_BYTES * (at + i), sums.low[i], sums.high[i]);
    }
    for (size_t s = 0; s < n_rows; s++)
        hub_field128_add_encoded(acc + HUB_FIELD128_BYTES * at, rows[s] + HUB_FIELD128_BYTES * at,
                                 n - at);
}
