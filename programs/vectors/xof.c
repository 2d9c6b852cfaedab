/* XofTurboShake128.json and XofFixedKeyAes128.json: a seed derived from seed, tag and binder, and a
 * vector of Field128. */
#include "xof.h"

#include "json.h"

#include "base/cpu.h"
#include "xof/fixed_key_aes128.h"
#include "xof/turboshake.h"

static hub_status read_bytes(hub_span *out, struct hub_arena *arena, const json_t *root,
                             const char *name, struct hub_why *why)
{
    if (vector_json_hex(out, arena, json_object_get(root, name)) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "%s: missing, or not hexadecimal", name);
    return HUB_OK;
}

/* What such a file holds. */
struct xof_vector {
    hub_span seed;
    hub_span dst;
    hub_span binder;
    hub_span derived;
    hub_span expanded;
    uint64_t length;
};

static hub_status read_vector(struct xof_vector *v, struct hub_arena *arena, const char *path,
                              struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;

    HUB_TRY(vector_json_load(&root, path, why));
    HUB_TRY(read_bytes(&v->seed, arena, root, "seed", why));
    HUB_TRY(read_bytes(&v->dst, arena, root, "dst", why));
    HUB_TRY(read_bytes(&v->binder, arena, root, "binder", why));
    HUB_TRY(read_bytes(&v->derived, arena, root, "derived_seed", why));
    HUB_TRY(read_bytes(&v->expanded, arena, root, "expanded_vec_field128", why));
    HUB_TRY(vector_json_member_u64(&v->length, root, "length", why));
    if (v->seed.len > UINT8_MAX || v->dst.len > UINT16_MAX ||
        v->expanded.len / HUB_FIELD128_BYTES != v->length)
        return hub_why(why, HUB_E_DECODE, "lengths: seed, dst or vector");
    return HUB_OK;
}

hub_status vector_xof_run(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    struct xof_vector v;
    uint8_t seed_made[HUB_XOF_SEED_LEN];
    struct hub_xof x;

    HUB_TRY(read_vector(&v, arena, path, why));
    hub_xof_init(&x, v.seed, v.dst, HUB_SPAN_EMPTY);
    hub_xof_absorb(&x, v.binder);
    struct hub_xof again = x;
    hub_xof_squeeze(&x, seed_made, sizeof(seed_made));
    if (!hub_span_equal_var(v.derived, HUB_SPAN_ARRAY(seed_made)))
        return hub_why(why, HUB_E_VERIFY, "derived_seed, differs");

    hub_fe128 *vector = HUB_ARENA_NEW(arena, hub_fe128, (size_t)v.length);
    uint8_t *encoded = HUB_ARENA_NEW(arena, uint8_t, v.expanded.len);
    if (vector == NULL || encoded == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    hub_xof_next_field128(&again, vector, (size_t)v.length);
    hub_field128_encode(encoded, vector, (size_t)v.length);
    if (!hub_span_equal_var(v.expanded, hub_span_of(encoded, v.expanded.len)))
        return hub_why(why, HUB_E_VERIFY, "expanded_vec_field128, differs");
    return HUB_OK;
}

/* The vector by hand: VDAFs draw no element of Field128 from this stream. */
static void expand_field128(uint8_t *out, size_t n, struct hub_fixed_key_stream *s)
{
    hub_fe128 element;

    while (n != 0) {
        hub_fixed_key_squeeze(s, out, HUB_FIELD128_BYTES);
        if (!hub_field128_decode(&element, out, 1))
            continue;
        out += HUB_FIELD128_BYTES;
        n--;
    }
}

static hub_status run_fixed_key(const struct xof_vector *v, uint8_t *encoded, unsigned cpu,
                                struct hub_why *why)
{
    HUB_CLEANUP(hub_fixed_key_clear) struct hub_fixed_key key;
    struct hub_fixed_key_stream s;
    uint8_t seed_made[HUB_FIXED_KEY_SEED_LEN];

    HUB_TRY(hub_fixed_key_init(&key, cpu));
    hub_fixed_key_derive(&key, v->dst, HUB_SPAN_EMPTY, v->binder);
    hub_fixed_key_stream_init(&s, &key, v->seed.ptr, 0);
    hub_fixed_key_squeeze(&s, seed_made, sizeof(seed_made));
    if (!hub_span_equal_var(v->derived, HUB_SPAN_ARRAY(seed_made)))
        return hub_why(why, HUB_E_VERIFY, "derived_seed, differs (tier %s)", key.kernels.tier);
    hub_fixed_key_stream_init(&s, &key, v->seed.ptr, 0);
    expand_field128(encoded, (size_t)v->length, &s);
    if (!hub_span_equal_var(v->expanded, hub_span_of(encoded, v->expanded.len)))
        return hub_why(why, HUB_E_VERIFY, "expanded_vec_field128, differs (tier %s)",
                       key.kernels.tier);
    return HUB_OK;
}

hub_status vector_fixed_key_run(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    struct xof_vector v;

    HUB_TRY(read_vector(&v, arena, path, why));
    uint8_t *encoded = HUB_ARENA_NEW(arena, uint8_t, v.expanded.len);
    if (encoded == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    if (v.seed.len != HUB_FIXED_KEY_SEED_LEN)
        return hub_why(why, HUB_E_DECODE, "seed: not 16 bytes");
    HUB_TRY(run_fixed_key(&v, encoded, 0, why));
    return run_fixed_key(&v, encoded, hub_cpu_flags(), why);
}
