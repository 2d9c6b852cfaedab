/* UploadRequest: reports one after the other, as long as the body. UploadErrors: likewise. */
#include "wire/upload.h"

#include "wire/limits.h"

hub_status hub_upload_request_count(size_t *n, hub_span body)
{
    struct hub_reader r = hub_reader(body);
    size_t count = 0;

    while (hub_reader_has_more(&r)) {
        (void)hub_read_report(&r);
        if (++count > HUB_WIRE_REPORTS_MAX)
            return HUB_E_DECODE;
    }
    HUB_TRY(hub_reader_finish(&r));
    *n = count;
    return HUB_OK;
}

hub_status hub_upload_request_decode(struct hub_report *out, size_t n, hub_span body)
{
    struct hub_reader r = hub_reader(body);

    for (size_t i = 0; i < n; i++)
        out[i] = hub_read_report(&r);
    return hub_reader_finish(&r);
}

/* The most that the lengths which a report has shown so far still ask for: what bytes lack at their
 * first short item. Reads as hub_read_report does, but tells a short item from a wrong one. */
struct measure {
    hub_span rest;
    bool short_of;
    bool wrong;
};

static hub_span take(struct measure *m, size_t n)
{
    if (m->short_of || m->wrong || n > m->rest.len) {
        m->short_of = !m->wrong;
        return HUB_SPAN_EMPTY;
    }
    const hub_span s = {m->rest.ptr, n};
    m->rest = hub_span_slice(m->rest, n, m->rest.len - n);
    return s;
}

static void take_vec(struct measure *m, size_t len_bytes, size_t min_len, size_t max_len)
{
    const hub_span prefix = take(m, len_bytes);
    size_t len = 0;

    if (m->short_of || m->wrong)
        return;
    for (size_t i = 0; i < prefix.len; i++)
        len = len << 8 | prefix.ptr[i];
    if (len < min_len || len > max_len)
        m->wrong = true;
    (void)take(m, len);
}

static void take_ciphertext(struct measure *m)
{
    (void)take(m, 1);
    take_vec(m, 2, 1, HUB_WIRE_ENC_MAX);
    take_vec(m, 4, 1, HUB_WIRE_PAYLOAD_MAX);
}

hub_status hub_upload_request_next(struct hub_report *out, size_t *len, hub_span bytes)
{
    struct measure m = {.rest = bytes};

    if (bytes.len == 0) {
        *len = 0;
        return HUB_OK;
    }
    (void)take(&m, HUB_REPORT_ID_LEN + 8);
    take_vec(&m, 2, 0, HUB_WIRE_EXTENSIONS_MAX);
    take_vec(&m, 4, 0, HUB_WIRE_PUBLIC_SHARE_MAX);
    take_ciphertext(&m);
    take_ciphertext(&m);
    if (m.wrong)
        return HUB_E_DECODE;
    if (m.short_of) {
        *len = 0;
        return HUB_OK;
    }
    const size_t whole = bytes.len - m.rest.len;
    HUB_TRY(hub_report_decode(out, hub_span_slice(bytes, 0, whole))); /* its extensions */
    *len = whole;
    return HUB_OK;
}

hub_status hub_upload_errors_encode(struct hub_buf *out, const struct hub_upload_status *status,
                                    size_t n)
{
    struct hub_writer w = hub_writer(out);

    for (size_t i = 0; i < n; i++) {
        if (status[i].error == HUB_REPORT_OK)
            continue;
        hub_write_span(&w, HUB_SPAN_ARRAY(status[i].id));
        hub_write_u8(&w, (uint8_t)status[i].error);
    }
    return hub_writer_finish(&w);
}

hub_status hub_upload_errors_decode(struct hub_upload_status *out, size_t n, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);

    for (size_t i = 0; i < n; i++) {
        hub_read_bytes(&r, out[i].id, sizeof(out[i].id));
        out[i].error = (enum hub_report_error)hub_read_u8(&r);
        if (out[i].error == HUB_REPORT_OK)
            hub_reader_fail(&r);
    }
    return hub_reader_finish(&r);
}

hub_status hub_upload_errors_count(size_t *n, hub_span bytes)
{
    if (bytes.len % HUB_UPLOAD_STATUS_LEN != 0 ||
        bytes.len / HUB_UPLOAD_STATUS_LEN > HUB_WIRE_REPORTS_MAX)
        return HUB_E_DECODE;
    for (size_t at = HUB_REPORT_ID_LEN; at < bytes.len; at += HUB_UPLOAD_STATUS_LEN) {
        if (bytes.ptr[at] == HUB_REPORT_OK)
            return HUB_E_DECODE;
    }
    *n = bytes.len / HUB_UPLOAD_STATUS_LEN;
    return HUB_OK;
}
