/* HigherDegree: the draft's test circuit. The measurement is 0, 1 or 2, shown by one call of a
 * gadget of degree 3, x (x - 1) (x - 2). */
#include "vdaf/flp64_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    (void)v;
    HUB_TRY(hub_number_check(measurement->number, 2));
    meas[0] = measurement->number;
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    (void)v;
    output[0] = meas[0];
}

static hub_fe64 gadget(hub_fe64 x)
{
    return hub_fe64_mul(x, hub_fe64_mul(hub_fe64_sub(x, 1), hub_fe64_sub(x, 2)));
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

const struct hub_circuit hub_circuit_higher_degree = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = prove,
    .query = hub_flp64_query,
    .decide = decide,
};
