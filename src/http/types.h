/* What the server and the client both speak of: methods, headers, limits. */
#ifndef HTTP_TYPES_H
#define HTTP_TYPES_H

#include "base/bytes.h"

/* One bit each, so that a route can name several. */
enum hub_http_method {
    HUB_HTTP_GET = 1U << 0,
    HUB_HTTP_HEAD = 1U << 1,
    HUB_HTTP_POST = 1U << 2,
    HUB_HTTP_PUT = 1U << 3,
    HUB_HTTP_DELETE = 1U << 4,
    HUB_HTTP_PATCH = 1U << 5,
    HUB_HTTP_OTHER = 1U << 6 /* the server answers 501 by itself */
};

enum {
    HUB_HTTP_URL_MAX = 2048,         /* bytes of a URL or request target, with its NUL */
    HUB_HTTP_CONTENT_TYPE_MAX = 128, /* with its NUL */
    HUB_HTTP_HEADERS_MAX = 16        /* extra headers of one request or reply */
};

struct hub_http_header {
    const char *name;
    const char *value; /* without CR, LF */
};

/* "GET", ...; "?" for HUB_HTTP_OTHER. */
const char *hub_http_method_text(enum hub_http_method method);
/* HUB_HTTP_OTHER for what is not in the list; case counts (RFC 9110 section 9.1). */
enum hub_http_method hub_http_method_parse(const char *text);
/* The reason phrase of the status codes in use here; "Status" for others. */
const char *hub_http_status_text(unsigned status);
/* True for a visible header value: no control characters but tab. */
bool hub_http_value_is_safe(const char *value);
/* True if a Content-Type value names this media type: compared up to the first ';', without case
 * and without white space around it. value may be NULL. */
bool hub_http_media_type_is(const char *value, const char *media_type);

#endif
