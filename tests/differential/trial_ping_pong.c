/* The same reports in the ping-pong topology, as DAP has them verified. */
#include "trial_internal.h"

#include <stdlib.h>

struct game {
    struct trial *t;
    uint8_t *states[SUBJECT_TIERS_MAX][HUB_VDAF_N_SHARES];
    struct answers messages; /* the last turn's */
    bool rejected[TRIAL_REPORTS_MAX];
};

/* The type that an inbound message of this step has. */
static uint8_t type_of(const struct subject *s, unsigned step)
{
    if (step == 1)
        return 0;
    return step == s->n_turns - 1 ? 2 : 1;
}

static bool ask(struct game *g, unsigned step)
{
    struct trial *t = g->t;
    unsigned agg_id = step % 2;
    bool first = step < 2;

    peer_begin(t->peer, step == 0 ? 'L' : step == 1 ? 'H' : 'C');
    if (first)
        peer_write_raw(t->peer, HUB_SPAN_ARRAY(t->verify_keys[agg_id]));
    peer_write_item(t->peer, row_span(&t->ctx[agg_id]));
    if (!first)
        peer_write_number(t->peer, agg_id, 1);
    peer_write_number(t->peer, t->n, 4);
    for (size_t i = 0; i < t->n; i++) {
        const struct hub_verify_in *in = &t->in[agg_id][i];

        if (first) {
            peer_write_raw(t->peer, hub_span_of(in->nonce, HUB_VDAF_NONCE_LEN));
            peer_write_item(t->peer, in->public_share);
            peer_write_item(t->peer, in->input_share);
        } else {
            peer_write_number(t->peer, g->rejected[i], 1);
        }
        if (step != 0)
            peer_write_item(t->peer, row_span(&g->messages.rows[i]));
    }
    return peer_ask(t->peer) == PEER_OK;
}

/* A message whose type is another has no verdict of its own: which of its parts is looked at first
 * is not said. */
static bool is_strange(const struct game *g, unsigned step, size_t i)
{
    const struct row *inbound = &g->messages.rows[i];

    return step != 0 && (inbound->len == 0 || inbound->ptr[0] != type_of(&g->t->s, step));
}

static void compare(struct game *g, unsigned step, unsigned tier, const uint8_t *before,
                    const uint8_t *verdict, const struct answers *theirs,
                    const struct answers *their_out_shares, const uint8_t *outbound,
                    const hub_span *out_shares)
{
    struct trial *t = g->t;
    size_t row_len = t->s.pp_len[step];
    bool finishes = step + 2 >= t->s.n_turns;

    for (size_t i = 0; i < t->n; i++) {
        const struct place at = {"ping-pong", step, i, tier};
        hub_span row = hub_span_of(outbound + i * row_len, row_len);

        if (before[i] != HUB_VDAF_ACCEPTED) {
            if (verdict[i] != before[i])
                trial_differ(t, &at, "the verdict of a report that was to be skipped changed");
            trial_untouched(t, &at, row);
            continue;
        }
        if (verdict[i] != HUB_VDAF_ACCEPTED && theirs->verdict[i] != HUB_VDAF_ACCEPTED &&
            is_strange(g, step, i)) {
            t->tally->comparisons++;
            continue;
        }
        trial_same_verdict(t, &at, theirs->verdict[i], verdict[i]);
        if (verdict[i] != HUB_VDAF_ACCEPTED || theirs->verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        trial_same_bytes(t, &at, row_span(&theirs->rows[i]), row);
        if (finishes)
            trial_same_bytes(t, &at, row_span(&their_out_shares->rows[i]), out_shares[i]);
    }
}

static void take_turn(struct game *g, unsigned step)
{
    struct trial *t = g->t;
    struct subject *s = &t->s;
    unsigned agg_id = step % 2;
    struct answers theirs = {0};
    struct answers their_out_shares = {0};
    hub_span inbound[TRIAL_REPORTS_MAX];
    uint8_t before[TRIAL_REPORTS_MAX];

    for (size_t i = 0; i < t->n; i++) {
        inbound[i] = row_span(&g->messages.rows[i]);
        /* the helper's first step takes all reports at the peer, too */
        before[i] = step >= 2 && g->rejected[i] ? HUB_VDAF_BAD_PROOF : HUB_VDAF_ACCEPTED;
    }
    if (!ask(g, step))
        trial_differ(t, &(struct place){"ping-pong", step, 0, 0}, "prio gives no answers");
    for (size_t i = 0; i < t->n; i++) {
        theirs.verdict[i] = peer_read_u8(t->peer);
        row_set(&theirs.rows[i], peer_read_item(t->peer), dice_below(&t->d, 16));
        row_set(&their_out_shares.rows[i], peer_read_item(t->peer), dice_below(&t->d, 16));
    }
    for (unsigned tier = 0; tier < s->n_tiers; tier++) {
        uint8_t *outbound = row_allocate(t->n * s->pp_len[step]);
        hub_span out_shares[TRIAL_REPORTS_MAX] = {{NULL, 0}};
        uint8_t verdict[TRIAL_REPORTS_MAX];

        if (step < 2)
            g->states[tier][agg_id] = row_allocate(t->n * s->state_len);
        memcpy(verdict, before, sizeof(verdict));
        s->f->turn(s, tier, step, t->n, HUB_SPAN_ARRAY(t->verify_keys[agg_id]),
                   row_span(&t->ctx[agg_id]), t->in[agg_id], inbound, verdict,
                   g->states[tier][agg_id], outbound, out_shares);
        compare(g, step, tier, before, verdict, &theirs, &their_out_shares, outbound, out_shares);
        free(outbound);
    }
    for (size_t i = 0; i < t->n; i++) {
        if (before[i] == HUB_VDAF_ACCEPTED)
            g->rejected[i] |= trial_count(t, theirs.verdict[i]);
    }
    answers_clear(&their_out_shares);
    answers_clear(&g->messages);
    g->messages = theirs;
    trial_spoil_rows(t, &g->messages, true);
}

void trial_ping_pong(struct trial *t)
{
    struct game *g = calloc(1, sizeof(*g));

    if (g == NULL)
        exit(2);
    g->t = t;
    for (unsigned step = 0; step < t->s.n_turns; step++)
        take_turn(g, step);
    for (unsigned tier = 0; tier < t->s.n_tiers; tier++) {
        free(g->states[tier][0]);
        free(g->states[tier][1]);
    }
    answers_clear(&g->messages);
    free(g);
}
