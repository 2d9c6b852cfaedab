/* Poplar1 on every tier, inputs and outputs against pages that are closed: prefixes in numbers
 * around the eight that a kernel takes at a time, at the first level, inside and at the last. What
 * comes out is what plain C makes of it. */
#include "base/cpu.h"
#include "fence.h"

#include "vdaf/poplar1.h"

#include <stdlib.h>

enum { N = 3, OUTPUTS = 4, CTX_LEN = 21 };

static const unsigned tier_flags[] = {
    0,
    HUB_CPU_AES,
    HUB_CPU_AVX2,
    HUB_CPU_AVX2 | HUB_CPU_AES,
    HUB_CPU_AVX2 | HUB_CPU_AVX512 | HUB_CPU_AES,
};
enum { N_TIERS = sizeof(tier_flags) / sizeof(tier_flags[0]) };

struct shape {
    unsigned bits;
    unsigned level;
    uint32_t n_prefixes;
};

static void fill(uint8_t *out, size_t n, size_t seed)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 29 + seed * 101 + i / 7);
}

static uint8_t *behind(struct fence *f, size_t n, size_t shift)
{
    fence_open(f, n + shift);
    return fence_end(f, n + shift, 1);
}

/* Numbers, so they are in order: the number stands in the prefix's last bits. */
static void set_prefix(uint8_t *out, size_t bytes, unsigned level, unsigned number)
{
    memset(out, 0, bytes);
    for (unsigned k = 0; k <= level && k < 8; k++) {
        unsigned bit = level - k;

        if ((number >> k & 1) != 0)
            out[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
    }
}

struct run {
    struct shape shape;
    struct fence prefixes;
    struct fence nonces[N];
    struct fence public_shares[N];
    struct fence input_shares[2][N];
    struct hub_verify_in in[2][N];
    struct fence ctx;
    hub_span ctx_span;
    struct hub_agg_param param;
    struct hub_idpf_plan *plan;
};

/* Shards report i into fences, on this tier; the first tier's shares are kept as inputs. */
static void shard(struct run *r, struct hub_poplar1 *p, size_t i, bool keep)
{
    unsigned bits = r->shape.bits;
    size_t lens[3] = {hub_poplar1_public_share_len(bits), hub_poplar1_input_share_len(bits),
                      hub_poplar1_input_share_len(bits)};
    struct fence fences[5] = {{0}};
    uint8_t *shares[3];
    uint8_t *measurement = behind(&fences[3], (bits + 7) / 8, 0);
    uint8_t *rand = behind(&fences[4], HUB_POPLAR1_RAND_LEN, 0);

    fill(rand, HUB_POPLAR1_RAND_LEN, i);
    set_prefix(measurement, (bits + 7) / 8, bits - 1, (unsigned)i);
    for (size_t k = 0; k < 3; k++)
        shares[k] = behind(&fences[k], lens[k], 0);
    assert_int_equal(hub_poplar1_shard(p, shares[0], shares + 1,
                                       hub_span_of(measurement, (bits + 7) / 8),
                                       hub_span_of(r->in[0][i].nonce, HUB_VDAF_NONCE_LEN),
                                       hub_span_of(rand, HUB_POPLAR1_RAND_LEN), r->ctx_span),
                     HUB_OK);
    if (keep) {
        uint8_t *public_share = behind(&r->public_shares[i], lens[0], i);

        memcpy(public_share, shares[0], lens[0]);
        for (unsigned j = 0; j < 2; j++) {
            uint8_t *input_share = behind(&r->input_shares[j][i], lens[1], i);

            memcpy(input_share, shares[1 + j], lens[1]);
            r->in[j][i].public_share = hub_span_of(public_share, lens[0]);
            r->in[j][i].input_share = hub_span_of(input_share, lens[1]);
        }
    }
    assert_memory_equal(shares[0], r->in[0][i].public_share.ptr, lens[0]);
    assert_memory_equal(shares[1], r->in[0][i].input_share.ptr, lens[1]);
    assert_memory_equal(shares[2], r->in[1][i].input_share.ptr, lens[2]);
    for (size_t k = 0; k < 5; k++)
        fence_close(&fences[k]);
}

static void open_run(struct run *r, const struct shape *shape)
{
    size_t bytes = ((size_t)shape->level + 8) / 8;
    uint8_t *prefixes;
    uint8_t *ctx;

    memset(r, 0, sizeof(*r));
    r->shape = *shape;
    prefixes = behind(&r->prefixes, shape->n_prefixes * bytes, 0);
    for (unsigned i = 0; i < shape->n_prefixes; i++)
        set_prefix(prefixes + i * bytes, bytes, shape->level, i);
    r->param = (struct hub_agg_param){shape->level, shape->n_prefixes, bytes, prefixes};
    assert_int_equal(hub_idpf_plan_new(&r->plan, shape->bits, &r->param), HUB_OK);
    ctx = behind(&r->ctx, CTX_LEN, 0);
    fill(ctx, CTX_LEN, 3);
    r->ctx_span = hub_span_of(ctx, CTX_LEN);
    for (size_t i = 0; i < N; i++) {
        uint8_t *nonce = behind(&r->nonces[i], HUB_VDAF_NONCE_LEN, i);

        fill(nonce, HUB_VDAF_NONCE_LEN, 70 + i);
        r->in[0][i].nonce = nonce;
        r->in[1][i].nonce = nonce;
    }
}

static void close_run(struct run *r)
{
    for (size_t i = 0; i < N; i++) {
        fence_close(&r->nonces[i]);
        fence_close(&r->public_shares[i]);
        fence_close(&r->input_shares[0][i]);
        fence_close(&r->input_shares[1][i]);
    }
    fence_close(&r->prefixes);
    fence_close(&r->ctx);
    hub_idpf_plan_free(r->plan);
}

/* verify_init of both aggregators: their verifier shares and states, into out. */
static void verify(struct run *r, struct hub_poplar1 *p, struct fence out[OUTPUTS],
                   uint8_t *rows[OUTPUTS], size_t lens[OUTPUTS])
{
    static const uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN] = {9};

    for (unsigned j = 0; j < 2; j++) {
        struct fence verdicts = {0};
        uint8_t *verdict = behind(&verdicts, N, 0);

        lens[2 * j] = N * hub_poplar1_verifier_share_len(r->plan, 0);
        lens[2 * j + 1] = N * hub_poplar1_verify_state_len(r->plan);
        for (unsigned k = 2 * j; k < 2 * j + 2; k++)
            rows[k] = behind(&out[k], lens[k], 0);
        memset(verdict, HUB_VDAF_ACCEPTED, N);
        assert_int_equal(hub_poplar1_verify_init(p, N, j, HUB_SPAN_ARRAY(verify_key), r->ctx_span,
                                                 r->in[j], verdict, rows[2 * j], rows[2 * j + 1]),
                         HUB_OK);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(verdict[i], HUB_VDAF_ACCEPTED);
        fence_close(&verdicts);
    }
}

static void run_shape(const struct shape *shape)
{
    struct run r;
    struct fence plain[OUTPUTS] = {{0}};
    uint8_t *plain_rows[OUTPUTS];

    open_run(&r, shape);
    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_poplar1 *p = NULL;
        struct fence out[OUTPUTS] = {{0}};
        uint8_t *rows[OUTPUTS];
        size_t lens[OUTPUTS];

        if ((tier_flags[t] & ~hub_cpu_flags()) != 0)
            continue;
        assert_int_equal(hub_poplar1_new(&p, shape->bits, r.plan, tier_flags[t]), HUB_OK);
        for (size_t i = 0; i < N; i++)
            shard(&r, p, i, t == 0);
        verify(&r, p, t == 0 ? plain : out, t == 0 ? plain_rows : rows, lens);
        for (unsigned k = 0; t != 0 && k < OUTPUTS; k++)
            assert_memory_equal(rows[k], plain_rows[k], lens[k]);
        for (unsigned k = 0; k < OUTPUTS; k++)
            fence_close(&out[k]);
        hub_poplar1_free(p);
    }
    for (unsigned k = 0; k < OUTPUTS; k++)
        fence_close(&plain[k]);
    close_run(&r);
}

static void nothing_is_touched_beyond_a_buffer(void **state)
{
    static const unsigned all_bits[] = {1, 2, 7, 8, 9, 33, 64, 128};
    static const uint32_t all_prefixes[] = {1, 2, 7, 8, 9, 15, 16, 17};

    (void)state;
    for (size_t b = 0; b < sizeof(all_bits) / sizeof(all_bits[0]); b++) {
        unsigned bits = all_bits[b];
        unsigned levels[3] = {0, bits / 2, bits - 1};

        for (size_t l = 0; l < 3; l++) {
            for (size_t k = 0; k < sizeof(all_prefixes) / sizeof(all_prefixes[0]); k++) {
                struct shape shape = {bits, levels[l] < bits ? levels[l] : 0, all_prefixes[k]};

                if (shape.level >= 5 || shape.n_prefixes <= 2U << shape.level)
                    run_shape(&shape);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_touched_beyond_a_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
