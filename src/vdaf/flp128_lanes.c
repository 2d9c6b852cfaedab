/* Which kernel queries several reports at once over Field128, and the tables that it takes
 * (field/field128_lanes.h, flp128_query_lanes.c). */
#include "vdaf/flp128_internal.h"

#include "base/cpu.h"

enum { SCALE_BITS = 156 }; /* factors in lanes are elements times 2^156 */

struct kernel {
    unsigned cpu; /* flags that it needs */
    const char *tier;
    unsigned lanes;
    unsigned limb_bits;
    size_t n_limbs;
    size_t n_columns;
    unsigned (*query)(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                      const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                      const uint64_t *joint_rand);
    void (*truncate)(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
};

/* The last one that fits is taken. */
static const struct kernel kernels[] = {
    {0, "c", 1, 0, 0, 0, NULL, NULL},
#ifdef HUB_HAS_AVX
    {HUB_CPU_AVX2, "avx2", 4, 26, 5, 10, hub_flp128_query_x4_avx2, hub_flp128_truncate_x4_avx2},
    {HUB_CPU_AVX512, "avx512", 8, 26, 5, 10, hub_flp128_query_x8_avx512,
     hub_flp128_truncate_x8_avx512},
    {HUB_CPU_AVX512 | HUB_CPU_AVX512_IFMA, "avx512-ifma", 8, 52, 3, 6, hub_flp128_query_x8_ifma,
     hub_flp128_truncate_x8_ifma},
#endif
#ifdef HUB_HAS_NEON
    {HUB_CPU_NEON, "neon", 2, 26, 5, 10, hub_flp128_query_x2_neon, hub_flp128_truncate_x2_neon},
#endif
};

void hub_flp128_lanes_choose(struct hub_vdaf *v, unsigned log_p, unsigned cpu)
{
    if (log_p > HUB_FLP128_LANES_LOG_MAX)
        return;
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        const struct kernel *k = &kernels[i];

        if ((k->cpu & ~cpu) != 0 || k->lanes != v->keccak.lanes)
            continue;
        v->tier = k->tier;
        v->query_lanes = k->query;
        v->truncate_lanes = v->params.kind == HUB_VDAF_PRIO3_SUMVEC ? k->truncate : NULL;
        v->lanes128.limb_bits = k->limb_bits;
        v->lanes128.n_limbs = k->n_limbs;
        /* two sums a pair of wires; weights at even and odd points, chain and randomness of calls
         */
        v->lanes_scratch_words = k->lanes * (k->n_columns * v->arity +
                                             k->n_limbs * 2 * (((size_t)1 << log_p) + v->calls));
    }
}

size_t hub_flp128_lanes_table_words(const struct hub_vdaf *v, unsigned log_p)
{
    return v->lanes128.n_limbs * (((size_t)2 << log_p) + v->bits);
}

static void set_limbs(const struct hub_vdaf *v, uint64_t *limbs, hub_fe128 a)
{
    unsigned bits = v->lanes128.limb_bits;
    hub_u128 rest = hub_fe128_u128(a);

    for (unsigned i = 0; i < v->lanes128.n_limbs; i++) {
        limbs[i] = (uint64_t)rest & ((UINT64_C(1) << bits) - 1);
        rest >>= bits;
    }
}

void hub_flp128_lanes_init(struct hub_vdaf *v, uint64_t *table)
{
    struct hub_flp128_lanes *t = &v->lanes128;
    size_t n_roots = 2 * v->domain128.p;
    hub_fe128 scale = HUB_FE128_ONE;

    for (unsigned i = 0; i < SCALE_BITS; i++)
        scale = hub_fe128_add(scale, scale);
    for (size_t i = 0; i < n_roots; i++)
        set_limbs(v, table + i * t->n_limbs, hub_fe128_scale(scale, v->domain128.roots[i]));
    t->roots = table;
    table += n_roots * t->n_limbs;
    t->weights = table;
    for (unsigned l = 0; l < v->bits; l++) {
        if (l % HUB_FLP128_LANES_GROUP != 0 && l != v->bits - 1)
            continue;
        set_limbs(v, table, hub_fe128_mul(scale, v->weights128[l]));
        table += t->n_limbs;
    }
    set_limbs(v, t->one, scale);
    set_limbs(v, t->half, hub_fe128_mul(scale, HUB_FE128_HALF));
    set_limbs(v, t->to_factor, hub_fe128_mul(scale, scale));
    set_limbs(v, t->inverse_of_p,
              hub_fe128_mul(scale, hub_fe128_inv(HUB_FE128_OF(v->domain128.p))));
    set_limbs(v, t->minus_share_of_one, hub_fe128_neg(v->share_of_one));
}
