/* Makes upload requests for one task: real reports from the device's own code, and the few bad ones
 * that the demo sends on purpose. A maker belongs to one thread. */
#ifndef SIM_MAKER_H
#define SIM_MAKER_H

#include "device/report.h"

/* What is wrong with a request's reports, and so how they must be refused. */
enum hub_parcel_kind {
    HUB_PARCEL_GOOD,
    HUB_PARCEL_BAD_PROOF, /* a share was changed before sealing: vdaf_verify_error in aggregation */
    HUB_PARCEL_BAD_SEAL,  /* changed after sealing: hpke_decrypt_error in aggregation */
    HUB_PARCEL_FUTURE,    /* its time is to come: report_too_early at upload */
    HUB_PARCEL_REPLAY,    /* a good request once more: report_replayed at upload */
    HUB_PARCEL_GARBAGE,   /* no report at all: invalidMessage at upload */
    HUB_N_PARCEL_KINDS
};

/* "invalid proof" and so on, for people. */
const char *hub_parcel_kind_text(enum hub_parcel_kind kind);

/* One upload request. */
struct hub_parcel {
    enum hub_parcel_kind kind;
    unsigned group;    /* under which its outcome is counted */
    const char *url;   /* borrowed */
    const char *token; /* borrowed; NULL: none */
    size_t n_reports;  /* garbage counts as one */
    struct hub_buf body;
};

void hub_parcel_clear(struct hub_parcel *p);

struct hub_maker;

/* vdaf is shared and const; the configurations are the two aggregators'. */
HUB_MUST_USE hub_status hub_maker_new(struct hub_maker **out, const struct hub_task *task,
                                      const struct hub_vdaf *vdaf,
                                      const struct hub_hpke_config *leader,
                                      const struct hub_hpke_config *helper,
                                      const struct hub_rng *rng);
void hub_maker_free(struct hub_maker *m);
/* For HUB_CLEANUP. */
void hub_maker_free_at(struct hub_maker **m);

/* Appends a report of window (a number in units of the task's time precision) to the parcel, spoilt
 * as its kind says. HUB_PARCEL_REPLAY is not made here: its body is a copy. */
HUB_MUST_USE hub_status hub_maker_add(struct hub_maker *m, struct hub_parcel *p, uint64_t window,
                                      const struct hub_measurement *measurement);

#endif
