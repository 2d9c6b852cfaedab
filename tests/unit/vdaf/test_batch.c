/* Batches: honest reports add up; a bad report, of each sort and at each place, gets its verdict
 * and leaves every byte of its neighbours as it would be without it. */
#include "fixture.h"

static void honest_reports_add_up(void **state)
{
    (void)state;
    for (size_t k = 0; k < FIXTURE_N_PARAMS; k++) {
        struct fixture f;
        bool in_use[FIXTURE_N];

        memset(in_use, true, sizeof(in_use));
        fixture_open(&f, &fixture_params[k]);
        fixture_leader_init(&f);
        fixture_helper_init(&f);
        fixture_leader_continued(&f);
        for (size_t i = 0; i < FIXTURE_N; i++) {
            assert_int_equal(f.verdict[0][i], HUB_VDAF_ACCEPTED);
            assert_int_equal(f.verdict[1][i], HUB_VDAF_ACCEPTED);
        }
        fixture_check_totals(&f, in_use);
        fixture_close(&f);
    }
}

/* Ways to spoil report i before or between the steps. */
enum fault {
    LEADER_SHARE_SHORT,
    LEADER_MEAS_NOT_AN_ELEMENT,
    LEADER_PROOF_NOT_AN_ELEMENT,
    LEADER_MEAS_CHANGED,
    LEADER_PROOF_CHANGED,
    HELPER_SHARE_LONG,
    HELPER_SEED_CHANGED,
    PUBLIC_SHARE_LONG,
    NONCE_DIFFERS,
    LEADER_MESSAGE_SHORT,
    LEADER_MESSAGE_OF_ANOTHER_TYPE,
    LEADER_MESSAGE_NOT_AN_ELEMENT,
    LEADER_MESSAGE_CHANGED,
    HELPER_MESSAGE_EMPTY,
    HELPER_MESSAGE_OF_ANOTHER_TYPE,
    N_FAULTS
};

/* Where the fault is noticed: verdict at the leader's first step, the helper's step, the leader's
 * last one; HUB_VDAF_ACCEPTED where it is not. */
static const struct outcome {
    uint8_t leader_init, helper_init, leader_continued;
} outcomes[N_FAULTS] = {
    [LEADER_SHARE_SHORT] = {HUB_VDAF_BAD_INPUT_SHARE, 0, 0},
    [LEADER_MEAS_NOT_AN_ELEMENT] = {HUB_VDAF_BAD_INPUT_SHARE, 0, 0},
    [LEADER_PROOF_NOT_AN_ELEMENT] = {HUB_VDAF_BAD_INPUT_SHARE, 0, 0},
    [LEADER_MEAS_CHANGED] = {0, HUB_VDAF_BAD_PROOF, 0},
    [LEADER_PROOF_CHANGED] = {0, HUB_VDAF_BAD_PROOF, 0},
    [HELPER_SHARE_LONG] = {0, HUB_VDAF_BAD_INPUT_SHARE, 0},
    [HELPER_SEED_CHANGED] = {0, HUB_VDAF_BAD_PROOF, 0},
    [PUBLIC_SHARE_LONG] = {HUB_VDAF_BAD_PUBLIC_SHARE, HUB_VDAF_BAD_PUBLIC_SHARE, 0},
    [NONCE_DIFFERS] = {0, HUB_VDAF_BAD_PROOF, 0},
    [LEADER_MESSAGE_SHORT] = {0, HUB_VDAF_BAD_VERIFIER_SHARE, 0},
    [LEADER_MESSAGE_OF_ANOTHER_TYPE] = {0, HUB_VDAF_BAD_VERIFIER_SHARE, 0},
    [LEADER_MESSAGE_NOT_AN_ELEMENT] = {0, HUB_VDAF_BAD_VERIFIER_SHARE, 0},
    [LEADER_MESSAGE_CHANGED] = {0, HUB_VDAF_BAD_PROOF, 0},
    [HELPER_MESSAGE_EMPTY] = {0, 0, HUB_VDAF_BAD_VERIFIER_MESSAGE},
    [HELPER_MESSAGE_OF_ANOTHER_TYPE] = {0, 0, HUB_VDAF_BAD_VERIFIER_MESSAGE},
};

/* Shares are spoiled in a copy that spoiled owns. */
struct spoiled {
    struct hub_buf share;
    struct hub_buf message;
    uint8_t nonce[HUB_VDAF_NONCE_LEN];
};

static uint8_t *copy(struct hub_buf *to, hub_span from)
{
    to->max = from.len + 1;
    assert_int_equal(hub_buf_append(to, from), HUB_OK);
    return to->ptr;
}

static void spoil_shares(struct fixture *f, struct spoiled *s, enum fault fault, size_t i)
{
    static const uint8_t zero[1] = {0};
    size_t proof_at = hub_vdaf_input_share_len(f->v, HUB_VDAF_LEADER) -
                      hub_vdaf_verifier_message_len(f->v) - hub_vdaf_field_bits(f->v) / 8;
    hub_span *leader = &f->in[0][i].input_share;
    hub_span *helper = &f->in[1][i].input_share;
    uint8_t *bytes;

    switch (fault) {
    case LEADER_SHARE_SHORT:
        leader->len--;
        break;
    case LEADER_MEAS_NOT_AN_ELEMENT:
    case LEADER_PROOF_NOT_AN_ELEMENT:
        bytes = copy(&s->share, *leader);
        memset(bytes + (fault == LEADER_MEAS_NOT_AN_ELEMENT ? 0 : proof_at), 0xff,
               hub_vdaf_field_bits(f->v) / 8);
        *leader = hub_buf_span(&s->share);
        break;
    case LEADER_MEAS_CHANGED:
    case LEADER_PROOF_CHANGED:
        bytes = copy(&s->share, *leader);
        bytes[fault == LEADER_MEAS_CHANGED ? 0 : proof_at] ^= 1;
        *leader = hub_buf_span(&s->share);
        break;
    case HELPER_SHARE_LONG:
        copy(&s->share, *helper);
        assert_int_equal(hub_buf_append(&s->share, HUB_SPAN_ARRAY(zero)), HUB_OK);
        *helper = hub_buf_span(&s->share);
        break;
    case HELPER_SEED_CHANGED:
        copy(&s->share, *helper)[31] ^= 0x80;
        *helper = hub_buf_span(&s->share);
        break;
    case PUBLIC_SHARE_LONG:
        copy(&s->share, f->in[0][i].public_share);
        assert_int_equal(hub_buf_append(&s->share, HUB_SPAN_ARRAY(zero)), HUB_OK);
        f->in[0][i].public_share = hub_buf_span(&s->share);
        f->in[1][i].public_share = hub_buf_span(&s->share);
        break;
    case NONCE_DIFFERS:
        f->in[1][i].nonce = s->nonce;
        break;
    case LEADER_MESSAGE_SHORT:
    case LEADER_MESSAGE_OF_ANOTHER_TYPE:
    case LEADER_MESSAGE_NOT_AN_ELEMENT:
    case LEADER_MESSAGE_CHANGED:
    case HELPER_MESSAGE_EMPTY:
    case HELPER_MESSAGE_OF_ANOTHER_TYPE:
    case N_FAULTS:
        break;
    }
}

static void spoil_leader_message(struct fixture *f, struct spoiled *s, enum fault fault, size_t i)
{
    hub_span *message = &f->inbound[1][i];

    if (fault == LEADER_MESSAGE_SHORT) {
        message->len--;
        return;
    }
    if (fault != LEADER_MESSAGE_OF_ANOTHER_TYPE && fault != LEADER_MESSAGE_NOT_AN_ELEMENT &&
        fault != LEADER_MESSAGE_CHANGED)
        return;
    uint8_t *bytes = copy(&s->message, *message);
    if (fault == LEADER_MESSAGE_OF_ANOTHER_TYPE)
        bytes[0] = HUB_PING_PONG_FINISH;
    else if (fault == LEADER_MESSAGE_CHANGED)
        bytes[5] ^= 1;
    else
        memset(bytes + 5, 0xff, hub_vdaf_field_bits(f->v) / 8);
    *message = hub_buf_span(&s->message);
}

static void spoil_helper_message(struct fixture *f, struct spoiled *s, enum fault fault, size_t i)
{
    if (fault == HELPER_MESSAGE_EMPTY)
        f->inbound[0][i] = HUB_SPAN_EMPTY;
    if (fault == HELPER_MESSAGE_OF_ANOTHER_TYPE) {
        copy(&s->message, f->inbound[0][i])[0] = HUB_PING_PONG_INITIALIZE;
        f->inbound[0][i] = hub_buf_span(&s->message);
    }
}

/* The bad report's verdict is the outcome; the others' outputs are those of the honest run. */
static void check_against(const struct fixture *f, const struct fixture *honest, size_t bad,
                          const struct outcome *outcome)
{
    size_t state_len = hub_vdaf_verify_state_len(f->v);
    size_t first_len = hub_ping_pong_initialize_len(f->v);
    size_t last_len = hub_ping_pong_finish_len(f->v);

    for (size_t i = 0; i < FIXTURE_N; i++) {
        if (i == bad)
            continue;
        for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
            assert_int_equal(f->verdict[j][i], HUB_VDAF_ACCEPTED);
            assert_memory_equal(f->states[j] + i * state_len, honest->states[j] + i * state_len,
                                state_len);
        }
        assert_memory_equal(f->outbound[0] + i * first_len, honest->outbound[0] + i * first_len,
                            first_len);
        assert_memory_equal(f->outbound[1] + i * last_len, honest->outbound[1] + i * last_len,
                            last_len);
    }
    if (outcome->leader_init != HUB_VDAF_ACCEPTED)
        assert_int_equal(f->verdict[0][bad], outcome->leader_init);
    else
        assert_int_equal(f->verdict[0][bad], outcome->leader_continued);
    if (outcome->helper_init != HUB_VDAF_ACCEPTED)
        assert_int_equal(f->verdict[1][bad], outcome->helper_init);
}

/* A report that the leader has rejected does not go to the helper, and one that the helper has
 * rejected does not come back: those are marked before the next step. */
static void run_with_fault(const struct fixture *honest, const struct hub_vdaf_params *params,
                           enum fault fault, size_t bad)
{
    struct fixture f;
    struct spoiled s = {.nonce = {1, 2, 3}};
    bool in_use[FIXTURE_N];

    memset(in_use, true, sizeof(in_use));
    in_use[bad] = false;
    fixture_open(&f, params);
    spoil_shares(&f, &s, fault, bad);
    fixture_leader_init(&f);
    spoil_leader_message(&f, &s, fault, bad);
    if (f.verdict[0][bad] != HUB_VDAF_ACCEPTED && outcomes[fault].helper_init == 0)
        f.verdict[1][bad] = HUB_VDAF_N_VERDICTS; /* any other value skips too */
    fixture_helper_init(&f);
    spoil_helper_message(&f, &s, fault, bad);
    if (f.verdict[1][bad] != HUB_VDAF_ACCEPTED && outcomes[fault].leader_init == 0)
        f.verdict[0][bad] = f.verdict[1][bad];
    fixture_leader_continued(&f);

    struct outcome outcome = outcomes[fault];
    if (outcome.helper_init != 0 && outcome.leader_init == 0)
        outcome.leader_continued = outcome.helper_init; /* as marked above */
    check_against(&f, honest, bad, &outcome);
    if (outcome.leader_init == 0 && outcome.helper_init == 0)
        f.verdict[1][bad] = outcome.leader_continued; /* the leader drops it: so does the total */
    fixture_check_totals(&f, in_use);
    hub_buf_wipe(&s.share);
    hub_buf_wipe(&s.message);
    fixture_close(&f);
}

static void a_bad_report_leaves_its_neighbours_alone(void **state)
{
    (void)state;
    for (size_t k = 0; k < FIXTURE_N_PARAMS; k++) {
        struct fixture honest;

        fixture_open(&honest, &fixture_params[k]);
        fixture_leader_init(&honest);
        fixture_helper_init(&honest);
        fixture_leader_continued(&honest);
        for (unsigned fault = 0; fault < N_FAULTS; fault++) {
            for (size_t bad = 0; bad < FIXTURE_N; bad++)
                run_with_fault(&honest, &fixture_params[k], (enum fault)fault, bad);
        }
        fixture_close(&honest);
    }
}

/* The client that chose its joint randomness is found in the last step, by both aggregators. */
static void chosen_joint_randomness_is_found(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t key[HUB_VDAF_VERIFY_KEY_LEN] = {9};
    uint8_t verdict[FIXTURE_N] = {0};
    hub_span messages[FIXTURE_N];
    uint8_t wrong[32] = {0};
    size_t row;

    fixture_open(&f, &fixture_params[FIXTURE_N_PARAMS - 1]);
    row = hub_vdaf_verifier_share_len(f.v);
    uint8_t *shares = malloc(FIXTURE_N * row);
    assert_non_null(shares);
    hub_vdaf_verify_init(f.v, f.workspace, FIXTURE_N, HUB_VDAF_HELPER, HUB_SPAN_ARRAY(key),
                         HUB_SPAN_ARRAY(f.ctx), f.in[1], verdict, shares, f.states[1]);
    for (size_t i = 0; i < FIXTURE_N; i++) {
        assert_int_equal(verdict[i], HUB_VDAF_ACCEPTED);
        messages[i] = hub_span_of(f.states[1] + (i + 1) * hub_vdaf_verify_state_len(f.v) - 32, 32);
    }
    messages[3] = HUB_SPAN_ARRAY(wrong);
    messages[5] = hub_span_of(messages[5].ptr, 31);
    hub_vdaf_verify_next(f.v, FIXTURE_N, f.states[1], messages, verdict, f.out_shares[1]);
    for (size_t i = 0; i < FIXTURE_N; i++)
        assert_int_equal(verdict[i], i == 3   ? HUB_VDAF_BAD_JOINT_RAND
                                     : i == 5 ? HUB_VDAF_BAD_VERIFIER_MESSAGE
                                              : HUB_VDAF_ACCEPTED);
    free(shares);
    fixture_close(&f);
}

/* Batches of every length up to FIXTURE_N give what one large batch gives. */
static void the_length_of_a_batch_does_not_matter(void **state)
{
    (void)state;
    struct fixture f;
    const struct hub_vdaf_params *p = &fixture_params[4];

    fixture_open(&f, p);
    size_t share_len = hub_vdaf_verifier_share_len(f.v);
    size_t state_len = hub_vdaf_verify_state_len(f.v);
    uint8_t *all = malloc(FIXTURE_N * share_len);
    uint8_t *some = malloc(FIXTURE_N * share_len);
    assert_non_null(all);
    assert_non_null(some);
    for (unsigned j = 0; j < HUB_VDAF_N_SHARES; j++) {
        hub_vdaf_verify_init(f.v, f.workspace, FIXTURE_N, j, HUB_SPAN_ARRAY(f.verify_key),
                             HUB_SPAN_ARRAY(f.ctx), f.in[j], f.verdict[j], all, f.states[0]);
        for (size_t n = 0; n <= FIXTURE_N; n++) {
            memset(some, 0xa5, FIXTURE_N * share_len);
            memset(f.states[1], 0xa5, FIXTURE_N * state_len);
            hub_vdaf_verify_init(f.v, f.workspace, n, j, HUB_SPAN_ARRAY(f.verify_key),
                                 HUB_SPAN_ARRAY(f.ctx), f.in[j], f.verdict[j], some, f.states[1]);
            assert_memory_equal(some, all, n * share_len);
            assert_memory_equal(f.states[1], f.states[0], n * state_len);
            /* nothing behind the batch was touched */
            for (size_t b = n * share_len; b < FIXTURE_N * share_len; b++)
                assert_int_equal(some[b], 0xa5);
            for (size_t b = n * state_len; b < FIXTURE_N * state_len; b++)
                assert_int_equal(f.states[1][b], 0xa5);
        }
    }
    free(all);
    free(some);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_reports_add_up),
        cmocka_unit_test(a_bad_report_leaves_its_neighbours_alone),
        cmocka_unit_test(chosen_joint_randomness_is_found),
        cmocka_unit_test(the_length_of_a_batch_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
