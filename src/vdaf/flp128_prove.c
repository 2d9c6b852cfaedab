/* Proving over Field128 (VDAF draft-20, section "FLP Construction"): wire seeds, then the gadget
 * polynomial's values at 2p - 1 of the 2p-th roots.
 *
 * The gadget polynomial P is the sum over j of left_j right_j, wires of degree below p. At the p-th
 * roots it is known without any arithmetic: V, the sum of the products of the seeds, at w^0, and
 * zero at all others, since every element of the measurement is 0 or 1. So with L_0 the polynomial
 * that is 1 at w^0 and 0 at the other p-th roots,
 *   P = V L_0 + (X^p - 1) Q,
 * and at the odd powers of the 2p-th root, where X^p is -1, P is V L_0 - 2 Q: one polynomial of
 * degree below p, and one doubling of its values gives what is missing, instead of one for each
 * wire. Its values at the p-th roots come from the derivative of P. X d/dX of the equation is
 *   p Q(w^k) = (X P')(w^k) - V e_k,  with e_d = (X L_0')(w^d),
 * and a wire's derivative at w^k is the sum over k' of e_(k - k') times what it carries at k'. With
 *   m_jk   element j of chunk k, 0 or 1
 *   x_jk   r_k^(j + 1) m_jk: what left_j carries at call k; right_j carries m_jk - 1
 *   a_j b_j the seeds of left_j and right_j
 * the sums over j in X P' are, for calls k and k' from 1 on,
 *   Y_k    = sum of a_j (m_jk - 1) + b_j x_jk
 *   B_kk'  = sum of x_jk (1 - m_jk') + x_jk' (1 - m_jk), which is symmetric: the terms of those j
 *            where one of both elements is zero and the other is not.
 * With slopes g_d = 2 e_d / p, the values of V L_0 - 2 Q are
 *   at w^0                   V/p - sum over k of g_(-k) Y_k
 *   at w^k, for a call k     g_k (V - Y_k) + sum over k' of g_(k - k') B_kk'
 *   at w^k behind the calls  g_k V.
 * B takes no multiplication at all, only additions under masks: chunk_length * calls^2 / 2 of them.
 * That is quicker than doubling 2 chunk_length wires as long as calls are few; beyond
 * HUB_FLP128_PAIRS_MAX of them that is what is done. */
#include "vdaf/flp128_internal.h"

struct scratch {
    hub_fe128 *pairs;  /* calls rows of calls: B */
    hub_fe128 *starts; /* calls: g_k (V - Y_k) */
    hub_fe128 *even;   /* p: V L_0 - 2 Q at the p-th roots */
    hub_fe128 *odd;    /* p: at the odd powers of the 2p-th root */
    hub_fe128 *x;      /* calls rows of chunk_length */
    hub_fe128 *power;  /* calls: of the joint randomness */
    hub_factor128 *r;  /* calls: the joint randomness */
    uint64_t *is_zero; /* calls rows of chunk_length: all ones where the element is zero */
    uint64_t *rows;    /* the kernel's, if there is one */
    uint64_t *work;
};

/* Words of the kernel's rows: three a cell. */
static size_t row_words(const struct hub_vdaf *v)
{
    return v->pair_rows == NULL ? 0 : 3 * v->calls * hub_flp128_pair_width(v->calls);
}

static size_t work_words(const struct hub_vdaf *v)
{
    size_t vectors = hub_flp128_pair_width(v->calls) / HUB_FLP128_PAIRS_LANES;

    return v->pair_rows == NULL ? 0 : v->params.chunk_length * (3 + (vectors + 7) / 8);
}

static struct scratch lay_out(const struct hub_vdaf *v, uint64_t *words)
{
    size_t p = v->domain128.p;
    size_t cells = v->calls * v->params.chunk_length;
    struct scratch s;

    s.pairs = (hub_fe128 *)(void *)words;
    s.starts = s.pairs + v->calls * v->calls;
    s.even = s.starts + v->calls;
    s.odd = s.even + p;
    s.x = s.odd + p;
    s.power = s.x + cells;
    s.r = (hub_factor128 *)(void *)(s.power + v->calls);
    s.is_zero = (uint64_t *)(void *)(s.r + v->calls);
    s.rows = s.is_zero + cells;
    s.work = s.rows + row_words(v);
    return s;
}

static size_t pairs_words(const struct hub_vdaf *v)
{
    size_t cells = v->calls * v->params.chunk_length;
    size_t elements = v->calls * (v->calls + 3) + 2 * v->domain128.p + cells;

    return 2 * elements + cells + row_words(v) + work_words(v);
}

size_t hub_flp128_scratch_words(const struct hub_vdaf *v)
{
    size_t query = 2 * (2 * v->domain128.p + 2 * v->calls);
    size_t prove = v->calls <= HUB_FLP128_PAIRS_MAX ? pairs_words(v) : hub_flp128_wires_words(v);

    return prove > query ? prove : query;
}

/* V: sum of a_j b_j. */
static hub_fe128 product_of_seeds(const hub_fe128 *seeds, size_t n)
{
    hub_acc128 acc = {0};

    for (size_t j = 0; j < n; j++)
        hub_acc128_add_product(&acc, seeds[2 * j], seeds[2 * j + 1]);
    return hub_acc128_reduce(acc);
}

/* What the left wires carry, and the masks. */
static void fill(const struct hub_vdaf *v, const struct scratch *s, const hub_fe128 *meas,
                 const hub_fe128 *joint_rand)
{
    size_t chunk = v->params.chunk_length;

    for (size_t k = 0; k < v->calls; k++) {
        s->r[k] = hub_fe128_factor(joint_rand[k]);
        s->power[k] = joint_rand[k];
    }
    for (size_t j = 0; j < chunk; j++) {
        for (size_t k = 0; k < v->calls; k++) {
            size_t at = k * chunk + j;
            uint64_t bit = at < v->meas_len ? meas[at].lo : 0; /* the last chunk may be short */
            uint64_t mask = hub_mask64(bit);
            HUB_VERIFY_THAT(at >= v->meas_len || (meas[at].hi == 0 && meas[at].lo <= 1));
            s->x[at] = (hub_fe128){s->power[k].lo & mask, s->power[k].hi & mask};
            s->is_zero[at] = ~mask;
            s->power[k] = hub_fe128_scale(s->power[k], s->r[k]);
        }
    }
}

/* acc += sum of a_j m_jk, with a_j at every second element. */
static void add_masked(hub_acc128 *acc, const hub_fe128 *a, const uint64_t *is_zero, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        acc->c0 += a[2 * j].lo & ~is_zero[j];
        acc->c1 += a[2 * j].hi & ~is_zero[j];
    }
}

/* Writes the starts, and returns the value at w^0. */
static hub_fe128 start(const struct hub_vdaf *v, const struct scratch *s, const hub_fe128 *seeds,
                       hub_fe128 first)
{
    const struct hub_domain128 *d = &v->domain128;
    size_t chunk = v->params.chunk_length;
    hub_fe128 a = HUB_FE128_ZERO; /* sum of a_j */
    hub_acc128 at_one = {0};

    for (size_t j = 0; j < chunk; j++)
        a = hub_fe128_add(a, seeds[2 * j]);
    for (size_t k = 1; k <= v->calls; k++) {
        hub_acc128 y = {0};

        hub_field128_add_dot_c(&y, seeds + 1, 2, s->x + (k - 1) * chunk, chunk);
        add_masked(&y, seeds, s->is_zero + (k - 1) * chunk, chunk);
        hub_fe128 minus_y = hub_fe128_sub(a, hub_acc128_reduce(y));
        s->starts[k - 1] = hub_fe128_mul(d->slopes[d->p - k], hub_fe128_add(first, minus_y));
        hub_acc128_add_product(&at_one, d->slopes[k], minus_y);
    }
    hub_acc128_add_product(&at_one, first, hub_fe128_sub(HUB_FE128_ONE, d->slopes[0])); /* 1/p */
    return hub_acc128_reduce(at_one);
}

/* B for calls k + 1 and other + 1. */
static hub_fe128 pair(const struct scratch *s, size_t chunk, size_t k, size_t other)
{
    const hub_fe128 *x = s->x + k * chunk;
    const hub_fe128 *y = s->x + other * chunk;
    const uint64_t *x_is_zero = s->is_zero + k * chunk;
    const uint64_t *y_is_zero = s->is_zero + other * chunk;
    hub_sum128 sum = {0};

    for (size_t j = 0; j < chunk; j++) {
        uint64_t mask = x_is_zero[j] | y_is_zero[j];

        /* at most one of both is not zero where the mask is set */
        hub_sum128_add(&sum, (hub_fe128){(x[j].lo ^ y[j].lo) & mask, (x[j].hi ^ y[j].hi) & mask});
    }
    return hub_sum128_reduce(sum);
}

/* The same from the kernel's rows. */
static hub_fe128 pair_of_rows(const struct hub_vdaf *v, const uint64_t *rows, size_t k,
                              size_t other)
{
    size_t width = hub_flp128_pair_width(v->calls);
    const uint64_t *a = rows + 3 * width * k + other;
    const uint64_t *b = rows + 3 * width * other + k;
    hub_sum128 sum = {hub_fe128_u128((hub_fe128){a[0], a[width]}), a[2 * width] + b[2 * width]};

    hub_sum128_add(&sum, (hub_fe128){b[0], b[width]});
    return hub_sum128_reduce(sum);
}

static void fill_pairs(const struct hub_vdaf *v, const struct scratch *s)
{
    size_t chunk = v->params.chunk_length;

    if (v->pair_rows != NULL)
        v->pair_rows(s->rows, s->work, s->x, s->is_zero, v->calls, chunk);
    for (size_t k = 0; k < v->calls; k++) {
        for (size_t other = 0; other < k; other++) {
            hub_fe128 b = v->pair_rows != NULL ? pair_of_rows(v, s->rows, k, other)
                                               : pair(s, chunk, k, other);

            s->pairs[k * v->calls + other] = b;
            s->pairs[other * v->calls + k] = b;
        }
        s->pairs[k * v->calls + k] = HUB_FE128_ZERO;
    }
}

/* The value at w^k, for a call k. */
static hub_fe128 at_call(const struct hub_vdaf *v, const struct scratch *s, size_t k)
{
    const struct hub_domain128 *d = &v->domain128;
    const hub_fe128 *slopes = d->slopes + d->p + 1 - k; /* from g_(k - 1) on, downwards */

    return hub_fe128_add(s->starts[k - 1],
                         hub_field128_dot_c(s->pairs + (k - 1) * v->calls, 1, slopes, v->calls));
}

static void prove_by_pairs(const struct hub_vdaf *v, uint64_t *words, hub_fe128 *proof,
                           const hub_fe128 *meas, const hub_fe128 *joint_rand)
{
    const struct hub_domain128 *d = &v->domain128;
    const struct scratch s = lay_out(v, words);
    hub_fe128 *gadget = proof + v->arity;
    hub_fe128 first = product_of_seeds(proof, v->params.chunk_length);

    fill(v, &s, meas, joint_rand);
    s.even[0] = start(v, &s, proof, first);
    fill_pairs(v, &s);
    for (size_t k = 1; k <= v->calls; k++)
        s.even[k] = at_call(v, &s, k);
    for (size_t k = v->calls + 1; k < d->p; k++)
        s.even[k] = hub_fe128_mul(d->slopes[d->p - k], first);
    hub_domain128_double_c(d, s.odd, s.even);
    gadget[0] = first;
    for (size_t i = 1; i < d->p; i++) {
        gadget[2 * i - 1] = s.odd[i - 1];
        gadget[2 * i] = HUB_FE128_ZERO;
    }
}

void hub_flp128_prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                      const uint64_t *meas, const uint64_t *prove_rand, const uint64_t *joint_rand)
{
    if (v->calls > HUB_FLP128_PAIRS_MAX) {
        hub_flp128_prove_wires(v, scratch, proof, meas, prove_rand, joint_rand);
        return;
    }
    memcpy(proof, prove_rand, v->arity * sizeof(hub_fe128));
    prove_by_pairs(v, scratch, hub_fe128_view(proof), hub_fe128_view_const(meas),
                   hub_fe128_view_const(joint_rand));
}
