/* Prio3 as a subject. */
#include "subject.h"

#include "../kernels/tiers.h"
#include "vdaf/agg_share.h"
#include "vdaf/ping_pong.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

const char *subject_kind_name(enum subject_kind kind)
{
    static const char *const names[SUBJECT_N_KINDS] = {
        [SUBJECT_COUNT] = "Count",
        [SUBJECT_SUM] = "Sum",
        [SUBJECT_SUMVEC] = "SumVec",
        [SUBJECT_HISTOGRAM] = "Histogram",
        [SUBJECT_MULTIHOT] = "MultihotCountVec",
        [SUBJECT_MULTIPROOF] = "SumVecWithMultiproof",
        [SUBJECT_POPLAR1] = "Poplar1",
    };

    return names[kind];
}

static void write_numbers(struct row *out, const uint64_t *numbers, size_t n)
{
    row_resize(out, 8 * n);
    for (size_t i = 0; i < 8 * n; i++)
        out->ptr[i] = (uint8_t)(numbers[i / 8] >> 8 * (i % 8));
}

static uint64_t read_number(hub_span numbers, size_t i)
{
    uint64_t number = 0;

    for (size_t k = 0; k < 8; k++)
        number |= (uint64_t)numbers.ptr[8 * i + k] << 8 * k;
    return number;
}

/* 0 to max, the ends more often than by chance; now and then more. */
static uint64_t draw_number(struct dice *d, uint64_t max)
{
    if (dice_one_in(d, 400))
        return max + 1 + dice_number(d, 64);
    if (dice_one_in(d, 6))
        return dice_one_in(d, 2) ? max : 0;
    return max == UINT64_MAX ? dice_u64(d) : dice_below(d, max + 1);
}

static void measure(const struct subject *s, struct dice *d, struct row *measurement)
{
    const struct hub_vdaf_params *p = &s->params;
    size_t n = 1;
    uint64_t *numbers;

    if (s->kind == SUBJECT_SUMVEC || s->kind == SUBJECT_MULTIHOT || s->kind == SUBJECT_MULTIPROOF)
        n = p->length + (dice_one_in(d, 200) ? 1 : 0);
    numbers = calloc(n, sizeof(*numbers));
    assert(numbers != NULL);
    if (s->kind == SUBJECT_MULTIHOT) {
        for (uint64_t k = dice_below(d, p->max_weight + 1); k != 0; k--)
            numbers[dice_below(d, n)] = 1;
        if (dice_one_in(d, 100))
            numbers[dice_below(d, n)] = dice_below(d, 3);
        for (size_t i = 0; dice_one_in(d, 100) && i < n; i++)
            numbers[i] = 1;
    } else {
        uint64_t max = s->kind == SUBJECT_COUNT       ? 1
                       : s->kind == SUBJECT_HISTOGRAM ? p->length - 1
                                                      : p->max_measurement;
        for (size_t i = 0; i < n; i++)
            numbers[i] = draw_number(d, max);
    }
    write_numbers(measurement, numbers, n);
    free(numbers);
}

static hub_status shard(const struct subject *s, unsigned tier, uint8_t *public_share,
                        uint8_t *const *input_shares, hub_span measurement, hub_span nonce,
                        hub_span rand, hub_span ctx)
{
    struct hub_vdaf *v = s->tiers[tier];
    uint8_t *workspace = row_allocate(hub_vdaf_workspace_len(v, 1));
    struct hub_measurement m = {.n = measurement.len / 8};
    uint64_t *numbers = calloc(m.n, sizeof(*numbers));
    hub_status status;

    assert(numbers != NULL);
    for (size_t i = 0; i < m.n; i++)
        numbers[i] = read_number(measurement, i);
    m.number = numbers[0];
    m.vector = numbers;
    status = hub_vdaf_shard_into(v, workspace, public_share, input_shares, &m, nonce, rand, ctx);
    free(numbers);
    free(workspace);
    return status;
}

static void verify_init(const struct subject *s, unsigned tier, size_t n, unsigned agg_id,
                        hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                        uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states)
{
    struct hub_vdaf *v = s->tiers[tier];
    uint8_t *workspace = row_allocate(hub_vdaf_workspace_len(v, n));

    hub_vdaf_verify_init(v, workspace, n, agg_id, verify_key, ctx, in, verdict, verifier_shares,
                         states);
    free(workspace);
}

static void to_message(const struct subject *s, unsigned tier, unsigned round, size_t n,
                       hub_span ctx, const hub_span *const *shares, uint8_t *verdict,
                       uint8_t *messages)
{
    struct hub_vdaf *v = s->tiers[tier];
    uint8_t *workspace = row_allocate(hub_vdaf_workspace_len(v, n));

    (void)round;
    hub_vdaf_verifier_shares_to_message(v, workspace, n, ctx, shares, verdict, messages);
    free(workspace);
}

static void next(const struct subject *s, unsigned tier, unsigned round, size_t n, unsigned agg_id,
                 const uint8_t *states, const hub_span *messages, uint8_t *verdict,
                 uint8_t *verifier_shares, hub_span *out_shares)
{
    (void)round;
    (void)agg_id;
    (void)verifier_shares;
    hub_vdaf_verify_next(s->tiers[tier], n, states, messages, verdict, out_shares);
}

static hub_status add(const struct subject *s, unsigned tier, uint8_t *acc, hub_span share)
{
    return hub_vdaf_agg_share_add(s->tiers[tier], acc, share);
}

static void aggregate(const struct subject *s, unsigned tier, uint8_t *acc, size_t n,
                      const uint8_t *verdict, const hub_span *out_shares)
{
    hub_vdaf_aggregate(s->tiers[tier], acc, n, verdict, out_shares);
}

static hub_status unshard(const struct subject *s, unsigned tier, uint64_t *totals, hub_span leader,
                          hub_span helper)
{
    return hub_vdaf_unshard(s->tiers[tier], totals, s->output_len, leader, helper);
}

static void turn(const struct subject *s, unsigned tier, unsigned step, size_t n,
                 hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                 const hub_span *inbound, uint8_t *verdict, uint8_t *states, uint8_t *outbound,
                 hub_span *out_shares)
{
    struct hub_vdaf *v = s->tiers[tier];
    uint8_t *workspace = row_allocate(hub_ping_pong_workspace_len(v, n));

    if (step == 0)
        hub_ping_pong_leader_init(v, workspace, n, verify_key, ctx, in, verdict, states, outbound);
    else if (step == 1)
        hub_ping_pong_helper_init(v, workspace, n, verify_key, ctx, in, inbound, verdict, states,
                                  outbound, out_shares);
    else
        hub_ping_pong_leader_continued(v, n, states, inbound, verdict, out_shares);
    free(workspace);
}

static void clear(struct subject *s)
{
    for (unsigned t = 0; t < s->n_tiers; t++)
        hub_vdaf_free(s->tiers[t]);
}

static const struct subject_functions prio3 = {
    measure, shard, verify_init, to_message, next, add, aggregate, unshard, turn, clear,
};

static uint32_t draw_chunk(struct dice *d, uint64_t meas_len)
{
    return (uint32_t)(1 + dice_below(d, dice_one_in(d, 8) ? meas_len + 4 : 1 + meas_len / 2));
}

static unsigned bits_of(uint64_t max)
{
    unsigned bits = 0;

    for (; max != 0; max >>= 1)
        bits++;
    return bits;
}

static void draw_params(struct hub_vdaf_params *p, enum subject_kind kind, struct dice *d)
{
    bool large = dice_one_in(d, 40);

    switch (kind) {
    case SUBJECT_COUNT:
        p->kind = HUB_VDAF_PRIO3_COUNT;
        break;
    case SUBJECT_SUM:
        p->kind = HUB_VDAF_PRIO3_SUM;
        p->max_measurement = dice_number(d, 63);
        break;
    case SUBJECT_SUMVEC:
        p->kind = HUB_VDAF_PRIO3_SUMVEC;
        p->max_measurement = dice_number(d, 64);
        p->length = 1 + (uint32_t)dice_below(d, large ? 100 : 12);
        p->chunk_length = draw_chunk(d, (uint64_t)p->length * bits_of(p->max_measurement));
        break;
    case SUBJECT_HISTOGRAM:
        p->kind = HUB_VDAF_PRIO3_HISTOGRAM;
        p->length = 1 + (uint32_t)dice_below(d, large ? 1200 : 60);
        p->chunk_length = draw_chunk(d, p->length);
        break;
    case SUBJECT_MULTIHOT:
        p->kind = HUB_VDAF_PRIO3_MULTIHOT;
        p->length = 1 + (uint32_t)dice_below(d, large ? 300 : 40);
        p->max_weight = 1 + dice_below(d, p->length);
        p->chunk_length = draw_chunk(d, p->length + bits_of(p->max_weight));
        break;
    case SUBJECT_MULTIPROOF:
        p->kind = HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF;
        p->max_measurement = dice_number(d, 63);
        p->length = 1 + (uint32_t)dice_below(d, large ? 60 : 12);
        p->chunk_length = draw_chunk(d, (uint64_t)p->length * bits_of(p->max_measurement));
        p->n_proofs = 1 + (unsigned)dice_below(d, 5);
        break;
    case SUBJECT_POPLAR1:
    case SUBJECT_N_KINDS:
        break;
    }
    if (dice_one_in(d, 5))
        p->n_shares = 2 + (unsigned)dice_below(d, SUBJECT_SHARES_MAX - 1);
    else if (dice_one_in(d, 2))
        p->n_shares = 2;
}

/* One parameter becomes what may not be one. */
static void spoil_params(struct hub_vdaf_params *p, struct dice *d)
{
    switch (dice_below(d, 5)) {
    case 4:
        p->n_proofs = 0;
        break;
    case 0:
        if (p->max_measurement != 0)
            p->max_measurement = dice_one_in(d, 2) ? 0 : UINT64_C(1) << 63;
        break;
    case 1:
        if (p->length != 0)
            p->length = 0;
        break;
    case 2:
        if (p->chunk_length != 0)
            p->chunk_length = 0;
        break;
    default:
        if (p->max_weight != 0)
            p->max_weight = dice_one_in(d, 2) ? 0 : (uint64_t)p->length + 1;
        break;
    }
}

static bool ask_for(struct peer *peer, const struct hub_vdaf_params *p)
{
    peer_begin(peer, 'V');
    peer_write_number(peer, (uint32_t)p->kind, 4);
    peer_write_number(peer, p->n_shares == 0 ? HUB_VDAF_N_SHARES : p->n_shares, 1);
    peer_write_number(peer, p->kind == HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF ? p->n_proofs : 1, 1);
    peer_write_number(peer, p->max_measurement, 8);
    peer_write_number(peer, p->length, 4);
    peer_write_number(peer, p->chunk_length, 4);
    peer_write_number(peer, p->max_weight, 8);
    return peer_ask(peer) == PEER_OK;
}

/* The crate takes numbers of 64 bits in Field64, which hubbub/vdaf.h leaves out, and weights that
 * the draft forbids (0 < max_weight <= length). */
static bool we_are_stricter(const struct hub_vdaf_params *p)
{
    bool is_field64 = p->kind == HUB_VDAF_PRIO3_SUM || p->kind == HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF;

    return (is_field64 && p->max_measurement >> 63 != 0) ||
           (p->kind == HUB_VDAF_PRIO3_MULTIHOT && p->max_weight > p->length);
}

static void set_lengths(struct subject *s)
{
    const struct hub_vdaf *v = s->tiers[0];

    s->n_shares = hub_vdaf_n_shares(v);
    s->n_rounds = 1;
    s->shards = s->n_shares == HUB_VDAF_N_SHARES;
    s->rand_len = hub_vdaf_rand_len(v);
    s->public_share_len = hub_vdaf_public_share_len(v);
    for (unsigned j = 0; j < s->n_shares; j++)
        s->input_share_len[j] = hub_vdaf_input_share_len(v, j);
    s->share_len[0] = hub_vdaf_verifier_share_len(v);
    s->message_len[0] = hub_vdaf_verifier_message_len(v);
    s->state_len = hub_vdaf_verify_state_len(v);
    s->out_share_len = hub_vdaf_out_share_len(v);
    s->output_len = hub_vdaf_output_len(v);
    s->element_len = hub_vdaf_field_bits(v) / 8;
    s->n_turns = 3;
    s->pp_len[0] = hub_ping_pong_initialize_len(v);
    s->pp_len[1] = hub_ping_pong_finish_len(v);
}

bool subject_open_prio3(struct subject *s, enum subject_kind kind, struct dice *d,
                        struct peer *peer, bool *differ)
{
    *s = (struct subject){.f = &prio3, .kind = kind};
    draw_params(&s->params, kind, d);
    if (dice_one_in(d, 60))
        spoil_params(&s->params, d);
    snprintf(s->name, sizeof(s->name),
             "%s(max %" PRIu64 ", length %u, chunk %u, weight %" PRIu64 ", %u shares, %u proofs)",
             subject_kind_name(kind), s->params.max_measurement, s->params.length,
             s->params.chunk_length, s->params.max_weight, s->params.n_shares, s->params.n_proofs);
    bool theirs = ask_for(peer, &s->params);
    for (size_t t = 0; t < N_TIERS; t++) {
        struct hub_vdaf *v = NULL;

        if (!tier_runs_here(t))
            continue;
        bool ours = hub_vdaf_new_on(&v, &s->params, tier_flags[t]) == HUB_OK;
        *differ |= ours != theirs && !(theirs && we_are_stricter(&s->params));
        if (!ours)
            continue;
        s->tier_names[s->n_tiers] = hub_vdaf_tier(v);
        s->tiers[s->n_tiers++] = v;
    }
    if (s->n_tiers == 0 || *differ)
        return false;
    set_lengths(s);
    return true;
}
