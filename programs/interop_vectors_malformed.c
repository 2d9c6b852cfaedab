/* malformed[], prefixes[], open_must_fail[]: what a decoder, the VDAF or a key must refuse.
 * Messages that decode and are refused by a server's rules are left to the step with the
 * aggregators' own code, which runs the others through it too. */
#include "interop_vectors.h"

#include "../tests/fuzz/codecs.h"
#include "vdaf/ping_pong.h"
#include "wire/collection.h"
#include "wire/hpke_config.h"

#include <stdio.h>

/* What each message's receiver does when it cannot be read. */
static const struct {
    const char *message;
    const char *codec;
    const char *outcome;
} receivers[] = {
    {"HpkeConfigList", "HpkeConfigList", "client_abort"},
    {"UploadRequest", "UploadRequest", "invalidMessage"},
    {"UploadErrors", "UploadErrors", "decode_error"},
    {"PlaintextInputShare", "PlaintextInputShare", "report_error 8"},
    {"TaskConfiguration", "TaskConfiguration", "decode_error"},
    {"AggregationJobInitReq", "AggregationJobInitReq", "invalidMessage"},
    {"AggregationJobResp", "AggregationJobResp", "leader_abandons_job"},
    {"CollectionJobReq", "CollectionJobReq", "invalidMessage"},
    {"CollectionJobResp", "CollectionJobResp", "collection_fails"},
    {"AggregateShareReq", "AggregateShareReq", "invalidMessage"},
    {"AggregateShare", "AggregateShare", "decode_error"},
    {"PingPongInit", "PingPong", "report_error 6"},
    {"PingPongFinish", "PingPong", "leader_rejects_report"},
};
enum { N_RECEIVERS = sizeof(receivers) / sizeof(receivers[0]) };

static size_t find_receiver(struct hub_vectors *v, const char *message)
{
    for (size_t i = 0; i < N_RECEIVERS; i++) {
        if (strcmp(receivers[i].message, message) == 0)
            return i;
    }
    hub_vectors_fail(v, "message", "a message of DAP-18", message);
    return 0;
}

/* ---- messages that decode, and what their receiver finds next; NULL: nothing to object */

static const char *read_config_list(hub_span bytes)
{
    struct hub_hpke_config_view chosen;

    return hub_hpke_config_list_choose(&chosen, bytes, HUB_HPKE_KEM_X25519, HUB_HPKE_KDF_SHA256,
                                       HUB_HPKE_AEAD_AES_128_GCM, HUB_HPKE_KEY_LEN) == HUB_OK
               ? NULL
               : "client_abort";
}

/* Both shares of the first collection, with its AAD. */
static const char *read_collection_job_resp(struct hub_vectors *v, hub_span bytes)
{
    const json_t *const all = json_array_get(json_object_get(v->root, "collections"), 0);
    const hub_span aad = hub_vectors_bytes(v, all, "aggregate_share_aad");
    struct hub_collection_job_resp resp;

    if (hub_collection_job_resp_decode(&resp, bytes) != HUB_OK)
        return "collection_fails";
    for (unsigned agg_id = 0; agg_id < 2; agg_id++) {
        const bool is_leader = agg_id == HUB_VECTORS_LEADER;
        uint8_t info[HUB_AGGREGATE_SHARE_INFO_LEN];
        hub_aggregate_share_info(info, is_leader ? HUB_ROLE_LEADER : HUB_ROLE_HELPER);
        if (hub_vectors_open(v, v->collector, HUB_SPAN_ARRAY(info), aad,
                             is_leader ? &resp.leader_share : &resp.helper_share)
                .len != hub_vdaf_agg_share_len(v->vdaf))
            return "collection_fails";
    }
    return NULL;
}

/* The leader's message for reports[0], at the helper. */
static const char *read_ping_pong_init(struct hub_vectors *v, hub_span inbound)
{
    const struct hub_vectors_report *const r = hub_vectors_find(v, "reports[0]");
    uint8_t *const outbound = hub_vectors_alloc(v, hub_ping_pong_finish_len(v->vdaf));
    uint8_t *const state = hub_vectors_alloc(v, hub_vdaf_verify_state_len(v->vdaf));
    void *const workspace = hub_vectors_alloc(v, hub_ping_pong_workspace_len(v->vdaf, 1));
    uint8_t verdict = HUB_VDAF_ACCEPTED;
    hub_span out_share;

    if (v->failed)
        return NULL;
    const struct hub_verify_in in = {r->report.metadata.id, r->report.public_share,
                                     r->payload[HUB_VECTORS_HELPER]};
    hub_ping_pong_helper_init(v->vdaf, workspace, 1, v->verify_key, HUB_SPAN_ARRAY(v->context), &in,
                              &inbound, &verdict, state, outbound, &out_share);
    return verdict == HUB_VDAF_ACCEPTED ? NULL : "report_error 6";
}

/* The helper's answer for reports[0], at the leader. */
static const char *read_ping_pong_finish(struct hub_vectors *v, hub_span inbound)
{
    const struct hub_vectors_report *const r = hub_vectors_find(v, "reports[0]");
    uint8_t verdict = HUB_VDAF_ACCEPTED;
    hub_span out_share;

    if (v->failed)
        return NULL;
    hub_ping_pong_leader_continued(v->vdaf, 1, r->leader_state, &inbound, &verdict, &out_share);
    return verdict == HUB_VDAF_ACCEPTED ? NULL : "leader_rejects_report";
}

static const char *read_further(struct hub_vectors *v, const char *message, hub_span bytes)
{
    if (strcmp(message, "HpkeConfigList") == 0)
        return read_config_list(bytes);
    if (strcmp(message, "CollectionJobResp") == 0)
        return read_collection_job_resp(v, bytes);
    if (strcmp(message, "PingPongInit") == 0)
        return read_ping_pong_init(v, bytes);
    if (strcmp(message, "PingPongFinish") == 0)
        return read_ping_pong_finish(v, bytes);
    return NULL;
}

/* Requests to a server, and what a leader reads from a helper: judged by rules beyond their form.
 */
static bool has_server_rules(const char *message)
{
    static const char *const messages[] = {"UploadRequest", "AggregationJobInitReq",
                                           "AggregationJobResp", "CollectionJobReq",
                                           "AggregateShareReq"};

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (strcmp(messages[i], message) == 0)
            return true;
    }
    return false;
}

static void check_malformed(struct hub_vectors *v, const json_t *item)
{
    const char *const message = hub_vectors_text(v, item, "message");
    const json_t *const expect = hub_vectors_get(v, item, "expect");
    const hub_span bytes = hub_vectors_bytes(v, item, "hex");
    const size_t i = find_receiver(v, message);

    if (v->failed)
        return;
    const hub_status status = hub_codec_find(receivers[i].codec)->round_trip(bytes);
    if (status != HUB_OK && status != HUB_E_DECODE) {
        hub_vectors_must(v, "hex", status);
        return;
    }
    if (status == HUB_E_DECODE) {
        hub_vectors_outcome(v, expect, receivers[i].outcome);
        return;
    }
    const char *const outcome = read_further(v, message, bytes);
    if (outcome != NULL)
        hub_vectors_outcome(v, expect, outcome);
    else if (!has_server_rules(message))
        hub_vectors_outcome(v, expect, "accepted");
}

static bool is_listed(const json_t *lengths, size_t n)
{
    for (size_t i = 0; i < json_array_size(lengths); i++) {
        if ((size_t)json_integer_value(json_array_get(lengths, i)) == n)
            return true;
    }
    return false;
}

/* A first ping-pong message is also one by its type and the length of what it holds. */
static bool is_well_formed(struct hub_vectors *v, size_t receiver, hub_span bytes)
{
    struct hub_ping_pong_message m;

    if (hub_codec_find(receivers[receiver].codec)->round_trip(bytes) != HUB_OK)
        return false;
    if (strcmp(receivers[receiver].message, "PingPongInit") == 0)
        return hub_ping_pong_decode(&m, bytes) == HUB_OK && m.type == HUB_PING_PONG_INITIALIZE &&
               m.verifier_share.len == hub_vdaf_verifier_share_len(v->vdaf);
    return true;
}

static void check_prefixes(struct hub_vectors *v, const json_t *item)
{
    const size_t receiver = find_receiver(v, hub_vectors_text(v, item, "message"));
    const json_t *const lengths = hub_vectors_get(v, item, "valid_prefix_lengths");
    const hub_span bytes = hub_vectors_bytes(v, item, "hex");

    for (size_t n = 0; n <= bytes.len && !v->failed; n++) {
        const bool expected = is_listed(lengths, n);
        char key[40];
        (void)snprintf(key, sizeof(key), "first %zu octets", n);
        if (is_well_formed(v, receiver, hub_span_of(bytes.ptr, n)) != expected)
            hub_vectors_fail(v, key, expected ? "well-formed" : "malformed",
                             expected ? "malformed" : "well-formed");
    }
}

static void check_open_must_fail(struct hub_vectors *v, const json_t *item)
{
    const struct hub_vectors_report *const r =
        hub_vectors_find(v, hub_vectors_text(v, item, "report"));
    const char *const role = hub_vectors_text(v, item, "role");
    const hub_span info = hub_vectors_bytes(v, item, "info");
    const hub_span aad = hub_vectors_bytes(v, item, "input_share_aad");
    const bool is_leader = strcmp(role, "leader") == 0;

    if (!v->failed && !is_leader && strcmp(role, "helper") != 0)
        hub_vectors_fail(v, "role", "leader or helper", role);
    if (v->failed)
        return;
    const hub_span plaintext =
        hub_vectors_open(v, v->recipients[is_leader ? HUB_VECTORS_LEADER : HUB_VECTORS_HELPER],
                         info, aad, is_leader ? &r->report.leader_share : &r->report.helper_share);
    if (plaintext.len != 0)
        hub_vectors_fail(v, "", "does not open", "opens");
}

static void for_each(struct hub_vectors *v, const char *key,
                     void (*check)(struct hub_vectors *, const json_t *))
{
    const json_t *const list = hub_vectors_get(v, v->root, key);

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        const json_t *const item = json_array_get(list, i);
        const char *const message = json_string_value(json_object_get(item, "message"));
        const char *const name = json_string_value(json_object_get(item, "name"));
        hub_vectors_at(v, "%s[%zu]%s%s%s%s%s", key, i, message == NULL ? "" : " (",
                       message == NULL ? "" : message, name == NULL ? "" : " ",
                       name == NULL ? "" : name, message == NULL ? "" : ")");
        check(v, item);
    }
}

void hub_vectors_malformed(struct hub_vectors *v)
{
    for_each(v, "malformed", check_malformed);
    for_each(v, "prefixes", check_prefixes);
    for_each(v, "open_must_fail", check_open_must_fail);
}
