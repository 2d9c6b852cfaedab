/* What is fuzzed: one VDAF of the tree, on every kernel tier of the machine, Prio3 and Poplar1 in
 * the same form. Conventions are those of vdaf/vdaf.h; a tier is named by its number. */
#ifndef DIFFERENTIAL_SUBJECT_H
#define DIFFERENTIAL_SUBJECT_H

#include "dice.h"
#include "peer.h"
#include "row.h"
#include "vdaf/vdaf.h"

enum {
    SUBJECT_TIERS_MAX = 6,
    SUBJECT_SHARES_MAX = 5,
    SUBJECT_ROUNDS_MAX = 2,
    SUBJECT_NAME_MAX = 96
};

enum subject_kind {
    SUBJECT_COUNT,
    SUBJECT_SUM,
    SUBJECT_SUMVEC,
    SUBJECT_HISTOGRAM,
    SUBJECT_MULTIHOT,
    SUBJECT_MULTIPROOF,
    SUBJECT_POPLAR1,
    SUBJECT_N_KINDS
};
const char *subject_kind_name(enum subject_kind kind);

struct subject;

/* A row of rows is an array of pointers to the first byte of each report's. */
struct subject_functions {
    /* Fills measurement with one that is in range, or may not be. */
    void (*measure)(const struct subject *s, struct dice *d, struct row *measurement);
    hub_status (*shard)(const struct subject *s, unsigned tier, uint8_t *public_share,
                        uint8_t *const *input_shares, hub_span measurement, hub_span nonce,
                        hub_span rand, hub_span ctx);
    void (*verify_init)(const struct subject *s, unsigned tier, size_t n, unsigned agg_id,
                        hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                        uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states);
    void (*to_message)(const struct subject *s, unsigned tier, unsigned round, size_t n,
                       hub_span ctx, const hub_span *const *shares, uint8_t *verdict,
                       uint8_t *messages);
    /* verifier_shares: of the next round, in the last round NULL. */
    void (*next)(const struct subject *s, unsigned tier, unsigned round, size_t n, unsigned agg_id,
                 const uint8_t *states, const hub_span *messages, uint8_t *verdict,
                 uint8_t *verifier_shares, hub_span *out_shares);
    hub_status (*add)(const struct subject *s, unsigned tier, uint8_t *acc, hub_span share);
    /* Adds a batch; NULL if there is no such function. */
    void (*aggregate)(const struct subject *s, unsigned tier, uint8_t *acc, size_t n,
                      const uint8_t *verdict, const hub_span *out_shares);
    hub_status (*unshard)(const struct subject *s, unsigned tier, uint64_t *totals, hub_span leader,
                          hub_span helper);
    /* Ping-pong. Rows of outbound are pp_len[step]; step 0 is the leader's first, 1 the helper's
     * first, 2 the leader's second, 3 the helper's second. The last step has no outbound. */
    void (*turn)(const struct subject *s, unsigned tier, unsigned step, size_t n,
                 hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                 const hub_span *inbound, uint8_t *verdict, uint8_t *states, uint8_t *outbound,
                 hub_span *out_shares);
    void (*clear)(struct subject *s);
};

struct subject {
    const struct subject_functions *f;
    enum subject_kind kind;
    char name[SUBJECT_NAME_MAX];
    unsigned n_shares;
    unsigned n_rounds;
    unsigned n_tiers;
    const char *tier_names[SUBJECT_TIERS_MAX];
    bool shards; /* for two aggregators only */
    size_t rand_len;
    size_t public_share_len;
    size_t input_share_len[SUBJECT_SHARES_MAX];
    size_t share_len[SUBJECT_ROUNDS_MAX];
    size_t message_len[SUBJECT_ROUNDS_MAX];
    size_t state_len;
    size_t out_share_len;
    size_t output_len; /* elements of the result */
    size_t element_len;
    unsigned n_turns; /* of ping-pong: 3 or 4 */
    size_t pp_len[4]; /* bytes of the message after each turn, 0 if there is none */
    void *tiers[SUBJECT_TIERS_MAX];
    /* Prio3 */
    struct hub_vdaf_params params;
    /* Poplar1 */
    unsigned bits;
    struct row agg_param;
    struct hub_idpf_plan *plan;
};

/* Draws parameters, asks the peer for the same VDAF, and opens it on every tier. False if both
 * refuse them; *differ is set if only one does. */
bool subject_open_prio3(struct subject *s, enum subject_kind kind, struct dice *d,
                        struct peer *peer, bool *differ);
bool subject_open_poplar1(struct subject *s, struct dice *d, struct peer *peer, bool *differ);
void subject_clear(struct subject *s);

#endif
