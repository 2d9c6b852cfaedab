/* Poplar1 (VDAF draft-20, section "Poplar1"): how many measurements, strings of bits, begin with
 * each of some prefixes. Batches as in vdaf/vdaf.h: n reports go in, n verdicts come out, the
 * caller brings the memory of all rows, and all shares and messages are the draft's encodings.
 * Verdicts are those of vdaf/vdaf.h.
 *
 * An aggregation parameter is decoded (vdaf/agg_param.h) and planned (hub_idpf_plan_new) once for
 * all reports; lengths depend on the plan alone. Verification has two rounds: verify_init, then
 * verifier_shares_to_message of round 0 and verify_continue, then that of round 1 and
 * verify_finish. */
#ifndef VDAF_POPLAR1_H
#define VDAF_POPLAR1_H

#include "vdaf/idpf.h"
#include "vdaf/vdaf.h"

enum {
    HUB_POPLAR1_RAND_LEN = 128,
    HUB_POPLAR1_N_ROUNDS = 2,
    HUB_POPLAR1_SKETCH_LEN = 3, /* elements of a verifier share in round 0; one in round 1 */
    HUB_POPLAR1_VERIFIER_MAX = HUB_POPLAR1_SKETCH_LEN * HUB_FIELD255_BYTES
};

/* One thread's Poplar1. It holds secrets until it is freed. */
struct hub_poplar1;

/* plan: NULL if it is only for sharding; otherwise it outlives *out. cpu: base/cpu.h.
 * HUB_E_ARGUMENT: bits is not 1 to 65536, or not the plan's. HUB_E_MEMORY, HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_poplar1_new(struct hub_poplar1 **out, unsigned bits,
                                        const struct hub_idpf_plan *plan, unsigned cpu);
void hub_poplar1_free(struct hub_poplar1 *p);
void hub_poplar1_free_cleanup(struct hub_poplar1 **p);
/* As it was given. */
const struct hub_idpf_plan *hub_poplar1_plan(const struct hub_poplar1 *p);
/* The kernel tier that it runs on. */
const char *hub_poplar1_tier(const struct hub_poplar1 *p);

size_t hub_poplar1_public_share_len(unsigned bits);
size_t hub_poplar1_input_share_len(unsigned bits);
/* round: 0 or 1. Messages of round 1 are empty. */
size_t hub_poplar1_verifier_share_len(const struct hub_idpf_plan *plan, unsigned round);
size_t hub_poplar1_verifier_message_len(const struct hub_idpf_plan *plan, unsigned round);
size_t hub_poplar1_verify_state_len(const struct hub_idpf_plan *plan);
size_t hub_poplar1_out_share_len(const struct hub_idpf_plan *plan); /* an aggregate share's too */

/* Shards one measurement of the object's bits: packed, the first bit highest in the first byte.
 * Writes hub_poplar1_public_share_len bytes, and hub_poplar1_input_share_len for each aggregator.
 * nonce: 16 bytes. rand: HUB_POPLAR1_RAND_LEN fresh bytes, used once. HUB_E_MEASUREMENT: a bit
 * behind the last one is set. HUB_E_ARGUMENT: a length. HUB_E_CRYPTO. Constant time in measurement
 * and rand. */
HUB_MUST_USE hub_status hub_poplar1_shard(struct hub_poplar1 *p, uint8_t *public_share,
                                          uint8_t *const input_shares[HUB_VDAF_N_SHARES],
                                          hub_span measurement, hub_span nonce, hub_span rand,
                                          hub_span ctx);

/* The first step at one aggregator: values at all prefixes, and its share of their sketch. Rows of
 * verifier_shares are of round 0, of states hub_poplar1_verify_state_len. HUB_E_CRYPTO: libcrypto
 * failed, and nothing of it counts. Constant time in the input share. */
HUB_MUST_USE hub_status hub_poplar1_verify_init(struct hub_poplar1 *p, size_t n, unsigned agg_id,
                                                hub_span verify_key, hub_span ctx,
                                                const struct hub_verify_in *in, uint8_t *verdict,
                                                uint8_t *verifier_shares, uint8_t *states);

/* Adds both shares: in round 0 to the message, whose rows are hub_poplar1_verifier_message_len
 * bytes; in round 1 to zero, or the report is rejected. shares[j][i]: what aggregator j sent for
 * report i. */
void hub_poplar1_verifier_shares_to_message(const struct hub_idpf_plan *plan, unsigned round,
                                            size_t n,
                                            const hub_span *const shares[HUB_VDAF_N_SHARES],
                                            uint8_t *verdict, uint8_t *messages);

/* verify_next of round 0: rows of verifier_shares are of round 1. */
void hub_poplar1_verify_continue(const struct hub_idpf_plan *plan, size_t n, unsigned agg_id,
                                 const uint8_t *states, const hub_span *messages, uint8_t *verdict,
                                 uint8_t *verifier_shares);

/* verify_next of round 1: out_shares[i] becomes a view into row i of states. */
void hub_poplar1_verify_finish(const struct hub_idpf_plan *plan, size_t n, const uint8_t *states,
                               const hub_span *messages, uint8_t *verdict, hub_span *out_shares);

/* Aggregate shares: rows of elements, in the encoding in which they are kept and sent; acc is
 * hub_poplar1_out_share_len bytes, all zero at first. HUB_E_DECODE (wrong length, an element not
 * below p) leaves acc unchanged. */
HUB_MUST_USE hub_status hub_poplar1_agg_share_add(const struct hub_idpf_plan *plan, uint8_t *acc,
                                                  hub_span share);
/* The count at each prefix. HUB_E_DECODE: a share is none, or a count does not fit 64 bits. Outputs
 * are written only on success. */
HUB_MUST_USE hub_status hub_poplar1_unshard(const struct hub_idpf_plan *plan, uint64_t *totals,
                                            hub_span leader_share, hub_span helper_share);

#endif
