/* Batches of different reports through every step of Prio3, on one core. A repetition is a whole
 * batch; the median of the repetitions is what counts, the fastest and slowest show the spread.
 * `helper` is all that a helper does for a report: verify_init, verify_next, aggregate. */
#include "bench_vdaf.h"

#include "bench_machine.h"

#include "base/cpu.h"
#include "vdaf/agg_share.h"
#include "vdaf/vdaf.h"

#include <stdio.h>
#include <stdlib.h>

enum { N_REPORTS = 100, REPETITIONS = 31, VECTOR_MAX = 1000, CTX_LEN = 38 /* as in DAP */ };
/* of cases whose batch would not fit into the caches */
enum { N_REPORTS_LARGE = 24, REPETITIONS_LARGE = 7 };

static const struct bench_case {
    const char *name;
    struct hub_vdaf_params params;
    bool is_large;
} cases[] = {
    {"Count", {.kind = HUB_VDAF_PRIO3_COUNT}, false},
    {"Sum(255)", {.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 255}, false},
    {"SumVec(5,65535,9)",
     {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 65535, .length = 5, .chunk_length = 9},
     false},
    {"Histogram(8,3)", {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8, .chunk_length = 3}, false},
    {"Histogram(100,10)",
     {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 100, .chunk_length = 10},
     false},
    {"Histogram(1000,31)",
     {.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 1000, .chunk_length = 31},
     false},
    {"SumVec(1000 x 16 bit,126)",
     {.kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 65535, .length = 1000, .chunk_length = 126},
     true},
    {"MultihotCountVec(100,3,10)",
     {.kind = HUB_VDAF_PRIO3_MULTIHOT, .length = 100, .chunk_length = 10, .max_weight = 3},
     false},
};

/* The last one that a machine has is its fastest. */
static const struct tier {
    const char *name;
    unsigned cpu;
} tiers[] = {
    {"c", 0},
    {"avx2", HUB_CPU_AVX2},
    {"avx512", HUB_CPU_AVX2 | HUB_CPU_AVX512},
    {"avx512-ifma", HUB_CPU_AVX2 | HUB_CPU_AVX512 | HUB_CPU_AVX512_IFMA},
    {"neon", HUB_CPU_NEON},
};
enum { N_TIERS = sizeof(tiers) / sizeof(tiers[0]) };

enum step {
    STEP_SHARD,
    STEP_LEADER_VERIFY_INIT,
    STEP_HELPER_VERIFY_INIT,
    STEP_SHARES_TO_MESSAGE,
    STEP_VERIFY_NEXT,
    STEP_AGGREGATE,
    N_STEPS,
    HELPER = N_STEPS /* all of its steps */
};

static const char *const step_names[N_STEPS + 1] = {
    [STEP_SHARD] = "shard",
    [STEP_LEADER_VERIFY_INIT] = "leader_verify_init",
    [STEP_HELPER_VERIFY_INIT] = "helper_verify_init",
    [STEP_SHARES_TO_MESSAGE] = "verifier_shares_to_message",
    [STEP_VERIFY_NEXT] = "verify_next",
    [STEP_AGGREGATE] = "aggregate",
    [HELPER] = "helper",
};

/* All memory of one case. */
struct batch {
    struct hub_vdaf *v;
    size_t n;
    uint64_t vector[VECTOR_MAX];
    struct hub_measurement measurements[N_REPORTS];
    uint8_t nonces[N_REPORTS][HUB_VDAF_NONCE_LEN];
    uint8_t rand[N_REPORTS][128];
    uint8_t ctx[CTX_LEN];
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t *workspace;
    uint8_t *public_shares;
    uint8_t *input_shares[HUB_VDAF_N_SHARES];
    struct hub_verify_in in[HUB_VDAF_N_SHARES][N_REPORTS];
    uint8_t *verifier_shares[HUB_VDAF_N_SHARES];
    hub_span verifier_spans[HUB_VDAF_N_SHARES][N_REPORTS];
    uint8_t *states[HUB_VDAF_N_SHARES];
    uint8_t *messages;
    hub_span message_spans[N_REPORTS];
    hub_span out_shares[N_REPORTS];
    uint8_t *agg_share;
    uint8_t verdict[N_REPORTS];
};

static void *allocate(size_t n)
{
    void *p = calloc(n + 1, 1);

    if (p == NULL)
        abort();
    return p;
}

static void open_batch(struct batch *b, const struct bench_case *c, unsigned cpu)
{
    const struct hub_vdaf_params *params = &c->params;

    memset(b, 0, sizeof(*b));
    b->n = c->is_large ? N_REPORTS_LARGE : N_REPORTS;
    if (hub_vdaf_new_on(&b->v, params, cpu) != HUB_OK)
        abort();
    b->workspace = allocate(hub_vdaf_workspace_len(b->v, b->n));
    b->public_shares = allocate(b->n * hub_vdaf_public_share_len(b->v));
    b->messages = allocate(b->n * hub_vdaf_verifier_message_len(b->v));
    b->agg_share = allocate(hub_vdaf_agg_share_len(b->v));
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        b->input_shares[j] = allocate(b->n * hub_vdaf_input_share_len(b->v, j));
        b->verifier_shares[j] = allocate(b->n * hub_vdaf_verifier_share_len(b->v));
        b->states[j] = allocate(b->n * hub_vdaf_verify_state_len(b->v));
    }
    b->vector[0] = 1;
    for (size_t i = 0; i < b->n; i++) {
        size_t public_len = hub_vdaf_public_share_len(b->v);
        size_t message_len = hub_vdaf_verifier_message_len(b->v);
        size_t verifier_len = hub_vdaf_verifier_share_len(b->v);

        b->measurements[i] =
            (struct hub_measurement){.number = i % 2, .vector = b->vector, .n = params->length};
        b->nonces[i][0] = (uint8_t)i;
        memset(b->rand[i], (int)i + 1, sizeof(b->rand[i]));
        b->message_spans[i] = hub_span_of(b->messages + i * message_len, message_len);
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            size_t len = hub_vdaf_input_share_len(b->v, j);

            b->in[j][i] = (struct hub_verify_in){
                b->nonces[i], hub_span_of(b->public_shares + i * public_len, public_len),
                hub_span_of(b->input_shares[j] + i * len, len)};
            b->verifier_spans[j][i] =
                hub_span_of(b->verifier_shares[j] + i * verifier_len, verifier_len);
        }
    }
}

static void close_batch(struct batch *b)
{
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        free(b->input_shares[j]);
        free(b->verifier_shares[j]);
        free(b->states[j]);
    }
    free(b->agg_share);
    free(b->messages);
    free(b->public_shares);
    free(b->workspace);
    hub_vdaf_free(b->v);
}

static void shard_all(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *const shares[HUB_VDAF_N_SHARES] = {
            b->input_shares[0] + i * hub_vdaf_input_share_len(b->v, 0),
            b->input_shares[1] + i * hub_vdaf_input_share_len(b->v, 1)};

        if (hub_vdaf_shard_into(
                b->v, b->workspace, b->public_shares + i * hub_vdaf_public_share_len(b->v), shares,
                &b->measurements[i], HUB_SPAN_ARRAY(b->nonces[i]),
                hub_span_of(b->rand[i], hub_vdaf_rand_len(b->v)), HUB_SPAN_ARRAY(b->ctx)) != HUB_OK)
            abort();
    }
}

static void run_step(struct batch *b, enum step step)
{
    const hub_span *const shares[HUB_VDAF_N_SHARES] = {b->verifier_spans[0], b->verifier_spans[1]};
    unsigned agg_id = step == STEP_HELPER_VERIFY_INIT ? HUB_VDAF_HELPER : HUB_VDAF_LEADER;

    switch (step) {
    case STEP_SHARD:
        shard_all(b);
        break;
    case STEP_LEADER_VERIFY_INIT:
    case STEP_HELPER_VERIFY_INIT:
        hub_vdaf_verify_init(b->v, b->workspace, b->n, agg_id, HUB_SPAN_ARRAY(b->verify_key),
                             HUB_SPAN_ARRAY(b->ctx), b->in[agg_id], b->verdict,
                             b->verifier_shares[agg_id], b->states[agg_id]);
        break;
    case STEP_SHARES_TO_MESSAGE:
        hub_vdaf_verifier_shares_to_message(b->v, b->workspace, b->n, HUB_SPAN_ARRAY(b->ctx),
                                            shares, b->verdict, b->messages);
        break;
    case STEP_VERIFY_NEXT:
        hub_vdaf_verify_next(b->v, b->n, b->states[HUB_VDAF_HELPER], b->message_spans, b->verdict,
                             b->out_shares);
        break;
    case STEP_AGGREGATE:
        hub_vdaf_aggregate(b->v, b->agg_share, b->n, b->verdict, b->out_shares);
        break;
    case N_STEPS:
        break;
    }
}

/* us: median, fastest, slowest. */
static void print_step(bool json, const struct bench_case *c, const struct tier *tier,
                       const struct batch *b, enum step step, const double us[3], const char *cpu)
{
    if (json)
        (void)printf("{\"bench\": \"vdaf\", \"vdaf\": \"%s\", \"step\": \"%s\", \"tier\": \"%s\", "
                     "\"batch\": %zu, \"repetitions\": %d, \"us_per_report\": %.3f, "
                     "\"fastest\": %.3f, \"slowest\": %.3f, \"cpu\": \"%s\", \"compiler\": "
                     "\"%s\"}\n",
                     c->name, step_names[step], tier->name, b->n,
                     c->is_large ? REPETITIONS_LARGE : REPETITIONS, us[0], us[1], us[2], cpu,
                     __VERSION__);
    else
        (void)printf("%-26s %-12s %-28s %10.3f %10.3f %10.3f\n", c->name, tier->name,
                     step_names[step], us[0], us[1], us[2]);
}

static bool run_case(bool json, const struct bench_case *c, const struct tier *tier,
                     const char *cpu)
{
    const unsigned repetitions = c->is_large ? REPETITIONS_LARGE : REPETITIONS;
    struct batch *b = allocate(sizeof(*b));
    double helper[3] = {0};
    bool accepted = true;

    open_batch(b, c, tier->cpu);
    for (unsigned step = 0; step < N_STEPS; step++) {
        double us[REPETITIONS];

        for (unsigned r = 0; r < repetitions; r++) {
            double start = hub_bench_now_us();

            run_step(b, (enum step)step);
            us[r] = (hub_bench_now_us() - start) / (double)b->n;
        }
        hub_bench_sort(us, repetitions);
        const double line[3] = {us[repetitions / 2], us[0], us[repetitions - 1]};
        print_step(json, c, tier, b, (enum step)step, line, cpu);
        if (step != STEP_HELPER_VERIFY_INIT && step != STEP_VERIFY_NEXT && step != STEP_AGGREGATE)
            continue;
        for (unsigned i = 0; i < 3; i++)
            helper[i] += line[i];
    }
    print_step(json, c, tier, b, HELPER, helper, cpu);
    for (size_t i = 0; i < b->n; i++)
        accepted = accepted && b->verdict[i] == HUB_VDAF_ACCEPTED;
    close_batch(b);
    free(b);
    return accepted;
}

static bool runs_here(size_t tier)
{
    return (tiers[tier].cpu & ~hub_cpu_flags()) == 0;
}

static bool is_fastest_here(size_t tier)
{
    for (size_t t = tier + 1; t < N_TIERS; t++) {
        if (runs_here(t))
            return false;
    }
    return true;
}

/* Whether a tier of this machine is asked for: by its name, by "all", or the fastest by NULL. */
static bool is_asked(const char *name, size_t tier)
{
    if (!runs_here(tier))
        return false;
    if (name == NULL)
        return is_fastest_here(tier);
    return strcmp(name, "all") == 0 || strcmp(name, tiers[tier].name) == 0;
}

int hub_bench_vdaf(bool json, const char *tier)
{
    bool ran = false;
    char cpu[128];

    hub_bench_find_cpu(cpu, sizeof(cpu));
    if (!json)
        (void)printf("%s, %s, microseconds a report in batches of %d, large ones of %d\n"
                     "%-26s %-12s %-28s %10s %10s %10s\n",
                     cpu, __VERSION__, N_REPORTS, N_REPORTS_LARGE, "VDAF", "tier", "step", "median",
                     "fastest", "slowest");
    for (size_t t = 0; t < N_TIERS; t++) {
        for (size_t i = 0; is_asked(tier, t) && i < sizeof(cases) / sizeof(cases[0]); i++) {
            ran = true;
            if (!run_case(json, &cases[i], &tiers[t], cpu)) {
                (void)fprintf(stderr, "hubbub: %s: a report was rejected\n", cases[i].name);
                return 1;
            }
        }
    }
    if (!ran)
        (void)fprintf(stderr, "hubbub bench: no tier %s on this machine; all runs those it has\n",
                      tier);
    return ran ? 0 : 2;
}
