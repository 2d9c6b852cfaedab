/* Vectors over Field64 for as many reports at once as a tier has lanes. A vector in lanes: element
 * i of lane l at index i * lanes + l, at any address; x[i * stride] below is element i * stride of
 * each lane. Elements are below p, those that go in and those that come out. Constant time. */
#ifndef FIELD_FIELD64_KERNELS_H
#define FIELD_FIELD64_KERNELS_H

#include "field/domain64.h"

enum {
    HUB_FIELD64_LANES_MAX = 8,
    HUB_FIELD64_PRODUCTS = 1 << (HUB_DOMAIN64_LOG_MAX + 1) /* that a dot product may have */
};

struct hub_field64_kernels {
    const char *tier; /* "c", "avx2", "avx512", "neon" */
    unsigned lanes;
    /* out = a + b, a - b, a * b, element by element; out may be a or b. */
    void (*add)(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
    void (*sub)(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
    void (*mul)(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);
    /* out = a * b + c, one element; out may be one of them. */
    void (*mul_add)(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *c);
    /* out, one element: the sum of x[i * stride], i < n. */
    void (*sum)(uint64_t *out, const uint64_t *x, size_t stride, size_t n);
    /* The sum of x[i * stride] * y[i], i < n. */
    void (*dot)(uint64_t *out, const uint64_t *x, size_t stride, const uint64_t *y, size_t n);
    /* The same with the same n elements y in all lanes. */
    void (*dot_same)(uint64_t *out, const uint64_t *x, size_t stride, const hub_fe64 *y, size_t n);
    /* p weights for the even and p for the odd points, and t^p, as hub_domain64_lagrange_c and
     * hub_domain64_lagrange_odd_c give them. */
    void (*lagrange)(const struct hub_domain64 *d, uint64_t *even, uint64_t *odd, uint64_t *t_power,
                     const uint64_t *t);
    /* As hub_domain64_evaluate_c. */
    void (*evaluate)(const struct hub_domain64 *d, uint64_t *out, const uint64_t *values, size_t n,
                     const uint64_t *even, const uint64_t *odd, const uint64_t *t_power);
};

/* The fastest for these flags of base/cpu.h; with 0 plain C, whose one lane is a row. */
void hub_field64_kernels_init(struct hub_field64_kernels *k, unsigned cpu);

#endif
