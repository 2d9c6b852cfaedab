/* The steps of Poplar1 over a subset of the file's reports. Each step takes what the file says was
 * delivered and compares what it gives with what the file says was computed. */
#include "poplar1.h"

#include "poplar1_file.h"

#include "base/cpu.h"

#include <stdio.h>

enum { SKIPPED = UINT8_MAX }; /* as a verdict: not this report in this step */

/* What has come of one report so far. */
struct progress {
    bool has_failed;
    hub_span public_share; /* delivered or made */
    hub_span input_shares[POPLAR1_N_SHARES];
    hub_span states[POPLAR1_N_SHARES];
    hub_span verifier_shares[POPLAR1_N_ROUNDS][POPLAR1_N_SHARES]; /* computed */
    hub_span messages[POPLAR1_N_ROUNDS];                          /* computed */
    hub_span out_shares[POPLAR1_N_SHARES];
};

struct run {
    const struct poplar1_file *file;
    const struct hub_idpf_plan *plan;
    struct hub_poplar1 *poplar1;
    struct hub_arena *arena;
    struct hub_why *why;
    struct progress *progress; /* n_reports */
    /* the reports of this pass */
    size_t from;
    size_t n;
    uint8_t *verdict; /* n, as all below */
    bool *has_failed;
};

static hub_status out_of_memory(struct run *run)
{
    return hub_why(run->why, HUB_E_MEMORY, "out of memory");
}

static hub_status compare(struct run *run, const char *step, size_t report,
                          const struct vector_message *expected, hub_span got)
{
    return vector_message_compare(run->why, step, report, expected, got);
}

/* The verdict with which report k of the pass goes into a step. */
static hub_status enter(struct run *run, const char *step, size_t k, enum vector_outcome wanted)
{
    run->verdict[k] = wanted == VECTOR_NOT_RUN ? SKIPPED : HUB_VDAF_ACCEPTED;
    if (wanted != VECTOR_NOT_RUN && run->progress[run->from + k].has_failed)
        return hub_why(run->why, HUB_E_VERIFY,
                       "%s, report %zu, expected to run, got a failure before it", step,
                       run->from + k);
    return HUB_OK;
}

/* *goes_on: the step ran and succeeded. A failure that was to be counts from the next step on. */
static hub_status leave(struct run *run, const char *step, size_t k, enum vector_outcome wanted,
                        bool *goes_on)
{
    const bool succeeded = run->verdict[k] == HUB_VDAF_ACCEPTED;

    *goes_on = succeeded;
    if (run->verdict[k] == SKIPPED)
        return HUB_OK;
    if (succeeded != (wanted == VECTOR_SUCCEEDS))
        return hub_why(run->why, HUB_E_VERIFY, "%s, report %zu, expected %s, got %s", step,
                       run->from + k, wanted == VECTOR_SUCCEEDS ? "success" : "failure",
                       succeeded ? "success" : hub_vdaf_verdict_name(run->verdict[k]));
    run->has_failed[k] = run->has_failed[k] || !succeeded;
    return HUB_OK;
}

/* What failed is out from here on. */
static void note_failures(struct run *run)
{
    for (size_t k = 0; k < run->n; k++)
        run->progress[run->from + k].has_failed |= run->has_failed[k];
}

static hub_status make_shares(struct run *run, size_t i)
{
    const struct poplar1_report *report = &run->file->reports[i];
    struct progress *p = &run->progress[i];
    const size_t public_len = hub_poplar1_public_share_len(run->file->bits);
    const size_t input_len = hub_poplar1_input_share_len(run->file->bits);
    uint8_t *public_share = HUB_ARENA_NEW(run->arena, uint8_t, public_len);
    uint8_t *input_shares[POPLAR1_N_SHARES];

    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++) {
        input_shares[j] = HUB_ARENA_NEW(run->arena, uint8_t, input_len);
        if (public_share == NULL || input_shares[j] == NULL)
            return out_of_memory(run);
        p->input_shares[j] = hub_span_of(input_shares[j], input_len);
    }
    p->public_share = hub_span_of(public_share, public_len);
    hub_status status =
        hub_poplar1_shard(run->poplar1, public_share, input_shares, report->measurement,
                          report->nonce, report->rand, run->file->ctx);
    if (status != HUB_OK)
        return hub_why(run->why, HUB_E_VERIFY, "shard, report %zu, expected success, got %s", i,
                       hub_status_text(status));
    return HUB_OK;
}

/* Shards where the file lists it, or where only a digest of a share is given. */
static hub_status shard_step(struct run *run, size_t i)
{
    const struct poplar1_report *report = &run->file->reports[i];
    struct progress *p = &run->progress[i];
    bool makes = report->shard == VECTOR_SUCCEEDS;

    if (report->nonce.len != HUB_VDAF_NONCE_LEN || report->shard == VECTOR_FAILS)
        return hub_why(run->why, HUB_E_VERIFY, "shard, report %zu, cannot be run", i);
    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++)
        makes = makes || (report->has_measurement && report->input_shares[j].is_digest);
    makes = makes || (report->has_measurement && report->public_share.is_digest);
    if (makes)
        HUB_TRY(make_shares(run, i));
    if (report->shard == VECTOR_SUCCEEDS)
        HUB_TRY(compare(run, "shard: public share", i, &report->public_share, p->public_share));
    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++) {
        if (report->shard == VECTOR_SUCCEEDS || report->input_shares[j].is_digest)
            HUB_TRY(compare(run, "shard: input share", i, &report->input_shares[j],
                            p->input_shares[j]));
        p->input_shares[j] = vector_message_delivered(&report->input_shares[j], p->input_shares[j]);
    }
    p->public_share = vector_message_delivered(&report->public_share, p->public_share);
    return HUB_OK;
}

static hub_status init_all(struct run *run, unsigned agg_id, uint8_t *shares, uint8_t *states)
{
    struct hub_verify_in *in = HUB_ARENA_NEW(run->arena, struct hub_verify_in, run->n);

    if (in == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++) {
        const struct progress *p = &run->progress[run->from + k];

        in[k] = (struct hub_verify_in){run->file->reports[run->from + k].nonce.ptr, p->public_share,
                                       p->input_shares[agg_id]};
    }
    hub_status status = hub_poplar1_verify_init(run->poplar1, run->n, agg_id, run->file->verify_key,
                                                run->file->ctx, in, run->verdict, shares, states);
    return status == HUB_OK ? HUB_OK
                            : hub_why(run->why, status, "verify_init: %s", hub_status_text(status));
}

static hub_status verify_init_step(struct run *run, unsigned agg_id)
{
    const size_t share_len = hub_poplar1_verifier_share_len(run->plan, 0);
    const size_t state_len = hub_poplar1_verify_state_len(run->plan);
    uint8_t *shares = HUB_ARENA_NEW(run->arena, uint8_t, run->n * share_len);
    uint8_t *states = HUB_ARENA_NEW(run->arena, uint8_t, run->n * state_len);
    bool goes_on;

    if (shares == NULL || states == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(
            enter(run, "verify_init", k, run->file->reports[run->from + k].verify_init[agg_id]));
    HUB_TRY(init_all(run, agg_id, shares, states));
    for (size_t k = 0; k < run->n; k++) {
        const size_t i = run->from + k;
        const struct poplar1_report *report = &run->file->reports[i];

        HUB_TRY(leave(run, "verify_init", k, report->verify_init[agg_id], &goes_on));
        if (!goes_on)
            continue;
        run->progress[i].states[agg_id] = hub_span_of(states + k * state_len, state_len);
        run->progress[i].verifier_shares[0][agg_id] =
            hub_span_of(shares + k * share_len, share_len);
        if (!report->transit_is_changed)
            HUB_TRY(compare(run, "verify_init: verifier share", i,
                            &report->verifier_shares[0][agg_id],
                            run->progress[i].verifier_shares[0][agg_id]));
    }
    return HUB_OK;
}

static hub_status to_message_step(struct run *run, unsigned round)
{
    static const char *const names[] = {"verifier_shares_to_message, round 0",
                                        "verifier_shares_to_message, round 1"};
    const size_t len = hub_poplar1_verifier_message_len(run->plan, round);
    uint8_t *messages = HUB_ARENA_NEW(run->arena, uint8_t, run->n * len + 1);
    hub_span *rows[POPLAR1_N_SHARES];
    bool goes_on;

    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++) {
        rows[j] = HUB_ARENA_NEW(run->arena, hub_span, run->n);
        if (rows[j] == NULL || messages == NULL)
            return out_of_memory(run);
        for (size_t k = 0; k < run->n; k++)
            rows[j][k] = vector_message_delivered(
                &run->file->reports[run->from + k].verifier_shares[round][j],
                run->progress[run->from + k].verifier_shares[round][j]);
    }
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(enter(run, names[round], k, run->file->reports[run->from + k].to_message[round]));
    hub_poplar1_verifier_shares_to_message(run->plan, round, run->n,
                                           (const hub_span *const[]){rows[0], rows[1]},
                                           run->verdict, messages);
    for (size_t k = 0; k < run->n; k++) {
        const size_t i = run->from + k;
        const struct poplar1_report *report = &run->file->reports[i];

        HUB_TRY(leave(run, names[round], k, report->to_message[round], &goes_on));
        if (!goes_on)
            continue;
        run->progress[i].messages[round] = hub_span_of(messages + k * len, len);
        if (!report->transit_is_changed)
            HUB_TRY(compare(run, names[round], i, &report->verifier_messages[round],
                            run->progress[i].messages[round]));
    }
    return HUB_OK;
}

/* The states of this pass in rows, and the messages that were delivered. */
static hub_status gather(struct run *run, unsigned round, unsigned agg_id, uint8_t **states,
                         hub_span **messages)
{
    const size_t state_len = hub_poplar1_verify_state_len(run->plan);

    *states = HUB_ARENA_NEW(run->arena, uint8_t, run->n * state_len);
    *messages = HUB_ARENA_NEW(run->arena, hub_span, run->n);
    if (*states == NULL || *messages == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++) {
        const struct progress *p = &run->progress[run->from + k];

        if (run->verdict[k] != SKIPPED && p->states[agg_id].len != state_len)
            return hub_why(run->why, HUB_E_VERIFY,
                           "verify_next, report %zu, expected verify_init before it, got none",
                           run->from + k);
        if (p->states[agg_id].len == state_len)
            memcpy(*states + k * state_len, p->states[agg_id].ptr, state_len);
        (*messages)[k] = vector_message_delivered(
            &run->file->reports[run->from + k].verifier_messages[round], p->messages[round]);
    }
    return HUB_OK;
}

static hub_status continue_step(struct run *run, unsigned agg_id)
{
    const size_t share_len = hub_poplar1_verifier_share_len(run->plan, 1);
    uint8_t *shares = HUB_ARENA_NEW(run->arena, uint8_t, run->n * share_len);
    uint8_t *states;
    hub_span *messages;
    bool goes_on;

    if (shares == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(enter(run, "verify_next, round 1", k,
                      run->file->reports[run->from + k].verify_next[0][agg_id]));
    HUB_TRY(gather(run, 0, agg_id, &states, &messages));
    hub_poplar1_verify_continue(run->plan, run->n, agg_id, states, messages, run->verdict, shares);
    for (size_t k = 0; k < run->n; k++) {
        const size_t i = run->from + k;
        const struct poplar1_report *report = &run->file->reports[i];
        hub_span share = hub_span_of(shares + k * share_len, share_len);

        HUB_TRY(leave(run, "verify_next, round 1", k, report->verify_next[0][agg_id], &goes_on));
        if (!goes_on)
            continue;
        run->progress[i].verifier_shares[1][agg_id] = share;
        if (!report->transit_is_changed)
            HUB_TRY(compare(run, "verify_next: verifier share", i,
                            &report->verifier_shares[1][agg_id], share));
    }
    return HUB_OK;
}

static hub_status finish_step(struct run *run, unsigned agg_id)
{
    hub_span *out_shares = HUB_ARENA_NEW(run->arena, hub_span, run->n);
    uint8_t *states;
    hub_span *messages;
    bool goes_on;

    if (out_shares == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(enter(run, "verify_next, round 2", k,
                      run->file->reports[run->from + k].verify_next[1][agg_id]));
    HUB_TRY(gather(run, 1, agg_id, &states, &messages));
    hub_poplar1_verify_finish(run->plan, run->n, states, messages, run->verdict, out_shares);
    for (size_t k = 0; k < run->n; k++) {
        const size_t i = run->from + k;
        const struct poplar1_report *report = &run->file->reports[i];

        HUB_TRY(leave(run, "verify_next, round 2", k, report->verify_next[1][agg_id], &goes_on));
        if (!goes_on)
            continue;
        run->progress[i].out_shares[agg_id] = out_shares[k];
        HUB_TRY(
            compare(run, "verify_next: out share", i, &report->out_shares[agg_id], out_shares[k]));
    }
    return HUB_OK;
}

static hub_status check_expect(struct run *run, size_t i)
{
    const enum vector_expect expect = run->file->reports[i].expect;
    const struct progress *p = &run->progress[i];
    const bool has_all = p->out_shares[0].ptr != NULL && p->out_shares[1].ptr != NULL;

    if (expect == VECTOR_EXPECT_ACCEPT && (p->has_failed || !has_all))
        return hub_why(run->why, HUB_E_VERIFY, "verification, report %zu, expected accept, got %s",
                       i, p->has_failed ? "reject" : "no out share");
    if (expect == VECTOR_EXPECT_REJECT && !p->has_failed)
        return hub_why(run->why, HUB_E_VERIFY,
                       "verification, report %zu, expected reject, got no failure", i);
    return HUB_OK;
}

static hub_status run_pass(struct run *run)
{
    run->verdict = HUB_ARENA_NEW(run->arena, uint8_t, run->n);
    run->has_failed = HUB_ARENA_NEW(run->arena, bool, run->n);
    if (run->verdict == NULL || run->has_failed == NULL)
        return out_of_memory(run);
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(shard_step(run, run->from + k));
    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++)
        HUB_TRY(verify_init_step(run, j));
    note_failures(run);
    HUB_TRY(to_message_step(run, 0));
    note_failures(run);
    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++)
        HUB_TRY(continue_step(run, j));
    note_failures(run);
    HUB_TRY(to_message_step(run, 1));
    note_failures(run);
    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++)
        HUB_TRY(finish_step(run, j));
    note_failures(run);
    for (size_t k = 0; k < run->n; k++)
        HUB_TRY(check_expect(run, run->from + k));
    return HUB_OK;
}

/* Reports that go into the aggregate: those to be accepted, or all if the file does not say. */
static bool is_aggregated(const struct poplar1_file *file, size_t index)
{
    bool says = false;

    for (size_t i = 0; i < file->n_reports; i++)
        says = says || file->reports[i].expect != VECTOR_EXPECT_NOTHING;
    return !says || file->reports[index].expect == VECTOR_EXPECT_ACCEPT;
}

static hub_status aggregate(struct run *run, unsigned agg_id, uint8_t *acc, size_t *n_added)
{
    *n_added = 0;
    for (size_t i = 0; i < run->file->n_reports; i++) {
        if (!is_aggregated(run->file, i))
            continue;
        if (run->progress[i].out_shares[agg_id].ptr == NULL ||
            hub_poplar1_agg_share_add(run->plan, acc, run->progress[i].out_shares[agg_id]) !=
                HUB_OK)
            return hub_why(run->why, HUB_E_VERIFY, "aggregate, report %zu, it has no out share", i);
        (*n_added)++;
    }
    return compare(run, "aggregate, aggregator", agg_id, &run->file->agg_shares[agg_id],
                   hub_span_of(acc, hub_poplar1_out_share_len(run->plan)));
}

static hub_status finish(struct run *run)
{
    const struct poplar1_file *file = run->file;
    const size_t len = hub_poplar1_out_share_len(run->plan);
    const size_t n = hub_idpf_plan_param(run->plan)->n_prefixes;
    uint8_t *acc[POPLAR1_N_SHARES];
    uint64_t *totals = HUB_ARENA_NEW(run->arena, uint64_t, n + 1);
    size_t n_added = 0;

    for (unsigned j = 0; j < POPLAR1_N_SHARES; j++) {
        acc[j] = HUB_ARENA_NEW(run->arena, uint8_t, len + 1);
        if (acc[j] == NULL || totals == NULL)
            return out_of_memory(run);
        if (file->aggregate[j] == VECTOR_SUCCEEDS || file->unshard == VECTOR_SUCCEEDS)
            HUB_TRY(aggregate(run, j, acc[j], &n_added));
    }
    if (file->unshard != VECTOR_SUCCEEDS)
        return HUB_OK;
    if (file->has_num_accepted && file->num_accepted != n_added)
        return hub_why(run->why, HUB_E_VERIFY, "num_accepted, got %zu", n_added);
    if (hub_poplar1_unshard(run->plan, totals, hub_span_of(acc[0], len),
                            hub_span_of(acc[1], len)) != HUB_OK)
        return hub_why(run->why, HUB_E_VERIFY, "unshard, expected success, got failure");
    if (!file->has_totals || file->n_totals != n)
        return hub_why(run->why, HUB_E_VERIFY, "unshard, expected %zu totals, got %zu",
                       file->n_totals, n);
    for (size_t i = 0; i < n; i++) {
        if (totals[i] != file->totals[i])
            return hub_why(run->why, HUB_E_VERIFY, "unshard, total %zu differs", i);
    }
    return HUB_OK;
}

static hub_status run_all(const struct poplar1_file *file, struct hub_arena *arena, unsigned cpu,
                          bool batch, struct hub_why *why)
{
    HUB_CLEANUP(hub_idpf_plan_free_cleanup) struct hub_idpf_plan *plan = NULL;
    HUB_CLEANUP(hub_poplar1_free_cleanup) struct hub_poplar1 *poplar1 = NULL;
    struct hub_agg_param param;
    const size_t step = batch && file->n_reports != 0 ? file->n_reports : 1;

    if (hub_agg_param_decode(&param, file->agg_param) != HUB_OK ||
        !hub_agg_param_is_valid(&param, file->bits, NULL))
        return hub_why(why, HUB_E_VERIFY, "agg_param, not valid");
    HUB_TRY(hub_idpf_plan_new(&plan, file->bits, &param));
    HUB_TRY(hub_poplar1_new(&poplar1, file->bits, plan, cpu));
    struct run run = {.file = file, .plan = plan, .poplar1 = poplar1, .arena = arena, .why = why};
    run.progress = HUB_ARENA_NEW(arena, struct progress, file->n_reports + 1);
    if (run.progress == NULL)
        return out_of_memory(&run);
    run.n = step;
    for (; run.from < file->n_reports; run.from += step)
        HUB_TRY(run_pass(&run));
    return finish(&run);
}

static hub_status run_reports(const struct poplar1_file *file, struct hub_arena *arena,
                              struct hub_why *why)
{
    const unsigned cpu = hub_cpu_flags();
    const unsigned tiers[] = {0, cpu & HUB_CPU_AES, cpu & (HUB_CPU_AES | HUB_CPU_AVX2), cpu};

    for (unsigned t = 0; t < sizeof(tiers) / sizeof(tiers[0]); t++) {
        for (unsigned batch = 0; batch < (file->n_reports > 1 ? 2U : 1U); batch++) {
            struct hub_why detail = {""};
            hub_status status = run_all(file, arena, tiers[t], batch == 1, &detail);

            if (status != HUB_OK)
                return hub_why(why, status, "%s%s%.240s", batch == 1 ? "as one batch: " : "",
                               t == 0 ? "" : "with the processor's kernels: ", detail.text);
        }
    }
    return HUB_OK;
}

/* Aggregation parameters alone: decoded, held to the rules, encoded again. A case may name what the
 * reports were aggregated with before it. */
static hub_status run_case(struct hub_arena *arena, unsigned bits, size_t index, const json_t *item,
                           struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf again = HUB_BUF_INIT(SIZE_MAX);
    const json_t *earlier = json_object_get(item, "previous_agg_params");
    const size_t n_earlier = json_array_size(earlier);
    enum vector_expect expect = VECTOR_EXPECT_NOTHING;
    struct hub_agg_param param;
    struct hub_agg_param previous;
    hub_span bytes;
    hub_span previous_bytes;

    if (vector_expect_read(&expect, json_object_get(item, "expect")) != HUB_OK ||
        expect == VECTOR_EXPECT_NOTHING ||
        vector_json_hex(&bytes, arena, json_object_get(item, "agg_param")) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "cases: item %zu is none", index);
    if (n_earlier != 0 && (vector_json_hex(&previous_bytes, arena,
                                           json_array_get(earlier, n_earlier - 1)) != HUB_OK ||
                           hub_agg_param_decode(&previous, previous_bytes) != HUB_OK))
        return hub_why(why, HUB_E_DECODE, "cases: item %zu: previous_agg_params", index);
    const bool is_valid = hub_agg_param_decode(&param, bytes) == HUB_OK &&
                          hub_agg_param_is_valid(&param, bits, n_earlier != 0 ? &previous : NULL);
    if (is_valid != (expect == VECTOR_EXPECT_ACCEPT))
        return hub_why(why, HUB_E_VERIFY, "agg_param, case %zu, expected %s, got %s", index,
                       is_valid ? "reject" : "accept", is_valid ? "accept" : "reject");
    if (!is_valid)
        return HUB_OK;
    HUB_TRY(hub_agg_param_encode(&again, &param));
    if (!hub_span_equal_var(hub_buf_span(&again), bytes))
        return hub_why(why, HUB_E_VERIFY, "agg_param, case %zu, encodes to other bytes", index);
    return HUB_OK;
}

/* Without bits any level that can be written exists. */
static hub_status run_cases(struct hub_arena *arena, const json_t *root, const json_t *cases,
                            struct hub_why *why)
{
    uint64_t bits = HUB_AGG_PARAM_BITS_MAX;

    if (json_object_get(root, "bits") != NULL)
        HUB_TRY(vector_json_member_u64(&bits, root, "bits", why));
    if (bits < 1 || bits > HUB_AGG_PARAM_BITS_MAX || json_array_size(cases) == 0)
        return hub_why(why, HUB_E_DECODE, "bits: not 1 to 65536, or cases: empty");
    for (size_t i = 0; i < json_array_size(cases); i++)
        HUB_TRY(run_case(arena, (unsigned)bits, i, json_array_get(cases, i), why));
    return HUB_OK;
}

hub_status vector_poplar1_run(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;
    struct poplar1_file file;

    HUB_TRY(vector_json_load(&root, path, why));
    const json_t *cases = json_object_get(root, "cases");
    if (cases != NULL)
        HUB_TRY(run_cases(arena, root, cases, why));
    if (cases != NULL && json_object_get(root, "reports") == NULL)
        return HUB_OK;
    HUB_TRY(poplar1_file_read(&file, arena, root, why));
    return run_reports(&file, arena, why);
}
