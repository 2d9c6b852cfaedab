/* Poplar1's objects, lengths and streams, and its aggregate shares (VDAF draft-20, section
 * "Poplar1"). */
#include "vdaf/poplar1_internal.h"

#include <assert.h>
#include <stdlib.h>

hub_status hub_poplar1_new(struct hub_poplar1 **out, unsigned bits,
                           const struct hub_idpf_plan *plan, unsigned cpu)
{
    HUB_CLEANUP(hub_poplar1_free_cleanup) struct hub_poplar1 *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_idpf_new(&p->idpf, bits, plan, cpu));
    p->bits = bits;
    p->plan = plan;
    p->beta_inner = calloc((size_t)HUB_IDPF_VALUES * bits, sizeof(*p->beta_inner));
    if (p->beta_inner == NULL)
        return HUB_E_MEMORY;
    *out = p;
    p = NULL;
    return HUB_OK;
}

void hub_poplar1_free(struct hub_poplar1 *p)
{
    if (p == NULL)
        return;
    hub_idpf_free(p->idpf);
    hub_wipe(p->beta_inner, (size_t)HUB_IDPF_VALUES * p->bits * sizeof(*p->beta_inner));
    free(p->beta_inner);
    free(p);
}

void hub_poplar1_free_cleanup(struct hub_poplar1 **p)
{
    hub_poplar1_free(*p);
}

const struct hub_idpf_plan *hub_poplar1_plan(const struct hub_poplar1 *p)
{
    return p->plan;
}

const char *hub_poplar1_tier(const struct hub_poplar1 *p)
{
    return hub_idpf_tier(p->idpf);
}

size_t hub_poplar1_public_share_len(unsigned bits)
{
    return hub_idpf_public_share_len(bits);
}

size_t hub_poplar1_input_share_len(unsigned bits)
{
    return hub_poplar1_corr_at(bits - 1) + (size_t)2 * HUB_FIELD255_BYTES;
}

size_t hub_poplar1_verifier_share_len(const struct hub_idpf_plan *plan, unsigned round)
{
    assert(round < HUB_POPLAR1_N_ROUNDS);
    return (round == 0 ? HUB_POPLAR1_SKETCH_LEN : 1) * hub_poplar1_element_len(plan);
}

size_t hub_poplar1_verifier_message_len(const struct hub_idpf_plan *plan, unsigned round)
{
    assert(round < HUB_POPLAR1_N_ROUNDS);
    return round == 0 ? HUB_POPLAR1_SKETCH_LEN * hub_poplar1_element_len(plan) : 0;
}

size_t hub_poplar1_out_share_len(const struct hub_idpf_plan *plan)
{
    return plan->param.n_prefixes * hub_poplar1_element_len(plan);
}

/* The out share, then the shares of A and B. */
size_t hub_poplar1_verify_state_len(const struct hub_idpf_plan *plan)
{
    return hub_poplar1_out_share_len(plan) + 2 * hub_poplar1_element_len(plan);
}

void hub_poplar1_xof(struct hub_xof *x, enum hub_poplar1_usage usage, hub_span seed, hub_span ctx,
                     hub_span binder1, hub_span binder2)
{
    /* VERSION, algorithm class "VDAF", algorithm, usage */
    const uint8_t tag[] = {18, 0, 0, 0, 0, 6, 0, (uint8_t)usage};

    hub_xof_init(x, seed, HUB_SPAN_ARRAY(tag), ctx);
    hub_xof_absorb(x, binder1);
    hub_xof_absorb(x, binder2);
}

void hub_poplar1_corr_xof(struct hub_xof *x, enum hub_poplar1_usage usage, unsigned agg_id,
                          const uint8_t *seed, const uint8_t *nonce, hub_span ctx)
{
    const uint8_t id[1] = {(uint8_t)agg_id};

    hub_poplar1_xof(x, usage, hub_span_of(seed, HUB_XOF_SEED_LEN), ctx, HUB_SPAN_ARRAY(id),
                    hub_span_of(nonce, HUB_VDAF_NONCE_LEN));
}

/* Whether share is n elements below p. */
static bool is_row(const struct hub_idpf_plan *plan, hub_span share)
{
    size_t element_len = hub_poplar1_element_len(plan);
    bool valid = share.len == hub_poplar1_out_share_len(plan);

    for (size_t at = 0; valid && at < share.len; at += element_len) {
        hub_fe64 inner;
        hub_fe255 leaf;

        valid = element_len == HUB_FIELD64_BYTES ? hub_field64_decode(&inner, share.ptr + at, 1)
                                                 : hub_field255_decode(&leaf, share.ptr + at, 1);
    }
    return valid;
}

static void add_elements(const struct hub_idpf_plan *plan, uint8_t *acc, const uint8_t *share,
                         size_t n)
{
    if (hub_poplar1_is_leaf(plan))
        hub_field255_add_encoded(acc, share, n);
    else
        hub_field64_add_encoded(acc, share, n);
}

hub_status hub_poplar1_agg_share_add(const struct hub_idpf_plan *plan, uint8_t *acc, hub_span share)
{
    if (!is_row(plan, share))
        return HUB_E_DECODE;
    add_elements(plan, acc, share.ptr, plan->param.n_prefixes);
    return HUB_OK;
}

/* The sum of both elements at place i; false if it is beyond 64 bits. */
static bool total_at(const struct hub_idpf_plan *plan, uint64_t *total, hub_span a, hub_span b,
                     size_t i)
{
    size_t element_len = hub_poplar1_element_len(plan);
    uint8_t bytes[HUB_FIELD255_BYTES] = {0};
    hub_fe255 sum; /* of either field, as a number */

    memcpy(bytes, a.ptr + i * element_len, element_len);
    add_elements(plan, bytes, b.ptr + i * element_len, 1);
    (void)!hub_field255_decode(&sum, bytes, 1);
    *total = sum.w[0];
    return (sum.w[1] | sum.w[2] | sum.w[3]) == 0;
}

/* Looks at all totals before it writes the first. */
hub_status hub_poplar1_unshard(const struct hub_idpf_plan *plan, uint64_t *totals,
                               hub_span leader_share, hub_span helper_share)
{
    uint64_t total;

    if (!is_row(plan, leader_share) || !is_row(plan, helper_share))
        return HUB_E_DECODE;
    for (size_t i = 0; i < plan->param.n_prefixes; i++) {
        if (!total_at(plan, &total, leader_share, helper_share, i))
            return HUB_E_DECODE;
    }
    for (size_t i = 0; i < plan->param.n_prefixes; i++)
        (void)total_at(plan, &totals[i], leader_share, helper_share, i);
    return HUB_OK;
}
