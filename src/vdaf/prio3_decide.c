/* The rest of verification: verifier shares become a message or a rejection, and the message an
 * out share (VDAF draft-20, section "Prio3", verification). */
#include "vdaf/prio3_internal.h"

/* Compares in constant time: the seed of an honest report is not the peer's to guess. */
static bool seeds_are_equal(const uint8_t *a, const uint8_t *b)
{
    uint8_t differ = 0;

    for (size_t i = 0; i < HUB_PRIO3_SEED_LEN; i++)
        differ |= (uint8_t)(a[i] ^ b[i]);
    return differ == 0;
}

static void add_vec(const struct hub_vdaf *v, uint64_t *sum, const uint64_t *other)
{
    if (v->element_words == 2)
        hub_field128_add_vec_c((hub_fe128 *)(void *)sum, (const hub_fe128 *)(const void *)sum,
                               (const hub_fe128 *)(const void *)other, v->verifier_len);
    else
        hub_field64_add_vec_c(sum, sum, other, v->verifier_len);
}

/* verifier += the vector of share number j, if it decodes. */
static bool add_share(const struct hub_vdaf *v, uint64_t *verifier, uint64_t *room, unsigned j,
                      hub_span share)
{
    uint64_t *to = j == 0 ? verifier : room;

    if (share.len != hub_vdaf_verifier_share_len(v) ||
        !hub_prio3_decode(v, to, share.ptr, v->verifier_len))
        return false;
    if (j != 0)
        add_vec(v, verifier, room);
    return true;
}

static uint8_t decide_one(const struct hub_vdaf *v, uint64_t *workspace, size_t i,
                          const hub_span *const *shares)
{
    uint64_t *verifier = workspace;
    uint64_t *room = verifier + v->verifier_len * v->element_words;

    for (unsigned j = 0; j < v->n_shares; j++) {
        if (!add_share(v, verifier, room, j, shares[j][i]))
            return HUB_VDAF_BAD_VERIFIER_SHARE;
    }
    for (unsigned k = 0; k < v->n_proofs; k++) {
        if (!v->circuit->decide(v, verifier + hub_prio3_of_proof(v, v->verifier_len, k)))
            return HUB_VDAF_BAD_PROOF;
    }
    return HUB_VDAF_ACCEPTED;
}

/* The joint randomness seeds of n reports, at most one a lane, from the parts behind the vectors of
 * their shares. */
static void find_messages(const struct hub_vdaf *v, const struct hub_keccak_kernels *kernels,
                          uint8_t *messages, const struct hub_xof *beginning, const size_t *reports,
                          size_t n, const hub_span *const *shares)
{
    HUB_CLEANUP(hub_xof_lanes_wipe) struct hub_xof_lanes x;
    size_t vector_bytes = v->verifier_len * hub_vdaf_element_bytes(v);
    const uint8_t *parts[HUB_KECCAK_LANES_MAX];
    uint8_t *out[HUB_KECCAK_LANES_MAX];

    hub_xof_lanes_begin(&x, kernels, beginning);
    for (unsigned j = 0; j < v->n_shares; j++) {
        for (size_t l = 0; l < HUB_KECCAK_LANES_MAX; l++)
            parts[l] = shares[j][reports[l < n ? l : 0]].ptr + vector_bytes;
        hub_xof_lanes_absorb_each(&x, parts, HUB_PRIO3_SEED_LEN);
    }
    for (size_t l = 0; l < n; l++)
        out[l] = messages + reports[l] * hub_vdaf_verifier_message_len(v);
    hub_prio3_squeeze_seeds(&x, out, n);
}

void hub_vdaf_verifier_shares_to_message(const struct hub_vdaf *v, void *workspace, size_t n,
                                         hub_span ctx, const hub_span *const *shares,
                                         uint8_t *verdict, uint8_t *messages)
{
    const struct hub_keccak_kernels *kernels = hub_prio3_kernels(v, n);
    size_t reports[HUB_KECCAK_LANES_MAX]; /* that await their message */
    size_t waiting = 0;
    struct hub_xof beginning;

    hub_prio3_begin(v, &beginning, HUB_PRIO3_JOINT_RAND_SEED, ctx);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        verdict[i] = decide_one(v, workspace, i, shares);
        if (verdict[i] != HUB_VDAF_ACCEPTED || v->joint_rand_len == 0)
            continue;
        reports[waiting++] = i;
        if (waiting == kernels->lanes) {
            find_messages(v, kernels, messages, &beginning, reports, waiting, shares);
            waiting = 0;
        }
    }
    if (waiting != 0)
        find_messages(v, kernels, messages, &beginning, reports, waiting, shares);
}

void hub_vdaf_verify_next(const struct hub_vdaf *v, size_t n, const uint8_t *states,
                          const hub_span *messages, uint8_t *verdict, hub_span *out_shares)
{
    size_t state_len = hub_vdaf_verify_state_len(v);
    size_t out_len = hub_vdaf_out_share_len(v);
    size_t message_len = hub_vdaf_verifier_message_len(v);

    for (size_t i = 0; i < n; i++) {
        const uint8_t *state = states + i * state_len;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (messages[i].len != message_len)
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
        else if (message_len != 0 && !seeds_are_equal(messages[i].ptr, state + out_len))
            verdict[i] = HUB_VDAF_BAD_JOINT_RAND;
        else
            out_shares[i] = hub_span_of(state, out_len);
    }
}
