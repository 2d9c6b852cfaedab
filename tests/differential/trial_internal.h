/* What the parts of a trial share. */
#ifndef DIFFERENTIAL_TRIAL_INTERNAL_H
#define DIFFERENTIAL_TRIAL_INTERNAL_H

#include "trial.h"

/* A report as it reaches each aggregator. */
struct report {
    uint8_t nonces[SUBJECT_SHARES_MAX][HUB_VDAF_NONCE_LEN];
    struct row public_shares[SUBJECT_SHARES_MAX];
    struct row input_shares[SUBJECT_SHARES_MAX];
};

struct trial {
    uint64_t seed;
    struct tally *tally;
    struct peer *peer;
    struct dice d;
    struct subject s;
    uint8_t verify_keys[SUBJECT_SHARES_MAX][HUB_VDAF_VERIFY_KEY_LEN];
    struct row ctx[SUBJECT_SHARES_MAX];
    size_t n;
    struct report reports[TRIAL_REPORTS_MAX];
    struct hub_verify_in in[SUBJECT_SHARES_MAX][TRIAL_REPORTS_MAX];
};

/* A batch of one step's outputs as the peer gave them. */
struct answers {
    uint8_t verdict[TRIAL_REPORTS_MAX];
    struct row rows[TRIAL_REPORTS_MAX];
};
void answers_clear(struct answers *a);

/* Where something was compared. */
struct place {
    const char *step;
    unsigned agg_id;
    size_t report;
    unsigned tier;
};

void trial_same_verdict(struct trial *t, const struct place *at, uint8_t theirs, uint8_t ours);
void trial_same_bytes(struct trial *t, const struct place *at, hub_span theirs, hub_span ours);
void trial_differ(struct trial *t, const struct place *at, const char *what);
/* The row of a report that a step left alone still holds what row_allocate put there. */
void trial_untouched(struct trial *t, const struct place *at, hub_span row);
/* One message in ten is spoiled, with the chance to be another report's. */
void trial_spoil_rows(struct trial *t, struct answers *a, bool envelopes);
/* Counts a verdict of the peer's; true if the report goes no further with it. */
bool trial_count(struct trial *t, uint8_t verdict);

/* verify_init to unshard, step by step. */
void trial_steps(struct trial *t);
/* The same reports in the ping-pong topology. */
void trial_ping_pong(struct trial *t);

#endif
