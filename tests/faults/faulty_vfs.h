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
/* From now on, while *state is full a write that makes a file longer fails, and while it is no_sync
 * every sync does; *n_errors counts both. */
void faulty_vfs_watch(const _Atomic uint32_t *state, uint32_t full, uint32_t no_sync,
                      _Atomic uint32_t *n_errors);
/* Writes to a log since its last sync. */
uint64_t faulty_vfs_unsynced_log_writes(void);

#endif
