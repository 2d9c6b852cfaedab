/* XofTurboShake128.json: a seed derived from seed, tag and binder, and a vector of Field128. */
#include "xof.h"

#include "json.h"

#include "xof/turboshake.h"

static hub_status read_bytes(hub_span *out, struct hub_arena *arena, const json_t *root,
                             const char *name, struct hub_why *why)
{
    if (vector_json_hex(out, arena, json_object_get(root, name)) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "%s: missing, or not hexadecimal", name);
    return HUB_OK;
}

hub_status vector_xof_run(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;
    hub_span seed;
    hub_span dst;
    hub_span binder;
    hub_span derived;
    hub_span expanded;
    uint64_t length;
    uint8_t seed_made[HUB_XOF_SEED_LEN];
    struct hub_xof x;

    HUB_TRY(vector_json_load(&root, path, why));
    HUB_TRY(read_bytes(&seed, arena, root, "seed", why));
    HUB_TRY(read_bytes(&dst, arena, root, "dst", why));
    HUB_TRY(read_bytes(&binder, arena, root, "binder", why));
    HUB_TRY(read_bytes(&derived, arena, root, "derived_seed", why));
    HUB_TRY(read_bytes(&expanded, arena, root, "expanded_vec_field128", why));
    HUB_TRY(vector_json_member_u64(&length, root, "length", why));
    if (seed.len > UINT8_MAX || dst.len > UINT16_MAX || expanded.len / HUB_FIELD128_BYTES != length)
        return hub_why(why, HUB_E_DECODE, "lengths: seed, dst or vector");

    hub_xof_init(&x, seed, dst, HUB_SPAN_EMPTY);
    hub_xof_absorb(&x, binder);
    struct hub_xof again = x;
    hub_xof_squeeze(&x, seed_made, sizeof(seed_made));
    if (!hub_span_equal_var(derived, HUB_SPAN_ARRAY(seed_made)))
        return hub_why(why, HUB_E_VERIFY, "derived_seed, differs");

    hub_fe128 *vector = HUB_ARENA_NEW(arena, hub_fe128, (size_t)length);
    uint8_t *encoded = HUB_ARENA_NEW(arena, uint8_t, expanded.len);
    if (vector == NULL || encoded == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    hub_xof_next_field128(&again, vector, (size_t)length);
    hub_field128_encode(encoded, vector, (size_t)length);
    if (!hub_span_equal_var(expanded, hub_span_of(encoded, expanded.len)))
        return hub_why(why, HUB_E_VERIFY, "expanded_vec_field128, differs");
    return HUB_OK;
}
