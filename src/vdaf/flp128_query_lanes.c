/* Querying over Field128 for several reports at once: the same sums as flp128_query.c, report by
 * report in its lane. Compiled once for each tier; what can be done with lanes comes from
 * field/field128_lanes.h. Lagrange weights and the powers of the joint randomness are factors, so
 * that what they are summed with, words of the streams, needs no conversion. */
#include "field/field128_lanes.h"
#include "vdaf/flp128_internal.h"

#ifdef __AVX512IFMA__
#define QUERY_LANES    hub_flp128_query_x8_ifma
#define TRUNCATE_LANES hub_flp128_truncate_x8_ifma
#elif defined(__AVX512F__)
#define QUERY_LANES    hub_flp128_query_x8_avx512
#define TRUNCATE_LANES hub_flp128_truncate_x8_avx512
#elif defined(__AVX2__)
#define QUERY_LANES    hub_flp128_query_x4_avx2
#define TRUNCATE_LANES hub_flp128_truncate_x4_avx2
#else
#define QUERY_LANES    hub_flp128_query_x2_neon
#define TRUNCATE_LANES hub_flp128_truncate_x2_neon
#endif

enum {
    LANES = HUB_LANES128,
    WORDS = HUB_LANES128_WORDS,
    LIMBS = HUB_LANES128_LIMBS,
    N_LIMBS = HUB_LANES128_N_LIMBS,
    PRODUCTS = HUB_LANES128_PRODUCTS,
    CALLS = 16 /* that wires take at once */
};

static inline hub_lanes128 factor_of(const struct hub_vdaf *v, hub_lanes128 a)
{
    return hub_lanes128_mul(a, hub_lanes128_set(v->lanes128.to_factor));
}

/* acc plus the sum of element i * stride of x, in words, times y[i], in limbs, i < n. */
static hub_lanes128_acc add_dot(hub_lanes128_acc acc, const uint64_t *x, size_t stride,
                                const uint64_t *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hub_lanes128_mac(&acc, hub_lanes128_load_words(x + i * stride * WORDS),
                         hub_lanes128_load(y + i * LIMBS));
        if (i % PRODUCTS == PRODUCTS - 1)
            hub_lanes128_settle(&acc);
    }
    hub_lanes128_settle(&acc);
    return acc;
}

/* The same with factors of all lanes, and reduced. */
static hub_lanes128 dot_same(const uint64_t *x, const uint64_t *y, size_t n)
{
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    for (size_t i = 0; i < n; i++) {
        hub_lanes128_mac(&acc, hub_lanes128_load_words(x + i * WORDS),
                         hub_lanes128_set(y + i * N_LIMBS));
        if (i % PRODUCTS == PRODUCTS - 1)
            hub_lanes128_settle(&acc);
    }
    return hub_lanes128_reduce(acc);
}

/* The sum of element i * stride of x, in words, i < n. */
static hub_lanes128_acc sum_words(const uint64_t *x, size_t stride, size_t n)
{
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    for (size_t i = 0; i < n; i++) {
        hub_lanes128_acc_add(&acc, hub_lanes128_load_words(x + i * stride * WORDS));
        if (i % PRODUCTS == PRODUCTS - 1)
            hub_lanes128_settle(&acc);
    }
    return acc;
}

/* As hub_domain128_lagrange_c; t, weights and what is returned are factors. A weight grows by at
 * most 2p a level, to below 2^134 with HUB_FLP128_LANES_LOG_MAX levels. */
static hub_lanes128 lagrange(const struct hub_vdaf *v, uint64_t *weights, hub_lanes128 t)
{
    const struct hub_domain128 *d = &v->domain128;
    const uint64_t *roots = v->lanes128.roots;
    hub_lanes128 powers[HUB_FLP128_LANES_LOG_MAX + 1]; /* t^(2^l) */
    unsigned level = d->log_p;

    powers[0] = t;
    for (unsigned l = 0; l < d->log_p; l++)
        powers[l + 1] = hub_lanes128_mul(powers[l], powers[l]);
    hub_lanes128_store(weights, hub_lanes128_set(v->lanes128.inverse_of_p));
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        level--;
        for (size_t i = 0; i < h; i++) {
            /* t^(2^l) / w^(i 2^l), as the inverse of root i is root 2p - i */
            hub_lanes128 x = powers[level];

            if (i != 0)
                x = hub_lanes128_mul(x, hub_lanes128_set(roots + N_LIMBS * (2 * d->p - i * step)));
            hub_lanes128 a = hub_lanes128_load(weights + i * LIMBS);
            hub_lanes128 b = hub_lanes128_mul(a, x);

            hub_lanes128_store(weights + i * LIMBS, hub_lanes128_add(a, b));
            hub_lanes128_store(weights + (h + i) * LIMBS, hub_lanes128_sub(a, b));
        }
    }
    return powers[d->log_p];
}

/* This aggregator's share of one, negated, for each call: what the right wires lack at t. */
static hub_lanes128_acc minus_ones(const struct hub_vdaf *v, const uint64_t *weights)
{
    hub_lanes128_acc sum = hub_lanes128_acc_zero();
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    for (size_t k = 1; k <= v->calls; k++) {
        hub_lanes128_acc_add(&sum, hub_lanes128_load(weights + k * LIMBS));
        if (k % PRODUCTS == 0)
            hub_lanes128_settle(&sum);
    }
    hub_lanes128_mac(&acc, hub_lanes128_acc_sum(sum),
                     hub_lanes128_set(v->lanes128.minus_share_of_one));
    return acc;
}

/* chain[k] *= r[k], k < n. */
static void advance(uint64_t *chain, const uint64_t *r, size_t n)
{
    for (size_t k = 0; k < n; k++)
        hub_lanes128_store(chain + k * LIMBS, hub_lanes128_mul(hub_lanes128_load(chain + k * LIMBS),
                                                               hub_lanes128_load(r + k * LIMBS)));
}

/* *sum += the sum over element k * stride of x, k < n, with weights y. */
static inline __attribute__((always_inline)) void
add_some(hub_lanes128_acc *sum, const uint64_t *x, size_t stride, const uint64_t *y, size_t n)
{
    hub_lanes128_acc acc = *sum;

    for (size_t k = 0; k < n; k++)
        hub_lanes128_mac(&acc, hub_lanes128_load_words(x + k * stride * WORDS),
                         hub_lanes128_load(y + k * LIMBS));
    hub_lanes128_settle(&acc);
    *sum = acc;
}

/* The same for two sums with weights of their own, at once if the registers hold both. */
static inline __attribute__((always_inline)) void
add_two_dots(hub_lanes128_acc *left, hub_lanes128_acc *right, const uint64_t *x, size_t stride,
             const uint64_t *y, const uint64_t *z, size_t n)
{
    if (HUB_LANES128_SUMS == 1) {
        add_some(left, x, stride, y, n);
        add_some(right, x, stride, z, n);
        return;
    }
    hub_lanes128_acc sum_y = *left;
    hub_lanes128_acc sum_z = *right;

    for (size_t k = 0; k < n; k++) {
        hub_lanes128 m = hub_lanes128_load_words(x + k * stride * WORDS);

        hub_lanes128_mac(&sum_y, m, hub_lanes128_load(y + k * LIMBS));
        hub_lanes128_mac(&sum_z, m, hub_lanes128_load(z + k * LIMBS));
    }
    hub_lanes128_settle(&sum_y);
    hub_lanes128_settle(&sum_z);
    *left = sum_y;
    *right = sum_z;
}

/* All wires at t, as wires_at in flp128_query.c. Calls are taken a few at a time, so that what they
 * share stays in the first cache and long measurements are read once, in order; sums has the two
 * sums of each pair of wires meanwhile. chain has room for twice the calls. */
static void wires_at(const struct hub_vdaf *v, uint64_t *wires, uint64_t *chain,
                     hub_lanes128_acc *sums, const uint64_t *weights, const uint64_t *meas,
                     const uint64_t *seeds, const uint64_t *joint_rand)
{
    uint64_t *r = chain + v->calls * LIMBS;
    size_t chunk = v->params.chunk_length;
    const hub_lanes128 first = hub_lanes128_load(weights);
    const hub_lanes128_acc ones = minus_ones(v, weights);

    memcpy(chain, weights + LIMBS, v->calls * LIMBS * sizeof(*chain));
    for (size_t k = 0; k < v->calls; k++)
        hub_lanes128_store(r + k * LIMBS,
                           factor_of(v, hub_lanes128_load_words(joint_rand + k * WORDS)));
    for (size_t j = 0; j < chunk; j++) {
        sums[2 * j] = hub_lanes128_acc_zero();
        sums[2 * j + 1] = ones;
        hub_lanes128_mac(&sums[2 * j], hub_lanes128_load_words(seeds + 2 * j * WORDS), first);
        hub_lanes128_mac(&sums[2 * j + 1], hub_lanes128_load_words(seeds + (2 * j + 1) * WORDS),
                         first);
    }
    for (size_t k = 0; k < v->calls; k += CALLS) {
        size_t n = v->calls - k < CALLS ? v->calls - k : CALLS;

        for (size_t j = 0; j < chunk; j++) {
            /* the last chunk may be short */
            bool is_short = (k + n - 1) * chunk + j >= v->meas_len;

            advance(chain + k * LIMBS, r + k * LIMBS, n);
            add_two_dots(&sums[2 * j], &sums[2 * j + 1], meas + (k * chunk + j) * WORDS, chunk,
                         chain + k * LIMBS, weights + (k + 1) * LIMBS, n - is_short);
        }
    }
    for (size_t j = 0; j < 2 * chunk; j++)
        hub_lanes128_store_words(wires + j * WORDS, hub_lanes128_reduce(sums[j]));
}

/* The gadget polynomial at t, as gadget_at in flp128_query.c. */
static hub_lanes128 gadget_at(const struct hub_vdaf *v, const uint64_t *gadget,
                              const uint64_t *even, const uint64_t *odd, hub_lanes128 t_power)
{
    size_t p = v->domain128.p;
    hub_lanes128 left_out = dot_same(gadget, v->lanes128.roots + N_LIMBS, 2 * p - 1);
    hub_lanes128 last = hub_lanes128_sub(hub_lanes128_zero(), left_out);
    hub_lanes128_acc acc = add_dot(hub_lanes128_acc_zero(), gadget + WORDS, 2, odd, p - 1);

    hub_lanes128_mac(&acc, last, hub_lanes128_load(odd + (p - 1) * LIMBS));
    hub_lanes128 at_odd = hub_lanes128_reduce(acc);
    hub_lanes128 at_even =
        hub_lanes128_reduce(add_dot(hub_lanes128_acc_zero(), gadget, 2, even, p));
    hub_lanes128 difference = hub_lanes128_sub(at_even, at_odd);
    hub_lanes128 sum = hub_lanes128_add(at_even, at_odd);

    sum = hub_lanes128_add(sum, hub_lanes128_mul(difference, t_power));
    return hub_lanes128_mul(sum, hub_lanes128_set(v->lanes128.half));
}

/* The number that elements encode, weighted with 1, 2, 4, ..., last_weight: as many powers as limbs
 * have room for are added by doubling, and the weights of these groups come from a table. */
static hub_lanes128 number_at(const struct hub_vdaf *v, const uint64_t *meas)
{
    const uint64_t *weight = v->lanes128.weights;
    size_t powers = v->bits - 1;
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    for (size_t first = 0; first < powers; first += HUB_FLP128_LANES_GROUP) {
        size_t l =
            powers - first < HUB_FLP128_LANES_GROUP ? powers : first + HUB_FLP128_LANES_GROUP;
        hub_lanes128 sum = hub_lanes128_load_words(meas + --l * WORDS);

        while (l-- > first)
            sum = hub_lanes128_twice_plus(sum, hub_lanes128_load_words(meas + l * WORDS));
        hub_lanes128_mac(&acc, hub_lanes128_carried(sum), hub_lanes128_set(weight));
        weight += N_LIMBS;
    }
    hub_lanes128_mac(&acc, hub_lanes128_load_words(meas + powers * WORDS),
                     hub_lanes128_set(weight));
    return hub_lanes128_reduce(acc);
}

void TRUNCATE_LANES(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    for (size_t i = 0; i < v->output_len; i++)
        hub_lanes128_store_words(output + i * WORDS, number_at(v, meas + i * v->bits * WORDS));
}

/* The circuit's linear output (linear_check of the circuits): the sum of the first elements, less
 * the number that those behind encode, or less one. */
static hub_lanes128 linear_at(const struct hub_vdaf *v, const uint64_t *meas)
{
    size_t length = v->params.length;
    hub_lanes128 sum = hub_lanes128_acc_sum(sum_words(meas, 1, length));

    if (v->params.kind == HUB_VDAF_PRIO3_HISTOGRAM)
        return hub_lanes128_add(sum, hub_lanes128_set(v->lanes128.minus_share_of_one));
    return hub_lanes128_sub(sum, number_at(v, meas + length * WORDS));
}

unsigned QUERY_LANES(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                     const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                     const uint64_t *joint_rand)
{
    size_t p = v->domain128.p;
    const uint64_t *gadget = proof + v->arity * WORDS;
    hub_lanes128_acc *sums = (hub_lanes128_acc *)(void *)scratch;
    uint64_t *even = (uint64_t *)(void *)(sums + v->arity);
    uint64_t *odd = even + p * LIMBS;
    uint64_t *chain = odd + p * LIMBS;
    hub_lanes128 t = factor_of(v, hub_lanes128_load_words(query_rand + v->point_at * WORDS));
    hub_lanes128 t_power = lagrange(v, even, t);
    hub_lanes128 output = hub_lanes128_acc_sum(sum_words(gadget + (size_t)2 * WORDS, 2, v->calls));
    hub_lanes128_acc acc = hub_lanes128_acc_zero();

    (void)lagrange(
        v, odd, hub_lanes128_mul(t, hub_lanes128_set(v->lanes128.roots + N_LIMBS * (2 * p - 1))));
    if (v->circuit->linear_check != NULL) {
        /* two outputs of the circuit are reduced to one with randomness */
        hub_lanes128_mac(&acc, output, factor_of(v, hub_lanes128_load_words(query_rand)));
        hub_lanes128_mac(&acc, linear_at(v, meas),
                         factor_of(v, hub_lanes128_load_words(query_rand + WORDS)));
    } else {
        hub_lanes128_mac(&acc, output, hub_lanes128_set(v->lanes128.one));
    }
    hub_lanes128_store_words(verifier, hub_lanes128_reduce(acc));
    wires_at(v, verifier + WORDS, chain, sums, even, meas, proof, joint_rand);
    hub_lanes128_store_words(verifier + (1 + v->arity) * WORDS,
                             gadget_at(v, gadget, even, odd, t_power));
    return hub_lanes128_equal(t_power, hub_lanes128_set(v->lanes128.one));
}
