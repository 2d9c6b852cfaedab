/* The linker puts these in front of the store's and the database's functions of the same name
 * (--wrap). They note which step a transaction is about and die around its commit when the page
 * says so: no handler runs, nothing is flushed, as with kill -9 or a lost machine. */
#include "fault_page.h"
#include "faulty_vfs.h"

#include "ledger/head_file.h"
#include "store/aggregate_share.h"
#include "store/bucket.h"
#include "store/collection.h"
#include "store/helper_job.h"
#include "store/job.h"
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fault_page *page;
static _Thread_local unsigned steps; /* of this thread's transaction, a bit each */

hub_status fault_page_open(const char *path, struct hub_why *why)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    void *const mapped =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (mapped == MAP_FAILED)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    (void)close(fd);
    page = mapped;
    faulty_vfs_install();
    faulty_vfs_watch(&(struct faulty_vfs_watch){.state = &page->disk,
                                                .full = FAULT_DISK_FULL,
                                                .no_sync = FAULT_DISK_NO_SYNC,
                                                .sync_once = FAULT_DISK_SYNC_ONCE,
                                                .n_errors = &page->n_disk_errors,
                                                .n_undone = &page->n_undone,
                                                .plant = &page->plant,
                                                .syncs_lie = FAULT_PLANT_NO_SYNC});
    return HUB_OK;
}

static void pass(enum fault_moment moment)
{
    if (page == NULL)
        return;
    const uint32_t wanted = atomic_load(&page->step);
    const bool is_here = wanted == FAULT_STEP_ANY || (steps & 1U << wanted) != 0;
    if (wanted == FAULT_STEP_NONE || !is_here || atomic_load(&page->moment) != moment)
        return;
    if (atomic_load(&page->passes) != 0) {
        atomic_fetch_sub(&page->passes, 1);
        return;
    }
    atomic_store(&page->step, FAULT_STEP_NONE); /* the next start lives */
    if (atomic_load(&page->action) == FAULT_STOP) {
        atomic_fetch_add(&page->n_stops, 1);
        (void)kill(getpid(), SIGSTOP);
        return;
    }
    if (atomic_load(&page->action) == FAULT_POWER)
        faulty_vfs_lose_power();
    atomic_fetch_add(&page->n_kills, 1);
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

static bool is_planted(enum fault_plant plant)
{
    return page != NULL && atomic_load(&page->plant) == plant;
}

static void note(enum fault_step step)
{
    steps |= 1U << step;
}

/* ---- Around the commit */

hub_status __real_hub_tx_begin(struct hub_tx *tx, struct hub_db *db);
hub_status __wrap_hub_tx_begin(struct hub_tx *tx, struct hub_db *db);
hub_status __wrap_hub_tx_begin(struct hub_tx *tx, struct hub_db *db)
{
    steps = 0;
    return __real_hub_tx_begin(tx, db);
}

hub_status __real_hub_tx_commit(struct hub_tx *tx);
hub_status __wrap_hub_tx_commit(struct hub_tx *tx);
hub_status __wrap_hub_tx_commit(struct hub_tx *tx)
{
    static atomic_uint n_uploads;

    if (page != NULL && atomic_load(&page->slow_ms) != 0)
        (void)usleep(atomic_load(&page->slow_ms) * 1000);
    pass(FAULT_BEFORE_COMMIT);
    if (is_planted(FAULT_PLANT_LOST_COMMIT) && (steps & 1U << FAULT_STEP_UPLOAD) != 0 &&
        atomic_fetch_add(&n_uploads, 1) % 2 == 1) {
        hub_tx_rollback(tx);
        return HUB_OK;
    }
    const hub_status status = __real_hub_tx_commit(tx);
    if (status == HUB_OK)
        pass(FAULT_AFTER_COMMIT);
    return status;
}

hub_status __real_hub_head_file_write(struct hub_head_file *file,
                                      const struct hub_ledger_head *head, uint64_t time_s);
hub_status __wrap_hub_head_file_write(struct hub_head_file *file,
                                      const struct hub_ledger_head *head, uint64_t time_s);
hub_status __wrap_hub_head_file_write(struct hub_head_file *file,
                                      const struct hub_ledger_head *head, uint64_t time_s)
{
    if (page != NULL && atomic_load(&page->disk) == FAULT_DISK_NO_HEAD) {
        atomic_fetch_add(&page->n_disk_errors, 1);
        return HUB_E_IO;
    }
    const hub_status status = __real_hub_head_file_write(file, head, time_s);
    if (status == HUB_OK)
        pass(FAULT_AFTER_HEAD);
    return status;
}

/* ---- Planted mistakes */

hub_status __real_hub_store_ids_add(struct hub_store_tx *tx, uint64_t task,
                                    const struct hub_store_id *ids, size_t n, uint8_t *verdict);
hub_status __wrap_hub_store_ids_add(struct hub_store_tx *tx, uint64_t task,
                                    const struct hub_store_id *ids, size_t n, uint8_t *verdict);
hub_status __wrap_hub_store_ids_add(struct hub_store_tx *tx, uint64_t task,
                                    const struct hub_store_id *ids, size_t n, uint8_t *verdict)
{
    return is_planted(FAULT_PLANT_NO_IDS) ? HUB_OK
                                          : __real_hub_store_ids_add(tx, task, ids, n, verdict);
}

hub_status __real_hub_store_helper_job_find(struct hub_store_view *view, uint64_t task,
                                            const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                            const uint8_t *digest, struct hub_buf *response);
hub_status __wrap_hub_store_helper_job_find(struct hub_store_view *view, uint64_t task,
                                            const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                            const uint8_t *digest, struct hub_buf *response);
hub_status __wrap_hub_store_helper_job_find(struct hub_store_view *view, uint64_t task,
                                            const uint8_t id[HUB_STORE_JOB_ID_LEN],
                                            const uint8_t *digest, struct hub_buf *response)
{
    return is_planted(FAULT_PLANT_NO_IDS)
               ? HUB_E_NOT_FOUND
               : __real_hub_store_helper_job_find(view, task, id, digest, response);
}

hub_status __real_hub_ledger_holds(struct hub_db *db, const struct hub_ledger_head *head,
                                   bool *held);
hub_status __wrap_hub_ledger_holds(struct hub_db *db, const struct hub_ledger_head *head,
                                   bool *held);
hub_status __wrap_hub_ledger_holds(struct hub_db *db, const struct hub_ledger_head *head,
                                   bool *held)
{
    const hub_status status = __real_hub_ledger_holds(db, head, held);
    *held = *held || is_planted(FAULT_PLANT_NO_BURN);
    return status;
}

/* Only the leader's table has jobs with owners; of several processes one at most ends each. */
static hub_status finish_anyhow(hub_status status)
{
    return status == HUB_E_NOT_FOUND && is_planted(FAULT_PLANT_NO_OWNER) ? HUB_OK : status;
}

/* ---- A lease that a test can wait for */

hub_status __real_hub_store_open(struct hub_store **out, const struct hub_store_options *options,
                                 struct hub_why *why);
hub_status __wrap_hub_store_open(struct hub_store **out, const struct hub_store_options *options,
                                 struct hub_why *why);
hub_status __wrap_hub_store_open(struct hub_store **out, const struct hub_store_options *options,
                                 struct hub_why *why)
{
    struct hub_store_options mine = *options;

    if (page != NULL && atomic_load(&page->lease_ms) != 0)
        mine.lease_ms = atomic_load(&page->lease_ms);
    return __real_hub_store_open(out, &mine, why);
}

/* ---- What a transaction is about */

/* A function of the store that tells the step: declared twice, as the linker names both. */
#define TELLS(step, name, parameters, arguments) \
    hub_status __real_##name parameters;         \
    hub_status __wrap_##name parameters;         \
    hub_status __wrap_##name parameters          \
    {                                            \
        note(step);                              \
        return __real_##name arguments;          \
    }

TELLS(FAULT_STEP_UPLOAD, hub_store_segment_add,
      (struct hub_store_tx * tx, uint64_t task, const struct hub_store_report *reports, size_t n,
       uint8_t *verdict),
      (tx, task, reports, n, verdict))
TELLS(FAULT_STEP_TAKE, hub_store_job_take,
      (struct hub_store_tx * tx, struct hub_store_job *out, uint64_t task, uint64_t reports_max,
       uint64_t bytes_max),
      (tx, out, task, reports_max, bytes_max))
TELLS(FAULT_STEP_READY, hub_store_job_ready,
      (struct hub_store_tx * tx, uint64_t number, const uint8_t *verdict, size_t n,
       const uint8_t request_sha256[32]),
      (tx, number, verdict, n, request_sha256))
TELLS(FAULT_STEP_HELPER, hub_store_helper_job_add,
      (struct hub_store_tx * tx, uint64_t task, const uint8_t id[HUB_STORE_JOB_ID_LEN],
       const uint8_t digest[32], hub_span response, uint64_t first_window, uint64_t last_window),
      (tx, task, id, digest, response, first_window, last_window))
hub_status __real_hub_store_job_finish(struct hub_store_tx *tx, uint64_t number);
hub_status __wrap_hub_store_job_finish(struct hub_store_tx *tx, uint64_t number);
hub_status __wrap_hub_store_job_finish(struct hub_store_tx *tx, uint64_t number)
{
    note(FAULT_STEP_FINISH);
    return finish_anyhow(__real_hub_store_job_finish(tx, number));
}
TELLS(FAULT_STEP_COLLECT, hub_store_collection_add,
      (struct hub_store_tx * tx, struct hub_store_collection *collection, hub_span request,
       bool *existed),
      (tx, collection, request, existed))
TELLS(FAULT_STEP_SHARE, hub_store_share_add,
      (struct hub_store_tx * tx, uint64_t task, const uint8_t id[HUB_STORE_SHARE_ID_LEN],
       const uint8_t request_sha256[32], hub_span response),
      (tx, task, id, request_sha256, response))
TELLS(FAULT_STEP_RELEASE, hub_store_collection_finish,
      (struct hub_store_tx * tx, uint64_t number, hub_span response), (tx, number, response))
TELLS(FAULT_STEP_BURN, hub_ledger_restored,
      (struct hub_ledger_head * head, struct hub_db *db, uint64_t time,
       const struct hub_ledger_head *outside),
      (head, db, time, outside))
