/* Names of work. */
#include "aggregator/trace.h"

#include "base/text.h"

_Static_assert(HUB_TRACE_LEN == HUB_BASE64URL_LEN(HUB_RESOURCE_ID_LEN), "an id and its text");

void hub_trace_of_id(char out[HUB_TRACE_LEN + 1], const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    hub_base64url_encode(out, hub_span_of(id, HUB_RESOURCE_ID_LEN));
}

void hub_trace_of_location(char out[HUB_TRACE_LEN + 1], const char *location)
{
    uint8_t id[HUB_RESOURCE_ID_LEN];
    const size_t path_len = strcspn(location, "?#"); /* behind it: which step, which attempt */
    const char *segment = location;

    for (size_t i = 0; i < path_len; i++) {
        if (location[i] == '/')
            segment = location + i + 1;
    }
    const hub_span text = hub_span_of(segment, (size_t)(location + path_len - segment));
    if (hub_base64url_decode_exact(id, sizeof(id), text) == HUB_OK)
        hub_trace_of_id(out, id);
    else
        out[0] = '\0';
}
