/* Sharding with the measurement and the randomness marked undefined: under valgrind, a branch or an
 * address that depends on them is an error. Built with -Dct=true, which makes hub_declassify mark
 * bytes as defined again. What it is used for, and why that tells nothing:
 * - whether the measurement is in range: the status says it, and a device checks it before;
 * - whether a vector from a stream holds a word that is no element (xof/turboshake.c): the words
 *   that are skipped are independent of those that are kept, and come once in 2^32 or 2^59.
 * On plain C, and on the best tier that valgrind can run, which knows AVX2 and nothing beyond.
 * With the argument "leak" it branches on the measurement itself: the control that valgrind sees.
 */
#include "base/cpu.h"
#include "vdaf/agg_share.h"
#include "vdaf/vdaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/memcheck.h>

enum { VECTOR_MAX = 300, N_SHARES_MAX = 3 };

static const struct hub_vdaf_params all_params[] = {
    {.kind = HUB_VDAF_PRIO3_COUNT},
    {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1000},
    {.kind = HUB_VDAF_PRIO3_HIGHER_DEGREE},
    {.kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF,
     .max_measurement = 6,
     .length = 5,
     .chunk_length = 4,
     .n_proofs = 2},
    {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 6, .length = 5, .chunk_length = 4},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 37, .chunk_length = 6},
    {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 11, .chunk_length = 3, .max_weight = 5},
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 37, .chunk_length = 6, .n_shares = 3},
    /* calls enough for a proof wire by wire */
    {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 300, .chunk_length = 1},
};

static void *allocate(size_t n)
{
    void *p = calloc(n + 1, 1);

    if (p == NULL)
        abort();
    return p;
}

static bool shard_secretly(const struct hub_vdaf_params *params, unsigned cpu, bool leak)
{
    struct hub_vdaf *v = NULL;
    uint64_t vector[VECTOR_MAX] = {1, 0, 1};
    struct hub_measurement m = {.number = 1, .vector = vector, .n = params->length};
    uint8_t nonce[HUB_VDAF_NONCE_LEN] = {3};
    uint8_t rand[192] = {5, 6, 7};

    if (hub_vdaf_new_on(&v, params, cpu) != HUB_OK)
        abort();
    void *workspace = allocate(hub_vdaf_workspace_len(v, 1));
    uint8_t *public_share = allocate(hub_vdaf_public_share_len(v));
    uint8_t *shares[N_SHARES_MAX];

    for (unsigned j = 0; j < hub_vdaf_n_shares(v); j++)
        shares[j] = allocate(hub_vdaf_input_share_len(v, j));
    VALGRIND_MAKE_MEM_UNDEFINED(&m.number, sizeof(m.number));
    VALGRIND_MAKE_MEM_UNDEFINED(vector, sizeof(vector));
    VALGRIND_MAKE_MEM_UNDEFINED(rand, sizeof(rand));
    if (leak && m.number == 1)
        (void)puts("the measurement is one");
    hub_status status =
        hub_vdaf_shard_into(v, workspace, public_share, shares, &m, HUB_SPAN_ARRAY(nonce),
                            hub_span_of(rand, hub_vdaf_rand_len(v)), HUB_SPAN_EMPTY);

    free(workspace);
    free(public_share);
    for (unsigned j = 0; j < hub_vdaf_n_shares(v); j++)
        free(shares[j]);
    hub_vdaf_free(v);
    return status == HUB_OK;
}

/* Noise goes into an accumulator without a branch on it. */
static void add_noise_secretly(const struct hub_vdaf_params *params)
{
    struct hub_vdaf *v = NULL;
    int64_t noise[VECTOR_MAX] = {-3, 2};

    if (hub_vdaf_new(&v, params) != HUB_OK)
        abort();
    uint8_t *acc = allocate(hub_vdaf_agg_share_len(v));
    hub_vdaf_agg_share_init(v, acc);
    VALGRIND_MAKE_MEM_UNDEFINED(noise, sizeof(noise));
    hub_vdaf_agg_share_add_signed(v, acc, noise, hub_vdaf_output_len(v));
    free(acc);
    hub_vdaf_free(v);
}

int main(int argc, char **argv)
{
    bool leak = argc > 1 && strcmp(argv[1], "leak") == 0;

    for (size_t i = 0; i < sizeof(all_params) / sizeof(all_params[0]); i++) {
        if (!shard_secretly(&all_params[i], 0, leak) ||
            !shard_secretly(&all_params[i], hub_cpu_flags(), leak))
            return 2;
        add_noise_secretly(&all_params[i]);
    }
    return 0;
}
