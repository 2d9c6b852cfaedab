/* A vector file in memory: parameters, reports, and for each report what is to be run on it and
 * whether it succeeds. */
#ifndef VECTORS_FILE_H
#define VECTORS_FILE_H

#include "message.h"

#include "base/arena.h"
#include "vdaf/vdaf.h"

enum { VECTOR_SHARES_MAX = 255 };

struct vector_report {
    struct hub_measurement measurement;
    bool has_measurement;
    hub_span nonce;
    hub_span rand;
    struct vector_message public_share;
    struct vector_message *input_shares;    /* n_shares, as all below */
    struct vector_message *verifier_shares; /* of the one round */
    struct vector_message verifier_message;
    struct vector_message *out_shares;
    bool share_is_changed;   /* a delivered verifier share differs from the computed one */
    bool message_is_changed; /* the delivered verifier message does */
    enum vector_expect expect;
    enum vector_outcome shard;
    enum vector_outcome *verify_init;
    enum vector_outcome to_message;
    enum vector_outcome *verify_next;
};

/* A total as the draft counts it: up to 128 bits, little-endian. */
struct vector_total {
    uint8_t bytes[16];
};

struct vector_file {
    struct hub_vdaf_params params;
    unsigned n_shares;
    hub_span verify_key;
    hub_span ctx;
    size_t n_reports;
    struct vector_report *reports;
    enum vector_outcome *aggregate; /* n_shares */
    struct vector_message *agg_shares;
    enum vector_outcome unshard;
    size_t n_totals;
    struct vector_total *totals;
    bool has_num_accepted;
    uint64_t num_accepted;
};

/* The VDAF's name: the file's name up to the first '_', or up to the last '.'. */
void vector_file_kind(char *out, size_t size, const char *path);
/* Reads the file; what it holds lives in the arena. HUB_E_REFUSED: a VDAF that is not built.
 * Otherwise why says what is wrong with the file. */
HUB_MUST_USE hub_status vector_file_read(struct vector_file *out, struct hub_arena *arena,
                                         const char *path, struct hub_why *why);

#endif
