/* Names and values in query strings and form bodies (application/x-www-form-urlencoded). */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "base/bytes.h"

/* The value of the first pair with this name, decoded, with a NUL behind it. HUB_E_NOT_FOUND;
 * HUB_E_DECODE: a broken percent sign, or %00; HUB_E_SPACE: longer than size - 1. */
HUB_MUST_USE hub_status hub_query_find(char *out, size_t size, hub_span query, const char *name);
/* Decodes %XX (and '+' as a space where plus_is_space). Same errors. */
HUB_MUST_USE hub_status hub_percent_decode(char *out, size_t size, hub_span text,
                                           bool plus_is_space);
/* Encodes all but letters, digits and "-._~". HUB_E_SPACE. */
HUB_MUST_USE hub_status hub_percent_encode(char *out, size_t size, hub_span text);

#endif
