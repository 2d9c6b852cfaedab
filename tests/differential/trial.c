/* Cases: parameters, reports and their corruption; comparing and counting. */
#include "trial_internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHOWN_MAX = 64 };

void answers_clear(struct answers *a)
{
    for (size_t i = 0; i < TRIAL_REPORTS_MAX; i++)
        row_clear(&a->rows[i]);
}

static void print_hex(const char *label, hub_span bytes)
{
    fprintf(stderr, "  %s %zu bytes ", label, bytes.len);
    for (size_t i = 0; i < bytes.len && i < SHOWN_MAX; i++)
        fprintf(stderr, "%02x", bytes.ptr[i]);
    fprintf(stderr, "%s\n", bytes.len > SHOWN_MAX ? "..." : "");
}

static const char *tier_name(const struct trial *t, unsigned tier)
{
    return tier < SUBJECT_TIERS_MAX && tier < t->s.n_tiers ? t->s.tier_names[tier] : "-";
}

void trial_differ(struct trial *t, const struct place *at, const char *what)
{
    t->tally->differences++;
    fprintf(stderr,
            "difference: case %" PRIu64 ", %s, %zu reports, %s, aggregator %u, report %zu, tier "
            "%s: %s\n",
            t->seed, t->s.name, t->n, at->step, at->agg_id, at->report, tier_name(t, at->tier),
            what);
}

void trial_same_verdict(struct trial *t, const struct place *at, uint8_t theirs, uint8_t ours)
{
    char text[80];

    t->tally->comparisons++;
    if (theirs == ours || theirs == PEER_REPORT_PANICKED)
        return;
    snprintf(text, sizeof(text), "prio says %s (%u), we say %s (%u)", hub_vdaf_verdict_name(theirs),
             theirs, hub_vdaf_verdict_name(ours), ours);
    trial_differ(t, at, text);
}

void trial_same_bytes(struct trial *t, const struct place *at, hub_span theirs, hub_span ours)
{
    t->tally->comparisons++;
    if (hub_span_equal_var(theirs, ours))
        return;
    trial_differ(t, at, "other bytes");
    print_hex("prio", theirs);
    print_hex("ours", ours);
}

void trial_untouched(struct trial *t, const struct place *at, hub_span row)
{
    for (size_t i = 0; i < row.len; i++) {
        if (row.ptr[i] != 0xee) {
            trial_differ(t, at, "a row of a rejected report was written to");
            return;
        }
    }
}

bool trial_count(struct trial *t, uint8_t verdict)
{
    t->tally->verdicts[verdict]++;
    if (verdict == PEER_REPORT_PANICKED)
        t->tally->panics++;
    return verdict != HUB_VDAF_ACCEPTED;
}

void trial_spoil_rows(struct trial *t, struct answers *a, bool envelopes)
{
    for (size_t i = 0; i < t->n; i++) {
        enum spoil kind = envelopes && dice_one_in(&t->d, 3) ? SPOIL_ENVELOPE : spoil_draw(&t->d);

        if (!dice_one_in(&t->d, 10))
            continue;
        t->tally->spoiled[kind]++;
        spoil_row(&t->d, &a->rows[i], kind, row_span(&a->rows[dice_below(&t->d, t->n)]));
    }
}

/* Ours of one report on one tier against the peer's. */
static void compare_shards(struct trial *t, unsigned tier, size_t i, hub_span measurement,
                           hub_span rand, uint8_t theirs)
{
    struct subject *s = &t->s;
    struct report *r = &t->reports[i];
    struct place at = {"shard", 0, i, tier};
    uint8_t *public_share = row_allocate(s->public_share_len);
    uint8_t *input_shares[SUBJECT_SHARES_MAX] = {NULL};

    for (unsigned j = 0; j < s->n_shares; j++)
        input_shares[j] = row_allocate(s->input_share_len[j]);
    hub_status status = s->f->shard(s, tier, public_share, input_shares, measurement,
                                    HUB_SPAN_ARRAY(r->nonces[0]), rand, row_span(&t->ctx[0]));
    if ((status == HUB_OK) != (theirs == HUB_VDAF_ACCEPTED)) {
        trial_differ(t, &at, status == HUB_OK ? "only we shard" : "only prio shards");
    } else if (status == HUB_OK) {
        trial_same_bytes(t, &at, row_span(&r->public_shares[0]),
                         hub_span_of(public_share, s->public_share_len));
        for (at.agg_id = 0; at.agg_id < s->n_shares; at.agg_id++)
            trial_same_bytes(t, &at, row_span(&r->input_shares[at.agg_id]),
                             hub_span_of(input_shares[at.agg_id], s->input_share_len[at.agg_id]));
    }
    free(public_share);
    for (unsigned j = 0; j < s->n_shares; j++)
        free(input_shares[j]);
}

/* Reads the peer's shares of report i into place. */
static uint8_t read_shares(struct trial *t, size_t i)
{
    struct report *r = &t->reports[i];
    uint8_t verdict = peer_read_u8(t->peer);
    hub_span public_share = peer_read_item(t->peer);

    for (unsigned j = 0; j < t->s.n_shares; j++) {
        row_set(&r->public_shares[j], public_share, dice_below(&t->d, 16));
        row_set(&r->input_shares[j], peer_read_item(t->peer), dice_below(&t->d, 16));
    }
    return verdict;
}

/* Seeds of a first helper in whose stream for Sum, with the context below, a word is no element of
 * Field64 (tests/kernels/test_rejection.c). */
static const uint64_t rejecting_seeds[] = {274677794, 420751415, 243226};
static const char rejecting_ctx[] = "hubbub";

static void draw_rejecting(struct trial *t, uint8_t *rand)
{
    uint64_t seed = rejecting_seeds[dice_below(&t->d, 3)];

    memset(rand, 0, 32);
    for (size_t i = 0; i < 8; i++)
        rand[i] = (uint8_t)(seed >> 8 * i);
}

/* Shards a batch with both; reports whose measurement is out of range are left out of it. */
static void shard_all(struct trial *t)
{
    struct subject *s = &t->s;
    struct row measurements[TRIAL_REPORTS_MAX] = {0};
    uint8_t *rand = row_allocate(t->n * s->rand_len);
    uint8_t verdict[TRIAL_REPORTS_MAX];
    size_t kept = 0;

    dice_fill(&t->d, rand, t->n * s->rand_len);
    bool rejects = s->kind == SUBJECT_SUM &&
                   hub_span_equal_var(row_span(&t->ctx[0]), hub_span_text(rejecting_ctx));
    for (size_t i = 0; rejects && i < t->n; i++) {
        if (dice_one_in(&t->d, 3))
            draw_rejecting(t, rand + i * s->rand_len);
    }
    peer_begin(t->peer, 'S');
    peer_write_item(t->peer, row_span(&t->ctx[0]));
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        uint8_t *nonce = t->reports[i].nonces[0];

        dice_fill(&t->d, nonce, HUB_VDAF_NONCE_LEN);
        for (unsigned j = 1; j < s->n_shares; j++)
            memcpy(t->reports[i].nonces[j], nonce, HUB_VDAF_NONCE_LEN);
        s->f->measure(s, &t->d, &measurements[i]);
        peer_write_item(t->peer, row_span(&measurements[i]));
        peer_write_raw(t->peer, hub_span_of(nonce, HUB_VDAF_NONCE_LEN));
        peer_write_item(t->peer, hub_span_of(rand + i * s->rand_len, s->rand_len));
    }
    if (peer_ask(t->peer) != PEER_OK) {
        trial_differ(t, &(struct place){"shard", 0, 0, 0}, "prio shards nothing");
        t->n = 0;
    }
    for (size_t i = 0; i < t->n; i++)
        verdict[i] = read_shares(t, i);
    for (size_t i = 0; i < t->n; i++) {
        for (unsigned tier = 0; s->shards && tier < s->n_tiers; tier++)
            compare_shards(t, tier, i, row_span(&measurements[i]),
                           hub_span_of(rand + i * s->rand_len, s->rand_len), verdict[i]);
        row_clear(&measurements[i]);
    }
    for (size_t i = 0; i < t->n; i++) {
        struct report *r = &t->reports[i];

        if (verdict[i] != HUB_VDAF_ACCEPTED) {
            t->tally->refused_measurements++;
            for (unsigned j = 0; j < s->n_shares; j++) {
                row_clear(&r->public_shares[j]);
                row_clear(&r->input_shares[j]);
            }
            continue;
        }
        if (kept != i) {
            t->reports[kept] = *r;
            *r = (struct report){0};
        }
        kept++;
    }
    t->n = kept;
    free(rand);
}

static void spoil_report(struct trial *t, size_t i)
{
    struct subject *s = &t->s;
    struct dice *d = &t->d;
    struct report *r = &t->reports[i];
    const struct report *other = &t->reports[dice_below(d, t->n)];
    unsigned j = (unsigned)dice_below(d, s->n_shares);
    unsigned k = (unsigned)dice_below(d, s->n_shares);
    enum spoil kind = spoil_draw(d);
    hub_span whole = row_span(&r->public_shares[0]);

    if (dice_one_in(d, 6))
        kind = (enum spoil)(SPOIL_OTHER_PARTY + dice_below(d, SPOIL_N - SPOIL_OTHER_PARTY));
    t->tally->spoiled[kind]++;
    if (kind == SPOIL_OTHER_PARTY) {
        row_set(&r->input_shares[j], row_span(&r->input_shares[k]), dice_below(d, 16));
    } else if (kind == SPOIL_NONCE_ONE) {
        r->nonces[j][dice_below(d, HUB_VDAF_NONCE_LEN)] ^= (uint8_t)(1U << dice_below(d, 8));
    } else if (kind == SPOIL_NONCE) {
        dice_fill(d, r->nonces[0], HUB_VDAF_NONCE_LEN);
        for (unsigned a = 1; a < s->n_shares; a++)
            memcpy(r->nonces[a], r->nonces[0], HUB_VDAF_NONCE_LEN);
    } else if (whole.len != 0 && dice_one_in(d, 3)) {
        spoil_row(d, &r->public_shares[j], kind, row_span(&other->public_shares[j]));
        for (unsigned a = 0; dice_one_in(d, 2) && a < s->n_shares; a++)
            row_set(&r->public_shares[a], row_span(&r->public_shares[j]), dice_below(d, 16));
    } else {
        spoil_row(d, &r->input_shares[j], kind, row_span(&other->input_shares[j]));
    }
}

static void spoil_reports(struct trial *t)
{
    static const unsigned one_in[] = {1, 2, 4, 1000};
    unsigned rate = one_in[dice_below(&t->d, sizeof(one_in) / sizeof(one_in[0]))];

    for (size_t i = 0; i < t->n; i++) {
        if (dice_one_in(&t->d, rate))
            spoil_report(t, i);
    }
    /* now and then the aggregators don't agree on what they share */
    unsigned j = (unsigned)dice_below(&t->d, t->s.n_shares);
    if (dice_one_in(&t->d, 40))
        t->verify_keys[j][dice_below(&t->d, HUB_VDAF_VERIFY_KEY_LEN)] ^= 1;
    if (dice_one_in(&t->d, 40))
        row_resize(&t->ctx[j], t->ctx[j].len + 1);
}

static bool open_subject(struct trial *t)
{
    /* Poplar1 costs the peer most */
    static const enum subject_kind kinds[] = {
        SUBJECT_COUNT,    SUBJECT_COUNT,    SUBJECT_SUM,        SUBJECT_SUM,
        SUBJECT_SUMVEC,   SUBJECT_SUMVEC,   SUBJECT_HISTOGRAM,  SUBJECT_HISTOGRAM,
        SUBJECT_MULTIHOT, SUBJECT_MULTIHOT, SUBJECT_MULTIPROOF, SUBJECT_MULTIPROOF,
        SUBJECT_POPLAR1,
    };
    enum subject_kind kind = kinds[dice_below(&t->d, sizeof(kinds) / sizeof(kinds[0]))];
    bool differ = false;
    bool open = kind == SUBJECT_POPLAR1 ? subject_open_poplar1(&t->s, &t->d, t->peer, &differ)
                                        : subject_open_prio3(&t->s, kind, &t->d, t->peer, &differ);

    if (differ)
        trial_differ(t, &(struct place){"parameters", 0, 0, SUBJECT_TIERS_MAX},
                     "only one takes them");
    return open;
}

static void draw_batch(struct trial *t)
{
    static const unsigned most[] = {1, 9, 17, TRIAL_REPORTS_MAX};
    struct row ctx = {0};

    t->n = 1 + dice_below(&t->d, most[dice_below(&t->d, sizeof(most) / sizeof(most[0]))]);
    dice_fill(&t->d, t->verify_keys[0], sizeof(t->verify_keys[0]));
    row_resize(&ctx, dice_below(&t->d, dice_one_in(&t->d, 10) ? 400 : 40));
    dice_fill(&t->d, ctx.ptr, ctx.len);
    if (t->s.kind == SUBJECT_SUM && dice_one_in(&t->d, 4))
        row_set(&ctx, hub_span_text(rejecting_ctx), 0);
    for (unsigned j = 0; j < t->s.n_shares; j++) {
        memcpy(t->verify_keys[j], t->verify_keys[0], sizeof(t->verify_keys[0]));
        row_set(&t->ctx[j], row_span(&ctx), dice_below(&t->d, 16));
    }
    row_clear(&ctx);
}

void trial_run(struct tally *tally, struct peer *peer, uint64_t seed, bool verbose)
{
    struct trial *t = calloc(1, sizeof(*t));

    if (t == NULL)
        exit(2);
    *t = (struct trial){.seed = seed, .tally = tally, .peer = peer, .d = {seed}};
    if (!open_subject(t)) {
        tally->refused_params++;
    } else {
        draw_batch(t);
        if (verbose)
            fprintf(stderr, "case %" PRIu64 ": %s, %zu reports\n", seed, t->s.name, t->n);
        tally->cases[t->s.kind]++;
        tally->reports[t->s.kind] += t->n;
        shard_all(t);
        if (t->n != 0) {
            spoil_reports(t);
            for (size_t i = 0; i < t->n; i++) {
                for (unsigned j = 0; j < t->s.n_shares; j++)
                    t->in[j][i] = (struct hub_verify_in){t->reports[i].nonces[j],
                                                         row_span(&t->reports[i].public_shares[j]),
                                                         row_span(&t->reports[i].input_shares[j])};
            }
            trial_steps(t);
            if (t->s.n_shares == HUB_VDAF_N_SHARES)
                trial_ping_pong(t);
        }
    }
    for (unsigned j = 0; j < SUBJECT_SHARES_MAX; j++) {
        for (size_t i = 0; i < TRIAL_REPORTS_MAX; i++) {
            row_clear(&t->reports[i].public_shares[j]);
            row_clear(&t->reports[i].input_shares[j]);
        }
        row_clear(&t->ctx[j]);
    }
    subject_clear(&t->s);
    free(t);
}
