/* The NTT against the sum that defines it, doubling and Lagrange weights against evaluation of the
 * coefficients by Horner's rule, for both fields. */
#include "field/domain128.h"
#include "field/domain64.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LOG_MAX = 6, P_MAX = 1 << LOG_MAX };

static void fill64(hub_fe64 *v, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        v[i] = seed % HUB_FIELD64_P;
    }
}

static hub_fe64 evaluate64(const hub_fe64 *coefficients, size_t n, hub_fe64 x)
{
    hub_fe64 y = 0;

    for (size_t i = n; i-- > 0;)
        y = hub_fe64_add(hub_fe64_mul(y, x), coefficients[i]);
    return y;
}

static void ntt64_gives_the_values_at_the_roots(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain64 d;
        hub_fe64 table[3 * P_MAX];
        hub_fe64 coefficients[P_MAX];
        hub_fe64 v[P_MAX];
        hub_fe64 x = 1;

        hub_domain64_init(&d, table, log_p);
        fill64(coefficients, d.p, 31 + log_p);
        memcpy(v, coefficients, sizeof(v));
        hub_domain64_ntt_c(&d, v);
        for (size_t i = 0; i < d.p; i++) {
            hub_fe64 y = evaluate64(coefficients, d.p, x);

            assert_memory_equal(&v[i], &y, sizeof(y));
            x = hub_fe64_mul(x, hub_fe64_root(log_p));
        }
        hub_domain64_inv_ntt_c(&d, v);
        assert_memory_equal(v, coefficients, d.p * sizeof(*v));
    }
}

static void double64_gives_the_values_between(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain64 d;
        hub_fe64 table[3 * P_MAX];
        hub_fe64 coefficients[P_MAX];
        hub_fe64 even[P_MAX];
        hub_fe64 odd[P_MAX];
        hub_fe64 root = hub_fe64_root(log_p + 1);
        hub_fe64 x = root;

        hub_domain64_init(&d, table, log_p);
        fill64(coefficients, d.p, 47 + log_p);
        memcpy(even, coefficients, sizeof(even));
        hub_domain64_ntt_c(&d, even);
        hub_domain64_double_c(&d, odd, even);
        for (size_t i = 0; i < d.p; i++) {
            hub_fe64 y = evaluate64(coefficients, d.p, x);

            assert_memory_equal(&odd[i], &y, sizeof(y));
            x = hub_fe64_mul(x, hub_fe64_mul(root, root));
        }
    }
}

static void lagrange64_evaluates_anywhere(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain64 d;
        hub_fe64 table[3 * P_MAX];
        hub_fe64 coefficients[P_MAX];
        hub_fe64 even[P_MAX];
        hub_fe64 odd[P_MAX];
        hub_fe64 weights[P_MAX];
        hub_fe64 even_weights[P_MAX];
        hub_fe64 t;
        hub_fe64 power;

        fill64(&t, 1, 91 + log_p);
        hub_domain64_init(&d, table, log_p);
        fill64(coefficients, d.p, 53 + log_p);
        memcpy(even, coefficients, sizeof(even));
        hub_domain64_ntt_c(&d, even);
        hub_domain64_double_c(&d, odd, even);

        hub_fe64 expected = evaluate64(coefficients, d.p, t);
        hub_fe64 expected_power = t;
        for (unsigned i = 0; i < log_p; i++)
            expected_power = hub_fe64_mul(expected_power, expected_power);
        power = hub_domain64_lagrange_c(&d, weights, t);
        hub_fe64 y = hub_field64_dot_c(weights, 1, even, d.p);
        assert_memory_equal(&y, &expected, sizeof(y));
        assert_memory_equal(&power, &expected_power, sizeof(power));
        power = hub_domain64_lagrange_odd_c(&d, weights, t);
        y = hub_field64_dot_c(weights, 1, odd, d.p);
        assert_memory_equal(&y, &expected, sizeof(y));
        assert_memory_equal(&power, &expected_power, sizeof(power));

        /* twice as long a polynomial, from all values at the 2p-th roots, and from all but one */
        struct hub_domain64 d2;
        hub_fe64 table2[6 * P_MAX];
        hub_fe64 long_one[2 * P_MAX];
        hub_fe64 values[2 * P_MAX];

        hub_domain64_init(&d2, table2, log_p + 1);
        (void)hub_domain64_lagrange_c(&d, even_weights, t);
        for (size_t left_out = 0; left_out < 2; left_out++) {
            fill64(long_one, 2 * d.p, 77 + log_p);
            if (left_out != 0)
                long_one[2 * d.p - 1] = 0;
            memcpy(values, long_one, sizeof(values));
            hub_domain64_ntt_c(&d2, values);
            y = hub_domain64_evaluate_c(&d, values, 2 * d.p - left_out, even_weights, weights,
                                        power);
            expected = evaluate64(long_one, 2 * d.p, t);
            assert_memory_equal(&y, &expected, sizeof(y));
        }

        /* at a root the weights pick out one value, and the power is one */
        t = d.roots[2 * (d.p / 3)];
        power = hub_domain64_lagrange_c(&d, weights, t);
        y = hub_field64_dot_c(weights, 1, even, d.p);
        assert_memory_equal(&y, &even[d.p / 3], sizeof(y));
        expected_power = 1;
        assert_memory_equal(&power, &expected_power, sizeof(power));
    }
}

static void fill128(hub_fe128 *v, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        v[i] = (hub_fe128){seed, seed >> 1};
    }
}

static hub_fe128 evaluate128(const hub_fe128 *coefficients, size_t n, hub_fe128 x)
{
    hub_fe128 y = HUB_FE128_ZERO;

    for (size_t i = n; i-- > 0;)
        y = hub_fe128_add(hub_fe128_mul(y, x), coefficients[i]);
    return y;
}

static void ntt128_gives_the_values_at_the_roots(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain128 d;
        hub_factor128 table[5 * P_MAX];
        hub_fe128 coefficients[P_MAX];
        hub_fe128 v[P_MAX];
        hub_fe128 x = HUB_FE128_ONE;

        hub_domain128_init(&d, table, log_p);
        fill128(coefficients, d.p, 31 + log_p);
        memcpy(v, coefficients, sizeof(v));
        hub_domain128_ntt_c(&d, v);
        for (size_t i = 0; i < d.p; i++) {
            hub_fe128 y = evaluate128(coefficients, d.p, x);

            assert_memory_equal(&v[i], &y, sizeof(y));
            x = hub_fe128_mul(x, hub_fe128_root(log_p));
        }
        hub_domain128_inv_ntt_c(&d, v);
        assert_memory_equal(v, coefficients, d.p * sizeof(*v));
    }
}

static void double128_gives_the_values_between(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain128 d;
        hub_factor128 table[5 * P_MAX];
        hub_fe128 coefficients[P_MAX];
        hub_fe128 even[P_MAX];
        hub_fe128 odd[P_MAX];
        hub_fe128 root = hub_fe128_root(log_p + 1);
        hub_fe128 x = root;

        hub_domain128_init(&d, table, log_p);
        fill128(coefficients, d.p, 47 + log_p);
        memcpy(even, coefficients, sizeof(even));
        hub_domain128_ntt_c(&d, even);
        hub_domain128_double_c(&d, odd, even);
        for (size_t i = 0; i < d.p; i++) {
            hub_fe128 y = evaluate128(coefficients, d.p, x);

            assert_memory_equal(&odd[i], &y, sizeof(y));
            x = hub_fe128_mul(x, hub_fe128_mul(root, root));
        }
    }
}

static void lagrange128_evaluates_anywhere(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain128 d;
        hub_factor128 table[5 * P_MAX];
        hub_fe128 coefficients[P_MAX];
        hub_fe128 even[P_MAX];
        hub_fe128 odd[P_MAX];
        hub_fe128 weights[P_MAX];
        hub_fe128 t;
        hub_factor128 power;

        fill128(&t, 1, 91 + log_p);
        hub_domain128_init(&d, table, log_p);
        fill128(coefficients, d.p, 53 + log_p);
        memcpy(even, coefficients, sizeof(even));
        hub_domain128_ntt_c(&d, even);
        hub_domain128_double_c(&d, odd, even);

        hub_fe128 expected = evaluate128(coefficients, d.p, t);
        hub_factor128 expected_power = hub_fe128_factor(t);
        for (unsigned i = 0; i < log_p; i++)
            expected_power = hub_factor128_mul(expected_power, expected_power);
        power = hub_domain128_lagrange_c(&d, weights, t);
        hub_fe128 y = hub_field128_dot_c(weights, 1, even, d.p);
        assert_memory_equal(&y, &expected, sizeof(y));
        assert_memory_equal(&power, &expected_power, sizeof(power));
        power = hub_domain128_lagrange_odd_c(&d, weights, t);
        y = hub_field128_dot_c(weights, 1, odd, d.p);
        assert_memory_equal(&y, &expected, sizeof(y));
        assert_memory_equal(&power, &expected_power, sizeof(power));

        /* at a root the weights pick out one value, and the power is one */
        t = hub_fe128_scale(HUB_FE128_ONE, d.roots[2 * (d.p / 3)]);
        power = hub_domain128_lagrange_c(&d, weights, t);
        y = hub_field128_dot_c(weights, 1, even, d.p);
        assert_memory_equal(&y, &even[d.p / 3], sizeof(y));
        expected_power = HUB_FACTOR128_ONE;
        assert_memory_equal(&power, &expected_power, sizeof(power));
    }
}

/* X f'(X) at a root: from the coefficients, and p/2 times the sum of slopes times values. */
static void slopes128_differentiate(void **state)
{
    (void)state;
    for (unsigned log_p = 0; log_p <= LOG_MAX; log_p++) {
        struct hub_domain128 d;
        hub_factor128 table[5 * P_MAX];
        hub_fe128 coefficients[P_MAX];
        hub_fe128 values[P_MAX];
        hub_fe128 expected[P_MAX];

        hub_domain128_init(&d, table, log_p);
        fill128(coefficients, d.p, 61 + log_p);
        memcpy(values, coefficients, sizeof(values));
        hub_domain128_ntt_c(&d, values);
        for (size_t n = 0; n < d.p; n++)
            expected[n] = hub_fe128_mul(coefficients[n], HUB_FE128_OF(2 * n));
        hub_domain128_ntt_c(&d, expected);
        for (size_t k = 0; k < d.p; k++) {
            hub_fe128 sum = HUB_FE128_ZERO;

            for (size_t i = 0; i < d.p; i++)
                sum = hub_fe128_add(sum, hub_fe128_mul(d.slopes[i + d.p - k], values[i]));
            sum = hub_fe128_mul(sum, HUB_FE128_OF(d.p));
            assert_memory_equal(&sum, &expected[k], sizeof(sum));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntt64_gives_the_values_at_the_roots),
        cmocka_unit_test(double64_gives_the_values_between),
        cmocka_unit_test(lagrange64_evaluates_anywhere),
        cmocka_unit_test(ntt128_gives_the_values_at_the_roots),
        cmocka_unit_test(double128_gives_the_values_between),
        cmocka_unit_test(lagrange128_evaluates_anywhere),
        cmocka_unit_test(slopes128_differentiate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
