/* Verification step by step, on every tier and at the peer; then aggregation and the result. */
#include "trial_internal.h"

#include <stdlib.h>

/* Both aggregators' memory on one tier. */
struct memory {
    uint8_t *states[SUBJECT_SHARES_MAX];
    hub_span out_shares[SUBJECT_SHARES_MAX][TRIAL_REPORTS_MAX];
};

struct steps {
    struct trial *t;
    struct memory tiers[SUBJECT_TIERS_MAX];
    struct answers shares[SUBJECT_SHARES_MAX]; /* verifier shares, then out shares */
    struct answers messages;
    bool rejected[TRIAL_REPORTS_MAX]; /* by anyone */
};

static void read_answers(struct trial *t, struct answers *a)
{
    for (size_t i = 0; i < t->n; i++) {
        a->verdict[i] = peer_read_u8(t->peer);
        row_set(&a->rows[i], peer_read_item(t->peer), dice_below(&t->d, 16));
    }
}

/* A batch of rows on one tier against the peer's answers. before: the verdicts that the step was
 * given, all accepted if NULL. */
static void compare_rows(struct trial *t, const char *step, unsigned agg_id, unsigned tier,
                         const uint8_t *before, const uint8_t *verdict,
                         const struct answers *theirs, const uint8_t *rows, size_t row_len)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct place at = {step, agg_id, i, tier};
        hub_span row = hub_span_of(rows + i * row_len, row_len);

        if (before != NULL && before[i] != HUB_VDAF_ACCEPTED) {
            if (verdict[i] != before[i])
                trial_differ(t, &at, "the verdict of a report that was to be skipped changed");
            trial_untouched(t, &at, row);
            continue;
        }
        trial_same_verdict(t, &at, theirs->verdict[i], verdict[i]);
        if (theirs->verdict[i] == HUB_VDAF_ACCEPTED && verdict[i] == HUB_VDAF_ACCEPTED)
            trial_same_bytes(t, &at, row_span(&theirs->rows[i]), row);
    }
}

static void verify_init(struct steps *g, unsigned agg_id)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    struct answers *theirs = &g->shares[agg_id];
    uint8_t before[TRIAL_REPORTS_MAX] = {0};

    peer_begin(t->peer, 'I');
    peer_write_raw(t->peer, HUB_SPAN_ARRAY(t->verify_keys[agg_id]));
    peer_write_item(t->peer, row_span(&t->ctx[agg_id]));
    peer_write_number(t->peer, agg_id, 1);
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        const struct hub_verify_in *in = &t->in[agg_id][i];

        peer_write_raw(t->peer, hub_span_of(in->nonce, HUB_VDAF_NONCE_LEN));
        peer_write_item(t->peer, in->public_share);
        peer_write_item(t->peer, in->input_share);
    }
    if (peer_ask(t->peer) != PEER_OK) {
        trial_differ(t, &(struct place){"verify_init", agg_id, 0, 0}, "prio gives no answers");
        return;
    }
    read_answers(t, theirs);
    /* now and then a report is not for this step: its neighbours don't notice */
    if (dice_one_in(&t->d, 3))
        before[dice_below(&t->d, t->n)] = HUB_VDAF_BAD_PROOF;
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        uint8_t *shares = row_allocate(t->n * s->share_len[0]);
        uint8_t *states = row_allocate(t->n * s->state_len);
        uint8_t verdict[TRIAL_REPORTS_MAX];

        memcpy(verdict, before, sizeof(verdict));
        s->f->verify_init(s, tier, t->n, agg_id, HUB_SPAN_ARRAY(t->verify_keys[agg_id]),
                          row_span(&t->ctx[agg_id]), t->in[agg_id], verdict, shares, states);
        compare_rows(t, "verify_init", agg_id, tier, before, verdict, theirs, shares,
                     s->share_len[0]);
        for (size_t i = 0; tier != 0 && i < t->n; i++) {
            if (verdict[i] == HUB_VDAF_ACCEPTED)
                trial_same_bytes(
                    t, &(struct place){"state", agg_id, i, tier},
                    hub_span_of(g->tiers[0].states[agg_id] + i * s->state_len, s->state_len),
                    hub_span_of(states + i * s->state_len, s->state_len));
        }
        free(shares);
        g->tiers[tier].states[agg_id] = states;
    }
    for (size_t i = 0; i < t->n; i++) {
        bool stops = trial_count(t, theirs->verdict[i]);

        g->rejected[i] |= stops || before[i] != HUB_VDAF_ACCEPTED;
    }
}

/* Two aggregators' verifier shares come in each other's place. */
static void exchange(struct steps *g, size_t i)
{
    struct trial *t = g->t;
    unsigned j = (unsigned)dice_below(&t->d, t->s.n_shares);
    unsigned k = (unsigned)dice_below(&t->d, t->s.n_shares);
    struct row kept = g->shares[j].rows[i];

    t->tally->spoiled[SPOIL_OTHER_PARTY]++;
    g->shares[j].rows[i] = g->shares[k].rows[i];
    g->shares[k].rows[i] = kept;
}

static void to_message(struct steps *g, unsigned round)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    hub_span spans[SUBJECT_SHARES_MAX][TRIAL_REPORTS_MAX];
    const hub_span *shares[SUBJECT_SHARES_MAX];
    uint8_t before[TRIAL_REPORTS_MAX];

    for (size_t i = 0; i < t->n; i++) {
        if (dice_one_in(&t->d, 40))
            exchange(g, i);
    }
    for (unsigned j = 0; j < s->n_shares; j++) {
        trial_spoil_rows(t, &g->shares[j], false);
        for (size_t i = 0; i < t->n; i++)
            spans[j][i] = row_span(&g->shares[j].rows[i]);
        shares[j] = spans[j];
    }
    peer_begin(t->peer, 'M');
    peer_write_item(t->peer, row_span(&t->ctx[0]));
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        before[i] = g->rejected[i] ? HUB_VDAF_BAD_TEST_POINT : HUB_VDAF_ACCEPTED;
        peer_write_number(t->peer, g->rejected[i], 1);
        for (unsigned j = 0; j < s->n_shares; j++)
            peer_write_item(t->peer, spans[j][i]);
    }
    if (peer_ask(t->peer) != PEER_OK)
        trial_differ(t, &(struct place){"message", 0, 0, 0}, "prio gives no answers");
    read_answers(t, &g->messages);
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        uint8_t *messages = row_allocate(t->n * s->message_len[round]);
        uint8_t verdict[TRIAL_REPORTS_MAX];

        memcpy(verdict, before, sizeof(verdict));
        s->f->to_message(s, tier, round, t->n, row_span(&t->ctx[0]), shares, verdict, messages);
        compare_rows(t, "message", round, tier, before, verdict, &g->messages, messages,
                     s->message_len[round]);
        free(messages);
    }
    for (size_t i = 0; i < t->n; i++)
        g->rejected[i] = g->rejected[i] || trial_count(t, g->messages.verdict[i]);
}

/* messages: what this aggregator receives. */
static void ask_next(struct steps *g, unsigned agg_id, const struct answers *messages)
{
    struct trial *t = g->t;

    peer_begin(t->peer, 'N');
    peer_write_item(t->peer, row_span(&t->ctx[agg_id]));
    peer_write_number(t->peer, agg_id, 1);
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        peer_write_number(t->peer, g->rejected[i], 1);
        peer_write_item(t->peer, row_span(&messages->rows[i]));
    }
    if (peer_ask(t->peer) != PEER_OK)
        trial_differ(t, &(struct place){"next", agg_id, 0, 0}, "prio gives no answers");
    read_answers(t, &g->shares[agg_id]);
}

/* Returns which reports this aggregator has just rejected. */
static void next(struct steps *g, unsigned round, unsigned agg_id, bool *rejects)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    bool last = round + 1 == s->n_rounds;
    size_t share_len = last ? 0 : s->share_len[round + 1];
    struct answers messages = {0};
    hub_span spans[TRIAL_REPORTS_MAX];
    uint8_t before[TRIAL_REPORTS_MAX];

    for (size_t i = 0; i < t->n; i++) {
        row_set(&messages.rows[i], row_span(&g->messages.rows[i]), dice_below(&t->d, 16));
        before[i] = g->rejected[i] ? HUB_VDAF_BAD_PROOF : HUB_VDAF_ACCEPTED;
    }
    trial_spoil_rows(t, &messages, false);
    for (size_t i = 0; i < t->n; i++)
        spans[i] = row_span(&messages.rows[i]);
    ask_next(g, agg_id, &messages);
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        uint8_t *shares = last ? NULL : row_allocate(t->n * share_len);
        hub_span *out_shares = g->tiers[tier].out_shares[agg_id];
        uint8_t verdict[TRIAL_REPORTS_MAX];

        memcpy(verdict, before, sizeof(verdict));
        s->f->next(s, tier, round, t->n, agg_id, g->tiers[tier].states[agg_id], spans, verdict,
                   shares, out_shares);
        if (!last) {
            compare_rows(t, "next", agg_id, tier, before, verdict, &g->shares[agg_id], shares,
                         share_len);
            free(shares);
            continue;
        }
        for (size_t i = 0; i < t->n; i++) {
            const struct place at = {"finish", agg_id, i, tier};

            if (before[i] != HUB_VDAF_ACCEPTED)
                continue;
            trial_same_verdict(t, &at, g->shares[agg_id].verdict[i], verdict[i]);
            if (verdict[i] == HUB_VDAF_ACCEPTED && g->shares[agg_id].verdict[i] == verdict[i])
                trial_same_bytes(t, &at, row_span(&g->shares[agg_id].rows[i]), out_shares[i]);
        }
    }
    for (size_t i = 0; i < t->n; i++)
        rejects[i] |= !g->rejected[i] && trial_count(t, g->shares[agg_id].verdict[i]);
    answers_clear(&messages);
}

/* The sum of the out shares of what everybody accepted, at one aggregator. */
static void aggregate(struct steps *g, unsigned agg_id, struct row *agg_share)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    uint8_t verdict[TRIAL_REPORTS_MAX];

    peer_begin(t->peer, 'A');
    peer_write_number(t->peer, agg_id, 1);
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        verdict[i] = g->rejected[i] ? HUB_VDAF_BAD_PROOF : HUB_VDAF_ACCEPTED;
        peer_write_number(t->peer, !g->rejected[i], 1);
    }
    if (peer_ask(t->peer) != PEER_OK)
        trial_differ(t, &(struct place){"aggregate", agg_id, 0, 0}, "prio gives no answer");
    row_set(agg_share, peer_read_item(t->peer), dice_below(&t->d, 16));
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        const struct place at = {"aggregate", agg_id, 0, tier};
        uint8_t *acc = row_allocate(s->out_share_len);
        const hub_span *out_shares = g->tiers[tier].out_shares[agg_id];

        memset(acc, 0, s->out_share_len);
        if (s->f->aggregate != NULL)
            s->f->aggregate(s, tier, acc, t->n, verdict, out_shares);
        for (size_t i = 0; s->f->aggregate == NULL && i < t->n; i++) {
            if (!g->rejected[i] && s->f->add(s, tier, acc, out_shares[i]) != HUB_OK)
                trial_differ(t, &at, "an out share does not add");
        }
        trial_same_bytes(t, &at, row_span(agg_share), hub_span_of(acc, s->out_share_len));
        free(acc);
    }
}

/* Adds the helpers' shares up, as a collector with more than two aggregators does. */
static hub_status unshard(struct steps *g, unsigned tier, uint64_t *totals,
                          const struct row *agg_shares)
{
    struct subject *s = &g->t->s;
    uint8_t *helpers = row_allocate(s->out_share_len);
    hub_status status = HUB_OK;

    if (s->n_shares == HUB_VDAF_N_SHARES) {
        status = s->f->unshard(s, tier, totals, row_span(&agg_shares[0]), row_span(&agg_shares[1]));
    } else {
        memset(helpers, 0, s->out_share_len);
        for (unsigned j = 1; j < s->n_shares && status == HUB_OK; j++)
            status = s->f->add(s, tier, helpers, row_span(&agg_shares[j]));
        if (status == HUB_OK)
            status = s->f->unshard(s, tier, totals, row_span(&agg_shares[0]),
                                   hub_span_of(helpers, s->out_share_len));
    }
    free(helpers);
    return status;
}

/* The peer's totals have 16 bytes; ours are refused if one has more than 8. */
static void compare_result(struct steps *g, const struct row *agg_shares, bool theirs,
                           hub_span totals)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    uint64_t *ours = calloc(s->output_len, sizeof(*ours));
    bool fits = theirs;

    if (ours == NULL)
        exit(2);
    for (size_t i = 0; i < totals.len && theirs; i++)
        fits &= i % 16 < 8 || totals.ptr[i] == 0;
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        const struct place at = {"unshard", 0, 0, tier};
        hub_status status = unshard(g, tier, ours, agg_shares);

        t->tally->comparisons++;
        if ((status == HUB_OK) != fits) {
            trial_differ(t, &at, fits ? "only prio has a result" : "only we have a result");
            continue;
        }
        for (size_t i = 0; fits && i < totals.len; i++) {
            uint8_t byte = (uint8_t)(i % 16 < 8 ? ours[i / 16] >> 8 * (i % 16) : 0);

            if (totals.len != 16 * s->output_len || byte != totals.ptr[i]) {
                trial_differ(t, &at, "another result");
                break;
            }
        }
    }
    free(ours);
}

static void collect(struct steps *g, struct row *agg_shares, bool spoil)
{
    struct trial *t = g->t;

    if (spoil) {
        unsigned j = (unsigned)dice_below(&t->d, t->s.n_shares);
        enum spoil kind = spoil_draw(&t->d);

        t->tally->spoiled[kind]++;
        spoil_row(&t->d, &agg_shares[j], kind, row_span(&agg_shares[0]));
    }
    peer_begin(t->peer, 'U');
    peer_write_number(t->peer, t->n, 4);
    for (unsigned j = 0; j < t->s.n_shares; j++)
        peer_write_item(t->peer, row_span(&agg_shares[j]));
    unsigned status = peer_ask(t->peer);
    if (status == PEER_PANICKED) {
        t->tally->panics++;
        return;
    }
    t->tally->refused_agg_shares += status != PEER_OK;
    compare_result(g, agg_shares, status == PEER_OK, peer_read_rest(t->peer));
}

void trial_steps(struct trial *t)
{
    struct subject *s = &t->s;
    struct steps *g = calloc(1, sizeof(*g));
    struct row agg_shares[SUBJECT_SHARES_MAX] = {0};

    if (g == NULL)
        exit(2);
    g->t = t;
    for (unsigned j = 0; j < s->n_shares; j++)
        verify_init(g, j);
    for (unsigned round = 0; round < s->n_rounds; round++) {
        bool rejects[TRIAL_REPORTS_MAX] = {false};

        to_message(g, round);
        for (unsigned j = 0; j < s->n_shares; j++)
            next(g, round, j, rejects);
        for (size_t i = 0; i < t->n; i++)
            g->rejected[i] |= rejects[i];
    }
    for (unsigned j = 0; j < s->n_shares; j++)
        aggregate(g, j, &agg_shares[j]);
    collect(g, agg_shares, false);
    collect(g, agg_shares, true);
    for (unsigned j = 0; j < s->n_shares; j++) {
        row_clear(&agg_shares[j]);
        answers_clear(&g->shares[j]);
        for (unsigned tier = 0; tier < s->n_tiers; tier++)
            free(g->tiers[tier].states[j]);
    }
    answers_clear(&g->messages);
    free(g);
}
