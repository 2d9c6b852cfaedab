/* SQLite's view of the disk with a fault in it: the n-th write, sync or truncation fails, or all
 * from the n-th on. Also tells whether the log holds writes that were not synced. */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the faulty disk the default for connections opened from now on. */
void faulty_vfs_install(void);
/* Counts operations from 0 again; the one numbered at fails (1 is the first; 0: none), and all
 * after it if for_good. */
void faulty_vfs_set(uint64_t at, bool for_good);
/* Operations since then. */
uint64_t faulty_vfs_operations(void);
/* Writes to a log since its last sync. */
uint64_t faulty_vfs_unsynced_log_writes(void);

#endif
