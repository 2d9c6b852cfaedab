/* collections[]: every message of one collection, built from the reports that it covers and sealed
 * with the ephemeral keys of the file; then opened again and added up by the collector's key. */
#include "interop_vectors.h"

#include "crypto/hash.h"
#include "vdaf/agg_share.h"
#include "wire/collection.h"

/* What the reports of a collection add up to. */
struct sum {
    uint64_t n_reports;
    uint8_t checksum[HUB_CHECKSUM_LEN];
    uint8_t *shares[2];
    struct hub_time_interval interval; /* the smallest that holds their times */
};

static void add(struct hub_vectors *v, struct sum *s, const struct hub_vectors_report *r)
{
    const uint64_t time = r->report.metadata.time;
    uint8_t digest[HUB_SHA256_LEN];

    hub_vectors_must(v, "checksum", hub_sha256(digest, HUB_SPAN_ARRAY(r->report.metadata.id)));
    for (size_t i = 0; i < sizeof(digest); i++)
        s->checksum[i] ^= digest[i];
    for (unsigned agg_id = 0; agg_id < 2; agg_id++)
        hub_vectors_must(v, "reports",
                         hub_vdaf_agg_share_add(v->vdaf, s->shares[agg_id], r->out_shares[agg_id]));
    if (s->n_reports++ == 0)
        s->interval = (struct hub_time_interval){time, 1};
    if (time < s->interval.start)
        s->interval =
            (struct hub_time_interval){time, s->interval.duration + (s->interval.start - time)};
    if (time - s->interval.start >= s->interval.duration)
        s->interval.duration = time - s->interval.start + 1;
}

static void add_all(struct hub_vectors *v, struct sum *s, const json_t *collection,
                    struct hub_time_interval selector)
{
    const json_t *const names = hub_vectors_get(v, collection, "reports");
    size_t n_within = 0;

    for (unsigned agg_id = 0; agg_id < 2; agg_id++) {
        s->shares[agg_id] = hub_vectors_alloc(v, hub_vdaf_agg_share_len(v->vdaf));
        if (v->failed)
            return;
        hub_vdaf_agg_share_init(v->vdaf, s->shares[agg_id]);
    }
    for (size_t i = 0; i < json_array_size(names) && !v->failed; i++) {
        const char *const name = json_string_value(json_array_get(names, i));
        const struct hub_vectors_report *const r = hub_vectors_find(v, name == NULL ? "" : name);
        if (r == NULL)
            return;
        if (r->helper_error != 0 || !hub_time_interval_has(selector, r->report.metadata.time))
            hub_vectors_fail(v, "reports", "accepted reports within the selector", r->name);
        add(v, s, r);
    }
    /* those of aggregation.all that lie within, and no fewer */
    for (size_t i = 0; i < v->n_recorded; i++)
        n_within += hub_time_interval_has(selector, v->reports[i].report.metadata.time);
    if (!v->failed && n_within != s->n_reports)
        hub_vectors_fail(v, "reports", "all reports within the selector", "another number");
}

static hub_span aad_of(struct hub_vectors *v, hub_span collection_job_req)
{
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    return hub_vectors_keep(v, &buf, "aggregate_share_aad",
                            hub_aggregate_share_aad_encode(&buf, &v->task_id, v->task_configuration,
                                                           collection_job_req));
}

/* The requests: from the intervals to AggregateShareReq. Returns the CollectionJobReq. */
static hub_span check_requests(struct hub_vectors *v, const json_t *collection, const struct sum *s,
                               struct hub_time_interval selector)
{
    const struct hub_collection_job_req req = {
        .query = {HUB_BATCH_TIME_INTERVAL, hub_vectors_interval(v, collection, "query_interval")}};
    const struct hub_batch_selector batch_selector = {.mode = HUB_BATCH_TIME_INTERVAL,
                                                      .interval = selector};
    struct hub_aggregate_share_req share_req = {
        .collection_job_req = req, .batch_selector = batch_selector, .report_count = s->n_reports};
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    memcpy(share_req.checksum, s->checksum, sizeof(share_req.checksum));
    const hub_span query = hub_vectors_keep(v, &buf, "query", hub_query_encode(&buf, &req.query));
    hub_vectors_expect(v, collection, "query", query);
    const hub_span encoded =
        hub_vectors_keep(v, &buf, "collection_job_req", hub_collection_job_req_encode(&buf, &req));
    hub_vectors_expect(v, collection, "collection_job_req", encoded);
    const hub_span encoded_selector = hub_vectors_keep(
        v, &buf, "batch_selector", hub_batch_selector_encode(&buf, &batch_selector));
    hub_vectors_expect(v, collection, "batch_selector", encoded_selector);
    const hub_span encoded_share_req = hub_vectors_keep(
        v, &buf, "aggregate_share_req", hub_aggregate_share_req_encode(&buf, &share_req));
    hub_vectors_expect(v, collection, "aggregate_share_req", encoded_share_req);
    hub_vectors_expect_number(v, collection, "report_count", s->n_reports);
    hub_vectors_expect(v, collection, "checksum", HUB_SPAN_ARRAY(s->checksum));
    return encoded;
}

/* One aggregator's share, sealed to the collector and opened again. */
static struct hub_ciphertext seal_share(struct hub_vectors *v, const json_t *collection,
                                        unsigned agg_id, hub_span aad, hub_span share)
{
    const bool is_leader = agg_id == HUB_VECTORS_LEADER;
    uint8_t info[HUB_AGGREGATE_SHARE_INFO_LEN];
    uint8_t ephemeral[HUB_HPKE_KEY_LEN];

    hub_vectors_bytes_exact(v, ephemeral, sizeof(ephemeral), collection,
                            is_leader ? "leader_ephemeral_private_key"
                                      : "helper_ephemeral_private_key");
    hub_aggregate_share_info(info, is_leader ? HUB_ROLE_LEADER : HUB_ROLE_HELPER);
    const struct hub_ciphertext sealed =
        hub_vectors_seal(v, &v->collector_keys.config, HUB_SPAN_ARRAY(info), aad, share, ephemeral);
    hub_vectors_expect(v, collection, is_leader ? "leader_agg_share" : "helper_agg_share",
                       hub_vectors_open(v, v->collector, HUB_SPAN_ARRAY(info), aad, &sealed));
    return sealed;
}

static void check_result(struct hub_vectors *v, const json_t *collection, const struct sum *s)
{
    const json_t *const value = hub_vectors_get(v, collection, "result");
    const struct hub_measurement result = hub_vectors_measurement(v, value, "result");
    const size_t share_len = hub_vdaf_agg_share_len(v->vdaf);
    const size_t n = hub_vdaf_output_len(v->vdaf);
    uint64_t *const totals = HUB_ARENA_NEW(&v->arena, uint64_t, n);

    if (v->failed || totals == NULL)
        return;
    hub_vectors_must(v, "result",
                     hub_vdaf_unshard(v->vdaf, totals, n, hub_span_of(s->shares[0], share_len),
                                      hub_span_of(s->shares[1], share_len)));
    if (!v->failed && result.vector != NULL && result.n != n)
        hub_vectors_fail(v, "result", "one number an element", "another number of them");
    for (size_t i = 0; i < n && !v->failed; i++) {
        if (totals[i] != (result.vector == NULL ? result.number : result.vector[i]))
            hub_vectors_fail(v, "result", "the sum of the measurements", "another");
    }
}

static void check_collection(struct hub_vectors *v, const json_t *collection)
{
    const struct hub_time_interval selector =
        hub_vectors_interval(v, collection, "selector_interval");
    const size_t share_len = hub_vdaf_agg_share_len(v->vdaf);
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct sum s = {.n_reports = 0};

    add_all(v, &s, collection, selector);
    if (v->failed)
        return;
    const hub_span req = check_requests(v, collection, &s, selector);
    const hub_span aad = aad_of(v, req);
    hub_vectors_expect(v, collection, "aggregate_share_aad", aad);
    const struct hub_collection_job_resp resp = {
        .report_count = s.n_reports,
        .interval = s.interval,
        .leader_share =
            seal_share(v, collection, HUB_VECTORS_LEADER, aad, hub_span_of(s.shares[0], share_len)),
        .helper_share =
            seal_share(v, collection, HUB_VECTORS_HELPER, aad, hub_span_of(s.shares[1], share_len)),
    };
    if (v->failed)
        return;
    const hub_span share = hub_vectors_keep(v, &buf, "aggregate_share",
                                            hub_aggregate_share_encode(&buf, &resp.helper_share));
    hub_vectors_expect(v, collection, "aggregate_share", share);
    const struct hub_time_interval interval = hub_vectors_interval(v, collection, "interval");
    if (interval.start != s.interval.start || interval.duration != s.interval.duration)
        hub_vectors_fail(v, "interval", "the smallest that holds the reports", "another");
    const hub_span encoded = hub_vectors_keep(v, &buf, "collection_job_resp",
                                              hub_collection_job_resp_encode(&buf, &resp));
    hub_vectors_expect(v, collection, "collection_job_resp", encoded);
    check_result(v, collection, &s);
}

void hub_vectors_collections(struct hub_vectors *v)
{
    const json_t *const list = hub_vectors_get(v, v->root, "collections");

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        const json_t *const collection = json_array_get(list, i);
        hub_vectors_at(v, "collections[%zu]", i);
        hub_vectors_at(v, "collections[%zu] (%s)", i, hub_vectors_text(v, collection, "name"));
        check_collection(v, collection);
    }
}
