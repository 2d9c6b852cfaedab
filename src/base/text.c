/* base64url, hex, decimal. For public values and files that hold keys: not constant time. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { PRINT_MAX = 4096 };

hub_status hub_buf_print(struct hub_buf *out, const char *format, ...)
{
    char text[PRINT_MAX];
    va_list args;

    va_start(args, format);
    const int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(text))
        return HUB_E_SPACE;
    return hub_buf_append(out, hub_span_of(text, (size_t)n));
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hub_base64url_encode(char *out, hub_span in)
{
    uint32_t acc = 0;
    unsigned n_bits = 0;

    for (size_t i = 0; i < in.len; i++) {
        acc = acc << 8 | in.ptr[i];
        n_bits += 8;
        while (n_bits >= 6) {
            n_bits -= 6;
            *out++ = alphabet[acc >> n_bits & 63];
        }
    }
    if (n_bits != 0)
        *out++ = alphabet[acc << (6 - n_bits) & 63];
    *out = '\0';
}

static int sextet(uint8_t c)
{
    const char *const at = c == '\0' ? NULL : strchr(alphabet, c);

    return at == NULL ? -1 : (int)(at - alphabet);
}

hub_status hub_base64url_decode(struct hub_buf *out, hub_span text)
{
    const size_t len_before = out->len;
    uint32_t acc = 0;
    unsigned n_bits = 0;

    if (text.len % 4 == 1)
        return HUB_E_DECODE;
    HUB_TRY(hub_buf_reserve(out, text.len / 4 * 3 + text.len % 4 * 3 / 4));
    for (size_t i = 0; i < text.len; i++) {
        const int s = sextet(text.ptr[i]);
        if (s < 0) {
            out->len = len_before;
            return HUB_E_DECODE;
        }
        acc = acc << 6 | (uint32_t)s;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out->ptr[out->len++] = (uint8_t)(acc >> n_bits);
        }
    }
    if ((acc & ((1U << n_bits) - 1)) != 0) {
        out->len = len_before;
        return HUB_E_DECODE;
    }
    return HUB_OK;
}

hub_status hub_base64url_decode_exact(uint8_t *out, size_t n, hub_span text)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(n);

    if (text.len != HUB_BASE64URL_LEN(n))
        return HUB_E_DECODE;
    HUB_TRY(hub_base64url_decode(&bytes, text));
    if (n != 0)
        memcpy(out, bytes.ptr, n);
    return HUB_OK;
}

void hub_hex_encode(char *out, hub_span in)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < in.len; i++) {
        *out++ = digits[in.ptr[i] >> 4];
        *out++ = digits[in.ptr[i] & 15];
    }
    *out = '\0';
}

static int nibble(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

hub_status hub_hex_decode(struct hub_buf *out, hub_span text)
{
    const size_t len_before = out->len;

    if (text.len % 2 != 0)
        return HUB_E_DECODE;
    HUB_TRY(hub_buf_reserve(out, text.len / 2));
    for (size_t i = 0; i < text.len; i += 2) {
        const int high = nibble(text.ptr[i]);
        const int low = nibble(text.ptr[i + 1]);
        if (high < 0 || low < 0) {
            out->len = len_before;
            return HUB_E_DECODE;
        }
        out->ptr[out->len++] = (uint8_t)(high << 4 | low);
    }
    return HUB_OK;
}

hub_status hub_u64_parse(uint64_t *out, hub_span text, uint64_t min, uint64_t max)
{
    uint64_t v = 0;

    if (text.len == 0 || text.len > 20 || (text.len > 1 && text.ptr[0] == '0'))
        return HUB_E_DECODE;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return HUB_E_DECODE;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, text.ptr[i] - '0', &v))
            return HUB_E_DECODE;
    }
    if (v < min || v > max)
        return HUB_E_DECODE;
    *out = v;
    return HUB_OK;
}
