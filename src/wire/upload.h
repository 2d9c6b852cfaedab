/* UploadRequest and UploadErrors (DAP-18 section 4.4.2). */
#ifndef WIRE_UPLOAD_H
#define WIRE_UPLOAD_H

#include "wire/report.h"

/* Checks a whole UploadRequest and counts its reports; 0 for an empty body. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_upload_request_count(size_t *n, hub_span body);
/* Decodes the n reports that were counted. */
HUB_MUST_USE hub_status hub_upload_request_decode(struct hub_report *out, size_t n, hub_span body);

/* For bodies that arrive in pieces: takes the first report off bytes if it is whole. *len becomes
 * its length and *out its views; *len is 0 if more bytes are needed. HUB_E_DECODE as soon as no
 * more bytes can make it a report. */
HUB_MUST_USE hub_status hub_upload_request_next(struct hub_report *out, size_t *len,
                                                hub_span bytes);

/* ReportUploadStatus. */
struct hub_upload_status {
    uint8_t id[HUB_REPORT_ID_LEN];
    enum hub_report_error error; /* never HUB_REPORT_OK */
};
enum { HUB_UPLOAD_STATUS_LEN = HUB_REPORT_ID_LEN + 1 };

/* Appends UploadErrors: those that are not HUB_REPORT_OK, in their order. */
HUB_MUST_USE hub_status hub_upload_errors_encode(struct hub_buf *out,
                                                 const struct hub_upload_status *status, size_t n);
/* bytes.len / HUB_UPLOAD_STATUS_LEN items. HUB_E_DECODE: another length, or a value that is
 * reserved. A value beyond those of the draft is kept as it came. */
HUB_MUST_USE hub_status hub_upload_errors_decode(struct hub_upload_status *out, size_t n,
                                                 hub_span bytes);
HUB_MUST_USE hub_status hub_upload_errors_count(size_t *n, hub_span bytes);

#endif
