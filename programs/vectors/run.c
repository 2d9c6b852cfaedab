/* The steps of a VDAF over a subset of the file's reports: a subset of one report at a time, or the
 * whole file. Each step takes what the file says was delivered and compares what it gives with what
 * the file says was computed. */
#include "run.h"

#include "vdaf/agg_share.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = UINT8_MAX }; /* as a verdict: not this report in this step */

/* What has come of one report so far. */
struct progress {
    bool has_failed;
    hub_span public_share; /* delivered or made */
    hub_span *input_shares;
    hub_span *verifier_shares; /* computed, n_shares */
    hub_span *states;
    hub_span message; /* computed */
    hub_span *out_shares;
};

struct run {
    const struct vector_file *file;
    const struct hub_vdaf *v;
    struct hub_arena *arena;
    struct hub_why *why;
    struct progress *progress; /* n_reports */
    void *workspace;
};

/* The reports of one pass, by index. */
struct subset {
    const size_t *reports;
    size_t n;
};

static hub_status compare(struct run *run, const char *step, size_t report,
                          const struct vector_message *expected, hub_span got)
{
    return vector_message_compare(run->why, step, report, expected, got);
}

static hub_status out_of_memory(struct run *run)
{
    return hub_why(run->why, HUB_E_MEMORY, "out of memory");
}

/* Sets has_failed where a step was to fail and did. */
static hub_status check_outcome(struct run *run, const char *step, size_t report,
                                enum vector_outcome wanted, uint8_t verdict, bool *has_failed)
{
    bool succeeded = verdict == HUB_VDAF_ACCEPTED;

    if (succeeded != (wanted == VECTOR_SUCCEEDS))
        return hub_why(run->why, HUB_E_VERIFY, "%s, report %zu, expected %s, got %s", step, report,
                       wanted == VECTOR_SUCCEEDS ? "success" : "failure",
                       succeeded ? "success" : hub_vdaf_verdict_name(verdict));
    if (!succeeded)
        *has_failed = true;
    return HUB_OK;
}

/* The verdict with which a report goes into a step: HUB_VDAF_ACCEPTED if it takes part. */
static hub_status enter(struct run *run, const char *step, size_t report,
                        enum vector_outcome wanted, uint8_t *verdict)
{
    *verdict = wanted == VECTOR_NOT_RUN ? SKIPPED : HUB_VDAF_ACCEPTED;
    if (wanted != VECTOR_NOT_RUN && run->progress[report].has_failed)
        return hub_why(run->why, HUB_E_VERIFY,
                       "%s, report %zu, expected to run, got a failure before it", step, report);
    return HUB_OK;
}

static hub_status make_shares(struct run *run, size_t index)
{
    const struct vector_report *report = &run->file->reports[index];
    struct progress *p = &run->progress[index];
    unsigned n = run->file->n_shares;
    uint8_t *input_shares[VECTOR_SHARES_MAX];
    size_t public_len = hub_vdaf_public_share_len(run->v);
    uint8_t *public_share = HUB_ARENA_NEW(run->arena, uint8_t, public_len + 1);

    for (unsigned j = 0; j < n; j++) {
        size_t len = hub_vdaf_input_share_len(run->v, j);

        input_shares[j] = HUB_ARENA_NEW(run->arena, uint8_t, len);
        if (public_share == NULL || input_shares[j] == NULL)
            return out_of_memory(run);
        p->input_shares[j] = hub_span_of(input_shares[j], len);
    }
    p->public_share = hub_span_of(public_share, public_len);
    hub_status status =
        hub_vdaf_shard_into(run->v, run->workspace, public_share, input_shares,
                            &report->measurement, report->nonce, report->rand, run->file->ctx);
    if (status != HUB_OK)
        return hub_why(run->why, HUB_E_VERIFY, "shard, report %zu, expected success, got %s", index,
                       hub_status_text(status));
    return HUB_OK;
}

/* Shards where the file lists it, or where only a digest of a share is given. Afterwards progress
 * has the shares that were delivered. */
static hub_status shard_step(struct run *run, size_t index)
{
    const struct vector_report *report = &run->file->reports[index];
    struct progress *p = &run->progress[index];
    unsigned n = run->file->n_shares;
    bool makes = report->shard == VECTOR_SUCCEEDS;

    for (unsigned j = 0; j < n; j++)
        makes = makes || (report->has_measurement && report->input_shares[j].is_digest);
    if (report->nonce.len != HUB_VDAF_NONCE_LEN)
        return hub_why(run->why, HUB_E_VERIFY, "nonce, report %zu, expected 16 bytes, got %zu",
                       index, report->nonce.len);
    if (report->shard == VECTOR_FAILS)
        return hub_why(run->why, HUB_E_VERIFY, "shard, report %zu, a failure cannot be run", index);
    if (makes) {
        HUB_TRY(make_shares(run, index));
        if (report->shard == VECTOR_SUCCEEDS) {
            HUB_TRY(
                compare(run, "shard: public share", index, &report->public_share, p->public_share));
            for (unsigned j = 0; j < n; j++)
                HUB_TRY(compare(run, "shard: input share", index, &report->input_shares[j],
                                p->input_shares[j]));
        }
    }
    if (!report->public_share.is_digest)
        p->public_share = report->public_share.bytes;
    for (unsigned j = 0; j < n; j++) {
        if (!report->input_shares[j].is_digest)
            p->input_shares[j] = report->input_shares[j].bytes;
        else if (!vector_message_fits(&report->input_shares[j], p->input_shares[j]))
            return hub_why(run->why, HUB_E_VERIFY,
                           "input share %u, report %zu, only its digest is known", j, index);
    }
    return HUB_OK;
}

/* has_failed counts from the next step on: both aggregators run this one. */
static hub_status verify_init_step(struct run *run, const struct subset *subset, unsigned agg_id,
                                   bool *has_failed)
{
    const struct vector_file *file = run->file;
    size_t share_len = hub_vdaf_verifier_share_len(run->v);
    size_t state_len = hub_vdaf_verify_state_len(run->v);
    struct hub_verify_in *in = HUB_ARENA_NEW(run->arena, struct hub_verify_in, subset->n);
    uint8_t *verdict = HUB_ARENA_NEW(run->arena, uint8_t, subset->n);
    uint8_t *shares = HUB_ARENA_NEW(run->arena, uint8_t, subset->n * share_len);
    uint8_t *states = HUB_ARENA_NEW(run->arena, uint8_t, subset->n * state_len);

    if (in == NULL || verdict == NULL || shares == NULL || states == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];
        const struct progress *p = &run->progress[i];

        in[k] = (struct hub_verify_in){file->reports[i].nonce.ptr, p->public_share,
                                       p->input_shares[agg_id]};
        HUB_TRY(enter(run, "verify_init", i, file->reports[i].verify_init[agg_id], &verdict[k]));
    }
    hub_vdaf_verify_init(run->v, run->workspace, subset->n, agg_id, file->verify_key, file->ctx, in,
                         verdict, shares, states);
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];
        const struct vector_report *report = &file->reports[i];
        struct progress *p = &run->progress[i];

        if (verdict[k] == SKIPPED)
            continue;
        HUB_TRY(check_outcome(run, "verify_init", i, report->verify_init[agg_id], verdict[k],
                              &has_failed[k]));
        if (verdict[k] != HUB_VDAF_ACCEPTED)
            continue;
        p->verifier_shares[agg_id] = hub_span_of(shares + k * share_len, share_len);
        p->states[agg_id] = hub_span_of(states + k * state_len, state_len);
        if (!report->share_is_changed)
            HUB_TRY(compare(run, "verify_init: verifier share", i, &report->verifier_shares[agg_id],
                            p->verifier_shares[agg_id]));
    }
    return HUB_OK;
}

static hub_status to_message_step(struct run *run, const struct subset *subset, bool *has_failed)
{
    const struct vector_file *file = run->file;
    size_t message_len = hub_vdaf_verifier_message_len(run->v);
    const hub_span *shares[VECTOR_SHARES_MAX] = {NULL};
    uint8_t *verdict = HUB_ARENA_NEW(run->arena, uint8_t, subset->n);
    uint8_t *messages = HUB_ARENA_NEW(run->arena, uint8_t, subset->n * message_len + 1);

    if (verdict == NULL || messages == NULL)
        return out_of_memory(run);
    for (unsigned j = 0; j < file->n_shares; j++) {
        hub_span *row = HUB_ARENA_NEW(run->arena, hub_span, subset->n);

        if (row == NULL)
            return out_of_memory(run);
        for (size_t k = 0; k < subset->n; k++) {
            size_t i = subset->reports[k];

            row[k] = vector_message_delivered(&file->reports[i].verifier_shares[j],
                                              run->progress[i].verifier_shares[j]);
        }
        shares[j] = row;
    }
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];

        HUB_TRY(
            enter(run, "verifier_shares_to_message", i, file->reports[i].to_message, &verdict[k]));
    }
    hub_vdaf_verifier_shares_to_message(run->v, run->workspace, subset->n, file->ctx, shares,
                                        verdict, messages);
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];
        const struct vector_report *report = &file->reports[i];

        if (verdict[k] == SKIPPED)
            continue;
        HUB_TRY(check_outcome(run, "verifier_shares_to_message", i, report->to_message, verdict[k],
                              &has_failed[k]));
        if (verdict[k] != HUB_VDAF_ACCEPTED)
            continue;
        run->progress[i].message = hub_span_of(messages + k * message_len, message_len);
        if (!report->message_is_changed)
            HUB_TRY(compare(run, "verifier_shares_to_message", i, &report->verifier_message,
                            run->progress[i].message));
    }
    return HUB_OK;
}

static hub_status verify_next_step(struct run *run, const struct subset *subset, unsigned agg_id,
                                   bool *has_failed)
{
    const struct vector_file *file = run->file;
    size_t state_len = hub_vdaf_verify_state_len(run->v);
    uint8_t *verdict = HUB_ARENA_NEW(run->arena, uint8_t, subset->n);
    uint8_t *states = HUB_ARENA_NEW(run->arena, uint8_t, subset->n * state_len);
    hub_span *messages = HUB_ARENA_NEW(run->arena, hub_span, subset->n);
    hub_span *out_shares = HUB_ARENA_NEW(run->arena, hub_span, subset->n);

    if (verdict == NULL || states == NULL || messages == NULL || out_shares == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];
        const struct progress *p = &run->progress[i];

        HUB_TRY(enter(run, "verify_next", i, file->reports[i].verify_next[agg_id], &verdict[k]));
        if (verdict[k] != SKIPPED && p->states[agg_id].len != state_len)
            return hub_why(run->why, HUB_E_VERIFY,
                           "verify_next, report %zu, expected verify_init before it, got none", i);
        if (p->states[agg_id].len == state_len)
            memcpy(states + k * state_len, p->states[agg_id].ptr, state_len);
        messages[k] = vector_message_delivered(&file->reports[i].verifier_message, p->message);
    }
    hub_vdaf_verify_next(run->v, subset->n, states, messages, verdict, out_shares);
    for (size_t k = 0; k < subset->n; k++) {
        size_t i = subset->reports[k];
        const struct vector_report *report = &file->reports[i];

        if (verdict[k] == SKIPPED)
            continue;
        HUB_TRY(check_outcome(run, "verify_next", i, report->verify_next[agg_id], verdict[k],
                              &has_failed[k]));
        if (verdict[k] != HUB_VDAF_ACCEPTED)
            continue;
        run->progress[i].out_shares[agg_id] = out_shares[k];
        HUB_TRY(
            compare(run, "verify_next: out share", i, &report->out_shares[agg_id], out_shares[k]));
    }
    return HUB_OK;
}

/* What failed in a step is out from the next one on. */
static void note_failures(struct run *run, const struct subset *subset, const bool *has_failed)
{
    for (size_t k = 0; k < subset->n; k++)
        run->progress[subset->reports[k]].has_failed |= has_failed[k];
}

static hub_status check_expect(struct run *run, size_t index)
{
    const struct vector_report *report = &run->file->reports[index];
    const struct progress *p = &run->progress[index];
    bool is_accepted = !p->has_failed;

    for (unsigned j = 0; j < run->file->n_shares; j++)
        is_accepted = is_accepted && p->out_shares[j].ptr != NULL;
    if (report->expect == VECTOR_EXPECT_ACCEPT && !is_accepted)
        return hub_why(run->why, HUB_E_VERIFY, "verification, report %zu, expected accept, got %s",
                       index, p->has_failed ? "reject" : "no out share");
    if (report->expect == VECTOR_EXPECT_REJECT && !p->has_failed)
        return hub_why(run->why, HUB_E_VERIFY,
                       "verification, report %zu, expected reject, got no failure", index);
    return HUB_OK;
}

static hub_status run_subset(struct run *run, const struct subset *subset)
{
    unsigned n_shares = run->file->n_shares;
    bool *has_failed = HUB_ARENA_NEW(run->arena, bool, subset->n);

    if (has_failed == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < subset->n; k++)
        HUB_TRY(shard_step(run, subset->reports[k]));
    for (unsigned j = 0; j < n_shares; j++)
        HUB_TRY(verify_init_step(run, subset, j, has_failed));
    note_failures(run, subset, has_failed);
    HUB_TRY(to_message_step(run, subset, has_failed));
    note_failures(run, subset, has_failed);
    for (unsigned j = 0; j < n_shares; j++)
        HUB_TRY(verify_next_step(run, subset, j, has_failed));
    note_failures(run, subset, has_failed);
    for (size_t k = 0; k < subset->n; k++)
        HUB_TRY(check_expect(run, subset->reports[k]));
    return HUB_OK;
}

/* Reports that go into the aggregate: those to be accepted, or all if the file does not say. */
static bool is_aggregated(const struct vector_file *file, size_t index)
{
    bool says = false;

    for (size_t i = 0; i < file->n_reports; i++)
        says = says || file->reports[i].expect != VECTOR_EXPECT_NOTHING;
    return !says || file->reports[index].expect == VECTOR_EXPECT_ACCEPT;
}

static hub_status aggregate(struct run *run, unsigned agg_id, uint8_t *acc, size_t *n_added)
{
    hub_vdaf_agg_share_init(run->v, acc);
    *n_added = 0;
    for (size_t i = 0; i < run->file->n_reports; i++) {
        hub_span out_share = run->progress[i].out_shares[agg_id];

        if (!is_aggregated(run->file, i))
            continue;
        if (hub_vdaf_agg_share_add(run->v, acc, out_share) != HUB_OK)
            return hub_why(run->why, HUB_E_VERIFY, "aggregate, report %zu, it has no out share", i);
        (*n_added)++;
    }
    return compare(run, "aggregate, aggregator", agg_id, &run->file->agg_shares[agg_id],
                   hub_span_of(acc, hub_vdaf_agg_share_len(run->v)));
}

/* The totals as the draft counts them are the elements of the sum of all shares: compared in full
 * width, and, where they fit 64 bits, with what hub_vdaf_unshard says. */
static hub_status check_totals(struct run *run, hub_span leader_share, const uint8_t *sum,
                               hub_span helpers)
{
    const struct vector_file *file = run->file;
    size_t n = hub_vdaf_output_len(run->v);
    size_t element = hub_vdaf_field_bits(run->v) / 8;
    uint64_t *totals = HUB_ARENA_NEW(run->arena, uint64_t, n);
    bool fits_word = true;

    if (totals == NULL)
        return out_of_memory(run);
    if (file->n_totals != n)
        return hub_why(run->why, HUB_E_VERIFY, "unshard, expected %zu totals, got %zu",
                       file->n_totals, n);
    for (size_t i = 0; i < n; i++) {
        struct vector_total got = {{0}};

        memcpy(got.bytes, sum + i * element, element);
        if (memcmp(got.bytes, file->totals[i].bytes, sizeof(got.bytes)) != 0)
            return hub_why(run->why, HUB_E_VERIFY, "unshard, total %zu differs", i);
        for (size_t b = 8; b < sizeof(got.bytes); b++)
            fits_word = fits_word && got.bytes[b] == 0;
    }
    hub_status status = hub_vdaf_unshard(run->v, totals, n, leader_share, helpers);
    if (status != (fits_word ? HUB_OK : HUB_E_DECODE))
        return hub_why(run->why, HUB_E_VERIFY, "unshard, got %s", hub_status_text(status));
    for (size_t i = 0; status == HUB_OK && i < n; i++) {
        uint64_t expected = 0;

        for (size_t b = 8; b-- > 0;)
            expected = expected << 8 | file->totals[i].bytes[b];
        if (totals[i] != expected)
            return hub_why(run->why, HUB_E_VERIFY, "unshard, total %zu, got another number", i);
    }
    return HUB_OK;
}

static hub_status finish(struct run *run)
{
    const struct vector_file *file = run->file;
    size_t len = hub_vdaf_agg_share_len(run->v);
    uint8_t *leader = HUB_ARENA_NEW(run->arena, uint8_t, len);
    uint8_t *helpers = HUB_ARENA_NEW(run->arena, uint8_t, len);
    uint8_t *share = HUB_ARENA_NEW(run->arena, uint8_t, len);
    size_t n_added = 0;

    if (leader == NULL || helpers == NULL || share == NULL)
        return out_of_memory(run);
    for (unsigned j = 0; j < file->n_shares; j++) {
        uint8_t *acc = j == 0 ? leader : share;

        if (file->aggregate[j] == VECTOR_NOT_RUN && file->unshard == VECTOR_NOT_RUN)
            continue;
        HUB_TRY(aggregate(run, j, acc, &n_added));
        if (j != 0 && hub_vdaf_agg_share_add(run->v, helpers, hub_span_of(acc, len)) != HUB_OK)
            return hub_why(run->why, HUB_E_VERIFY, "aggregate, aggregator %u, not elements", j);
    }
    if (file->unshard == VECTOR_NOT_RUN)
        return HUB_OK;
    if (file->has_num_accepted && file->num_accepted != n_added)
        return hub_why(run->why, HUB_E_VERIFY, "num_accepted, got %zu", n_added);
    memcpy(share, leader, len);
    HUB_TRY(hub_vdaf_agg_share_add(run->v, share, hub_span_of(helpers, len)));
    return check_totals(run, hub_span_of(leader, len), share, hub_span_of(helpers, len));
}

static hub_status start(struct run *run)
{
    const struct vector_file *file = run->file;
    unsigned n = file->n_shares;

    run->progress = HUB_ARENA_NEW(run->arena, struct progress, file->n_reports + 1);
    run->workspace =
        hub_arena_alloc(run->arena, hub_vdaf_workspace_len(run->v, file->n_reports + 1), 1);
    if (run->progress == NULL || run->workspace == NULL)
        return out_of_memory(run);
    for (size_t i = 0; i < file->n_reports; i++) {
        struct progress *p = &run->progress[i];

        p->input_shares = HUB_ARENA_NEW(run->arena, hub_span, n);
        p->verifier_shares = HUB_ARENA_NEW(run->arena, hub_span, n);
        p->states = HUB_ARENA_NEW(run->arena, hub_span, n);
        p->out_shares = HUB_ARENA_NEW(run->arena, hub_span, n);
        if (p->input_shares == NULL || p->verifier_shares == NULL || p->states == NULL ||
            p->out_shares == NULL)
            return out_of_memory(run);
    }
    return HUB_OK;
}

hub_status vector_run(const struct vector_file *file, struct hub_arena *arena, bool batch,
                      unsigned cpu, struct hub_why *why)
{
    HUB_CLEANUP(hub_vdaf_free_cleanup) struct hub_vdaf *v = NULL;
    size_t *order = HUB_ARENA_NEW(arena, size_t, file->n_reports + 1);
    hub_status status = hub_vdaf_new_on(&v, &file->params, cpu);
    struct run run = {.file = file, .v = v, .arena = arena, .why = why};

    if (status != HUB_OK)
        return hub_why(why, status, "parameters: %s", hub_status_text(status));
    if (order == NULL)
        return out_of_memory(&run);
    for (size_t i = 0; i < file->n_reports; i++)
        order[i] = i;
    HUB_TRY(start(&run));
    size_t step = batch && file->n_reports != 0 ? file->n_reports : 1;
    for (size_t i = 0; i < file->n_reports; i += step)
        HUB_TRY(run_subset(&run, &(struct subset){order + i, step}));
    return finish(&run);
}
