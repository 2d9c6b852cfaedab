/* Count: the measurement is 0 or 1, shown by one multiplication: m * m = m (VDAF draft-20, section
 * "Prio3Count"). */
#include "vdaf/flp64_internal.h"
#include "vdaf/number_internal.h"

static hub_status encode(const struct hub_vdaf *v, uint64_t *meas,
                         const struct hub_measurement *measurement)
{
    (void)v;
    HUB_TRY(hub_number_check(measurement->number, 1));
    meas[0] = measurement->number;
    return HUB_OK;
}

static void truncate_meas(const struct hub_vdaf *v, uint64_t *output, const uint64_t *meas)
{
    (void)v;
    output[0] = meas[0];
}

static void prove(const struct hub_vdaf *v, uint64_t *scratch, uint64_t *proof,
                  const uint64_t *meas, const uint64_t *prove_rand, const uint64_t *joint_rand)
{
    size_t p = v->domain64.p;
    const hub_fe64 *left = scratch;
    const hub_fe64 *right = scratch + 2 * p;

    (void)joint_rand;
    hub_flp64_wires(v, scratch, meas, prove_rand);
    proof[0] = prove_rand[0];
    proof[1] = prove_rand[1];
    for (size_t i = 0; i < v->gadget_len; i++) {
        size_t at = i / 2 + (i % 2) * p; /* even points, then odd ones */

        proof[2 + i] = hub_fe64_mul(left[at], right[at]);
    }
}

static bool decide(const struct hub_vdaf *v, const uint64_t *verifier)
{
    (void)v;
    return verifier[0] == 0 && hub_fe64_mul(verifier[1], verifier[2]) == verifier[3];
}

const struct hub_circuit hub_circuit_count = {
    .encode = encode,
    .truncate = truncate_meas,
    .prove = prove,
    .query = hub_flp64_query,
    .decide = decide,
};
