/* What a struct hub_vdaf holds, and what Prio3 asks of a validity circuit. Inside the room, vectors
 * of field elements are vectors of words: one word an element of Field64, two of Field128. */
#ifndef VDAF_PRIO3_INTERNAL_H
#define VDAF_PRIO3_INTERNAL_H

#include "field/domain128.h"
#include "field/field64_kernels.h"
#include "vdaf/vdaf.h"
#include "xof/turboshake.h"
#include "xof/turboshake_lanes.h"

enum { HUB_PRIO3_SEED_LEN = HUB_XOF_SEED_LEN, HUB_PRIO3_TAG_LEN = 8 };

/* What a stream is drawn for (VDAF draft-20, section "Prio3", table of usages). */
enum hub_prio3_usage {
    HUB_PRIO3_MEAS_SHARE = 1,
    HUB_PRIO3_PROOF_SHARE = 2,
    HUB_PRIO3_JOINT_RANDOMNESS = 3,
    HUB_PRIO3_PROVE_RANDOMNESS = 4,
    HUB_PRIO3_QUERY_RANDOMNESS = 5,
    HUB_PRIO3_JOINT_RAND_SEED = 6,
    HUB_PRIO3_JOINT_RAND_PART = 7,
    HUB_PRIO3_N_USAGES
};

struct hub_vdaf;

/* A validity circuit with its FLP (VDAF draft-20, section "Fully Linear Proof"). Vectors have the
 * lengths that struct hub_vdaf states, for one proof; scratch is scratch_words words. */
struct hub_circuit {
    /* Constant time in the measurement. HUB_E_MEASUREMENT. */
    hub_status (*encode)(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement);
    void (*truncate)(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
    void (*prove)(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                  const uint64_t *meas, const uint64_t *prove_rand, const uint64_t *joint_rand);
    /* False if the query point is a root of unity. */
    bool (*query)(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                  const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                  const uint64_t *joint_rand);
    bool (*decide)(const struct hub_vdaf *v, const uint64_t *verifier);
    /* Field128: the second output of the circuit, a linear function of the measurement that is zero
     * for valid ones; NULL if there is none. */
    hub_fe128 (*linear_check)(const struct hub_vdaf *v, const hub_fe128 *meas);
};

enum { HUB_FLP128_LANES_LOG_MAX = 16 }; /* the largest log_p that the kernels' ranges allow */

enum { HUB_FLP128_LANES_GROUP = 8 }; /* bits of a number that are weighted at once */

/* What kernels for queries in lanes take from tables, in limbs (field/field128_lanes.h). */
struct hub_flp128_lanes {
    unsigned limb_bits;
    size_t n_limbs; /* of an element; at most 5 */
    /* factors */
    const uint64_t *roots;   /* 2p */
    const uint64_t *weights; /* of every eighth bit but the last bit, then of the last one */
    uint64_t one[5];
    uint64_t half[5];
    uint64_t inverse_of_p[5];
    uint64_t to_factor[5]; /* the factor that makes factors of elements */
    /* an element */
    uint64_t minus_share_of_one[5];
};

struct hub_vdaf {
    struct hub_vdaf_params params;
    const struct hub_circuit *circuit;
    unsigned n_shares;
    unsigned n_proofs;
    size_t element_words; /* 1: Field64, 2: Field128 */
    /* in elements */
    size_t meas_len;
    size_t output_len;
    /* the same, for all proofs one after the other (hub_prio3_of_proof) */
    size_t joint_rand_len;
    size_t prove_rand_len;
    size_t query_rand_len;
    size_t proof_len;
    size_t verifier_len;
    size_t point_at; /* of one query's randomness: what stands before it reduces the outputs */
    /* the one gadget */
    unsigned degree;
    size_t arity;
    size_t calls;
    size_t gadget_len; /* values of its polynomial in a proof: at the first of the 2p-th roots */
    size_t scratch_words;
    /* a number in range is bits zeros and ones with weights 1, 2, 4, ..., last_weight */
    unsigned bits;
    uint64_t last_weight;
    uint64_t *tables; /* of one of the domains, then bits weights as elements */
    struct hub_domain64 domain64;
    struct hub_domain128 domain128;
    const hub_fe128 *weights128;
    const hub_fe64 *weights64;
    /* 1/n_shares: what each aggregator takes for a constant one */
    hub_fe128 share_of_one;
    hub_fe64 share_of_one64;
    struct hub_keccak_kernels keccak; /* for batches */
    struct hub_field64_kernels field64;
    /* Queries as many reports as there are lanes; NULL: they are queried one by one. scratch is
     * aligned to 64 bytes. Returns the lanes whose query point is a root of unity, as bits. */
    unsigned (*query_lanes)(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *verifier,
                            const uint64_t *meas, const uint64_t *proof, const uint64_t *query_rand,
                            const uint64_t *joint_rand);
    size_t lanes_scratch_words; /* its scratch */
    /* The out shares of as many reports, in lanes; NULL: the first elements of the measurement. */
    void (*truncate_lanes)(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas);
    struct hub_flp128_lanes lanes128;
    const char *tier;                     /* of the kernels for batches */
    struct hub_keccak_kernels keccak_one; /* for one report, which needs no more memory than that */
    struct hub_field64_kernels field64_one;
    struct hub_keccak_kernels keccak_team; /* for the streams of one report that is sharded */
    /* The sums that a proof over Field128 is made of (flp128_internal.h); NULL: pair by pair. */
    void (*pair_rows)(uint64_t *rows, uint64_t *work, const hub_fe128 *x, const uint64_t *is_zero,
                      size_t calls, size_t chunk);
};

extern const struct hub_circuit hub_circuit_count;
extern const struct hub_circuit hub_circuit_sum;
extern const struct hub_circuit hub_circuit_sumvec;
extern const struct hub_circuit hub_circuit_histogram;
extern const struct hub_circuit hub_circuit_multihot;
extern const struct hub_circuit hub_circuit_sumvec64;
extern const struct hub_circuit hub_circuit_higher_degree;

static inline size_t hub_vdaf_element_bytes(const struct hub_vdaf *v)
{
    return 8 * v->element_words;
}

/* Where the part of proof number k begins, in words, in a vector of len elements for all proofs. */
static inline size_t hub_prio3_of_proof(const struct hub_vdaf *v, size_t len, unsigned k)
{
    return len / v->n_proofs * k * v->element_words;
}

/* The domain separation tag: draft, algorithm and usage. */
void hub_prio3_tag(const struct hub_vdaf *v, uint8_t tag[HUB_PRIO3_TAG_LEN],
                   enum hub_prio3_usage usage);
/* A stream for one usage: first its tag, then the context. */
void hub_prio3_xof(const struct hub_vdaf *v, struct hub_xof *x, enum hub_prio3_usage usage,
                   hub_span seed, hub_span ctx);
/* n elements of the VDAF's field from the stream. */
void hub_prio3_next_vec(const struct hub_vdaf *v, struct hub_xof *x, uint64_t *out, size_t n);
/* False if a stream must skip one of these words, of n elements; sometimes for Field128 also if an
 * element is barely below p. */
bool hub_prio3_are_elements(const struct hub_vdaf *v, const uint64_t *words, size_t n);
void hub_prio3_encode(const struct hub_vdaf *v, uint8_t *out, const uint64_t *vec, size_t n);
/* False if an element is not below p. */
bool hub_prio3_decode(const struct hub_vdaf *v, uint64_t *out, const uint8_t *bytes, size_t n);
/* The same, keeping nothing. */
bool hub_prio3_decodes(const struct hub_vdaf *v, const uint8_t *bytes, size_t n);

/* The streams of sharding, ready to give what their names say; that of a part still absorbs the
 * encoded measurement share. */
void hub_prio3_meas_share_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                              hub_span seed, hub_span ctx);
void hub_prio3_proof_share_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                               hub_span seed, hub_span ctx);
void hub_prio3_prove_rand_xof(const struct hub_vdaf *v, struct hub_xof *x, hub_span seed,
                              hub_span ctx);
void hub_prio3_joint_rand_part_xof(const struct hub_vdaf *v, struct hub_xof *x, unsigned agg_id,
                                   hub_span blind, hub_span nonce, hub_span ctx);

/* A helper's shares of measurement and proof from its seed. */
void hub_prio3_helper_meas_share(const struct hub_vdaf *v, uint64_t *meas, unsigned agg_id,
                                 hub_span seed, hub_span ctx);
void hub_prio3_helper_proof_share(const struct hub_vdaf *v, uint64_t *proof, unsigned agg_id,
                                  hub_span seed, hub_span ctx);
/* An aggregator's part of the joint randomness: encoded is its encoded measurement share. */
void hub_prio3_joint_rand_part(const struct hub_vdaf *v, uint8_t part[HUB_PRIO3_SEED_LEN],
                               unsigned agg_id, hub_span blind, hub_span nonce, hub_span encoded,
                               hub_span ctx);
/* The stream that gives the joint randomness seed, once it has absorbed the parts of all
 * aggregators in their order. */
void hub_prio3_joint_rand_seed_xof(const struct hub_vdaf *v, struct hub_xof *x, hub_span ctx);
void hub_prio3_joint_rand(const struct hub_vdaf *v, uint64_t *joint_rand, hub_span seed,
                          hub_span ctx);

/* The streams of as many reports at once as kernels have lanes. */
static inline const struct hub_keccak_kernels *hub_prio3_kernels(const struct hub_vdaf *v, size_t n)
{
    return n == 1 ? &v->keccak_one : &v->keccak;
}

/* The beginning of all streams for a usage: they go on with their seeds, or, for the seed of the
 * joint randomness, with the parts of all aggregators. */
void hub_prio3_begin(const struct hub_vdaf *v, struct hub_xof *x, enum hub_prio3_usage usage,
                     hub_span ctx);
/* The last n elements that are taken from each stream; to, if there is one, absorbs them. */
void hub_prio3_last_vec_lanes(const struct hub_vdaf *v, struct hub_xof_lanes *x, uint64_t *out,
                              size_t n, struct hub_xof_lanes *to);
/* Squeezes a seed for each of the first n lanes to out[l]. */
void hub_prio3_squeeze_seeds(struct hub_xof_lanes *x, uint8_t *const *out, size_t n);

#endif
