/* A job that is too large for the helper becomes two. Only a job is divided of which the helper has
 * surely seen nothing: were its reports counted there, they would come back from the two as
 * replayed, and the aggregators would never agree. So a job is divided in the run that fixed its
 * request, after the one answer 413 to the one time that it was sent, or before it was sent. */
#include "leader/leader_internal.h"

#include <stdlib.h>

struct divide {
    struct hub_unit unit;
    const struct hub_store_job *job;
    hub_span stored;
    size_t at; /* bytes of the first half */
    uint64_t n_first;
    struct hub_store_job half[2];
};

/* After the report with which half of the bytes is reached; the second half is not empty. */
static void find_middle(struct divide *d)
{
    hub_span rest = d->stored;
    struct hub_report report;
    uint64_t service;

    while (d->n_first + 1 < d->job->n_reports && d->at < d->stored.len / 2 &&
           hub_leader_stored_next(&rest, &report, &service)) {
        d->at = d->stored.len - rest.len;
        d->n_first++;
    }
}

static hub_status divide_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct divide *d = (struct divide *)unit;

    HUB_TRY(hub_store_job_finish(tx, d->job->number));
    d->half[0] = d->half[1] = *d->job;
    d->half[0].n_reports = d->n_first;
    d->half[1].n_reports = d->job->n_reports - d->n_first;
    HUB_TRY(hub_store_job_put(tx, &d->half[0], hub_span_slice(d->stored, 0, d->at)));
    return hub_store_job_put(tx, &d->half[1],
                             hub_span_slice(d->stored, d->at, d->stored.len - d->at));
}

hub_status hub_job_divide(struct hub_leader_worker *worker, const struct hub_store_job *job,
                          hub_span stored)
{
    struct divide d = {
        .unit = {.apply = divide_apply, .bytes = stored.len}, .job = job, .stored = stored};
    /* their places are there before: no failure can lose a job until the next start */
    struct hub_leader_retry *const r[2] = {calloc(1, sizeof(*r[0])), calloc(1, sizeof(*r[1]))};

    find_middle(&d);
    hub_status status = HUB_E_MEMORY;
    if (r[0] != NULL && r[1] != NULL)
        status = d.n_first == 0 ? HUB_E_DB : hub_store_run(worker->leader->party->store, &d.unit);
    for (size_t i = 0; i < 2; i++) {
        if (status != HUB_OK) {
            free(r[i]);
            continue;
        }
        r[i]->job = d.half[i];
        hub_leader_put_up(worker->leader, r[i], 0);
    }
    return status;
}
