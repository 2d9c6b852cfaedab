/* A VDAF from its parameters: the shape of circuit, proof and messages, and the tables that all
 * reports share. */
#include "vdaf/prio3_internal.h"

#include "vdaf/flp128_internal.h"
#include "vdaf/flp64_internal.h"
#include "vdaf/number_internal.h"

#include "base/cpu.h"

#include <assert.h>
#include <stdlib.h>

enum { SHARE_BYTES_MAX = 1 << 30 };

const char *hub_vdaf_verdict_name(uint8_t verdict)
{
    static const char *const names[HUB_VDAF_N_VERDICTS] = {
        [HUB_VDAF_ACCEPTED] = "accepted",
        [HUB_VDAF_BAD_PUBLIC_SHARE] = "bad_public_share",
        [HUB_VDAF_BAD_INPUT_SHARE] = "bad_input_share",
        [HUB_VDAF_BAD_TEST_POINT] = "bad_test_point",
        [HUB_VDAF_BAD_VERIFIER_SHARE] = "bad_verifier_share",
        [HUB_VDAF_BAD_PROOF] = "bad_proof",
        [HUB_VDAF_BAD_VERIFIER_MESSAGE] = "bad_verifier_message",
        [HUB_VDAF_BAD_JOINT_RAND] = "bad_joint_rand",
    };

    return verdict < HUB_VDAF_N_VERDICTS ? names[verdict] : "unknown";
}

static bool params_are_valid(const struct hub_vdaf_params *p)
{
    bool valid_shares = p->n_shares != 1 && p->n_shares <= UINT8_MAX;
    bool has_chunks = p->length != 0 && p->chunk_length != 0;
    bool no_vector = p->length == 0 && p->chunk_length == 0;
    bool has_max64 = p->max_measurement != 0 && p->max_measurement < UINT64_C(1) << 63;
    bool many_proofs = p->kind == HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF;

    if (!valid_shares || many_proofs != (p->n_proofs != 0) || p->n_proofs > UINT8_MAX)
        return false;
    switch (p->kind) {
    case HUB_VDAF_PRIO3_COUNT:
    case HUB_VDAF_PRIO3_HIGHER_DEGREE:
        return no_vector && p->max_measurement == 0 && p->max_weight == 0;
    case HUB_VDAF_PRIO3_SUM:
        return no_vector && has_max64 && p->max_weight == 0;
    case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
        return has_chunks && has_max64 && p->max_weight == 0;
    case HUB_VDAF_PRIO3_SUMVEC:
        return has_chunks && p->max_measurement != 0 && p->max_weight == 0;
    case HUB_VDAF_PRIO3_HISTOGRAM:
        return has_chunks && p->max_measurement == 0 && p->max_weight == 0;
    case HUB_VDAF_PRIO3_MULTIHOT:
        return has_chunks && p->max_measurement == 0 && p->max_weight != 0 &&
               p->max_weight <= p->length;
    }
    return false;
}

static void set_number(struct hub_vdaf *v, uint64_t max)
{
    v->bits = hub_number_bits(max);
    v->last_weight = hub_number_last_weight(max);
}

/* The circuit's own lengths. */
static void set_circuit(struct hub_vdaf *v)
{
    const struct hub_vdaf_params *p = &v->params;

    v->element_words = 2;
    switch (p->kind) {
    case HUB_VDAF_PRIO3_COUNT:
        v->circuit = &hub_circuit_count;
        v->element_words = 1;
        v->meas_len = 1;
        v->output_len = 1;
        break;
    case HUB_VDAF_PRIO3_SUM:
        v->circuit = &hub_circuit_sum;
        v->element_words = 1;
        set_number(v, p->max_measurement);
        v->meas_len = v->bits;
        v->output_len = 1;
        break;
    case HUB_VDAF_PRIO3_SUMVEC:
        v->circuit = &hub_circuit_sumvec;
        set_number(v, p->max_measurement);
        v->meas_len = (size_t)p->length * v->bits;
        v->output_len = p->length;
        break;
    case HUB_VDAF_PRIO3_HISTOGRAM:
        v->circuit = &hub_circuit_histogram;
        v->meas_len = p->length;
        v->output_len = p->length;
        break;
    case HUB_VDAF_PRIO3_MULTIHOT:
        v->circuit = &hub_circuit_multihot;
        set_number(v, p->max_weight);
        v->meas_len = (size_t)p->length + v->bits;
        v->output_len = p->length;
        break;
    case HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF:
        v->circuit = &hub_circuit_sumvec64;
        v->element_words = 1;
        set_number(v, p->max_measurement);
        v->meas_len = (size_t)p->length * v->bits;
        v->output_len = p->length;
        break;
    case HUB_VDAF_PRIO3_HIGHER_DEGREE:
        v->circuit = &hub_circuit_higher_degree;
        v->element_words = 1;
        v->meas_len = 1;
        v->output_len = 1;
        break;
    }
}

/* The gadget and the lengths that follow from it (VDAF draft-20, section "FLP Construction"). The
 * polynomial of a gadget of degree d has d (p - 1) + 1 values. There are 2p roots for them, enough
 * for degree 2, and for degree 3 with one call. Returns the logarithm of the wires' length: a seed
 * and all calls, rounded up to a power of two.
 */
static unsigned set_gadget(struct hub_vdaf *v)
{
    size_t outputs = v->circuit->linear_check != NULL ? 2 : 1;
    unsigned log_p = 0;

    if (v->params.chunk_length != 0) {
        v->arity = 2 * (size_t)v->params.chunk_length;
        v->calls = (v->meas_len + v->params.chunk_length - 1) / v->params.chunk_length;
        v->joint_rand_len = v->calls;
    } else {
        v->arity = v->params.kind == HUB_VDAF_PRIO3_COUNT ? 2 : 1;
        v->calls = v->meas_len;
        outputs = v->calls; /* Count has one */
    }
    while ((size_t)1 << log_p < 1 + v->calls)
        log_p++;
    v->degree = v->params.kind == HUB_VDAF_PRIO3_HIGHER_DEGREE ? 3 : 2;
    v->gadget_len = v->degree * (((size_t)1 << log_p) - 1) + 1;
    v->point_at = outputs > 1 ? outputs : 0;
    v->joint_rand_len *= v->n_proofs;
    v->prove_rand_len = v->n_proofs * v->arity;
    v->query_rand_len = v->n_proofs * (v->point_at + 1);
    v->proof_len = v->n_proofs * (v->arity + v->gadget_len);
    v->verifier_len = v->n_proofs * (1 + v->arity + 1);
    return log_p;
}

static hub_status make_tables64(struct hub_vdaf *v, unsigned log_p, unsigned cpu)
{
    size_t n = hub_domain64_table_len(log_p);
    hub_fe64 *weights;

    v->tables = malloc((n + v->bits) * sizeof(hub_fe64));
    if (v->tables == NULL)
        return HUB_E_MEMORY;
    hub_domain64_init(&v->domain64, v->tables, log_p);
    weights = v->tables + n;
    for (unsigned l = 0; l < v->bits; l++)
        weights[l] = l == v->bits - 1 ? v->last_weight : UINT64_C(1) << l;
    v->weights64 = weights;
    v->scratch_words = hub_flp64_scratch_words(v);
    hub_field64_kernels_init(&v->field64_one, 0);
    hub_field64_kernels_init(&v->field64, cpu);
    if (v->field64.lanes == v->keccak.lanes) {
        v->query_lanes = hub_flp64_query_lanes;
        v->truncate_lanes = v->bits != 0 ? hub_flp64_truncate_lanes : NULL;
        v->lanes_scratch_words = hub_flp64_lanes_scratch_words(v);
    }
    return HUB_OK;
}

static hub_status make_tables128(struct hub_vdaf *v, unsigned log_p, unsigned cpu)
{
    size_t n = hub_domain128_table_len(log_p);
    hub_factor128 *table;
    hub_fe128 *weights;

    _Static_assert(sizeof(hub_fe128) == 2 * sizeof(uint64_t), "an element is two words");
    hub_flp128_lanes_choose(v, log_p, cpu);
    size_t kernel = v->query_lanes != NULL ? hub_flp128_lanes_table_words(v, log_p) : 0;
    v->tables = malloc(((n + v->bits) * 2 + kernel) * sizeof(uint64_t));
    if (v->tables == NULL)
        return HUB_E_MEMORY;
    table = (hub_factor128 *)(void *)v->tables;
    hub_domain128_init(&v->domain128, table, log_p);
    weights = (hub_fe128 *)(void *)(table + n);
    for (unsigned l = 0; l < v->bits; l++)
        weights[l] = HUB_FE128_OF(l == v->bits - 1 ? v->last_weight : UINT64_C(1) << l);
    v->weights128 = weights;
#ifdef HUB_HAS_AVX
    if ((cpu & HUB_CPU_AVX512) != 0 && v->params.chunk_length <= HUB_FLP128_PAIRS_CHUNK_MAX)
        v->pair_rows = hub_flp128_pair_rows_avx512;
#endif
    v->scratch_words = hub_flp128_scratch_words(v);
    if (v->query_lanes != NULL)
        hub_flp128_lanes_init(v, (uint64_t *)(void *)(weights + v->bits));
    return HUB_OK;
}

hub_status hub_vdaf_new_on(struct hub_vdaf **out, const struct hub_vdaf_params *params,
                           unsigned cpu)
{
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;
    unsigned log_p;

    if (!params_are_valid(params))
        return HUB_E_ARGUMENT;
    v = calloc(1, sizeof(*v));
    if (v == NULL)
        return HUB_E_MEMORY;
    v->params = *params;
    hub_keccak_kernels_init(&v->keccak, cpu);
    hub_keccak_kernels_init(&v->keccak_one, 0);
    v->tier = v->keccak.tier;
    hub_keccak_kernels_init_few(&v->keccak_team, cpu);
    v->n_shares = params->n_shares == 0 ? HUB_VDAF_N_SHARES : params->n_shares;
    v->n_proofs = params->n_proofs == 0 ? 1 : params->n_proofs;
    v->share_of_one = hub_fe128_inv(HUB_FE128_OF(v->n_shares));
    v->share_of_one64 = hub_fe64_inv(v->n_shares);
    set_circuit(v);
    log_p = set_gadget(v);
    if (hub_vdaf_input_share_len(v, HUB_VDAF_LEADER) > SHARE_BYTES_MAX ||
        log_p > HUB_DOMAIN128_LOG_MAX)
        return HUB_E_ARGUMENT;
    HUB_TRY(v->element_words == 2 ? make_tables128(v, log_p, cpu) : make_tables64(v, log_p, cpu));
    *out = v;
    v = NULL;
    return HUB_OK;
}

hub_status hub_vdaf_new(struct hub_vdaf **out, const struct hub_vdaf_params *params)
{
    return hub_vdaf_new_on(out, params, hub_cpu_flags());
}

const char *hub_vdaf_tier(const struct hub_vdaf *v)
{
    return v->tier;
}

void hub_vdaf_free(struct hub_vdaf *v)
{
    if (v == NULL)
        return;
    free(v->tables);
    free(v);
}

void hub_vdaf_free_cleanup(struct hub_vdaf **v)
{
    hub_vdaf_free(*v);
    *v = NULL;
}

const struct hub_vdaf_params *hub_vdaf_params_of(const struct hub_vdaf *v)
{
    return &v->params;
}

/* Bytes of a seed that only VDAFs with joint randomness have. */
static size_t joint_seed_len(const struct hub_vdaf *v)
{
    return v->joint_rand_len != 0 ? HUB_PRIO3_SEED_LEN : 0;
}

size_t hub_vdaf_rand_len(const struct hub_vdaf *v)
{
    return v->n_shares * (HUB_PRIO3_SEED_LEN + joint_seed_len(v));
}

size_t hub_vdaf_public_share_len(const struct hub_vdaf *v)
{
    return v->n_shares * joint_seed_len(v);
}

size_t hub_vdaf_input_share_len(const struct hub_vdaf *v, unsigned agg_id)
{
    assert(agg_id < v->n_shares);
    if (agg_id != HUB_VDAF_LEADER)
        return HUB_PRIO3_SEED_LEN + joint_seed_len(v);
    return (v->meas_len + v->proof_len) * hub_vdaf_element_bytes(v) + joint_seed_len(v);
}

size_t hub_vdaf_verifier_share_len(const struct hub_vdaf *v)
{
    return v->verifier_len * hub_vdaf_element_bytes(v) + joint_seed_len(v);
}

size_t hub_vdaf_verifier_message_len(const struct hub_vdaf *v)
{
    return joint_seed_len(v);
}

size_t hub_vdaf_verify_state_len(const struct hub_vdaf *v)
{
    return hub_vdaf_out_share_len(v) + joint_seed_len(v);
}

size_t hub_vdaf_out_share_len(const struct hub_vdaf *v)
{
    return v->output_len * hub_vdaf_element_bytes(v);
}

size_t hub_vdaf_agg_share_len(const struct hub_vdaf *v)
{
    return hub_vdaf_out_share_len(v);
}

unsigned hub_vdaf_n_shares(const struct hub_vdaf *v)
{
    return v->n_shares;
}

size_t hub_vdaf_output_len(const struct hub_vdaf *v)
{
    return v->output_len;
}

unsigned hub_vdaf_field_bits(const struct hub_vdaf *v)
{
    return 64 * (unsigned)v->element_words;
}

/* Elements for sharding one report. */
static size_t shard_elements(const struct hub_vdaf *v)
{
    return 4 * v->meas_len + 2 * v->proof_len + v->joint_rand_len + v->prove_rand_len;
}

/* Words for verifying as many reports at once as there are lanes (lay_out in prio3_verify.c). */
static size_t verify_words(const struct hub_vdaf *v, size_t lanes)
{
    size_t row = v->meas_len + v->proof_len + v->joint_rand_len + v->query_rand_len;
    size_t one = v->verifier_len + v->output_len;

    if (v->query_lanes != NULL && lanes != 1)
        return (lanes * (row + one) + one) * v->element_words + v->lanes_scratch_words +
               8; /* to be aligned to 64 bytes */
    return ((lanes == 1 ? row : 2 * lanes * row) + 2 * one) * v->element_words + v->scratch_words;
}

size_t hub_vdaf_workspace_len(const struct hub_vdaf *v, size_t n)
{
    size_t shard = shard_elements(v) * v->element_words + v->scratch_words;
    size_t verify = verify_words(v, hub_prio3_kernels(v, n)->lanes);

    assert(n != 0);
    return 8 * (shard > verify ? shard : verify);
}
