/* The installed API: open, join, put, commit. Every refusal here depends on the task, the clock and
 * the storage only, never on what was measured. */
#include "hubbub/device.h"

#include "base/text.h"
#include "device/clamp_internal.h"
#include "device/state_internal.h"
#include "task/secret.h"

#include <stdio.h>
#include <stdlib.h>

static void joined_clear(struct hub_device_joined *j)
{
    hub_device_slots_clear(j);
    hub_task_free(j->task);
    hub_vdaf_free(j->vdaf);
    hub_hpke_sender_free(j->senders[0]);
    hub_hpke_sender_free(j->senders[1]);
    if (j->token != NULL)
        hub_wipe(j->token, strlen(j->token));
    free(j->token);
}

void hub_device_close(struct hub_device *device)
{
    if (device == NULL)
        return;
    for (unsigned t = 0; t < device->n_joined; t++)
        joined_clear(&device->joined[t]);
    hub_wipe(device, sizeof(*device));
    free(device);
}

static void close_at(struct hub_device **device)
{
    hub_device_close(*device);
}

/* Nothing, or nothing reliable, is known of what was sent before now_s. */
static hub_status begin_silence(struct hub_device *d, uint64_t now_s)
{
    d->fresh_s = now_s;
    d->latest_s = now_s;
    return hub_device_journal_rewrite(d);
}

hub_status hub_device_open(struct hub_device **out, const struct hub_device_storage *storage,
                           const struct hub_device_random *random, uint64_t now_s)
{
    HUB_CLEANUP(close_at) struct hub_device *d = calloc(1, sizeof(*d));
    bool is_new;

    if (d == NULL)
        return HUB_E_MEMORY;
    d->storage = *storage;
    d->rng = (struct hub_rng){random->fill, random->self};
    HUB_TRY(hub_device_journal_load(d, &is_new));
    if (is_new || d->is_damaged)
        HUB_TRY(begin_silence(d, now_s));
    else if (hub_device_see_time(d, now_s))
        HUB_TRY(hub_device_journal_rewrite(d));
    *out = d;
    d = NULL;
    return HUB_OK;
}

static hub_status say(char *why, size_t why_size, hub_status status, const char *text)
{
    if (why_size != 0)
        (void)snprintf(why, why_size, "%s", text);
    return status;
}

/* The place of a task that was joined in an earlier run, or a new one. */
static hub_status find_place(struct hub_device *d, unsigned *at, const struct hub_task *t)
{
    const struct hub_statement *const s = &t->statement;

    for (*at = 0; *at < d->n_joined; (*at)++) {
        if (memcmp(&d->joined[*at].id, &t->id, sizeof(t->id)) == 0)
            return HUB_OK;
    }
    if (d->n_joined == HUB_DEVICE_TASKS_MAX)
        return HUB_E_SPACE;
    if (!hub_device_cap_holds(d, s->rho_day, s->first_day, s->last_day))
        return HUB_E_REFUSED;
    d->joined[d->n_joined] = (struct hub_device_joined){
        .id = t->id, .rho_day = s->rho_day, .first_day = s->first_day, .last_day = s->last_day};
    d->n_joined++;
    const hub_status status = hub_device_journal_rewrite(d);
    if (status != HUB_OK)
        d->n_joined--;
    return status;
}

hub_status hub_device_join(struct hub_device *device, unsigned *task, hub_span statement,
                           hub_span labels, uint64_t now_s, char *why, size_t why_size)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = NULL;
    struct hub_why reason = {{0}};
    unsigned at;
    const hub_status made = hub_task_new(&t, statement, labels, "UTC", &reason);

    if (made != HUB_OK)
        return say(why, why_size, made, reason.text);
    const hub_status placed = find_place(device, &at, t);
    if (placed == HUB_E_REFUSED)
        return say(why, why_size, placed,
                   "with this task the device would spend more than its own cap of a day (1/512)");
    if (placed == HUB_E_SPACE)
        return say(why, why_size, placed, "the device has joined as many tasks as it can");
    HUB_TRY(placed);
    struct hub_device_joined *const j = &device->joined[at];
    if (j->task == NULL) {
        HUB_TRY(hub_device_vdaf_new(&j->vdaf, t));
        j->task = t;
        t = NULL;
        hub_device_slots_prune(j, now_s);
    }
    *task = at;
    return HUB_OK;
}

static struct hub_device_joined *joined_of(struct hub_device *d, unsigned task)
{
    return task < d->n_joined && d->joined[task].task != NULL ? &d->joined[task] : NULL;
}

hub_status hub_device_set_token(struct hub_device *device, unsigned task, const char *token)
{
    struct hub_device_joined *const j = joined_of(device, task);

    if (j == NULL || token == NULL)
        return HUB_E_ARGUMENT;
    char *const copy = strdup(token);
    if (copy == NULL)
        return HUB_E_MEMORY;
    if (j->token != NULL)
        hub_wipe(j->token, strlen(j->token));
    free(j->token);
    j->token = copy;
    return HUB_OK;
}

uint64_t hub_device_silent_until(const struct hub_device *device, unsigned task)
{
    if (task >= device->n_joined || device->joined[task].task == NULL)
        return 0;
    const uint64_t end_s = hub_device_silence_end(device, &device->joined[task]);
    return end_s > device->latest_s ? end_s : 0;
}

/* Shards values, which are in range, into a new slot that waits for the commit. */
static hub_status make_slot(struct hub_device *d, struct hub_device_joined *j, uint64_t window,
                            const uint64_t *values, size_t n, uint64_t is_active)
{
    struct hub_device_slot *slot;
    const bool is_vector = j->task->vdaf.type == HUB_VDAF_PRIO3_SUMVEC ||
                           j->task->vdaf.type == HUB_VDAF_PRIO3_MULTIHOT;
    const struct hub_measurement m = {.number = is_vector ? 0 : values[0],
                                      .vector = is_vector ? values : NULL,
                                      .n = is_vector ? n : 0};

    HUB_TRY(hub_device_slot_add(j, &slot, window));
    const hub_status status =
        hub_device_report_shard(&slot->report, &j->id, j->vdaf, window, &m, &d->rng);
    if (status != HUB_OK) {
        hub_device_report_wipe(&slot->report);
        j->n_slots--;
        return status;
    }
    slot->is_active = is_active != 0;
    slot->is_pending = true;
    return HUB_OK;
}

/* values is changed. */
static hub_status put(struct hub_device *d, struct hub_device_joined *j, uint64_t window,
                      uint64_t *values, size_t n, struct hub_device_outcome *outcome)
{
    const struct hub_vdaf_params *const v = hub_vdaf_params_of(j->vdaf);
    const uint64_t n_active = hub_device_active_that_day(j, window);
    const uint64_t n_allowed =
        j->task->has_statement ? j->task->statement.active_windows : UINT64_MAX;
    uint64_t clamped;
    uint64_t active;

    hub_device_clamp(v, values, n, &clamped, &active);
    const uint64_t beyond = active & (hub_ct_less(n_active, n_allowed) ^ 1);
    hub_device_neutralise(v, values, n, beyond);
    HUB_TRY(make_slot(d, j, window, values, n, active & (beyond ^ 1)));
    *outcome = (struct hub_device_outcome){.clamped = clamped != 0, .is_beyond = beyond != 0};
    return HUB_OK;
}

static hub_status put_checked(struct hub_device *d, unsigned task, uint64_t time_s,
                              const uint64_t *values, size_t n, uint64_t now_s,
                              struct hub_device_outcome *outcome)
{
    struct hub_device_joined *const j = joined_of(d, task);

    if (j == NULL)
        return HUB_E_ARGUMENT;
    const size_t n_values = hub_device_n_values(hub_vdaf_params_of(j->vdaf));
    if (values != NULL && n != n_values)
        return HUB_E_ARGUMENT;
    if (hub_device_see_time(d, now_s))
        HUB_TRY(hub_device_journal_rewrite(d));
    hub_device_slots_prune(j, now_s);
    const uint64_t window = hub_task_window(j->task, time_s);
    HUB_TRY(hub_device_slot_check(d, j, window, now_s));

    uint64_t *const copy = calloc(n_values, sizeof(*copy));
    if (copy == NULL)
        return HUB_E_MEMORY;
    if (values != NULL)
        memcpy(copy, values, n_values * sizeof(*copy));
    else
        hub_device_neutralise(hub_vdaf_params_of(j->vdaf), copy, n_values, 1);
    const hub_status status = put(d, j, window, copy, n_values, outcome);
    hub_wipe(copy, n_values * sizeof(*copy));
    free(copy);
    return status;
}

hub_status hub_device_put(struct hub_device *device, unsigned task, uint64_t time_s,
                          const uint64_t *values, size_t n, uint64_t now_s,
                          struct hub_device_outcome *outcome)
{
    struct hub_device_outcome unused;

    if (values == NULL)
        return HUB_E_ARGUMENT;
    return put_checked(device, task, time_s, values, n, now_s, outcome == NULL ? &unused : outcome);
}

hub_status hub_device_put_neutral(struct hub_device *device, unsigned task, uint64_t time_s,
                                  uint64_t now_s)
{
    struct hub_device_outcome unused;

    return put_checked(device, task, time_s, NULL, 0, now_s, &unused);
}

hub_status hub_device_commit(struct hub_device *device)
{
    const hub_status status = hub_device_journal_append_slots(device);

    if (status == HUB_OK)
        return HUB_OK;
    for (unsigned t = 0; t < device->n_joined; t++) {
        struct hub_device_joined *const j = &device->joined[t];
        for (size_t i = 0; i < j->n_slots; i++) {
            if (j->slots[i].is_stored)
                continue;
            j->slots[i].is_pending = false; /* the window is used up all the same */
            hub_device_report_wipe(&j->slots[i].report);
        }
    }
    return status;
}

size_t hub_device_pending(const struct hub_device *device, unsigned task)
{
    size_t n = 0;

    if (task >= device->n_joined)
        return 0;
    for (size_t i = 0; i < device->joined[task].n_slots; i++)
        n += device->joined[task].slots[i].is_stored && device->joined[task].slots[i].is_pending;
    return n;
}
