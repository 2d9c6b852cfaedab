/* SQLite's view of the disk with a fault in it: the n-th write, sync or truncation fails, or all
 * from the n-th on. Also tells whether the log holds writes that were not synced. */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes the faulty disk the default for connections opened from now on. */
void faulty_vfs_install(void);
/* Counts operations from 0 again; the one numbered at fails (1 is the first; 0: none), and all
 * after it if for_good. */
void faulty_vfs_set(uint64_t at, bool for_good);
/* Operations since then. */
uint64_t faulty_vfs_operations(void);
/* What is looked at from now on, at each write and sync. */
struct faulty_vfs_watch {
    _Atomic uint32_t *state; /* NULL: nobody watches */
    uint32_t full;           /* while it is this, a write that makes a file longer fails */
    uint32_t no_sync;        /* each sync fails */
    uint32_t sync_once;      /* a sync fails, its writes are lost, and the state is 0 again */
    _Atomic uint32_t *n_errors;
    _Atomic uint32_t *n_undone; /* writes that were lost */
    const _Atomic uint32_t *plant;
    uint32_t syncs_lie; /* while the plant is this, syncs succeed and do nothing */
};
void faulty_vfs_watch(const struct faulty_vfs_watch *watch);
/* Takes back writes that were not synced, each or not by chance, and lets nobody write again: for
 * one who dies next. */
void faulty_vfs_lose_power(void);
/* Writes to a log since its last sync. */
uint64_t faulty_vfs_unsynced_log_writes(void);

#endif
