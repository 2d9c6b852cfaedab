/* A device's memory as a folder: DIR/device.journal, taken by one process at a time, and copies of
 * the aggregators' key lists for as long as they may be kept. */
#ifndef UPLOAD_STATE_DIR_H
#define UPLOAD_STATE_DIR_H

#include "base/bytes.h"
#include "hubbub/device.h"

struct hub_state_dir {
    char *path;    /* DIR */
    char *journal; /* DIR/device.journal */
    int lock_fd;
    int journal_fd; /* -1: not there yet */
};

/* Makes the folder with mode 0700 if it is missing and locks it. HUB_E_BUSY: another process has
 * it; HUB_E_IO. */
HUB_MUST_USE hub_status hub_state_dir_open(struct hub_state_dir *out, const char *path,
                                           struct hub_why *why);
void hub_state_dir_close(struct hub_state_dir *d);
/* The journal as a device's storage; valid until close. */
struct hub_device_storage hub_state_dir_storage(struct hub_state_dir *d);

/* The kept answer to url, appended; *max_age_s: how much longer it may be kept. HUB_E_NOT_FOUND if
 * there is none or its time is over. now_s is the machine's time. */
HUB_MUST_USE hub_status hub_state_dir_recall(const struct hub_state_dir *d, struct hub_buf *out,
                                             uint32_t *max_age_s, const char *url, uint64_t now_s);
/* Keeps it until now_s + max_age_s. A failure costs a request next time, nothing else. */
void hub_state_dir_keep(const struct hub_state_dir *d, const char *url, hub_span body,
                        uint32_t max_age_s, uint64_t now_s);

#endif
