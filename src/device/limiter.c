/* The device's own limits, which it keeps whoever asks: one report a window and task, so many
 * active windows a day, silence after anything that could have made it forget, and a cap on what
 * all its tasks spend together. Every check fails closed. */
#include "device/state_internal.h"

#include <stdlib.h>

enum { DAY_S = 86400 };

/* rho of a day that a device grants all its tasks together: 1/512 in units of 2^-40. */
#define DAY_CAP ((uint64_t)1 << 31)

struct hub_device_slot *hub_device_slot_find(struct hub_device_joined *j, uint64_t window)
{
    for (size_t i = j->n_slots; i > 0; i--) { /* the newest are asked for most */
        if (j->slots[i - 1].window == window)
            return &j->slots[i - 1];
    }
    return NULL;
}

hub_status hub_device_slot_add(struct hub_device_joined *j, struct hub_device_slot **out,
                               uint64_t window)
{
    if (j->n_slots == j->cap_slots) {
        const size_t cap = j->cap_slots == 0 ? 4 : j->cap_slots * 2;
        struct hub_device_slot *const more = calloc(cap, sizeof(*more));
        if (more == NULL)
            return HUB_E_MEMORY;
        if (j->n_slots != 0)
            memcpy(more, j->slots, j->n_slots * sizeof(*more));
        free(j->slots);
        j->slots = more;
        j->cap_slots = cap;
    }
    j->slots[j->n_slots] = (struct hub_device_slot){.window = window};
    *out = &j->slots[j->n_slots++];
    return HUB_OK;
}

/* A window whose day has nothing to come: no window of that day can still be reported. */
static uint64_t floor_at(const struct hub_task *t, uint64_t now_s)
{
    const uint64_t kept_s = t->window_s + t->grace_s;
    const uint64_t oldest_s = now_s > kept_s ? now_s - kept_s : 0;

    return (oldest_s - oldest_s % DAY_S) / t->window_s;
}

void hub_device_slots_prune(struct hub_device_joined *j, uint64_t now_s)
{
    const uint64_t floor = floor_at(j->task, now_s);
    size_t kept = 0;

    for (size_t i = 0; i < j->n_slots; i++) {
        struct hub_device_slot *const s = &j->slots[i];
        if (s->window < floor && !s->is_pending)
            continue;
        if (kept != i)
            j->slots[kept] = *s;
        kept++;
    }
    j->n_slots = kept;
    if (floor > j->floor)
        j->floor = floor;
}

void hub_device_slots_clear(struct hub_device_joined *j)
{
    for (size_t i = 0; i < j->n_slots; i++)
        hub_device_report_wipe(&j->slots[i].report);
    free(j->slots);
    j->slots = NULL;
    j->n_slots = 0;
    j->cap_slots = 0;
}

uint64_t hub_device_silence_end(const struct hub_device *d, const struct hub_device_joined *j)
{
    const uint64_t window_s = j->task->window_s;
    const bool by_day = j->task->has_statement && j->task->statement.unit == HUB_UNIT_DEVICE_DAY;
    const uint64_t step_s = by_day && window_s < DAY_S ? DAY_S : window_s;

    return d->fresh_s == 0 ? 0 : (d->fresh_s / step_s + 1) * step_s;
}

hub_status hub_device_slot_check(const struct hub_device *d, struct hub_device_joined *j,
                                 uint64_t window, uint64_t now_s)
{
    if (hub_task_check_receipt(j->task, window, now_s) != HUB_REPORT_OK)
        return HUB_E_REFUSED;
    if (window * j->task->window_s < hub_device_silence_end(d, j))
        return HUB_E_REFUSED;
    if (window < j->floor || hub_device_slot_find(j, window) != NULL)
        return HUB_E_CONFLICT;
    return HUB_OK;
}

uint64_t hub_device_active_that_day(const struct hub_device_joined *j, uint64_t window)
{
    const uint64_t day = window * j->task->window_s / DAY_S;
    uint64_t n = 0;

    for (size_t i = 0; i < j->n_slots; i++)
        n += (uint64_t)j->slots[i].is_active &
             (uint64_t)(j->slots[i].window * j->task->window_s / DAY_S == day);
    return n;
}

bool hub_device_see_time(struct hub_device *d, uint64_t now_s)
{
    if (now_s + HUB_DEVICE_CLOCK_SLACK_S < d->latest_s) {
        d->latest_s = now_s;
        d->fresh_s = now_s;
        return true;
    }
    if (now_s > d->latest_s)
        d->latest_s = now_s;
    return false;
}

bool hub_device_cap_holds(const struct hub_device *d, uint64_t rho_day, uint32_t first_day,
                          uint32_t last_day)
{
    /* The sum changes only where a task begins: those days decide. */
    for (unsigned k = 0; k <= d->n_joined; k++) {
        const uint32_t day = k == d->n_joined ? first_day : d->joined[k].first_day;
        uint64_t sum = rho_day;
        if (day < first_day || day > last_day)
            continue;
        for (unsigned i = 0; i < d->n_joined; i++) {
            const struct hub_device_joined *const j = &d->joined[i];
            if (day < j->first_day || day > j->last_day)
                continue;
            if (j->rho_day > DAY_CAP - (sum < DAY_CAP ? sum : DAY_CAP))
                return false;
            sum += j->rho_day;
        }
        if (sum > DAY_CAP)
            return false;
    }
    return true;
}
