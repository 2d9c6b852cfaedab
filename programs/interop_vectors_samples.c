/* Further well-formed messages of a file, built from their parts; and every message of the file
 * decoded and encoded again. */
#include "interop_vectors.h"

#include "../tests/fuzz/codecs.h"
#include "wire/aggregation_job.h"
#include "wire/collection.h"
#include "wire/extension.h"
#include "wire/limits.h"
#include "wire/upload.h"

static void round_trip(struct hub_vectors *v, const json_t *object, const char *key,
                       const char *message)
{
    const hub_span bytes = hub_vectors_bytes(v, object, key);

    if (!v->failed)
        hub_vectors_must(v, key, hub_codec_find(message)->round_trip(bytes));
}

static void check_upload_errors(struct hub_vectors *v)
{
    const json_t *const sample = hub_vectors_get(v, v->root, "upload_errors");
    const json_t *const statuses = hub_vectors_get(v, sample, "statuses");
    const size_t n = json_array_size(statuses);
    struct hub_upload_status *const list =
        HUB_ARENA_NEW(&v->arena, struct hub_upload_status, n + 1);
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    hub_vectors_at(v, "upload_errors");
    for (size_t i = 0; i < n && !v->failed && list != NULL; i++) {
        const json_t *const pair = json_array_get(statuses, i);
        const hub_span id = hub_vectors_hex(v, json_array_get(pair, 0), "statuses");
        if (id.len != HUB_REPORT_ID_LEN)
            hub_vectors_fail(v, "statuses", "report ids of 16 octets", "another length");
        else
            memcpy(list[i].id, id.ptr, id.len);
        list[i].error = (enum hub_report_error)json_integer_value(json_array_get(pair, 1));
    }
    if (v->failed || list == NULL)
        return;
    const hub_span encoded =
        hub_vectors_keep(v, &buf, "hex", hub_upload_errors_encode(&buf, list, n));
    hub_vectors_expect(v, sample, "hex", encoded);
    round_trip(v, sample, "hex", "UploadErrors");
}

static void check_task_interval(struct hub_vectors *v)
{
    const json_t *const sample =
        hub_vectors_get(v, v->root, "task_configuration_with_task_interval");
    struct hub_task_configuration c = v->configuration;
    struct hub_buf buf = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);
    struct hub_writer w = hub_writer(&buf);

    hub_vectors_at(v, "task_configuration_with_task_interval");
    c.has_task_interval = true;
    c.task_interval = hub_vectors_interval(v, sample, "task_interval");
    hub_write_u16(&w, HUB_TASK_EXTENSION_TASK_INTERVAL);
    hub_write_u16(&w, 16);
    hub_write_time_interval(&w, c.task_interval);
    const hub_span extensions = hub_vectors_keep(v, &buf, "extensions", hub_writer_finish(&w));
    hub_vectors_expect(v, sample, "extensions", extensions);
    const hub_span encoded =
        hub_vectors_keep(v, &buf, "hex", hub_task_configuration_encode(&buf, &c));
    hub_vectors_expect(v, sample, "hex", encoded);
    round_trip(v, sample, "hex", "TaskConfiguration");
}

/* The two reports of decoder_request_of_AggregationJobResp, as a job. */
static void check_decoder_request(struct hub_vectors *v)
{
    const hub_span body = hub_vectors_bytes(v, v->root, "decoder_request_of_AggregationJobResp");
    struct hub_vectors_report *reports[2];

    hub_vectors_at(v, "%s", "");
    reports[0] = hub_vectors_find(v, "reports[0]");
    reports[1] = hub_vectors_find(v, "honest");
    if (v->failed)
        return;
    hub_vectors_expect_same(v, "decoder_request_of_AggregationJobResp", body,
                            hub_vectors_job(v, reports, 2));
    round_trip(v, v->root, "decoder_request_of_AggregationJobResp", "AggregationJobInitReq");
}

/* That job's answer, with reports[0] rejected by an error that only draft 18 has. */
static void check_reject_11(struct hub_vectors *v)
{
    const json_t *const sample = hub_vectors_get(v, v->root, "aggregation_job_resp_with_reject_11");
    const struct hub_vectors_report *const rejected = hub_vectors_find(v, "reports[0]");
    const struct hub_vectors_report *const honest = hub_vectors_find(v, "honest");
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    hub_vectors_at(v, "aggregation_job_resp_with_reject_11");
    if (v->failed)
        return;
    struct hub_verify_resp resps[2] = {
        {.type = HUB_VERIFY_RESP_REJECT, .error = HUB_REPORT_OUTDATED_CONFIG},
        {.type = HUB_VERIFY_RESP_CONTINUE, .payload = honest->answer},
    };
    memcpy(resps[0].id, rejected->report.metadata.id, HUB_REPORT_ID_LEN);
    memcpy(resps[1].id, honest->report.metadata.id, HUB_REPORT_ID_LEN);
    const hub_span encoded =
        hub_vectors_keep(v, &buf, "hex", hub_aggregation_job_resp_encode(&buf, resps, 2));
    hub_vectors_expect(v, sample, "hex", encoded);
    round_trip(v, sample, "hex", "AggregationJobResp");
}

/* The messages of reports[0]'s job and of collections[0], spoken in the other batch mode. */
static void check_leader_selected(struct hub_vectors *v)
{
    const json_t *const sample = hub_vectors_get(v, v->root, "leader_selected_encodings");
    const json_t *const all = json_array_get(json_object_get(v->root, "collections"), 0);
    struct hub_batch_selector selector = {.mode = HUB_BATCH_LEADER_SELECTED};
    struct hub_aggregate_share_req req = {
        .collection_job_req.query = {HUB_BATCH_LEADER_SELECTED, {0, 0}}};
    struct hub_vectors_report *first = hub_vectors_find(v, "reports[0]");
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct hub_writer w = hub_writer(&buf);

    hub_vectors_at(v, "leader_selected_encodings");
    hub_vectors_bytes_exact(v, selector.batch_id, HUB_BATCH_ID_LEN, sample, "batch_id");
    req.report_count = hub_vectors_number(v, all, "report_count");
    hub_vectors_bytes_exact(v, req.checksum, HUB_CHECKSUM_LEN, all, "checksum");
    req.batch_selector = selector;
    if (v->failed)
        return;
    const hub_span encoded_selector =
        hub_vectors_keep(v, &buf, "batch_selector", hub_batch_selector_encode(&buf, &selector));
    hub_vectors_expect(v, sample, "batch_selector", encoded_selector);
    const hub_span encoded_job_req =
        hub_vectors_keep(v, &buf, "collection_job_req",
                         hub_collection_job_req_encode(&buf, &req.collection_job_req));
    hub_vectors_expect(v, sample, "collection_job_req", encoded_job_req);
    const hub_span encoded_share_req = hub_vectors_keep(v, &buf, "aggregate_share_req",
                                                        hub_aggregate_share_req_encode(&buf, &req));
    hub_vectors_expect(v, sample, "aggregate_share_req", encoded_share_req);

    hub_write_u16(&w, HUB_AGGREGATION_JOB_EXTENSION_BATCH_ID);
    hub_write_vec16(&w, HUB_SPAN_ARRAY(selector.batch_id));
    const hub_span extensions = hub_vectors_keep(v, &buf, "batch_id", hub_writer_finish(&w));
    const struct hub_aggregation_job_init_req init_req = {
        .verification_key_id = v->verification_key_id, .extensions = extensions};
    const struct hub_verify_init init = {
        .metadata = first->report.metadata,
        .public_share = first->report.public_share,
        .encrypted_input_share = first->report.helper_share,
        .payload = first->delivered,
    };
    const hub_span encoded_init =
        hub_vectors_keep(v, &buf, "aggregation_job_init_req",
                         hub_aggregation_job_init_req_encode(&buf, &init_req, &init, 1));
    hub_vectors_expect(v, sample, "aggregation_job_init_req", encoded_init);
    round_trip(v, sample, "batch_selector", "BatchSelector");
    round_trip(v, sample, "collection_job_req", "CollectionJobReq");
    round_trip(v, sample, "aggregate_share_req", "AggregateShareReq");
    round_trip(v, sample, "aggregation_job_init_req", "AggregationJobInitReq");
}

/* Reports of both kinds, one by one and all in one request. */
static void check_uploads(struct hub_vectors *v)
{
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct hub_writer w = hub_writer(&buf);

    for (size_t i = 0; i < v->n_reports && !v->failed; i++) {
        const struct hub_vectors_report *const r = &v->reports[i];
        const bool is_recorded = i < v->n_recorded;
        hub_vectors_at(v, "%s", r->name);
        round_trip(v, r->json, is_recorded ? "upload_request" : "report", "UploadRequest");
        for (unsigned agg_id = 0; agg_id < 2 && !v->failed; agg_id++) {
            if (r->plaintext[agg_id].len != 0)
                hub_vectors_must(
                    v, "plaintext_input_share",
                    hub_codec_find("PlaintextInputShare")->round_trip(r->plaintext[agg_id]));
        }
        hub_write_span(&w, r->report.encoded);
    }
    hub_vectors_at(v, "all reports in one request");
    const hub_span body = hub_vectors_keep(v, &buf, "", hub_writer_finish(&w));
    if (!v->failed)
        hub_vectors_must(v, "", hub_codec_find("UploadRequest")->round_trip(body));
}

static void check_job_messages(struct hub_vectors *v)
{
    json_t *const scenarios = v->failed ? NULL : json_object_get(v->root, "aggregation");
    const char *name;
    json_t *scenario;

    json_object_foreach(scenarios, name, scenario)
    {
        const json_t *const jobs = json_object_get(scenario, "jobs");
        for (size_t i = 0; i < json_array_size(jobs) && !v->failed; i++) {
            const json_t *const job = json_array_get(jobs, i);
            hub_vectors_at(v, "aggregation.%s.jobs[%zu]", name, i);
            round_trip(v, job, "aggregation_job_init_req", "AggregationJobInitReq");
            round_trip(v, job, "aggregation_job_resp", "AggregationJobResp");
        }
    }
}

static void check_collection_messages(struct hub_vectors *v)
{
    const json_t *const list = hub_vectors_get(v, v->root, "collections");

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        const json_t *const c = json_array_get(list, i);
        hub_vectors_at(v, "collections[%zu]", i);
        round_trip(v, c, "query", "Query");
        round_trip(v, c, "batch_selector", "BatchSelector");
        round_trip(v, c, "collection_job_req", "CollectionJobReq");
        round_trip(v, c, "aggregate_share_req", "AggregateShareReq");
        round_trip(v, c, "aggregate_share", "AggregateShare");
        round_trip(v, c, "collection_job_resp", "CollectionJobResp");
    }
}

void hub_vectors_samples(struct hub_vectors *v)
{
    check_uploads(v);
    check_job_messages(v);
    check_collection_messages(v);
    check_upload_errors(v);
    check_task_interval(v);
    check_decoder_request(v);
    check_reject_11(v);
    check_leader_selected(v);
}
