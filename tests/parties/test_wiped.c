/* Secrets are gone from the process's memory when their owner says so: after the clear, wipe or
 * free of each room the whole of it, heap, stacks and data, is searched for the bytes. What is
 * looked for is known here only under a mask. */
#include "pair.h"

#include "base/cpu.h"
#include "base/text.h"
#include "crypto/random.h"
#include "hpke/key_file.h"
#include "task/secret.h"
#include "vdaf/poplar1.h"
#include "vdaf/vdaf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    NEEDLE_LEN = 16,
    NEEDLES_MAX = 64,
    REGION_MAX = 1 << 30, /* larger ones are a sanitizer's own */
    MASK = 0xa5
};

struct needle {
    const char *what;
    uint8_t masked[NEEDLE_LEN];
};

struct search {
    struct needle needles[NEEDLES_MAX];
    size_t n;
    size_t n_bytes; /* that were searched */
    size_t n_found;
};

/* Sixteen bytes from at on are a needle. */
static void remember(struct search *s, const char *what, const uint8_t *bytes, size_t at)
{
    assert_true(s->n < NEEDLES_MAX);
    s->needles[s->n].what = what;
    for (size_t i = 0; i < NEEDLE_LEN; i++)
        s->needles[s->n].masked[i] = bytes[at + i] ^ MASK;
    s->n++;
}

/* Not memmem: that would take the needle without its mask. */
__attribute__((no_sanitize("address", "undefined"), noinline)) static bool
is_at(const struct needle *needle, const volatile uint8_t *at)
{
    for (size_t i = 0; i < NEEDLE_LEN; i++) {
        if ((at[i] ^ MASK) != needle->masked[i])
            return false;
    }
    return true;
}

__attribute__((no_sanitize("address", "undefined"), noinline)) static void
search_region(struct search *s, const uint8_t *from, const uint8_t *to, const char *name)
{
    static bool by_byte[256];

    for (size_t i = 0; i < 256; i++)
        by_byte[i] = false;
    for (size_t k = 0; k < s->n; k++)
        by_byte[s->needles[k].masked[0] ^ MASK] = true;
    for (const uint8_t *at = from; at + NEEDLE_LEN <= to; at++) {
        if (!by_byte[*at])
            continue;
        for (size_t k = 0; k < s->n; k++) {
            if (!is_at(&s->needles[k], at))
                continue;
            print_message("%s is at %p, %zu bytes into %s\n", s->needles[k].what, (const void *)at,
                          (size_t)(at - from), name);
            s->n_found++;
        }
    }
    s->n_bytes += (size_t)(to - from);
}

static void search_memory(struct search *s)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t from;
        uintptr_t to;
        char mode[5];
        char name[256] = "memory without a name";

        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &from, &to, mode, name) < 3 ||
            mode[0] != 'r' || mode[1] != 'w' || to - from > REGION_MAX)
            continue;
        search_region(s, (const uint8_t *)from, (const uint8_t *)to, name); /* NOLINT */
    }
    (void)fclose(maps);
    assert_true(s->n_bytes > 100000);
}

static void fill_random(uint8_t *out, size_t n)
{
    const struct hub_rng rng = hub_system_rng();

    assert_int_equal(hub_rng_fill(&rng, out, n), HUB_OK);
}

/* Runs what makes, uses and gives up secrets, then looks for them. */
static void expect_gone(void (*use)(struct search *s))
{
    struct search *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    use(s);
    assert_true(s->n != 0);
    search_memory(s);
    assert_int_equal(s->n_found, 0);
    free(s);
}

/* ---- VDAF */

/* The client: randomness of every use, and both shares. */
static void shard_one(struct search *s, const struct hub_vdaf_params *params, uint64_t number)
{
    struct hub_vdaf *v = NULL;
    struct hub_shares shares = {0};
    uint64_t vector[8] = {0, 1};
    const struct hub_measurement m = {.number = number, .vector = vector, .n = params->length};
    uint8_t *rand;
    uint8_t nonce[HUB_VDAF_NONCE_LEN];

    assert_int_equal(hub_vdaf_new(&v, params), HUB_OK);
    rand = malloc(hub_vdaf_rand_len(v));
    assert_non_null(rand);
    fill_random(rand, hub_vdaf_rand_len(v));
    fill_random(nonce, sizeof(nonce));
    for (size_t at = 0; at < hub_vdaf_rand_len(v); at += 32)
        remember(s, "randomness of a client", rand, at + 8);
    assert_int_equal(hub_vdaf_shard(v, &shares, &m, HUB_SPAN_ARRAY(nonce),
                                    hub_span_of(rand, hub_vdaf_rand_len(v)),
                                    hub_span_text("wiped")),
                     HUB_OK);
    hub_span leader = hub_buf_span(&shares.input_shares[0]);
    remember(s, "the start of a leader's share", leader.ptr, 0);
    remember(s, "a leader's share of the proof", leader.ptr, leader.len / 2 / 16 * 16);
    hub_shares_wipe(&shares);
    hub_wipe(rand, hub_vdaf_rand_len(v));
    free(rand);
    hub_vdaf_free(v);
}

static void shard(struct search *s)
{
    shard_one(s, &(struct hub_vdaf_params){.kind = HUB_VDAF_PRIO3_COUNT}, 1);
    shard_one(s, &(struct hub_vdaf_params){.kind = HUB_VDAF_PRIO3_SUM, .max_measurement = 1000},
              700);
    shard_one(
        s,
        &(struct hub_vdaf_params){.kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8, .chunk_length = 3},
        5);
    shard_one(
        s,
        &(struct hub_vdaf_params){
            .kind = HUB_VDAF_PRIO3_SUMVEC, .max_measurement = 255, .length = 8, .chunk_length = 8},
        0);
}

/* An aggregator: the verification key, the shares that come of a helper's seed. The caller wipes
 * what it brought; the rest is verify_init's. */
static void verify_on(struct search *s, unsigned cpu)
{
    enum { N = 9 };
    const struct hub_vdaf_params params = {
        .kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 8, .chunk_length = 3};
    static const uint8_t ctx[] = {1, 2, 3};
    struct hub_vdaf *v = NULL;
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t verdict[N] = {0};
    uint8_t public_share[64] = {0};
    uint8_t nonce[HUB_VDAF_NONCE_LEN] = {0};
    uint8_t seeds[N][64];
    struct hub_verify_in in[N];

    assert_int_equal(hub_vdaf_new_on(&v, &params, cpu), HUB_OK);
    fill_random(verify_key, sizeof(verify_key));
    remember(s, "a verification key", verify_key, 8);
    for (size_t i = 0; i < N; i++) {
        fill_random(seeds[i], sizeof(seeds[i]));
        in[i] =
            (struct hub_verify_in){nonce, HUB_SPAN_ARRAY(public_share), HUB_SPAN_ARRAY(seeds[i])};
    }
    remember(s, "a helper's seed", seeds[0], 8);
    remember(s, "a helper's blind", seeds[N - 1], 40);
    size_t workspace_len = hub_vdaf_workspace_len(v, N);
    size_t states_len = N * hub_vdaf_verify_state_len(v);
    size_t shares_len = N * hub_vdaf_verifier_share_len(v);
    uint8_t *workspace = malloc(workspace_len);
    uint8_t *states = malloc(states_len);
    uint8_t *shares = malloc(shares_len);
    assert_true(workspace != NULL && states != NULL && shares != NULL);
    hub_vdaf_verify_init(v, workspace, N, HUB_VDAF_HELPER, HUB_SPAN_ARRAY(verify_key),
                         HUB_SPAN_ARRAY(ctx), in, verdict, shares, states);
    assert_int_equal(verdict[0], HUB_VDAF_ACCEPTED);
    remember(s, "a helper's share of the measurement", states, 0);
    remember(s, "one of a later lane", states, 5 * hub_vdaf_verify_state_len(v) + 32);
    remember(s, "a seed of joint randomness", states, hub_vdaf_verify_state_len(v) - 24);
    hub_wipe(workspace, workspace_len);
    hub_wipe(states, states_len);
    hub_wipe(shares, shares_len);
    hub_wipe(seeds, sizeof(seeds));
    hub_wipe(verify_key, sizeof(verify_key));
    free(workspace);
    free(states);
    free(shares);
    hub_vdaf_free(v);
}

static void verify(struct search *s)
{
    verify_on(s, 0);
    verify_on(s, hub_cpu_flags());
}

static void poplar1(struct search *s)
{
    enum { BITS = 20 };
    static const uint8_t prefixes[] = {0x10, 0x20, 0x30};
    const struct hub_agg_param param = {7, 3, 1, prefixes};
    struct hub_idpf_plan *plan = NULL;
    struct hub_poplar1 *p = NULL;
    uint8_t rand[HUB_POPLAR1_RAND_LEN];
    uint8_t nonce[HUB_VDAF_NONCE_LEN] = {0};
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t verdict = 0;
    uint8_t measurement[3] = {0x20, 0x11, 0x10};
    uint8_t *public_share = malloc(hub_poplar1_public_share_len(BITS));
    uint8_t *shares[2] = {malloc(hub_poplar1_input_share_len(BITS)),
                          malloc(hub_poplar1_input_share_len(BITS))};

    assert_int_equal(hub_idpf_plan_new(&plan, BITS, &param), HUB_OK);
    assert_int_equal(hub_poplar1_new(&p, BITS, plan, hub_cpu_flags()), HUB_OK);
    uint8_t *state = malloc(hub_poplar1_verify_state_len(plan));
    uint8_t *share = malloc(hub_poplar1_verifier_share_len(plan, 0));
    assert_true(public_share != NULL && shares[0] != NULL && shares[1] != NULL && state != NULL &&
                share != NULL);
    fill_random(rand, sizeof(rand));
    fill_random(verify_key, sizeof(verify_key));
    remember(s, "a verification key", verify_key, 8);
    remember(s, "an IDPF key", rand, 0);
    remember(s, "another IDPF key", rand, 16);
    remember(s, "a seed of correlated randomness", rand, 32 + 8);
    remember(s, "the seed of sharding", rand, 96 + 8);
    assert_int_equal(hub_poplar1_shard(p, public_share, shares, HUB_SPAN_ARRAY(measurement),
                                       HUB_SPAN_ARRAY(nonce), HUB_SPAN_ARRAY(rand),
                                       hub_span_text("wiped")),
                     HUB_OK);
    remember(s, "correlated randomness", shares[0], 48 + 16);
    const struct hub_verify_in in = {nonce,
                                     hub_span_of(public_share, hub_poplar1_public_share_len(BITS)),
                                     hub_span_of(shares[1], hub_poplar1_input_share_len(BITS))};
    assert_int_equal(hub_poplar1_verify_init(p, 1, 1, HUB_SPAN_ARRAY(verify_key),
                                             hub_span_text("wiped"), &in, &verdict, share, state),
                     HUB_OK);
    remember(s, "an out share", state, 0);
    hub_wipe(rand, sizeof(rand));
    hub_wipe(verify_key, sizeof(verify_key));
    hub_wipe(shares[0], hub_poplar1_input_share_len(BITS));
    hub_wipe(shares[1], hub_poplar1_input_share_len(BITS));
    hub_wipe(state, hub_poplar1_verify_state_len(plan));
    hub_wipe(share, hub_poplar1_verifier_share_len(plan, 0));
    free(public_share);
    free(shares[0]);
    free(shares[1]);
    free(state);
    free(share);
    hub_poplar1_free(p);
    hub_idpf_plan_free(plan);
}

/* ---- HPKE and secrets in files */

static void hpke(struct search *s)
{
    const struct hub_rng rng = hub_system_rng();
    struct hub_hpke_keypair pair;
    struct hub_hpke_recipient *r = NULL;
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(256)};
    struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    struct hub_buf plain = HUB_BUF_INIT(256);
    struct hub_why why;
    uint8_t message[100];

    assert_int_equal(hub_hpke_keypair_generate(&pair, 1, &rng), HUB_OK);
    remember(s, "a private key", pair.private_key, 8);
    assert_int_equal(hub_hpke_key_file_encode(&text, &pair), HUB_OK);
    const uint8_t *at = memmem(text.ptr, text.len, "private_key = ", 14);
    assert_non_null(at);
    remember(s, "a private key as text", at, 14 + 8);
    hub_hpke_keypair_wipe(&pair);
    assert_int_equal(hub_hpke_key_file_decode(&pair, hub_buf_span(&text), &why), HUB_OK);
    hub_buf_wipe(&text);

    fill_random(message, sizeof(message));
    remember(s, "what was sealed", message, 30);
    assert_int_equal(hub_hpke_seal(&sealed, &pair.config, hub_span_text("i"), hub_span_text("a"),
                                   HUB_SPAN_ARRAY(message), &rng),
                     HUB_OK);
    hub_wipe(message, sizeof(message));
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    assert_int_equal(hub_hpke_open(r, &plain, hub_span_text("i"), hub_span_text("a"),
                                   HUB_SPAN_ARRAY(sealed.enc), hub_buf_span(&sealed.payload)),
                     HUB_OK);
    hub_buf_wipe(&plain);
    hub_hpke_recipient_free(r);
    hub_hpke_sealed_clear(&sealed);
    hub_hpke_keypair_wipe(&pair);
}

static void task_secret(struct search *s)
{
    struct hub_task_secret secret = {.role = HUB_ROLE_LEADER};
    struct hub_task_secret again = {.role = HUB_ROLE_LEADER};
    struct hub_buf text = HUB_BUF_INIT(1 << 16);
    struct hub_why why;
    uint8_t token[32];

    fill_random(secret.verify_key, sizeof(secret.verify_key));
    fill_random(token, sizeof(token));
    hub_base64url_encode(secret.token, HUB_SPAN_ARRAY(token));
    remember(s, "a verification key", secret.verify_key, 8);
    remember(s, "a token", (const uint8_t *)secret.token, 8);
    hub_wipe(token, sizeof(token));
    assert_int_equal(hub_task_secret_write(&text, &secret), HUB_OK);
    const uint8_t *at = memmem(text.ptr, text.len, "verify-key = ", 13);
    assert_non_null(at);
    remember(s, "a verification key as text", at, 13 + 8);
    hub_task_secret_wipe(&secret);
    if (hub_task_secret_parse(&again, hub_buf_span(&text), "f", &why) != HUB_OK)
        fail_msg("%s", why.text);
    hub_buf_wipe(&text);
    hub_task_secret_wipe(&again);
}

/* ---- A leader and a helper that had work */

/* Remembers what is drawn for reports: seeds of shares, which the helper then opens, and ephemeral
 * keys. */
struct recorder {
    struct search *search;
    bool is_on;
};

static hub_status record(void *self, uint8_t *out, size_t n)
{
    struct recorder *recorder = self;
    const struct hub_rng rng = hub_system_rng();

    HUB_TRY(hub_rng_fill(&rng, out, n));
    for (size_t at = 0; recorder->is_on && at + 32 <= n; at += 32)
        remember(recorder->search, "randomness of a report", out, at + 8);
    return HUB_OK;
}

/* While they run, nothing of the reports is left once their job is done; afterwards no key either.
 */
static void parties(struct search *s)
{
    struct pair *p = malloc(sizeof(*p));
    struct recorder recorder = {s, false};
    const struct hub_rng rng = {record, &recorder};
    const struct pair_options options = {.rng = &rng};
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(1 << 20)};
    struct hub_upload_status errors[8];

    assert_non_null(p);
    pair_open(p, &options);
    recorder.is_on = true;
    for (unsigned i = 0; i < 8; i++)
        pair_report(p, &parcel, HUB_PARCEL_GOOD, i % 2);
    recorder.is_on = false;
    assert_true(s->n >= 8);
    assert_int_equal(pair_upload(p, hub_buf_span(&parcel.body), NULL, errors, 8), 0);
    pair_settle(p);
    search_memory(s);
    remember(s, "the leader's private key", p->leader_key.private_key, 8);
    remember(s, "the helper's private key", p->helper_key.private_key, 8);
    pair_close(p);
    hub_buf_wipe(&parcel.body);
    hub_wipe(p, sizeof(*p));
    free(p);
}

static void of_vdaf(void **state)
{
    (void)state;
    expect_gone(shard);
    expect_gone(verify);
    expect_gone(poplar1);
}

static void of_hpke(void **state)
{
    (void)state;
    expect_gone(hpke);
}

static void of_a_task(void **state)
{
    (void)state;
    expect_gone(task_secret);
}

static void of_parties(void **state)
{
    (void)state;
    expect_gone(parties);
}

/* The search finds what is there. */
static void leave(struct search *s)
{
    static uint8_t left[32];

    fill_random(left, sizeof(left));
    remember(s, "what was left", left, 8);
    search_memory(s);
    assert_int_equal(s->n_found, 1);
    s->n_found = 0;
    hub_wipe(left, sizeof(left));
}

static void and_would_be_found(void **state)
{
    (void)state;
    expect_gone(leave);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(and_would_be_found),
        cmocka_unit_test(of_vdaf),
        cmocka_unit_test(of_hpke),
        cmocka_unit_test(of_a_task),
        cmocka_unit_test(of_parties),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
