/* Queries, batch selectors, collection jobs, aggregate shares. */
#include "wire/collection.h"

#include "wire/extension.h"
#include "wire/limits.h"
#include "wire/vector_internal.h"

/* Reads mode and config<0..2^16-1>; config becomes a reader of what the mode puts in it. */
static enum hub_batch_mode read_mode(struct hub_reader *r, struct hub_reader *config)
{
    const uint8_t mode = hub_read_u8(r);

    *config = hub_reader(hub_read_vec16(r, 0));
    if (mode != HUB_BATCH_TIME_INTERVAL && mode != HUB_BATCH_LEADER_SELECTED)
        hub_reader_fail(r);
    return (enum hub_batch_mode)mode;
}

/* A config with too little or too much in it makes the message malformed. */
static void end_config(struct hub_reader *r, const struct hub_reader *config)
{
    if (hub_reader_finish(config) != HUB_OK)
        hub_reader_fail(r);
}

struct hub_collection_query hub_read_query(struct hub_reader *r)
{
    struct hub_reader config;
    struct hub_collection_query q = {.mode = read_mode(r, &config)};

    if (q.mode == HUB_BATCH_TIME_INTERVAL)
        q.interval = hub_read_time_interval(&config);
    end_config(r, &config);
    return q;
}

void hub_write_query(struct hub_writer *w, const struct hub_collection_query *q)
{
    hub_write_u8(w, (uint8_t)q->mode);
    const size_t at = hub_write_vec_begin(w, 2);
    if (q->mode == HUB_BATCH_TIME_INTERVAL)
        hub_write_time_interval(w, q->interval);
    hub_write_vec_end(w, at, 2);
}

struct hub_batch_selector hub_read_batch_selector(struct hub_reader *r)
{
    struct hub_reader config;
    struct hub_batch_selector s = {.mode = read_mode(r, &config)};

    if (s.mode == HUB_BATCH_TIME_INTERVAL)
        s.interval = hub_read_time_interval(&config);
    else if (s.mode == HUB_BATCH_LEADER_SELECTED)
        hub_read_bytes(&config, s.batch_id, sizeof(s.batch_id));
    end_config(r, &config);
    return s;
}

void hub_write_batch_selector(struct hub_writer *w, const struct hub_batch_selector *s)
{
    hub_write_u8(w, (uint8_t)s->mode);
    const size_t at = hub_write_vec_begin(w, 2);
    if (s->mode == HUB_BATCH_TIME_INTERVAL)
        hub_write_time_interval(w, s->interval);
    else
        hub_write_span(w, HUB_SPAN_ARRAY(s->batch_id));
    hub_write_vec_end(w, at, 2);
}

hub_status hub_query_decode(struct hub_collection_query *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const struct hub_collection_query q = hub_read_query(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = q;
    return HUB_OK;
}

hub_status hub_query_encode(struct hub_buf *out, const struct hub_collection_query *q)
{
    struct hub_writer w = hub_writer(out);

    hub_write_query(&w, q);
    return hub_writer_finish(&w);
}

hub_status hub_batch_selector_decode(struct hub_batch_selector *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const struct hub_batch_selector s = hub_read_batch_selector(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = s;
    return HUB_OK;
}

hub_status hub_batch_selector_encode(struct hub_buf *out, const struct hub_batch_selector *s)
{
    struct hub_writer w = hub_writer(out);

    hub_write_batch_selector(&w, s);
    return hub_writer_finish(&w);
}

static struct hub_collection_job_req read_collection_job_req(struct hub_reader *r)
{
    const uint8_t *const start = r->ptr;
    struct hub_collection_job_req req;

    req.query = hub_read_query(r);
    req.agg_param = hub_read_limited32(r, 0, HUB_WIRE_AGG_PARAM_MAX);
    req.extensions = hub_read_extensions(r);
    req.encoded = hub_reader_since(r, start);
    return req;
}

static void write_collection_job_req(struct hub_writer *w, const struct hub_collection_job_req *req)
{
    hub_write_query(w, &req->query);
    hub_write_limited32(w, req->agg_param, 0, HUB_WIRE_AGG_PARAM_MAX);
    hub_write_vec16(w, req->extensions);
}

hub_status hub_collection_job_req_decode(struct hub_collection_job_req *out, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    const struct hub_collection_job_req req = read_collection_job_req(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = req;
    return HUB_OK;
}

hub_status hub_collection_job_req_encode(struct hub_buf *out,
                                         const struct hub_collection_job_req *req)
{
    struct hub_writer w = hub_writer(out);

    write_collection_job_req(&w, req);
    return hub_writer_finish(&w);
}

hub_status hub_collection_job_resp_decode(struct hub_collection_job_resp *out, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    struct hub_collection_job_resp resp;

    resp.report_count = hub_read_u64(&r);
    resp.interval = hub_read_time_interval(&r);
    resp.leader_share = hub_read_ciphertext(&r);
    resp.helper_share = hub_read_ciphertext(&r);
    HUB_TRY(hub_reader_finish(&r));
    *out = resp;
    return HUB_OK;
}

hub_status hub_collection_job_resp_encode(struct hub_buf *out,
                                          const struct hub_collection_job_resp *resp)
{
    struct hub_writer w = hub_writer(out);

    hub_write_u64(&w, resp->report_count);
    hub_write_time_interval(&w, resp->interval);
    hub_write_ciphertext(&w, &resp->leader_share);
    hub_write_ciphertext(&w, &resp->helper_share);
    return hub_writer_finish(&w);
}

hub_status hub_aggregate_share_req_decode(struct hub_aggregate_share_req *out, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    struct hub_aggregate_share_req req;

    req.collection_job_req = read_collection_job_req(&r);
    req.batch_selector = hub_read_batch_selector(&r);
    req.report_count = hub_read_u64(&r);
    hub_read_bytes(&r, req.checksum, sizeof(req.checksum));
    HUB_TRY(hub_reader_finish(&r));
    *out = req;
    return HUB_OK;
}

hub_status hub_aggregate_share_req_encode(struct hub_buf *out,
                                          const struct hub_aggregate_share_req *req)
{
    struct hub_writer w = hub_writer(out);

    write_collection_job_req(&w, &req->collection_job_req);
    hub_write_batch_selector(&w, &req->batch_selector);
    hub_write_u64(&w, req->report_count);
    hub_write_span(&w, HUB_SPAN_ARRAY(req->checksum));
    return hub_writer_finish(&w);
}

hub_status hub_aggregate_share_decode(struct hub_ciphertext *out, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    const struct hub_ciphertext share = hub_read_ciphertext(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = share;
    return HUB_OK;
}

hub_status hub_aggregate_share_encode(struct hub_buf *out, const struct hub_ciphertext *share)
{
    struct hub_writer w = hub_writer(out);

    hub_write_ciphertext(&w, share);
    return hub_writer_finish(&w);
}

hub_status hub_aggregate_share_aad_encode(struct hub_buf *out, const struct hub_task_id *task,
                                          hub_span task_configuration, hub_span collection_job_req)
{
    struct hub_writer w = hub_writer(out);

    hub_write_span(&w, HUB_SPAN_ARRAY(task->bytes));
    hub_write_span(&w, task_configuration);
    hub_write_span(&w, collection_job_req);
    return hub_writer_finish(&w);
}
