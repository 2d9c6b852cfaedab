/* The aggregators' own code on the file's reports: jobs at a helper, uploads and jobs of a leader,
 * each report of our own by itself; buckets on both sides. */
#include "interop_vectors_party.h"

#include "wire/aggregation_job.h"

enum { SETTLE_MS = 20000 };

/* Waits until the leader has nothing left to do. */
static void settle(struct hub_vectors *v, struct hub_vectors_party *leader)
{
    if (!v->failed)
        hub_vectors_must(v, "the leader's jobs", hub_leader_settle(leader->leader, SETTLE_MS));
}

/* Sends a job twice: the same bytes must get the same answer. */
static void ask_job(struct hub_vectors_party *helper, const json_t *job)
{
    struct hub_vectors *const v = helper->v;
    const hub_span request = hub_vectors_bytes(v, job, "aggregation_job_init_req");

    for (int again = 0; again < 2 && !v->failed; again++) {
        const struct hub_vectors_answer answer = hub_vectors_post(
            helper, "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ, request);
        if (answer.status < 200 || answer.status > 299)
            hub_vectors_fail(v, "aggregation_job_resp", "a response",
                             hub_vectors_outcome_of(&answer));
        hub_vectors_expect(v, job, "aggregation_job_resp", answer.body);
    }
}

static void expect_buckets(struct hub_vectors_party *p, const json_t *buckets, const char *name,
                           const char *key)
{
    struct hub_vectors *const v = p->v;
    uint64_t n = 0;

    for (size_t i = 0; i < json_array_size(buckets) && !v->failed; i++) {
        const json_t *const bucket = json_array_get(buckets, i);
        hub_vectors_at(v, "aggregation.%s.batch_buckets[%zu] at the %s", name, i,
                       p->role == HUB_ROLE_LEADER ? "leader" : "helper");
        hub_vectors_expect_bucket(p, bucket, key);
        n += hub_vectors_number(v, bucket, "report_count");
    }
    if (!v->failed && hub_vectors_count(p) != n)
        hub_vectors_fail(v, "", "no report elsewhere", "reports in other windows");
}

/* A history at a helper on an empty store. */
static void run_at_helper(struct hub_vectors *v, const char *name, const json_t *scenario)
{
    const json_t *const jobs = json_object_get(scenario, "jobs");
    struct hub_vectors_party helper = {.v = NULL};

    hub_vectors_helper_start(v, &helper);
    for (size_t i = 0; i < json_array_size(jobs) && !v->failed; i++) {
        hub_vectors_at(v, "aggregation.%s.jobs[%zu] at the helper", name, i);
        ask_job(&helper, json_array_get(jobs, i));
    }
    if (!v->failed)
        expect_buckets(&helper, json_object_get(scenario, "batch_buckets"), name,
                       "helper_agg_share");
    hub_vectors_party_stop(&helper);
}

hub_span hub_vectors_upload_of(struct hub_vectors *v, const json_t *job)
{
    const json_t *const names = hub_vectors_get(v, job, "reports");
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct hub_writer w = hub_writer(&buf);

    for (size_t i = 0; i < json_array_size(names) && !v->failed; i++) {
        const char *const name = json_string_value(json_array_get(names, i));
        const struct hub_vectors_report *const r = hub_vectors_find(v, name == NULL ? "" : name);
        if (r != NULL)
            hub_write_span(&w, r->report.encoded);
    }
    return hub_vectors_keep(v, &buf, "reports", hub_writer_finish(&w));
}

void hub_vectors_upload(struct hub_vectors_party *leader, hub_span body)
{
    struct hub_vectors *const v = leader->v;

    for (int again = 0; again < 2 && !v->failed; again++) {
        const struct hub_vectors_answer answer =
            hub_vectors_post(leader, "reports", HUB_MESSAGE_UPLOAD_REQ, body);
        const char *const outcome = hub_vectors_outcome_of(&answer);
        /* a repeated upload may be told that its reports are there already */
        if (!v->failed && strcmp(outcome, "accepted") != 0 &&
            (again == 0 || strcmp(outcome, "discarded") != 0))
            hub_vectors_fail(v, "reports", "an upload that is accepted", outcome);
    }
}

void hub_vectors_run_all(struct hub_vectors_party *leader, struct hub_vectors_link *link)
{
    struct hub_vectors *const v = leader->v;
    const json_t *const all = json_object_get(json_object_get(v->root, "aggregation"), "all");
    const json_t *const jobs = hub_vectors_get(v, all, "jobs");

    for (size_t i = 0; i < json_array_size(jobs) && !v->failed; i++) {
        const json_t *const job = json_array_get(jobs, i);
        hub_vectors_at(v, "aggregation.all.jobs[%zu] at the leader", i);
        hub_vectors_upload(leader, hub_vectors_upload_of(v, job));
        settle(v, leader);
        if (!v->failed)
            hub_vectors_expect(v, job, "aggregation_job_init_req",
                               hub_buf_span(&link->last_request));
    }
}

/* aggregation.all by uploads to a leader, whose helper is ours. */
static void run_at_leader(struct hub_vectors *v)
{
    const json_t *const all = json_object_get(json_object_get(v->root, "aggregation"), "all");
    struct hub_vectors_party helper = {.v = NULL};
    struct hub_vectors_party leader = {.v = NULL};
    struct hub_vectors_link link;

    hub_vectors_link_init(&link, &helper);
    hub_vectors_helper_start(v, &helper);
    hub_vectors_leader_start(v, &leader, &link);
    hub_vectors_run_all(&leader, &link);
    if (!v->failed) {
        const json_t *const buckets = hub_vectors_get(v, all, "batch_buckets");
        expect_buckets(&leader, buckets, "all", "leader_agg_share");
        expect_buckets(&helper, buckets, "all", "helper_agg_share");
    }
    hub_vectors_party_stop(&leader);
    hub_vectors_party_stop(&helper);
    hub_vectors_link_clear(&link);
}

/* What the helper says of one report. */
static void ask_alone(struct hub_vectors_party *helper, struct hub_vectors_report *r)
{
    struct hub_vectors *const v = helper->v;
    struct hub_verify_resp resp = {.type = HUB_VERIFY_RESP_FINISH};
    struct hub_vectors_answer answer;
    size_t n = 0;

    answer = hub_vectors_post(helper, "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ,
                              hub_vectors_job(v, &r, 1));
    if (v->failed)
        return;
    if (hub_aggregation_job_resp_count(&n, answer.body) != HUB_OK || n != 1 ||
        hub_aggregation_job_resp_decode(&resp, n, answer.body) != HUB_OK) {
        hub_vectors_fail(v, "helper", "a response", hub_vectors_outcome_of(&answer));
        return;
    }
    const bool is_continue = resp.type == HUB_VERIFY_RESP_CONTINUE;
    if (is_continue != (r->helper_error == 0) ||
        (!is_continue && (uint64_t)resp.error != r->helper_error))
        hub_vectors_fail(v, "helper",
                         r->helper_error == 0
                             ? "continue"
                             : hub_report_error_name((enum hub_report_error)r->helper_error),
                         is_continue ? "continue" : hub_report_error_name(resp.error));
}

/* Each report of our own at both: what becomes of it at upload, and in a job. What the leader took
 * goes on to the helper; both must have counted the same in the end. */
static void run_own(struct hub_vectors *v)
{
    struct hub_vectors_party alone = {.v = NULL};
    struct hub_vectors_party helper = {.v = NULL};
    struct hub_vectors_party leader = {.v = NULL};
    struct hub_vectors_link link;

    hub_vectors_link_init(&link, &helper);
    hub_vectors_helper_start(v, &alone);
    hub_vectors_helper_start(v, &helper);
    hub_vectors_leader_start(v, &leader, &link);
    for (size_t i = v->n_recorded; i < v->n_reports && !v->failed; i++) {
        struct hub_vectors_report *const r = &v->reports[i];
        hub_vectors_at(v, "own_reports[%zu] (%s)", i - v->n_recorded, r->name);
        const struct hub_vectors_answer answer =
            hub_vectors_post(&leader, "reports", HUB_MESSAGE_UPLOAD_REQ, r->report.encoded);
        hub_vectors_at(v, "own_reports[%zu] (%s).leader", i - v->n_recorded, r->name);
        hub_vectors_outcome(v, hub_vectors_get(v, r->json, "leader"),
                            hub_vectors_outcome_of(&answer));
        hub_vectors_at(v, "own_reports[%zu] (%s)", i - v->n_recorded, r->name);
        ask_alone(&alone, r);
    }
    hub_vectors_at(v, "own_reports, uploaded and aggregated");
    settle(v, &leader);
    if (!v->failed && hub_vectors_count(&leader) != hub_vectors_count(&helper))
        hub_vectors_fail(v, "", "the same count at both aggregators", "two counts");
    hub_vectors_party_stop(&leader);
    hub_vectors_party_stop(&helper);
    hub_vectors_party_stop(&alone);
    hub_vectors_link_clear(&link);
}

void hub_vectors_served(struct hub_vectors *v)
{
    json_t *const scenarios = json_object_get(v->root, "aggregation");
    const char *name;
    json_t *scenario;

    json_object_foreach(scenarios, name, scenario)
    {
        if (!v->failed)
            run_at_helper(v, name, scenario);
    }
    if (!v->failed)
        run_at_leader(v);
    if (!v->failed)
        run_own(v);
}
