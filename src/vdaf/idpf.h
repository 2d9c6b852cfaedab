/* The IDPF of BBCGGI21 with two values a node (VDAF draft-20, section "The IDPF of BBCGGI21"): a
 * binary tree of seeds whose shares differ along the path of one measurement only. Values of inner
 * levels are elements of Field64, those of the last level of Field255.
 *
 * Prefixes come in order, so the tree is walked level by level: a level's nodes are a list, which
 * grows where two prefixes part. Nothing is looked up. */
#ifndef VDAF_IDPF_H
#define VDAF_IDPF_H

#include "field/field255.h"
#include "field/field64.h"
#include "vdaf/agg_param.h"

enum {
    HUB_IDPF_KEY_LEN = 16,
    HUB_IDPF_NONCE_LEN = 16,
    HUB_IDPF_RAND_LEN = 2 * HUB_IDPF_KEY_LEN, /* both keys */
    HUB_IDPF_VALUES = 2                       /* elements a node */
};

/* How the prefixes of one aggregation parameter part: const once made, shared by threads. */
struct hub_idpf_plan;

/* p: valid for bits (hub_agg_param_is_valid); its bytes outlive the plan. HUB_E_ARGUMENT: it is
 * not. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_idpf_plan_new(struct hub_idpf_plan **out, unsigned bits,
                                          const struct hub_agg_param *p);
void hub_idpf_plan_free(struct hub_idpf_plan *plan);
void hub_idpf_plan_free_cleanup(struct hub_idpf_plan **plan);
const struct hub_agg_param *hub_idpf_plan_param(const struct hub_idpf_plan *plan);

/* One thread's keys and nodes: some 150 bytes for each prefix of the plan. It holds secrets until
 * it is freed. */
struct hub_idpf;

/* plan: NULL if it is only for hub_idpf_gen; otherwise it outlives *out. cpu: base/cpu.h.
 * HUB_E_ARGUMENT: bits is not 1 to 65536. HUB_E_MEMORY, HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_idpf_new(struct hub_idpf **out, unsigned bits,
                                     const struct hub_idpf_plan *plan, unsigned cpu);
void hub_idpf_free(struct hub_idpf *d);
void hub_idpf_free_cleanup(struct hub_idpf **d);
/* The kernel tiers that it runs on: "c", or the cipher's and the permutation's as "aesni+avx2". */
const char *hub_idpf_tier(const struct hub_idpf *d);

size_t hub_idpf_public_share_len(unsigned bits);

/* Writes the public share; the keys are both halves of rand.
 * alpha: bits packed bits, zeros behind them. beta_inner: 2 elements for each level but the last;
 * beta_leaf: 2. Constant time in alpha, beta and rand. HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_idpf_gen(struct hub_idpf *d, uint8_t *public_share,
                                     const uint8_t *alpha, const hub_fe64 *beta_inner,
                                     const hub_fe255 *beta_leaf,
                                     const uint8_t nonce[HUB_IDPF_NONCE_LEN],
                                     const uint8_t rand[HUB_IDPF_RAND_LEN], hub_span ctx);

/* Whether the bytes are a public share: length, padding and all elements. */
bool hub_idpf_public_share_is_valid(unsigned bits, hub_span public_share);

/* An aggregator's values at the plan's prefixes, in their order, two each: *inner or *leaf becomes
 * a view into d, valid until its next use, and the other one NULL. public_share: valid; agg_id: 0
 * or 1. Constant time in key. HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_idpf_eval(struct hub_idpf *d, const hub_fe64 **inner,
                                      const hub_fe255 **leaf, unsigned agg_id,
                                      const uint8_t *public_share,
                                      const uint8_t key[HUB_IDPF_KEY_LEN],
                                      const uint8_t nonce[HUB_IDPF_NONCE_LEN], hub_span ctx);

#endif
