/* One case: a VDAF with drawn parameters, a batch of reports, and what both implementations make of
 * it at each step. */
#ifndef DIFFERENTIAL_TRIAL_H
#define DIFFERENTIAL_TRIAL_H

#include "spoil.h"
#include "subject.h"

enum { TRIAL_REPORTS_MAX = 33, TRIAL_VERDICTS = 256 };

struct tally {
    uint64_t cases[SUBJECT_N_KINDS];
    uint64_t reports[SUBJECT_N_KINDS];
    uint64_t spoiled[SPOIL_N];         /* reports and messages */
    uint64_t verdicts[TRIAL_VERDICTS]; /* by step and aggregator, of spoiled and other reports */
    uint64_t refused_params;
    uint64_t refused_measurements;
    uint64_t refused_agg_shares;
    uint64_t comparisons; /* of verdicts and of bytes, a tier each */
    uint64_t panics;      /* of the peer, on a report */
    uint64_t differences;
};

/* Plays the case of this seed. verbose: prints what it is. */
void trial_run(struct tally *tally, struct peer *peer, uint64_t seed, bool verbose);

#endif
