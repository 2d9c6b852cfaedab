/* Reports, their plaintext shares and the AAD of these. */
#include "wire/report.h"

#include "wire/extension.h"
#include "wire/limits.h"
#include "wire/vector_internal.h"

struct hub_report_metadata hub_read_report_metadata(struct hub_reader *r)
{
    struct hub_report_metadata m;

    hub_read_bytes(r, m.id, sizeof(m.id));
    m.time = hub_read_u64(r);
    m.public_extensions = hub_read_extensions(r);
    return m;
}

void hub_write_report_metadata(struct hub_writer *w, const struct hub_report_metadata *m)
{
    hub_write_span(w, HUB_SPAN_ARRAY(m->id));
    hub_write_u64(w, m->time);
    hub_write_vec16(w, m->public_extensions);
}

struct hub_report hub_read_report(struct hub_reader *r)
{
    const uint8_t *const start = r->ptr;
    struct hub_report report;

    report.metadata = hub_read_report_metadata(r);
    report.public_share = hub_read_limited32(r, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    report.aad_part = hub_reader_since(r, start);
    report.leader_share = hub_read_ciphertext(r);
    report.helper_share = hub_read_ciphertext(r);
    report.encoded = hub_reader_since(r, start);
    return report;
}

void hub_write_report(struct hub_writer *w, const struct hub_report *report)
{
    hub_write_report_metadata(w, &report->metadata);
    hub_write_limited32(w, report->public_share, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    hub_write_ciphertext(w, &report->leader_share);
    hub_write_ciphertext(w, &report->helper_share);
}

hub_status hub_report_decode(struct hub_report *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const struct hub_report report = hub_read_report(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = report;
    return HUB_OK;
}

hub_status hub_report_encode(struct hub_buf *out, const struct hub_report *report)
{
    struct hub_writer w = hub_writer(out);

    hub_write_report(&w, report);
    return hub_writer_finish(&w);
}

hub_status hub_plaintext_input_share_decode(struct hub_plaintext_input_share *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    struct hub_plaintext_input_share s;

    s.private_extensions = hub_read_extensions(&r);
    s.payload = hub_read_limited32(&r, 1, HUB_WIRE_PAYLOAD_MAX);
    HUB_TRY(hub_reader_finish(&r));
    *out = s;
    return HUB_OK;
}

hub_status hub_plaintext_input_share_encode(struct hub_buf *out,
                                            const struct hub_plaintext_input_share *s)
{
    struct hub_writer w = hub_writer(out);

    hub_write_vec16(&w, s->private_extensions);
    hub_write_limited32(&w, s->payload, 1, HUB_WIRE_PAYLOAD_MAX);
    return hub_writer_finish(&w);
}

hub_status hub_input_share_aad_encode(struct hub_buf *out, const struct hub_task_id *task,
                                      hub_span task_configuration,
                                      const struct hub_report_metadata *metadata,
                                      hub_span public_share)
{
    struct hub_writer w = hub_writer(out);

    hub_write_span(&w, HUB_SPAN_ARRAY(task->bytes));
    hub_write_span(&w, task_configuration);
    hub_write_report_metadata(&w, metadata);
    hub_write_limited32(&w, public_share, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    return hub_writer_finish(&w);
}
