/* What a Poplar1 object holds, and its streams. */
#ifndef VDAF_POPLAR1_INTERNAL_H
#define VDAF_POPLAR1_INTERNAL_H

#include "vdaf/idpf_internal.h"
#include "vdaf/poplar1.h"
#include "xof/field255.h"

/* What a stream is drawn for (VDAF draft-20, section "Poplar1", table of usages). */
enum hub_poplar1_usage {
    HUB_POPLAR1_SHARD_RAND = 1,
    HUB_POPLAR1_CORR_INNER = 2,
    HUB_POPLAR1_CORR_LEAF = 3,
    HUB_POPLAR1_VERIFY_RAND = 4
};

struct hub_poplar1 {
    unsigned bits;
    const struct hub_idpf_plan *plan;
    struct hub_idpf *idpf;
    hub_fe64 *beta_inner; /* for sharding: one and the authenticator, for each inner level */
};

/* An input share: IDPF key, seed of the correlated randomness, then for each level the shares of A
 * and B. */
enum { HUB_POPLAR1_CORR_SEED_AT = HUB_IDPF_KEY_LEN };
enum { HUB_POPLAR1_INNER_AT = HUB_POPLAR1_CORR_SEED_AT + HUB_XOF_SEED_LEN };

static inline size_t hub_poplar1_corr_at(unsigned level)
{
    return HUB_POPLAR1_INNER_AT + (size_t)2 * HUB_FIELD64_BYTES * level;
}

static inline bool hub_poplar1_is_leaf(const struct hub_idpf_plan *plan)
{
    return plan->param.level == plan->bits - 1;
}

static inline size_t hub_poplar1_element_len(const struct hub_idpf_plan *plan)
{
    return hub_poplar1_is_leaf(plan) ? HUB_FIELD255_BYTES : HUB_FIELD64_BYTES;
}

/* A stream up to its binder's end. */
void hub_poplar1_xof(struct hub_xof *x, enum hub_poplar1_usage usage, hub_span seed, hub_span ctx,
                     hub_span binder1, hub_span binder2);
/* The correlated randomness of aggregator agg_id, of the inner levels or of the last one. */
void hub_poplar1_corr_xof(struct hub_xof *x, enum hub_poplar1_usage usage, unsigned agg_id,
                          const uint8_t *seed, const uint8_t *nonce, hub_span ctx);

#endif
