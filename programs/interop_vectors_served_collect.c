/* collections[] with the aggregators' own code: after aggregation.all, each on stores of its own.
 * Both parties seal with the file's ephemeral keys, so that their answers must be its octets; the
 * collector's code then opens what the leader gave. */
#include "interop_vectors_party.h"

#include "collector/result.h"
#include "wire/collection.h"

static void set_key(struct hub_vectors_party *p, const json_t *collection, const char *member)
{
    uint8_t key[HUB_HPKE_KEY_LEN];

    hub_vectors_bytes_exact(p->v, key, sizeof(key), collection, member);
    hub_vectors_party_set_key(p, key);
}

/* Asks twice; both times the answer must be the file's, octet for octet. */
static void ask_twice(struct hub_vectors_party *p, const char *resource, enum hub_message message,
                      const json_t *collection, const char *request, const char *response)
{
    struct hub_vectors *const v = p->v;
    const hub_span body = hub_vectors_bytes(v, collection, request);

    for (int again = 0; again < 2 && !v->failed; again++) {
        const struct hub_vectors_answer answer = hub_vectors_post(p, resource, message, body);
        if (strcmp(hub_vectors_outcome_of(&answer), "accepted") != 0)
            hub_vectors_fail(v, response, "an answer", hub_vectors_outcome_of(&answer));
        hub_vectors_expect(v, collection, response, answer.body);
    }
}

/* The helper alone, on jobs and a request that come as messages. */
static void ask_helper(struct hub_vectors *v, const json_t *collection)
{
    const json_t *const all = json_object_get(json_object_get(v->root, "aggregation"), "all");
    const json_t *const jobs = hub_vectors_get(v, all, "jobs");
    struct hub_vectors_party helper = {.v = NULL};

    hub_vectors_helper_start(v, &helper);
    for (size_t i = 0; i < json_array_size(jobs) && !v->failed; i++) {
        const struct hub_vectors_answer answer = hub_vectors_post(
            &helper, "aggregation_jobs", HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ,
            hub_vectors_bytes(v, json_array_get(jobs, i), "aggregation_job_init_req"));
        if (strcmp(hub_vectors_outcome_of(&answer), "accepted") != 0)
            hub_vectors_fail(v, "reports", "their jobs answered", hub_vectors_outcome_of(&answer));
    }
    if (!v->failed) {
        set_key(&helper, collection, "helper_ephemeral_private_key");
        ask_twice(&helper, "aggregate_shares", HUB_MESSAGE_AGGREGATE_SHARE_REQ, collection,
                  "aggregate_share_req", "aggregate_share");
    }
    hub_vectors_party_stop(&helper);
}

/* The collector's code on the leader's answer. */
static void open_result(struct hub_vectors *v, const struct hub_vectors_party *leader,
                        const json_t *collection)
{
    const struct hub_measurement result =
        hub_vectors_measurement(v, hub_vectors_get(v, collection, "result"), "result");
    const hub_span request = hub_vectors_bytes(v, collection, "collection_job_req");
    const hub_span response = hub_vectors_bytes(v, collection, "collection_job_resp");
    const struct hub_collected_task task = {
        .task = leader->task->task, .vdaf = v->vdaf, .recipient = v->collector};
    struct hub_collection c = {.totals = NULL};
    struct hub_why why = {{0}};

    if (v->failed)
        return;
    if (hub_collection_open(&c, &task, request, response, &why) != HUB_OK) {
        hub_vectors_fail(v, "collection_job_resp", "opened by the collector", why.text);
        return;
    }
    hub_vectors_expect_number(v, collection, "report_count", c.n_reports);
    for (size_t i = 0; i < c.n_cells && !v->failed; i++) {
        const uint64_t expected = result.vector == NULL ? result.number : result.vector[i];
        if (c.totals[i] < 0 || (uint64_t)c.totals[i] != expected)
            hub_vectors_fail(v, "result", "what the collector's code adds up", "another");
    }
    hub_collection_clear(&c);
}

/* Leader and helper together, from uploads to the CollectionJobResp. */
static void ask_leader(struct hub_vectors *v, const json_t *collection)
{
    struct hub_vectors_party helper = {.v = NULL};
    struct hub_vectors_party leader = {.v = NULL};
    struct hub_vectors_link link;
    char where[sizeof(v->where)];

    memcpy(where, v->where, sizeof(where));
    hub_vectors_link_init(&link, &helper);
    hub_vectors_helper_start(v, &helper);
    hub_vectors_leader_start(v, &leader, &link);
    hub_vectors_run_all(&leader, &link);
    hub_vectors_at(v, "%s", where);
    if (!v->failed) {
        set_key(&leader, collection, "leader_ephemeral_private_key");
        set_key(&helper, collection, "helper_ephemeral_private_key");
        ask_twice(&leader, "collection_jobs", HUB_MESSAGE_COLLECTION_JOB_REQ, collection,
                  "collection_job_req", "collection_job_resp");
        open_result(v, &leader, collection);
    }
    hub_vectors_party_stop(&leader);
    hub_vectors_party_stop(&helper);
    hub_vectors_link_clear(&link);
}

/* A leader may choose a batch narrower than the query; ours takes all of it. A file's collection is
 * one that it could have made if both hold the same reports. */
static bool is_whole_query(struct hub_vectors *v, const json_t *collection)
{
    const struct hub_time_interval query = hub_vectors_interval(v, collection, "query_interval");
    const struct hub_time_interval selector =
        hub_vectors_interval(v, collection, "selector_interval");

    for (size_t i = 0; i < v->n_recorded; i++) {
        const uint64_t time = v->reports[i].report.metadata.time;
        if (hub_time_interval_has(query, time) && !hub_time_interval_has(selector, time))
            return false;
    }
    return true;
}

void hub_vectors_served_collections(struct hub_vectors *v)
{
    const json_t *const list = hub_vectors_get(v, v->root, "collections");

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        const json_t *const collection = json_array_get(list, i);
        const char *const name = hub_vectors_text(v, collection, "name");
        hub_vectors_at(v, "collections[%zu] (%s) at the helper", i, name);
        ask_helper(v, collection);
        hub_vectors_at(v, "collections[%zu] (%s) at the leader", i, name);
        if (is_whole_query(v, collection))
            ask_leader(v, collection);
    }
}
