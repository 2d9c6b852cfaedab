/* AggregationJobInitReq, AggregationJobResp, AggregationJobContinueReq. Their lists are as long as
 * what the body has left, without a length before them. */
#include "wire/aggregation_job.h"

#include "wire/extension.h"
#include "wire/limits.h"
#include "wire/vector_internal.h"

static struct hub_verify_init read_verify_init(struct hub_reader *r)
{
    const uint8_t *const start = r->ptr;
    struct hub_verify_init init;

    init.metadata = hub_read_report_metadata(r);
    init.public_share = hub_read_limited32(r, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    init.aad_part = hub_reader_since(r, start);
    init.encrypted_input_share = hub_read_ciphertext(r);
    init.payload = hub_read_limited32(r, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
    return init;
}

void hub_write_verify_init(struct hub_writer *w, const struct hub_verify_init *init)
{
    hub_write_report_metadata(w, &init->metadata);
    hub_write_limited32(w, init->public_share, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    hub_write_ciphertext(w, &init->encrypted_input_share);
    hub_write_limited32(w, init->payload, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
}

hub_status hub_aggregation_job_init_req_decode(struct hub_aggregation_job_init_req *out,
                                               hub_span body)
{
    struct hub_reader r = hub_reader(body);
    struct hub_aggregation_job_init_req req = {0};

    req.verification_key_id = hub_read_u8(&r);
    req.agg_param = hub_read_limited32(&r, 0, HUB_WIRE_AGG_PARAM_MAX);
    req.extensions = hub_read_extensions(&r);
    req.verify_inits = hub_span_of(r.ptr, r.left);
    while (hub_reader_has_more(&r)) {
        (void)read_verify_init(&r);
        if (++req.n_verify_inits > HUB_WIRE_REPORTS_MAX)
            return HUB_E_DECODE;
    }
    HUB_TRY(hub_reader_finish(&r));
    *out = req;
    return HUB_OK;
}

hub_status hub_verify_inits_decode(struct hub_verify_init *out,
                                   const struct hub_aggregation_job_init_req *req)
{
    struct hub_reader r = hub_reader(req->verify_inits);

    for (size_t i = 0; i < req->n_verify_inits; i++)
        out[i] = read_verify_init(&r);
    return hub_reader_finish(&r);
}

hub_status hub_aggregation_job_init_req_encode(struct hub_buf *out,
                                               const struct hub_aggregation_job_init_req *req,
                                               const struct hub_verify_init *inits, size_t n)
{
    struct hub_writer w = hub_writer(out);

    hub_write_u8(&w, req->verification_key_id);
    hub_write_limited32(&w, req->agg_param, 0, HUB_WIRE_AGG_PARAM_MAX);
    hub_write_vec16(&w, req->extensions);
    for (size_t i = 0; i < n; i++)
        hub_write_verify_init(&w, &inits[i]);
    return hub_writer_finish(&w);
}

static struct hub_verify_resp read_verify_resp(struct hub_reader *r)
{
    struct hub_verify_resp resp = {0};

    hub_read_bytes(r, resp.id, sizeof(resp.id));
    resp.type = (enum hub_verify_resp_type)hub_read_u8(r);
    switch (resp.type) {
    case HUB_VERIFY_RESP_CONTINUE:
        resp.payload = hub_read_limited32(r, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
        break;
    case HUB_VERIFY_RESP_FINISH:
        break;
    case HUB_VERIFY_RESP_REJECT:
        resp.error = (enum hub_report_error)hub_read_u8(r);
        if (resp.error == HUB_REPORT_OK) /* reserved */
            hub_reader_fail(r);
        break;
    default:
        hub_reader_fail(r);
    }
    return resp;
}

void hub_write_verify_resp(struct hub_writer *w, const struct hub_verify_resp *resp)
{
    hub_write_span(w, HUB_SPAN_ARRAY(resp->id));
    hub_write_u8(w, (uint8_t)resp->type);
    switch (resp->type) {
    case HUB_VERIFY_RESP_CONTINUE:
        hub_write_limited32(w, resp->payload, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
        break;
    case HUB_VERIFY_RESP_FINISH:
        break;
    case HUB_VERIFY_RESP_REJECT:
        hub_write_u8(w, (uint8_t)resp->error);
        break;
    default:
        if (w->status == HUB_OK)
            w->status = HUB_E_ARGUMENT;
    }
}

hub_status hub_aggregation_job_resp_count(size_t *n, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    size_t count = 0;

    while (hub_reader_has_more(&r)) {
        (void)read_verify_resp(&r);
        if (++count > HUB_WIRE_REPORTS_MAX)
            return HUB_E_DECODE;
    }
    HUB_TRY(hub_reader_finish(&r));
    *n = count;
    return HUB_OK;
}

hub_status hub_aggregation_job_resp_decode(struct hub_verify_resp *out, size_t n, hub_span body)
{
    struct hub_reader r = hub_reader(body);

    for (size_t i = 0; i < n; i++)
        out[i] = read_verify_resp(&r);
    return hub_reader_finish(&r);
}

bool hub_aggregation_job_resp_is_only(hub_span body, enum hub_report_error error)
{
    struct hub_reader r = hub_reader(body);
    bool is_only = true;

    while (is_only && hub_reader_has_more(&r)) {
        const struct hub_verify_resp resp = read_verify_resp(&r);
        is_only = !r.failed && resp.type == HUB_VERIFY_RESP_REJECT && resp.error == error;
    }
    return is_only;
}

hub_status hub_aggregation_job_resp_encode(struct hub_buf *out, const struct hub_verify_resp *resps,
                                           size_t n)
{
    struct hub_writer w = hub_writer(out);

    for (size_t i = 0; i < n; i++)
        hub_write_verify_resp(&w, &resps[i]);
    return hub_writer_finish(&w);
}

static struct hub_verify_continue read_verify_continue(struct hub_reader *r)
{
    struct hub_verify_continue item;

    hub_read_bytes(r, item.id, sizeof(item.id));
    item.payload = hub_read_limited32(r, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
    return item;
}

hub_status hub_aggregation_job_continue_req_decode(struct hub_aggregation_job_continue_req *out,
                                                   hub_span body)
{
    struct hub_reader r = hub_reader(body);
    struct hub_aggregation_job_continue_req req = {0};

    req.step = hub_read_u16(&r);
    req.verify_continues = hub_span_of(r.ptr, r.left);
    while (hub_reader_has_more(&r)) {
        (void)read_verify_continue(&r);
        if (++req.n_verify_continues > HUB_WIRE_REPORTS_MAX)
            return HUB_E_DECODE;
    }
    HUB_TRY(hub_reader_finish(&r));
    *out = req;
    return HUB_OK;
}

hub_status hub_verify_continues_decode(struct hub_verify_continue *out,
                                       const struct hub_aggregation_job_continue_req *req)
{
    struct hub_reader r = hub_reader(req->verify_continues);

    for (size_t i = 0; i < req->n_verify_continues; i++)
        out[i] = read_verify_continue(&r);
    return hub_reader_finish(&r);
}

hub_status hub_aggregation_job_continue_req_encode(struct hub_buf *out, uint16_t step,
                                                   const struct hub_verify_continue *items,
                                                   size_t n)
{
    struct hub_writer w = hub_writer(out);

    hub_write_u16(&w, step);
    for (size_t i = 0; i < n; i++) {
        hub_write_span(&w, HUB_SPAN_ARRAY(items[i].id));
        hub_write_limited32(&w, items[i].payload, 1, HUB_WIRE_VERIFY_PAYLOAD_MAX);
    }
    return hub_writer_finish(&w);
}
