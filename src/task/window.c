/* Windows, reports and queries of a task in time-interval mode (DAP-18, "Time Interval"): which
 * report is in time, which query may be answered, when a window may be released. */
#include "task/task.h"

enum { DAY_S = 86400 };

static struct hub_time_interval interval_of(const struct hub_task *t)
{
    return (struct hub_time_interval){t->first_s / t->window_s,
                                      (t->end_s - t->first_s) / t->window_s};
}

enum hub_report_error hub_task_check_interval(const struct hub_task *task, uint64_t time)
{
    if (!task->has_interval)
        return HUB_REPORT_OK;
    if (time < task->first_s / task->window_s)
        return HUB_REPORT_TASK_NOT_STARTED;
    if (time >= task->end_s / task->window_s)
        return HUB_REPORT_TASK_EXPIRED;
    return HUB_REPORT_OK;
}

enum hub_report_error hub_task_check_receipt(const struct hub_task *task, uint64_t time,
                                             uint64_t now_s)
{
    if (hub_task_check_interval(task, time) != HUB_REPORT_OK)
        return HUB_REPORT_DROPPED;
    if (time > (now_s + HUB_TASK_CLOCK_SKEW_S) / task->window_s)
        return HUB_REPORT_TOO_EARLY;
    /* time is bounded by now from here on, so nothing overflows */
    if (task->has_statement && (time + 1) * task->window_s + task->grace_s <= now_s)
        return HUB_REPORT_DROPPED;
    return HUB_REPORT_OK;
}

enum hub_task_query hub_task_check_query(const struct hub_task *task, uint64_t start,
                                         uint64_t duration, uint64_t now_s)
{
    const struct hub_time_interval query = {start, duration};

    if (!hub_time_interval_is_valid(query))
        return HUB_QUERY_EMPTY;
    if (task->has_statement && duration > HUB_TASK_QUERY_WINDOWS_MAX)
        return HUB_QUERY_TOO_LONG;
    if (task->has_interval && !hub_time_interval_is_within(query, interval_of(task)))
        return HUB_QUERY_OUTSIDE;
    if (task->has_statement && start + duration > now_s / task->window_s)
        return HUB_QUERY_NOT_ENDED;
    return HUB_QUERY_OK;
}

const char *hub_task_query_text(enum hub_task_query query)
{
    switch (query) {
    case HUB_QUERY_OK:
        return "the interval can be collected";
    case HUB_QUERY_EMPTY:
        return "the interval is empty or ends beyond 64 bits";
    case HUB_QUERY_TOO_LONG:
        return "the interval has more than 366 windows";
    case HUB_QUERY_OUTSIDE:
        return "the interval is not within the task's";
    case HUB_QUERY_NOT_ENDED:
        return "the interval's last window has not ended";
    }
    return "no such query";
}

uint64_t hub_task_release_s(const struct hub_task *task, uint64_t window)
{
    const uint64_t ready_s = (window + 1) * task->window_s + task->grace_s;

    if (!task->has_statement || task->statement.release_minute < 0)
        return ready_s;
    const uint64_t hour_s = (uint64_t)task->statement.release_minute * 60;
    const uint64_t today_s = ready_s - ready_s % DAY_S + hour_s;
    return today_s >= ready_s ? today_s : today_s + DAY_S;
}
