/* What the client understands of response headers. */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

#include "base/bytes.h"

/* Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is turned into seconds after
 * date_s (the response's own Date, so that no clock of ours is needed); 0 if it is past. A date
 * with date_s 0 is HUB_E_DECODE, as is anything else. */
HUB_MUST_USE hub_status hub_retry_after_parse(uint32_t *seconds, const char *value,
                                              uint64_t date_s);
/* max-age in a Cache-Control value (RFC 9111 section 5.2.2), 0 for no-store and no-cache.
 * HUB_E_NOT_FOUND if it says none of these. */
HUB_MUST_USE hub_status hub_max_age_parse(uint32_t *seconds, const char *value);
/* A date of the form "Sun, 06 Nov 1994 08:49:37 GMT", in POSIX seconds. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_http_date_parse(uint64_t *seconds, const char *value);

#endif
