/* Tokens in requests: "Authorization: Bearer ..." (RFC 6750) or "DAP-Auth-Token: ...". */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "base/bytes.h"

enum { HUB_AUTH_TOKEN_MAX = 512 }; /* bytes */

#define HUB_AUTH_HEADER_BEARER "Authorization"
#define HUB_AUTH_HEADER_DAP    "DAP-Auth-Token"

/* The token as a view into the values; NULL stands for an absent header. HUB_E_NOT_FOUND: neither
 * is there; HUB_E_DECODE: another scheme, characters that no token has, too long, or both headers
 * with different tokens. */
HUB_MUST_USE hub_status hub_auth_token(hub_span *out, const char *authorization,
                                       const char *dap_auth_token);
/* True for what can be sent as a token: 1 to HUB_AUTH_TOKEN_MAX bytes of the token68 alphabet of
 * RFC 9110 section 11.2. */
bool hub_auth_token_is_valid(hub_span token);
/* Constant time in the contents of both; the lengths are not hidden. An empty token equals
 * nothing. */
bool hub_auth_equal(hub_span given, hub_span expected);

#endif
