/* Field64: what is longer than a line, and its encoding. */
#include "field/field64.h"

#include "field/le_words_internal.h"

#include <assert.h>

/* a^(p - 2); the exponent is public. */
hub_fe64 hub_fe64_inv(hub_fe64 a)
{
    hub_fe64 result = 1;

    for (unsigned bit = 64; bit-- > 0;) {
        result = hub_fe64_mul(result, result);
        if (((HUB_FIELD64_P - 2) >> bit & 1) != 0)
            result = hub_fe64_mul(result, a);
    }
    return result;
}

hub_fe64 hub_fe64_root(unsigned log_n)
{
    hub_fe64 root = 0x185629dcda58878cU; /* 7^(2^32 - 1), of order 2^32 */

    assert(log_n <= HUB_FIELD64_LOG_ROOTS);
    for (unsigned i = log_n; i < HUB_FIELD64_LOG_ROOTS; i++)
        root = hub_fe64_mul(root, root);
    return root;
}

hub_fe64 hub_field64_dot_c(const hub_fe64 *x, size_t x_stride, const hub_fe64 *y, size_t n)
{
    hub_acc64 acc = {0};

    for (size_t i = 0; i < n; i++)
        hub_acc64_add_product(&acc, x[i * x_stride], y[i]);
    return hub_acc64_reduce(acc);
}

void hub_field64_add_vec_c(hub_fe64 *out, const hub_fe64 *a, const hub_fe64 *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = hub_fe64_add(a[i], b[i]);
}

void hub_field64_sub_vec_c(hub_fe64 *out, const hub_fe64 *a, const hub_fe64 *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = hub_fe64_sub(a[i], b[i]);
}

void hub_field64_encode(uint8_t *out, const hub_fe64 *v, size_t n)
{
    hub_store_le64_array(out, v, n);
}

bool hub_field64_decode(hub_fe64 *out, const uint8_t *bytes, size_t n)
{
    uint64_t over = 0;

    hub_load_le64_array(out, bytes, n);
    for (size_t i = 0; i < n; i++)
        over |= (uint64_t)(out[i] >= HUB_FIELD64_P);
    return over == 0;
}

void hub_field64_add_encoded(uint8_t *acc, const uint8_t *share, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hub_fe64 a;
        hub_fe64 b;

        hub_load_le64_array(&a, acc + 8 * i, 1);
        hub_load_le64_array(&b, share + 8 * i, 1);
        a = hub_fe64_add(a, b);
        hub_store_le64_array(acc + 8 * i, &a, 1);
    }
}

void hub_field64_add_rows_encoded(uint8_t *acc, const uint8_t *const *rows, size_t n_rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        hub_u128 sum;

        hub_load_le64_array(&word, acc + 8 * i, 1);
        sum = hub_fe64_verified(word);
        for (size_t j = 0; j < n_rows; j++) {
            hub_load_le64_array(&word, rows[j] + 8 * i, 1);
            sum += hub_fe64_verified(word);
        }
        word = hub_fe64_reduce((uint64_t)sum, (uint64_t)(sum >> 64));
        hub_store_le64_array(acc + 8 * i, &word, 1);
    }
}
