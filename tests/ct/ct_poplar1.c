/* Poplar1 with secrets marked undefined: under valgrind, a branch or an address that depends on
 * them is an error. Sharding: measurement and randomness. Verification: the input share and the key
 * of both aggregators. What is declassified, and why that tells nothing:
 * - whether a bit behind the measurement's last one is set, and whether an input share holds only
 *   elements: the status and the verdict say it;
 * - whether a stream holds what is no element: what is skipped is independent of what is kept.
 * Bits of candidate prefixes are public. With the argument "leak" it branches on the measurement:
 * the control that valgrind sees. */
#include "base/cpu.h"
#include "vdaf/poplar1.h"

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/memcheck.h>

enum { BITS = 19, BYTES = 3 };

static void *allocate(size_t n)
{
    void *p = calloc(n + 1, 1);

    if (p == NULL)
        abort();
    return p;
}

static void run(unsigned level, unsigned cpu, bool leak)
{
    static const uint8_t leaves[] = {0x00, 0x00, 0x20, 0x00, 0x00, 0x40, 0x31, 0x40, 0x40};
    uint8_t prefixes[sizeof(leaves)];
    const size_t bytes = ((size_t)level + 8) / 8;
    struct hub_agg_param param = {level, 0, bytes, prefixes};
    struct hub_idpf_plan *plan = NULL;
    struct hub_poplar1 *p = NULL;
    uint8_t measurement[BYTES] = {0x31, 0x40, 0x40};
    uint8_t nonce[HUB_VDAF_NONCE_LEN] = {3};
    uint8_t rand[HUB_POPLAR1_RAND_LEN] = {5, 6, 7};
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN] = {8};
    uint8_t verdict[1] = {HUB_VDAF_ACCEPTED};
    uint8_t *public_share = allocate(hub_poplar1_public_share_len(BITS));
    uint8_t *const shares[] = {allocate(hub_poplar1_input_share_len(BITS)),
                               allocate(hub_poplar1_input_share_len(BITS))};

    for (size_t i = level == BITS - 1 ? 0 : 1; i < sizeof(leaves) / BYTES; i++) {
        memcpy(prefixes + param.n_prefixes * bytes, leaves + BYTES * i, bytes);
        param.n_prefixes++;
    }
    if (hub_idpf_plan_new(&plan, BITS, &param) != HUB_OK ||
        hub_poplar1_new(&p, BITS, plan, cpu) != HUB_OK)
        abort();
    VALGRIND_MAKE_MEM_UNDEFINED(measurement, sizeof(measurement));
    VALGRIND_MAKE_MEM_UNDEFINED(rand, sizeof(rand));
    VALGRIND_MAKE_MEM_UNDEFINED(verify_key, sizeof(verify_key));
    if (leak && measurement[0] == 1)
        (void)puts("the measurement begins with one");
    if (hub_poplar1_shard(p, public_share, shares, HUB_SPAN_ARRAY(measurement),
                          HUB_SPAN_ARRAY(nonce), HUB_SPAN_ARRAY(rand), HUB_SPAN_EMPTY) != HUB_OK)
        abort();

    /* the public share is seen by both, and is public once it is made */
    VALGRIND_MAKE_MEM_DEFINED(public_share, hub_poplar1_public_share_len(BITS));
    uint8_t *verifier_share = allocate(hub_poplar1_verifier_share_len(plan, 0));
    uint8_t *state = allocate(hub_poplar1_verify_state_len(plan));
    for (unsigned j = 0; j < 2; j++) {
        const struct hub_verify_in in = {
            nonce, hub_span_of(public_share, hub_poplar1_public_share_len(BITS)),
            hub_span_of(shares[j], hub_poplar1_input_share_len(BITS))};

        if (hub_poplar1_verify_init(p, 1, j, HUB_SPAN_ARRAY(verify_key), HUB_SPAN_EMPTY, &in,
                                    verdict, verifier_share, state) != HUB_OK ||
            verdict[0] != HUB_VDAF_ACCEPTED)
            abort();
    }
    free(state);
    free(verifier_share);
    free(public_share);
    free(shares[0]);
    free(shares[1]);
    hub_poplar1_free(p);
    hub_idpf_plan_free(plan);
}

/* The tier over libcrypto is not run: which of its own ways it takes is not ours to see here. */
int main(int argc, char **argv)
{
    const bool leak = argc > 1 && strcmp(argv[1], "leak") == 0;
    const unsigned cpu = hub_cpu_flags();

    if ((cpu & HUB_CPU_AES) == 0)
        return leak ? 1 : 0;
    run(BITS - 1, cpu, leak);
    run(11, cpu, leak);
    return 0;
}
