/* Prio3 (VDAF draft-20, section "Prio3"), in batches: arrays of n reports go
 * in, n verdicts come out, and the caller brings all memory. All shares and messages are the
 * draft's encodings; out shares and aggregate shares are rows of little-endian field elements.
 *
 * A struct hub_vdaf is const after hub_vdaf_new and may be shared by threads; a workspace belongs
 * to one call at a time. */
#ifndef VDAF_VDAF_H
#define VDAF_VDAF_H

#include "base/bytes.h"
#include "hubbub/vdaf.h"

enum {
    HUB_VDAF_NONCE_LEN = 16,
    HUB_VDAF_VERIFY_KEY_LEN = 32,
    HUB_VDAF_N_SHARES = 2, /* of a hub_vdaf made with n_shares 0 */
    HUB_VDAF_LEADER = 0,   /* agg_id */
    HUB_VDAF_HELPER = 1    /* more helpers, if any, are 2, 3, ... */
};

/* What became of one report. A report whose verdict is not HUB_VDAF_ACCEPTED when a function is
 * called is skipped: its outputs stay as they are. */
enum hub_vdaf_verdict {
    HUB_VDAF_ACCEPTED = 0,
    HUB_VDAF_BAD_PUBLIC_SHARE,     /* does not decode */
    HUB_VDAF_BAD_INPUT_SHARE,      /* does not decode: a length, or an element not below p */
    HUB_VDAF_BAD_TEST_POINT,       /* the query point is a root of unity: chance below 2^-26 */
    HUB_VDAF_BAD_VERIFIER_SHARE,   /* the peer's does not decode */
    HUB_VDAF_BAD_PROOF,            /* the measurement is not valid, or the proof does not hold */
    HUB_VDAF_BAD_VERIFIER_MESSAGE, /* does not decode (ping-pong: the message around it too) */
    HUB_VDAF_BAD_JOINT_RAND,       /* the client chose its joint randomness */
    HUB_VDAF_N_VERDICTS
};
/* A short name such as "bad_proof"; never NULL. */
const char *hub_vdaf_verdict_name(uint8_t verdict);

struct hub_vdaf;

/* HUB_E_ARGUMENT: no such kind, or parameters outside what hubbub/vdaf.h states or with shares
 * beyond 2^30 bytes. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_vdaf_new(struct hub_vdaf **out, const struct hub_vdaf_params *params);
/* The same with kernels for a processor of these flags (base/cpu.h) instead of this one's. */
HUB_MUST_USE hub_status hub_vdaf_new_on(struct hub_vdaf **out, const struct hub_vdaf_params *params,
                                        unsigned cpu);
void hub_vdaf_free(struct hub_vdaf *v);
void hub_vdaf_free_cleanup(struct hub_vdaf **v);
const struct hub_vdaf_params *hub_vdaf_params_of(const struct hub_vdaf *v);
/* The tier of the kernels for batches: "c", "avx2", "avx512". */
const char *hub_vdaf_tier(const struct hub_vdaf *v);

/* Lengths in bytes, the same for each report. */
size_t hub_vdaf_rand_len(const struct hub_vdaf *v);
size_t hub_vdaf_public_share_len(const struct hub_vdaf *v);
size_t hub_vdaf_input_share_len(const struct hub_vdaf *v, unsigned agg_id);
size_t hub_vdaf_verifier_share_len(const struct hub_vdaf *v);
size_t hub_vdaf_verifier_message_len(const struct hub_vdaf *v); /* 32, or 0 */
size_t hub_vdaf_verify_state_len(const struct hub_vdaf *v);
size_t hub_vdaf_out_share_len(const struct hub_vdaf *v);
size_t hub_vdaf_agg_share_len(const struct hub_vdaf *v); /* as an out share */
/* Aggregators, 2 in DAP. */
unsigned hub_vdaf_n_shares(const struct hub_vdaf *v);
/* Elements of an out share, that is of the aggregate result. */
size_t hub_vdaf_output_len(const struct hub_vdaf *v);
/* Bits of the field: 64 or 128. */
unsigned hub_vdaf_field_bits(const struct hub_vdaf *v);
/* Bytes of a workspace for any function here and batches of up to n reports (n at least 1). The
 * workspace is aligned as malloc does. It holds secrets afterwards: wipe it with the job. */
size_t hub_vdaf_workspace_len(const struct hub_vdaf *v, size_t n);

/* What a client makes of one measurement. */
struct hub_shares {
    struct hub_buf public_share;
    struct hub_buf input_shares[HUB_VDAF_N_SHARES];
};
void hub_shares_wipe(struct hub_shares *s);

/* Shards one measurement into a public share and two input shares (VDAF draft-20, Prio3 sharding).
 * v is for two aggregators.
 * nonce: 16 bytes. rand: hub_vdaf_rand_len(v) fresh bytes, used once. The outputs are encoded and
 * replace what the buffers held (limits are set here). HUB_E_MEASUREMENT: the measurement is out of
 * the circuit's range. HUB_E_ARGUMENT: a length. Constant time in the measurement and in rand, but
 * for whether the measurement is in range. */
HUB_MUST_USE hub_status hub_vdaf_shard(const struct hub_vdaf *v, struct hub_shares *out,
                                       const struct hub_measurement *m, hub_span nonce,
                                       hub_span rand, hub_span ctx);
/* The same into the caller's memory, of hub_vdaf_public_share_len and, for each aggregator in turn,
 * hub_vdaf_input_share_len bytes; allocates nothing. */
HUB_MUST_USE hub_status hub_vdaf_shard_into(const struct hub_vdaf *v, void *workspace,
                                            uint8_t *public_share, uint8_t *const *input_shares,
                                            const struct hub_measurement *m, hub_span nonce,
                                            hub_span rand, hub_span ctx);

/* One report as an aggregator received it. */
struct hub_verify_in {
    const uint8_t *nonce; /* 16 bytes: the report id in DAP */
    hub_span public_share;
    hub_span input_share; /* that of this aggregator */
};

/* The first step at one aggregator. verify_key: 32 bytes. Rows of verifier_shares are
 * hub_vdaf_verifier_share_len(v) bytes, of states hub_vdaf_verify_state_len(v): the out share, then
 * the corrected joint randomness seed where there is one. */
void hub_vdaf_verify_init(const struct hub_vdaf *v, void *workspace, size_t n, unsigned agg_id,
                          hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                          uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states);

/* Decides on each proof. shares[j][i] is what aggregator j sent for report i. Rows of messages are
 * hub_vdaf_verifier_message_len(v) bytes. */
void hub_vdaf_verifier_shares_to_message(const struct hub_vdaf *v, void *workspace, size_t n,
                                         hub_span ctx, const hub_span *const *shares,
                                         uint8_t *verdict, uint8_t *messages);

/* The last step: out_shares[i] becomes a view into row i of states if the message fits. */
void hub_vdaf_verify_next(const struct hub_vdaf *v, size_t n, const uint8_t *states,
                          const hub_span *messages, uint8_t *verdict, hub_span *out_shares);

#endif
