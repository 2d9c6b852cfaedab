/* Tokens of requests. */
#include "http/auth.h"

#include <strings.h>

bool hub_auth_token_is_valid(hub_span token)
{
    static const char marks[] = "-._~+/";
    size_t n = token.len;

    if (n == 0 || n > HUB_AUTH_TOKEN_MAX)
        return false;
    while (n > 1 && token.ptr[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = token.ptr[i];
        const bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        const bool is_digit = c >= '0' && c <= '9';

        if (!is_letter && !is_digit && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return true;
}

bool hub_auth_equal(hub_span given, hub_span expected)
{
    volatile uint8_t difference = 0; /* volatile: the loop must not learn to end early */

    if (given.len == 0 || given.len != expected.len)
        return false;
    for (size_t i = 0; i < given.len; i++)
        difference = (uint8_t)(difference | (given.ptr[i] ^ expected.ptr[i]));
    return difference == 0;
}

static hub_status bearer_token(hub_span *out, const char *authorization)
{
    static const char scheme[] = "Bearer";
    const size_t n = sizeof(scheme) - 1;

    if (strncasecmp(authorization, scheme, n) != 0 || authorization[n] != ' ')
        return HUB_E_DECODE;
    const char *const token = authorization + n + strspn(authorization + n, " ");
    *out = hub_span_text(token);
    return hub_auth_token_is_valid(*out) ? HUB_OK : HUB_E_DECODE;
}

hub_status hub_auth_token(hub_span *out, const char *authorization, const char *dap_auth_token)
{
    hub_span bearer = HUB_SPAN_EMPTY;
    hub_span dap = HUB_SPAN_EMPTY;

    if (authorization != NULL)
        HUB_TRY(bearer_token(&bearer, authorization));
    if (dap_auth_token != NULL) {
        dap = hub_span_text(dap_auth_token);
        if (!hub_auth_token_is_valid(dap))
            return HUB_E_DECODE;
    }
    if (authorization == NULL && dap_auth_token == NULL)
        return HUB_E_NOT_FOUND;
    if (authorization != NULL && dap_auth_token != NULL && !hub_auth_equal(bearer, dap))
        return HUB_E_DECODE;
    *out = authorization != NULL ? bearer : dap;
    return HUB_OK;
}
