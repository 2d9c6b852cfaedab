/* The tier of the kernels over Field64 that a processor can run, and plain C. */
#include "field/field64_kernels_internal.h"

#include "base/cpu.h"

static void mul(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = hub_fe64_mul(a[i], b[i]);
}

static void mul_add(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *c)
{
    *out = hub_fe64_add(hub_fe64_mul(*a, *b), *c);
}

static void sum(uint64_t *out, const uint64_t *x, size_t stride, size_t n)
{
    hub_fe64 total = 0;

    for (size_t i = 0; i < n; i++)
        total = hub_fe64_add(total, x[i * stride]);
    *out = total;
}

static void dot(uint64_t *out, const uint64_t *x, size_t stride, const uint64_t *y, size_t n)
{
    *out = hub_field64_dot_c(x, stride, y, n);
}

static void lagrange(const struct hub_domain64 *d, uint64_t *even, uint64_t *odd, uint64_t *t_power,
                     const uint64_t *t)
{
    *t_power = hub_domain64_lagrange_c(d, even, *t);
    (void)hub_domain64_lagrange_odd_c(d, odd, *t);
}

static void evaluate(const struct hub_domain64 *d, uint64_t *out, const uint64_t *values, size_t n,
                     const uint64_t *even, const uint64_t *odd, const uint64_t *t_power)
{
    *out = hub_domain64_evaluate_c(d, values, n, even, odd, *t_power);
}

static const struct hub_field64_kernels kernels_c = {
    .tier = "c",
    .lanes = 1,
    .add = hub_field64_add_vec_c,
    .sub = hub_field64_sub_vec_c,
    .mul = mul,
    .mul_add = mul_add,
    .sum = sum,
    .dot = dot,
    .dot_same = dot,
    .lagrange = lagrange,
    .evaluate = evaluate,
};

void hub_field64_kernels_init(struct hub_field64_kernels *k, unsigned cpu)
{
    *k = kernels_c;
#ifdef HUB_HAS_AVX
    if ((cpu & HUB_CPU_AVX2) != 0)
        *k = hub_field64_kernels_avx2;
    if ((cpu & HUB_CPU_AVX512) != 0)
        *k = hub_field64_kernels_avx512;
#endif
#ifdef HUB_HAS_NEON
    if ((cpu & HUB_CPU_NEON) != 0)
        *k = hub_field64_kernels_neon;
#endif
    (void)cpu;
}
