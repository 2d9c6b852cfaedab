/* URLs of peers. A base URL is what a task names; it is bound verbatim elsewhere, so nothing here
 * changes it: a slash is added only when a request path is joined. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "http/types.h"

/* base, a slash unless it ends in one, then path without its leading slash. HUB_E_SPACE beyond
 * HUB_HTTP_URL_MAX. */
HUB_MUST_USE hub_status hub_url_join(char out[HUB_HTTP_URL_MAX], const char *base,
                                     const char *path);
/* A Location value as an absolute URL, seen from the URL of the request. HUB_E_REFUSED: it leaves
 * the request's scheme, host or port, and our token must not follow; HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_url_resolve(char out[HUB_HTTP_URL_MAX], const char *request_url,
                                        const char *location);
/* An absolute http or https URL without user, query or fragment. HUB_E_CONFIG. */
HUB_MUST_USE hub_status hub_url_check_base(const char *base, struct hub_why *why);
/* The path part of a base URL, "/" if it has none: what a server has in front of its resources. */
HUB_MUST_USE hub_status hub_url_path(char out[HUB_HTTP_URL_MAX], const char *base);
/* http:// to a host that is not loopback by its name or number: tokens would go in the clear.
 * HUB_E_DECODE: no http or https URL. */
HUB_MUST_USE hub_status hub_url_is_plain_remote(bool *out, const char *url);

#endif
