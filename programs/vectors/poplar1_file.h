/* A Poplar1 vector file in memory. */
#ifndef VECTORS_POPLAR1_FILE_H
#define VECTORS_POPLAR1_FILE_H

#include "message.h"

#include "vdaf/poplar1.h"

enum { POPLAR1_N_SHARES = HUB_VDAF_N_SHARES, POPLAR1_N_ROUNDS = HUB_POPLAR1_N_ROUNDS };

/* [round][aggregator] where both count; verify_next of round r takes the message of round r - 1 in
 * the file's count, and stands at [r - 1] here. */
struct poplar1_report {
    bool has_measurement;
    hub_span measurement; /* packed bits */
    hub_span nonce;
    hub_span rand;
    struct vector_message public_share;
    struct vector_message input_shares[POPLAR1_N_SHARES];
    struct vector_message verifier_shares[POPLAR1_N_ROUNDS][POPLAR1_N_SHARES];
    struct vector_message verifier_messages[POPLAR1_N_ROUNDS];
    struct vector_message out_shares[POPLAR1_N_SHARES];
    bool transit_is_changed; /* what was delivered is not what is computed */
    enum vector_expect expect;
    enum vector_outcome shard;
    enum vector_outcome verify_init[POPLAR1_N_SHARES];
    enum vector_outcome to_message[POPLAR1_N_ROUNDS];
    enum vector_outcome verify_next[POPLAR1_N_ROUNDS][POPLAR1_N_SHARES];
};

struct poplar1_file {
    unsigned bits;
    hub_span agg_param;
    hub_span verify_key;
    hub_span ctx;
    size_t n_reports;
    struct poplar1_report *reports;
    enum vector_outcome aggregate[POPLAR1_N_SHARES];
    struct vector_message agg_shares[POPLAR1_N_SHARES];
    enum vector_outcome unshard;
    bool has_totals;
    size_t n_totals;
    uint64_t *totals;
    bool has_num_accepted;
    uint64_t num_accepted;
};

/* Reads a file's reports; what it holds lives in the arena. why says what is wrong with it. */
HUB_MUST_USE hub_status poplar1_file_read(struct poplar1_file *out, struct hub_arena *arena,
                                          const json_t *root, struct hub_why *why);

#endif
