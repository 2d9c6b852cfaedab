/* Reports of random measurements of 128 bits through every step of Poplar1, on one core, with 256
 * random prefixes in order: at the leaves, where a prefix is a whole measurement, and halfway. A
 * repetition is a whole batch; the median of the repetitions is what counts. */
#include "bench_poplar1.h"

#include "bench_machine.h"

#include "base/cpu.h"
#include "vdaf/poplar1.h"

#include <stdio.h>
#include <stdlib.h>

enum { BITS = 128, N_PREFIXES = 256, N_REPORTS = 16, REPETITIONS = 21, CTX_LEN = 38 };

static const struct bench_case {
    const char *name;
    unsigned level;
} cases[] = {
    {"Poplar1(128), 256 leaves", BITS - 1},
    {"Poplar1(128), 256 at level 63", 63},
};

enum step {
    STEP_SHARD,
    STEP_VERIFY_INIT,
    STEP_TO_MESSAGE_0,
    STEP_CONTINUE,
    STEP_TO_MESSAGE_1,
    STEP_FINISH,
    STEP_AGGREGATE,
    N_STEPS
};

static const char *const step_names[N_STEPS] = {
    [STEP_SHARD] = "shard",
    [STEP_VERIFY_INIT] = "helper_verify_init",
    [STEP_TO_MESSAGE_0] = "verifier_shares_to_message_0",
    [STEP_CONTINUE] = "verify_next_1",
    [STEP_TO_MESSAGE_1] = "verifier_shares_to_message_1",
    [STEP_FINISH] = "verify_next_2",
    [STEP_AGGREGATE] = "aggregate",
};

/* All memory of one case. Rows are by report. */
struct batch {
    struct hub_agg_param param;
    struct hub_idpf_plan *plan;
    struct hub_poplar1 *poplar1;
    uint8_t prefixes[N_PREFIXES * BITS / 8];
    uint8_t measurements[N_REPORTS][BITS / 8];
    uint8_t nonces[N_REPORTS][HUB_VDAF_NONCE_LEN];
    uint8_t rand[N_REPORTS][HUB_POPLAR1_RAND_LEN];
    uint8_t ctx[CTX_LEN];
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t *public_shares;
    uint8_t *input_shares[HUB_VDAF_N_SHARES];
    struct hub_verify_in in[HUB_VDAF_N_SHARES][N_REPORTS];
    uint8_t *verifier_shares[2][HUB_VDAF_N_SHARES];
    uint8_t *states[HUB_VDAF_N_SHARES];
    uint8_t *messages;
    hub_span message_spans[2][N_REPORTS];
    hub_span share_spans[2][HUB_VDAF_N_SHARES][N_REPORTS];
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

/* The same bytes in every run: xorshift64*. */
static void fill(uint8_t *out, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        out[i] = (uint8_t)(*state * 0x2545f4914f6cdd1dU >> 56);
    }
}

static int by_row_16(const void *a, const void *b)
{
    return memcmp(a, b, BITS / 8);
}

static int by_row_8(const void *a, const void *b)
{
    return memcmp(a, b, BITS / 16);
}

static void open_batch(struct batch *b, const struct bench_case *c, unsigned cpu)
{
    uint64_t state = 20260101;

    memset(b, 0, sizeof(*b));
    b->param = (struct hub_agg_param){c->level, N_PREFIXES, (c->level + 8) / 8, b->prefixes};
    fill(b->prefixes, N_PREFIXES * b->param.prefix_bytes, &state);
    qsort(b->prefixes, N_PREFIXES, b->param.prefix_bytes,
          b->param.prefix_bytes == BITS / 8 ? by_row_16 : by_row_8);
    fill(b->measurements[0], sizeof(b->measurements), &state);
    fill(b->nonces[0], sizeof(b->nonces), &state);
    fill(b->rand[0], sizeof(b->rand), &state);
    if (hub_idpf_plan_new(&b->plan, BITS, &b->param) != HUB_OK ||
        hub_poplar1_new(&b->poplar1, BITS, b->plan, cpu) != HUB_OK)
        abort();
    const size_t public_len = hub_poplar1_public_share_len(BITS);
    const size_t input_len = hub_poplar1_input_share_len(BITS);
    const size_t message_len = hub_poplar1_verifier_message_len(b->plan, 0);
    b->public_shares = allocate(N_REPORTS * public_len);
    b->messages = allocate(N_REPORTS * message_len);
    b->agg_share = allocate(hub_poplar1_out_share_len(b->plan));
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        b->input_shares[j] = allocate(N_REPORTS * input_len);
        b->states[j] = allocate(N_REPORTS * hub_poplar1_verify_state_len(b->plan));
        for (unsigned r = 0; r < 2; r++)
            b->verifier_shares[r][j] =
                allocate(N_REPORTS * hub_poplar1_verifier_share_len(b->plan, r));
    }
    for (size_t i = 0; i < N_REPORTS; i++) {
        memcpy(b->measurements[i], b->prefixes + i * 7 * b->param.prefix_bytes,
               b->param.prefix_bytes);
        b->message_spans[0][i] = hub_span_of(b->messages + i * message_len, message_len);
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            b->in[j][i] = (struct hub_verify_in){
                b->nonces[i], hub_span_of(b->public_shares + i * public_len, public_len),
                hub_span_of(b->input_shares[j] + i * input_len, input_len)};
            for (unsigned r = 0; r < 2; r++) {
                const size_t len = hub_poplar1_verifier_share_len(b->plan, r);

                b->share_spans[r][j][i] = hub_span_of(b->verifier_shares[r][j] + i * len, len);
            }
        }
    }
}

static void close_batch(struct batch *b)
{
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        free(b->input_shares[j]);
        free(b->states[j]);
        free(b->verifier_shares[0][j]);
        free(b->verifier_shares[1][j]);
    }
    free(b->agg_share);
    free(b->messages);
    free(b->public_shares);
    hub_poplar1_free(b->poplar1);
    hub_idpf_plan_free(b->plan);
}

static void shard_all(struct batch *b)
{
    for (size_t i = 0; i < N_REPORTS; i++) {
        uint8_t *const shares[HUB_VDAF_N_SHARES] = {
            b->input_shares[0] + i * hub_poplar1_input_share_len(BITS),
            b->input_shares[1] + i * hub_poplar1_input_share_len(BITS)};

        if (hub_poplar1_shard(b->poplar1, b->public_shares + i * hub_poplar1_public_share_len(BITS),
                              shares, HUB_SPAN_ARRAY(b->measurements[i]),
                              HUB_SPAN_ARRAY(b->nonces[i]), HUB_SPAN_ARRAY(b->rand[i]),
                              HUB_SPAN_ARRAY(b->ctx)) != HUB_OK)
            abort();
    }
}

static void verify_init(struct batch *b, unsigned agg_id)
{
    if (hub_poplar1_verify_init(b->poplar1, N_REPORTS, agg_id, HUB_SPAN_ARRAY(b->verify_key),
                                HUB_SPAN_ARRAY(b->ctx), b->in[agg_id], b->verdict,
                                b->verifier_shares[0][agg_id], b->states[agg_id]) != HUB_OK)
        abort();
}

static void verify_continue(struct batch *b, unsigned agg_id)
{
    hub_poplar1_verify_continue(b->plan, N_REPORTS, agg_id, b->states[agg_id], b->message_spans[0],
                                b->verdict, b->verifier_shares[1][agg_id]);
}

static void run_step(struct batch *b, enum step step)
{
    const hub_span *const shares0[] = {b->share_spans[0][0], b->share_spans[0][1]};
    const hub_span *const shares1[] = {b->share_spans[1][0], b->share_spans[1][1]};

    switch (step) {
    case STEP_SHARD:
        shard_all(b);
        break;
    case STEP_VERIFY_INIT:
        verify_init(b, HUB_VDAF_HELPER);
        break;
    case STEP_TO_MESSAGE_0:
        hub_poplar1_verifier_shares_to_message(b->plan, 0, N_REPORTS, shares0, b->verdict,
                                               b->messages);
        break;
    case STEP_CONTINUE:
        verify_continue(b, HUB_VDAF_HELPER);
        break;
    case STEP_TO_MESSAGE_1:
        hub_poplar1_verifier_shares_to_message(b->plan, 1, N_REPORTS, shares1, b->verdict, NULL);
        break;
    case STEP_FINISH:
        hub_poplar1_verify_finish(b->plan, N_REPORTS, b->states[HUB_VDAF_HELPER],
                                  b->message_spans[1], b->verdict, b->out_shares);
        break;
    case STEP_AGGREGATE:
        for (size_t i = 0; i < N_REPORTS; i++) {
            if (hub_poplar1_agg_share_add(b->plan, b->agg_share, b->out_shares[i]) != HUB_OK)
                abort();
        }
        break;
    case N_STEPS:
        break;
    }
}

static void print_step(bool json, const struct bench_case *c, const char *tier, const char *step,
                       const double us[3], const char *cpu)
{
    if (json)
        (void)printf("{\"bench\": \"poplar1\", \"vdaf\": \"%s\", \"step\": \"%s\", \"tier\": "
                     "\"%s\", \"batch\": %d, \"repetitions\": %d, \"us_per_report\": %.3f, "
                     "\"fastest\": %.3f, \"slowest\": %.3f, \"cpu\": \"%s\", \"compiler\": "
                     "\"%s\"}\n",
                     c->name, step, tier, N_REPORTS, REPETITIONS, us[0], us[1], us[2], cpu,
                     __VERSION__);
    else
        (void)printf("%-30s %-13s %-29s %10.3f %10.3f %10.3f\n", c->name, tier, step, us[0], us[1],
                     us[2]);
}

/* The last line of a case is what the helper does for a report in all. */
static bool run_case(bool json, const struct bench_case *c, unsigned cpu, const char *cpu_name)
{
    struct batch *b = allocate(sizeof(*b));
    double all[3] = {0};
    bool accepted = true;

    open_batch(b, c, cpu);
    for (unsigned step = 0; step < N_STEPS; step++) {
        double us[REPETITIONS];

        for (unsigned r = 0; r < REPETITIONS; r++) {
            double start = hub_bench_now_us();

            run_step(b, (enum step)step);
            us[r] = (hub_bench_now_us() - start) / N_REPORTS;
        }
        if (step == STEP_VERIFY_INIT)
            verify_init(b, HUB_VDAF_LEADER); /* the peer's part is not measured */
        if (step == STEP_CONTINUE)
            verify_continue(b, HUB_VDAF_LEADER);
        hub_bench_sort(us, REPETITIONS);
        const double line[3] = {us[REPETITIONS / 2], us[0], us[REPETITIONS - 1]};
        print_step(json, c, hub_poplar1_tier(b->poplar1), step_names[step], line, cpu_name);
        for (unsigned i = 0; step != STEP_SHARD && i < 3; i++)
            all[i] += line[i];
    }
    print_step(json, c, hub_poplar1_tier(b->poplar1), "helper", all, cpu_name);
    for (size_t i = 0; i < N_REPORTS; i++)
        accepted = accepted && b->verdict[i] == HUB_VDAF_ACCEPTED;
    close_batch(b);
    free(b);
    return accepted;
}

int hub_bench_poplar1(bool json)
{
    const unsigned cpu_flags = hub_cpu_flags();
    const unsigned tiers[] = {0, cpu_flags & (HUB_CPU_AVX2 | HUB_CPU_AES), cpu_flags};
    char cpu[128];

    hub_bench_find_cpu(cpu, sizeof(cpu));
    if (!json)
        (void)printf("%s, %s, microseconds a report in batches of %d\n%-30s %-13s %-29s %10s %10s "
                     "%10s\n",
                     cpu, __VERSION__, N_REPORTS, "VDAF", "tier", "step", "median", "fastest",
                     "slowest");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t t = 0; t < sizeof(tiers) / sizeof(tiers[0]); t++) {
            if (!run_case(json, &cases[i], tiers[t], cpu)) {
                (void)fprintf(stderr, "hubbub: %s: a report was rejected\n", cases[i].name);
                return 1;
            }
        }
    }
    return 0;
}
