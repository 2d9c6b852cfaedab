/* What the store keeps in memory, and how a unit that fails is undone there. Everything here
 * belongs to the writing thread (and to opening, before the thread starts), but for the queue. */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "ledger/head_file.h"
#include "store/bucket.h"
#include "store/id_set_internal.h"
#include "store/ids.h"
#include "store/store.h"
#include "store/task.h"
#include "store/window_states_internal.h"

#include <pthread.h>

enum {
    HUB_STORE_ID_ENTRY_LEN = HUB_STORE_ID_LEN + 8, /* in an id list: id, window */
    HUB_STORE_SEGMENT_BYTES_MAX = 16 << 20
};

/* A segment of the commit that is being made; a row when the commit ends. */
struct hub_store_open_segment {
    struct hub_buf reports;
    uint64_t n_reports;
    uint64_t first_window;
    uint64_t last_window;
};

/* How far a task's memory had come when the unit began. */
struct hub_store_task_mark {
    size_t ids_len;
    uint64_t n_spilled;
    size_t n_segments;
    size_t segment_len; /* of the last segment */
    uint64_t segment_reports;
    uint64_t segment_first_window;
    uint64_t segment_last_window;
    size_t dropped_len;
};

/* Where a walk by age stopped; zeroed is the start. */
struct hub_store_cursor {
    uint64_t last_window;
    uint64_t seq;
};

struct hub_store_task_memory {
    struct hub_store_task row;
    struct hub_id_set seen;
    uint64_t n_spilled;        /* ids in the table instead */
    uint64_t n_spilled_before; /* this commit */
    struct hub_window_states windows;
    uint64_t *looked; /* shared: windows whose rows this commit holds */
    size_t n_looked;
    size_t cap_looked;
    bool is_expiry_due;                 /* a window was released since the last whole look */
    uint64_t released_ms;               /* the last release since the start, monotonic; 0: none */
    struct hub_store_cursor ids_cursor; /* of expiry */
    struct hub_store_cursor jobs_cursor;

    /* Of the commit that is being made. */
    bool is_touched;
    struct hub_buf ids; /* entries of an id list: what was added */
    struct hub_store_open_segment *segments;
    size_t n_segments;
    size_t cap_segments;
    struct hub_buf dropped; /* ids to forget once the commit is there */
    struct hub_store_task_mark mark;
};

/* A window's state before a unit changed it. */
struct hub_store_undo {
    struct hub_store_task_memory *task;
    uint64_t window;
    enum hub_store_bucket_state state;
};

struct hub_store_tx {
    struct hub_store_view view;
    struct hub_store *store;
    uint64_t now_s;
    struct hub_ledger_head head; /* of the chain, this commit's rows included */
    bool has_ledger;             /* shared: the chain is this commit's to append to */
    bool lost_race;              /* shared: another process was first; the unit goes again */
    unsigned n_races;            /* that this unit has lost before */
    size_t n_tasks;              /* tasks that are part of the last commit */
    struct hub_store_undo *undo;
    size_t n_undo;
    size_t cap_undo;
    /* What the unit that is being applied can be undone to. */
    struct hub_ledger_head mark_head;
    bool mark_has_ledger;
    size_t mark_undo;
    size_t mark_tasks;
};

/* The writing thread's own unit. */
struct hub_store_expiry {
    struct hub_unit unit;
    struct hub_store *store;
    uint64_t task;
    uint64_t dropped;
    bool is_through;
};

/* The writing thread's own unit while commits fail. */
struct hub_store_probe {
    struct hub_unit unit;
    struct hub_store *store;
};

struct hub_store {
    char *path; /* what the options point to is kept here */
    char *head_path;
    char *name;
    struct hub_store_options options; /* with its defaults filled in */
    struct hub_db *db;
    bool is_shared;             /* other processes may write too: shared_internal.h */
    uint64_t process;           /* this one's number among them; read by others under the mutex */
    uint64_t generation;        /* of the connection under which it was registered */
    uint64_t heartbeat_next_ms; /* not before */
    struct hub_buf id_array;    /* parameters of the statement that takes ids */
    struct hub_buf window_array;
    struct hub_id_key id_key;
    struct hub_store_task_memory **tasks; /* task number n stands at n - 1 */
    size_t n_tasks;
    size_t cap_tasks;
    size_t ids_bytes;  /* of all id sets */
    uint64_t next_job; /* numbers are never used twice, so that a late worker ends no other job */
    uint64_t burnt_before_s; /* windows that began before are burnt; 0: none */
    bool was_restored;
    struct hub_store_tx tx;
    struct hub_store_expiry expiry;
    uint64_t expiry_next_ms; /* not before */
    struct hub_store_probe probe;
    uint64_t retry_next_ms; /* what has failed is not tried again before */

    struct hub_head_file head_file;
    struct hub_ledger_head head; /* of the last commit; shared: the newest that was seen */

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;    /* guards what follows */
    pthread_cond_t work;      /* a unit waits, or the end */
    pthread_cond_t room;      /* the queue has shrunk */
    pthread_cond_t head_done; /* the head outside has caught up, or failed */
    struct hub_unit *first;
    struct hub_unit **last;
    size_t queue_bytes;
    uint32_t queue_units;
    uint32_t queue_awaited; /* of them, those of hub_store_run: somebody stands still for each */
    uint32_t group_units;   /* units of the last group */
    bool is_stopping;
    bool head_is_behind;                 /* a commit with ledger rows is not in the head file yet */
    struct hub_ledger_head head_outside; /* what the head file says */
    bool head_has_failed;
    struct hub_store_stats stats;
};

/* Its number on a shared database, for readers. */
static inline uint64_t hub_store_process(struct hub_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    const uint64_t number = store->process;
    (void)pthread_mutex_unlock(&store->mutex);
    return number;
}

/* ---- Tasks in memory */

/* NULL: no such task. Marks it as part of this commit. */
struct hub_store_task_memory *hub_store_touch(struct hub_store_tx *tx, uint64_t task);
/* Adds a task; it goes again if the unit is undone. */
HUB_MUST_USE hub_status hub_store_task_remember(struct hub_store *store,
                                                const struct hub_store_task *row);
void hub_store_task_forget_last(struct hub_store *store);
/* Reads all tasks into memory. */
HUB_MUST_USE hub_status hub_store_tasks_load(struct hub_store *store);
/* Those that other processes have admitted since. */
HUB_MUST_USE hub_status hub_store_tasks_refresh(struct hub_store *store);
/* Windows below this began before a time. */
uint64_t hub_store_windows_before(uint64_t time_s, uint64_t window_s);
/* Windows of a task below this are burnt: those that began before burnt_before_s. */
uint64_t hub_store_burnt_before(const struct hub_store *store, uint64_t window_s);

/* HUB_E_CONFIG: the database has another name than the options say. */
HUB_MUST_USE hub_status hub_store_check_name(struct hub_store *store, struct hub_why *why);

/* ---- Ids */

/* Rebuilds all id sets from their lists. */
HUB_MUST_USE hub_status hub_store_ids_load(struct hub_store *store);
/* n ids, each so many bytes behind the one before. */
struct hub_store_ids {
    const struct hub_store_id *first;
    size_t stride;
    size_t n;
};
static inline const struct hub_store_id *hub_store_ids_at(const struct hub_store_ids *ids, size_t i)
{
    return (const struct hub_store_id *)(const void *)((const uint8_t *)ids->first +
                                                       i * ids->stride);
}
static inline size_t hub_store_ids_index(const struct hub_store_ids *ids,
                                         const struct hub_store_id *id)
{
    return (size_t)((const uint8_t *)id - (const uint8_t *)ids->first) / ids->stride;
}
/* Takes those whose verdict is HUB_REPORT_OK; one that is known gets HUB_REPORT_REPLAYED. */
HUB_MUST_USE hub_status hub_store_ids_take(struct hub_store_tx *tx,
                                           struct hub_store_task_memory *task,
                                           const struct hub_store_ids *ids, uint8_t *verdict);
/* Gives HUB_REPORT_BATCH_COLLECTED to those whose window's state is least or beyond. */
HUB_MUST_USE hub_status hub_store_ids_check(struct hub_store_tx *tx,
                                            struct hub_store_task_memory *task,
                                            const struct hub_store_ids *ids,
                                            enum hub_store_bucket_state least, uint8_t *verdict);
/* Forgets what was taken after the entries' length len. */
void hub_store_ids_undo(struct hub_store *store, struct hub_store_task_memory *task, size_t len);
/* Writes this commit's list. */
HUB_MUST_USE hub_status hub_store_ids_flush(struct hub_store *store,
                                            struct hub_store_task_memory *task);
/* After the commit: takes dropped ids out of the set. */
void hub_store_ids_forget_dropped(struct hub_store *store, struct hub_store_task_memory *task);

/* ---- Windows */

HUB_MUST_USE hub_status hub_store_windows_load(struct hub_store *store);
enum hub_store_bucket_state hub_store_window_state(const struct hub_store_task_memory *task,
                                                   uint64_t window);
/* Sets a state in memory; it goes back if the unit is undone. */
HUB_MUST_USE hub_status hub_store_window_set(struct hub_store_tx *tx,
                                             struct hub_store_task_memory *task, uint64_t window,
                                             enum hub_store_bucket_state state);

/* ---- Segments and jobs */

HUB_MUST_USE hub_status hub_store_segments_flush(struct hub_store *store,
                                                 struct hub_store_task_memory *task);
void hub_store_segments_undo(struct hub_store_task_memory *task,
                             const struct hub_store_task_mark *mark);
/* Reads the number that the next job gets. */
HUB_MUST_USE hub_status hub_store_jobs_load(struct hub_store *store);

/* ---- Expiry */

bool hub_store_expiry_is_due(const struct hub_store *store);
/* A unit that does a part of it; NULL: nothing is due. */
struct hub_unit *hub_store_expiry_unit(struct hub_store *store);

/* A small write that tells whether commits work again (probe.c). NULL: they do not fail. */
struct hub_unit *hub_store_probe_unit(struct hub_store *store);

/* ---- The ledger's head */

/* Opens the head file and compares; burns after a rollback; brings the file up to the chain. */
HUB_MUST_USE hub_status hub_store_head_open(struct hub_store *store, struct hub_why *why);
/* Everything that is open is burnt: the database does not hold this head. */
HUB_MUST_USE hub_status hub_store_burn(struct hub_store *store,
                                       const struct hub_ledger_head *outside);
/* The head outside is to be written before anything is told or read that needs it. */
void hub_store_set_head_behind(struct hub_store *store);
/* On a shared database: what a reader reads from here to the end of the snapshot is of one moment,
 * as is the chain that hub_store_wait_for_head compares. Else nothing. */
HUB_MUST_USE hub_status hub_store_snapshot(struct hub_tx *snapshot, struct hub_store_view *view);
/* Waits until the head outside holds what this view has read, in a snapshot. HUB_E_IO: it could not
 * be written. HUB_E_BUSY: what was read is of another moment, or of another image. */
HUB_MUST_USE hub_status hub_store_wait_for_head(struct hub_store_view *view);

/* ---- The writing thread */

/* Applies, commits and tells a list of units. */
void hub_store_write_group(struct hub_store *store, struct hub_unit *units);
/* Writes the head outside if a commit left it behind. */
hub_status hub_store_sync_head(struct hub_store *store);

HUB_MUST_USE hub_status hub_store_thread_start(struct hub_store *store);
void hub_store_thread_stop(struct hub_store *store);
/* Brings the figures about ids and ledger up. */
void hub_store_count_memory(struct hub_store *store);

/* What this program brings a database to. */
uint64_t hub_store_schema_version(bool is_shared);

#endif
