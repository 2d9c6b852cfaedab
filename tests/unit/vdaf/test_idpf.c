/* The IDPF: values on the path and beside it; a walk over many prefixes against a walk for each of
 * them alone; the step's tiers against C; a stream that holds a word which is no element. */
#include "vdaf/idpf_internal.h"

#include "base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BITS_MAX = 21, BYTES_MAX = (BITS_MAX + 7) / 8, N_MAX = 300, NODES_MAX = 35 };

/* xorshift64*: any seed but zero. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dU;
}

static void fill(uint8_t *out, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(next_random(state) >> 56);
}

/* Zeros behind the last of some packed bits. */
static void clear_behind(uint8_t *packed, size_t bits)
{
    for (size_t i = bits; i % 8 != 0; i++)
        packed[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
}

struct fixture {
    unsigned bits;
    uint8_t alpha[BYTES_MAX];
    hub_fe64 beta_inner[HUB_IDPF_VALUES * BITS_MAX];
    hub_fe255 beta_leaf[HUB_IDPF_VALUES];
    uint8_t nonce[HUB_IDPF_NONCE_LEN];
    uint8_t rand[HUB_IDPF_RAND_LEN];
    uint8_t public_share[1024];
    hub_span ctx;
};

static void open_fixture(struct fixture *f, unsigned bits, unsigned cpu, uint64_t *state)
{
    HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;

    memset(f, 0, sizeof(*f));
    f->bits = bits;
    f->ctx = hub_span_text("some application");
    fill(f->alpha, (bits + 7) / 8, state);
    clear_behind(f->alpha, bits);
    for (size_t i = 0; i < HUB_IDPF_VALUES * (size_t)bits; i++)
        f->beta_inner[i] = next_random(state) >> 1;
    for (size_t i = 0; i < HUB_IDPF_VALUES; i++)
        f->beta_leaf[i].w[3] = next_random(state) >> 1;
    fill(f->nonce, sizeof(f->nonce), state);
    fill(f->rand, sizeof(f->rand), state);
    assert_true(hub_idpf_public_share_len(bits) <= sizeof(f->public_share));
    assert_int_equal(hub_idpf_new(&d, bits, NULL, cpu), HUB_OK);
    assert_int_equal(hub_idpf_gen(d, f->public_share, f->alpha, f->beta_inner, f->beta_leaf,
                                  f->nonce, f->rand, f->ctx),
                     HUB_OK);
    assert_true(hub_idpf_public_share_is_valid(
        bits, hub_span_of(f->public_share, hub_idpf_public_share_len(bits))));
}

/* Values of an aggregator, of either field as words. */
static void evaluate(hub_fe255 *out, const struct fixture *f, unsigned agg_id, unsigned cpu,
                     const struct hub_agg_param *param)
{
    HUB_CLEANUP(hub_idpf_plan_free_cleanup) struct hub_idpf_plan *plan = NULL;
    HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;
    const hub_fe64 *inner = NULL;
    const hub_fe255 *leaf = NULL;

    assert_int_equal(hub_idpf_plan_new(&plan, f->bits, param), HUB_OK);
    assert_int_equal(hub_idpf_new(&d, f->bits, plan, cpu), HUB_OK);
    assert_int_equal(hub_idpf_eval(d, &inner, &leaf, agg_id, f->public_share,
                                   f->rand + (size_t)HUB_IDPF_KEY_LEN * agg_id, f->nonce, f->ctx),
                     HUB_OK);
    assert_true((inner == NULL) == (param->level == f->bits - 1));
    for (size_t i = 0; i < HUB_IDPF_VALUES * (size_t)param->n_prefixes; i++)
        out[i] = leaf != NULL ? leaf[i] : (hub_fe255){{inner[i], 0, 0, 0}};
}

/* The number v in the first bits of a prefix. */
static void write_prefix(uint8_t *out, size_t len, unsigned bits, uint32_t v)
{
    memset(out, 0, len);
    for (unsigned i = 0; i < bits; i++) {
        if ((v >> (bits - 1 - i) & 1) != 0)
            out[i / 8] = (uint8_t)(out[i / 8] | 0x80U >> i % 8);
    }
}

/* Prefixes in order, each number with a chance of density/16, and alpha's among them. */
static void choose_prefixes(struct hub_agg_param *p, uint8_t *room, const struct fixture *f,
                            unsigned level, unsigned density, uint64_t *state)
{
    const unsigned bits = level + 1;
    const uint32_t end = bits >= 32 ? UINT32_MAX : 1U << bits;
    const uint32_t stride = end > 16 * N_MAX ? end / (16 * N_MAX) : 1;
    uint8_t alpha[BYTES_MAX] = {0};

    *p = (struct hub_agg_param){level, 0, ((size_t)bits + 7) / 8, room};
    memcpy(alpha, f->alpha, p->prefix_bytes);
    clear_behind(alpha, bits);
    for (uint32_t v = 0; v < end && p->n_prefixes < N_MAX; v++) {
        uint8_t *at = room + p->n_prefixes * p->prefix_bytes;

        write_prefix(at, p->prefix_bytes, bits, v);
        const bool is_alpha = memcmp(at, alpha, p->prefix_bytes) == 0;
        const bool is_near = v % stride < 2; /* siblings and not, spread over all */
        if (is_alpha || (is_near && next_random(state) % 16 < density))
            p->n_prefixes++;
    }
}

static void check_sums(const struct fixture *f, const struct hub_agg_param *p, const hub_fe255 *a,
                       const hub_fe255 *b)
{
    const bool is_leaf = p->level == f->bits - 1;

    for (size_t i = 0; i < p->n_prefixes; i++) {
        const bool on_path = hub_prefix_common_bits(hub_agg_param_prefix(p, i), f->alpha,
                                                    (size_t)p->level + 1) == (size_t)p->level + 1;

        for (unsigned j = 0; j < HUB_IDPF_VALUES; j++) {
            const size_t at = HUB_IDPF_VALUES * i + j;
            hub_fe255 expected = {{0}};
            hub_fe255 sum = is_leaf ? hub_fe255_add(a[at], b[at])
                                    : (hub_fe255){{hub_fe64_add(a[at].w[0], b[at].w[0]), 0, 0, 0}};

            if (on_path && is_leaf)
                expected = f->beta_leaf[j];
            else if (on_path)
                expected.w[0] = f->beta_inner[HUB_IDPF_VALUES * (size_t)p->level + j];
            assert_memory_equal(&sum, &expected, sizeof(sum));
        }
    }
}

/* Each prefix alone gives what it gives among all. */
static void check_alone(const struct fixture *f, const struct hub_agg_param *p, unsigned agg_id,
                        const hub_fe255 *all)
{
    for (size_t i = 0; i < p->n_prefixes; i += 7) {
        const struct hub_agg_param one = {p->level, 1, p->prefix_bytes, hub_agg_param_prefix(p, i)};
        hub_fe255 values[HUB_IDPF_VALUES];

        evaluate(values, f, agg_id, 0, &one);
        assert_memory_equal(values, all + HUB_IDPF_VALUES * i, sizeof(values));
    }
}

static void values_on_and_off_the_path(void **state)
{
    (void)state;
    static const unsigned all_bits[] = {1, 2, 3, 4, 5, 8, 9, 16, BITS_MAX};
    static const unsigned densities[] = {0, 3, 9, 16};
    static const unsigned masks[] = {~0U, HUB_CPU_AVX2 | HUB_CPU_AES, HUB_CPU_AES};
    uint64_t seed = 20260102;
    hub_fe255 *values[2];
    uint8_t *room = malloc((size_t)N_MAX * BYTES_MAX);

    for (unsigned j = 0; j < 2; j++)
        values[j] = malloc(sizeof(hub_fe255) * HUB_IDPF_VALUES * N_MAX);
    for (size_t k = 0; k < sizeof(all_bits) / sizeof(all_bits[0]); k++) {
        struct fixture f;

        open_fixture(&f, all_bits[k], k % 2 == 0 ? hub_cpu_flags() : 0, &seed);
        for (unsigned level = 0; level < f.bits; level += 1 + level / 6) {
            struct hub_agg_param p;

            choose_prefixes(&p, room, &f, level, densities[(level + k) % 4], &seed);
            for (unsigned j = 0; j < 2; j++) {
                evaluate(values[j], &f, j, hub_cpu_flags() & masks[(level + j) % 3], &p);
                check_alone(&f, &p, j, values[j]);
            }
            check_sums(&f, &p, values[0], values[1]);
        }
    }
    free(room);
    free(values[0]);
    free(values[1]);
}

static void no_prefixes(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct fixture f;
    const struct hub_agg_param none = {3, 0, 1, NULL};
    hub_fe255 values[1];

    open_fixture(&f, 8, 0, &seed);
    evaluate(values, &f, 1, hub_cpu_flags(), &none);
}

/* All numbers of nodes past four vectors, with bytes behind them that stay. */
static void step_tiers_agree(void **state)
{
    (void)state;
    const unsigned tiers[2] = {0, hub_cpu_flags()};
    struct hub_fixed_key keys[2][2];
    struct hub_idpf_kernels kernels[2];
    uint8_t cw_seed[HUB_IDPF_KEY_LEN];
    uint64_t seed = 77;

    for (unsigned t = 0; t < 2; t++) {
        hub_idpf_kernels_init(&kernels[t], tiers[t]);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(hub_fixed_key_init(&keys[t][k], tiers[t]), HUB_OK);
            hub_fixed_key_derive(&keys[t][k], hub_span_text(k == 0 ? "extend" : "convert"),
                                 HUB_SPAN_EMPTY, HUB_SPAN_EMPTY);
        }
    }
    fill(cw_seed, sizeof(cw_seed), &seed);
    for (size_t n = 0; n <= NODES_MAX; n++) {
        const struct hub_idpf_correction cw = {cw_seed, {n & 1, n >> 1 & 1}};
        uint8_t seeds[2][HUB_IDPF_KEY_LEN * (NODES_MAX + 1)];
        uint8_t ctrl[2][NODES_MAX + 1];
        uint8_t bits[NODES_MAX + 1];

        fill(seeds[0], sizeof(seeds[0]), &seed);
        fill(ctrl[0], sizeof(ctrl[0]), &seed);
        fill(bits, sizeof(bits), &seed);
        for (size_t i = 0; i <= NODES_MAX; i++) {
            ctrl[0][i] &= 1;
            bits[i] &= 1;
        }
        memcpy(seeds[1], seeds[0], sizeof(seeds[0]));
        memcpy(ctrl[1], ctrl[0], sizeof(ctrl[0]));
        for (unsigned t = 0; t < 2; t++) {
            const struct hub_idpf_nodes nodes = {seeds[t], ctrl[t], bits, n};

            kernels[t].step(&keys[t][0], &keys[t][1], &nodes, &cw);
        }
        assert_memory_equal(seeds[0], seeds[1], sizeof(seeds[0]));
        assert_memory_equal(ctrl[0], ctrl[1], sizeof(ctrl[0]));
    }
    for (unsigned t = 0; t < 2; t++) {
        hub_fixed_key_clear(&keys[t][0]);
        hub_fixed_key_clear(&keys[t][1]);
    }
}

/* This key's left child at level 0 draws 0xffffffff79186775 first, which is no element (found by
 * search): the next two words of its stream are its values, and its neighbour stays in step. */
static void skips_what_is_no_element(void **state)
{
    (void)state;
    const unsigned tiers[2] = {0, hub_cpu_flags()};
    static const uint8_t key[HUB_IDPF_KEY_LEN] = {0, 0, 0, 0, 0, 0, 0, 0, 0x9b, 0xbb, 0xcf, 0x05};
    static const uint8_t prefixes[2] = {0x00, 0x80};
    const struct hub_agg_param both = {0, 2, 1, prefixes};
    const struct hub_agg_param right = {0, 1, 1, prefixes + 1};
    struct fixture f = {.bits = 2, .nonce = {7}, .ctx = hub_span_text("ctx")};

    memcpy(f.rand, key, sizeof(key));
    for (unsigned t = 0; t < 2; t++) {
        hub_fe255 values[2 * HUB_IDPF_VALUES];
        hub_fe255 alone[HUB_IDPF_VALUES];
        HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;
        uint8_t seed[HUB_IDPF_KEY_LEN];
        uint64_t words[2];
        struct hub_fixed_key_stream s;

        evaluate(values, &f, 0, tiers[t], &both);
        evaluate(alone, &f, 0, tiers[t], &right);
        assert_int_equal(hub_idpf_new(&d, 2, NULL, tiers[t]), HUB_OK);
        hub_idpf_start(d, f.nonce, f.ctx);
        hub_fixed_key_hash(&d->extend_key, seed, key, 1);
        seed[0] &= 0xfe;
        hub_fixed_key_stream_init(&s, &d->convert_key, seed, 2);
        hub_fixed_key_next_field64(&s, words, 2);
        assert_int_equal(values[0].w[0], 0xdc71c6171f0dcbc6U);
        assert_int_equal(values[1].w[0], words[0]);
        assert_memory_equal(values + HUB_IDPF_VALUES, alone, sizeof(alone));
    }
}

static void spoiled_public_shares(void **state)
{
    (void)state;
    uint64_t seed = 9;
    struct fixture f;
    const unsigned bits = 11;
    const size_t len = hub_idpf_public_share_len(bits);

    open_fixture(&f, bits, 0, &seed);
    assert_true(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len)));
    assert_false(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len - 1)));
    assert_false(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len + 1)));
    assert_false(hub_idpf_public_share_is_valid(bits, HUB_SPAN_EMPTY));
    f.public_share[2] |= 0x40; /* 22 bits are used */
    assert_false(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len)));
    f.public_share[2] &= 0x3f;
    for (unsigned level = 0; level < bits; level++) {
        const size_t at = hub_idpf_values_at(bits, level);
        uint8_t kept[HUB_FIELD255_BYTES];
        const size_t n = level == bits - 1 ? HUB_FIELD255_BYTES : HUB_FIELD64_BYTES;

        memcpy(kept, f.public_share + at, n);
        memset(f.public_share + at, 0xff, n);
        assert_false(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len)));
        memcpy(f.public_share + at, kept, n);
    }
    assert_true(hub_idpf_public_share_is_valid(bits, hub_span_of(f.public_share, len)));
}

static void refuses_wrong_use(void **state)
{
    (void)state;
    static const uint8_t unordered[] = {0x80, 0x00};
    const struct hub_agg_param wrong = {0, 2, 1, unordered};
    const struct hub_agg_param deep = {8, 1, 2, unordered};
    struct hub_idpf_plan *plan = NULL;
    struct hub_idpf *d = NULL;

    assert_int_equal(hub_idpf_plan_new(&plan, 8, &wrong), HUB_E_ARGUMENT);
    assert_int_equal(hub_idpf_plan_new(&plan, 8, &deep), HUB_E_ARGUMENT);
    assert_null(plan);
    assert_int_equal(hub_idpf_new(&d, 0, NULL, 0), HUB_E_ARGUMENT);
    assert_int_equal(hub_idpf_new(&d, HUB_AGG_PARAM_BITS_MAX + 1, NULL, 0), HUB_E_ARGUMENT);
    assert_int_equal(hub_idpf_plan_new(&plan, 9, &deep), HUB_OK);
    assert_int_equal(hub_idpf_new(&d, 8, plan, 0), HUB_E_ARGUMENT);
    assert_null(d);
    hub_idpf_plan_free(plan);
    hub_idpf_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_on_and_off_the_path), cmocka_unit_test(no_prefixes),
        cmocka_unit_test(step_tiers_agree),           cmocka_unit_test(skips_what_is_no_element),
        cmocka_unit_test(spoiled_public_shares),      cmocka_unit_test(refuses_wrong_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
