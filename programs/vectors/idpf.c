/* IdpfBBCGGI21: the public share that both keys and values give, and what both keys' values at the
 * path and beside it add up to, at each level and on each kernel tier. */
#include "idpf.h"

#include "json.h"

#include "base/cpu.h"
#include "vdaf/idpf.h"

struct idpf_vector {
    unsigned bits;
    uint8_t *alpha; /* packed */
    hub_fe64 *beta_inner;
    hub_fe255 beta_leaf[HUB_IDPF_VALUES];
    hub_span nonce;
    hub_span ctx;
    uint8_t rand[HUB_IDPF_RAND_LEN];
    hub_span public_share;
};

static hub_status read_values(struct idpf_vector *v, const json_t *root)
{
    const json_t *inner = json_object_get(root, "beta_inner");
    const json_t *leaf = json_object_get(root, "beta_leaf");

    for (size_t i = 0; i < v->bits; i++) {
        uint64_t bit;

        HUB_TRY(vector_json_u64(&bit, json_array_get(json_object_get(root, "alpha"), i)));
        v->alpha[i / 8] = (uint8_t)(v->alpha[i / 8] | (bit & 1) << (7 - i % 8));
    }
    for (size_t i = 0; i < HUB_IDPF_VALUES * (size_t)(v->bits - 1); i++)
        HUB_TRY(vector_json_u64(&v->beta_inner[i],
                                json_array_get(json_array_get(inner, i / 2), i % 2)));
    for (size_t i = 0; i < HUB_IDPF_VALUES; i++)
        HUB_TRY(vector_json_u64(&v->beta_leaf[i].w[0], json_array_get(leaf, i)));
    return HUB_OK;
}

static hub_status read_bytes(struct idpf_vector *v, struct hub_arena *arena, const json_t *root)
{
    hub_span key;

    HUB_TRY(vector_json_hex(&v->nonce, arena, json_object_get(root, "nonce")));
    HUB_TRY(vector_json_hex(&v->ctx, arena, json_object_get(root, "ctx")));
    HUB_TRY(vector_json_hex(&v->public_share, arena, json_object_get(root, "public_share")));
    for (size_t j = 0; j < 2; j++) {
        HUB_TRY(vector_json_hex(&key, arena, json_array_get(json_object_get(root, "keys"), j)));
        if (key.len != HUB_IDPF_KEY_LEN)
            return HUB_E_DECODE;
        memcpy(v->rand + j * HUB_IDPF_KEY_LEN, key.ptr, key.len);
    }
    return v->nonce.len == HUB_IDPF_NONCE_LEN ? HUB_OK : HUB_E_DECODE;
}

static hub_status read_vector(struct idpf_vector *v, struct hub_arena *arena, const json_t *root,
                              struct hub_why *why)
{
    uint64_t bits;

    HUB_TRY(vector_json_member_u64(&bits, root, "bits", why));
    if (bits < 1 || bits > HUB_AGG_PARAM_BITS_MAX)
        return hub_why(why, HUB_E_DECODE, "bits: not 1 to 65536");
    v->bits = (unsigned)bits;
    v->alpha = HUB_ARENA_NEW(arena, uint8_t, (size_t)bits);
    v->beta_inner = HUB_ARENA_NEW(arena, hub_fe64, HUB_IDPF_VALUES * (size_t)bits);
    if (v->alpha == NULL || v->beta_inner == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    if (read_values(v, root) != HUB_OK || read_bytes(v, arena, root) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "a value or a length is not in its form");
    return HUB_OK;
}

/* Two prefixes of level + 1 bits in order: the path's, and the one that differs in the last bit.
 * Returns the place of the path's. */
static unsigned neighbours(struct hub_agg_param *out, uint8_t *room, const struct idpf_vector *v,
                           unsigned level)
{
    const size_t len = ((size_t)level + 8) / 8;
    const uint8_t last = (uint8_t)(0x80U >> level % 8);
    const unsigned at = hub_prefix_bit(v->alpha, level);

    for (unsigned i = 0; i < 2; i++) {
        uint8_t *prefix = room + i * len;

        memcpy(prefix, v->alpha, len);
        prefix[len - 1] &= (uint8_t) ~(last - 1U); /* what is behind the last bit */
        prefix[len - 1] = (uint8_t)(i == 1 ? prefix[len - 1] | last : prefix[len - 1] & ~last);
    }
    *out = (struct hub_agg_param){level, 2, len, room};
    return at;
}

/* The sum over both keys at one place of a level, as an element of Field255 in either case. */
static hub_status sum_values(hub_fe255 sums[2 * HUB_IDPF_VALUES], struct hub_idpf *d,
                             const struct idpf_vector *v, bool is_leaf)
{
    const hub_fe64 *inner;
    const hub_fe255 *leaf;

    memset(sums, 0, (size_t)2 * HUB_IDPF_VALUES * sizeof(sums[0]));
    for (unsigned j = 0; j < 2; j++) {
        HUB_TRY(hub_idpf_eval(d, &inner, &leaf, j, v->public_share.ptr,
                              v->rand + (size_t)HUB_IDPF_KEY_LEN * j, v->nonce.ptr, v->ctx));
        for (unsigned i = 0; i < 2 * HUB_IDPF_VALUES; i++) {
            if (is_leaf)
                sums[i] = hub_fe255_add(sums[i], leaf[i]);
            else
                sums[i].w[0] = hub_fe64_add(sums[i].w[0], inner[i]);
        }
    }
    return HUB_OK;
}

static hub_status check_level(const struct idpf_vector *v, struct hub_arena *arena, unsigned level,
                              unsigned cpu, struct hub_why *why)
{
    HUB_CLEANUP(hub_idpf_plan_free_cleanup) struct hub_idpf_plan *plan = NULL;
    HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;
    const bool is_leaf = level == v->bits - 1;
    uint8_t *room = HUB_ARENA_NEW(arena, uint8_t, v->bits);
    struct hub_agg_param param;
    hub_fe255 sums[2 * HUB_IDPF_VALUES];

    if (room == NULL)
        return HUB_E_MEMORY;
    const unsigned on_path = neighbours(&param, room, v, level);
    HUB_TRY(hub_idpf_plan_new(&plan, v->bits, &param));
    HUB_TRY(hub_idpf_new(&d, v->bits, plan, cpu));
    HUB_TRY(sum_values(sums, d, v, is_leaf));
    for (unsigned i = 0; i < 2 * HUB_IDPF_VALUES; i++) {
        hub_fe255 expected = {{0}};

        if (i / HUB_IDPF_VALUES == on_path && is_leaf)
            expected = v->beta_leaf[i % HUB_IDPF_VALUES];
        else if (i / HUB_IDPF_VALUES == on_path)
            expected.w[0] = v->beta_inner[HUB_IDPF_VALUES * (size_t)level + i % HUB_IDPF_VALUES];
        if (memcmp(&sums[i], &expected, sizeof(expected)) != 0)
            return hub_why(why, HUB_E_VERIFY, "eval, level %u, value %u, differs (tier %s)", level,
                           i, hub_idpf_tier(d));
    }
    return HUB_OK;
}

static hub_status run_tier(const struct idpf_vector *v, struct hub_arena *arena, unsigned cpu,
                           struct hub_why *why)
{
    HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;
    const size_t len = hub_idpf_public_share_len(v->bits);
    uint8_t *made = HUB_ARENA_NEW(arena, uint8_t, len);

    HUB_TRY(hub_idpf_new(&d, v->bits, NULL, cpu));
    if (made == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    HUB_TRY(hub_idpf_gen(d, made, v->alpha, v->beta_inner, v->beta_leaf, v->nonce.ptr, v->rand,
                         v->ctx));
    if (!hub_span_equal_var(v->public_share, hub_span_of(made, len)) ||
        !hub_idpf_public_share_is_valid(v->bits, v->public_share))
        return hub_why(why, HUB_E_VERIFY, "public_share, differs");
    for (unsigned level = 0; level < v->bits; level++)
        HUB_TRY(check_level(v, arena, level, cpu, why));
    return HUB_OK;
}

hub_status vector_idpf_run(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;
    struct idpf_vector v = {0};

    HUB_TRY(vector_json_load(&root, path, why));
    HUB_TRY(read_vector(&v, arena, root, why));
    HUB_TRY(run_tier(&v, arena, 0, why));
    HUB_TRY(run_tier(&v, arena, hub_cpu_flags() & (HUB_CPU_AES | HUB_CPU_AVX2), why));
    return run_tier(&v, arena, hub_cpu_flags(), why);
}
