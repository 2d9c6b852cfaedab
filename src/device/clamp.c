/* Clamping and the neutral measurement, in constant time. A value out of range is set to the
 * nearest in range: a device that refused would tell by its silence what it had measured. */
#include "device/clamp_internal.h"

size_t hub_device_n_values(const struct hub_vdaf_params *v)
{
    return v->kind == HUB_VDAF_PRIO3_SUMVEC || v->kind == HUB_VDAF_PRIO3_MULTIHOT ? v->length : 1;
}

/* Largest value of one element. */
static uint64_t largest(const struct hub_vdaf_params *v)
{
    switch (v->kind) {
    case HUB_VDAF_PRIO3_SUM:
    case HUB_VDAF_PRIO3_SUMVEC:
        return v->max_measurement;
    case HUB_VDAF_PRIO3_HISTOGRAM:
        return v->length - 1;
    case HUB_VDAF_PRIO3_COUNT:
    case HUB_VDAF_PRIO3_MULTIHOT:
        return 1;
    case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
    case HUB_VDAF_PRIO3_HIGHER_DEGREE:
        break; /* in no task */
    }
    return 0;
}

/* 0, the last bucket ("none of these"), all false. */
static uint64_t neutral(const struct hub_vdaf_params *v)
{
    return v->kind == HUB_VDAF_PRIO3_HISTOGRAM ? v->length - 1 : 0;
}

void hub_device_clamp(const struct hub_vdaf_params *v, uint64_t *values, size_t n,
                      uint64_t *clamped, uint64_t *active)
{
    const uint64_t max = largest(v);
    const uint64_t weight_max =
        v->kind == HUB_VDAF_PRIO3_MULTIHOT ? v->max_weight : UINT64_MAX; /* public */
    uint64_t changed = 0;
    uint64_t differs = 0;
    uint64_t weight = 0;

    for (size_t i = 0; i < n; i++) {
        const uint64_t given = values[i];
        uint64_t value = hub_ct_select(hub_ct_less(max, given), max, given);
        if (weight_max != UINT64_MAX) {
            value &= hub_ct_less(weight, weight_max);
            weight += value;
        }
        values[i] = value;
        changed |= value ^ given;
        differs |= value ^ neutral(v);
    }
    *clamped = hub_ct_is_nonzero(changed);
    *active = hub_ct_is_nonzero(differs);
}

void hub_device_neutralise(const struct hub_vdaf_params *v, uint64_t *values, size_t n,
                           uint64_t choice)
{
    for (size_t i = 0; i < n; i++)
        values[i] = hub_ct_select(choice, neutral(v), values[i]);
}
