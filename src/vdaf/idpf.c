/* The IDPF's objects, streams and public share (VDAF draft-20, section "The IDPF of BBCGGI21"). */
#include "base/cpu.h"
#include "vdaf/idpf_internal.h"

#include <stdio.h>
#include <stdlib.h>

void hub_idpf_write_tag(uint8_t tag[HUB_IDPF_TAG_LEN], enum hub_idpf_usage usage)
{
    const uint8_t bytes[HUB_IDPF_TAG_LEN] = {18, 1, 0, 0, 0, 0, 0, (uint8_t)usage};

    memcpy(tag, bytes, sizeof(bytes));
}

void hub_idpf_start(struct hub_idpf *d, const uint8_t *nonce, hub_span ctx)
{
    uint8_t tag[HUB_IDPF_TAG_LEN];
    const hub_span binder = hub_span_of(nonce, HUB_IDPF_NONCE_LEN);

    hub_idpf_write_tag(tag, HUB_IDPF_EXTEND);
    hub_fixed_key_derive(&d->extend_key, HUB_SPAN_ARRAY(tag), ctx, binder);
    hub_idpf_write_tag(tag, HUB_IDPF_CONVERT);
    hub_fixed_key_derive(&d->convert_key, HUB_SPAN_ARRAY(tag), ctx, binder);
}

void hub_idpf_leaf_xof(struct hub_xof *x, enum hub_idpf_usage usage, const uint8_t *seed,
                       const uint8_t *nonce, hub_span ctx)
{
    uint8_t tag[HUB_IDPF_TAG_LEN];

    hub_idpf_write_tag(tag, usage);
    hub_xof_init(x, hub_span_of(seed, HUB_IDPF_KEY_LEN), HUB_SPAN_ARRAY(tag), ctx);
    hub_xof_absorb(x, hub_span_of(nonce, HUB_IDPF_NONCE_LEN));
}

size_t hub_idpf_public_share_len(unsigned bits)
{
    return hub_idpf_values_at(bits, bits - 1) + (size_t)HUB_IDPF_VALUES * HUB_FIELD255_BYTES;
}

bool hub_idpf_public_share_is_valid(unsigned bits, hub_span public_share)
{
    const size_t ctrl_bytes = hub_idpf_ctrl_bytes(bits);
    const unsigned used = 2 * bits % 8;
    hub_fe64 element;
    hub_fe255 leaf[HUB_IDPF_VALUES];

    if (public_share.len != hub_idpf_public_share_len(bits))
        return false;
    if (used != 0 && public_share.ptr[ctrl_bytes - 1] >> used != 0)
        return false;
    const size_t leaf_at = hub_idpf_values_at(bits, bits - 1);
    for (size_t at = hub_idpf_values_at(bits, 0); at < leaf_at; at += HUB_FIELD64_BYTES) {
        if (!hub_field64_decode(&element, public_share.ptr + at, 1))
            return false;
    }
    return hub_field255_decode(leaf, public_share.ptr + leaf_at, HUB_IDPF_VALUES);
}

static hub_status allocate(struct hub_idpf *d, size_t n)
{
    const bool is_leaf = d->plan->param.level == d->bits - 1;

    d->first = calloc(n + 1, sizeof(*d->first));
    d->seeds = calloc(n + 1, HUB_IDPF_KEY_LEN);
    d->ctrl = calloc(n + 1, 1);
    d->bit = calloc(n + 1, 1);
    d->blocks = calloc(n + 1, HUB_IDPF_KEY_LEN);
    if (is_leaf)
        d->leaf = calloc(HUB_IDPF_VALUES * (n + 1), sizeof(*d->leaf));
    else
        d->inner = calloc(HUB_IDPF_VALUES * (n + 1), sizeof(*d->inner));
    if (d->first == NULL || d->seeds == NULL || d->ctrl == NULL || d->bit == NULL ||
        d->blocks == NULL || (is_leaf ? d->leaf == NULL : d->inner == NULL))
        return HUB_E_MEMORY;
    return HUB_OK;
}

void hub_idpf_kernels_init(struct hub_idpf_kernels *k, unsigned cpu)
{
    *k = (struct hub_idpf_kernels){hub_idpf_extend_c, hub_idpf_step_c};
#ifdef HUB_HAS_AESNI
    if ((cpu & HUB_CPU_AES) != 0)
        k->step = hub_idpf_step_aesni;
#endif
    (void)cpu;
}

/* The names of the cipher's tier and of the permutation's, or one for both. */
static void name_tier(struct hub_idpf *d)
{
    const char *const cipher = d->extend_key.kernels.tier;
    const char *const permutation = d->keccak.tier;

    (void)snprintf(d->tier, sizeof(d->tier), "%s%s%s", cipher,
                   strcmp(cipher, permutation) == 0 ? "" : "+",
                   strcmp(cipher, permutation) == 0 ? "" : permutation);
}

hub_status hub_idpf_new(struct hub_idpf **out, unsigned bits, const struct hub_idpf_plan *plan,
                        unsigned cpu)
{
    HUB_CLEANUP(hub_idpf_free_cleanup) struct hub_idpf *d = NULL;

    if (bits < 1 || bits > HUB_AGG_PARAM_BITS_MAX || (plan != NULL && plan->bits != bits))
        return HUB_E_ARGUMENT;
    d = aligned_alloc(_Alignof(struct hub_idpf), sizeof(*d));
    if (d == NULL)
        return HUB_E_MEMORY;
    memset(d, 0, sizeof(*d));
    d->bits = bits;
    d->plan = plan;
    hub_idpf_kernels_init(&d->kernels, cpu);
    hub_keccak_kernels_init(&d->keccak, cpu);
    HUB_TRY(hub_fixed_key_init(&d->extend_key, cpu));
    HUB_TRY(hub_fixed_key_init(&d->convert_key, cpu));
    name_tier(d);
    if (plan != NULL)
        HUB_TRY(allocate(d, plan->param.n_prefixes));
    *out = d;
    d = NULL;
    return HUB_OK;
}

static void wipe_and_free(void *p, size_t n)
{
    hub_wipe(p, n);
    free(p);
}

void hub_idpf_free(struct hub_idpf *d)
{
    if (d == NULL)
        return;
    const size_t n = d->plan != NULL ? (size_t)d->plan->param.n_prefixes + 1 : 0;
    hub_fixed_key_clear(&d->extend_key);
    hub_fixed_key_clear(&d->convert_key);
    free(d->first);
    free(d->bit);
    wipe_and_free(d->seeds, n * HUB_IDPF_KEY_LEN);
    wipe_and_free(d->ctrl, n);
    wipe_and_free(d->blocks, n * HUB_IDPF_KEY_LEN);
    wipe_and_free(d->inner, n * HUB_IDPF_VALUES * sizeof(*d->inner));
    wipe_and_free(d->leaf, n * HUB_IDPF_VALUES * sizeof(*d->leaf));
    free(d);
}

void hub_idpf_free_cleanup(struct hub_idpf **d)
{
    hub_idpf_free(*d);
}

const char *hub_idpf_tier(const struct hub_idpf *d)
{
    return d->tier;
}
