/* A task as every party sees it. Everything follows from the privacy statement: the identifier, the
 * TaskConfiguration that is bound into each report and aggregate share (DAP-18, "Task
 * Configuration"), the windows and the floor. So there is nothing that two parties could set
 * differently without one of them refusing the files.
 *
 * The public files lie side by side: NAME.task.ini (for people, and the check of the others),
 * NAME.statement (the canonical text), NAME.labels (one label a line, where the statement has
 * labels). Pure: files are read by a function that the caller passes in. */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include "base/bytes.h"
#include "statement/statement.h"
#include "wire/vdaf_configuration.h"

enum {
    HUB_TASK_NAME_MAX = 64,
    HUB_TASK_TIME_ZONE_MAX = 64,
    HUB_TASK_URL_MAX = 2047,
    HUB_TASK_QUERY_WINDOWS_MAX = 366, /* a year of days: no query is unbounded */
    HUB_TASK_CLOCK_SKEW_S = 300       /* a report may be this much from the future */
};

/* Const after loading; shared by threads. */
struct hub_task {
    struct hub_task_id id;
    char name[HUB_TASK_NAME_MAX + 1];
    char time_zone[HUB_TASK_TIME_ZONE_MAX + 1]; /* IANA name, for people */
    char leader_url[HUB_TASK_URL_MAX + 1]; /* verbatim; a slash is added when paths are joined */
    char helper_url[HUB_TASK_URL_MAX + 1];
    struct hub_vdaf_configuration vdaf;
    struct hub_buf configuration; /* encoded TaskConfiguration, as it stands in both AADs */
    uint64_t window_s;            /* = time_precision; reports carry time / window_s */
    bool has_interval;            /* true for every task with a statement */
    uint64_t first_s;             /* start of the first window, POSIX seconds UTC */
    uint64_t end_s;               /* end of the last window */
    uint64_t grace_s;
    uint64_t min_batch;
    uint64_t reports_max; /* bound on the reports of one query */
    enum hub_batch_mode batch_mode;
    uint8_t verification_key_id; /* one a task, others are refused */

    bool has_statement; /* false only for interop tests; then what follows is empty */
    struct hub_statement statement;
    struct hub_buf statement_text; /* canonical */
    uint8_t statement_hash[32];
    struct hub_buf labels_text;
    char *label_bytes;   /* owns what labels points to */
    const char **labels; /* n_cells of them, or NULL */
    size_t n_cells;      /* elements of a total: 1 for Count and Sum */
};

/* How a loader reads a file: hub_file_read, or a test's own. */
typedef hub_status (*hub_task_read)(struct hub_buf *out, const char *path, struct hub_why *why);

/* Makes a task from its texts. labels is empty where the statement has none. HUB_E_CONFIG names the
 * line of the statement. */
HUB_MUST_USE hub_status hub_task_new(struct hub_task **out, hub_span statement, hub_span labels,
                                     const char *time_zone, struct hub_why *why);
/* Reads PATH (NAME.task.ini), NAME.statement and NAME.labels beside it. One wrong character in any
 * of them is HUB_E_CONFIG with file and line. HUB_E_NOT_FOUND, HUB_E_IO as read says. */
HUB_MUST_USE hub_status hub_task_load(struct hub_task **out, const char *path, hub_task_read read,
                                      struct hub_why *why);
/* The text of NAME.task.ini, appended. */
HUB_MUST_USE hub_status hub_task_write(struct hub_buf *out, const struct hub_task *task);
void hub_task_free(struct hub_task *task);
/* For HUB_CLEANUP. */
void hub_task_free_at(struct hub_task **task);

/* A task of the interop tests: no statement, no noise, any of the two batch modes. Refused by every
 * installed program, which load tasks from files only. */
struct hub_task_plain {
    struct hub_task_id id;
    hub_span task_info; /* 1 to 255 bytes */
    const char *leader_url;
    const char *helper_url;
    struct hub_vdaf_configuration vdaf;
    uint64_t time_precision;
    uint64_t min_batch;
    enum hub_batch_mode batch_mode;
    bool has_interval;
    uint64_t first_s; /* multiples of time_precision */
    uint64_t end_s;
};
HUB_MUST_USE hub_status hub_task_new_plain(struct hub_task **out,
                                           const struct hub_task_plain *plain, struct hub_why *why);

static inline bool hub_task_is_leader_selected(const struct hub_task *task)
{
    return task->batch_mode == HUB_BATCH_LEADER_SELECTED;
}

/* --- windows and queries (DAP-18, "Time Interval") --- */

/* The number of the window in which now_s falls, as reports carry it in Time. */
static inline uint64_t hub_task_window(const struct hub_task *task, uint64_t now_s)
{
    return now_s / task->window_s;
}

/* What becomes of a report with this Time that arrives at now_s: HUB_REPORT_OK,
 * HUB_REPORT_TOO_EARLY (beyond the clock skew), HUB_REPORT_DROPPED outside the task's interval (as
 * the draft wants it at upload) or when its window's grace has passed. Grace is judged at receipt
 * and nowhere later. */
enum hub_report_error hub_task_check_receipt(const struct hub_task *task, uint64_t time,
                                             uint64_t now_s);
/* Without grace and clock: HUB_REPORT_TASK_NOT_STARTED, HUB_REPORT_TASK_EXPIRED outside the task's
 * interval. For the aggregation step, which may be repeated and must not judge by lateness. */
enum hub_report_error hub_task_check_interval(const struct hub_task *task, uint64_t time);

enum hub_task_query {
    HUB_QUERY_OK,
    HUB_QUERY_EMPTY,    /* no window, or start + duration overflows */
    HUB_QUERY_TOO_LONG, /* more than HUB_TASK_QUERY_WINDOWS_MAX windows */
    HUB_QUERY_OUTSIDE,  /* not within the task's interval */
    HUB_QUERY_NOT_ENDED /* its last window is still open */
};

/* The rules for a time-interval query, in units of windows, at now_s. All but HUB_QUERY_OK are
 * batchInvalid on the wire. */
enum hub_task_query hub_task_check_query(const struct hub_task *task, uint64_t start,
                                         uint64_t duration, uint64_t now_s);
/* A sentence for the problem document's detail. */
const char *hub_task_query_text(enum hub_task_query query);

/* When the window with this number has passed its grace and, where the statement names a release
 * hour, that hour too: from then on it may be collected. POSIX seconds. */
uint64_t hub_task_release_s(const struct hub_task *task, uint64_t window);

#endif
