/* Querying over Field128 for eight reports at once: the same sums as flp128_query.c, report by
 * report in its lane. Lagrange weights and the powers of the joint randomness are factors, so that
 * what they are summed with, words of the streams, needs no conversion. */
#include "field/field128_ifma.h"
#include "vdaf/flp128_internal.h"

enum { WORDS = HUB_IFMA128_WORDS, LIMBS = HUB_IFMA128_LIMBS };

/* 2^312 mod p, which makes factors; 2^156, the factor of one; the factor of 1/2. */
static const uint64_t to_factor[3] = {0xfffffffffffabU, 0x948f0fU, 0x880000U};
static const uint64_t one[3] = {0xffffff0000000U, 0x1bffffffffffU, 0};
static const uint64_t half[3] = {0xffffff8000000U, 0xdffffffffffU, 0};

static inline hub_ifma128_acc empty(void)
{
    const __m512i zero = _mm512_setzero_si512();

    return (hub_ifma128_acc){zero, zero, zero, zero, zero, zero};
}

static inline hub_ifma128 factor_of(hub_ifma128 a)
{
    return hub_ifma128_mul(a, hub_ifma128_set(to_factor));
}

/* acc plus the sum of element i * stride of x, in words, times y[i], in limbs, i < n. */
static hub_ifma128_acc add_dot(hub_ifma128_acc acc, const uint64_t *x, size_t stride,
                               const uint64_t *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hub_ifma128_mac(&acc, hub_ifma128_load_words(x + i * stride * WORDS),
                        hub_ifma128_load(y + i * LIMBS));
        if (i % HUB_IFMA128_PRODUCTS == HUB_IFMA128_PRODUCTS - 1)
            hub_ifma128_settle(&acc);
    }
    hub_ifma128_settle(&acc);
    return acc;
}

/* The same with factors of all lanes, three words each. */
static hub_ifma128 dot_same(const uint64_t *x, const uint64_t *y, size_t n)
{
    hub_ifma128_acc acc = empty();

    for (size_t i = 0; i < n; i++) {
        hub_ifma128_mac(&acc, hub_ifma128_load_words(x + i * WORDS), hub_ifma128_set(y + 3 * i));
        if (i % HUB_IFMA128_PRODUCTS == HUB_IFMA128_PRODUCTS - 1)
            hub_ifma128_settle(&acc);
    }
    return hub_ifma128_reduce(acc);
}

/* The sum of element i * stride of x, in words, i < n, which is below n p. */
static hub_ifma128 sum_words(const uint64_t *x, size_t stride, size_t n)
{
    hub_ifma128_acc acc = empty();

    for (size_t i = 0; i < n; i++) {
        hub_ifma128_acc_add(&acc, hub_ifma128_load_words(x + i * stride * WORDS));
        if (i % HUB_IFMA128_PRODUCTS == HUB_IFMA128_PRODUCTS - 1)
            hub_ifma128_settle(&acc);
    }
    return hub_ifma128_acc_sum(acc);
}

/* As hub_domain128_lagrange_c; t, weights and what is returned are factors. A weight grows by at
 * most 2p a level, to below 2^134 with HUB_FLP128_IFMA_LOG_MAX levels. */
static hub_ifma128 lagrange(const struct hub_vdaf *v, uint64_t *weights, hub_ifma128 t)
{
    const struct hub_domain128 *d = &v->domain128;
    const uint64_t *roots = v->ifma.roots;
    hub_ifma128 powers[HUB_FLP128_IFMA_LOG_MAX + 1]; /* t^(2^l) */
    unsigned level = d->log_p;

    powers[0] = t;
    for (unsigned l = 0; l < d->log_p; l++)
        powers[l + 1] = hub_ifma128_mul(powers[l], powers[l]);
    hub_ifma128_store(weights, hub_ifma128_set(v->ifma.inverse_of_p));
    for (size_t h = 1; h < d->p; h *= 2) {
        size_t step = d->p / h;

        level--;
        for (size_t i = 0; i < h; i++) {
            hub_ifma128 minus =
                hub_ifma128_mul(powers[level], hub_ifma128_set(roots + 3 * (d->p - i * step)));
            hub_ifma128 a = hub_ifma128_load(weights + i * LIMBS);
            hub_ifma128 b = hub_ifma128_mul(a, minus);

            hub_ifma128_store(weights + i * LIMBS, hub_ifma128_sub(a, b));
            hub_ifma128_store(weights + (h + i) * LIMBS, hub_ifma128_add(a, b));
        }
    }
    return powers[d->log_p];
}

/* This aggregator's share of one, negated, for each call: what the right wires lack at t. */
static hub_ifma128_acc minus_ones(const struct hub_vdaf *v, const uint64_t *weights)
{
    hub_ifma128_acc sum = empty();
    hub_ifma128_acc acc = empty();

    for (size_t k = 1; k <= v->calls; k++) {
        hub_ifma128_acc_add(&sum, hub_ifma128_load(weights + k * LIMBS));
        if (k % HUB_IFMA128_PRODUCTS == 0)
            hub_ifma128_settle(&sum);
    }
    hub_ifma128_mac(&acc, hub_ifma128_acc_sum(sum), hub_ifma128_set(v->ifma.minus_share_of_one));
    return acc;
}

/* All wires at t, as wires_at in flp128_query.c. chain has room for twice the calls. */
static void wires_at(const struct hub_vdaf *v, uint64_t *wires, uint64_t *chain,
                     const uint64_t *weights, const uint64_t *meas, const uint64_t *seeds,
                     const uint64_t *joint_rand)
{
    uint64_t *r = chain + v->calls * LIMBS;
    size_t chunk = v->params.chunk_length;
    const hub_ifma128 first = hub_ifma128_load(weights);
    const hub_ifma128_acc ones = minus_ones(v, weights);

    memcpy(chain, weights + LIMBS, v->calls * LIMBS * sizeof(*chain));
    for (size_t k = 0; k < v->calls; k++)
        hub_ifma128_store(r + k * LIMBS, factor_of(hub_ifma128_load_words(joint_rand + k * WORDS)));
    for (size_t j = 0; j < chunk; j++) {
        /* the last chunk may be short */
        size_t n = v->calls - (size_t)((v->calls - 1) * chunk + j >= v->meas_len);
        hub_ifma128_acc left = empty();
        hub_ifma128_acc right = ones;

        hub_ifma128_mac(&left, hub_ifma128_load_words(seeds + 2 * j * WORDS), first);
        hub_ifma128_mac(&right, hub_ifma128_load_words(seeds + (2 * j + 1) * WORDS), first);
        for (size_t k = 0; k < n; k++) {
            hub_ifma128 m = hub_ifma128_load_words(meas + (k * chunk + j) * WORDS);
            hub_ifma128 c = hub_ifma128_mul(hub_ifma128_load(chain + k * LIMBS),
                                            hub_ifma128_load(r + k * LIMBS));

            hub_ifma128_store(chain + k * LIMBS, c);
            hub_ifma128_mac(&left, m, c);
            hub_ifma128_mac(&right, m, hub_ifma128_load(weights + (k + 1) * LIMBS));
            if (k % HUB_IFMA128_PRODUCTS == HUB_IFMA128_PRODUCTS - 1) {
                hub_ifma128_settle(&left);
                hub_ifma128_settle(&right);
            }
        }
        hub_ifma128_store_words(wires + 2 * j * WORDS, hub_ifma128_reduce(left));
        hub_ifma128_store_words(wires + (2 * j + 1) * WORDS, hub_ifma128_reduce(right));
    }
}

/* The gadget polynomial at t, as gadget_at in flp128_query.c. */
static hub_ifma128 gadget_at(const struct hub_vdaf *v, const uint64_t *gadget, const uint64_t *even,
                             const uint64_t *odd, hub_ifma128 t_power)
{
    const __m512i zero = _mm512_setzero_si512();
    size_t p = v->domain128.p;
    hub_ifma128 left_out = dot_same(gadget, v->ifma.roots + 3, 2 * p - 1);
    hub_ifma128 last = hub_ifma128_sub((hub_ifma128){zero, zero, zero}, left_out);
    hub_ifma128_acc acc = add_dot(empty(), gadget + WORDS, 2, odd, p - 1);

    hub_ifma128_mac(&acc, last, hub_ifma128_load(odd + (p - 1) * LIMBS));
    hub_ifma128 at_odd = hub_ifma128_reduce(acc);
    hub_ifma128 at_even = hub_ifma128_reduce(add_dot(empty(), gadget, 2, even, p));
    hub_ifma128 difference = hub_ifma128_sub(at_even, at_odd);
    hub_ifma128 sum = hub_ifma128_add(at_even, at_odd);

    sum = hub_ifma128_add(sum, hub_ifma128_mul(difference, t_power));
    return hub_ifma128_mul(sum, hub_ifma128_set(half));
}

/* The circuit's linear output (linear_check of the circuits): the sum of the first elements, less
 * the number that those behind encode, or less one. */
static hub_ifma128 linear_at(const struct hub_vdaf *v, const uint64_t *meas)
{
    size_t length = v->params.length;
    hub_ifma128 sum = sum_words(meas, 1, length);

    if (v->params.kind == HUB_VDAF_PRIO3_HISTOGRAM)
        return hub_ifma128_add(sum, hub_ifma128_set(v->ifma.minus_share_of_one));
    return hub_ifma128_add(sum, dot_same(meas + length * WORDS, v->ifma.minus_weights, v->bits));
}

unsigned hub_flp128_query_x8_ifma(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                                  const uint64_t *meas, const uint64_t *proof,
                                  const uint64_t *query_rand, const uint64_t *joint_rand)
{
    size_t p = v->domain128.p;
    const uint64_t *gadget = proof + v->arity * WORDS;
    uint64_t *even = scratch;
    uint64_t *odd = even + p * LIMBS;
    uint64_t *chain = odd + p * LIMBS;
    const uint64_t *point = query_rand + v->point_at * WORDS;
    hub_ifma128 t = factor_of(hub_ifma128_load_words(point));
    hub_ifma128 t_power = lagrange(v, even, t);
    hub_ifma128 output = sum_words(gadget + (size_t)2 * WORDS, 2, v->calls);
    hub_ifma128_acc acc = empty();

    (void)lagrange(v, odd, hub_ifma128_mul(t, hub_ifma128_set(v->ifma.roots + 3 * (2 * p - 1))));
    if (v->circuit->linear_check != NULL) {
        /* two outputs of the circuit are reduced to one with randomness */
        hub_ifma128_mac(&acc, output, factor_of(hub_ifma128_load_words(query_rand)));
        hub_ifma128_mac(&acc, linear_at(v, meas),
                        factor_of(hub_ifma128_load_words(query_rand + WORDS)));
    } else {
        hub_ifma128_mac(&acc, output, hub_ifma128_set(one));
    }
    hub_ifma128_store_words(verifier, hub_ifma128_reduce(acc));
    wires_at(v, verifier + WORDS, chain, even, meas, proof, joint_rand);
    hub_ifma128_store_words(verifier + (1 + v->arity) * WORDS,
                            gadget_at(v, gadget, even, odd, t_power));

    t_power = hub_ifma128_canonical(t_power);
    return (unsigned)_mm512_cmpeq_epi64_mask(t_power.w0, _mm512_set1_epi64((long long)one[0])) &
           (unsigned)_mm512_cmpeq_epi64_mask(t_power.w1, _mm512_set1_epi64((long long)one[1])) &
           (unsigned)_mm512_cmpeq_epi64_mask(t_power.w2, _mm512_set1_epi64((long long)one[2]));
}
