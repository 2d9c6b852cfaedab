/* Opens the party's store as the party does, and takes ids as its jobs take them, in the order of
 * their windows. */
#include "pipeline/stored.h"

#include "crypto/random.h"
#include "store/ids.h"
#include "store/task.h"
#include "wire/types.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a unit. On a server more, which changes nothing in rows that are stored one by one, but the
 * time that it takes. */
enum { A_JOB = 1000, A_JOB_SHARED = 10000 };

struct job {
    struct hub_unit unit;
    uint64_t task;
    size_t n;
    struct hub_store_id ids[A_JOB_SHARED];
    uint8_t verdict[A_JOB_SHARED];
};

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct job *const j = (struct job *)unit;

    memset(j->verdict, HUB_REPORT_OK, sizeof(j->verdict));
    HUB_TRY(hub_store_ids_add(tx, j->task, j->ids, j->n, j->verdict));
    for (size_t i = 0; i < j->n; i++) {
        if (j->verdict[i] != HUB_REPORT_OK)
            return HUB_E_CONFLICT; /* two of 128 random bits are not equal */
    }
    return HUB_OK;
}

static void close_store(struct hub_store **store)
{
    hub_store_close(*store);
}

static hub_status find_task(uint64_t *number, struct hub_store *store, const struct hub_task *task)
{
    struct hub_store_view reader;
    struct hub_store_task row;

    HUB_TRY(hub_store_reader_open(&reader, store));
    const hub_status status = hub_store_task_find(&reader, task->id.bytes, &row);
    hub_store_reader_close(&reader);
    *number = status == HUB_OK ? row.number : 0;
    return status;
}

static hub_status fill(struct hub_store *store, const struct pipeline_place *p, uint64_t n,
                       struct job *job)
{
    const struct hub_rng rng = hub_system_rng();
    const size_t a_job = hub_store_is_shared(store) ? A_JOB_SHARED : A_JOB;
    const unsigned n_windows = p->shape.n_windows_before;
    const uint64_t first = pipeline_window(p) - n_windows;

    job->unit = (struct hub_unit){.apply = apply, .bytes = sizeof(*job)};
    HUB_TRY(find_task(&job->task, store, p->task));
    for (uint64_t at = 0; at < n; at += job->n) {
        job->n = n - at < a_job ? (size_t)(n - at) : a_job;
        for (size_t i = 0; i < job->n; i++) {
            HUB_TRY(hub_rng_fill(&rng, job->ids[i].bytes, sizeof(job->ids[i].bytes)));
            job->ids[i].window = first + (at + i) * n_windows / n;
        }
        HUB_TRY(hub_store_run(store, &job->unit));
    }
    return HUB_OK;
}

hub_status pipeline_store_ids(struct pipeline_place *p, const struct pipeline_party *party,
                              uint64_t n, struct hub_why *why)
{
    HUB_CLEANUP(close_store) struct hub_store *store = NULL;
    char path[PIPELINE_PATH_MAX + 32];
    char head[PIPELINE_PATH_MAX + 32];

    (void)snprintf(path, sizeof(path), "%s/%s.db", party->folder, party->name);
    (void)snprintf(head, sizeof(head), "%s/ledger.head", party->folder);
    const struct hub_store_options options = {
        .path = party->database[0] != '\0' ? party->database : path,
        .head_path = head,
        .clock = hub_stepped_clock_of(&p->clock),
        .rng = hub_system_rng(),
    };
    struct job *const job = calloc(1, sizeof(*job));
    if (job == NULL)
        return HUB_E_MEMORY;
    hub_status status = hub_store_open(&store, &options, why);
    if (status == HUB_OK)
        status = fill(store, p, n, job);
    free(job);
    return status == HUB_OK ? HUB_OK
                            : hub_why(why, status, "storing ids: %s", hub_status_text(status));
}
