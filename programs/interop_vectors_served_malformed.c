/* malformed[] at the aggregators' own code: requests to servers that have run aggregation.all,
 * shares and ping-pong messages in jobs, and what a leader must not take from a helper. */
#include "interop_vectors_party.h"

#include "collector/result.h"
#include "wire/aggregation_job.h"

#include <stdio.h>

/* Both aggregators after aggregation.all, and a helper with an empty store. */
struct served {
    struct hub_vectors *v;
    struct hub_vectors_party helper;
    struct hub_vectors_party leader;
    struct hub_vectors_party fresh;
    struct hub_vectors_link link;
};

/* ---- requests */

static void ask_server(struct served *s, const json_t *item)
{
    static const struct {
        const char *message;
        const char *resource;
        enum hub_message type;
        bool is_leaders;
    } requests[] = {
        {"UploadRequest", "reports", HUB_MESSAGE_UPLOAD_REQ, true},
        {"CollectionJobReq", "collection_jobs", HUB_MESSAGE_COLLECTION_JOB_REQ, true},
        {"AggregationJobInitReq", "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ, false},
        {"AggregateShareReq", "aggregate_shares", HUB_MESSAGE_AGGREGATE_SHARE_REQ, false},
    };
    struct hub_vectors *const v = s->v;
    const char *const message = hub_vectors_text(v, item, "message");

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]) && !v->failed; i++) {
        if (strcmp(requests[i].message, message) != 0)
            continue;
        const struct hub_vectors_answer answer =
            hub_vectors_post(requests[i].is_leaders ? &s->leader : &s->helper, requests[i].resource,
                             requests[i].type, hub_vectors_bytes(v, item, "hex"));
        hub_vectors_outcome(v, hub_vectors_get(v, item, "expect"), hub_vectors_outcome_of(&answer));
    }
}

/* ---- what a job carries for one report */

static void ask_job(struct served *s, const json_t *item, struct hub_vectors_report *r)
{
    struct hub_vectors *const v = s->v;
    struct hub_verify_resp resp;
    char outcome[40];
    size_t n = 0;

    const struct hub_vectors_answer answer =
        hub_vectors_post(&s->fresh, "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ,
                         hub_vectors_job(v, &r, 1));
    if (v->failed)
        return;
    (void)snprintf(outcome, sizeof(outcome), "%.30s", hub_vectors_outcome_of(&answer));
    if (hub_aggregation_job_resp_count(&n, answer.body) == HUB_OK && n == 1 &&
        hub_aggregation_job_resp_decode(&resp, n, answer.body) == HUB_OK &&
        resp.type == HUB_VERIFY_RESP_REJECT)
        (void)snprintf(outcome, sizeof(outcome), "report_error %d", (int)resp.error);
    hub_vectors_outcome(v, hub_vectors_get(v, item, "expect"), outcome);
}

/* The honest report with another helper's share, sealed as the true one was. */
static void ask_with_share(struct served *s, const json_t *item)
{
    struct hub_vectors *const v = s->v;
    const struct hub_vectors_report *const honest = hub_vectors_find(v, "honest");
    const hub_span plaintext = hub_vectors_bytes(v, item, "hex");
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
    uint8_t ephemeral[HUB_HPKE_KEY_LEN];

    if (v->failed)
        return;
    struct hub_vectors_report spoilt = *honest;
    hub_vectors_bytes_exact(v, ephemeral, sizeof(ephemeral), honest->json,
                            "helper_ephemeral_private_key");
    hub_input_share_info(info, HUB_ROLE_HELPER);
    spoilt.report.helper_share =
        hub_vectors_seal(v, &v->keys[HUB_VECTORS_HELPER].config, HUB_SPAN_ARRAY(info),
                         hub_vectors_aad(v, &honest->report), plaintext, ephemeral);
    ask_job(s, item, &spoilt);
}

/* reports[0] with another message of the leader's. An empty one cannot be sent: payload<1..>. */
static void ask_with_ping_pong(struct served *s, const json_t *item)
{
    struct hub_vectors *const v = s->v;
    const struct hub_vectors_report *const first = hub_vectors_find(v, "reports[0]");
    const hub_span message = hub_vectors_bytes(v, item, "hex");

    if (v->failed || message.len == 0)
        return;
    struct hub_vectors_report spoilt = *first;
    spoilt.delivered = message;
    ask_job(s, item, &spoilt);
}

/* ---- what the collector gets */

static void give_collector(struct served *s, const json_t *item)
{
    struct hub_vectors *const v = s->v;
    const json_t *const all = json_array_get(json_object_get(v->root, "collections"), 0);
    const hub_span request = hub_vectors_bytes(v, all, "collection_job_req");
    const hub_span response = hub_vectors_bytes(v, item, "hex");
    const struct hub_collected_task task = {
        .task = s->leader.task->task, .vdaf = v->vdaf, .recipient = v->collector};
    struct hub_collection c = {.totals = NULL};

    if (v->failed)
        return;
    const hub_status status = hub_collection_open(&c, &task, request, response, NULL);
    hub_vectors_outcome(v, hub_vectors_get(v, item, "expect"),
                        status == HUB_OK ? "accepted" : "collection_fails");
    hub_collection_clear(&c);
}

static void check_item(struct served *s, const json_t *item)
{
    const char *const message = hub_vectors_text(s->v, item, "message");

    if (strcmp(message, "PlaintextInputShare") == 0)
        ask_with_share(s, item);
    else if (strcmp(message, "PingPongInit") == 0)
        ask_with_ping_pong(s, item);
    else if (strcmp(message, "CollectionJobResp") == 0)
        give_collector(s, item);
    else
        ask_server(s, item);
}

static void for_each(struct hub_vectors *v, struct served *s, const char *message,
                     void (*check)(struct served *, const json_t *))
{
    const json_t *const list = hub_vectors_get(v, v->root, "malformed");

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        const json_t *const item = json_array_get(list, i);
        const char *const of = hub_vectors_text(v, item, "message");
        if (message != NULL && strcmp(of, message) != 0)
            continue;
        hub_vectors_at(v, "malformed[%zu] (%s %s) at the %s", i, of,
                       hub_vectors_text(v, item, "name"), message == NULL ? "party" : "leader");
        check(s, item);
    }
}

/* ---- what a helper may not answer */

/* The leader is started, asks, gets this answer, and is stopped: nothing may have been counted, and
 * the job must be there again at the next start, with the same bytes. */
static void answer_leader(struct served *s, const json_t *item)
{
    struct hub_vectors *const v = s->v;
    const json_t *const expect = hub_vectors_get(v, item, "expect");
    const hub_span request = hub_vectors_bytes(v, v->root, "decoder_request_of_AggregationJobResp");

    s->link.reply = hub_vectors_bytes(v, item, "hex");
    const size_t n_asked = s->link.n_asked;
    hub_vectors_leader_restart(v, &s->leader, &s->link);
    if (v->failed)
        return;
    if (!hub_vectors_link_wait(&s->link, n_asked + 1))
        hub_vectors_fail(v, "", "the job is sent", "silence");
    hub_leader_free(s->leader.leader);
    s->leader.leader = NULL;
    hub_vectors_expect_same(v, "the leader's request", request,
                            hub_buf_span(&s->link.last_request));
    hub_vectors_outcome(v, expect,
                        hub_vectors_count(&s->leader) == 0 ? "leader_abandons_job" : "accepted");
}

/* Then the true answer comes, and both reports count. */
static void answer_well(struct served *s)
{
    struct hub_vectors *const v = s->v;

    hub_vectors_at(v, "decoder_request_of_AggregationJobResp, answered in the end");
    s->link.helper = &s->fresh;
    hub_vectors_leader_restart(v, &s->leader, &s->link);
    if (!v->failed)
        hub_vectors_must(v, "", hub_leader_settle(s->leader.leader, 20000));
    if (!v->failed && (hub_vectors_count(&s->leader) != 2 || hub_vectors_count(&s->fresh) != 2))
        hub_vectors_fail(v, "", "two reports at both", "another count");
}

static void check_answers(struct hub_vectors *v)
{
    struct served s = {.v = v};
    struct hub_buf body = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct hub_writer w = hub_writer(&body);
    const struct hub_vectors_report *const first = hub_vectors_find(v, "reports[0]");
    const struct hub_vectors_report *const honest = hub_vectors_find(v, "honest");

    if (v->failed)
        return;
    hub_vectors_link_init(&s.link, NULL);
    hub_vectors_helper_start(v, &s.fresh);
    hub_vectors_leader_start(v, &s.leader, &s.link);
    hub_write_span(&w, first->report.encoded);
    hub_write_span(&w, honest->report.encoded);
    hub_vectors_at(v, "malformed AggregationJobResp: the upload before them");
    hub_vectors_upload(&s.leader, hub_vectors_keep(v, &body, "", hub_writer_finish(&w)));
    if (!v->failed && !hub_vectors_link_wait(&s.link, 1)) /* meets an empty answer */
        hub_vectors_fail(v, "", "the job is sent", "silence");
    for_each(v, &s, "AggregationJobResp", answer_leader);
    if (!v->failed)
        answer_well(&s);
    hub_vectors_party_stop(&s.leader);
    hub_vectors_party_stop(&s.fresh);
    hub_vectors_link_clear(&s.link);
}

void hub_vectors_served_malformed(struct hub_vectors *v)
{
    struct served s = {.v = v};

    hub_vectors_link_init(&s.link, &s.helper);
    hub_vectors_helper_start(v, &s.helper);
    hub_vectors_helper_start(v, &s.fresh);
    hub_vectors_leader_start(v, &s.leader, &s.link);
    hub_vectors_run_all(&s.leader, &s.link);
    for_each(v, &s, NULL, check_item);
    hub_vectors_party_stop(&s.leader);
    hub_vectors_party_stop(&s.helper);
    hub_vectors_party_stop(&s.fresh);
    hub_vectors_link_clear(&s.link);
    check_answers(v);
}
