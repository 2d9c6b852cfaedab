/* Reports that came too early for the helper's clock, or for ours after a step back: the one error
 * after which a report may stand in another job ("Leader Initialization"). They were acknowledged,
 * so they go into a job of their own, in the transaction that ends theirs, and are sent again a
 * little later; each time twice as late, while the helper's clock stays behind. */
#include "leader/leader_internal.h"

#include <stdlib.h>

enum { DELAY_MS = 1000, DOUBLINGS_MAX = 6 };

hub_status hub_job_defer_init(struct hub_job_defer *d, const uint8_t *verdict, size_t n)
{
    size_t n_early = 0;

    hub_job_defer_clear(d);
    for (size_t i = 0; i < n; i++)
        n_early += verdict[i] == HUB_REPORT_TOO_EARLY;
    if (n_early == 0)
        return HUB_OK;
    d->retry = calloc(1, sizeof(*d->retry)); /* there before, so that nothing can lose the job */
    return d->retry == NULL ? HUB_E_MEMORY : HUB_OK;
}

/* A report as it is stored, with its service in front. */
static hub_span stored_report(const struct hub_report *report)
{
    return hub_span_of(report->encoded.ptr - HUB_LEADER_PREFIX_LEN,
                       report->encoded.len + HUB_LEADER_PREFIX_LEN);
}

hub_status hub_job_defer_apply(struct hub_job_defer *d, struct hub_store_tx *tx,
                               const struct hub_store_job *job, const struct hub_report *reports,
                               const uint64_t *windows, const uint8_t *verdict)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(SIZE_MAX);
    struct hub_store_job early = *job;

    if (d->retry == NULL)
        return HUB_OK;
    early.n_reports = 0;
    early.first_window = UINT64_MAX;
    early.last_window = 0;
    for (size_t i = 0; i < job->n_reports; i++) {
        if (verdict[i] != HUB_REPORT_TOO_EARLY)
            continue;
        HUB_TRY(hub_buf_append(&bytes, stored_report(&reports[i])));
        early.n_reports++;
        early.first_window = windows[i] < early.first_window ? windows[i] : early.first_window;
        early.last_window = windows[i] > early.last_window ? windows[i] : early.last_window;
    }
    HUB_TRY(hub_store_job_put(tx, &early, hub_buf_span(&bytes)));
    d->retry->job = early;
    return HUB_OK;
}

void hub_job_defer_put_up(struct hub_job_defer *d, struct hub_leader *leader, unsigned n_deferred)
{
    struct hub_leader_retry *const r = d->retry;

    if (r == NULL)
        return;
    r->n_deferred = n_deferred + 1;
    d->retry = NULL;
    pthread_mutex_lock(&leader->lock);
    leader->n_deferred += r->job.n_reports;
    pthread_mutex_unlock(&leader->lock);
    hub_leader_put_up(
        leader, r, (unsigned)DELAY_MS << (n_deferred < DOUBLINGS_MAX ? n_deferred : DOUBLINGS_MAX));
}

void hub_job_defer_clear(struct hub_job_defer *d)
{
    free(d->retry);
    d->retry = NULL;
}
