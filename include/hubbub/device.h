/* A device in a program of yours: measurements in, sealed reports out, at most one a window and
 * task, whatever happens to power, clock or network.
 *
 * The library opens no file and no socket and reads no clock. You pass in a place to keep a few
 * kilobytes (struct hub_device_storage), randomness, the time, and a way to send
 * (struct hub_device_transport). A device belongs to one thread at a time. Typical use:
 *
 *     hub_device_open(&device, &storage, &random, now);
 *     hub_device_join(device, &task, statement, labels, now, why, sizeof(why));
 *     each window:
 *         hub_device_put(device, task, window_time, values, n, now, &outcome);
 *         hub_device_commit(device);                       one sync, before anything is sent
 *         hub_device_send(device, task, &transport, now, 100, &result);
 *                                                         again later while result.n_left is not 0
 *     hub_device_close(device);
 *
 * What the device promises (the promise of privacy is kept here, not at the city):
 *  - One report for each window and task. The slot is stored and synced before a byte leaves; after
 *    a crash the same report goes out again, never another one.
 *  - Always a report: with nothing to tell you call hub_device_put_neutral. What is out of range is
 *    clamped, and an active window beyond the task's daily number sends the neutral report. A
 *    device refuses only on grounds that do not depend on what was measured.
 *  - First use, damaged storage or a clock that was set back: silent until the next window begins
 *    (the next UTC day where the task promises a device-day).
 *  - The time that sharding takes does not depend on the measurement.
 * Memory: 170 kB of code, some 15 kB for a device with one task, and for each report under way the
 * length of its shares (Sum: 1 kB, Histogram of 100 buckets: 3 kB). */
#ifndef HUBBUB_DEVICE_H
#define HUBBUB_DEVICE_H

#include "hubbub/bytes.h"
#include "hubbub/status.h"

#include <stdbool.h>

#define HUB_DEVICE_API __attribute__((visibility("default")))

enum {
    HUB_DEVICE_TASKS_MAX = 16,       /* that one device can have joined */
    HUB_DEVICE_STATE_MAX = 64 << 20, /* bytes; storage is rewritten long before */
    HUB_DEVICE_REPLY_MAX = 1 << 20   /* bytes of a response body */
};

/* A place that survives a loss of power: one file on a disk, a pair of flash sectors. */
struct hub_device_storage {
    void *self;
    /* Reads up to n bytes from offset; *got is 0 at the end. HUB_E_NOT_FOUND if nothing was ever
     * stored here. */
    hub_status (*read)(void *self, uint64_t offset, uint8_t *out, size_t n, size_t *got);
    /* Adds bytes at the end; they are durable when it returns HUB_OK. */
    hub_status (*append)(void *self, hub_span bytes);
    /* Puts bytes in the place of everything; after a crash the old or the new is there, whole. */
    hub_status (*replace)(void *self, hub_span bytes);
};

/* Bytes that nobody can guess, from the system's generator. HUB_E_RANDOM. */
struct hub_device_random {
    void *self;
    hub_status (*fill)(void *self, uint8_t *out, size_t n);
};

struct hub_device_reply {
    unsigned status;        /* HTTP */
    uint32_t retry_after_s; /* 0: the server did not say */
    uint32_t max_age_s;     /* of Cache-Control; 0: must not be kept */
    uint8_t *body;          /* the caller's memory, HUB_DEVICE_REPLY_MAX bytes */
    size_t body_len;
};

/* HTTP, over whatever the program has. HUB_OK with any status code; HUB_E_NETWORK: try again. */
struct hub_device_transport {
    void *self;
    /* fresh: not from a cache. */
    hub_status (*get)(void *self, struct hub_device_reply *reply, const char *url,
                      const char *accept, bool fresh);
    /* token may be NULL; it goes into "Authorization: Bearer". */
    hub_status (*post)(void *self, struct hub_device_reply *reply, const char *url,
                       const char *content_type, const char *token, hub_span body);
};

struct hub_device;

/* Reads what is stored, or begins anew. HUB_E_MEMORY, HUB_E_IO. The structs are copied, what self
 * points to is borrowed until close. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_open(struct hub_device **out,
                                                       const struct hub_device_storage *storage,
                                                       const struct hub_device_random *random,
                                                       uint64_t now_s);
/* Wipes and frees; takes NULL. Reports that were put and not committed never were. */
HUB_DEVICE_API void hub_device_close(struct hub_device *device);

/* Takes part in the task of this statement (NAME.statement) and labels (NAME.labels, or empty).
 * *task is its number in this device from now on. Joining again is allowed and changes nothing.
 * HUB_E_CONFIG: no such statement, why says where; HUB_E_REFUSED: the tasks joined would together
 * spend more than the device's own cap of a day; HUB_E_SPACE: HUB_DEVICE_TASKS_MAX. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_join(struct hub_device *device, unsigned *task,
                                                       hub_span statement, hub_span labels,
                                                       uint64_t now_s, char *why, size_t why_size);
/* The task's own token for the leader, if this device is a registered service. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_set_token(struct hub_device *device,
                                                            unsigned task, const char *token);
/* From when on this device may speak for the task: 0, or the end of a silence. POSIX seconds. */
HUB_DEVICE_API uint64_t hub_device_silent_until(const struct hub_device *device, unsigned task);

struct hub_device_outcome {
    bool clamped;   /* a value was out of range and was set to the nearest in it */
    bool is_beyond; /* active beyond the day's number: the neutral report stands for it */
};

/* Makes the report of the window in which time_s lies; stored by the next commit. values: one
 * number for Count (0 or 1), Sum, Histogram (the bucket, from 0); the task's length for SumVec and
 * Multihot (each 0 or 1). HUB_E_ARGUMENT: another number of values; HUB_E_CONFLICT: the window has
 * had its report; HUB_E_REFUSED: outside the task, its grace has passed, from the future, or
 * silent. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_put(struct hub_device *device, unsigned task,
                                                      uint64_t time_s, const uint64_t *values,
                                                      size_t n, uint64_t now_s,
                                                      struct hub_device_outcome *outcome);
/* The report of a window in which nothing happened: 0, the last bucket, all false. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_put_neutral(struct hub_device *device,
                                                              unsigned task, uint64_t time_s,
                                                              uint64_t now_s);
/* Stores what was put since the last commit, with one sync. If it fails nothing of it will be sent,
 * and its windows stay silent. */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_commit(struct hub_device *device);

/* Reports that are stored and not yet acknowledged. */
HUB_DEVICE_API size_t hub_device_pending(const struct hub_device *device, unsigned task);

struct hub_device_result {
    size_t n_accepted;      /* acknowledged in this call; a replay of our own retry counts */
    size_t n_rejected;      /* refused by the leader for good; see n_by_error */
    size_t n_by_error[16];  /* by the draft's ReportError */
    size_t n_expired;       /* dropped unsent: their grace has ended */
    size_t n_left;          /* still pending */
    uint32_t retry_after_s; /* with n_left: the server's wish, 0 if it has none */
    unsigned http_status;   /* of the last response, 0 if there was none */
};

/* One request with up to n_max pending reports; fetches the aggregators' keys when they are
 * missing, old, or were named outdated (then the same reports are sealed again, once).
 * HUB_E_NETWORK, HUB_E_BUSY: again after a pause that grows; HUB_E_REFUSED: the leader does not
 * want this (http_status); HUB_E_DECODE: the answer is none of DAP. Reports whose grace has ended
 * are dropped.
 */
HUB_DEVICE_API HUB_MUST_USE hub_status hub_device_send(struct hub_device *device, unsigned task,
                                                       const struct hub_device_transport *transport,
                                                       uint64_t now_s, size_t n_max,
                                                       struct hub_device_result *result);

#endif
