/* SumVec: length numbers, each from 0 to max_measurement, as range-checked bits (VDAF draft-20,
 * section "Prio3SumVec"). */
#include "vdaf/flp128_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    hub_fe128 *out = hub_fe128_view(meas);

    HUB_TRY(hub_numbers_check(measurement, v->params.length, v->params.max_measurement));
    for (size_t i = 0; i < measurement->n; i++) {
        for (unsigned l = 0; l < v->bits; l++)
            *out++ =
                HUB_FE128_OF(hub_number_bit(measurement->vector[i], l, v->bits, v->last_weight));
    }
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    const hub_fe128 *in = hub_fe128_view_const(meas);
    hub_fe128 *out = hub_fe128_view(output);

    for (size_t i = 0; i < v->output_len; i++)
        out[i] = hub_field128_dot_c(in + i * v->bits, 1, v->weights128, v->bits);
}

const struct hub_circuit hub_circuit_sumvec = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = hub_flp128_prove,
    .query = hub_flp128_query,
    .decide = hub_flp128_decide,
};
