/* Put together from the device's own parts, in the state after put and commit. */
#include "plain_device.h"

#include "device/state_internal.h"

#include <stdlib.h>

static hub_status forget(void *self, hub_span bytes)
{
    (void)self;
    (void)bytes;
    return HUB_OK;
}

static void close_at(struct hub_device **device)
{
    hub_device_close(*device);
}

hub_status test_plain_device_new(struct hub_device **out, struct hub_task **task, uint64_t window,
                                 const struct hub_measurement *m, const struct hub_rng *rng)
{
    HUB_CLEANUP(close_at) struct hub_device *d = calloc(1, sizeof(*d));
    struct hub_device_slot *slot;

    if (d == NULL)
        return HUB_E_MEMORY;
    d->storage = (struct hub_device_storage){.append = forget, .replace = forget};
    d->rng = *rng;
    d->n_joined = 1;
    struct hub_device_joined *const j = &d->joined[0];
    j->id = (*task)->id;
    HUB_TRY(hub_device_vdaf_new(&j->vdaf, *task));
    HUB_TRY(hub_device_slot_add(j, &slot, window));
    HUB_TRY(hub_device_report_shard(&slot->report, &j->id, j->vdaf, window, m, rng));
    slot->is_stored = true;
    slot->is_pending = true;
    j->task = *task;
    *task = NULL;
    *out = d;
    d = NULL;
    return HUB_OK;
}
