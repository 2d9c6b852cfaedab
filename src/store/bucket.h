/* Batch buckets, one for each window of a task. The accumulator is a sealed blob that the caller
 * makes and opens: a bucket is opened with noise already in it (docs/privacy.md, "The mechanism").
 */
#ifndef STORE_BUCKET_H
#define STORE_BUCKET_H

#include "store/store.h"

enum hub_store_bucket_state {
    HUB_STORE_BUCKET_OPEN = 0,
    HUB_STORE_BUCKET_CLOSED =
        1, /* a collection is under way: takes no uploads, but finishes jobs */
    HUB_STORE_BUCKET_COLLECTED = 2, /* released; a tombstone without an accumulator */
    HUB_STORE_BUCKET_BURNT = 3      /* never to be released; a tombstone without an accumulator */
};

struct hub_store_bucket {
    uint64_t window;
    enum hub_store_bucket_state state;
    uint64_t n_reports;
    uint8_t checksum[32]; /* XOR of SHA-256(report id) */
    bool is_opened;       /* has an accumulator */
};

/* A bucket is kept in parts, so that processes on one database add to it without waiting for each
 * other: each process has one, and their sum is the bucket. The part that opened it has the noise.
 * Where one process has the database, there is one part. */

/* Reads a bucket: its state, whether it is opened, and of this process's part the count, the
 * checksum and, appended, the sealed accumulator (nothing if none). A window without a row comes
 * back as state open (or burnt, by a restore), count 0, not opened. */
HUB_MUST_USE hub_status hub_store_bucket_load(struct hub_store_view *view, uint64_t task,
                                              uint64_t window, struct hub_store_bucket *out,
                                              struct hub_buf *sealed);
/* The same before this process adds to the bucket: what comes back stays so until the commit.
 * Without an accumulator the part begins with noise if the bucket is not opened, for then this is
 * its birth and no other process's, and with none if it is. */
HUB_MUST_USE hub_status hub_store_bucket_part(struct hub_store_tx *tx, uint64_t task,
                                              uint64_t window, struct hub_store_bucket *out,
                                              struct hub_buf *sealed);
/* Each part of a bucket, with its own count and checksum, which its accumulator is bound to; out
 * gets those of all together. */
typedef hub_status (*hub_store_part_each)(void *self, const struct hub_store_bucket *part,
                                          hub_span sealed);
HUB_MUST_USE hub_status hub_store_bucket_parts(struct hub_store_view *view, uint64_t task,
                                               uint64_t window, struct hub_store_bucket *out,
                                               hub_store_part_each each, void *self);
/* Writes count, checksum and accumulator of this process's part, and opens the bucket if it was
 * not; the state stays. HUB_E_REFUSED if the window is collected or burnt: then its reports have
 * the verdict HUB_REPORT_BATCH_COLLECTED. */
HUB_MUST_USE hub_status hub_store_bucket_save(struct hub_store_tx *tx, uint64_t task,
                                              const struct hub_store_bucket *bucket,
                                              hub_span sealed);
/* The state alone, which stays until the commit. Costs no query where one process has the database.
 */
enum hub_store_bucket_state hub_store_bucket_state(struct hub_store_tx *tx, uint64_t task,
                                                   uint64_t window);
/* From now on no uploads for windows first to last (both inside) are taken. Already closed is
 * HUB_OK; HUB_E_REFUSED if one is collected or burnt. At most 366 windows. */
HUB_MUST_USE hub_status hub_store_buckets_close(struct hub_store_tx *tx, uint64_t task,
                                                uint64_t first, uint64_t last);
/* Marks windows first to last as collected, drops their accumulators and writes the ledger row
 * (none if the task has no charge). In the unit that stores the share. All must be opened
 * (HUB_E_NOT_FOUND else) and none collected or burnt (HUB_E_REFUSED); for a leader none may be
 * outstanding, or HUB_E_BUSY. report_count is of all together, and is checked against the rows
 * (HUB_E_CONFLICT). */
HUB_MUST_USE hub_status hub_store_buckets_collect(struct hub_store_tx *tx, uint64_t task,
                                                  uint64_t first, uint64_t last,
                                                  uint64_t report_count, uint64_t charge);

/* For figures: windows of all tasks that have a burnt bucket. */
HUB_MUST_USE hub_status hub_store_count_burnt(struct hub_store_view *view, uint64_t *n);

#endif
