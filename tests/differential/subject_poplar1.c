/* Poplar1 as a subject. */
#include "subject.h"

#include "base/cpu.h"
#include "vdaf/poplar1.h"
#include "vdaf/poplar1_ping_pong.h"

#include <assert.h>
#include <stdlib.h>

static const unsigned tier_flags[SUBJECT_TIERS_MAX] = {
    0,
    HUB_CPU_AES,
    HUB_CPU_AVX2,
    HUB_CPU_AVX2 | HUB_CPU_AES,
    HUB_CPU_AVX2 | HUB_CPU_AVX512 | HUB_CPU_AES,
    HUB_CPU_AVX2 | HUB_CPU_AVX512 | HUB_CPU_AVX512_IFMA | HUB_CPU_AES,
};

/* What can only fail with libcrypto. */
static void must(hub_status status)
{
    if (status == HUB_OK)
        return;
    fprintf(stderr, "Poplar1: %s\n", hub_status_text(status));
    exit(2);
}

/* Clears the bits behind the first bits ones of n bytes. */
static void clear_rest(uint8_t *packed, size_t n, size_t bits)
{
    for (size_t bit = bits; bit < 8 * n; bit++)
        packed[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

/* One of the prefixes with random bits behind it, or bits that are all random. */
static void measure(const struct subject *s, struct dice *d, struct row *measurement)
{
    const struct hub_agg_param *p = hub_idpf_plan_param(s->plan);
    size_t n = (s->bits + 7) / 8;

    row_resize(measurement, n);
    dice_fill(d, measurement->ptr, n);
    if (!dice_one_in(d, 3)) {
        const uint8_t *prefix = hub_agg_param_prefix(p, dice_below(d, p->n_prefixes));

        for (size_t bit = 0; bit <= p->level; bit++) {
            uint8_t mask = (uint8_t)(0x80U >> bit % 8);

            measurement->ptr[bit / 8] =
                (uint8_t)((measurement->ptr[bit / 8] & ~mask) | (prefix[bit / 8] & mask));
        }
    }
    clear_rest(measurement->ptr, n, s->bits);
}

static hub_status shard(const struct subject *s, unsigned tier, uint8_t *public_share,
                        uint8_t *const *input_shares, hub_span measurement, hub_span nonce,
                        hub_span rand, hub_span ctx)
{
    return hub_poplar1_shard(s->tiers[tier], public_share, input_shares, measurement, nonce, rand,
                             ctx);
}

static void verify_init(const struct subject *s, unsigned tier, size_t n, unsigned agg_id,
                        hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                        uint8_t *verdict, uint8_t *verifier_shares, uint8_t *states)
{
    must(hub_poplar1_verify_init(s->tiers[tier], n, agg_id, verify_key, ctx, in, verdict,
                                 verifier_shares, states));
}

static void to_message(const struct subject *s, unsigned tier, unsigned round, size_t n,
                       hub_span ctx, const hub_span *const *shares, uint8_t *verdict,
                       uint8_t *messages)
{
    (void)tier;
    (void)ctx;
    hub_poplar1_verifier_shares_to_message(s->plan, round, n, shares, verdict, messages);
}

static void next(const struct subject *s, unsigned tier, unsigned round, size_t n, unsigned agg_id,
                 const uint8_t *states, const hub_span *messages, uint8_t *verdict,
                 uint8_t *verifier_shares, hub_span *out_shares)
{
    (void)tier;
    if (round == 0)
        hub_poplar1_verify_continue(s->plan, n, agg_id, states, messages, verdict, verifier_shares);
    else
        hub_poplar1_verify_finish(s->plan, n, states, messages, verdict, out_shares);
}

static hub_status add(const struct subject *s, unsigned tier, uint8_t *acc, hub_span share)
{
    (void)tier;
    return hub_poplar1_agg_share_add(s->plan, acc, share);
}

static hub_status unshard(const struct subject *s, unsigned tier, uint64_t *totals, hub_span leader,
                          hub_span helper)
{
    (void)tier;
    return hub_poplar1_unshard(s->plan, totals, leader, helper);
}

static void turn(const struct subject *s, unsigned tier, unsigned step, size_t n,
                 hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                 const hub_span *inbound, uint8_t *verdict, uint8_t *states, uint8_t *outbound,
                 hub_span *out_shares)
{
    struct hub_poplar1 *p = s->tiers[tier];

    if (step == 0)
        must(hub_poplar1_leader_init(p, n, verify_key, ctx, in, verdict, states, outbound));
    else if (step == 1)
        must(
            hub_poplar1_helper_init(p, n, verify_key, ctx, in, inbound, verdict, states, outbound));
    else if (step == 2)
        hub_poplar1_leader_continued(s->plan, n, states, inbound, verdict, outbound, out_shares);
    else
        hub_poplar1_helper_continued(s->plan, n, states, inbound, verdict, out_shares);
}

static void clear(struct subject *s)
{
    for (unsigned t = 0; t < s->n_tiers; t++)
        hub_poplar1_free(s->tiers[t]);
    hub_idpf_plan_free(s->plan);
    row_clear(&s->agg_param);
}

static const struct subject_functions poplar1 = {
    measure, shard, verify_init, to_message, next, add, NULL, unshard, turn, clear,
};

/* Prefixes of level + 1 bits, in order and each once; some share long starts. */
static size_t draw_prefixes(struct dice *d, uint8_t *out, size_t n, unsigned level)
{
    size_t bits = (size_t)level + 1;
    size_t bytes = (bits + 7) / 8;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t *prefix = out + kept * bytes;
        size_t at = 0;

        dice_fill(d, prefix, bytes);
        if (kept != 0 && dice_one_in(d, 2)) { /* the one before with its last bits changed */
            const uint8_t *before = prefix - bytes;
            size_t common = dice_below(d, bits);

            for (size_t bit = 0; bit < common; bit++) {
                uint8_t mask = (uint8_t)(0x80U >> bit % 8);

                prefix[bit / 8] = (uint8_t)((prefix[bit / 8] & ~mask) | (before[bit / 8] & mask));
            }
        }
        clear_rest(prefix, bytes, bits);
        /* to its place; what is there already is not taken twice */
        while (at < kept && memcmp(out + at * bytes, prefix, bytes) < 0)
            at++;
        if (at < kept && memcmp(out + at * bytes, prefix, bytes) == 0)
            continue;
        uint8_t *moved = row_allocate(bytes);
        memcpy(moved, prefix, bytes);
        memmove(out + (at + 1) * bytes, out + at * bytes, (kept - at) * bytes);
        memcpy(out + at * bytes, moved, bytes);
        free(moved);
        kept++;
    }
    return kept;
}

static void draw_agg_param(struct subject *s, struct dice *d)
{
    unsigned level = dice_one_in(d, 3) ? s->bits - 1 : (unsigned)dice_below(d, s->bits);
    size_t bytes = ((size_t)level + 8) / 8;
    size_t n = 1 + dice_below(d, dice_one_in(d, 10) ? 100 : 12);
    uint8_t *prefixes = row_allocate((n + 1) * bytes);
    struct hub_buf encoded = HUB_BUF_INIT(1 << 20);
    struct hub_agg_param p = {.level = level, .prefix_bytes = bytes, .prefixes = prefixes};

    p.n_prefixes = (uint32_t)draw_prefixes(d, prefixes, n, level);
    must(hub_agg_param_encode(&encoded, &p));
    row_set(&s->agg_param, hub_buf_span(&encoded), dice_below(d, 8));
    hub_buf_clear(&encoded);
    free(prefixes);
}

static bool ask_for(struct peer *peer, const struct subject *s)
{
    peer_begin(peer, 'V');
    peer_write_number(peer, 6, 4); /* the draft's codepoint */
    peer_write_number(peer, HUB_VDAF_N_SHARES, 1);
    peer_write_number(peer, 1, 1);
    peer_write_number(peer, 0, 8);
    peer_write_number(peer, s->bits, 4);
    peer_write_number(peer, 0, 4);
    peer_write_number(peer, 0, 8);
    if (peer_ask(peer) != PEER_OK)
        return false;
    peer_begin(peer, 'P');
    peer_write_item(peer, row_span(&s->agg_param));
    return peer_ask(peer) == PEER_OK;
}

static void set_lengths(struct subject *s)
{
    s->n_shares = HUB_VDAF_N_SHARES;
    s->n_rounds = HUB_POPLAR1_N_ROUNDS;
    s->shards = true;
    s->rand_len = HUB_POPLAR1_RAND_LEN;
    s->public_share_len = hub_poplar1_public_share_len(s->bits);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        s->input_share_len[j] = hub_poplar1_input_share_len(s->bits);
        s->share_len[j] = hub_poplar1_verifier_share_len(s->plan, j);
        s->message_len[j] = hub_poplar1_verifier_message_len(s->plan, j);
    }
    s->state_len = hub_poplar1_verify_state_len(s->plan);
    s->out_share_len = hub_poplar1_out_share_len(s->plan);
    s->output_len = hub_idpf_plan_param(s->plan)->n_prefixes;
    s->element_len = s->out_share_len / s->output_len;
    s->n_turns = 4;
    s->pp_len[0] = hub_poplar1_initialize_len(s->plan);
    s->pp_len[1] = hub_poplar1_continue_len(s->plan);
    s->pp_len[2] = hub_poplar1_finish_len(s->plan);
}

bool subject_open_poplar1(struct subject *s, struct dice *d, struct peer *peer, bool *differ)
{
    struct hub_agg_param param;
    bool ours;

    *s = (struct subject){.f = &poplar1, .kind = SUBJECT_POPLAR1};
    s->bits = 1 + (unsigned)dice_below(d, dice_one_in(d, 10) ? 300 : 40);
    draw_agg_param(s, d);
    if (dice_one_in(d, 60)) /* bits behind a prefix, another order, another number of them */
        s->agg_param.ptr[dice_below(d, s->agg_param.len - 2) + 2] ^=
            (uint8_t)(1U << dice_below(d, 8));
    bool theirs = ask_for(peer, s);
    ours = hub_agg_param_decode(&param, row_span(&s->agg_param)) == HUB_OK &&
           hub_idpf_plan_new(&s->plan, s->bits, &param) == HUB_OK;
    snprintf(s->name, sizeof(s->name), "Poplar1(%u bits, level %u, %u prefixes)", s->bits,
             ours ? param.level : 0, ours ? param.n_prefixes : 0);
    /* The crate takes no parameter without prefixes; here that is a question without an answer. */
    *differ |= ours != theirs && !(ours && param.n_prefixes == 0);
    if (!ours || !theirs)
        return false;
    for (size_t t = 0; t < SUBJECT_TIERS_MAX; t++) {
        struct hub_poplar1 *p = NULL;

        if ((tier_flags[t] & ~hub_cpu_flags()) != 0)
            continue;
        must(hub_poplar1_new(&p, s->bits, s->plan, tier_flags[t]));
        s->tier_names[s->n_tiers] = hub_poplar1_tier(p);
        s->tiers[s->n_tiers++] = p;
    }
    set_lengths(s);
    return true;
}

void subject_clear(struct subject *s)
{
    s->f->clear(s);
}
