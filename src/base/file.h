/* Whole files: read with a limit, written so that a crash leaves the old one or the new one. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/bytes.h"

/* Appends the file's bytes. HUB_E_NOT_FOUND, HUB_E_IO, HUB_E_SPACE beyond out's limit. */
HUB_MUST_USE hub_status hub_file_read(struct hub_buf *out, const char *path, struct hub_why *why);
/* Writes PATH.tmp, syncs it, renames it, syncs the folder. mode as in open(2): 0600 for secrets.
 */
HUB_MUST_USE hub_status hub_file_write(const char *path, hub_span bytes, unsigned mode,
                                       struct hub_why *why);
/* The same in the place of a file that is there: what root writes belongs to whom that one
 * belonged, so that a secret which root exchanges is still its program's to read. Not where
 * somebody else may have put the file. */
HUB_MUST_USE hub_status hub_file_replace(const char *path, hub_span bytes, unsigned mode,
                                         struct hub_why *why);
/* Syncs the folder that path stands in, so that a file that was made or renamed there stays.
 * HUB_E_IO. */
HUB_MUST_USE hub_status hub_file_sync_folder(const char *path);
/* The same without a sync: for many small files, before hub_file_sync_all, and for what may be lost
 * with the power. */
HUB_MUST_USE hub_status hub_file_put(const char *path, hub_span bytes, unsigned mode,
                                     struct hub_why *why);
/* Syncs the file system that folder is on: what was put is durable. HUB_E_IO. */
HUB_MUST_USE hub_status hub_file_sync_all(const char *folder, struct hub_why *why);
/* HUB_OK if the folder is there afterwards; parents are made too. */
HUB_MUST_USE hub_status hub_file_make_dir(const char *path, unsigned mode, struct hub_why *why);

/* Bytes that an unprivileged process may still write on the file system where path's folder is.
 * HUB_E_IO. */
HUB_MUST_USE hub_status hub_file_room(uint64_t *bytes, const char *path);

#endif
