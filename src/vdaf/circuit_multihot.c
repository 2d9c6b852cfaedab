/* MultihotCountVec: length bits, at most max_weight of them set. Behind the bits stands their
 * number, range-checked; the linear check is that it is their number (VDAF draft-20, section
 * "Prio3MultihotCountVec"). */
#include "base/declassify.h"
#include "vdaf/flp128_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    hub_fe128 *out = hub_fe128_view(meas);
    size_t length = v->params.length;
    uint64_t weight = 0;
    uint64_t out_of_range = 0;

    if (measurement->n != length)
        return HUB_E_MEASUREMENT;
    for (size_t i = 0; i < length; i++) {
        out_of_range |= (uint64_t)(measurement->vector[i] > 1);
        weight += measurement->vector[i] & 1;
        out[i] = HUB_FE128_OF(measurement->vector[i]);
    }
    out_of_range |= (uint64_t)(weight > v->params.max_weight);
    hub_declassify(&out_of_range, sizeof(out_of_range)); /* the status says it */
    if (out_of_range != 0)
        return HUB_E_MEASUREMENT;
    for (unsigned l = 0; l < v->bits; l++)
        out[length + l] = HUB_FE128_OF(hub_number_bit(weight, l, v->bits, v->last_weight));
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    memcpy(output, meas, v->output_len * sizeof(hub_fe128));
}

static hub_fe128 linear_check(const struct hub_vdaf *v, const hub_fe128 *meas)
{
    return hub_fe128_sub(hub_field128_sum_c(meas, v->params.length),
                         hub_field128_dot_c(meas + v->params.length, 1, v->weights128, v->bits));
}

const struct hub_circuit hub_circuit_multihot = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = hub_flp128_prove,
    .query = hub_flp128_query,
    .decide = hub_flp128_decide,
    .linear_check = linear_check,
};
