/* One report at both aggregators: opened, verified, and compared with what the file says of it. */
#include "interop_vectors.h"

#include "vdaf/agg_share.h"
#include "vdaf/ping_pong.h"
#include "wire/aggregation_job.h"

#include <stdio.h>

hub_span hub_vectors_aad(struct hub_vectors *v, const struct hub_report *report)
{
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    return hub_vectors_keep(v, &buf, "input_share_aad",
                            hub_input_share_aad_encode(&buf, &v->task_id, v->task_configuration,
                                                       &report->metadata, report->public_share));
}

hub_span hub_vectors_open(struct hub_vectors *v, struct hub_hpke_recipient *recipient,
                          hub_span info, hub_span aad, const struct hub_ciphertext *c)
{
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    if (v->failed || c->config_id != hub_hpke_recipient_config(recipient)->id ||
        hub_hpke_open(recipient, &buf, info, aad, c->enc, c->payload) != HUB_OK) {
        hub_buf_wipe(&buf);
        return HUB_SPAN_EMPTY;
    }
    return hub_vectors_keep(v, &buf, "", HUB_OK);
}

struct hub_ciphertext hub_vectors_seal(struct hub_vectors *v, const struct hub_hpke_config *config,
                                       hub_span info, hub_span aad, hub_span plaintext,
                                       const uint8_t *ephemeral)
{
    uint8_t *const enc = hub_vectors_alloc(v, HUB_HPKE_ENC_LEN);
    uint8_t *const payload = hub_vectors_alloc(v, plaintext.len + HUB_HPKE_TAG_LEN);
    struct hub_hpke_sender *sender = NULL;

    if (v->failed)
        return (struct hub_ciphertext){0};
    hub_vectors_must(v, "", hub_hpke_sender_new(&sender, config));
    if (!v->failed)
        hub_vectors_must(
            v, "",
            hub_hpke_sender_seal_with(sender, enc, payload, info, aad, plaintext, ephemeral));
    hub_hpke_sender_free(sender);
    return (struct hub_ciphertext){config->id, hub_span_of(enc, HUB_HPKE_ENC_LEN),
                                   hub_span_of(payload, plaintext.len + HUB_HPKE_TAG_LEN)};
}

struct hub_vectors_report *hub_vectors_find(struct hub_vectors *v, const char *name)
{
    for (size_t i = 0; i < v->n_reports; i++) {
        if (strcmp(v->reports[i].name, name) == 0)
            return &v->reports[i];
    }
    hub_vectors_fail(v, "reports", "a report of the file", name);
    return NULL;
}

/* Opens one aggregator's share, compares the plaintext and takes the input share out of it. A share
 * that does not open stays empty: whether that is right is the caller's question. */
static void open_share(struct hub_vectors *v, struct hub_vectors_report *r, unsigned agg_id,
                       hub_span aad)
{
    static const char *const keys[] = {"leader_plaintext_input_share",
                                       "helper_plaintext_input_share"};
    const bool is_leader = agg_id == HUB_VECTORS_LEADER;
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
    struct hub_plaintext_input_share share;

    hub_input_share_info(info, is_leader ? HUB_ROLE_LEADER : HUB_ROLE_HELPER);
    r->plaintext[agg_id] =
        hub_vectors_open(v, v->recipients[agg_id], HUB_SPAN_ARRAY(info), aad,
                         is_leader ? &r->report.leader_share : &r->report.helper_share);
    if (v->failed || r->plaintext[agg_id].len == 0)
        return;
    hub_vectors_expect(v, r->json, keys[agg_id], r->plaintext[agg_id]);
    hub_vectors_must(v, keys[agg_id],
                     hub_plaintext_input_share_decode(&share, r->plaintext[agg_id]));
    if (!v->failed)
        r->payload[agg_id] = share.payload;
}

static struct hub_verify_in verify_in(const struct hub_vectors_report *r, unsigned agg_id)
{
    return (struct hub_verify_in){r->report.metadata.id, r->report.public_share,
                                  r->payload[agg_id]};
}

/* The leader's first step. */
static void leader_init(struct hub_vectors *v, struct hub_vectors_report *r)
{
    const size_t len = hub_ping_pong_initialize_len(v->vdaf);
    uint8_t *const outbound = hub_vectors_alloc(v, len);
    uint8_t *const state = hub_vectors_alloc(v, hub_vdaf_verify_state_len(v->vdaf));
    void *const workspace = hub_vectors_alloc(v, hub_ping_pong_workspace_len(v->vdaf, 1));
    const struct hub_verify_in in = verify_in(r, HUB_VECTORS_LEADER);
    uint8_t verdict = HUB_VDAF_ACCEPTED;

    if (v->failed)
        return;
    hub_ping_pong_leader_init(v->vdaf, workspace, 1, v->verify_key, HUB_SPAN_ARRAY(v->context), &in,
                              &verdict, state, outbound);
    if (verdict != HUB_VDAF_ACCEPTED)
        return;
    r->leader_state = state;
    r->delivered = hub_span_of(outbound, len);
    if (json_object_get(r->json, "leader_ping_pong_message") != NULL)
        hub_vectors_expect(v, r->json, "leader_ping_pong_message", r->delivered);
    if (json_object_get(r->json, "delivered_ping_pong_message") != NULL)
        r->delivered = hub_vectors_bytes(v, r->json, "delivered_ping_pong_message");
}

/* The helper's only step; true if it accepts. */
static bool helper_init(struct hub_vectors *v, struct hub_vectors_report *r)
{
    const size_t len = hub_ping_pong_finish_len(v->vdaf);
    uint8_t *const outbound = hub_vectors_alloc(v, len);
    uint8_t *const state = hub_vectors_alloc(v, hub_vdaf_verify_state_len(v->vdaf));
    void *const workspace = hub_vectors_alloc(v, hub_ping_pong_workspace_len(v->vdaf, 1));
    const struct hub_verify_in in = verify_in(r, HUB_VECTORS_HELPER);
    uint8_t verdict = HUB_VDAF_ACCEPTED;

    if (v->failed || r->plaintext[HUB_VECTORS_HELPER].len == 0 || r->leader_state == NULL)
        return false;
    hub_ping_pong_helper_init(v->vdaf, workspace, 1, v->verify_key, HUB_SPAN_ARRAY(v->context), &in,
                              &r->delivered, &verdict, state, outbound,
                              &r->out_shares[HUB_VECTORS_HELPER]);
    r->answer = hub_span_of(outbound, len);
    return verdict == HUB_VDAF_ACCEPTED;
}

static void leader_finish(struct hub_vectors *v, struct hub_vectors_report *r)
{
    uint8_t verdict = HUB_VDAF_ACCEPTED;

    hub_ping_pong_leader_continued(v->vdaf, 1, r->leader_state, &r->answer, &verdict,
                                   &r->out_shares[HUB_VECTORS_LEADER]);
    if (verdict != HUB_VDAF_ACCEPTED)
        hub_vectors_fail(v, "helper_ping_pong_message", "accepted by the leader",
                         hub_vdaf_verdict_name(verdict));
}

/* The steps that ping-pong wraps, for their own members. */
static void check_verification(struct hub_vectors *v, const struct hub_vectors_report *r)
{
    const size_t len = hub_vdaf_verifier_share_len(v->vdaf);
    uint8_t *const state = hub_vectors_alloc(v, hub_vdaf_verify_state_len(v->vdaf));
    uint8_t *const message = hub_vectors_alloc(v, hub_vdaf_verifier_message_len(v->vdaf));
    const json_t *const expected = hub_vectors_get(v, r->json, "verifier_shares");
    hub_span shares[2];
    const hub_span *const rows[2] = {&shares[0], &shares[1]};
    uint8_t verdict = HUB_VDAF_ACCEPTED;

    for (unsigned agg_id = 0; agg_id < 2 && !v->failed; agg_id++) {
        const struct hub_verify_in in = verify_in(r, agg_id);
        uint8_t *const share = hub_vectors_alloc(v, len);
        if (share == NULL)
            return;
        hub_vdaf_verify_init(v->vdaf, v->workspace, 1, agg_id, v->verify_key,
                             HUB_SPAN_ARRAY(v->context), &in, &verdict, share, state);
        shares[agg_id] = hub_span_of(share, len);
        hub_vectors_expect_value(v, json_array_get(expected, agg_id), "verifier_shares",
                                 shares[agg_id]);
    }
    if (v->failed)
        return;
    hub_vdaf_verifier_shares_to_message(v->vdaf, v->workspace, 1, HUB_SPAN_ARRAY(v->context), rows,
                                        &verdict, message);
    if (verdict != HUB_VDAF_ACCEPTED)
        hub_vectors_fail(v, "verifier_message", "accepted", hub_vdaf_verdict_name(verdict));
    hub_vectors_expect(v, r->json, "verifier_message",
                       hub_span_of(message, hub_vdaf_verifier_message_len(v->vdaf)));
}

/* Adds up both out shares: the measurement, as elements of the aggregate result. */
static void check_measurement(struct hub_vectors *v, const struct hub_vectors_report *r)
{
    const json_t *const value = hub_vectors_get(v, r->json, "measurement");
    const struct hub_measurement m = hub_vectors_measurement(v, value, "measurement");
    const size_t n = hub_vdaf_output_len(v->vdaf);
    uint64_t *const totals = HUB_ARENA_NEW(&v->arena, uint64_t, n);

    if (v->failed || totals == NULL)
        return;
    hub_vectors_must(v, "out_shares",
                     hub_vdaf_unshard(v->vdaf, totals, n, r->out_shares[HUB_VECTORS_LEADER],
                                      r->out_shares[HUB_VECTORS_HELPER]));
    for (size_t i = 0; i < n && !v->failed; i++) {
        uint64_t expected = m.number;
        if (m.vector != NULL)
            expected = i < m.n ? m.vector[i] : 0;
        else if (v->params.kind == HUB_VDAF_PRIO3_HISTOGRAM)
            expected = i == m.number;
        if (totals[i] != expected)
            hub_vectors_fail(v, "measurement", "that of the report", "another");
    }
}

static void check_accepted(struct hub_vectors *v, const struct hub_vectors_report *r)
{
    const json_t *const out_shares = hub_vectors_get(v, r->json, "out_shares");

    hub_vectors_expect(v, r->json, "helper_ping_pong_message", r->answer);
    for (unsigned agg_id = 0; agg_id < 2; agg_id++)
        hub_vectors_expect_value(v, json_array_get(out_shares, agg_id), "out_shares",
                                 r->out_shares[agg_id]);
    check_verification(v, r);
    check_measurement(v, r);
}

void hub_vectors_verify(struct hub_vectors *v, struct hub_vectors_report *r)
{
    const hub_span aad = hub_vectors_aad(v, &r->report);

    if (json_object_get(r->json, "input_share_aad") != NULL)
        hub_vectors_expect(v, r->json, "input_share_aad", aad);
    hub_vectors_expect(v, r->json, "public_share", r->report.public_share);
    hub_vectors_expect(v, r->json, "report_id", HUB_SPAN_ARRAY(r->report.metadata.id));
    hub_vectors_expect_number(v, r->json, "time", r->report.metadata.time);
    open_share(v, r, HUB_VECTORS_LEADER, aad);
    open_share(v, r, HUB_VECTORS_HELPER, aad);
    if (!v->failed && r->plaintext[HUB_VECTORS_LEADER].len == 0)
        hub_vectors_fail(v, "leader_plaintext_input_share", "opens", "does not open");
    leader_init(v, r);
    if (v->failed)
        return;
    if (helper_init(v, r) && !v->failed)
        leader_finish(v, r);
    if (r->helper_error == 0 && !v->failed) {
        if (r->out_shares[HUB_VECTORS_LEADER].len == 0)
            hub_vectors_fail(v, "helper", "accepts", "rejects");
        check_accepted(v, r);
    }
}

hub_span hub_vectors_job(struct hub_vectors *v, struct hub_vectors_report *const *reports, size_t n)
{
    const struct hub_aggregation_job_init_req req = {.verification_key_id = v->verification_key_id};
    struct hub_verify_init *const inits = HUB_ARENA_NEW(&v->arena, struct hub_verify_init, n + 1);
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    if (v->failed || inits == NULL)
        return HUB_SPAN_EMPTY;
    for (size_t i = 0; i < n; i++)
        inits[i] = (struct hub_verify_init){
            .metadata = reports[i]->report.metadata,
            .public_share = reports[i]->report.public_share,
            .encrypted_input_share = reports[i]->report.helper_share,
            .payload = reports[i]->delivered,
        };
    return hub_vectors_keep(v, &buf, "aggregation_job_init_req",
                            hub_aggregation_job_init_req_encode(&buf, &req, inits, n));
}

static size_t size_of(struct hub_vectors *v, const char *key)
{
    return json_array_size(hub_vectors_get(v, v->root, key));
}

void hub_vectors_recorded(struct hub_vectors *v)
{
    hub_vectors_at(v, "%s", "");
    v->n_recorded = size_of(v, "reports");
    v->reports = HUB_ARENA_NEW(&v->arena, struct hub_vectors_report,
                               v->n_recorded + size_of(v, "own_reports") + 1);
    if (v->reports == NULL)
        hub_vectors_must(v, "reports", HUB_E_MEMORY);
    for (size_t i = 0; i < v->n_recorded && !v->failed; i++) {
        struct hub_vectors_report *const r = &v->reports[i];
        hub_vectors_at(v, "reports[%zu]", i);
        (void)snprintf(r->name, sizeof(r->name), "reports[%zu]", i);
        r->json = json_array_get(json_object_get(v->root, "reports"), i);
        const hub_span upload = hub_vectors_bytes(v, r->json, "upload_request");
        if (v->failed)
            return;
        hub_vectors_must(v, "upload_request", hub_report_decode(&r->report, upload));
        if (v->failed)
            return;
        /* the client put the moment it was given into the window that holds it */
        hub_vectors_expect_number(v, r->json, "time",
                                  hub_vectors_number(v, r->json, "time_seconds") /
                                      v->configuration.time_precision);
        v->n_reports = i + 1;
        hub_vectors_verify(v, r);
    }
}
