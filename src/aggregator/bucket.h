/* Batch buckets (DAP-18, "Batch Buckets") with noise at birth (docs/privacy.md): what a job
 * adds to the buckets of its windows, in the transaction that takes its ids or ends it.
 *
 * An accumulator at rest is sealed under the party's key and bound to its task, window, count and
 * checksum: the aggregate share, then the tags of the services whose reports are in it, ascending,
 * eight bytes each. */
#ifndef AGGREGATOR_BUCKET_H
#define AGGREGATOR_BUCKET_H

#include "aggregator/worker.h"
#include "store/bucket.h"

/* One window of a job: some of its reports, and the noise in case that the bucket must be opened.
 */
struct hub_bucket_group {
    uint64_t window;
    uint32_t begin; /* in order */
    uint32_t end;
    bool has_noise; /* noise or, where this aggregator adds none, its absence was settled */
    struct hub_noise noise;
};

struct hub_bucket_job {
    struct hub_party *party;
    const struct hub_party_task *task;
    size_t n;
    const uint64_t *windows;  /* of each report */
    const uint64_t *services; /* tag of its service, 0: none; NULL: none of all */
    const hub_span *out_shares;
    uint8_t (*digests)[32]; /* SHA-256 of its id */
    uint32_t *order;        /* reports sorted by window */
    struct hub_bucket_group *groups;
    size_t n_groups;
    struct hub_buf plain; /* of one accumulator */
    struct hub_buf sealed;
};

/* Digests, groups by window, and noise for windows whose bucket is not open yet. Memory of the
 * worker's arena. HUB_E_BUSY: the noise pool has too little now. */
HUB_MUST_USE hub_status hub_bucket_job_init(struct hub_bucket_job *job, struct hub_worker *worker,
                                            const struct hub_party_task *task, size_t n,
                                            const uint8_t *const *ids, const uint64_t *windows,
                                            const uint64_t *services, const hub_span *out_shares,
                                            const uint8_t *verdict);
/* In the writing thread: adds the reports whose verdict is HUB_REPORT_OK. A report of a window that
 * is collected or burnt gets HUB_REPORT_BATCH_COLLECTED. HUB_E_BUSY: a bucket must be opened for
 * which no noise was taken; the unit is undone and begun again. */
HUB_MUST_USE hub_status hub_bucket_job_apply(struct hub_bucket_job *job, struct hub_store_tx *tx,
                                             uint8_t *verdict);
/* Wipes the noise, used or not. */
void hub_bucket_job_wipe(struct hub_bucket_job *job);

/* ---- Accumulators, open: replaced in a buffer of any length */

enum { HUB_SERVICE_TAG_LEN = 8 };

HUB_MUST_USE hub_status hub_accumulator_open(struct hub_aead *box, const struct hub_party *party,
                                             const struct hub_party_task *task, struct hub_buf *out,
                                             const struct hub_store_bucket *bucket,
                                             hub_span sealed);
/* Replaces what sealed holds. */
HUB_MUST_USE hub_status hub_accumulator_seal(struct hub_aead *box, const struct hub_party *party,
                                             const struct hub_party_task *task,
                                             struct hub_buf *sealed,
                                             const struct hub_store_bucket *bucket, hub_span plain);
/* The beginning of an accumulator: the noise alone; NULL for a part of a bucket that another
 * process has opened, with the noise in its own part. */
HUB_MUST_USE hub_status hub_accumulator_begin(const struct hub_party_task *task,
                                              struct hub_buf *out, const struct hub_noise *noise);
/* The tags behind the share of an open accumulator. */
hub_span hub_accumulator_services(const struct hub_party_task *task, hub_span plain);
uint64_t hub_service_tag_read(hub_span tags, size_t index);
/* Puts a tag in its place behind the first skip bytes, unless it is there. */
HUB_MUST_USE hub_status hub_service_tag_insert(struct hub_buf *tags, size_t skip, uint64_t tag);

#endif
