/* What a device remembers: tasks it has joined, the windows that have had their report, and reports
 * that are not yet acknowledged. Kept in memory and as a journal in the caller's storage. */
#ifndef DEVICE_STATE_INTERNAL_H
#define DEVICE_STATE_INTERNAL_H

#include "device/report.h"
#include "hubbub/device.h"

/* One window that has had its report. */
struct hub_device_slot {
    uint64_t window;
    bool is_active;    /* its report is not the neutral one */
    bool is_stored;    /* synced: its report may be sent */
    bool is_pending;   /* not yet acknowledged; report is there */
    bool was_sent;     /* perhaps: a replay is our own retry then */
    bool was_resealed; /* after outdated_config, which is forgiven once */
    struct hub_device_report report;
};

struct hub_device_joined {
    /* stored */
    struct hub_task_id id;
    uint64_t rho_day; /* units of 2^-40 */
    uint32_t first_day;
    uint32_t last_day;
    uint64_t floor; /* windows below have had their report, or must be treated so */
    struct hub_device_slot *slots;
    size_t n_slots;
    size_t cap_slots;
    /* from joining, in this run */
    struct hub_task *task; /* NULL until then */
    struct hub_vdaf *vdaf;
    char *token;
    struct hub_hpke_sender *senders[2]; /* leader, helper; NULL: to be fetched */
    uint64_t keys_until_s;
};

struct hub_device {
    struct hub_device_storage storage;
    struct hub_rng rng;
    struct hub_device_joined joined[HUB_DEVICE_TASKS_MAX];
    unsigned n_joined;
    uint64_t fresh_s;  /* when nothing, or nothing reliable, was known: silence follows */
    uint64_t latest_s; /* the latest time seen */
    size_t journal_len;
    bool is_damaged; /* the journal's end is not known: rewrite before appending */
};

/* A clock that was set back less than this has merely been corrected. */
enum { HUB_DEVICE_CLOCK_SLACK_S = 60 };

/* --- the journal (journal.c) --- */

/* Reads the storage into an empty device. What does not read is left out and is_damaged set;
 * *is_new if there was nothing. */
HUB_MUST_USE hub_status hub_device_journal_load(struct hub_device *d, bool *is_new);
/* Writes everything anew, in one sync. */
HUB_MUST_USE hub_status hub_device_journal_rewrite(struct hub_device *d);
/* Appends every slot that is not stored, in one sync, and marks them stored. */
HUB_MUST_USE hub_status hub_device_journal_append_slots(struct hub_device *d);
/* Appends that these reports of a task are done with: slots that are stored and not pending any
 * more, given by number. Rewrites when most of the journal is past. */
HUB_MUST_USE hub_status hub_device_journal_append_done(struct hub_device *d, unsigned task,
                                                       const uint64_t *windows, size_t n);

/* --- slots (limiter.c) --- */

struct hub_device_slot *hub_device_slot_find(struct hub_device_joined *j, uint64_t window);
/* Adds a slot at the end. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_device_slot_add(struct hub_device_joined *j,
                                            struct hub_device_slot **out, uint64_t window);
/* Forgets slots that can matter no more; their windows fall below the floor. */
void hub_device_slots_prune(struct hub_device_joined *j, uint64_t now_s);
/* Wipes and frees all of them. */
void hub_device_slots_clear(struct hub_device_joined *j);
/* May a report of this window be made now? Depends on nothing that was measured. HUB_E_CONFLICT,
 * HUB_E_REFUSED. */
HUB_MUST_USE hub_status hub_device_slot_check(const struct hub_device *d,
                                              struct hub_device_joined *j, uint64_t window,
                                              uint64_t now_s);
/* Active windows of the UTC day in which this window starts. */
uint64_t hub_device_active_that_day(const struct hub_device_joined *j, uint64_t window);
/* The first moment at which the task may be spoken for. */
uint64_t hub_device_silence_end(const struct hub_device *d, const struct hub_device_joined *j);
/* Takes note of the time; a clock that was set back begins a silence. True if something must be
 * stored. */
bool hub_device_see_time(struct hub_device *d, uint64_t now_s);
/* Would the joined tasks and this one stay within the device's own cap of a day? */
bool hub_device_cap_holds(const struct hub_device *d, uint64_t rho_day, uint32_t first_day,
                          uint32_t last_day);

#endif
