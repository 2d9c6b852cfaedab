/* Sum: a number from 0 to max_measurement as range-checked bits, each shown to be 0 or 1 by the
 * gadget x^2 - x (VDAF draft-20, section "Prio3Sum"). */
#include "vdaf/flp64_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    HUB_TRY(hub_number_check(measurement->number, v->params.max_measurement));
    for (unsigned l = 0; l < v->bits; l++)
        meas[l] = hub_number_bit(measurement->number, l, v->bits, v->last_weight);
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    output[0] = hub_field64_dot_c(meas, 1, v->weights64, v->bits);
}

static hub_fe64 gadget(hub_fe64 x)
{
    return hub_fe64_mul(x, hub_fe64_sub(x, 1));
}

static void prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                  const uint64_t *meas, const uint64_t *prove_rand, const uint64_t *joint_rand)
{
    (void)joint_rand;
    hub_flp64_prove_polynomial(v, scratch, proof, meas, prove_rand, gadget);
}

static bool decide(const struct hub_vdaf *v, const uint64_t *verifier)
{
    (void)v;
    return verifier[0] == 0 && gadget(verifier[1]) == verifier[2];
}

const struct hub_circuit hub_circuit_sum = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = prove,
    .query = hub_flp64_query,
    .decide = decide,
};
