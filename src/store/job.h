/* The leader's aggregation jobs: take, load, ready, send, finish. A job that a crash interrupts is
 * found again by hub_store_jobs_open, and its request comes out with the same bytes. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include "store/segment.h"

enum hub_store_job_state {
    HUB_STORE_JOB_TAKEN, /* has its segments; nothing was sent */
    HUB_STORE_JOB_READY  /* membership and request hash are fixed; may have been sent */
};

struct hub_store_job {
    uint64_t number; /* in this database; never used twice */
    uint64_t task;
    enum hub_store_job_state state;
    uint64_t n_reports; /* in all its segments */
    uint64_t n_bytes;
    uint64_t first_window; /* in a leader-selected task both are its batch */
    uint64_t last_window;
    uint8_t request_sha256[32]; /* when ready */
};

/* Takes waiting segments of a task, oldest first, into a new job: at least one, and more while the
 * sums stay within the limits. HUB_E_NOT_FOUND: nothing waits. */
HUB_MUST_USE hub_status hub_store_job_take(struct hub_store_tx *tx, struct hub_store_job *out,
                                           uint64_t task, uint64_t reports_max, uint64_t bytes_max);
/* Makes a new job of reports that hub_store_job_load gave, in the unit that finishes the job that
 * had them; their ids are known and stay so. The caller fills task, n_reports and the windows; the
 * rest comes back. */
HUB_MUST_USE hub_status hub_store_job_put(struct hub_store_tx *tx, struct hub_store_job *job,
                                          hub_span reports);
/* HUB_E_NOT_FOUND: it has ended, or is another process's now. */
HUB_MUST_USE hub_status hub_store_job_find(struct hub_store_view *view, struct hub_store_job *out,
                                           uint64_t number);
/* Appends the job's encoded reports in their order, which is the same for ever; they follow each
 * other without a gap. verdict: n_reports states as hub_store_job_ready left them, zero before. */
HUB_MUST_USE hub_status hub_store_job_load(struct hub_store_view *view,
                                           const struct hub_store_job *job, struct hub_buf *reports,
                                           uint8_t *verdict);
/* Fixes which reports go to the helper (verdict HUB_REPORT_OK) and the hash of the request's body,
 * before its first byte leaves. Again with the same values: HUB_OK; with others HUB_E_CONFLICT. */
HUB_MUST_USE hub_status hub_store_job_ready(struct hub_store_tx *tx, uint64_t number,
                                            const uint8_t *verdict, size_t n,
                                            const uint8_t request_sha256[32]);
/* Ends a job: its segments and the job are gone. Buckets are updated in the same unit.
 * HUB_E_NOT_FOUND if it was ended before: then the unit must not count its reports again. */
HUB_MUST_USE hub_status hub_store_job_finish(struct hub_store_tx *tx, uint64_t number);
/* This process's jobs that are not finished, oldest first, after the number given; n comes back as
 * how many. For the start after a crash. */
HUB_MUST_USE hub_status hub_store_jobs_open(struct hub_store_view *view, uint64_t after,
                                            struct hub_store_job *out, size_t *n);
/* Jobs of processes that are gone, on a shared database; none where one process has it. */
HUB_MUST_USE hub_status hub_store_jobs_orphaned(struct hub_store_view *view,
                                                struct hub_store_job *out, size_t *n);
/* Makes one of them this process's. HUB_E_NOT_FOUND: another one has it, or it has ended. */
HUB_MUST_USE hub_status hub_store_job_adopt(struct hub_store_tx *tx, uint64_t number);

#endif
