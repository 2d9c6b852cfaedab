/* SumVec over Field64, which is too small for one proof to convince: several are made and checked,
 * each with randomness of its own (VDAF draft-20, section "Multiple Proofs"). */
#include "vdaf/flp64_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    HUB_TRY(hub_numbers_check(measurement, v->params.length, v->params.max_measurement));
    for (size_t i = 0; i < measurement->n; i++) {
        for (unsigned l = 0; l < v->bits; l++)
            *meas++ = hub_number_bit(measurement->vector[i], l, v->bits, v->last_weight);
    }
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    for (size_t i = 0; i < v->output_len; i++)
        output[i] = hub_field64_dot_c(meas + i * v->bits, 1, v->weights64, v->bits);
}

const struct hub_circuit hub_circuit_sumvec64 = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = hub_flp64_prove_chunks,
    .query = hub_flp64_query,
    .decide = hub_flp64_decide_chunks,
};
