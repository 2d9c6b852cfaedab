/* What an IDPF object holds, and the kernels of its walk. */
#ifndef VDAF_IDPF_INTERNAL_H
#define VDAF_IDPF_INTERNAL_H

#include "base/mask.h"
#include "keccak/keccak.h"
#include "vdaf/idpf.h"
#include "xof/fixed_key_aes128.h"
#include "xof/turboshake.h"

/* What a stream is drawn for (VDAF draft-20, section "The IDPF of BBCGGI21"). */
enum hub_idpf_usage { HUB_IDPF_EXTEND = 0, HUB_IDPF_CONVERT = 1 };

/* One level's correction word without its values. */
struct hub_idpf_correction {
    const uint8_t *seed; /* 16 bytes */
    uint8_t ctrl[2];     /* 0 or 1, for the left and the right child */
};

/* Nodes of a level: rows of seeds, ctrl of 0 or 1, and the public bit that says which child of the
 * node above it is. */
struct hub_idpf_nodes {
    uint8_t *seeds;
    uint8_t *ctrl;
    const uint8_t *bits;
    size_t n;
};

/* Before: each node has the seed and control bit of the node above. After extend: the child's
 * corrected seed and control bit. After step: the control bit, and the seed from which its own
 * children come. Constant time in seeds and ctrl. */
struct hub_idpf_kernels {
    void (*extend)(struct hub_fixed_key *key, const struct hub_idpf_nodes *nodes,
                   const struct hub_idpf_correction *cw);
    void (*step)(struct hub_fixed_key *extend_key, struct hub_fixed_key *convert_key,
                 const struct hub_idpf_nodes *nodes, const struct hub_idpf_correction *cw);
};

/* Fills the table for the processor's flags; the keys are then made for the same flags. */
void hub_idpf_kernels_init(struct hub_idpf_kernels *k, unsigned cpu);

void hub_idpf_extend_c(struct hub_fixed_key *key, const struct hub_idpf_nodes *nodes,
                       const struct hub_idpf_correction *cw);
void hub_idpf_step_c(struct hub_fixed_key *extend_key, struct hub_fixed_key *convert_key,
                     const struct hub_idpf_nodes *nodes, const struct hub_idpf_correction *cw);
#ifdef HUB_HAS_AESNI
/* For keys that were prepared by the tier aesni. */
void hub_idpf_step_aesni(struct hub_fixed_key *extend_key, struct hub_fixed_key *convert_key,
                         const struct hub_idpf_nodes *nodes, const struct hub_idpf_correction *cw);
#endif

struct hub_idpf_plan {
    struct hub_agg_param param;
    unsigned bits;
    /* Prefix i parts from the one before it behind as many bits as both share. Sorted by that
     * number, then by i: those that part at level d are splits[starts[d]] to splits[starts[d + 1]],
     * d at most the level. */
    uint32_t *splits;
    uint32_t *starts;
};

struct hub_idpf {
    unsigned bits;
    const struct hub_idpf_plan *plan;
    struct hub_fixed_key extend_key;
    struct hub_fixed_key convert_key;
    struct hub_idpf_kernels kernels;
    struct hub_keccak_kernels keccak; /* for the last level */
    char tier[32];
    /* for each prefix of the plan */
    uint32_t *first; /* the first prefix below a node */
    uint8_t *seeds;
    uint8_t *ctrl;
    uint8_t *bit;
    uint8_t *blocks;
    hub_fe64 *inner; /* one of both */
    hub_fe255 *leaf;
};

/* Derives both keys for a report. */
void hub_idpf_start(struct hub_idpf *d, const uint8_t *nonce, hub_span ctx);
enum { HUB_IDPF_TAG_LEN = 8 };
/* VERSION, algorithm class "IDPF", algorithm, usage. */
void hub_idpf_write_tag(uint8_t tag[HUB_IDPF_TAG_LEN], enum hub_idpf_usage usage);
/* The stream of the last level. */
void hub_idpf_leaf_xof(struct hub_xof *x, enum hub_idpf_usage usage, const uint8_t *seed,
                       const uint8_t *nonce, hub_span ctx);
/* The values at the n prefixes of the last level, from the seeds of the level above. */
void hub_idpf_end_leaf(struct hub_idpf *d, size_t n, unsigned agg_id, const uint8_t *public_share,
                       const uint8_t *nonce, hub_span ctx);

/* The parts of a public share: control bits, two a level and eight a byte from the lowest up; then
 * seeds; then values. */
static inline size_t hub_idpf_ctrl_bytes(unsigned bits)
{
    return (2 * (size_t)bits + 7) / 8;
}

static inline size_t hub_idpf_seed_at(unsigned bits, unsigned level)
{
    return hub_idpf_ctrl_bytes(bits) + (size_t)HUB_IDPF_KEY_LEN * level;
}

static inline size_t hub_idpf_values_at(unsigned bits, unsigned level)
{
    return hub_idpf_seed_at(bits, bits) + (size_t)HUB_IDPF_VALUES * HUB_FIELD64_BYTES * level;
}

static inline struct hub_idpf_correction hub_idpf_correction_at(const uint8_t *public_share,
                                                                unsigned bits, unsigned level)
{
    unsigned ctrl = (unsigned)public_share[level / 4] >> (2 * (level % 4));

    return (struct hub_idpf_correction){public_share + hub_idpf_seed_at(bits, level),
                                        {ctrl & 1, ctrl >> 1 & 1}};
}

/* The seed that a node has for its child, corrected: its lowest bit is the child's control bit
 * before correction. */
static inline void hub_idpf_correct(uint8_t *seed, uint8_t *ctrl, unsigned bit,
                                    const struct hub_idpf_correction *cw)
{
    uint8_t t = seed[0] & 1;
    uint8_t mask = (uint8_t)hub_mask64(*ctrl);

    seed[0] &= 0xfe;
    for (unsigned i = 0; i < HUB_IDPF_KEY_LEN; i++)
        seed[i] = (uint8_t)(seed[i] ^ (cw->seed[i] & mask));
    *ctrl = (uint8_t)(t ^ (*ctrl & cw->ctrl[bit]));
}

#endif
