/* Media types of DAP messages (DAP-18 section 9.1). */
#ifndef WIRE_MEDIA_TYPE_H
#define WIRE_MEDIA_TYPE_H

#include "base/bytes.h"

enum hub_message {
    HUB_MESSAGE_HPKE_CONFIG_LIST,
    HUB_MESSAGE_UPLOAD_REQ,
    HUB_MESSAGE_UPLOAD_ERRORS,
    HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ,
    HUB_MESSAGE_AGGREGATION_JOB_RESP,
    HUB_MESSAGE_AGGREGATION_JOB_CONTINUE_REQ,
    HUB_MESSAGE_AGGREGATE_SHARE_REQ,
    HUB_MESSAGE_AGGREGATE_SHARE,
    HUB_MESSAGE_COLLECTION_JOB_REQ,
    HUB_MESSAGE_COLLECTION_JOB_RESP,
    HUB_N_MESSAGES
};

/* "application/ppm-dap;message=upload-req" and so on: the value of Content-Type and Accept. */
const char *hub_media_type(enum hub_message m);
/* True if a Content-Type header's value names this message: type and parameter names in any case,
 * blanks around ';' and quotes around a value as in RFC 9110, other parameters ignored. False for a
 * message parameter that stands twice. */
bool hub_media_type_is(const char *header_value, enum hub_message m);

#endif
