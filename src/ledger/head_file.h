/* The ledger's head outside the database. Two slots, written in turn, each with its own checksum:
 * a write that is cut short leaves the other slot, which then tells of a row before it; that is
 * sound, since the database is ahead then. */
#ifndef LEDGER_HEAD_FILE_H
#define LEDGER_HEAD_FILE_H

#include "ledger/ledger.h"

struct hub_head_file {
    int fd; /* 0: not open; so zeroed is a valid empty state */
    uint64_t generation;
    uint64_t time_s; /* the latest at which a head was written; 0: not known */
};

/* Opens or makes the file (mode 0600, the folder is synced). found is false, and out empty, if it
 * was not there or no slot of it is whole. HUB_E_IO. */
HUB_MUST_USE hub_status hub_head_file_open(struct hub_head_file *file, struct hub_ledger_head *out,
                                           bool *found, const char *path, struct hub_why *why);
/* Reads it without a lock, without making it, while another process may write it. */
HUB_MUST_USE hub_status hub_head_file_peek(struct hub_ledger_head *out, bool *found,
                                           const char *path, struct hub_why *why);
/* Durable when it returns. time_s: of the injected clock; an earlier one than that of a write
 * before leaves that one. HUB_E_IO: the slot written before is still whole. */
HUB_MUST_USE hub_status hub_head_file_write(struct hub_head_file *file,
                                            const struct hub_ledger_head *head, uint64_t time_s);
void hub_head_file_close(struct hub_head_file *file);

#endif
