/* A VFS in front of the machine's own. Everything passes through but what changes the disk, which
 * is counted and fails when its turn comes. */
#include "faulty_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What stood where a write went that was not synced yet. */
struct unsynced {
    struct unsynced *before;
    sqlite3_int64 at;
    int len;
    uint8_t bytes[];
};

struct faulty_file {
    sqlite3_file base;
    bool is_log;
    struct unsynced *unsynced; /* the newest first */
    struct faulty_file *next;
    /* the real file follows, aligned */
};

enum { REAL_AT = (sizeof(struct faulty_file) + 15) / 16 * 16 };

static sqlite3_vfs *real_vfs;
static sqlite3_vfs faulty_vfs;
static _Atomic uint64_t n_operations;
static _Atomic uint64_t fails_at;
static _Atomic bool fails_for_good;
static _Atomic uint64_t unsynced;

static struct faulty_vfs_watch watched;
static pthread_mutex_t files_mutex = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct faulty_file *open_files;
static uint64_t chance = 0x9e3779b97f4a7c15U;

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((uint8_t *)file + REAL_AT);
}

static bool is_log(sqlite3_file *file)
{
    return ((struct faulty_file *)(void *)file)->is_log;
}

static bool turn_has_come(void)
{
    const uint64_t n = atomic_fetch_add(&n_operations, 1) + 1;
    const uint64_t at = atomic_load(&fails_at);
    return at != 0 && (n == at || (n > at && atomic_load(&fails_for_good)));
}

static bool is_now(uint32_t state)
{
    if (watched.state == NULL || atomic_load(watched.state) != state)
        return false;
    atomic_fetch_add(watched.n_errors, 1);
    return true;
}

static bool makes_longer(sqlite3_file *f, int n, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;
    return real(f)->pMethods->xFileSize(real(f), &size) != SQLITE_OK || at + n > size;
}

/* ---- What is lost with the power, or with a sync that fails */

static struct faulty_file *faulty(sqlite3_file *file)
{
    return (struct faulty_file *)(void *)file;
}

/* Before a write: what it replaces, or nothing where memory or the disk fails. */
static void remember(sqlite3_file *f, int n, sqlite3_int64 at)
{
    struct unsynced *const u = watched.state == NULL ? NULL : malloc(sizeof(*u) + (size_t)n);

    if (u == NULL)
        return;
    *u = (struct unsynced){.before = faulty(f)->unsynced, .at = at, .len = n};
    memset(u->bytes, 0, (size_t)n);
    (void)real(f)->pMethods->xRead(real(f), u->bytes, n, at); /* zeros where there was nothing */
    faulty(f)->unsynced = u;
}

static void forget(struct faulty_file *f)
{
    while (f->unsynced != NULL) {
        struct unsynced *const u = f->unsynced;
        f->unsynced = u->before;
        free(u);
    }
}

/* xorshift64: what is lost need not be the same twice. */
static bool is_lost(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (chance >> 32 & 1) != 0;
}

static void undo(struct faulty_file *f, bool whole)
{
    sqlite3_file *const file = real(&f->base);

    for (const struct unsynced *u = f->unsynced; u != NULL; u = u->before) {
        if (!whole && !is_lost())
            continue;
        (void)file->pMethods->xWrite(file, u->bytes, u->len, u->at);
        atomic_fetch_add(watched.n_undone, 1);
    }
    forget(f);
}

void faulty_vfs_lose_power(void)
{
    (void)pthread_mutex_lock(&files_mutex); /* for good */
    for (struct faulty_file *f = open_files; f != NULL; f = f->next)
        undo(f, false);
}

/* ---- Files */

static int file_close(sqlite3_file *f)
{
    (void)pthread_mutex_lock(&files_mutex);
    struct faulty_file **at = &open_files;
    while (*at != NULL && *at != faulty(f))
        at = &(*at)->next;
    if (*at != NULL)
        *at = faulty(f)->next;
    forget(faulty(f));
    (void)pthread_mutex_unlock(&files_mutex);
    return real(f)->pMethods->xClose(real(f));
}

static int file_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), out, n, at);
}

static int file_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    if (turn_has_come()) {
        /* Half of it reaches the disk: what fails is not nothing. */
        (void)real(f)->pMethods->xWrite(real(f), bytes, n / 2, at);
        return SQLITE_IOERR_WRITE;
    }
    if (watched.state != NULL && makes_longer(f, n, at) && is_now(watched.full))
        return SQLITE_FULL;
    if (is_log(f))
        atomic_fetch_add(&unsynced, 1);
    (void)pthread_mutex_lock(&files_mutex);
    remember(f, n, at);
    const int code = real(f)->pMethods->xWrite(real(f), bytes, n, at);
    (void)pthread_mutex_unlock(&files_mutex);
    return code;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return turn_has_come() ? SQLITE_IOERR_TRUNCATE : real(f)->pMethods->xTruncate(real(f), size);
}

/* As a kernel does: what it could not write it forgets, and the next sync knows nothing of it. */
static bool fails_once(sqlite3_file *f)
{
    uint32_t state = watched.sync_once;

    if (watched.state == NULL || faulty(f)->unsynced == NULL ||
        !atomic_compare_exchange_strong(watched.state, &state, 0))
        return false;
    (void)pthread_mutex_lock(&files_mutex);
    undo(faulty(f), true);
    (void)pthread_mutex_unlock(&files_mutex);
    atomic_fetch_add(watched.n_errors, 1);
    return true;
}

static int file_sync(sqlite3_file *f, int flags)
{
    if (turn_has_come())
        return SQLITE_IOERR_FSYNC;
    if (is_now(watched.no_sync))
        return SQLITE_IOERR_FSYNC;
    if (watched.plant != NULL && atomic_load(watched.plant) == watched.syncs_lie)
        return SQLITE_OK;
    if (fails_once(f))
        return SQLITE_IOERR_FSYNC;
    if (is_log(f))
        atomic_store(&unsynced, 0);
    const int code = real(f)->pMethods->xSync(real(f), flags);
    if (code == SQLITE_OK && watched.state != NULL) {
        (void)pthread_mutex_lock(&files_mutex);
        forget(faulty(f));
        (void)pthread_mutex_unlock(&files_mutex);
    }
    return code;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_check_lock(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int file_control(sqlite3_file *f, int op, void *argument)
{
    return real(f)->pMethods->xFileControl(real(f), op, argument);
}

static int file_sector_size(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int file_characteristics(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int file_shm_unmap(sqlite3_file *f, int also_delete)
{
    return real(f)->pMethods->xShmUnmap(real(f), also_delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- The VFS: its other functions are the real one's, which ignore which VFS calls them */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *out_flags)
{
    struct faulty_file *const f = (struct faulty_file *)(void *)file;
    (void)vfs;
    f->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    f->unsynced = NULL;
    const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
    file->pMethods = real(file)->pMethods == NULL ? NULL : &methods;
    if (file->pMethods != NULL) {
        (void)pthread_mutex_lock(&files_mutex);
        f->next = open_files;
        open_files = f;
        (void)pthread_mutex_unlock(&files_mutex);
    }
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    return turn_has_come() ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync_folder);
}

void faulty_vfs_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    faulty_vfs = *real_vfs;
    faulty_vfs.zName = "faulty";
    faulty_vfs.pNext = NULL;
    faulty_vfs.szOsFile = REAL_AT + real_vfs->szOsFile;
    faulty_vfs.xOpen = vfs_open;
    faulty_vfs.xDelete = vfs_delete;
    (void)sqlite3_vfs_register(&faulty_vfs, 1);
}

void faulty_vfs_watch(const struct faulty_vfs_watch *watch)
{
    watched = *watch;
}

void faulty_vfs_set(uint64_t at, bool for_good)
{
    atomic_store(&fails_at, at);
    atomic_store(&fails_for_good, for_good);
    atomic_store(&n_operations, 0);
}

uint64_t faulty_vfs_operations(void)
{
    return atomic_load(&n_operations);
}

uint64_t faulty_vfs_unsynced_log_writes(void)
{
    return atomic_load(&unsynced);
}
