/* Query strings and form bodies. */
#include "http/query.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

hub_status hub_percent_decode(char *out, size_t size, hub_span text, bool plus_is_space)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        int c = text.ptr[i];

        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            if (text.len - i < 3)
                return HUB_E_DECODE;
            const int high = hex_digit(text.ptr[i + 1]);
            const int low = hex_digit(text.ptr[i + 2]);
            if (high < 0 || low < 0)
                return HUB_E_DECODE;
            c = high << 4 | low;
            i += 2;
        }
        if (c == '\0')
            return HUB_E_DECODE;
        if (n + 1 >= size)
            return HUB_E_SPACE;
        out[n++] = (char)c;
    }
    if (size == 0)
        return HUB_E_SPACE;
    out[n] = '\0';
    return HUB_OK;
}

hub_status hub_percent_encode(char *out, size_t size, hub_span text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                              (c != '\0' && strchr("-._~", c) != NULL);

        if (n + (is_plain ? 1 : 3) >= size)
            return HUB_E_SPACE;
        if (is_plain) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    if (n >= size)
        return HUB_E_SPACE;
    out[n] = '\0';
    return HUB_OK;
}

/* Takes the bytes up to the mark, and the mark, off the rest. */
static hub_span take_until(hub_span *rest, char mark)
{
    const uint8_t *const at = rest->len == 0 ? NULL : memchr(rest->ptr, mark, rest->len);
    const size_t n = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    const hub_span taken = hub_span_slice(*rest, 0, n);

    *rest = at == NULL ? HUB_SPAN_EMPTY : hub_span_slice(*rest, n + 1, rest->len - n - 1);
    return taken;
}

hub_status hub_query_find(char *out, size_t size, hub_span query, const char *name)
{
    char key[128];

    while (query.len != 0) {
        hub_span value = take_until(&query, '&');
        const hub_span raw_key = take_until(&value, '=');

        if (hub_percent_decode(key, sizeof(key), raw_key, true) == HUB_OK && strcmp(key, name) == 0)
            return hub_percent_decode(out, size, value, true);
    }
    return HUB_E_NOT_FOUND;
}
