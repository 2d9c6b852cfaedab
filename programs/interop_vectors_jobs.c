/* aggregation: each job's request and response built from the reports and compared, and the batch
 * buckets that follow added up. The aggregators' own code runs the same jobs in a later step. */
#include "interop_vectors.h"

#include "crypto/hash.h"
#include "vdaf/agg_share.h"
#include "wire/aggregation_job.h"

#include <inttypes.h>
#include <stdio.h>

enum { BUCKETS_MAX = 64 };

struct bucket {
    uint64_t time;
    uint64_t n_reports;
    uint8_t checksum[HUB_CHECKSUM_LEN];
    uint8_t *shares[2];
    struct hub_vectors_report **reports; /* in the order in which they were added */
};

struct history {
    struct bucket buckets[BUCKETS_MAX];
    size_t n_buckets;
};

static struct bucket *find_bucket(struct hub_vectors *v, struct history *h, uint64_t time)
{
    for (size_t i = 0; i < h->n_buckets; i++) {
        if (h->buckets[i].time == time)
            return &h->buckets[i];
    }
    if (h->n_buckets == BUCKETS_MAX) {
        hub_vectors_fail(v, "batch_buckets", "at most 64 buckets", "more");
        return NULL;
    }
    struct bucket *const b = &h->buckets[h->n_buckets++];
    b->time = time;
    b->reports = HUB_ARENA_NEW(&v->arena, struct hub_vectors_report *, v->n_reports);
    for (unsigned agg_id = 0; agg_id < 2; agg_id++) {
        b->shares[agg_id] = hub_vectors_alloc(v, hub_vdaf_agg_share_len(v->vdaf));
        if (v->failed || b->reports == NULL)
            return NULL;
        hub_vdaf_agg_share_init(v->vdaf, b->shares[agg_id]);
    }
    return b;
}

/* True if the report is in a bucket already. */
static bool was_added(const struct history *h, const struct hub_vectors_report *r)
{
    for (size_t i = 0; i < h->n_buckets; i++) {
        for (size_t k = 0; k < h->buckets[i].n_reports; k++) {
            if (h->buckets[i].reports[k] == r)
                return true;
        }
    }
    return false;
}

static void add_report(struct hub_vectors *v, struct history *h, struct hub_vectors_report *r)
{
    struct bucket *const b = find_bucket(v, h, r->report.metadata.time);
    uint8_t digest[HUB_SHA256_LEN];

    if (b == NULL)
        return;
    b->reports[b->n_reports++] = r;
    hub_vectors_must(v, "checksum", hub_sha256(digest, HUB_SPAN_ARRAY(r->report.metadata.id)));
    for (size_t i = 0; i < sizeof(digest); i++)
        b->checksum[i] ^= digest[i];
    for (unsigned agg_id = 0; agg_id < 2; agg_id++)
        hub_vectors_must(v, "out_shares",
                         hub_vdaf_agg_share_add(v->vdaf, b->shares[agg_id], r->out_shares[agg_id]));
}

/* What the helper must say of this report, given what was added before. */
static uint64_t error_of(struct hub_vectors *v, const struct history *h,
                         const struct hub_vectors_report *r, const json_t *report_errors)
{
    const uint64_t error = was_added(h, r) ? HUB_REPORT_REPLAYED : r->helper_error;
    const json_t *const told = json_object_get(report_errors, r->name);

    if (error == 0 && told != NULL)
        hub_vectors_fail(v, "report_errors", "no error of this report", r->name);
    if (error != 0)
        hub_vectors_expect_number(v, report_errors, r->name, error);
    return error;
}

/* The reports that a list names. */
static struct hub_vectors_report **take_reports(struct hub_vectors *v, const json_t *names)
{
    const size_t n = json_array_size(names);
    struct hub_vectors_report **const list =
        HUB_ARENA_NEW(&v->arena, struct hub_vectors_report *, n + 1);

    if (list == NULL)
        hub_vectors_must(v, "reports", HUB_E_MEMORY);
    for (size_t i = 0; i < n && !v->failed; i++) {
        const char *const name = json_string_value(json_array_get(names, i));
        list[i] = hub_vectors_find(v, name == NULL ? "" : name);
    }
    return list;
}

static void check_job(struct hub_vectors *v, struct history *h, const json_t *job)
{
    const json_t *const names = hub_vectors_get(v, job, "reports");
    const json_t *const report_errors = hub_vectors_get(v, job, "report_errors");
    const size_t n = json_array_size(names);
    struct hub_vectors_report **const list = take_reports(v, names);
    struct hub_verify_resp *const resps = HUB_ARENA_NEW(&v->arena, struct hub_verify_resp, n + 1);
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    size_t n_errors = 0;

    if (v->failed || resps == NULL)
        return;
    hub_vectors_expect(v, job, "aggregation_job_init_req", hub_vectors_job(v, list, n));
    for (size_t i = 0; i < n && !v->failed; i++) {
        const uint64_t error = error_of(v, h, list[i], report_errors);
        resps[i] = (struct hub_verify_resp){
            .type = error == 0 ? HUB_VERIFY_RESP_CONTINUE : HUB_VERIFY_RESP_REJECT,
            .payload = list[i]->answer,
            .error = (enum hub_report_error)error,
        };
        memcpy(resps[i].id, list[i]->report.metadata.id, HUB_REPORT_ID_LEN);
        n_errors += error != 0;
        if (error == 0)
            add_report(v, h, list[i]);
    }
    if (!v->failed && n_errors != json_object_size(report_errors))
        hub_vectors_fail(v, "report_errors", "one a rejected report", "another number");
    const hub_span resp = hub_vectors_keep(v, &buf, "aggregation_job_resp",
                                           hub_aggregation_job_resp_encode(&buf, resps, n));
    hub_vectors_expect(v, job, "aggregation_job_resp", resp);
}

static void check_bucket(struct hub_vectors *v, const struct history *h, const json_t *expected)
{
    const struct hub_time_interval interval = hub_vectors_interval(v, expected, "interval");
    const json_t *const names = hub_vectors_get(v, expected, "reports");
    struct hub_vectors_report **const list = take_reports(v, names);
    const struct bucket *b = NULL;

    for (size_t i = 0; i < h->n_buckets; i++) {
        if (h->buckets[i].time == interval.start)
            b = &h->buckets[i];
    }
    if (!v->failed && (b == NULL || interval.duration != 1))
        hub_vectors_fail(v, "interval", "a window in which reports were accepted", "another");
    if (v->failed || b == NULL)
        return;
    hub_vectors_expect_number(v, expected, "report_count", b->n_reports);
    for (size_t k = 0; k < b->n_reports && !v->failed; k++) {
        bool is_named = false;
        for (size_t i = 0; i < json_array_size(names); i++)
            is_named |= list[i] == b->reports[k];
        if (!is_named || json_array_size(names) != b->n_reports)
            hub_vectors_fail(v, "reports", b->reports[k]->name, "not named, or others besides");
    }
    hub_vectors_expect(v, expected, "checksum", HUB_SPAN_ARRAY(b->checksum));
    hub_vectors_expect(v, expected, "leader_agg_share",
                       hub_span_of(b->shares[0], hub_vdaf_agg_share_len(v->vdaf)));
    hub_vectors_expect(v, expected, "helper_agg_share",
                       hub_span_of(b->shares[1], hub_vdaf_agg_share_len(v->vdaf)));
}

void hub_vectors_jobs(struct hub_vectors *v)
{
    json_t *const scenarios = v->failed ? NULL : json_object_get(v->root, "aggregation");
    const char *name;
    json_t *scenario;

    json_object_foreach(scenarios, name, scenario)
    {
        struct history h = {.n_buckets = 0};
        const json_t *const jobs = hub_vectors_get(v, scenario, "jobs");
        const json_t *const buckets = hub_vectors_get(v, scenario, "batch_buckets");
        for (size_t i = 0; i < json_array_size(jobs) && !v->failed; i++) {
            hub_vectors_at(v, "aggregation.%s.jobs[%zu]", name, i);
            check_job(v, &h, json_array_get(jobs, i));
        }
        for (size_t i = 0; i < json_array_size(buckets) && !v->failed; i++) {
            hub_vectors_at(v, "aggregation.%s.batch_buckets[%zu]", name, i);
            check_bucket(v, &h, json_array_get(buckets, i));
        }
        if (!v->failed && json_array_size(buckets) != h.n_buckets)
            hub_vectors_fail(v, "", "one a window with reports", "another number");
    }
}
