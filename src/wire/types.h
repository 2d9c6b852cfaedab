/* The types that DAP messages share (DAP-18 section 4.1). What has a length of its own on the wire
 * is a view into the bytes that were decoded. */
#ifndef WIRE_TYPES_H
#define WIRE_TYPES_H

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"

/* Section 4.1, Role. */
enum hub_role {
    HUB_ROLE_COLLECTOR = 0,
    HUB_ROLE_CLIENT = 1,
    HUB_ROLE_LEADER = 2,
    HUB_ROLE_HELPER = 3
};

/* Section 5, BatchMode. */
enum hub_batch_mode { HUB_BATCH_TIME_INTERVAL = 1, HUB_BATCH_LEADER_SELECTED = 2 };

/* Section 4.1, ReportError: the verdict on one report. */
enum hub_report_error {
    HUB_REPORT_OK = 0, /* reserved on the wire */
    HUB_REPORT_BATCH_COLLECTED = 1,
    HUB_REPORT_REPLAYED = 2,
    HUB_REPORT_DROPPED = 3,
    HUB_REPORT_HPKE_UNKNOWN_CONFIG_ID = 4,
    HUB_REPORT_HPKE_DECRYPT_ERROR = 5,
    HUB_REPORT_VDAF_VERIFY_ERROR = 6,
    HUB_REPORT_TASK_EXPIRED = 7,
    HUB_REPORT_INVALID_MESSAGE = 8,
    HUB_REPORT_TOO_EARLY = 9,
    HUB_REPORT_TASK_NOT_STARTED = 10,
    HUB_REPORT_OUTDATED_CONFIG = 11
};
enum { HUB_N_REPORT_ERRORS = 12 };

/* "batch_collected" and so on, "ok" for 0, "unknown" for what the draft does not have. */
const char *hub_report_error_name(enum hub_report_error error);

enum { HUB_TASK_ID_LEN = 32, HUB_REPORT_ID_LEN = 16, HUB_BATCH_ID_LEN = 32, HUB_CHECKSUM_LEN = 32 };

struct hub_task_id {
    uint8_t bytes[HUB_TASK_ID_LEN];
};

/* Half-open, in units of the task's time precision (section 4.1.1). */
struct hub_time_interval {
    uint64_t start;
    uint64_t duration;
};

/* At least one unit long, and start + duration fits 64 bits. */
static inline bool hub_time_interval_is_valid(struct hub_time_interval i)
{
    return i.duration != 0 && i.start <= UINT64_MAX - i.duration;
}
/* Both are valid; inner lies within outer. */
static inline bool hub_time_interval_is_within(struct hub_time_interval inner,
                                               struct hub_time_interval outer)
{
    return inner.start >= outer.start &&
           inner.start + inner.duration <= outer.start + outer.duration;
}
static inline bool hub_time_interval_has(struct hub_time_interval i, uint64_t time)
{
    return time >= i.start && time - i.start < i.duration;
}

/* HpkeCiphertext. */
struct hub_ciphertext {
    uint8_t config_id;
    hub_span enc;     /* 1 to HUB_WIRE_ENC_MAX bytes */
    hub_span payload; /* 1 to HUB_WIRE_PAYLOAD_MAX bytes */
};

/* One item from a sticky reader, one to a writer. */
struct hub_time_interval hub_read_time_interval(struct hub_reader *r);
void hub_write_time_interval(struct hub_writer *w, struct hub_time_interval i);
struct hub_ciphertext hub_read_ciphertext(struct hub_reader *r);
void hub_write_ciphertext(struct hub_writer *w, const struct hub_ciphertext *c);

#endif
