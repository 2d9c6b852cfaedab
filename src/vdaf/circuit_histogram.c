/* Histogram: one of length buckets, encoded as a one among zeros; the linear check is that the
 * elements add up to one (VDAF draft-20, section "Prio3Histogram"). */
#include "vdaf/flp128_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    hub_fe128 *out = hub_fe128_view(meas);

    HUB_TRY(hub_number_check(measurement->number, v->params.length - 1));
    for (size_t i = 0; i < v->meas_len; i++)
        out[i] = HUB_FE128_OF((uint64_t)(i == measurement->number));
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    memcpy(output, meas, v->meas_len * sizeof(hub_fe128));
}

static hub_fe128 linear_check(const struct hub_vdaf *v, const hub_fe128 *meas)
{
    return hub_fe128_sub(hub_field128_sum_c(meas, v->meas_len), v->share_of_one);
}

const struct hub_circuit hub_circuit_histogram = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = hub_flp128_prove,
    .query = hub_flp128_query,
    .decide = hub_flp128_decide,
    .linear_check = linear_check,
};
