/* Poplar1 in batches: honest reports count, at inner levels and at the last; a bad report, of each
 * sort, gets its verdict and leaves every byte of its neighbours as it would be without it. */
#include "vdaf/ping_pong.h"
#include "vdaf/poplar1_internal.h"
#include "vdaf/poplar1_ping_pong.h"

#include "base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 9, BITS = 11, BYTES = (BITS + 7) / 8, N_PREFIXES = 5, BAD = 4 };

/* Prefixes of all eleven bits; their first four, eight and nine bits differ as well. */
static const uint8_t leaves[N_PREFIXES][BYTES] = {
    {0x00, 0x20}, {0x10, 0x40}, {0x5a, 0xa0}, {0x81, 0x00}, {0xff, 0xe0}};

struct fixture {
    struct hub_agg_param param;
    struct hub_idpf_plan *plan;
    struct hub_poplar1 *poplar1;
    uint8_t prefixes[N_PREFIXES * BYTES];
    uint8_t verify_key[HUB_VDAF_VERIFY_KEY_LEN];
    uint8_t ctx[38];
    uint8_t nonces[N][HUB_VDAF_NONCE_LEN];
    uint8_t *public_shares;
    uint8_t *input_shares[2];
    struct hub_verify_in in[2][N];
    uint8_t *states[2];
    uint8_t *shares[2][2]; /* [round][aggregator] */
    hub_span share_spans[2][2][N];
    uint8_t *messages;
    hub_span message_spans[2][N];
    hub_span out_shares[2][N];
    uint8_t verdict[2][N]; /* of each aggregator; the message's counts for both */
    uint8_t *agg_shares[2];
};

/* Report i measures prefix i mod 7, or something else for 5 and 6. */
static void measurement_of(uint8_t out[BYTES], size_t i)
{
    static const uint8_t other[BYTES] = {0x33, 0x60};

    memcpy(out, i % 7 < N_PREFIXES ? leaves[i % 7] : other, BYTES);
}

static void *allocate(size_t n)
{
    void *p = calloc(n + 1, 1);

    assert_non_null(p);
    return p;
}

static void shard_all(struct fixture *f)
{
    const size_t public_len = hub_poplar1_public_share_len(BITS);
    const size_t input_len = hub_poplar1_input_share_len(BITS);

    for (size_t i = 0; i < N; i++) {
        uint8_t rand[HUB_POPLAR1_RAND_LEN];
        uint8_t measurement[BYTES];
        uint8_t *const shares[2] = {f->input_shares[0] + i * input_len,
                                    f->input_shares[1] + i * input_len};

        for (size_t j = 0; j < sizeof(rand); j++)
            rand[j] = (uint8_t)(i * 31 + j * 7 + j / 13);
        memset(f->nonces[i], (int)(0x40 + i), sizeof(f->nonces[i]));
        measurement_of(measurement, i);
        assert_int_equal(hub_poplar1_shard(f->poplar1, f->public_shares + i * public_len, shares,
                                           HUB_SPAN_ARRAY(measurement),
                                           HUB_SPAN_ARRAY(f->nonces[i]), HUB_SPAN_ARRAY(rand),
                                           HUB_SPAN_ARRAY(f->ctx)),
                         HUB_OK);
        for (unsigned j = 0; j < 2; j++)
            f->in[j][i] = (struct hub_verify_in){
                f->nonces[i], hub_span_of(f->public_shares + i * public_len, public_len),
                hub_span_of(shares[j], input_len)};
    }
}

static void open_fixture(struct fixture *f, unsigned level, unsigned cpu)
{
    const size_t bytes = ((size_t)level + 8) / 8;

    memset(f, 0, sizeof(*f));
    f->param = (struct hub_agg_param){level, N_PREFIXES, bytes, f->prefixes};
    for (size_t i = 0; i < N_PREFIXES; i++) {
        memcpy(f->prefixes + i * bytes, leaves[i], bytes);
        for (size_t bit = level + 1; bit % 8 != 0; bit++)
            f->prefixes[i * bytes + bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    }
    memset(f->verify_key, 0x5c, sizeof(f->verify_key));
    memset(f->ctx, 0x17, sizeof(f->ctx));
    assert_int_equal(hub_idpf_plan_new(&f->plan, BITS, &f->param), HUB_OK);
    assert_int_equal(hub_poplar1_new(&f->poplar1, BITS, f->plan, cpu), HUB_OK);
    f->public_shares = allocate(N * hub_poplar1_public_share_len(BITS));
    f->messages = allocate(N * hub_poplar1_verifier_message_len(f->plan, 0));
    for (unsigned j = 0; j < 2; j++) {
        f->input_shares[j] = allocate(N * hub_poplar1_input_share_len(BITS));
        f->states[j] = allocate(N * hub_poplar1_verify_state_len(f->plan));
        f->agg_shares[j] = allocate(hub_poplar1_out_share_len(f->plan));
        for (unsigned r = 0; r < 2; r++)
            f->shares[r][j] = allocate(N * hub_poplar1_verifier_share_len(f->plan, r));
    }
    shard_all(f);
}

static void close_fixture(struct fixture *f)
{
    for (unsigned j = 0; j < 2; j++) {
        free(f->input_shares[j]);
        free(f->states[j]);
        free(f->agg_shares[j]);
        free(f->shares[0][j]);
        free(f->shares[1][j]);
    }
    free(f->messages);
    free(f->public_shares);
    hub_poplar1_free(f->poplar1);
    hub_idpf_plan_free(f->plan);
}

static void verify_init(struct fixture *f)
{
    const size_t share_len = hub_poplar1_verifier_share_len(f->plan, 0);

    for (unsigned j = 0; j < 2; j++) {
        assert_int_equal(hub_poplar1_verify_init(f->poplar1, N, j, HUB_SPAN_ARRAY(f->verify_key),
                                                 HUB_SPAN_ARRAY(f->ctx), f->in[j], f->verdict[j],
                                                 f->shares[0][j], f->states[j]),
                         HUB_OK);
        for (size_t i = 0; i < N; i++)
            f->share_spans[0][j][i] = hub_span_of(f->shares[0][j] + i * share_len, share_len);
    }
}

/* One of both aggregators makes the message; a report that the other has rejected is out. */
static void to_message(struct fixture *f, unsigned round)
{
    const hub_span *const shares[2] = {f->share_spans[round][0], f->share_spans[round][1]};
    const size_t len = hub_poplar1_verifier_message_len(f->plan, round);

    for (size_t i = 0; i < N; i++) {
        if (f->verdict[1][i] != HUB_VDAF_ACCEPTED)
            f->verdict[0][i] = f->verdict[1][i];
    }
    hub_poplar1_verifier_shares_to_message(f->plan, round, N, shares, f->verdict[0], f->messages);
    for (size_t i = 0; i < N; i++) {
        f->verdict[1][i] = f->verdict[0][i];
        f->message_spans[round][i] = hub_span_of(f->messages + i * len, len);
    }
}

static void verify_continue(struct fixture *f)
{
    const size_t len = hub_poplar1_verifier_share_len(f->plan, 1);

    for (unsigned j = 0; j < 2; j++) {
        hub_poplar1_verify_continue(f->plan, N, j, f->states[j], f->message_spans[0], f->verdict[j],
                                    f->shares[1][j]);
        for (size_t i = 0; i < N; i++)
            f->share_spans[1][j][i] = hub_span_of(f->shares[1][j] + i * len, len);
    }
}

static void verify_finish(struct fixture *f)
{
    for (unsigned j = 0; j < 2; j++)
        hub_poplar1_verify_finish(f->plan, N, f->states[j], f->message_spans[1], f->verdict[j],
                                  f->out_shares[j]);
}

/* Counts over the reports that both aggregators accepted. */
static void check_totals(struct fixture *f, size_t n_without)
{
    const size_t len = hub_poplar1_out_share_len(f->plan);
    uint64_t totals[N_PREFIXES];
    uint64_t expected[N_PREFIXES] = {0};

    for (size_t i = 0; i < N; i++) {
        uint8_t measurement[BYTES];

        if (i == n_without)
            continue;
        measurement_of(measurement, i);
        for (size_t k = 0; k < N_PREFIXES; k++)
            expected[k] += hub_prefix_common_bits(leaves[k], measurement, f->param.level + 1) ==
                           f->param.level + 1;
        for (unsigned j = 0; j < 2; j++)
            assert_int_equal(
                hub_poplar1_agg_share_add(f->plan, f->agg_shares[j], f->out_shares[j][i]), HUB_OK);
    }
    assert_int_equal(hub_poplar1_unshard(f->plan, totals, hub_span_of(f->agg_shares[0], len),
                                         hub_span_of(f->agg_shares[1], len)),
                     HUB_OK);
    for (size_t k = 0; k < N_PREFIXES; k++)
        assert_int_equal(totals[k], expected[k]);
}

static const unsigned levels[] = {3, 7, 8, 9, BITS - 1};
enum { N_LEVELS = sizeof(levels) / sizeof(levels[0]) };

static void honest_reports_count(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2 * N_LEVELS; k++) {
        struct fixture f;

        open_fixture(&f, levels[k / 2], k % 2 == 0 ? 0 : hub_cpu_flags());
        verify_init(&f);
        to_message(&f, 0);
        verify_continue(&f);
        to_message(&f, 1);
        verify_finish(&f);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(f.verdict[0][i], HUB_VDAF_ACCEPTED);
            assert_int_equal(f.verdict[1][i], HUB_VDAF_ACCEPTED);
        }
        check_totals(&f, N);
        close_fixture(&f);
    }
}

/* Ways to spoil report BAD before or between the steps, and the verdict that it gets. */
enum fault {
    PUBLIC_SHARE_SHORT,
    PUBLIC_SHARE_NO_ELEMENT,
    PUBLIC_SHARE_SEED_CHANGED,
    PUBLIC_SHARE_VALUE_CHANGED,
    LEADER_SHARE_LONG,
    HELPER_SHARE_NO_ELEMENT,
    HELPER_SHARE_LEAF_NO_ELEMENT,
    LEADER_CORR_CHANGED,
    LEADER_KEY_CHANGED,
    NONCE_DIFFERS,
    SKETCH_SHORT,
    SKETCH_NO_ELEMENT,
    SKETCH_CHANGED,
    MESSAGE_SHORT,
    MESSAGE_NO_ELEMENT,
    SECOND_SHARE_LONG,
    SECOND_SHARE_CHANGED,
    SECOND_MESSAGE_NOT_EMPTY,
    N_FAULTS
};

static const uint8_t verdicts[N_FAULTS] = {
    [PUBLIC_SHARE_SHORT] = HUB_VDAF_BAD_PUBLIC_SHARE,
    [PUBLIC_SHARE_NO_ELEMENT] = HUB_VDAF_BAD_PUBLIC_SHARE,
    [PUBLIC_SHARE_SEED_CHANGED] = HUB_VDAF_BAD_PROOF,
    [PUBLIC_SHARE_VALUE_CHANGED] = HUB_VDAF_BAD_PROOF,
    [LEADER_SHARE_LONG] = HUB_VDAF_BAD_INPUT_SHARE,
    [HELPER_SHARE_NO_ELEMENT] = HUB_VDAF_BAD_INPUT_SHARE,
    [HELPER_SHARE_LEAF_NO_ELEMENT] = HUB_VDAF_BAD_INPUT_SHARE,
    [LEADER_CORR_CHANGED] = HUB_VDAF_BAD_PROOF,
    [LEADER_KEY_CHANGED] = HUB_VDAF_BAD_PROOF,
    [NONCE_DIFFERS] = HUB_VDAF_BAD_PROOF,
    [SKETCH_SHORT] = HUB_VDAF_BAD_VERIFIER_SHARE,
    [SKETCH_NO_ELEMENT] = HUB_VDAF_BAD_VERIFIER_SHARE,
    [SKETCH_CHANGED] = HUB_VDAF_BAD_PROOF,
    [MESSAGE_SHORT] = HUB_VDAF_BAD_VERIFIER_MESSAGE,
    [MESSAGE_NO_ELEMENT] = HUB_VDAF_BAD_VERIFIER_MESSAGE,
    [SECOND_SHARE_LONG] = HUB_VDAF_BAD_VERIFIER_SHARE,
    [SECOND_SHARE_CHANGED] = HUB_VDAF_BAD_PROOF,
    [SECOND_MESSAGE_NOT_EMPTY] = HUB_VDAF_BAD_VERIFIER_MESSAGE,
};

/* A copy of bytes for the test to change, wiped of what it held. */
static uint8_t *own(uint8_t room[1024], hub_span *bytes, size_t extra)
{
    assert_true(bytes->len + extra <= 1024);
    memset(room, 0, 1024);
    memcpy(room, bytes->ptr, bytes->len);
    *bytes = hub_span_of(room, bytes->len + extra);
    return room;
}

/* Before the first step. The values of the fixture's level are what the walk reads. */
static void spoil_shares(struct fixture *f, enum fault fault, uint8_t room[1024])
{
    const unsigned level = f->param.level;
    static const uint8_t other_nonce[HUB_VDAF_NONCE_LEN] = {9};

    switch ((unsigned)fault) {
    case PUBLIC_SHARE_SHORT:
        f->in[1][BAD].public_share.len--;
        break;
    case PUBLIC_SHARE_NO_ELEMENT:
        memset(own(room, &f->in[0][BAD].public_share, 0) + hub_idpf_values_at(BITS, 5), 0xff, 8);
        break;
    case PUBLIC_SHARE_SEED_CHANGED:
        own(room, &f->in[0][BAD].public_share, 0)[hub_idpf_seed_at(BITS, 1)] ^= 2;
        break;
    case PUBLIC_SHARE_VALUE_CHANGED:
        own(room, &f->in[0][BAD].public_share, 0)[hub_idpf_values_at(BITS, level)] ^= 1;
        f->in[1][BAD].public_share = f->in[0][BAD].public_share;
        break;
    case LEADER_SHARE_LONG:
        own(room, &f->in[0][BAD].input_share, 1);
        break;
    case HELPER_SHARE_NO_ELEMENT:
        memset(own(room, &f->in[1][BAD].input_share, 0) + hub_poplar1_corr_at(2), 0xff, 8);
        break;
    case HELPER_SHARE_LEAF_NO_ELEMENT:
        memset(own(room, &f->in[1][BAD].input_share, 0) + hub_poplar1_corr_at(BITS - 1), 0xff, 32);
        break;
    case LEADER_CORR_CHANGED:
        own(room, &f->in[0][BAD].input_share, 0)[hub_poplar1_corr_at(level)] ^= 1;
        break;
    case LEADER_KEY_CHANGED:
        own(room, &f->in[0][BAD].input_share, 0)[3] ^= 1;
        break;
    case NONCE_DIFFERS:
        f->in[1][BAD].nonce = other_nonce;
        break;
    default:
        break;
    }
}

static void spoil_message(struct fixture *f, unsigned round, enum fault fault, uint8_t room[1024])
{
    hub_span *share = &f->share_spans[round][1][BAD];

    if (round == 0 && fault == SKETCH_SHORT)
        share->len--;
    else if (round == 0 && fault == SKETCH_NO_ELEMENT)
        memset(own(room, share, 0), 0xff, share->len);
    else if (round == 0 && fault == SKETCH_CHANGED)
        own(room, share, 0)[0] ^= 1;
    else if (round == 1 && fault == SECOND_SHARE_LONG)
        own(room, share, 1);
    else if (round == 1 && fault == SECOND_SHARE_CHANGED)
        own(room, share, 0)[0] ^= 1;
}

/* What the leader is sent between the rounds. */
static void spoil_next(struct fixture *f, unsigned round, enum fault fault, uint8_t room[1024])
{
    hub_span *message = &f->message_spans[round][BAD];

    if (round == 0 && fault == MESSAGE_SHORT)
        message->len--;
    else if (round == 0 && fault == MESSAGE_NO_ELEMENT)
        memset(own(room, message, 0), 0xff, message->len);
    else if (round == 1 && fault == SECOND_MESSAGE_NOT_EMPTY)
        own(room, message, 8);
}

static void run_with(struct fixture *f, enum fault fault, uint8_t room[1024])
{
    spoil_shares(f, fault, room);
    verify_init(f);
    spoil_message(f, 0, fault, room);
    to_message(f, 0);
    spoil_next(f, 0, fault, room);
    verify_continue(f);
    spoil_message(f, 1, fault, room);
    to_message(f, 1);
    spoil_next(f, 1, fault, room);
    verify_finish(f);
}

static void a_bad_report_stays_alone(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2 * N_FAULTS; k++) {
        const enum fault fault = (enum fault)(k / 2);
        const unsigned level = k % 2 == 0 ? 7 : BITS - 1;
        struct fixture honest;
        struct fixture f;
        uint8_t room[1024];

        open_fixture(&honest, level, hub_cpu_flags());
        open_fixture(&f, level, hub_cpu_flags());
        run_with(&honest, N_FAULTS, room);
        run_with(&f, fault, room);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(f.verdict[0][i] != 0 ? f.verdict[0][i] : f.verdict[1][i],
                             i == BAD ? verdicts[fault] : HUB_VDAF_ACCEPTED);
            if (i == BAD)
                continue;
            for (unsigned j = 0; j < 2; j++)
                assert_true(hub_span_equal_var(f.out_shares[j][i], honest.out_shares[j][i]));
        }
        check_totals(&f, BAD);
        close_fixture(&honest);
        close_fixture(&f);
    }
}

static void shard_refuses_what_is_no_measurement(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t measurement[BYTES] = {0xff, 0xe0};
    uint8_t rand[HUB_POPLAR1_RAND_LEN] = {1};
    uint8_t *const shares[2] = {NULL, NULL};

    open_fixture(&f, 3, 0);
    uint8_t *const room[2] = {f.input_shares[0], f.input_shares[1]};
    assert_int_equal(hub_poplar1_shard(f.poplar1, f.public_shares, room,
                                       HUB_SPAN_ARRAY(measurement), HUB_SPAN_ARRAY(f.nonces[0]),
                                       HUB_SPAN_ARRAY(rand), HUB_SPAN_EMPTY),
                     HUB_OK);
    measurement[1] |= 0x10; /* a twelfth bit */
    assert_int_equal(hub_poplar1_shard(f.poplar1, NULL, shares, HUB_SPAN_ARRAY(measurement),
                                       HUB_SPAN_ARRAY(f.nonces[0]), HUB_SPAN_ARRAY(rand),
                                       HUB_SPAN_EMPTY),
                     HUB_E_MEASUREMENT);
    assert_int_equal(hub_poplar1_shard(f.poplar1, NULL, shares, hub_span_of(measurement, 1),
                                       HUB_SPAN_ARRAY(f.nonces[0]), HUB_SPAN_ARRAY(rand),
                                       HUB_SPAN_EMPTY),
                     HUB_E_ARGUMENT);
    close_fixture(&f);
}

static void rows_that_are_none(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture f;
        uint64_t totals[N_PREFIXES] = {77};

        open_fixture(&f, k == 0 ? 4 : BITS - 1, 0);
        const size_t len = hub_poplar1_out_share_len(f.plan);
        uint8_t *acc = f.agg_shares[0];
        uint8_t *row = f.agg_shares[1];
        assert_int_equal(hub_poplar1_agg_share_add(f.plan, acc, hub_span_of(row, len - 1)),
                         HUB_E_DECODE);
        row[9] = 1; /* not below 2^64 at a leaf, and a second total at an inner level */
        assert_int_equal(hub_poplar1_agg_share_add(f.plan, acc, hub_span_of(row, len)), HUB_OK);
        assert_memory_equal(acc, row, len);
        hub_status expected = k == 0 ? HUB_OK : HUB_E_DECODE;
        assert_int_equal(
            hub_poplar1_unshard(f.plan, totals, hub_span_of(acc, len), hub_span_of(row, len)),
            expected);
        assert_int_equal(totals[0], k == 0 ? 0 : 77);
        memset(row, 0xff, len);
        assert_int_equal(hub_poplar1_agg_share_add(f.plan, acc, hub_span_of(row, len)),
                         HUB_E_DECODE);
        assert_int_equal(
            hub_poplar1_unshard(f.plan, totals, hub_span_of(acc, len), hub_span_of(row, len)),
            HUB_E_DECODE);
        close_fixture(&f);
    }
}

/* Three messages a report: of reports 0 to 3 one is spoiled each, and report 4 keeps the order of
 * types but not the type. */
static void three_messages(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture f;
        uint8_t *rows[3];
        hub_span inbound[3][N];

        open_fixture(&f, k == 0 ? 7 : BITS - 1, hub_cpu_flags());
        const size_t lens[3] = {hub_poplar1_initialize_len(f.plan),
                                hub_poplar1_continue_len(f.plan), hub_poplar1_finish_len(f.plan)};
        for (unsigned m = 0; m < 3; m++) {
            rows[m] = allocate(N * lens[m]);
            for (size_t i = 0; i < N; i++)
                inbound[m][i] = hub_span_of(rows[m] + i * lens[m], lens[m]);
        }
        assert_int_equal(hub_poplar1_leader_init(f.poplar1, N, HUB_SPAN_ARRAY(f.verify_key),
                                                 HUB_SPAN_ARRAY(f.ctx), f.in[0], f.verdict[0],
                                                 f.states[0], rows[0]),
                         HUB_OK);
        inbound[0][0].len--;
        rows[0][1 * lens[0]] = HUB_PING_PONG_FINISH;
        rows[0][2 * lens[0] + 5] ^= 1; /* an element: the sketch does not fit */
        assert_int_equal(hub_poplar1_helper_init(f.poplar1, N, HUB_SPAN_ARRAY(f.verify_key),
                                                 HUB_SPAN_ARRAY(f.ctx), f.in[1], inbound[0],
                                                 f.verdict[1], f.states[1], rows[1]),
                         HUB_OK);
        assert_int_equal(f.verdict[1][0], HUB_VDAF_BAD_VERIFIER_SHARE);
        assert_int_equal(f.verdict[1][1], HUB_VDAF_BAD_VERIFIER_SHARE);
        f.verdict[0][0] = f.verdict[1][0]; /* the helper says so, in place of a message */
        f.verdict[0][1] = f.verdict[1][1];
        inbound[1][3].len--;
        rows[1][4 * lens[1]] = HUB_PING_PONG_INITIALIZE;
        hub_poplar1_leader_continued(f.plan, N, f.states[0], inbound[1], f.verdict[0], rows[2],
                                     f.out_shares[0]);
        assert_int_equal(f.verdict[0][2], HUB_VDAF_BAD_PROOF);
        assert_int_equal(f.verdict[0][3], HUB_VDAF_BAD_VERIFIER_MESSAGE);
        assert_int_equal(f.verdict[0][4], HUB_VDAF_BAD_VERIFIER_MESSAGE);
        for (size_t i = 0; i < 5; i++)
            f.verdict[1][i] = f.verdict[0][i];
        inbound[2][5].len--;
        hub_poplar1_helper_continued(f.plan, N, f.states[1], inbound[2], f.verdict[1],
                                     f.out_shares[1]);
        assert_int_equal(f.verdict[1][5], HUB_VDAF_BAD_VERIFIER_MESSAGE);
        for (size_t i = 6; i < N; i++) {
            assert_int_equal(f.verdict[0][i], HUB_VDAF_ACCEPTED);
            assert_int_equal(f.verdict[1][i], HUB_VDAF_ACCEPTED);
            assert_int_equal(hub_poplar1_agg_share_add(f.plan, f.agg_shares[0], f.out_shares[0][i]),
                             HUB_OK);
            assert_int_equal(hub_poplar1_agg_share_add(f.plan, f.agg_shares[1], f.out_shares[1][i]),
                             HUB_OK);
        }
        uint64_t totals[N_PREFIXES];
        const size_t len = hub_poplar1_out_share_len(f.plan);
        assert_int_equal(hub_poplar1_unshard(f.plan, totals, hub_span_of(f.agg_shares[0], len),
                                             hub_span_of(f.agg_shares[1], len)),
                         HUB_OK);
        for (size_t j = 0; j < N_PREFIXES; j++)
            assert_int_equal(totals[j], j < 2 ? 1 : 0); /* reports 7 and 8; 6 is at no prefix */
        for (unsigned m = 0; m < 3; m++)
            free(rows[m]);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_reports_count),
        cmocka_unit_test(a_bad_report_stays_alone),
        cmocka_unit_test(shard_refuses_what_is_no_measurement),
        cmocka_unit_test(rows_that_are_none),
        cmocka_unit_test(three_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
